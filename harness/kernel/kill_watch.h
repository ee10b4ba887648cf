/* Every SIGKILL on this machine, as it is sent: by perf events on the kernel's own tracepoints. Nothing is
 * set up in the system that could be left behind: what the kernel keeps is tied to our descriptors. Nothing
 * is written and nobody woken but when a SIGKILL is sent; only that a process exits is noted, in a ring that
 * is overwritten, so that a sender which is gone at once (kill, runc) still has a name. Layer: kernel/.
 * Includes base/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "kernel/sigtrace.h"

/* Made by one of the two below; release with kill_watch_close(). */
struct kill_watch;

/* Begins to watch, and waits until it does: half a millisecond, and up to 0.1 s (more on a slow machine)
 * where another process is just ending such a watch. -EACCES, -EPERM: not allowed (CAP_PERFMON is needed, and
 * CAP_SYS_ADMIN where tracefs is not mounted); -ENOENT, -ENODEV: this kernel cannot; -EMFILE: it would take
 * too many of our descriptors; -EXDEV: our pid namespace is not the machine's, whose numbers the kernel
 * tells. With the hint that helps, where something does. */
int kill_watch_open(struct kill_watch **ret, struct error *error);

/* The same without waiting: it watches from a moment later on, or never. NULL where not even that can be had.
 */
struct kill_watch *kill_watch_begin(void);

/* Does it watch by now? False too of NULL, here and below. */
bool kill_watch_is_on(const struct kill_watch *watch);

/* Readable once a SIGKILL was sent; -1: it is not on. */
int kill_watch_fd(const struct kill_watch *watch);

/* Calls `found` for each SIGKILL since the last call, those of one CPU in their order. */
void kill_watch_read(struct kill_watch *watch,
                     void (*found)(const struct trace_record *record, void *context), void *context);

/* Were there SIGKILLs since the last call that kill_watch_read() did not tell, since the ring had no room? */
bool kill_watch_lost(struct kill_watch *watch);

/* The name that a process of late had when it ended. False where that is not known. */
bool kill_watch_name_of(const struct kill_watch *watch, int pid, char *ret, size_t size);

/* Ends it. The kernel lets go of a tracepoint only after some tens of milliseconds, so a process of its own
 * sees to that, which ends then; it keeps nothing else open. It is not waited for, which is what it is for:
 * one at most is a zombie until this process ends too. */
void kill_watch_close(struct kill_watch *watch);
