/* analysis/sizing: from trials to requests and limits, with the rules that must hold for any of them. */
#include "analysis/sizing.h"

#include <math.h>

#include "base/units.h"
#include "unit.h"

#define NODE (16 * GIB)

/* A profile of `count` readings of this working set, and its need. */
static struct trial flat_profile(int64_t working_set, int64_t need, int count) {
    struct trial profile = {
        .purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED, .needed_bytes = known_i64(need)};
    profile.exit.duration_ns = 1000 * NS_PER_S;
    for (int i = 0; i < count; i++) {
        struct snapshot now = {.time_ns = i * NS_PER_MS,
                               .usage = known_i64(working_set),
                               .inactive_file = known_i64(0),
                               .anon = known_i64(need)};
        series_add(&profile.series, &now);
    }
    return profile;
}

static struct oom_point point_at(int64_t ooms, int64_t survives) {
    return (struct oom_point){.known = true,
                              .ooms_bytes = known_i64(ooms),
                              .survives_bytes = known_i64(survives),
                              .resolution_ratio = known_f64((double)survives / (double)ooms - 1),
                              .confirmed_ooms = 3,
                              .confirmed_survivals = 3};
}

static bool says(char *const *sentences, size_t count, const char *part) {
    for (size_t i = 0; i < count; i++)
        if (strstr(sentences[i], part))
            return true;
    return false;
}

TEST(oom_score_adj_as_the_kubelet_sets_it) {
    /* Burstable: 1000 - 1000 * request / capacity in integers, at least 3, at most 999. */
    static const struct {
        int64_t request;
        int64_t node;
        int adj;
        bool guaranteed;
    } rows[] = {
        {1 * GIB, NODE, -997, true},
        {1, NODE, -997, true},
        {1 * GIB, NODE, 938, false}, /* 1000 - 62.5, the quotient cut to 62 */
        {8 * GIB, NODE, 500, false},
        {4 * GIB, NODE, 750, false},
        {1 * MIB, NODE, 999, false},      /* 1000 - 0 would be BestEffort's */
        {17 * MIB, NODE, 999, false},     /* 1000 * 17 / 16384 = 1.04: 1 */
        {33 * MIB, NODE, 998, false},     /* 2.01 */
        {NODE, NODE, 3, false},           /* 0 would be below what a pod may have */
        {NODE - 4 * MIB, NODE, 3, false}, /* 999.75: 1000 - 999 = 1 */
        {16333 * MIB, NODE, 4, false},    /* 996.88: 1000 - 996 */
        {2 * NODE, NODE, 3, false},
        {(int64_t)1 << 60, (int64_t)1 << 61, 500, false}, /* 1000 * 2^60 needs more than 64 bits */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int adj = sizing_oom_score_adj(rows[i].guaranteed, rows[i].request, rows[i].node);
        ROW(adj == rows[i].adj, "guaranteed %d, %lld of %lld: %d, expected %d", rows[i].guaranteed,
            (long long)rows[i].request, (long long)rows[i].node, adj, rows[i].adj);
    }
}

/* A start-up that stays low does not pull the request down; a needle in the steady state does not push it up.
 */
TEST(the_request_is_the_95th_percentile_of_the_steady_state) {
    struct trial profile = {
        .purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED, .needed_bytes = known_i64(100 * MIB)};
    profile.exit.duration_ns = 1000 * NS_PER_S;
    for (int i = 0; i < 1000; i++) {
        /* 300 readings of start-up at 10 MiB, then 100 MiB, of which 14 of 700 (2 %) are needles */
        int64_t set = i < 300 ? 10 * MIB : i % 50 == 49 ? 150 * MIB : 100 * MIB;
        struct snapshot now = {
            .time_ns = i * NS_PER_MS, .usage = known_i64(set), .inactive_file = known_i64(0)};
        series_add(&profile.series, &now);
    }
    struct oom_point point = point_at(100 * MIB, 101 * MIB);
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    sizing_recommend(&config, &profile, 1, &point, &advice);
    ROW(advice.known && advice.request_bytes == 100 * MIB, "request %s",
        quantity_text(advice.request_bytes).s);
    ROW(says(advice.reasons, advice.reason_count, "begins after 300 ms"), "the start-up is not named: %s",
        advice.reason_count ? advice.reasons[0] : "");
    recommendation_free(&advice);
    trial_free(&profile);
}

