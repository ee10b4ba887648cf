/* kernel/process_tree: whose is each process? On tables of processes as they are after forks, daemons and
 * deaths; and the table that is shared with the keeper, on children of this test. */
#include "kernel/process_tree.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/units.h"
#include "unit.h"

TEST(stat_is_read) {
    struct process_row row;
    /* Recorded, with a name that holds brackets, a blank and a line's end. */
    const char text[] = "4711 (a) (b\n c) S 4700 4711 4701 34816 4711 4194304 1 0 0 0 0 0 0 0 20 0 3 0 98765 "
                        "3862528 427 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n";
    ck_assert(process_row_parse(text, &row));
    ck_assert(row.pid == 4711 && row.parent == 4700 && row.process_group == 4711 && row.session == 4701);
    ck_assert(row.tasks == 3 && row.start_ticks == 98765 && row.alive && row.tree == TREE_NONE);
}
END_TEST

TEST(the_dead_are_told) {
    static const struct {
        const char *text;
        bool good;
        bool alive;
    } rows[] = {
        {"1 (x) R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0", true, true},
        {"1 (x) T 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0", true, true},
        {"1 (x) Z 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0", true, false},
        {"1 (x) Z 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 4 0 5 0", true, true}, /* its threads go on */
        {"1 (x) X 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0", true, false},
        {"1 (x) R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0", false, false},
        {"1 x R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0", false, false},
        {"", false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct process_row row = {0};
        bool good = process_row_parse(rows[i].text, &row);
        ROW(good == rows[i].good && (!good || row.alive == rows[i].alive), "\"%s\"", rows[i].text);
    }
}
END_TEST

/* We are 100, the load is tree 1 with 200 as its last start, the target is tree 2 with 300. */
enum { OURS = 100, LOAD = 1, TARGET = 2 };
static const struct process_root roots[] = {{LOAD, 200}, {TARGET, 300}};

/* 900 and above were started in the load, and say so; 800 to 899 in a tree that is no more. */
static int marker(void *context, pid_t pid) {
    int *asked = context;
    (*asked)++;
    return pid >= 900 ? LOAD : pid >= 800 ? 77 : TREE_NONE;
}

struct relation {
    const char *what;
    pid_t pid;
    pid_t parent;
    pid_t process_group;
    pid_t session;
    int before; /* its tree, from the table */
    int after;
};

static void expect_relations(const struct relation *relations, size_t count, pid_t ours) {
    struct process_row rows[32];
    int asked = 0;
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct process_row){.pid = relations[i].pid,
                                       .parent = relations[i].parent,
                                       .process_group = relations[i].process_group,
                                       .session = relations[i].session,
                                       .alive = true,
                                       .tree = relations[i].before};
    process_rows_assign(rows, count, ours, roots, COUNT(roots), marker, &asked);
    for (size_t i = 0; i < count; i++)
        ROW(rows[i].tree == relations[i].after, "%s: tree %d, expected %d", relations[i].what, rows[i].tree,
            relations[i].after);
}

TEST(members_are_found) {
    static const struct relation relations[] = {
        {"the first process", 1, 0, 1, 1, TREE_NONE, TREE_NONE},
        {"a stranger", 50, 1, 50, 50, TREE_NONE, TREE_NONE},
        {"we", OURS, 50, OURS, 50, TREE_NONE, TREE_NONE},
        {"our keeper", 101, OURS, 101, 101, TREE_STRANGER, TREE_STRANGER},
        {"a child of the keeper's", 102, 101, 101, 101, TREE_NONE, TREE_STRANGER},
        {"a grandchild whose number is lower", 150, 302, 300, 50, TREE_NONE, TARGET},
        {"the load", 200, OURS, 200, 50, TREE_NONE, LOAD},
        {"its child", 201, 200, 200, 50, TREE_NONE, LOAD},
        {"the target", 300, OURS, 300, 50, TREE_NONE, TARGET},
        {"its child", 301, 300, 300, 50, TREE_NONE, TARGET},
        {"one in a session of its own", 302, 301, 302, 302, TREE_NONE, TARGET},
        {"an orphan of the target's in its process group", 303, OURS, 300, 50, TREE_NONE, TARGET},
        {"an orphan of the load's in its process group", 304, OURS, 200, 50, TREE_NONE, LOAD},
        {"an orphan that was seen before, in a session of its own", 305, OURS, 305, 305, LOAD, LOAD},
        {"an orphan in a session of which nothing is known", 306, OURS, 306, 306, TREE_NONE, TARGET},
        {"its child", 307, 306, 307, 307, TREE_NONE, TARGET},
        {"an orphan marked by a tree that is no more", 800, OURS, 800, 800, TREE_NONE, TARGET},
        {"an orphan marked by the load", 900, OURS, 900, 900, TREE_NONE, LOAD},
        {"its child", 901, 900, 901, 901, TREE_NONE, LOAD},
        {"no orphan of ours, whatever it says", 950, 50, 950, 950, TREE_NONE, TREE_NONE},
    };
    expect_relations(relations, COUNT(relations), OURS);
}
END_TEST

/* The keeper's view: our children have another parent by now. */
TEST(members_are_found_without_us) {
    static const struct relation relations[] = {
        {"the first process", 1, 0, 1, 1, TREE_NONE, TREE_NONE},
        {"the keeper", 101, 1, 101, 101, TREE_STRANGER, TREE_STRANGER},
        {"one that was seen", 300, 1, 300, 50, TARGET, TARGET},
        {"its child, too young to have been", 310, 300, 300, 50, TREE_NONE, TARGET},
        {"an orphan too young to have been seen", 311, 1, 300, 50, TREE_NONE, TREE_NONE},
        {"one that is marked", 900, 1, 900, 900, TREE_NONE, LOAD},
        {"its child that cleared its environment", 905, 900, 905, 905, TREE_NONE, LOAD},
    };
    expect_relations(relations, COUNT(relations) - 1, 0);
}
END_TEST

