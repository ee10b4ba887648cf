/* A text of lines of any length: kernel reports and last words are taken out of it while it passes through.
 * Layer: explain/. Includes base/, model/, kernel/. */
#pragma once

#include "explain/case.h"

struct text_log {
    struct casefile *file;
    const char *name;  /* owned by the case */
    bool of_kernel;    /* nothing but the kernel's reports is looked for */
    long line;         /* of the next line, from 1 */
    const char *start; /* of this line, with all that stands before its words */
    struct oom_reports reports;
    struct known_i64 first_wall_ns;
    struct known_i64 last_wall_ns;
    struct time_hole *holes; /* of a kernel log; owned */
    size_t hole_count;
    bool holes_dropped;
    bool by_block;         /* holes are looked for by text_log_times(), not from message to message */
    size_t words_start;    /* where its own words begin in the case */
    bool runtime_told;     /* that a runtime ran out of memory */
    long others_after;     /* lines since then that are none of such an end */
    unsigned char *wanted; /* a bit for each hash of the first letters of a rule; owned, made when needed */
    long kernel_lines;     /* entries of a journal, or of dmesg --json */
    long kernel_entries;   /* of these the kernel's own, as they say themselves */
    /* Nothing tells that all of its reports are the kernel's: entries without their transport, lines without
     * a prefix. */
    bool hearsay;
    bool prefixed; /* told by its prefixes: what has none is not the kernel's */
    bool exported; /* journalctl -o export or verbose: a line for each field */
    /* When the clock of a kernel log was at 0, since 1970, where it is known from elsewhere. */
    struct known_i64 clock_start_ns;
    /* Of the output of this container: what it wrote itself, so that no line is the kernel's word. NULL: of
     * anything. Owned by the case. */
    const char *owner;
};

void text_log_begin(struct text_log *log, struct casefile *file, const char *name, bool of_kernel);

/* Whole lines, each with its line end. The bytes may be changed. */
void text_log_take(struct text_log *log, char *bytes, size_t length);

/* Looks for times without a line in whole lines that come next; `time_of` tells that of a line. */
void text_log_times(struct text_log *log, const char *bytes, size_t length,
                    struct known_i64 (*time_of)(const char *line, size_t length));
/* All that the kernel wrote is in it: it has no holes. */
void text_log_forget_holes(struct text_log *log);

/* One message of a journal, with the time that the journal tells. */
void text_log_message(struct text_log *log, const char *text, size_t length, struct known_i64 boot_ns,
                      struct known_i64 wall_ns);

/* Leaves a span with the case. */
void text_log_end(struct text_log *log);

/* It was no log: nothing is left with the case but what was already read. */
void text_log_drop(struct text_log *log);

enum text_form {
    TEXT_PLAIN,    /* of anything */
    TEXT_REPORTS,  /* it looks like a kernel log, but any program could have written it */
    TEXT_KERNEL,   /* a kernel log, by the prefixes of most of its lines */
    TEXT_BARE,     /* a kernel log without prefixes, by its first line */
    TEXT_EXPORTED, /* of a journal, a line for each field */
};

/* What the start of a text looks like. */
enum text_form text_form_of(const char *head, size_t length);