/* What a live squeeze took before it was squeezed, run after run of its load, is no demand. */
TEST(a_live_squeeze_demands_nothing) {
    struct trial trials[] = {flat_profile(100 * MIB, 100 * MIB, 100),
                             flat_profile(300 * MIB, 100 * MIB, 100)};
    struct oom_point point = point_at(100 * MIB, 101 * MIB);
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    trials[1].purpose = PURPOSE_STEP;
    trials[1].squeezed = true;
    sizing_recommend(&config, trials, COUNT(trials), &point, &advice);
    ROW(advice.known && advice.request_bytes == 100 * MIB, "request %s",
        quantity_text(advice.request_bytes).s);
    recommendation_free(&advice);
    trials[1].squeezed = false; /* that this is what keeps it out */
    sizing_recommend(&config, trials, COUNT(trials), &point, &advice);
    ROW(advice.known && advice.request_bytes == 300 * MIB, "request %s",
        quantity_text(advice.request_bytes).s);
    recommendation_free(&advice);
    trial_free(&trials[0]);
    trial_free(&trials[1]);
}

struct row {
    const char *what;
    int64_t working_set, need, survives;
    double headroom; /* 0: auto */
    bool guaranteed;
    enum container_role role;
    int64_t fast; /* 0: not known */
    int64_t request, limit;
    const char *told; /* how the limit is told; NULL: no matter */
};

static const struct row rows[] = {
    /* no variability: 1.5, and 1.2 of the OOM point is less */
    {.what = "flat",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .survives = 101 * MIB,
     .request = 100 * MIB,
     .limit = 150 * MIB,
     .told = "Limit 150Mi: 1.50x of the request, in whole Mi; that is 1.49x of the lowest limit it survives"},
    /* need 1.4 of the request: 1.5 + 0.5 * 0.4 = 1.7 */
    {.what = "a spike",
     .working_set = 100 * MIB,
     .need = 140 * MIB,
     .survives = 140 * MIB,
     .request = 100 * MIB,
     .limit = 170 * MIB},
    /* need 4 times the request: at most 2.0, so 1.2 of the OOM point decides: 480 */
    {.what = "a high spike",
     .working_set = 100 * MIB,
     .need = 400 * MIB,
     .survives = 400 * MIB,
     .request = 100 * MIB,
     .limit = 480 * MIB,
     .told = "Limit 480Mi: the lowest limit it survives, 400.0 MiB, with 20 % on top, is more than"},
    {.what = "headroom 1.0 is the lowest limit it survives, rounded up",
     .working_set = 90 * MIB,
     .need = 100 * MIB,
     .survives = 100 * MIB + 4096,
     .headroom = 1.0,
     .request = 90 * MIB,
     .limit = 101 * MIB},
    /* 1.1 asked for is less than the margin of 1.2, on purpose: 1.1 * 100 */
    {.what = "headroom 1.1",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .survives = 100 * MIB,
     .headroom = 1.1,
     .request = 100 * MIB,
     .limit = 110 * MIB},
    {.what = "headroom 3",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .survives = 100 * MIB,
     .headroom = 3,
     .request = 100 * MIB,
     .limit = 300 * MIB},
    {.what = "not whole Mi: 100.5 becomes 101, 1.5 of it is 151.5, 152",
     .working_set = 100 * MIB + 512 * KIB,
     .need = 100 * MIB + 512 * KIB,
     .survives = 101 * MIB,
     .request = 101 * MIB,
     .limit = 152 * MIB},
    {.what = "guaranteed",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .survives = 101 * MIB,
     .guaranteed = true,
     .request = 150 * MIB,
     .limit = 150 * MIB},
    /* cache: the kubelet counts 300, it needs 50, and nobody knows how fast it is with less than 300 */
    {.what = "a cache user",
     .working_set = 300 * MIB,
     .need = 50 * MIB,
     .survives = 50 * MIB,
     .request = 300 * MIB,
     .limit = 450 * MIB},
    /* 1.5 of the 50 that it needs; the page cache gets no more than the limit */
    {.what = "a cache user that is as fast with 60",
     .working_set = 300 * MIB,
     .need = 50 * MIB,
     .survives = 50 * MIB,
     .fast = 60 * MIB,
     .request = 75 * MIB,
     .limit = 75 * MIB},
    {.what = "a cache user that is as fast with 200",
     .working_set = 300 * MIB,
     .need = 50 * MIB,
     .survives = 50 * MIB,
     .fast = 200 * MIB,
     .request = 200 * MIB,
     .limit = 200 * MIB},
    {.what = "a cache user, headroom 1.0",
     .working_set = 300 * MIB,
     .need = 50 * MIB,
     .survives = 50 * MIB,
     .headroom = 1.0,
     .request = 50 * MIB,
     .limit = 50 * MIB,
     .told = "Limit 50Mi: 1.00x of 50.0 MiB, in whole Mi."},
    {.what = "an init container needs what it needs to come to its end",
     .working_set = 60 * MIB,
     .need = 100 * MIB,
     .survives = 100 * MIB,
     .role = ROLE_INIT,
     .request = 100 * MIB,
     .limit = 150 * MIB},
    {.what = "a sidecar is sized as any other",
     .working_set = 100 * MIB,
     .need = 100 * MIB,
     .survives = 101 * MIB,
     .role = ROLE_SIDECAR,
     .request = 100 * MIB,
     .limit = 150 * MIB},
    {.what = "smallest",
     .working_set = 4096,
     .need = 4096,
     .survives = MIB,
     .request = MIB,
     .limit = 2 * MIB},
};

