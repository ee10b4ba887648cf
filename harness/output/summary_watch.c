#include "output/summary_watch.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "base/version.h"
#include "output/summary.h"

/* Groups that systemd makes for a user rather than for a service. */
static bool is_login(const char *group) {
    const char *name = strrchr(group, '/');
    return name && (fnmatch("/session-*.scope", name, 0) == 0 || fnmatch("/user-*.slice", name, 0) == 0 ||
                    fnmatch("/user@*.service", name, 0) == 0 || strcmp(name, "/user.slice") == 0);
}

static void add_group(const struct observation *seen, struct strbuf *text) {
    struct strbuf path = {0};
    text_add_visible(&path, seen->group);
    summary_item(text, "Group", "%s%s", strbuf_text(&path), is_login(seen->group) ? ", a login session" : "");
    strbuf_free(&path);
}

/* Who is in it. */
static void add_members(const struct observation *seen, struct strbuf *text) {
    const char *plural = seen->processes == 1 ? "" : "es";
    if (seen->processes == 0) {
        summary_item(text, "In it", "nothing yet: waiting for its first process");
        return;
    }
    if (!seen->pid.known)
        summary_item(text, "In it", "%d process%s%s%s", seen->processes, plural, seen->members ? ": " : "",
                     seen->members ? seen->members : "");
    else if (seen->others == 0)
        summary_item(text, "In it", "process %lld and its descendants alone, %d process%s",
                     (long long)seen->pid.value, seen->processes, plural);
    else
        summary_item(text, "Shared", "%d of its %d process%s not of process %lld, but counted with it: %s",
                     seen->others, seen->processes, plural, (long long)seen->pid.value,
                     seen->members ? seen->members : "");
}

void summary_watch_opening(const struct result *result, struct known_i64 limit_bytes, struct strbuf *text) {
    const struct observation *seen = &result->observation;
    strbuf_addf(text, "plimsoll %s  watches ", plimsoll_version);
    text_add_visible(text, result->name);
    strbuf_addf(text, "    (cgroup %s, %s%s)\n", result->host.cgroup,
                limit_bytes.known ? "limit " : "no limit",
                limit_bytes.known ? bytes_text(limit_bytes.value).s : "");
    add_group(seen, text);
    add_members(seen, text);
}

/* Of what nobody here has started it is not always known. */
static struct short_text process_end(const struct exit_facts *exit) {
    struct short_text text = {", until the process ended; how is not known"};
    if (exit->exit_code.known)
        snprintf(text.s, sizeof text.s, ", until the process ended with exit code %d",
                 (int)exit->exit_code.value);
    else if (exit->signal.known)
        snprintf(text.s, sizeof text.s, ", until the process ended by signal %d", (int)exit->signal.value);
    return text;
}

static const char *how_it_ended(const struct observation *seen) {
    switch (seen->end) {
    case WATCH_EMPTY:
        return ", until nothing ran in the group any more";
    case WATCH_GONE:
        return ", until the group was removed";
    default:
        return "; it runs on";
    }
}

static void add_usage(const struct trial *trial, struct strbuf *text) {
    const struct series *series = &trial->series;
    if (series->count == 0)
        return;
    struct known_i64 last = series->points[series->count - 1].usage;
    if (last.known && trial->peak_bytes.known)
        summary_item(text, "Usage", "%s at the end, %s at most", bytes_text(last.value).s,
                     bytes_text(trial->peak_bytes.value).s);
    if (trial->working_set_p95_bytes.known)
        summary_item(text, "In use", "below %s for 95 %% of the time (working set, as the kubelet counts it)",
                     bytes_text(trial->working_set_p95_bytes.value).s);
    if (trial->needed_bytes.known)
        summary_item(text, "Needed", "%s at most, which reclaim cannot take back",
                     bytes_text(trial->needed_bytes.value).s);
}

static void add_peak(const struct observation *seen, struct strbuf *text) {
    if (!seen->recorded_peak_bytes.known)
        return;
    bool now =
        seen->earlier_peak_bytes.known && seen->recorded_peak_bytes.value > seen->earlier_peak_bytes.value;
    summary_item(text, "Peak", "%s since the group was made, page cache included; reached %s",
                 bytes_text(seen->recorded_peak_bytes.value).s,
                 now ? "while it was watched" : "before the watch");
}

static void add_limit(const struct trial *trial, const struct observation *seen, struct strbuf *text) {
    long long hits = known_or(seen->limit_hits, 0);
    long long earlier = known_or(seen->earlier_limit_hits, 0);
    if (trial->limit_bytes.known && seen->limit_hits.known)
        summary_item(text, "Limit", "%s of its own, met %lld time%s while it was watched, %lld before",
                     bytes_text(trial->limit_bytes.value).s, hits, hits == 1 ? "" : "s", earlier);
    else if (!trial->limit_bytes.known)
        summary_item(text, "Limit", "none of its own");
    if (known_or(trial->refault_bytes, 0) > 0)
        summary_item(text, "Refaults", "%s of page cache was read again after reclaim had taken it",
                     bytes_text(trial->refault_bytes.value).s);
    if (trial->stall_ratio.known)
        summary_item(text, "Stall", "for %.1f %% of the time all of it waited for memory",
                     trial->stall_ratio.value * 100);
    if (known_or(seen->swapped_bytes, 0) > 0)
        summary_item(text, "Swap", "%s was swapped out at most", bytes_text(seen->swapped_bytes.value).s);
}

static void add_end(const struct trial *trial, const struct observation *seen, struct strbuf *text) {
    if (known_or(trial->oom_kills, 0) > 0)
        summary_item(text, "OOM", "%lld kill%s while it was watched: %s", (long long)trial->oom_kills.value,
                     trial->oom_kills.value == 1 ? "" : "s", outcome_name(trial->outcome));
    if (!seen->again)
        return;
    bool same = strcmp(seen->again, seen->group) == 0;
    summary_item(text, "Again",
                 same ? "a new group has its place, %s: it was started anew, and is not what was watched"
                      : "it runs in another group now, %s, which was not watched",
                 seen->again);
}

void summary_watch(const struct result *result, struct strbuf *text) {
    const struct observation *seen = &result->observation;
    const struct trial *trial = &result->trials[0];
    strbuf_add(text, "\n");
    summary_item(text, "Watched", "%s, %lld reading%s%s", duration_text(trial->exit.duration_ns).s,
                 (long long)trial->sample_count, trial->sample_count == 1 ? "" : "s",
                 seen->end == WATCH_PROCESS ? process_end(&trial->exit).s : how_it_ended(seen));
    add_end(trial, seen, text);
    add_usage(trial, text);
    add_peak(seen, text);
    add_limit(trial, seen, text);
}
