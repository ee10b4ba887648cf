/* analysis/observed: what is advised from watching alone, and the doubts that go with it. */
#include "analysis/observed.h"

#include "base/units.h"
#include "chance.h"
#include "model/result.h"
#include "unit.h"

#define NODE (16 * GIB)

/* One reading; usage is the working set and what is inactive beside it. */
static void add_reading(struct trial *trial, int64_t time_ns, int64_t working_set, int64_t need) {
    struct snapshot now = {.time_ns = time_ns,
                           .usage = known_i64(working_set),
                           .inactive_file = known_i64(0),
                           .anon = known_i64(need)};
    series_add(&trial->series, &now);
    known_raise(&trial->needed_bytes, known_i64(need));
    known_raise(&trial->peak_bytes, known_i64(working_set));
    trial->sample_count++;
    trial->exit.duration_ns = time_ns;
}

/* `count` readings, a quarter of a second apart. */
static struct trial flat(int64_t working_set, int64_t need, int count) {
    struct trial trial = {.id = 1, .purpose = PURPOSE_STEP, .outcome = OUTCOME_SURVIVED};
    trial.exit.stop = STOP_DONE;
    for (int i = 0; i < count; i++)
        add_reading(&trial, (int64_t)i * 250 * NS_PER_MS, working_set, need);
    return trial;
}

static bool says(char *const *sentences, size_t count, const char *part) {
    for (size_t i = 0; i < count; i++)
        if (strstr(sentences[i], part))
            return true;
    return false;
}

/* What a row changes of a watch that found nothing special. */
struct row {
    const char *what;
    const char *reason, *warning; /* one that is there */
    const char *no_warning;       /* one that is not */
    int64_t working_set, need, own_limit;
    int64_t earlier_peak, earlier_hits, hits, swapped, kills, file_cache;
    int64_t request, limit;
    double headroom; /* 0: auto */
    enum outcome outcome;
    enum runtime runtime;
    int others;
    bool from_start, holds_us;
};

