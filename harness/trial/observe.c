#include "trial/observe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "kernel/host.h"
#include "trial/outcome.h"
#include "trial/runtime_probe.h"
#include "trial/sampler.h"

/* An engine removes the group of what was OOM-killed some tens of milliseconds later: the counter is looked
 * at more often than that. The kernel tells when memory runs out, on v1 before it kills: from then on it is
 * looked at closely for a while. */
#define LOOK_INTERVAL_NS  (20 * NS_PER_MS)
#define CLOSE_INTERVAL_NS (1 * NS_PER_MS)
#define CLOSE_TIME_NS     (300 * NS_PER_MS)

/* What costs more: counters of groups below, the list of processes, the host's counter. */
#define SURVEY_INTERVAL_NS (500 * NS_PER_MS)

#define PROGRESS_INTERVAL_NS (100 * NS_PER_MS)

/* The whole watch. */
struct watch {
    const struct observe_spec *spec;
    const struct observe_hooks *hooks;
    const struct cgroup *group;
    struct observation *seen;
    struct sampler sampler;
    struct runtime_watch runtime;
    struct trial_facts facts;       /* own_after as of the last survey, with all kills that were counted */
    struct known_i64 record;        /* highest peak so far */
    struct known_i64 own_kills;     /* of the group alone on v1, as last read */
    struct known_i64 counted_kills; /* of groups below too, as last read */
    struct known_i64 first_refault; /* pages */
    struct known_i64 stall_before;
    struct known_i64 stall_after;
    struct known_i64 tasks_most;
    struct known_i64 host_kills_before_end; /* as of the last survey at which the group was there */
    int64_t began_ns;                       /* the watch */
    int64_t start_ns;                       /* the readings */
    int64_t next_sample_ns;
    int64_t next_look_ns;
    int64_t next_survey_ns;
    int64_t close_until_ns; /* looks are close together until then */
    int alarm;              /* -1: none */
    int64_t next_progress_ns;
    bool populated; /* something ran in it */
    bool over;
};

void observe_take_record(struct known_i64 *record, struct snapshot *reading) {
    struct known_i64 total = reading->total_peak;
    reading->total_peak = UNKNOWN_I64;
    if (!total.known)
        return;
    if (record->known && total.value > record->value)
        reading->window_peak = total;
    *record = total;
}

int64_t observe_kills_since(struct known_i64 before, struct known_i64 now) {
    struct known_i64 more = known_delta(before, now);
    return more.known && more.value > 0 ? more.value : 0;
}

/* ---- looking ---- */

static void end(struct watch *watch, enum watch_end why) {
    if (!watch->over)
        watch->seen->end = why;
    watch->over = true;
}

static void add_counter(struct strbuf *line, const char *name, struct known_i64 before,
                        struct known_i64 after) {
    if (before.known && after.known)
        strbuf_addf(line, ", %s %lld -> %lld", name, (long long)before.value, (long long)after.value);
}

/* "2026-11-23T02:14:05Z after 12.3 s: 1 OOM kill, memory.failcnt 3 -> 17, ..." */
static void tell_kills(const struct watch *watch, int64_t kills, const struct group_events *before,
                       const struct group_events *now) {
    const struct counter_names *names = &watch->group->ops->names;
    struct strbuf line = {0};
    if (!watch->hooks->event)
        return;
    strbuf_addf(&line, "%s after %s: %lld OOM kill%s", clock_utc_text().s,
                duration_text(clock_now_ns() - watch->start_ns).s, (long long)kills, kills == 1 ? "" : "s");
    add_counter(&line, names->oom_kills, before->oom_kills, now->oom_kills);
    add_counter(&line, names->ooms, before->ooms, now->ooms);
    add_counter(&line, names->limit_hits, before->limit_hits, now->limit_hits);
    if (watch->sampler.last.usage.known)
        strbuf_addf(&line, ", usage %s at the reading before", bytes_text(watch->sampler.last.usage.value).s);
    watch->hooks->event(watch->hooks->context, strbuf_text(&line));
    strbuf_free(&line);
}

/* Reads the counters, those of groups below too; says at once what was killed. */
static void read_counters(struct watch *watch) {
    struct group_events before = watch->facts.own_after;
    struct group_events now = {0};
    watch->group->ops->read_events(watch->group->dirfd, true, &now);
    if (!now.oom_kills.known)
        return; /* it is gone */
    int64_t kills = observe_kills_since(watch->counted_kills, now.oom_kills);
    watch->counted_kills = now.oom_kills;
    now.oom_kills = known_i64(known_or(before.oom_kills, 0) + kills);
    watch->facts.own_after = now;
    if (kills > 0)
        tell_kills(watch, kills, &before, &now);
}

