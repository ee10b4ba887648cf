/* trial/runtime_probe and analysis/tuning: what a process runs on, what that runtime is told, and what is
 * made of the runs with it. */
#include <elf.h>

#include "analysis/tuning.h"
#include "base/units.h"
#include "trial/runtime_probe.h"

#include "unit.h"

static const char *name_of(enum runtime runtime) {
    const char *name = runtime_name(runtime);
    return name ? name : "none";
}

/* ---- recognising ---- */

TEST(programs) {
    static const struct {
        const char *path;
        enum runtime runtime;
    } rows[] = {
        {"/usr/lib/jvm/java-17-openjdk-amd64/bin/java", RUNTIME_JVM},
        {"/usr/bin/node", RUNTIME_NODE},
        {"/usr/bin/nodejs", RUNTIME_NODE},
        {"/usr/bin/python3.11", RUNTIME_PYTHON},
        {"/root/.pyenv/versions/3.13.1/bin/python3.13t", RUNTIME_PYTHON},
        {"/usr/bin/python3.11 (deleted)", RUNTIME_PYTHON},
        {"/usr/bin/ruby3.1", RUNTIME_RUBY},
        {"/usr/bin/php8.2", RUNTIME_PHP},
        {"/usr/sbin/php-fpm8.2", RUNTIME_PHP},
        {"/usr/share/dotnet/dotnet", RUNTIME_DOTNET},
        {"python3", RUNTIME_PYTHON},
        /* Go programs and others that only begin alike. */
        {"/usr/bin/node_exporter", RUNTIME_NONE},
        {"/usr/bin/node-exporter", RUNTIME_NONE},
        {"/usr/bin/pythonista", RUNTIME_NONE},
        {"/usr/bin/javac", RUNTIME_NONE},
        {"/opt/node/bin/electron", RUNTIME_NONE},
        {"/usr/bin/sh", RUNTIME_NONE},
        {"", RUNTIME_NONE},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(runtime_of_program(rows[i].path) == rows[i].runtime, "%s: %s", rows[i].path,
            name_of(runtime_of_program(rows[i].path)));
}

#define LIBC         "7f2b8e6a6000-7f2b8e6cc000 r--p 00000000 fe:00 133467 /usr/lib/libc.so.6\n"
#define MAPPED(path) "7f2b8e000000-7f2b8e001000 r-xp 00001000 fe:00 12 " path "\n"

TEST(maps) {
    static const struct {
        const char *what;
        const char *maps;
        enum runtime runtime;
    } rows[] = {
        {"nothing", "", RUNTIME_NONE},
        {"a plain program", LIBC MAPPED("/usr/bin/sort") "7ffd2 rw-p 00000000 00:00 0 [stack]\n",
         RUNTIME_NONE},
        {"java embedded", LIBC MAPPED("/usr/lib/jvm/lib/server/libjvm.so") LIBC, RUNTIME_JVM},
        {"an apphost", LIBC MAPPED("/usr/share/dotnet/shared/8.0.1/libcoreclr.so"), RUNTIME_DOTNET},
        {"a single file", MAPPED("/memfd:doublemapper (deleted)"), RUNTIME_DOTNET},
        {"node as a library", MAPPED("/usr/lib/libnode.so.108"), RUNTIME_NODE},
        {"uwsgi", MAPPED("/usr/lib/libpython3.11.so.1.0"), RUNTIME_PYTHON},
        {"apache", MAPPED("/usr/lib/apache2/modules/libphp8.2.so"), RUNTIME_PHP},
        {"ruby embedded", MAPPED("/usr/lib/libruby-3.1.so.3.1.2"), RUNTIME_RUBY},
        {"java beside a scripting language", MAPPED("/l/libpython3.11.so") MAPPED("/l/libjvm.so"),
         RUNTIME_JVM},
        {"the same the other way round", MAPPED("/l/libjvm.so") MAPPED("/l/libpython3.11.so"), RUNTIME_JVM},
        {"a folder of that name", MAPPED("/opt/libjvm.so/bin/tool"), RUNTIME_NONE},
        {"the last line without an end", "7f-8f r-xp 0 fe:00 1 /l/libjvm.so", RUNTIME_JVM},
        {"no path", "7f-8f r-xp 0 fe:00 1\n7f-8f rw-p 0 00:00 0 [heap]\n", RUNTIME_NONE},
        {"garbage", "\n\n/\n///\nlibjvm.so\n", RUNTIME_NONE},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(runtime_of_maps(rows[i].maps) == rows[i].runtime, "%s: %s", rows[i].what,
            name_of(runtime_of_maps(rows[i].maps)));
}

/* A program with three sections: none, the names, and one of the test's. */
struct image {
    Elf64_Ehdr head;
    Elf64_Shdr sections[3];
    char names[64];
    size_t size; /* of what can be read */
};

static ssize_t read_image(void *context, void *buffer, size_t size, off_t offset) {
    const struct image *image = context;
    if (offset < 0 || (size_t)offset >= image->size)
        return 0;
    if (size > image->size - (size_t)offset)
        size = image->size - (size_t)offset;
    memcpy(buffer, (const char *)image + offset, size);
    return (ssize_t)size;
}

static struct image make_image(const char *section) {
    struct image image = {
        .head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64,
                             __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB},
                 .e_shoff = offsetof(struct image, sections),
                 .e_shentsize = sizeof(Elf64_Shdr),
                 .e_shnum = 3,
                 .e_shstrndx = 1},
        .sections = {{0},
                     {.sh_name = 1, .sh_offset = offsetof(struct image, names), .sh_size = 64},
                     {.sh_name = 11}},
        .size = offsetof(struct image, size),
    };
    memcpy(image.names + 1, ".shstrtab", 10);
    snprintf(image.names + 11, sizeof image.names - 11, "%s", section);
    return image;
}

