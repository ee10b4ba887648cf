#include "trial/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/host.h"

/* More are counted, but not looked at. */
#define MEMBERS_MAX 1024

/* More are not named. */
#define NAMES_MAX 6

/* Deeper than processes are ever nested; a bound against a list that changes while it is walked. */
#define DESCENT_MAX 64

/* ---- groups ---- */

/* The hierarchy that this program sees. */
static int find_hierarchy(struct cgroup_layout *ret, struct error *error) {
    int code = cgroup_layout_of(getpid(), ret, error);
    return code < 0 ? -ENODEV : 0;
}

static bool is_within(const char *path, const char *top) {
    size_t length = strlen(top);
    return strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The true root counts the whole machine; what is mounted at the top of a namespace is a group like any
 * other. */
static bool is_root(const struct cgroup_layout *layout, const char *path) {
    CLEANUP_CLOSE int top = open(layout->mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return strcmp(path, layout->mount_point) == 0 && top >= 0 && layout->ops->is_true_root(top);
}

/* An open group that counts memory, or a refusal that begins with `what`. */
static int attach(struct subject *subject, const struct cgroup_layout *layout, const char *path,
                  const char *what, struct error *error) {
    struct error inner;
    if (is_root(layout, path)) {
        error_plain(error, -EINVAL, "%s: the root group is the whole machine; it takes a group below it",
                    what);
        error_advise(error, "to start something in one: systemd-run --scope COMMAND");
        return -EINVAL;
    }
    int code = cgroup_attach(layout->ops, path, false, &subject->group, &inner);
    if (code < 0)
        error_plain(error, code, "%s: %s", what, inner.what);
    if (code == -EACCES || code == -EPERM)
        error_hint(error, "sudo plimsoll watch ...");
    return code;
}

/* Where the group is, as a path without links or dots within the hierarchy; NULL with errno. Caller frees. */
static char *locate(const char *mount_point, const char *text) {
    CLEANUP_FREE char *top = realpath(mount_point, NULL);
    CLEANUP_FREE char *below = text_format("%s/%s", mount_point, text + strspn(text, "/"));
    const char *const places[] = {text, below};
    int why = ENOENT;
    for (size_t i = 0; top && i < sizeof places / sizeof *places; i++) {
        CLEANUP_FREE char *place = realpath(places[i], NULL);
        if (place && is_within(place, top))
            return STEAL_POINTER(&place);
        if (!place && (errno == EACCES || errno == EPERM))
            why = errno;
    }
    errno = why;
    return NULL;
}

static int find_group(const char *text, struct subject *subject, struct error *error) {
    struct cgroup_layout layout = {0};
    int code = find_hierarchy(&layout, error);
    if (code < 0)
        return code;
    CLEANUP_FREE char *what = text_format("--cgroup %s", text);
    CLEANUP_FREE char *path = locate(layout.mount_point, text);
    if (path) {
        code = attach(subject, &layout, path, what, error);
    } else if (errno == EACCES || errno == EPERM) {
        code = error_system(error, -errno, "%s", what);
        error_hint(error, "sudo plimsoll watch ...");
    } else if (access(text, F_OK) == 0) {
        code = error_plain(error, -ENOENT, "%s: not in the memory hierarchy, which is mounted at %s", what,
                           layout.mount_point);
    } else {
        code = error_plain(error, -ENOENT, "%s: no such group, neither in the file system nor below %s", what,
                           layout.mount_point);
    }
    if (code == 0) {
        subject->mount_point = STEAL_POINTER(&layout.mount_point);
        subject->name = text_copy(strrchr(path, '/') + 1);
    }
    cgroup_layout_free(&layout);
    return code;
}

/* ---- processes ---- */

/* The kernel keeps this much of a name (TASK_COMM_LEN, less its end). */
#define COMM_BYTES 15

/* Its name; where the kernel has cut it, that of its program. Caller frees; NULL where it has ended. */
static char *process_name(long pid) {
    char path[64];
    char comm[64];
    char program[4096];
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    if (file_read_text_at(AT_FDCWD, path, comm, sizeof comm) <= 0)
        return NULL;
    comm[strcspn(comm, "\n")] = '\0';
    snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
    if (strlen(comm) < COMM_BYTES || file_read_text_at(AT_FDCWD, path, program, sizeof program) <= 0)
        return text_copy(comm);
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;
    return text_copy(text_starts_with(name, comm) ? name : comm);
}

static bool has_ended(int pidfd) {
    struct pollfd fd = {.fd = pidfd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* On v2 a group without the memory controller is counted with the nearest one above that has it. */
static int attach_upwards(struct subject *subject, const struct cgroup_layout *layout, const char *what,
                          struct error *error) {
    CLEANUP_FREE char *path = text_copy(layout->own_path);
    int code = attach(subject, layout, path, what, error);
    while (code == -ENOTSUP && layout->ops->clone_into && strlen(path) > strlen(layout->mount_point)) {
        *strrchr(path, '/') = '\0';
        subject->above = true;
        code = attach(subject, layout, path, what, error);
    }
    return code;
}

static int find_process(pid_t pid, struct subject *subject, struct error *error) {
    struct cgroup_layout layout = {0};
    CLEANUP_FREE char *what = text_format("--pid %d", (int)pid);
    subject->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (subject->pidfd < 0)
        return errno == EINVAL ? error_plain(error, -EINVAL, "%s: a thread; give its process", what)
                               : error_system(error, -errno, "%s", what);
    int code = cgroup_layout_of(pid, &layout, error);
    /* One that has ended is in no group of its own, and its number may be another's by now. */
    if (has_ended(subject->pidfd))
        code = error_plain(error, -ESRCH, "%s: it has ended", what);
    else if (code < 0)
        code = -ENODEV;
    if (code == 0)
        code = attach_upwards(subject, &layout, what, error);
    if (code == 0) {
        char *name = process_name(pid);
        subject->pid = pid;
        subject->mount_point = STEAL_POINTER(&layout.mount_point);
        subject->name = name ? name : text_copy("process");
    }
    cgroup_layout_free(&layout);
    return code;
}

/* ---- systemd ---- */

/* It answers at once, or its manager does not. */
#define SYSTEMCTL_TIMEOUT_NS (10 * NS_PER_S)

/* The value of "KEY=value" among the lines of an answer; NULL where it is empty or not there. Caller frees.
 */
static char *property(const char *answer, const char *key) {
    size_t length = strlen(key);
    for (const char *line = answer; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == '=' && line[length + 1] != '\n')
            return text_copy_bytes(line + length + 1, strcspn(line + length + 1, "\n"));
    }
    return NULL;
}

/* The unit's place below the hierarchy. */
static int ask_for_unit(const char *unit, char **ret, struct error *error) {
    struct tool systemctl;
    struct tool_answer answer = {0};
    struct error inner;
    const struct tool_patience patience = {.timeout_ns = SYSTEMCTL_TIMEOUT_NS};
    CLEANUP_FREE char *name = text_copy(unit);
    char *arguments[] = {(char[]){"show"},
                         (char[]){"-p"},
                         (char[]){"LoadState"},
                         (char[]){"-p"},
                         (char[]){"ActiveState"},
                         (char[]){"-p"},
                         (char[]){"ControlGroup"},
                         (char[]){"--"},
                         name,
                         NULL};
    if (tool_find("systemctl", &systemctl, &inner) < 0)
        return error_plain(error, -ENOTSUP, "--systemd %s: there is no systemctl here", unit);
    int code = tool_run(&systemctl, arguments, &patience, &answer, &inner);
    tool_close(&systemctl);
    if (code < 0 || answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        tool_answer_free(&answer);
        return code < 0 ? error_plain(error, -ENOTSUP, "--systemd %s: %.800s", unit, inner.what)
                        : error_plain(error, -ENOTSUP, "--systemd %s: systemctl says: %.800s", unit, words);
    }
    CLEANUP_FREE char *load = property(strbuf_text(&answer.out), "LoadState");
    CLEANUP_FREE char *active = property(strbuf_text(&answer.out), "ActiveState");
    CLEANUP_FREE char *place = property(strbuf_text(&answer.out), "ControlGroup");
    tool_answer_free(&answer);
    if (!place && load && strcmp(load, "loaded") != 0)
        return error_plain(error, -ENOENT, "--systemd %s: no such unit (%s)", unit, load);
    if (!place)
        return error_plain(error, -ENOENT, "--systemd %s: nothing of it runs (%s)", unit,
                           active ? active : "no group");
    *ret = STEAL_POINTER(&place);
    return 0;
}

static int find_unit(const char *unit, struct subject *subject, struct error *error) {
    struct cgroup_layout layout = {0};
    CLEANUP_FREE char *place = NULL;
    int code = find_hierarchy(&layout, error);
    if (code == 0)
        code = ask_for_unit(unit, &place, error);
    if (code < 0) {
        cgroup_layout_free(&layout);
        return code;
    }
    CLEANUP_FREE char *what = text_format("--systemd %s", unit);
    CLEANUP_FREE char *path = text_format("%s%s", layout.mount_point, strcmp(place, "/") == 0 ? "" : place);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        code = error_plain(error, -ENOTSUP, "%s: no memory group of its own (%s is not there)", what, path);
    else
        code = attach(subject, &layout, path, what, error);
    if (code == -ENOTSUP)
        error_hint(error, "systemctl set-property --runtime %s MemoryAccounting=yes", unit);
    if (code == 0) {
        subject->mount_point = STEAL_POINTER(&layout.mount_point);
        subject->name = text_copy(unit);
    }
    cgroup_layout_free(&layout);
    return code;
}

/* ---- containers ---- */

/* The group of a container's main process, up to the component that is called after the container: some
 * runtimes put the processes into a group below it, and the limit on it. */
static int find_container_group(const struct engine *engine, const char *name, struct cgroup_layout *ret,
                                struct error *error) {
    struct cgroup_layout layout = {0};
    CLEANUP_FREE char *id = NULL;
    pid_t pid = 0;
    int code = engine_container_pid(engine, name, &pid, &id, error);
    if (code < 0)
        return code;
    code = cgroup_layout_of(pid, &layout, error);
    if (code == -ENOENT)
        return -ENODEV;
    char *found = code == 0 ? strstr(layout.own_path, id) : NULL;
    if (!found) {
        cgroup_layout_free(&layout);
        error_plain(error, -ENOTSUP,
                    "container %s: its main process, %d, is none of this machine's: what it uses cannot be "
                    "seen from here",
                    name, (int)pid);
        error_advise(error, "run plimsoll on the machine that %s runs on", engine->tool.name);
        return -ENOTSUP;
    }
    found[strcspn(found, "/")] = '\0';
    *ret = layout;
    return 0;
}

/* No such container, or it does not run; any other failure is the engine's. */
static bool is_container_missing(int code) {
    return code == -ENOENT || code == -ESRCH;
}

static int find_container(const struct subject_wish *wish, struct subject *subject, struct error *error) {
    struct cgroup_layout layout = {0};
    int code = engine_open(wish->engine, &tool_patience_default, &subject->engine, error);
    if (code < 0)
        return -ENOTSUP;
    code = find_container_group(&subject->engine, wish->text, &layout, error);
    if (code < 0)
        return is_container_missing(code) || code == -ENODEV ? code : -ENOTSUP;
    CLEANUP_FREE char *what = text_format("container %s", wish->text);
    code = attach(subject, &layout, layout.own_path, what, error);
    if (code == 0) {
        subject->mount_point = STEAL_POINTER(&layout.mount_point);
        subject->name = text_copy(wish->text);
    }
    cgroup_layout_free(&layout);
    return code;
}

/* ---- all ---- */

int subject_find(const struct subject_wish *wish, struct subject *ret, struct error *error) {
    struct subject subject = {.kind = wish->kind, .pidfd = -1};
    int code = -EINVAL;
    switch (wish->kind) {
    case SUBJECT_GROUP:
        code = find_group(wish->text, &subject, error);
        break;
    case SUBJECT_PROCESS:
        code = find_process(wish->pid, &subject, error);
        break;
    case SUBJECT_UNIT:
        code = find_unit(wish->text, &subject, error);
        break;
    case SUBJECT_CONTAINER:
        code = find_container(wish, &subject, error);
        break;
    }
    if (code < 0)
        subject_free(&subject);
    else
        *ret = subject;
    return code;
}

void subject_free(struct subject *subject) {
    cgroup_free(&subject->group);
    if (subject->pidfd >= 0)
        close(subject->pidfd);
    engine_close(&subject->engine);
    free(subject->mount_point);
    free(subject->name);
    *subject = (struct subject){.pidfd = -1};
}

static bool descends_from(long pid, long ancestor) {
    for (int depth = 0; pid > 0 && depth < DESCENT_MAX; depth++) {
        if (pid == ancestor)
            return true;
        pid = (long)known_or(host_process_parent(pid), 0);
    }
    return false;
}

/* "sshd (812), bash (815)", and how many more. */
static void name_member(struct strbuf *names, int count, long pid) {
    CLEANUP_FREE char *name = count < NAMES_MAX ? process_name(pid) : NULL;
    if (!name)
        return;
    strbuf_add(names, names->length ? ", " : "");
    text_add_visible(names, name);
    strbuf_addf(names, " (%ld)", pid);
}

void subject_survey(const struct subject *subject, struct observation *seen) {
    long pids[MEMBERS_MAX];
    int count = cgroup_list_processes(&subject->group, pids, MEMBERS_MAX);
    int looked_at = count < MEMBERS_MAX ? count : MEMBERS_MAX;
    struct strbuf names = {0};
    seen->processes = count > 0 ? count : 0;
    seen->others = 0;
    seen->age_ns = UNKNOWN_I64;
    seen->holds_us = false;
    for (int i = 0; i < looked_at; i++) {
        known_raise(&seen->age_ns, host_process_age_ns(pids[i]));
        seen->holds_us = seen->holds_us || pids[i] == getpid();
        if (subject->pid && descends_from(pids[i], subject->pid))
            continue;
        name_member(&names, seen->others, pids[i]);
        seen->others++;
    }
    if (seen->others > NAMES_MAX)
        strbuf_addf(&names, " and %d more", seen->others - NAMES_MAX);
    seen->others = subject->pid ? seen->others : 0;
    free(seen->members);
    seen->members = names.length ? text_copy(strbuf_text(&names)) : NULL;
    strbuf_free(&names);
}

/* Another group than ours under the same name? */
static bool is_made_anew(const struct cgroup *group) {
    struct stat now;
    struct stat ours;
    return stat(group->path, &now) == 0 && fstat(group->dirfd, &ours) == 0 && now.st_ino != ours.st_ino;
}

char *subject_again(const struct subject *subject) {
    struct cgroup_layout layout = {0};
    struct error ignored;
    int code = -ENOENT;
    if (is_made_anew(&subject->group))
        return text_copy(subject->group.path);
    if (subject->kind == SUBJECT_CONTAINER)
        code = find_container_group(&subject->engine, subject->name, &layout, &ignored);
    else if (subject->kind == SUBJECT_PROCESS && !has_ended(subject->pidfd))
        code = cgroup_layout_of(subject->pid, &layout, &ignored);
    char *path = code == 0 ? STEAL_POINTER(&layout.own_path) : NULL;
    cgroup_layout_free(&layout);
    if (path && strcmp(path, subject->group.path) == 0) { /* it is on its way out, or in */
        free(path);
        path = NULL;
    }
    return path;
}