TEST(limits_by_hand) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct trial profile = flat_profile(row->working_set, row->need, 100);
        struct oom_point point = point_at(row->survives - MIB / 2, row->survives);
        struct sizing_config config = {.guaranteed = row->guaranteed,
                                       .role = row->role,
                                       .fast_bytes = {row->fast > 0, row->fast},
                                       .node_memory_bytes = NODE};
        if (row->headroom > 0)
            config.headroom_ratio = known_f64(row->headroom);
        struct recommendation advice;
        sizing_recommend(&config, &profile, 1, &point, &advice);
        ROW(advice.known && advice.request_bytes == row->request && advice.limit_bytes == row->limit,
            "%s: request %s, limit %s, expected %s and %s", row->what, quantity_text(advice.request_bytes).s,
            quantity_text(advice.limit_bytes).s, quantity_text(row->request).s, quantity_text(row->limit).s);
        ROW(advice.qos_class && strcmp(advice.qos_class, row->guaranteed ? "Guaranteed" : "Burstable") == 0,
            "%s: class", row->what);
        ROW(advice.reason_count >= 3, "%s: only %zu reasons", row->what, advice.reason_count);
        ROW(!row->told || says(advice.reasons, advice.reason_count, row->told),
            "%s: not told as \"%s\", but %s", row->what, row->told, advice.reasons[advice.reason_count - 1]);
        recommendation_free(&advice);
        trial_free(&profile);
    }
}

/* For any target: whole Mi, never under 1.2 of the OOM point, request <= limit, and by default 1.5 to 2.0 of
 * the request unless the OOM point asks for more. */
TEST(rules_of_every_recommendation) {
    unsigned random = 12345;
    for (int i = 0; i < 3000; i++) {
        random = random * 1664525 + 1013904223;
        int64_t working_set = 4 * KIB * (1 + random % 2000000); /* up to 7.6 GiB */
        random = random * 1664525 + 1013904223;
        int64_t survives = 4 * KIB * (256 + random % 2000000);
        struct trial trials[2] = {flat_profile(working_set, survives, 3)};
        random = random * 1664525 + 1013904223;
        trials[1] = (struct trial){.outcome = OUTCOME_SURVIVED,
                                   .purpose = PURPOSE_PROBE,
                                   .limit_bytes = known_i64(survives),
                                   .needed_bytes = known_i64(1 + random % 9999)};
        struct oom_point point = point_at(survives * 99 / 100, survives);
        struct sizing_config config = {
            .guaranteed = i % 4 == 0, .fast_bytes = {i % 3 == 0, survives}, .node_memory_bytes = NODE};
        struct recommendation advice;
        sizing_recommend(&config, trials, 2, &point, &advice);
        int64_t margin = survives + survives / 5;
        ROW(advice.known && advice.limit_bytes >= margin && advice.limit_bytes % MIB == 0 &&
                advice.request_bytes % MIB == 0 && advice.request_bytes <= advice.limit_bytes &&
                (advice.request_bytes >= working_set || advice.request_bytes == advice.limit_bytes),
            "row %d: working set %lld, survives %lld: request %lld, limit %lld", i, (long long)working_set,
            (long long)survives, (long long)advice.request_bytes, (long long)advice.limit_bytes);
        /* What is as fast with less than its request needs no headroom over that. */
        if (!config.guaranteed && (!config.fast_bytes.known || working_set <= survives))
            ROW(advice.limit_bytes >= advice.request_bytes + advice.request_bytes / 2 &&
                    (advice.limit_bytes <= 2 * advice.request_bytes || advice.limit_bytes < margin + 2 * MIB),
                "row %d: working set %lld, survives %lld: request %lld, limit %lld, ratio %f", i,
                (long long)working_set, (long long)survives, (long long)advice.request_bytes,
                (long long)advice.limit_bytes, advice.headroom_ratio);
        ROW(fabs(advice.headroom_ratio * (double)advice.request_bytes - (double)advice.limit_bytes) < 1,
            "row %d: ratio %f", i, advice.headroom_ratio);
        recommendation_free(&advice);
        trial_free(&trials[0]);
    }
}

