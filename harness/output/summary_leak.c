#include "output/summary_leak.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "output/summary.h"

/* An hour's growth beyond this is told for a shorter time. */
#define RATE_MOST (8 * GIB)

/* A rate, with its sign: what falls is told too. */
static struct short_text rate_text(double bytes) {
    struct short_text text;
    double size = fabs(bytes);
    snprintf(text.s, sizeof text.s, "%s%.40s", bytes < 0 && size >= 0.5 ? "-" : "",
             bytes_text(size < (double)INT64_MAX / 2 ? llround(size) : INT64_MAX / 2).s);
    return text;
}

/* The time that a rate is told for. */
struct pace {
    double hours;
    const char *each;
};

/* Of what fills a machine within hours the rate of an hour is hard to grasp. */
static struct pace pace_of(double bytes_per_hour) {
    static const struct pace paces[] = {{1, "an hour"}, {1.0 / 60, "a minute"}, {1.0 / 3600, "a second"}};
    size_t i = 0;
    while (i + 1 < sizeof paces / sizeof *paces && fabs(bytes_per_hour) * paces[i].hours > (double)RATE_MOST)
        i++;
    return paces[i];
}

/* "1.20 MiB a cycle [1.10 MiB, 1.30 MiB]" */
static void add_rate(struct strbuf *text, const struct leak_rate *rate, struct pace pace) {
    strbuf_addf(text, "%s %s", rate_text(rate->value.value * pace.hours).s, pace.each);
    if (rate->low.known && rate->high.known)
        strbuf_addf(text, " [%s, %s]", rate_text(rate->low.value * pace.hours).s,
                    rate_text(rate->high.value * pace.hours).s);
}

static void add_rates(struct strbuf *text, const struct leak *leak) {
    if (leak->per_cycle.value.known) {
        add_rate(text, &leak->per_cycle, (struct pace){1, "a cycle"});
        strbuf_add(text, ", ");
    }
    add_rate(text, &leak->per_hour, pace_of(leak->per_hour.value.value));
}

/* "3.1 MiB an hour" */
static struct short_text hourly_text(double bytes_per_hour) {
    struct pace pace = pace_of(bytes_per_hour);
    struct short_text text;
    snprintf(text.s, sizeof text.s, "%.30s %.12s", rate_text(bytes_per_hour * pace.hours).s, pace.each);
    return text;
}

/* "18 cycles", "10 cycles, after 2 of warm-up", "40 s" */
static struct short_text extent_text(const struct leak *leak) {
    struct short_text text = duration_text(leak->span_ns);
    if (leak->by_cycle)
        snprintf(text.s, sizeof text.s, leak->warmup > 0 ? "%d cycles, after %d of warm-up" : "%d cycles",
                 leak->points, leak->warmup);
    return text;
}

static struct short_text seconds_text(double seconds) {
    double most = 9e9;
    return duration_text((int64_t)((seconds < most ? seconds : most) * (double)NS_PER_S));
}

/* ---- the first line ---- */

static void add_answer(const struct leak *leak, struct strbuf *text) {
    strbuf_addf(text, "Leak: %s", leak_verdict_name(leak->verdict));
    switch (leak->verdict) {
    case LEAK_CONFIRMED:
    case LEAK_SUSPECTED:
        if (leak->per_hour.value.known) {
            strbuf_add(text, ". It grew by ");
            add_rates(text, leak);
        }
        strbuf_add(text, ".\n");
        break;
    case LEAK_NONE:
        strbuf_addf(text, " seen in %s.\n", extent_text(leak).s);
        break;
    default:
        strbuf_add(text, ".\n");
        break;
    }
}

/* ---- the rest ---- */

static void add_kinds(const struct leak *leak, struct strbuf *text) {
    struct strbuf kinds = {0};
    for (int i = 0; i < leak->kind_count; i++)
        strbuf_addf(&kinds, "%s%s %s", kinds.length ? ", " : "", leak->kinds[i].name,
                    rate_text(leak->kinds[i].growth_bytes).s);
    if (leak->tasks_growth.known && fabs(leak->tasks_growth.value) >= 1)
        strbuf_addf(&kinds, "%s%+.0f threads", kinds.length ? ", " : "", leak->tasks_growth.value);
    if (kinds.length)
        summary_item(text, "Grew", "%s, from the first trough to the last of %s", strbuf_text(&kinds),
                     extent_text(leak).s);
    strbuf_free(&kinds);
}