static void begin_readings(struct watch *watch, int64_t now) {
    struct sample_sink sink = {.write = watch->hooks->sample, .context = watch->hooks->context};
    watch->populated = true;
    watch->start_ns = now;
    watch->next_sample_ns = now;
    sampler_begin(&watch->sampler, watch->group, sink, now,
                  sampler_charge_stock(watch->spec->host->cpus, watch->spec->host->page_bytes));
    runtime_watch_begin(&watch->runtime, now);
}

/* What need not be looked at so often. */
static void survey(struct watch *watch, int64_t now) {
    if (now < watch->next_survey_ns)
        return;
    watch->next_survey_ns = now + SURVEY_INTERVAL_NS;
    int processes = cgroup_count_processes(watch->group);
    read_counters(watch);
    if (!cgroup_exists(watch->group))
        return;
    struct known_i64 stall = watch->group->ops->read_stall_us(watch->group->dirfd);
    watch->stall_after = stall.known ? stall : watch->stall_after;
    watch->host_kills_before_end = host_oom_kills();
    known_raise(&watch->tasks_most, cgroup_count_tasks(watch->group));
    if (watch->populated && processes == 0)
        end(watch, WATCH_EMPTY);
}

/* Whether anything was killed, and whether the group is there at all. */
static void look(struct watch *watch, int64_t now) {
    if (now < watch->next_look_ns)
        return;
    watch->next_look_ns = now + (now < watch->close_until_ns ? CLOSE_INTERVAL_NS : LOOK_INTERVAL_NS);
    struct known_i64 kills = watch->group->ops->read_oom_kills(watch->group);
    if (observe_kills_since(watch->own_kills, kills) > 0)
        read_counters(watch);
    watch->own_kills = kills.known ? kills : watch->own_kills;
    if (!kills.known && !cgroup_exists(watch->group))
        end(watch, WATCH_GONE);
    if (!watch->populated && cgroup_count_processes(watch->group) > 0)
        begin_readings(watch, now);
}

static void take_reading(struct watch *watch, int64_t now) {
    if (!watch->populated || now < watch->next_sample_ns)
        return;
    watch->next_sample_ns += watch->spec->interval_ns;
    if (watch->next_sample_ns <= now) /* we were late: no burst to catch up */
        watch->next_sample_ns = now + watch->spec->interval_ns;
    struct snapshot reading = {.time_ns = now - watch->start_ns};
    watch->group->ops->read_sample(watch->group, &reading);
    if (!reading.usage.known)
        return; /* it is gone */
    observe_take_record(&watch->record, &reading);
    known_raise(&watch->seen->swapped_bytes, reading.swap);
    if (!watch->first_refault.known)
        watch->first_refault = reading.refault_file;
    sampler_keep(&watch->sampler, &reading);
}

static void report_progress(struct watch *watch, int64_t now) {
    if (!watch->hooks->progress || now < watch->next_progress_ns)
        return;
    watch->next_progress_ns = now + PROGRESS_INTERVAL_NS;
    struct trial_spec spec = {.id = 1, .limit_bytes = watch->facts.limit_bytes};
    struct trial_progress progress = {.spec = &spec,
                                      .elapsed_ns = now - watch->began_ns,
                                      .limit_bytes = watch->facts.limit_bytes,
                                      .usage_bytes = watch->sampler.last.usage,
                                      .needed_bytes = watch->sampler.unreclaimable,
                                      .peak_bytes = watch->sampler.peak,
                                      .stall_us = watch->group->ops->read_stall_us(watch->group->dirfd)};
    watch->hooks->progress(watch->hooks->context, &progress);
}

/* ---- the course of a watch ---- */

static int64_t next_deadline(const struct watch *watch) {
    int64_t next = watch->next_look_ns;
    const int64_t deadlines[] = {
        watch->populated ? watch->next_sample_ns : 0,
        watch->spec->for_ns ? watch->began_ns + watch->spec->for_ns : 0,
    };
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
        if (deadlines[i] && deadlines[i] < next)
            next = deadlines[i];
    return next;
}

