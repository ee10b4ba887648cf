/* Which language runtime the target turns out to run on, told by its processes and not by its command line: a
 * shell that starts a script that starts java is a JVM. The names of programs and of the libraries they map
 * are those of the runtimes' own builds and of Debian's packages.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "kernel/cgroup.h"
#include "model/runtime.h"

/* ---- pure ---- */

/* By the path of the program's file, as /proc/PID/exe gives it. */
enum runtime runtime_of_program(const char *path);

/* By the libraries in the text of /proc/PID/maps: runtimes inside a program of another name. */
enum runtime runtime_of_maps(const char *maps);

/* pread() on a file, or on bytes. */
typedef ssize_t runtime_read_at(void *context, void *buffer, size_t size, off_t offset);

/* Has this program a section that only Go's linker makes? They stay when symbols are stripped. */
bool runtime_elf_is_go(runtime_read_at *read_at, void *context);

struct runtime_process {
    pid_t pid;
    int64_t pages; /* resident */
    enum runtime runtime;
};

/* What is known so far of a target that runs. Zeroed: does not look. */
struct runtime_watch {
    enum runtime runtime; /* of the largest process that was seen to have one */
    pid_t pid;
    int64_t pages;
    int64_t next_ns;
    int64_t pause_ns; /* from one look to the next */
};

/* Folds in what a look saw. A process that has become another program counts as what it is now. */
void runtime_watch_fold(struct runtime_watch *watch, const struct runtime_process *seen, size_t count);

/* ---- looking ---- */

/* Looks are to be taken from now on. */
void runtime_watch_begin(struct runtime_watch *watch, int64_t start_ns);

/* Looks where it is time: 20 ms after the start, then after pauses that double, so that a long run costs no
 * more than a dozen looks. One takes 20 to 200 us, and none of the target's memory. */
void runtime_watch_look(struct runtime_watch *watch, const struct cgroup *group, int64_t now_ns);
