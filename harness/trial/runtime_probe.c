#include "trial/runtime_probe.h"

#include <ctype.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define FIRST_LOOK_NS (20 * NS_PER_MS)

/* Of a look: so many processes are weighed, and so many of the largest of them are looked at closely. */
#define PROCESSES_MAX 256
#define CLOSELY_MAX   8

/* Some 40 000 mappings; a JVM has 500. */
#define MAPS_MAX_BYTES (4 * MIB)

#define SECTIONS_MAX      256
#define SECTION_NAMES_MAX 16384

/* ---- pure ---- */

/* Files of these names, or of these with a version behind: python3.11, nodejs, php-fpm8.2. */
static const struct {
    const char *name;
    enum runtime runtime;
} programs[] = {
    {"java", RUNTIME_JVM},      {"node", RUNTIME_NODE},     {"nodejs", RUNTIME_NODE},
    {"python", RUNTIME_PYTHON}, {"dotnet", RUNTIME_DOTNET}, {"ruby", RUNTIME_RUBY},
    {"php", RUNTIME_PHP},       {"php-fpm", RUNTIME_PHP},   {"php-cgi", RUNTIME_PHP},
};

/* The first that is mapped decides: a debugger or an editor maps libpython for its scripts, and is none of
 * the others. .NET programs in a single file have no libcoreclr; what .NET maps twice to write code shows it
 * (src/coreclr/minipal/Unix/doublemapping.cpp, from .NET 7 on). */
static const struct {
    const char *prefix;
    enum runtime runtime;
} libraries[] = {
    {"libjvm.so", RUNTIME_JVM},   {"libcoreclr.so", RUNTIME_DOTNET}, {"memfd:doublemapper", RUNTIME_DOTNET},
    {"libnode.so", RUNTIME_NODE}, {"libruby", RUNTIME_RUBY},         {"libphp", RUNTIME_PHP},
    {"libpython", RUNTIME_PYTHON}};

static const char *const go_sections[] = {".go.buildinfo", ".note.go.buildid"};

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum runtime runtime_of_program(const char *path) {
    const char *name = base_name(path);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        size_t length = strlen(programs[i].name);
        if (strncmp(name, programs[i].name, length) != 0)
            continue;
        /* An upgrade under a running program leaves "python3.11 (deleted)". */
        char next = name[length];
        if (next == '\0' || next == ' ' || isdigit((unsigned char)next))
            return programs[i].runtime;
    }
    return RUNTIME_NONE;
}

/* Where the library on this line stands in the list, or `least`, whichever comes first there. */
static size_t library_rank(const char *line, size_t length, size_t least) {
    const char *path = memchr(line, '/', length);
    const char *slash = path ? memrchr(path, '/', length - (size_t)(path - line)) : NULL;
    if (!slash)
        return least;
    for (size_t i = 0; i < least; i++)
        if (text_starts_with(slash + 1, libraries[i].prefix))
            return i;
    return least;
}

enum runtime runtime_of_maps(const char *maps) {
    const size_t none = sizeof libraries / sizeof *libraries;
    size_t rank = none;
    while (*maps) {
        size_t length = strcspn(maps, "\n");
        rank = library_rank(maps, length, rank);
        maps += length + (maps[length] == '\n');
    }
    return rank < none ? libraries[rank].runtime : RUNTIME_NONE;
}

static bool is_native_elf(const Elf64_Ehdr *head) {
    return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 && head->e_ident[EI_CLASS] == ELFCLASS64 &&
           head->e_ident[EI_DATA] == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB);
}

static bool is_go_section(const char *name) {
    for (size_t i = 0; i < sizeof go_sections / sizeof *go_sections; i++)
        if (strcmp(name, go_sections[i]) == 0)
            return true;
    return false;
}