/* Sleeps until something is to be done, or happens. */
static void wait_for_more(struct watch *watch) {
    int64_t wait = next_deadline(watch) - clock_now_ns();
    if (wait < 0)
        wait = 0;
    struct timespec timeout = {.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S};
    struct pollfd fds[] = {
        {.fd = watch->spec->subject->pidfd, .events = POLLIN},
        {.fd = watch->alarm, .events = watch->group->ops->alarm_event},
    };
    if (ppoll(fds, 2, &timeout, watch->spec->wait_mask) <= 0)
        return;
    if (fds[1].revents) {
        watch->group->ops->clear_alarm(watch->alarm);
        watch->next_look_ns = 0;
        if (watch->group->ops->alarm_precedes_kill)
            watch->close_until_ns = clock_now_ns() + CLOSE_TIME_NS;
    }
    if (fds[0].revents)
        end(watch, WATCH_PROCESS);
}

static void run_watch(struct watch *watch) {
    while (!watch->over) {
        wait_for_more(watch);
        int64_t now = clock_now_ns();
        look(watch, now);
        take_reading(watch, now);
        survey(watch, now);
        runtime_watch_look(&watch->runtime, watch->group, now);
        report_progress(watch, now);
        if (*watch->spec->interrupts > 0)
            end(watch, WATCH_INTERRUPT);
        else if (watch->spec->for_ns && now - watch->began_ns >= watch->spec->for_ns)
            end(watch, WATCH_TIME);
    }
}

/* Only what cgroup_ancestors_before() and its twin look at: no group is to be made. */
static struct cgroup_site site_of(const struct watch *watch) {
    return (struct cgroup_site){.ops = watch->group->ops,
                                .mount_point = watch->spec->subject->mount_point,
                                .parent_path = watch->group->path};
}

static void read_before(struct watch *watch) {
    const struct cgroup *group = watch->group;
    struct trial_facts *facts = &watch->facts;
    struct cgroup_site site = site_of(watch);
    facts->limit_bytes = group->ops->read_limit(group->dirfd);
    facts->names = group->ops->names;
    group->ops->read_events(group->dirfd, true, &facts->own_before);
    cgroup_ancestors_before(&site, group, &facts->ancestors, &facts->ancestor_count);
    facts->host_oom_before = host_oom_kills();
    facts->own_after = facts->own_before;
    watch->counted_kills = facts->own_before.oom_kills;
    watch->own_kills = group->ops->read_oom_kills(group);
    watch->record = facts->own_before.peak_bytes;
    watch->stall_before = watch->stall_after = group->ops->read_stall_us(group->dirfd);
    watch->host_kills_before_end = facts->host_oom_before;
    watch->seen->earlier_peak_bytes = facts->own_before.peak_bytes;
    watch->seen->earlier_limit_hits = facts->own_before.limit_hits;
    watch->seen->from_start = watch->seen->processes == 0;
}

/* ---- what came of it ---- */

/* include/uapi/linux/pidfd.h: struct pidfd_info as of its first version. Linux 6.15 and later keep there how
 * a process ended that was nobody's child here. */
struct process_info {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11];
    int32_t exit_code; /* as of wait(2) */
};
#define GET_PROCESS_INFO _IOWR(0xFF, 11, struct process_info)
#define INFO_EXIT        (UINT64_C(1) << 3)

/* It is told once its parent has taken note of its end, which is a matter of moments. */
#define EXIT_LOOKS       20
#define EXIT_INTERVAL_NS (10 * NS_PER_MS)

/* How the process that was named ended; both stay unknown where the kernel does not tell. */
static void read_end(int pidfd, struct exit_facts *exit) {
    const struct timespec pause = {.tv_nsec = EXIT_INTERVAL_NS};
    for (int i = 0; pidfd >= 0 && i < EXIT_LOOKS; i++) {
        struct process_info info = {.mask = INFO_EXIT};
        if (ioctl(pidfd, GET_PROCESS_INFO, &info) < 0)
            return;
        if (info.mask & INFO_EXIT) {
            if (WIFEXITED(info.exit_code))
                exit->exit_code = known_i64(WEXITSTATUS(info.exit_code));
            else if (WIFSIGNALED(info.exit_code))
                exit->signal = known_i64(WTERMSIG(info.exit_code));
            return;
        }
        nanosleep(&pause, NULL);
    }
}

/* "by signal 9 (Killed)" */
static struct short_text end_text(const struct exit_facts *exit) {
    struct short_text text = {"; how is not known"};
    if (exit->exit_code.known)
        snprintf(text.s, sizeof text.s, " with exit code %d", (int)exit->exit_code.value);
    else if (exit->signal.known)
        snprintf(text.s, sizeof text.s, " by signal %d", (int)exit->signal.value);
    return text;
}