/* Runs at the lowest survivable limit that differ by 10 %: 1.5 + 2 * 0.1 = 1.7; runs elsewhere do not count.
 */
TEST(variability_raises_the_headroom) {
    struct trial trials[4] = {flat_profile(100 * MIB, 100 * MIB, 100)};
    struct oom_point point = point_at(99 * MIB, 100 * MIB);
    for (int i = 1; i < 4; i++)
        trials[i] = (struct trial){.outcome = OUTCOME_SURVIVED,
                                   .purpose = PURPOSE_CONFIRM,
                                   .limit_bytes = known_i64(i == 3 ? 120 * MIB : 100 * MIB),
                                   .needed_bytes = known_i64(i == 1   ? 100 * MIB
                                                             : i == 2 ? 90 * MIB
                                                                      : 10 * MIB)};
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    sizing_recommend(&config, trials, 4, &point, &advice);
    ROW(advice.limit_bytes == 170 * MIB, "limit %s", quantity_text(advice.limit_bytes).s);
    recommendation_free(&advice);
    trial_free(&trials[0]);
}

TEST(doubts_are_warned_of) {
    static const struct {
        const char *what;
        int64_t duration_ns, need;
        bool mixed, never_died, guaranteed, swap_open, sockets_free, loaded, ready_at_once;
        int64_t for_ns;
        int64_t swap, node;
        const char *warning; /* NULL: none at all */
    } doubts[] = {
        {.what = "none", .duration_ns = 1000 * NS_PER_S, .need = 100 * MIB},
        {.what = "short", .duration_ns = 5 * NS_PER_S, .need = 100 * MIB, .warning = "The run lasted 5.00 s"},
        {.what = "cache", .duration_ns = 100 * NS_PER_S, .need = 20 * MIB, .warning = "Page cache"},
        {.what = "mixed",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .mixed = true,
         .warning = "sometimes"},
        {.what = "never died",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .never_died = true,
         .warning = "never seen to die"},
        {.what = "guaranteed, and its CPU time is not known",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .guaranteed = true,
         .warning = "CPU"},
        {.what = "swap",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .swap = 64 * MIB,
         .warning = "64.0 MiB of swap"},
        {.what = "host swap",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .swap_open = true,
         .warning = "This machine swaps"},
        {.what = "sockets",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .sockets_free = true,
         .warning = "buffers of sockets"},
        {.what = "one round of load",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .loaded = true,
         .warning = "--cycles"},
        {.what = "ready at once",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .ready_at_once = true,
         .warning = "No --ready was given"},
        {.what = "ended before --for",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .for_ns = 1000 * NS_PER_S,
         .warning = "ended by itself after 1m 40s"},
        {.what = "a node just large enough: 152 and the 100 MiB below which the kubelet evicts",
         .duration_ns = 1000 * NS_PER_S,
         .need = 100 * MIB,
         .node = 252 * MIB},
        {.what = "a node too small for the limit",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .node = 240 * MIB,
         .warning = "The limit is more than a node"},
        {.what = "a node too small for the request",
         .duration_ns = 100 * NS_PER_S,
         .need = 100 * MIB,
         .node = 199 * MIB,
         .warning = "No node of 199Mi"},
    };
    for (size_t i = 0; i < COUNT(doubts); i++) {
        struct trial profile = flat_profile(100 * MIB, doubts[i].need, 100);
        profile.exit.duration_ns = doubts[i].duration_ns;
        if (doubts[i].loaded)
            service_facts_add(&profile.service, &(struct load_run){.cycle = 1});
        struct oom_point point = point_at(99 * MIB, 100 * MIB);
        point.mixed = doubts[i].mixed;
        if (doubts[i].never_died)
            point.ooms_bytes = UNKNOWN_I64;
        struct sizing_config config = {.guaranteed = doubts[i].guaranteed,
                                       .swap_bytes = doubts[i].swap,
                                       .swap_open = doubts[i].swap_open,
                                       .sockets_free = doubts[i].sockets_free,
                                       .ready_at_once = doubts[i].ready_at_once,
                                       .for_ns = doubts[i].for_ns,
                                       .node_memory_bytes = doubts[i].node ? doubts[i].node : NODE};
        struct recommendation advice;
        sizing_recommend(&config, &profile, 1, &point, &advice);
        sizing_review(&config, &profile, 1, &point, &advice);
        ROW(advice.warning_count == (doubts[i].warning ? 1 : 0) &&
                (!doubts[i].warning || says(advice.warnings, advice.warning_count, doubts[i].warning)),
            "%s: %zu warnings, the first: %s", doubts[i].what, advice.warning_count,
            advice.warning_count ? advice.warnings[0] : "");
        recommendation_free(&advice);
        trial_free(&profile);
    }
}