static const struct row rows[] = {
    {.what = "flat: twice the request",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .request = 100 * MIB,
     .limit = 200 * MIB,
     .reason = "Headroom 2.00x: the larger end of 1.5 to 2.0, as no limit was tried",
     .warning = "No limit was tried, so nothing is proven",
     .no_warning = "OOM"},
    {.what = "the highest need is above the request",
     .working_set = 100 * MIB,
     .need = 150 * MIB,
     .request = 100 * MIB,
     .limit = 300 * MIB,
     .reason = "2.00x of the highest need that was seen, 150.0 MiB"},
    {.what = "not whole Mi: 100.5 becomes 101, twice that 202",
     .working_set = 100 * MIB + 512 * KIB,
     .need = 90 * MIB,
     .request = 101 * MIB,
     .limit = 202 * MIB},
    {.what = "a headroom as asked",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .headroom = 1.5,
     .request = 100 * MIB,
     .limit = 150 * MIB,
     .reason = "Headroom 1.50x, as asked"},
    /* Where an OOM point is proven a headroom of 1.0 may be asked for; here nothing is. */
    {.what = "a headroom below the margin",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .headroom = 1.0,
     .request = 100 * MIB,
     .limit = 120 * MIB,
     .reason = "Limit 120Mi: 100.0 MiB, with 20 % on top, is more than the headroom gives"},
    {.what = "what is swapped out is needed too",
     .working_set = 100 * MIB,
     .need = 90 * MIB,
     .swapped = 60 * MIB,
     .request = 100 * MIB,
     .limit = 300 * MIB,
     .reason = "with what was swapped out, 150.0 MiB"},
    {.what = "killed at its own limit: it needs more than that",
     .working_set = 60 * MIB,
     .need = 62 * MIB,
     .own_limit = 64 * MIB,
     .kills = 3,
     .hits = 70,
     .outcome = OUTCOME_OOM,
     .request = 60 * MIB,
     .limit = 128 * MIB,
     .reason = "the limit at which it was OOM-killed, 64.0 MiB",
     .warning = "Its own limit, 64.0 MiB, led to 3 OOM kills",
     .no_warning = "was held down"},
    {.what = "killed for another's limit: its own says nothing",
     .working_set = 60 * MIB,
     .need = 62 * MIB,
     .own_limit = 64 * MIB,
     .kills = 1,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .request = 60 * MIB,
     .limit = 124 * MIB,
     .warning = "1 OOM kill while it was watched, not for its own limit"},
    {.what = "gone while the host counted a kill",
     .working_set = 60 * MIB,
     .need = 60 * MIB,
     .outcome = OUTCOME_HARNESS_ERROR,
     .request = 60 * MIB,
     .limit = 120 * MIB,
     .warning = "it may have been killed for want of memory"},
    {.what = "held down by its own limit",
     .working_set = 60 * MIB,
     .need = 40 * MIB,
     .own_limit = 64 * MIB,
     .hits = 1,
     .request = 60 * MIB,
     .limit = 120 * MIB,
     .warning = "met its own limit 1 time while it was watched, and was held down"},
    /* 210.2 MiB: more than the 200 that the headroom gives */
    {.what = "it once used more than the limit",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .earlier_peak = 210 * MIB + 200 * KIB,
     .request = 100 * MIB,
     .limit = 211 * MIB,
     .reason = "Limit raised from 200Mi to 211Mi: so much it used at once before the watch"},
    {.what = "it once used less than the limit",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .earlier_peak = 200 * MIB,
     .request = 100 * MIB,
     .limit = 200 * MIB},
    {.what = "its limit held the peak of before down",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .earlier_peak = 512 * MIB,
     .earlier_hits = 9,
     .own_limit = 512 * MIB,
     .request = 100 * MIB,
     .limit = 200 * MIB,
     .warning = "came up to 512.0 MiB and met its limit there"},
    {.what = "its start was not seen",
     .working_set = 10 * MIB,
     .need = 10 * MIB,
     .request = 10 * MIB,
     .limit = 20 * MIB,
     .warning = "Its start-up was not seen (at the beginning of the watch it had run for 2h"},
    {.what = "its start was seen",
     .working_set = 10 * MIB,
     .need = 10 * MIB,
     .from_start = true,
     .request = 10 * MIB,
     .limit = 20 * MIB,
     .warning = "Only the load of these",
     .no_warning = "start-up"},
    {.what = "others in the group",
     .working_set = 10 * MIB,
     .need = 10 * MIB,
     .others = 2,
     .request = 10 * MIB,
     .limit = 20 * MIB,
     .warning = "2 other processes are in the same group"},
    {.what = "ourselves in the group",
     .working_set = 10 * MIB,
     .need = 10 * MIB,
     .holds_us = true,
     .request = 10 * MIB,
     .limit = 20 * MIB,
     .warning = "This watch runs in the same group",
     .no_warning = "other process"},
    {.what = "page cache",
     .working_set = 100 * MIB,
     .need = 30 * MIB,
     .file_cache = 90 * MIB,
     .request = 100 * MIB,
     .limit = 200 * MIB,
     .warning = "Page cache is counted: up to 90.0 MiB of it"},
    {.what = "hardly any page cache",
     .working_set = 100 * MIB,
     .need = 98 * MIB,
     .file_cache = 2 * MIB,
     .request = 100 * MIB,
     .limit = 200 * MIB,
     .no_warning = "Page cache"},
    {.what = "a runtime that looks at its limit",
     .working_set = 10 * MIB,
     .need = 10 * MIB,
     .runtime = RUNTIME_JVM,
     .request = 10 * MIB,
     .limit = 20 * MIB,
     .warning = "Its runtime (jvm) sizes itself from its limit"},
    {.what = "one that does not",
     .working_set = 10 * MIB,
     .need = 10 * MIB,
     .runtime = RUNTIME_PYTHON,
     .request = 10 * MIB,
     .limit = 20 * MIB,
     .no_warning = "runtime"},
    {.what = "more than the node has",
     .working_set = 9 * GIB,
     .need = 9 * GIB,
     .request = 9 * GIB,
     .limit = 18 * GIB,
     .warning = "The limit is more than a node of 16Gi can give"},
};

TEST(rows_of_requests_and_limits) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct trial trial = flat(row->working_set, row->need, 60);
        trial.limit_bytes = row->own_limit ? known_i64(row->own_limit) : UNKNOWN_I64;
        trial.outcome = row->outcome;
        trial.oom_kills = known_i64(row->kills);
        trial.file_cache_bytes = known_i64(row->file_cache);
        trial.runtime = row->runtime;
        struct observation seen = {.known = true,
                                   .from_start = row->from_start,
                                   .holds_us = row->holds_us,
                                   .others = row->others,
                                   .age_ns = known_i64(7200 * NS_PER_S),
                                   .earlier_peak_bytes = known_i64(row->earlier_peak),
                                   .earlier_limit_hits = known_i64(row->earlier_hits),
                                   .limit_hits = known_i64(row->hits),
                                   .swapped_bytes = known_i64(row->swapped)};
        struct sizing_config config = {.node_memory_bytes = NODE};
        if (row->headroom > 0)
            config.headroom_ratio = known_f64(row->headroom);
        struct recommendation advice;
        observed_recommend(&config, &trial, &seen, &advice);
        ROW(advice.known && advice.request_bytes == row->request && advice.limit_bytes == row->limit,
            "%s: %s and %s", row->what, quantity_text(advice.request_bytes).s,
            quantity_text(advice.limit_bytes).s);
        ROW(!row->reason || says(advice.reasons, advice.reason_count, row->reason), "%s: no reason says %s",
            row->what, row->reason);
        ROW(!row->warning || says(advice.warnings, advice.warning_count, row->warning),
            "%s: no warning says %s", row->what, row->warning);
        ROW(!row->no_warning || !says(advice.warnings, advice.warning_count, row->no_warning),
            "%s: a warning says %s", row->what, row->no_warning);
        ROW(advice.verified_runs == 0 && !recommendation_is_proven(&advice), "%s: proven", row->what);
        recommendation_free(&advice);
        trial_free(&trial);
    }
}