TEST(the_marker_is_an_entry_of_its_own) {
    static const struct {
        const char *what;
        const char *text;
        size_t length;
        int number;
    } rows[] = {
#define ENVIRONMENT(text) text, sizeof(text) - 1
        {"alone", ENVIRONMENT("PLIMSOLL_GROUP=run-7-3\0"), 3},
        {"among others", ENVIRONMENT("A=b\0PLIMSOLL_GROUP=run-7-3\0C=d\0"), 3},
        {"not ended", ENVIRONMENT("A=b\0PLIMSOLL_GROUP=run-7-34"), 34},
        {"after a value that holds it", ENVIRONMENT("A=PLIMSOLL_GROUP=run-7-2\0PLIMSOLL_GROUP=run-7-3\0"), 3},
        {"after a longer name", ENVIRONMENT("MY_PLIMSOLL_GROUP=run-7-2\0PLIMSOLL_GROUP=run-7-3\0"), 3},
        {"after another harness's", ENVIRONMENT("PLIMSOLL_GROUP=run-8-2\0PLIMSOLL_GROUP=run-7-3\0"), 3},
        {"after an empty entry", ENVIRONMENT("\0\0PLIMSOLL_GROUP=run-7-3\0"), 3},
        {"in a value alone", ENVIRONMENT("A=PLIMSOLL_GROUP=run-7-2\0"), TREE_NONE},
        {"without a number", ENVIRONMENT("PLIMSOLL_GROUP=run-7-\0005\0"), TREE_NONE},
        {"no number", ENVIRONMENT("PLIMSOLL_GROUP=run-7-x\0"), TREE_NONE},
        {"nothing", ENVIRONMENT(""), TREE_NONE},
#undef ENVIRONMENT
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int number = process_marker_parse(rows[i].text, rows[i].length, "run-7-");
        ROW(number == rows[i].number, "%s: %d", rows[i].what, number);
    }
}
END_TEST

/* A child that starts another, which becomes an orphan of ours with a session of its own. Returns its number.
 */
static pid_t start_daemon(void) {
    int told[2];
    pid_t daemon = 0;
    ck_assert(pipe(told) == 0);
    pid_t first = fork();
    if (first == 0) {
        setsid();
        pid_t second = fork();
        if (second == 0) {
            setsid();
            close(told[0]);
            close(told[1]);
            for (;;)
                pause();
        }
        if (write(told[1], &second, sizeof second) != (ssize_t)sizeof second)
            _exit(1);
        _exit(0);
    }
    ck_assert(read(told[0], &daemon, sizeof daemon) == (ssize_t)sizeof daemon);
    ck_assert(waitpid(first, NULL, 0) == first);
    close(told[0]);
    close(told[1]);
    return daemon;
}

TEST(a_tree_is_read_and_ended) {
    struct process_tree *tree = NULL;
    struct error error;
    long pids[4] = {0};
    ck_assert(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    pid_t keeper = start_daemon(); /* it was there before */
    struct process_table *table = process_table_open();
    ck_assert_ptr_nonnull(table);
    ck_assert(process_tree_open(table, "no number", &tree, &error) < 0);
    ck_assert(process_tree_open(table, "test-process-tree-1-2-5", &tree, &error) == 0);
    ck_assert_int_eq(process_tree_sweep(tree, 0, pids, 4), 0);
    struct snapshot now = {0};
    process_tree_read(tree, &now);
    ck_assert_msg(!now.usage.known && !now.anon.known, "nothing in it: nothing is read, not even 0");
    pid_t daemon = start_daemon();
    ck_assert_int_eq(process_tree_sweep(tree, 0, pids, 4), 1);
    ck_assert_int_eq(pids[0], daemon);
    process_tree_read(tree, &now);
    ck_assert(now.anon.known && now.anon.value > 0 && now.kernel.known && !now.file.known);
    ck_assert(now.usage.value >= now.anon.value + now.kernel.value);
    ck_assert_int_eq(process_tree_tasks(tree).value, 1);
    ck_assert_msg(process_tree_pause_ns(tree) == 0, "what has just begun is looked at again at once");
    ck_assert(process_tree_file_most(tree).known);
    /* A keeper that is started while the tree is there. */
    pid_t second = start_daemon();
    process_table_exclude(table, second);
    ck_assert_int_eq(process_tree_sweep(tree, 0, pids, 4), 1);
    ck_assert_int_eq(pids[0], daemon);
    /* As the keeper does it. */
    process_table_end(table, "test-process-tree-1-2-", 10 * NS_PER_S);
    ck_assert(waitpid(daemon, NULL, 0) == daemon);
    ck_assert_msg(process_tree_members(tree, pids, 4) == 1, "as they were at the last look");
    ck_assert_int_eq(process_tree_sweep(tree, 0, pids, 4), 0);
    ck_assert_int_eq(process_tree_members(tree, pids, 4), 0);
    ck_assert_msg(kill(keeper, 0) == 0, "a stranger is left alone");
    ck_assert(kill(keeper, SIGKILL) == 0 && waitpid(keeper, NULL, 0) == keeper);
    ck_assert_msg(kill(second, 0) == 0, "so is one that is excluded");
    ck_assert(kill(second, SIGKILL) == 0 && waitpid(second, NULL, 0) == second);
    process_tree_close(tree);
    process_table_close(table);
}
END_TEST

UNIT_MAIN("process_tree", stat_is_read, the_dead_are_told, members_are_found, members_are_found_without_us,
          the_marker_is_an_entry_of_its_own, a_tree_is_read_and_ended)