bool runtime_elf_is_go(runtime_read_at *read_at, void *context) {
    Elf64_Ehdr head;
    if (read_at(context, &head, sizeof head, 0) != (ssize_t)sizeof head || !is_native_elf(&head) ||
        head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shnum > SECTIONS_MAX ||
        head.e_shstrndx >= head.e_shnum)
        return false;
    Elf64_Shdr sections[SECTIONS_MAX];
    ssize_t size = (ssize_t)(head.e_shnum * sizeof *sections);
    if (read_at(context, sections, (size_t)size, (off_t)head.e_shoff) != size)
        return false;
    char names[SECTION_NAMES_MAX + 1];
    ssize_t length = read_at(context, names, SECTION_NAMES_MAX, (off_t)sections[head.e_shstrndx].sh_offset);
    if (length <= 0)
        return false;
    names[length] = '\0';
    for (size_t i = 0; i < head.e_shnum; i++)
        if (sections[i].sh_name < (size_t)length && is_go_section(names + sections[i].sh_name))
            return true;
    return false;
}

void runtime_watch_fold(struct runtime_watch *watch, const struct runtime_process *seen, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (seen[i].pid == watch->pid && seen[i].runtime != watch->runtime)
            watch->pages = 0;
    if (watch->pages == 0) {
        watch->runtime = RUNTIME_NONE;
        watch->pid = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (seen[i].runtime == RUNTIME_NONE || seen[i].pages <= watch->pages)
            continue;
        watch->runtime = seen[i].runtime;
        watch->pid = seen[i].pid;
        watch->pages = seen[i].pages;
    }
}

/* ---- looking ---- */

static ssize_t read_file_at(void *context, void *buffer, size_t size, off_t offset) {
    const int *fd = context;
    return pread(*fd, buffer, size, offset);
}

/* The cheapest that tells it first: most programs need no look at their mappings. False where it has ended.
 */
static bool find_runtime(pid_t pid, enum runtime *ret) {
    char path[64];
    char program[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(path, program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    *ret = runtime_of_program(program);
    if (*ret != RUNTIME_NONE)
        return true;
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && runtime_elf_is_go(read_file_at, &fd)) {
        *ret = RUNTIME_GO;
        return true;
    }
    CLEANUP_FREE char *maps = NULL;
    struct error error;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    if (file_read_all(path, MAPS_MAX_BYTES, &maps, &error) < 0)
        return false;
    *ret = runtime_of_maps(maps);
    return true;
}

/* Resident pages; 0 for one that has ended. */
static int64_t pages_of_process(pid_t pid) {
    char path[64];
    char text[128];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return 0;
    char *resident; /* the second number */
    (void)strtoll(text, &resident, 10);
    return strtoll(resident, NULL, 10);
}

/* The processes of the group that take memory; their runtimes are not known yet. */
static size_t list_processes(const struct cgroup *group, struct runtime_process *ret) {
    long pids[PROCESSES_MAX];
    int there = cgroup_list_processes(group, pids, PROCESSES_MAX);
    size_t count = 0;
    for (int i = 0; i < there && i < PROCESSES_MAX; i++) {
        int64_t pages = pids[i] > 0 ? pages_of_process((pid_t)pids[i]) : 0;
        if (pages > 0)
            ret[count++] = (struct runtime_process){.pid = (pid_t)pids[i], .pages = pages};
    }
    return count;
}

static int compare_largest_first(const void *a, const void *b) {
    const struct runtime_process *left = a;
    const struct runtime_process *right = b;
    return (left->pages < right->pages) - (left->pages > right->pages);
}

void runtime_watch_begin(struct runtime_watch *watch, int64_t start_ns) {
    *watch = (struct runtime_watch){.next_ns = start_ns + FIRST_LOOK_NS, .pause_ns = FIRST_LOOK_NS};
}

void runtime_watch_look(struct runtime_watch *watch, const struct cgroup *group, int64_t now_ns) {
    if (!watch->next_ns || now_ns < watch->next_ns)
        return;
    watch->pause_ns *= 2;
    watch->next_ns = now_ns + watch->pause_ns;
    struct runtime_process processes[PROCESSES_MAX];
    size_t count = list_processes(group, processes);
    qsort(processes, count, sizeof *processes, compare_largest_first);
    if (count > CLOSELY_MAX)
        count = CLOSELY_MAX;
    size_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        processes[seen] = processes[i];
        seen += find_runtime(processes[i].pid, &processes[seen].runtime);
    }
    runtime_watch_fold(watch, processes, seen);
}