TEST(go_programs) {
    struct image image = make_image(".go.buildinfo");
    ck_assert(runtime_elf_is_go(read_image, &image));
    image = make_image(".note.go.buildid");
    ck_assert(runtime_elf_is_go(read_image, &image));
    image = make_image(".text");
    ck_assert(!runtime_elf_is_go(read_image, &image));
}

/* Whatever is wrong with it, it is no Go program, and nothing is read beyond it. */
TEST(broken_programs) {
    for (size_t size = 0; size < offsetof(struct image, names) + 11; size++) {
        struct image image = make_image(".go.buildinfo");
        image.size = size;
        ROW(!runtime_elf_is_go(read_image, &image), "cut to %zu", size);
    }
    struct image image = make_image(".go.buildinfo");
    image.head.e_ident[EI_CLASS] = ELFCLASS32;
    ROW(!runtime_elf_is_go(read_image, &image), "32 bits");
    image = make_image(".go.buildinfo");
    image.head.e_ident[0] = '#';
    ROW(!runtime_elf_is_go(read_image, &image), "a script");
    image = make_image(".go.buildinfo");
    image.head.e_shnum = 60000;
    ROW(!runtime_elf_is_go(read_image, &image), "more sections than there are");
    image = make_image(".go.buildinfo");
    image.head.e_shstrndx = 3;
    ROW(!runtime_elf_is_go(read_image, &image), "names nowhere");
    image = make_image(".go.buildinfo");
    image.sections[2].sh_name = UINT32_MAX;
    ROW(!runtime_elf_is_go(read_image, &image), "a name out of the names");
    image = make_image(".go.buildinfo");
    image.head.e_shoff = UINT64_MAX;
    ROW(!runtime_elf_is_go(read_image, &image), "sections nowhere");
}

TEST(the_largest_counts) {
    struct runtime_watch watch = {0};
    struct runtime_process none[] = {{10, 300, RUNTIME_NONE}};
    runtime_watch_fold(&watch, none, 0);
    runtime_watch_fold(&watch, none, 1);
    ck_assert_str_eq(name_of(watch.runtime), "none");
    struct runtime_process wrapper[] = {{10, 300, RUNTIME_NONE}, {11, 2000, RUNTIME_PYTHON}};
    runtime_watch_fold(&watch, wrapper, 2);
    ck_assert_str_eq(name_of(watch.runtime), "python");
    struct runtime_process both[] = {{11, 2000, RUNTIME_PYTHON}, {12, 9000, RUNTIME_JVM}};
    runtime_watch_fold(&watch, both, 2);
    ck_assert_str_eq(name_of(watch.runtime), "jvm");
    /* It has ended, and what waited for it is larger now than before, but was never as large. */
    struct runtime_process after[] = {{11, 2500, RUNTIME_PYTHON}};
    runtime_watch_fold(&watch, after, 1);
    ck_assert_str_eq(name_of(watch.runtime), "jvm");
}