/* No OOM kill was counted. Was it alive at the end, and if not, could the last kill have been missed? */
static enum outcome judge_end(const struct watch *watch, struct trial *trial) {
    const struct trial_facts *facts = &watch->facts;
    struct short_text time = duration_text(facts->exit.duration_ns);
    if (!cgroup_exists(watch->group) &&
        observe_kills_since(watch->host_kills_before_end, facts->host_oom_after) > 0) {
        trial_say(trial, "/proc/vmstat oom_kill",
                  "%lld -> %lld while its group was removed: whether it was killed in it cannot be told",
                  (long long)watch->host_kills_before_end.value, (long long)facts->host_oom_after.value);
        return OUTCOME_HARNESS_ERROR;
    }
    switch (watch->seen->end) {
    case WATCH_GONE:
        trial_say(trial, "cgroup", "removed after %s; no OOM kill was counted in it", time.s);
        return OUTCOME_SURVIVED;
    case WATCH_EMPTY:
        trial_say(trial, "cgroup", "nothing runs in it any more after %s; no OOM kill was counted", time.s);
        return OUTCOME_SURVIVED;
    case WATCH_PROCESS:
        trial_say(trial, "process", "ended after %s%s; no OOM kill was counted in its group", time.s,
                  end_text(&facts->exit).s);
        return OUTCOME_SURVIVED;
    default:
        trial_say(trial, "harness", "watched for %s; no OOM kill was counted", time.s);
        return OUTCOME_SURVIVED;
    }
}

static void judge(struct watch *watch, struct trial *trial) {
    struct trial_facts *facts = &watch->facts;
    struct cgroup_site site = site_of(watch);
    cgroup_ancestors_after(&site, facts->ancestors, facts->ancestor_count);
    facts->host_oom_after = host_oom_kills();
    facts->exit.started = true;
    facts->peak_bytes = watch->sampler.peak;
    known_raise(&facts->peak_bytes, facts->own_after.peak_bytes);
    if (observe_kills_since(facts->own_before.oom_kills, facts->own_after.oom_kills) > 0) {
        outcome_judge(facts, trial);
        return;
    }
    trial->outcome = judge_end(watch, trial);
    trial->oom_kills = known_delta(facts->own_before.oom_kills, facts->own_after.oom_kills);
}

static void conclude(struct watch *watch, struct trial *trial) {
    struct trial_facts *facts = &watch->facts;
    struct observation *seen = watch->seen;
    bool alive = seen->end == WATCH_TIME || seen->end == WATCH_INTERRUPT;
    int64_t now = clock_now_ns();
    facts->exit.duration_ns = watch->populated ? now - watch->start_ns : 0;
    facts->exit.stop = alive ? STOP_DONE : STOP_NONE;
    read_counters(watch);
    if (seen->end == WATCH_PROCESS)
        read_end(watch->spec->subject->pidfd, &facts->exit);
    struct known_i64 refaults = known_delta(watch->first_refault, watch->sampler.last.refault_file);
    if (refaults.known)
        trial->refault_bytes = known_i64(refaults.value * watch->spec->host->page_bytes);
    struct known_i64 stall = known_delta(watch->stall_before, watch->stall_after);
    if (stall.known && now > watch->began_ns)
        trial->stall_ratio =
            known_f64((double)stall.value * (double)NS_PER_US / (double)(now - watch->began_ns));
    judge(watch, trial);
    sampler_finish(&watch->sampler, trial);
    seen->recorded_peak_bytes = facts->own_after.peak_bytes;
    seen->limit_hits = known_delta(facts->own_before.limit_hits, facts->own_after.limit_hits);
    trial->limit_bytes = facts->limit_bytes;
    trial->tasks_most = watch->tasks_most;
    trial->runtime = watch->runtime.runtime;
    trial->exit = facts->exit;
}

void observe(const struct observe_spec *spec, const struct observe_hooks *hooks, struct trial *ret,
             struct observation *ret_seen) {
    struct watch watch = {
        .spec = spec,
        .hooks = hooks,
        .group = &spec->subject->group,
        .seen = ret_seen,
        .began_ns = clock_now_ns(),
        .alarm = spec->subject->group.ops->open_alarm(&spec->subject->group),
    };
    struct trial trial = {.id = 1, .purpose = PURPOSE_STEP};
    read_before(&watch);
    if (!watch.seen->from_start)
        begin_readings(&watch, watch.began_ns);
    run_watch(&watch);
    conclude(&watch, &trial);
    if (watch.alarm >= 0)
        close(watch.alarm);
    trial_facts_free(&watch.facts);
    *ret = trial;
}