static void add_processes(const struct leak *leak, struct strbuf *text) {
    struct strbuf list = {0};
    for (size_t i = 0; i < leak->process_count; i++) {
        const struct leak_process *process = &leak->processes[i];
        strbuf_add(&list, list.length ? ", " : "");
        text_add_visible(&list, process->name ? process->name : "?");
        strbuf_addf(&list, " (%d%s) +%s", process->pid, process->is_new ? ", new" : "",
                    bytes_text(process->growth_bytes).s);
        if (process->tasks_growth > 0)
            strbuf_addf(&list, " +%lld threads", (long long)process->tasks_growth);
    }
    if (list.length)
        summary_item(text, "In", "%s", strbuf_text(&list));
    strbuf_free(&list);
}

/* What the run could not have seen, and what it would take. */
static void add_blindness(const struct leak *leak, struct strbuf *text) {
    struct strbuf more = {0};
    if (leak->more_detectable_bytes_per_hour.known && (leak->more_s.known || leak->more_cycles.known)) {
        if (leak->more_cycles.known)
            strbuf_addf(&more, "; %lld more cycles", (long long)leak->more_cycles.value);
        else
            strbuf_addf(&more, "; %s more", seconds_text(leak->more_s.value).s);
        strbuf_addf(&more, " would see %s", hourly_text(leak->more_detectable_bytes_per_hour.value).s);
    }
    if (leak->detectable_bytes_per_cycle.known)
        summary_item(text, "Unseen", "under %s a cycle (%s) cannot be excluded%s",
                     rate_text(leak->detectable_bytes_per_cycle.value).s,
                     hourly_text(known_f64_or(leak->detectable_bytes_per_hour, 0)).s, strbuf_text(&more));
    else if (leak->detectable_bytes_per_hour.known)
        summary_item(text, "Unseen", "under %s cannot be excluded%s",
                     hourly_text(leak->detectable_bytes_per_hour.value).s, strbuf_text(&more));
    strbuf_free(&more);
}

/* Where page cache is in it, no length of time makes it certain. */
static const char *next_step(const struct leak *leak) {
    if (leak->measure == MEASURE_USAGE || leak->measure == MEASURE_WORKING_SET)
        return "record what holds no page cache (container_memory_rss), or run plimsoll leak on it";
    return leak->by_cycle ? "run it again with more --cycles"
                          : "watch it for longer (--for, or a longer recording)";
}

static void add_advice(const struct leak *leak, struct strbuf *text) {
    bool grew = leak->verdict == LEAK_CONFIRMED || leak->verdict == LEAK_SUSPECTED;
    if (grew && leak->time_to_limit_s.known && leak->time_to_limit_s.value >= 1)
        summary_item(text, "Limit", "full in %s, growing like that",
                     seconds_text(leak->time_to_limit_s.value).s);
    if (leak->verdict == LEAK_CONFIRMED)
        summary_item(text, "Next",
                     "mend it before any limit is raised: a higher one only moves the OOM kill");
    else if (leak->verdict == LEAK_SUSPECTED || leak->verdict == LEAK_INCONCLUSIVE)
        summary_item(text, "Next", "%s", next_step(leak));
}

void summary_leak(const struct leak *leak, struct strbuf *text) {
    if (!leak->known)
        return;
    bool grew = leak->verdict == LEAK_CONFIRMED || leak->verdict == LEAK_SUSPECTED;
    add_answer(leak, text);
    if (leak->reason)
        summary_item(text, "Because", "%s", leak->reason);
    if (grew)
        add_kinds(leak, text);
    if (grew)
        add_processes(leak, text);
    add_blindness(leak, text);
    add_advice(leak, text);
}

void summary_leak_line(const struct leak *leak, struct strbuf *text) {
    switch (leak->verdict) {
    case LEAK_NONE:
        strbuf_addf(text, "none seen in %s", extent_text(leak).s);
        if (leak->detectable_bytes_per_hour.known)
            strbuf_addf(text, "; one below %s could not have been",
                        hourly_text(leak->detectable_bytes_per_hour.value).s);
        break;
    case LEAK_CONFIRMED:
    case LEAK_SUSPECTED:
        strbuf_addf(text, "%s: ", leak_verdict_name(leak->verdict));
        add_rates(text, leak);
        break;
    default:
        strbuf_addf(text, "not told: %s", leak->reason ? leak->reason : "too little was seen");
        break;
    }
}