TEST(nothing_is_recommended_from_nothing) {
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct oom_point point = point_at(99 * MIB, 100 * MIB);
    struct oom_point unknown = {0};
    struct trial profile = flat_profile(100 * MIB, 100 * MIB, 10);
    struct trial failed = flat_profile(100 * MIB, 100 * MIB, 10);
    struct trial probe = flat_profile(100 * MIB, 100 * MIB, 10);
    struct trial empty = {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED};
    failed.outcome = OUTCOME_FAILED;
    probe.purpose = PURPOSE_PROBE;
    const struct {
        const char *what;
        const struct trial *trials;
        size_t count;
        const struct oom_point *point;
    } cases[] = {{"no trials", NULL, 0, &point},
                 {"no OOM point", &profile, 1, &unknown},
                 {"a failed profile", &failed, 1, &point},
                 {"no profile", &probe, 1, &point},
                 {"a profile without readings", &empty, 1, &point}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct recommendation advice = {.known = true, .limit_bytes = 7};
        sizing_recommend(&config, cases[i].trials, cases[i].count, cases[i].point, &advice);
        ROW(!advice.known && advice.limit_bytes == 0 && advice.reason_count == 0, "%s: known %d, limit %lld",
            cases[i].what, advice.known, (long long)advice.limit_bytes);
        recommendation_free(&advice);
    }
    trial_free(&profile);
    trial_free(&failed);
    trial_free(&probe);
}

/* Counters that do not tell the working set: the proven need stands in, and that is said. */
TEST(an_unseen_working_set_is_said) {
    struct trial profile = {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED};
    struct snapshot blind = {.usage = known_i64(5 * MIB)};
    series_add(&profile.series, &blind);
    struct oom_point point = point_at(99 * MIB, 100 * MIB);
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    sizing_recommend(&config, &profile, 1, &point, &advice);
    ROW(advice.known && advice.request_bytes == 100 * MIB &&
            says(advice.reasons, advice.reason_count, "its working set was not seen"),
        "known %d, request %s", advice.known, quantity_text(advice.request_bytes).s);
    recommendation_free(&advice);
    trial_free(&profile);
}

/* The slowdown point: with less it lives, but is slower, so no limit is recommended below it, unless
 * one below the margin was asked for. Request 100 MiB: 150 MiB by headroom, 121.2 MiB by the OOM point. */