TEST(exec_makes_another_of_it) {
    struct runtime_watch watch = {0};
    struct runtime_process before[] = {{10, 3000, RUNTIME_PYTHON}};
    runtime_watch_fold(&watch, before, 1);
    struct runtime_process smaller[] = {{10, 1000, RUNTIME_GO}};
    runtime_watch_fold(&watch, smaller, 1);
    ck_assert_str_eq(name_of(watch.runtime), "go");
    struct runtime_process plain[] = {{10, 1000, RUNTIME_NONE}};
    runtime_watch_fold(&watch, plain, 1);
    ck_assert_str_eq(name_of(watch.runtime), "none");
}

/* ---- what it is told ---- */

/* "NAME=value NAME=value" of what is advised. Static. */
static const char *advised(const struct tuning_input *input) {
    static char text[512];
    struct runtime_advice advice;
    tuning_advise(input, &advice);
    text[0] = '\0';
    ROW(advice.runtime == input->runtime, "%s", name_of(advice.runtime));
    for (size_t i = 0; i < advice.setting_count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s=%s", i ? " " : "",
                 advice.settings[i].name, advice.settings[i].value);
    runtime_advice_free(&advice);
    return text;
}

TEST(settings_by_limit) {
    static const struct {
        enum runtime runtime;
        int64_t limit_mib;
        const char *settings;
    } rows[] = {
        /* From some 250 MiB on MaxRAMPercentage alone counts; 32 MiB stay outside. */
        {RUNTIME_JVM, 1024, "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75.0"},
        {RUNTIME_JVM, 250, "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75.0"},
        {RUNTIME_JVM, 249, "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75.0 -XX:MinRAMPercentage=75.0"},
        {RUNTIME_JVM, 100, "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=68.0 -XX:MinRAMPercentage=68.0"},
        {RUNTIME_JVM, 40, "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=50.0 -XX:MinRAMPercentage=50.0"},
        {RUNTIME_NODE, 2048, "NODE_OPTIONS=--max-old-space-size=1536"},
        {RUNTIME_NODE, 96, "NODE_OPTIONS=--max-old-space-size=64"},
        {RUNTIME_NODE, 48, "NODE_OPTIONS=--max-old-space-size=24"},
        {RUNTIME_GO, 128, "GOMEMLIMIT=115MiB"},
        {RUNTIME_GO, 4096, "GOMEMLIMIT=3686MiB"},
        {RUNTIME_DOTNET, 256, "DOTNET_GCHeapHardLimit=0xC000000"},
        {RUNTIME_DOTNET, 32, "DOTNET_GCHeapHardLimit=0x1400000"},
        {RUNTIME_PYTHON, 256, ""}, /* how many threads it has is not known */
        {RUNTIME_NONE, 256, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tuning_input input = {
            .runtime = rows[i].runtime, .limit_bytes = rows[i].limit_mib * MIB, .cpus = 4};
        ROW_TEXT(advised(&input), rows[i].settings, name_of(rows[i].runtime));
    }
}

TEST(arenas_where_there_are_threads) {
    static const struct {
        enum runtime runtime;
        int64_t threads;
        int cpus;
        bool advised;
    } rows[] = {
        {RUNTIME_RUBY, 12, 2, true},  {RUNTIME_PYTHON, 5, 8, true}, {RUNTIME_PHP, 32, 4, true},
        {RUNTIME_RUBY, 12, 1, false}, {RUNTIME_RUBY, 2, 4, false},  {RUNTIME_PYTHON, 4, 8, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial profile = {.purpose = PURPOSE_PROFILE, .tasks_most = known_i64(rows[i].threads)};
        struct tuning_input input = {.runtime = rows[i].runtime,
                                     .limit_bytes = 64 * MIB,
                                     .cpus = rows[i].cpus,
                                     .trials = &profile,
                                     .trial_count = 1};
        ROW_TEXT(advised(&input), rows[i].advised ? "MALLOC_ARENA_MAX=2" : "", name_of(rows[i].runtime));
    }
}

static struct trial lived(int64_t limit_mib, int64_t needed_mib, bool tuned, int64_t ms) {
    return (struct trial){.purpose = PURPOSE_VERIFY,
                          .limit_bytes = known_i64(limit_mib * MIB),
                          .needed_bytes = known_i64(needed_mib * MIB),
                          .tuned = tuned,
                          .exit = {.duration_ns = ms * NS_PER_MS}};
}

/* At 300 MiB its heap was no more than 124.8, so that 95.2 of the 220 it needed lie outside: 1.25 times that
 * is 30 % of 400. */
TEST(jvm_with_much_outside_its_heap) {
    struct trial trials[] = {lived(300, 220, false, 100), lived(200, 190, false, 100),
                             lived(300, 250, true, 100)};
    struct tuning_input input = {
        .runtime = RUNTIME_JVM, .limit_bytes = 400 * MIB, .cpus = 2, .trials = trials, .trial_count = 3};
    ROW_TEXT(advised(&input), "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=70.0", "most of all");
    trials[0].needed_bytes = known_i64(299 * MIB);
    trials[0].limit_bytes = known_i64(100 * MIB);
    ROW_TEXT(advised(&input), "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=25.0", "a quarter at least");
}

static char text_java[] = "java";
static char text_xmx[] = "-Xmx64m";
static char text_shell[] = "GOMEMLIMIT=20MiB exec ./server";
static char env_java[] = "JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8";
static char env_java_max[] = "JDK_JAVA_OPTIONS=-XX:MaxRAMPercentage=60";
static char env_node[] = "NODE_OPTIONS=--max_old_space_size=99";
static char env_node_other[] = "NODE_OPTIONS=--enable-source-maps";
static char env_node_empty[] = "NODE_OPTIONS=";
static char env_go[] = "GOMEMLIMIT=off";
static char env_maven[] = "MAVEN_OPTS=-Xmx1g";

TEST(what_is_set_already) {
    char *const plain[] = {text_java, NULL};
    char *const with_xmx[] = {text_java, text_xmx, NULL};
    char *const with_shell[] = {text_shell, NULL};
    char *const java[] = {env_java, env_maven, NULL};
    char *const java_max[] = {env_java_max, NULL};
    char *const node[] = {env_node, NULL};
    char *const node_other[] = {env_node_other, NULL};
    char *const node_empty[] = {env_node_empty, NULL};
    char *const go[] = {env_go, NULL};
    const struct {
        const char *what;
        enum runtime runtime;
        char *const *argv;
        char *const *first;
        char *const *second;
        const char *own; /* NULL: nothing */
        const char *settings;
    } rows[] = {
        {"an argument", RUNTIME_JVM, with_xmx, NULL, java, "-Xmx", ""},
        {"another of java's variables", RUNTIME_JVM, plain, java_max, NULL, "MaxRAM", ""},
        {"an option that has nothing to do with it, and another program's", RUNTIME_JVM, plain, NULL, java,
         NULL, "JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8 -XX:MaxRAMPercentage=75.0"},
        {"node's", RUNTIME_NODE, plain, NULL, node, "max_old_space_size", ""},
        {"--env wins", RUNTIME_NODE, plain, node_other, node, NULL,
         "NODE_OPTIONS=--enable-source-maps --max-old-space-size=384"},
        {"an empty one", RUNTIME_NODE, plain, node_empty, NULL, NULL,
         "NODE_OPTIONS=--max-old-space-size=384"},
        {"another runtime's", RUNTIME_NODE, plain, go, NULL, NULL, "NODE_OPTIONS=--max-old-space-size=384"},
        {"switched off", RUNTIME_GO, plain, go, NULL, "GOMEMLIMIT", ""},
        {"within a shell's command", RUNTIME_GO, with_shell, NULL, NULL, "GOMEMLIMIT", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tuning_input input = {.runtime = rows[i].runtime,
                                     .limit_bytes = 512 * MIB,
                                     .cpus = 2,
                                     .argv = rows[i].argv,
                                     .environments = {rows[i].first, rows[i].second}};
        const char *own = tuning_own_setting(&input);
        ROW_TEXT(own ? own : "nothing", rows[i].own ? rows[i].own : "nothing", rows[i].what);
        ROW_TEXT(advised(&input), rows[i].settings, rows[i].what);
    }
}

TEST(runtime_of_the_trials) {
    struct trial trials[] = {{.purpose = PURPOSE_STEP, .runtime = RUNTIME_PYTHON},
                             {.purpose = PURPOSE_PROFILE, .runtime = RUNTIME_JVM}};
    ck_assert_str_eq(name_of(tuning_find_runtime(trials, 2)), "jvm");
    trials[1].runtime = RUNTIME_NONE;
    ck_assert_str_eq(name_of(tuning_find_runtime(trials, 2)), "python");
    ck_assert_str_eq(name_of(tuning_find_runtime(trials, 0)), "none");
}

/* ---- what came of it ---- */

/* Judges and concludes with one setting. Returns the verdict; the recommendation is the caller's. */
static enum tuning_verdict conclude(const struct trial *trials, size_t count, const char *variable,
                                    struct recommendation *ret) {
    *ret = (struct recommendation){.limit_bytes = 100 * MIB};
    runtime_advice_add(&ret->runtime, variable, "2");
    enum tuning_verdict verdict = tuning_judge(trials, count, 100 * MIB, &ret->runtime);
    tuning_conclude(verdict, ret);
    return verdict;
}

TEST(verdicts) {
    const struct {
        const char *what;
        struct trial trials[4];
        const char *variable;
        enum tuning_verdict verdict;
        const char *reason;
        const char *warning;
    } rows[] = {
        {"less memory",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 40, true, 1050),
          lived(100, 41, true, 1020)},
         "NODE_OPTIONS",
         TUNING_GAIN,
         "With NODE_OPTIONS=2 it needs 41.0 MiB instead of 60.0 MiB at the same limit (0.68x), in 1.05x the "
         "time.",
         NULL},
        {"less time",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 60, true, 700),
          lived(100, 61, true, 700)},
         "NODE_OPTIONS",
         TUNING_GAIN,
         "With NODE_OPTIONS=2 it needs 61.0 MiB instead of 60.0 MiB at the same limit (1.02x), in 0.70x the "
         "time.",
         NULL},
        {"fewer arenas make nothing faster",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 60, true, 700),
          lived(100, 61, true, 700)},
         "MALLOC_ARENA_MAX",
         TUNING_EVEN,
         "With MALLOC_ARENA_MAX=2 nothing changed beyond chance: it is left unset.",
         NULL},
        {"one of two needed less: chance",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 40, true, 1000),
          lived(100, 60, true, 1000)},
         "GOMEMLIMIT",
         TUNING_EVEN,
         "With GOMEMLIMIT=2 nothing changed beyond chance, but it collects its garbage before the kernel "
         "kills "
         "it.",
         NULL},
        {"arenas that change nothing",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 59, true, 1000),
          lived(100, 60, true, 1000)},
         "MALLOC_ARENA_MAX",
         TUNING_EVEN,
         "With MALLOC_ARENA_MAX=2 nothing changed beyond chance: it is left unset.",
         NULL},
        {"slower",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 40, true, 1500),
          lived(100, 40, true, 1400)},
         "NODE_OPTIONS",
         TUNING_SLOWER,
         NULL,
         "With NODE_OPTIONS=2 it needs 40.0 MiB instead of 60.0 MiB at the same limit (0.67x), in 1.50x the "
         "time: leave that unset."},
        {"slower by what starting a process takes",
         {lived(100, 58, false, 30), lived(100, 60, false, 30), lived(100, 58, true, 45),
          lived(100, 58, true, 45)},
         "MALLOC_ARENA_MAX",
         TUNING_EVEN,
         "With MALLOC_ARENA_MAX=2 nothing changed beyond chance: it is left unset.",
         NULL},
        {"more memory",
         {lived(100, 58, false, 1000), lived(100, 60, false, 1000), lived(100, 80, true, 500),
          lived(100, 70, true, 500)},
         "JAVA_TOOL_OPTIONS",
         TUNING_NEEDS_MORE,
         NULL,
         "With JAVA_TOOL_OPTIONS=2 it needs 80.0 MiB instead of 60.0 MiB at the same limit (1.33x), in 0.50x "
         "the time, for which the request is not meant: leave that unset, or size it again with that "
         "(--env)."},
        {"nothing to compare with",
         {lived(100, 50, true, 1000), lived(90, 50, false, 1000), lived(110, 50, false, 1000),
          lived(90, 50, true, 1000)},
         "GOMEMLIMIT",
         TUNING_UNTRIED,
         NULL,
         "GOMEMLIMIT=2 may suit it, but was not tried."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct recommendation got;
        enum tuning_verdict verdict = conclude(rows[i].trials, 4, rows[i].variable, &got);
        ROW(verdict == rows[i].verdict, "%s: %d", rows[i].what, (int)verdict);
        ROW_TEXT(got.reason_count ? got.reasons[0] : "", rows[i].reason ? rows[i].reason : "", rows[i].what);
        ROW_TEXT(got.warning_count ? got.warnings[0] : "", rows[i].warning ? rows[i].warning : "",
                 rows[i].what);
        /* Kept where there is a reason for it, and what was found out in any case. */
        bool kept = got.reason_count > 0 && !strstr(got.reasons[0], "left unset");
        ROW(got.runtime.setting_count == kept, "%s: %zu", rows[i].what, got.runtime.setting_count);
        ROW(verdict == TUNING_UNTRIED || got.runtime.tried_runs == 2, "%s: %d", rows[i].what,
            got.runtime.tried_runs);
        recommendation_free(&got);
    }
}