TEST(no_data_is_no_advice) {
    static const struct {
        const char *what;
        int64_t apart_ns;
        int readings;
        bool known;
    } lengths[] = {
        {"nothing", NS_PER_S, 0, false},
        {"one reading", NS_PER_S, 1, false},
        {"many readings in too short a time", 9 * NS_PER_MS, 1000, false},
        {"a long time with too few readings", 60 * NS_PER_S, 19, false},
        {"just enough of both", 527 * NS_PER_MS, 20, true}, /* the last after 10.013 s */
        {"just too short", 526 * NS_PER_MS, 20, false},     /* 9.994 s */
    };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct trial trial = {.outcome = OUTCOME_SURVIVED};
        for (int j = 0; j < lengths[i].readings; j++)
            add_reading(&trial, j * lengths[i].apart_ns, 10 * MIB, 10 * MIB);
        struct observation seen = {.known = true};
        struct sizing_config config = {.node_memory_bytes = NODE};
        struct recommendation advice;
        observed_recommend(&config, &trial, &seen, &advice);
        ROW(advice.known == lengths[i].known && (advice.known || advice.warning_count == 0), "%s: %d",
            lengths[i].what, advice.known);
        recommendation_free(&advice);
        trial_free(&trial);
    }
}

/* Counters that a kernel does not have are no zeroes. */
TEST(unknown_counters_are_no_advice) {
    struct trial trial = flat(10 * MIB, 10 * MIB, 60);
    struct observation seen = {.known = true};
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    trial.needed_bytes = UNKNOWN_I64;
    observed_recommend(&config, &trial, &seen, &advice);
    ROW(!advice.known, "need unknown: %s", quantity_text(advice.limit_bytes).s);
    trial_free(&trial);
    trial = flat(10 * MIB, 10 * MIB, 60);
    for (size_t i = 0; i < trial.series.count; i++)
        trial.series.points[i].working_set = UNKNOWN_I64;
    observed_recommend(&config, &trial, &seen, &advice);
    ROW(!advice.known, "working set unknown: %s", quantity_text(advice.request_bytes).s);
    trial_free(&trial);
}

/* 1 MiB a second from 20 MiB on: after 100 s at 120 MiB, limit 240, own limit 150. */
TEST(growth_at_the_end_is_a_suspected_leak) {
    struct trial trial = {.outcome = OUTCOME_SURVIVED, .limit_bytes = known_i64(150 * MIB)};
    trial.exit.stop = STOP_DONE;
    for (int i = 0; i <= 400; i++)
        add_reading(&trial, (int64_t)i * 250 * NS_PER_MS, 20 * MIB + i * MIB / 4, 20 * MIB + i * MIB / 4);
    struct observation seen = {.known = true};
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    observed_recommend(&config, &trial, &seen, &advice);
    ROW(advice.growth_bytes_per_s.known && advice.growth_bytes_per_s.value > 0.99 * (double)MIB &&
            advice.growth_bytes_per_s.value < 1.01 * (double)MIB,
        "growth %f", advice.growth_bytes_per_s.value);
    /* From 120 MiB to 240 at 1 MiB a second, from the end of the watch on. */
    ROW(advice.exhausted_after_s.known && advice.exhausted_after_s.value > 118 &&
            advice.exhausted_after_s.value < 122,
        "full after %f s", advice.exhausted_after_s.value);
    ROW(says(advice.warnings, advice.warning_count, "No limit is safe"), "a limit is called safe");
    ROW(says(advice.warnings, advice.warning_count, "its own of 150.0 MiB in about 30"),
        "its own is not told");
    recommendation_free(&advice);
    /* What ended by itself grows as it likes. */
    trial.exit.stop = STOP_NONE;
    observed_recommend(&config, &trial, &seen, &advice);
    ROW(advice.known && !advice.growth_bytes_per_s.known, "growth of what has ended: %f",
        advice.growth_bytes_per_s.value);
    recommendation_free(&advice);
    trial_free(&trial);
}