TEST(no_limit_below_the_slowdown_point) {
    static const struct {
        const char *what;
        struct known_i64 fast;
        double headroom; /* 0: auto */
        int64_t request, limit;
        bool guaranteed, raised;
    } cases[] = {
        {"not known", {false, 0}, 0, 100 * MIB, 150 * MIB, false, false},
        {"at the OOM point", {true, 101 * MIB}, 0, 100 * MIB, 150 * MIB, false, false},
        {"at the limit", {true, 150 * MIB}, 0, 100 * MIB, 150 * MIB, false, false},
        {"within the limit's last MiB", {true, 149 * MIB + 1}, 0, 100 * MIB, 150 * MIB, false, false},
        {"a page above", {true, 150 * MIB + 4096}, 0, 100 * MIB, 151 * MIB, false, true},
        {"far above", {true, 900 * MIB}, 0, 100 * MIB, 900 * MIB, false, true},
        {"above a headroom that was asked for", {true, 160 * MIB}, 1.3, 100 * MIB, 160 * MIB, false, true},
        {"below the margin on purpose", {true, 140 * MIB}, 1.1, 100 * MIB, 112 * MIB, false, false},
        {"guaranteed", {true, 900 * MIB}, 0, 900 * MIB, 900 * MIB, true, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trial profile = flat_profile(100 * MIB, 100 * MIB, 100);
        struct oom_point point = point_at(100 * MIB, 101 * MIB);
        struct sizing_config config = {
            .guaranteed = cases[i].guaranteed, .fast_bytes = cases[i].fast, .node_memory_bytes = NODE};
        if (cases[i].headroom > 0)
            config.headroom_ratio = known_f64(cases[i].headroom);
        struct recommendation advice;
        sizing_recommend(&config, &profile, 1, &point, &advice);
        ROW(advice.known && advice.request_bytes == cases[i].request && advice.limit_bytes == cases[i].limit,
            "%s: request %s, limit %s, expected %s and %s", cases[i].what,
            quantity_text(advice.request_bytes).s, quantity_text(advice.limit_bytes).s,
            quantity_text(cases[i].request).s, quantity_text(cases[i].limit).s);
        ROW(says(advice.reasons, advice.reason_count, "slowdown point") == cases[i].raised,
            "%s: the slowdown point is%s named", cases[i].what, cases[i].raised ? " not" : "");
        ROW(fabs(advice.headroom_ratio * (double)advice.request_bytes - (double)advice.limit_bytes) < 1,
            "%s: headroom %f", cases[i].what, advice.headroom_ratio);
        recommendation_free(&advice);
        trial_free(&profile);
    }
}

/* Died at 150 MiB: a quarter more, 187.5, in whole Mi; what hangs on the limit follows in the review. */
TEST(a_refuted_limit_is_raised) {
    struct trial profile = flat_profile(100 * MIB, 100 * MIB, 100);
    struct oom_point point = point_at(99 * MIB, 100 * MIB);
    for (int guaranteed = 0; guaranteed < 2; guaranteed++) {
        struct sizing_config config = {.guaranteed = guaranteed, .node_memory_bytes = 280 * MIB};
        struct recommendation advice;
        sizing_recommend(&config, &profile, 1, &point, &advice);
        sizing_raise(&advice);
        sizing_review(&config, &profile, 1, &point, &advice);
        ROW(advice.limit_bytes == 188 * MIB, "limit %s", quantity_text(advice.limit_bytes).s);
        ROW(advice.request_bytes == (guaranteed ? advice.limit_bytes : 100 * MIB), "request %s",
            quantity_text(advice.request_bytes).s);
        ROW(fabs(advice.headroom_ratio * (double)advice.request_bytes - (double)advice.limit_bytes) < 1,
            "ratio %f", advice.headroom_ratio);
        ROW(says(advice.reasons, advice.reason_count, "a run at the former died"), "it is not said");
        ROW(says(advice.warnings, advice.warning_count, "280Mi"), "the node is not named");
        recommendation_free(&advice);
    }
    trial_free(&profile);
}

/* 1 MiB each second for a minute, stopped by us: limit 1.5 x of what its last half needs, full when that has
 * grown. */
TEST(cycles_tell_a_leak_from_what_fills_up) {
    static const struct {
        const char *what;
        int64_t rest_mib[6];     /* after each cycle; 0: no more */
        double growth_mib_per_s; /* 0: none is suspected; a cycle takes 2 s */
    } leaks[] = {
        {"a leak", {17, 25, 33, 41, 49}, 4},
        {"of three cycles", {17, 25, 33}, 4},
        {"two are too few", {17, 25}, 0},
        {"a cache that fills up", {17, 33, 41, 43, 44}, 0},
        {"steady", {17, 25, 25, 25, 25}, 0},
        {"up and down", {17, 25, 20, 30, 41}, 0},
        {"hardly", {1000, 1010, 1020, 1030, 1040}, 0},
    };
    for (size_t i = 0; i < COUNT(leaks); i++) {
        struct trial trial = {.outcome = OUTCOME_SURVIVED, .exit.stop = STOP_DONE};
        for (int cycle = 0; cycle < 6 && leaks[i].rest_mib[cycle]; cycle++)
            for (int step = 0; step < 2; step++) { /* at rest after the last step alone */
                struct load_run run = {.cycle = cycle + 1, .start_ns = (2 * cycle + step) * NS_PER_S};
                if (step == 1)
                    run.quiescent_bytes = known_i64(leaks[i].rest_mib[cycle] * MIB);
                service_facts_add(&trial.service, &run);
            }
        struct known_f64 growth = sizing_growth_per_s(&trial);
        ROW(growth.known == (leaks[i].growth_mib_per_s > 0) &&
                (!growth.known || fabs(growth.value / (double)MIB - leaks[i].growth_mib_per_s) < 0.01),
            "%s: %d, %f MiB/s", leaks[i].what, growth.known, growth.value / (double)MIB);
        trial_free(&trial);
    }
}

TEST(growth_is_told_with_its_end) {
    struct trial profile = {
        .purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED, .needed_bytes = known_i64(70 * MIB)};
    profile.exit.duration_ns = 60 * NS_PER_S;
    profile.exit.stop = STOP_DONE;
    for (int i = 0; i <= 600; i++) {
        struct snapshot now = {.time_ns = i * NS_PER_S / 10,
                               .usage = known_i64(10 * MIB + i * MIB / 10),
                               .inactive_file = known_i64(0),
                               .anon = known_i64(10 * MIB + i * MIB / 10)};
        series_add(&profile.series, &now);
    }
    struct oom_point point = point_at(69 * MIB, 70 * MIB);
    struct sizing_config config = {.node_memory_bytes = NODE};
    struct recommendation advice;
    sizing_recommend(&config, &profile, 1, &point, &advice);
    sizing_review(&config, &profile, 1, &point, &advice);
    double left = (double)(advice.limit_bytes - 70 * MIB) / (double)MIB;
    ROW(advice.growth_bytes_per_s.known && fabs(advice.growth_bytes_per_s.value / (double)MIB - 1) < 0.02,
        "growth %f", advice.growth_bytes_per_s.value);
    ROW(advice.exhausted_after_s.known && fabs(advice.exhausted_after_s.value - 60 - left) < 2,
        "full after %f s, not %f", advice.exhausted_after_s.value, 60 + left);
    ROW(says(advice.warnings, advice.warning_count, "No limit is safe"), "it is not said");
    recommendation_free(&advice);
    profile.exit.stop = STOP_NONE;
    ROW(!sizing_growth_per_s(&profile).known, "one that ends by itself grows as it likes");
    profile.exit.stop = STOP_DONE;
    service_facts_add(&profile.service, &(struct load_run){.cycle = 1});
    ROW(!sizing_growth_per_s(&profile).known, "one that is driven grows as long as its load goes on");
    trial_free(&profile);
}

/* A proof whose peak is its limit. */
TEST(a_peak_that_equals_the_limit_is_told) {
    struct trial trials[2] = {flat_profile(100 * MIB, 100 * MIB, 100), {.purpose = PURPOSE_VERIFY}};
    struct oom_point point = point_at(99 * MIB, 100 * MIB);
    struct sizing_config config = {.node_memory_bytes = NODE};
    for (int full = 0; full < 2; full++) {
        struct recommendation advice;
        sizing_recommend(&config, trials, 2, &point, &advice);
        trials[1].limit_bytes = known_i64(advice.limit_bytes);
        trials[1].peak_bytes = known_i64(full ? advice.limit_bytes : 100 * MIB);
        sizing_review(&config, trials, 2, &point, &advice);
        ROW(says(advice.warnings, advice.warning_count, "Its peak equals the limit") == (full == 1),
            "full %d", full);
        recommendation_free(&advice);
    }
    trial_free(&trials[0]);
}

UNIT_MAIN("sizing", cycles_tell_a_leak_from_what_fills_up, a_refuted_limit_is_raised,
          growth_is_told_with_its_end, a_peak_that_equals_the_limit_is_told,
          oom_score_adj_as_the_kubelet_sets_it, the_request_is_the_95th_percentile_of_the_steady_state,
          a_live_squeeze_demands_nothing, limits_by_hand, rules_of_every_recommendation,
          variability_raises_the_headroom, doubts_are_warned_of, nothing_is_recommended_from_nothing,
          an_unseen_working_set_is_said, no_limit_below_the_slowdown_point)