TEST(one_that_dies) {
    struct trial trials[] = {lived(100, 58, false, 1000), lived(100, 40, true, 1000),
                             lived(100, 40, true, 1000)};
    trials[2].outcome = OUTCOME_OOM;
    struct recommendation got;
    ck_assert_int_eq(conclude(trials, 3, "NODE_OPTIONS", &got), TUNING_DIED);
    ck_assert_int_eq(got.runtime.tried_runs, 2);
    ck_assert_int_eq(got.runtime.tried_ooms, 1);
    ck_assert_int_eq(got.runtime.needed_bytes.value, 40 * MIB);
    ck_assert_int_eq(got.runtime.needed_without_bytes.value, 58 * MIB);
    ck_assert_uint_eq(got.runtime.setting_count, 0);
    ck_assert_str_eq(got.warnings[0],
                     "With NODE_OPTIONS=2 it died at the recommended limit: leave that unset.");
    recommendation_free(&got);
}

/* What says nothing about its limit is no run with the settings. */
TEST(ends_from_outside) {
    struct trial trials[] = {lived(100, 58, false, 1000), lived(100, 40, true, 1000)};
    trials[1].outcome = OUTCOME_OUTSIDE_OOM;
    struct runtime_advice advice = {0};
    ck_assert_int_eq(tuning_judge(trials, 2, 100 * MIB, &advice), TUNING_UNTRIED);
    ck_assert_int_eq(advice.tried_runs, 0);
}