TEST(another_level_before_the_steady_state_is_left_out) {
    struct trial trial = {.outcome = OUTCOME_SURVIVED};
    for (int i = 0; i < 400; i++)
        add_reading(&trial, (int64_t)i * 250 * NS_PER_MS, i < 100 ? 90 * MIB : 40 * MIB,
                    i < 100 ? 90 * MIB : 40 * MIB);
    struct observation seen = {.known = true};
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    observed_recommend(&config, &trial, &seen, &advice);
    ROW(advice.request_bytes == 40 * MIB, "request %s", quantity_text(advice.request_bytes).s);
    ROW(advice.limit_bytes == 180 * MIB, "limit %s", quantity_text(advice.limit_bytes).s);
    ROW(says(advice.reasons, advice.reason_count, "The first 25.00 s are left out"), "%s", advice.reasons[1]);
    recommendation_free(&advice);
    trial_free(&trial);
}

/* What must hold whatever was seen. */
TEST(rules_that_hold_for_any_watch) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        uint64_t chance = random_from(seed);
        struct trial trial = {.outcome = (enum outcome)(next_random(&chance) % OUTCOME_COUNT)};
        trial.exit.stop = STOP_DONE;
        int64_t base = random_size(&chance, MIB, 8 * GIB);
        int count = 40 + (int)(next_random(&chance) % 200);
        for (int i = 0; i < count; i++) {
            int64_t need = (int64_t)((double)base * random_real(&chance, 0.5, 1.5));
            add_reading(&trial, (int64_t)i * 300 * NS_PER_MS, need + random_size(&chance, 1, 64 * MIB), need);
        }
        if (next_random(&chance) % 2)
            trial.limit_bytes = known_i64(random_size(&chance, MIB, 32 * GIB));
        struct observation seen = {.known = true,
                                   .swapped_bytes = known_i64(random_size(&chance, 1, GIB)),
                                   .earlier_peak_bytes = known_i64(random_size(&chance, MIB, 64 * GIB)),
                                   .earlier_limit_hits = known_i64((int64_t)(next_random(&chance) % 2))};
        struct sizing_config config = {.node_memory_bytes = NODE,
                                       .guaranteed = next_random(&chance) % 4 == 0};
        if (next_random(&chance) % 2)
            config.headroom_ratio = known_f64(random_real(&chance, 1, 10));
        struct recommendation advice;
        observed_recommend(&config, &trial, &seen, &advice);
        int64_t need = trial.needed_bytes.value + seen.swapped_bytes.value;
        ROW(advice.known && advice.request_bytes > 0 && advice.request_bytes <= advice.limit_bytes,
            "seed %llu: request %lld, limit %lld", (unsigned long long)seed, (long long)advice.request_bytes,
            (long long)advice.limit_bytes);
        ROW((double)advice.limit_bytes >= 1.2 * (double)need - 1, "seed %llu: limit %lld, need %lld",
            (unsigned long long)seed, (long long)advice.limit_bytes, (long long)need);
        ROW(advice.limit_bytes % MIB == 0 && advice.request_bytes % MIB == 0, "seed %llu: not whole Mi",
            (unsigned long long)seed);
        ROW(advice.limit_bytes >= seen.earlier_peak_bytes.value || seen.earlier_limit_hits.value > 0,
            "seed %llu: below what it once used", (unsigned long long)seed);
        ROW(trial.outcome != OUTCOME_OOM || !trial.limit_bytes.known ||
                advice.limit_bytes > trial.limit_bytes.value,
            "seed %llu: no more than what killed it", (unsigned long long)seed);
        ROW(advice.verified_runs == 0 && advice.warning_count >= 2, "seed %llu: no doubts",
            (unsigned long long)seed);
        for (size_t i = 0; i < advice.warning_count; i++)
            ROW(unit_is_one_line(advice.warnings[i]), "seed %llu: %s", (unsigned long long)seed,
                advice.warnings[i]);
        recommendation_free(&advice);
        trial_free(&trial);
    }
}

UNIT_MAIN("observed", rows_of_requests_and_limits, no_data_is_no_advice, unknown_counters_are_no_advice,
          growth_at_the_end_is_a_suspected_leak, another_level_before_the_steady_state_is_left_out,
          rules_that_hold_for_any_watch)
