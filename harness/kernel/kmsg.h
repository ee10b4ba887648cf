/* The kernel's own log as it goes on: what its OOM killer reports of the groups that are ours.
 * Layer: kernel/. Includes base/. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "kernel/oom_report.h"

/* Opens /dev/kmsg; what is in it already is not read. Returns the descriptor, or a negative errno: -EPERM
 * where only root may read it (kernel.dmesg_restrict), -ENOENT in most containers. With the hint that helps.
 */
int kmsg_open(struct error *error);

/* Skips what was written so far. */
void kmsg_skip(int fd);

/* Reads what was written since, and calls `found` for each kill that the OOM killer reports in it. */
void kmsg_read_kills(int fd, void (*found)(void *context, const struct oom_kill *kill), void *context);

/* Appends all that the kernel still holds of its log, one line a record and oldest first, and does not wait
 * for more; of more than `most` bytes the newest. Returns how many records these are, or a negative errno as
 * kmsg_open() does. *ret_first_ns: when the first was written behind which none is missing, since boot by
 * the kernel's own clock; unknown where there is none. */
long kmsg_read_all(struct strbuf *to, size_t most, struct known_i64 *ret_first_ns, struct error *error);