TEST(heap_is_a_part_of_the_limit) {
    struct trial trials[] = {lived(600, 200, false, 1000), lived(600, 580, true, 1000)};
    struct oom_point point = {.known = true,
                              .ooms_bytes = known_i64(590 * MIB),
                              .survives_bytes = known_i64(600 * MIB),
                              .dies_as = OUTCOME_RUNTIME_OOM};
    ck_assert_int_eq(known_or(tuning_heap_bound_limit(trials, 2, RUNTIME_JVM, &point), 0), 590 * MIB);
    ck_assert(!tuning_heap_bound_limit(trials, 2, RUNTIME_NODE, &point).known);
    trials[0].needed_bytes = known_i64(500 * MIB);
    ck_assert(!tuning_heap_bound_limit(trials, 2, RUNTIME_JVM, &point).known);
    trials[0].needed_bytes = known_i64(200 * MIB);
    point.dies_as = OUTCOME_OOM;
    ck_assert(!tuning_heap_bound_limit(trials, 2, RUNTIME_JVM, &point).known);
    struct recommendation told = {0};
    runtime_advice_add(&told.runtime, "JAVA_TOOL_OPTIONS", "-Da=b -Xx");
    tuning_tell_heap_bound(590 * MIB, &told);
    ck_assert_str_eq(
        told.reasons[0],
        "At 590.0 MiB, where it died of a full heap with memory to spare, it lives with "
        "JAVA_TOOL_OPTIONS='-Da=b -Xx': sized again with that (--env) it may do with a lower limit.");
    recommendation_free(&told);
}

UNIT_MAIN("runtime", programs, maps, go_programs, broken_programs, the_largest_counts,
          exec_makes_another_of_it, settings_by_limit, arenas_where_there_are_threads,
          jvm_with_much_outside_its_heap, what_is_set_already, runtime_of_the_trials, verdicts, one_that_dies,
          ends_from_outside, heap_is_a_part_of_the_limit)
