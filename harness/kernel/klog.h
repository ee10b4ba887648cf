/* clang-format off */
/* The prefixes that a line of a kernel log has in all the forms in which it is handed on:
 *
 *   dmesg                     [ 2781.995372] TEXT
 *   with CONFIG_PRINTK_CALLER [ 2781.995372][   T92] TEXT
 *   dmesg -r                  <4>[    7.014869] TEXT
 *   dmesg -x                  kern  :warn  : [    7.014869] TEXT
 *   dmesg -T                  [Sun Nov 22 11:30:00 2026] TEXT
 *   dmesg -H                  [Nov22 11:30] TEXT, then [  +0.000014] TEXT
 *   dmesg --time-format iso   2026-11-22T11:30:00,123456+00:00 TEXT
 *   /dev/kmsg                 4,353,7014869,-;TEXT
 *   with CONFIG_PRINTK_CALLER 4,353,7014869,-,caller=T92;TEXT
 *   journalctl -k, rsyslog    TIME HOST kernel: TEXT, the time short, ISO, full, unix or monotonic
 *   journalctl -o export      MESSAGE=TEXT, as with -o verbose
 *
 * journalctl -o json and dmesg --json are read by their own reader, which hands on the text.
 * Layer: kernel/. Includes base/. Pure. */
/* clang-format on */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"

struct klog_line {
    const char *text; /* what the kernel wrote, within the line; not terminated */
    size_t length;
    struct known_i64 boot_ns; /* since boot */
    struct known_i64 wall_ns; /* since 1970; unknown too where the form leaves out the year or the zone */
    unsigned caller;          /* the thread or CPU that wrote it, as a number of its own; 0: not told */
    bool of_kernel;           /* the prefix is one that only kernel logs have */
    bool by_user;             /* a program wrote it: another facility than the kernel's, or another's tag */
};

/* Takes the prefix off a line without its line end. A line without a known prefix is all text. */
void klog_parse(const char *line, size_t length, struct klog_line *ret);

/* Reads "2026-11-22T11:30:00.123456+00:00" (also with blank for T, comma for point, Z, +0000, " +0000 UTC")
 * at the start of a text. Returns its length, 0 where there is none. *ret_ns is unknown where no zone is
 * told. */
size_t klog_parse_iso_time(const char *text, size_t length, struct known_i64 *ret_ns);
