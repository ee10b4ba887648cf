/* output/thin and output/plot_*: pictures by their data. What gnuplot makes of it is tried in
 * tests/run-report. */
#include "output/plot.h"

#include "base/units.h"
#include "form_cases.h"
#include "output/curve.h"
#include "unit.h"

#define INTERVAL_NS (10 * NS_PER_MS)

/* ---- thinning ---- */

/* A reading by its number: noise, and now and then a spike or a dip of a single reading. */
static struct snapshot reading(size_t i) {
    uint64_t state = (i + 1) * 2654435761U;
    int64_t noise = (int64_t)(form_random(&state) % (uint64_t)MIB);
    int64_t anon = 100 * MIB + noise + (i % 70001 == 35000 ? GIB : 0) - (i % 50021 == 777 ? 90 * MIB : 0);
    int64_t file =
        10 * MIB + (int64_t)(form_random(&state) % (uint64_t)MIB) + (i % 90001 == 9 ? 300 * MIB : 0);
    return (struct snapshot){.time_ns = (int64_t)i * INTERVAL_NS,
                             .usage = known_i64(anon + file + MIB),
                             .anon = known_i64(anon),
                             .file = known_i64(file),
                             .inactive_file = known_i64(file / 2),
                             .shmem = known_i64(4096),
                             .kernel = i % 3 ? known_i64(MIB) : UNKNOWN_I64};
}

static void add_readings(struct thin *thin, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct snapshot sample = reading(i);
        thin_add(thin, &sample);
    }
}

static size_t take(size_t count, size_t most, struct thin_reading **ret, struct thin *thin) {
    add_readings(thin, count);
    return thin_take(thin, most, ret);
}

TEST(what_fits_is_kept_as_it_is) {
    struct thin thin = {0};
    struct thin_reading *rows;
    size_t count = take(200, 1000, &rows, &thin);
    ck_assert_uint_eq(count, 200);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(rows[i].time_ns, (int64_t)i * INTERVAL_NS);
        ck_assert_int_eq(rows[i].values[THIN_ANON], reading(i).anon.value);
        ck_assert_int_eq(rows[i].values[THIN_WINDOW_PEAK], THIN_UNKNOWN);
        ck_assert_int_eq(rows[i].values[THIN_KERNEL], i % 3 ? MIB : THIN_UNKNOWN);
    }
    free(rows);
    thin_free(&thin);
}

TEST(nothing_gives_nothing) {
    struct thin thin = {0};
    struct thin_reading *rows;
    ck_assert_uint_eq(thin_take(&thin, 100, &rows), 0);
    ck_assert_ptr_null(rows);
    thin_free(&thin);
}

struct extremes {
    int64_t least;
    int64_t most;
};

static void stretch(struct extremes *extremes, int64_t value) {
    if (value == THIN_UNKNOWN)
        return;
    if (extremes->most == THIN_UNKNOWN || value > extremes->most)
        extremes->most = value;
    if (extremes->least == THIN_UNKNOWN || value < extremes->least)
        extremes->least = value;
}

/* Of what was added and of what was left, the least and the most in every stretch of time are the same, for
 * every quantity; and what was left are readings as they were. */
static void check_extremes(size_t count, size_t most) {
    struct thin thin = {0};
    struct thin_reading *rows;
    size_t left = take(count, most, &rows, &thin);
    struct extremes added[THIN_BINS][2];
    struct extremes kept[THIN_BINS][2];
    const enum thin_quantity which[2] = {THIN_ANON, THIN_FILE};
    ROW(left <= most, "%zu of %zu were to be left, %zu are", most, count, left);
    ROW(left > most / 32, "only %zu of %zu are left", left, most);
    for (size_t bin = 0; bin < THIN_BINS; bin++)
        for (int q = 0; q < 2; q++)
            added[bin][q] = kept[bin][q] = (struct extremes){THIN_UNKNOWN, THIN_UNKNOWN};
    for (size_t i = 0; i < count; i++) {
        struct snapshot sample = reading(i);
        size_t bin = (size_t)(sample.time_ns / thin.width_ns);
        stretch(&added[bin][0], sample.anon.value);
        stretch(&added[bin][1], sample.file.value);
    }
    for (size_t i = 0; i < left; i++) {
        struct snapshot sample = reading((size_t)(rows[i].time_ns / INTERVAL_NS));
        size_t bin = (size_t)(rows[i].time_ns / thin.width_ns);
        ROW(i == 0 || rows[i].time_ns > rows[i - 1].time_ns, "row %zu is not later than the one before", i);
        ROW(rows[i].values[THIN_ANON] == sample.anon.value &&
                rows[i].values[THIN_USAGE] == sample.usage.value,
            "row %zu is no reading", i);
        for (int q = 0; q < 2; q++)
            stretch(&kept[bin][q], rows[i].values[which[q]]);
    }
    for (size_t bin = 0; bin < THIN_BINS; bin++)
        for (int q = 0; q < 2; q++)
            ROW(added[bin][q].least == kept[bin][q].least && added[bin][q].most == kept[bin][q].most,
                "%zu readings, bin %zu, quantity %d", count, bin, q);
    ck_assert_int_eq(rows[0].time_ns, 0);
    ck_assert_int_eq(rows[left - 1].time_ns, (int64_t)(count - 1) * INTERVAL_NS);
    free(rows);
    thin_free(&thin);
}

TEST(no_spike_is_lost) {
    check_extremes(5000, PLOT_ROWS_MAX);
    check_extremes(100000, PLOT_ROWS_MAX);
    check_extremes(1000003, PLOT_ROWS_MAX);
    check_extremes(300000, 64);
}

TEST(the_highest_is_known_without_the_rows) {
    struct thin thin = {0};
    int64_t most = 0;
    add_readings(&thin, 80000);
    for (size_t i = 0; i < 80000; i++)
        if (reading(i).anon.value > most)
            most = reading(i).anon.value;
    ck_assert_int_gt(most, GIB);
    ck_assert_int_eq(thin.highest[THIN_ANON], most);
    ck_assert_int_eq(thin.highest[THIN_WINDOW_PEAK], THIN_UNKNOWN);
    thin_free(&thin);
}

/* ---- the data ---- */

static struct trial *add_trial(struct result *result, enum purpose purpose, int64_t limit_mib,
                               enum outcome outcome, int64_t ms, int64_t needed_mib) {
    struct trial trial = {.id = (int)result->trial_count + 1,
                          .purpose = purpose,
                          .limit_bytes = limit_mib ? known_i64(limit_mib * MIB) : UNKNOWN_I64,
                          .outcome = outcome,
                          .peak_bytes = known_i64((needed_mib + 1) * MIB),
                          .needed_bytes = known_i64(needed_mib * MIB)};
    trial.exit.duration_ns = ms * NS_PER_MS;
    result_add_trial(result, &trial);
    return &result->trials[result->trial_count - 1];
}

/* A search: 100 MiB is needed, 99 is too little; one run at 110 was slow, and one ended for another reason.
 */
static struct result search(void) {
    struct result result = {.command = text_copy("size"), .name = text_copy("app")};
    add_trial(&result, PURPOSE_PROFILE, 0, OUTCOME_SURVIVED, 1000, 95);
    add_trial(&result, PURPOSE_PROBE, 100, OUTCOME_SURVIVED, 1100, 96);
    add_trial(&result, PURPOSE_PROBE, 99, OUTCOME_OOM, 500, 0);
    add_trial(&result, PURPOSE_CONFIRM, 99, OUTCOME_OOM, 510, 0);
    add_trial(&result, PURPOSE_CONFIRM, 100, OUTCOME_SURVIVED, 1300, 94);
    add_trial(&result, PURPOSE_CONFIRM, 100, OUTCOME_SURVIVED, 1200, 97);
    add_trial(&result, PURPOSE_CONFIRM, 100, OUTCOME_OUTSIDE_OOM, 100, 0)->stall_ratio = known_f64(0.25);
    add_trial(&result, PURPOSE_VERIFY, 160, OUTCOME_SURVIVED, 990, 96);
    result.oom_point = (struct oom_point){.known = true,
                                          .ooms_bytes = known_i64(99 * MIB),
                                          .survives_bytes = known_i64(100 * MIB),
                                          .dies_as = OUTCOME_OOM,
                                          .confirmed_ooms = 2,
                                          .confirmed_survivals = 3};
    result.recommendation = (struct recommendation){.known = true,
                                                    .request_bytes = 97 * MIB,
                                                    .limit_bytes = 160 * MIB,
                                                    .qos_class = "Burstable",
                                                    .verified_runs = 1};
    return result;
}

static void is_text(const char *got, const char *wanted) {
    ROW(strcmp(got, wanted) == 0, "wanted:\n%s\ngot:\n%s", wanted, got);
}

TEST(limits_have_a_row_each) {
    struct result result = search();
    struct plots plots = {0};
    plot_add_limits(&plots, &result);
    ck_assert_uint_eq(plots.count, 1);
    is_text(strbuf_text(&plots.items[0].data), "limit_bytes,time_min_s,time_median_s,time_max_s,rate_per_s,"
                                               "slowdown_ratio,stall_ratio,runs,lived,died,"
                                               "others\n"
                                               "103809024,,,,,,,2,0,2,0\n"
                                               "104857600,1.1,1.2,1.3,,1.2,0.25,4,3,0,1\n"
                                               "167772160,0.99,0.99,0.99,,0.99,,1,1,0,0\n");
    is_text(strbuf_text(&plots.items[0].settings),
            "ooms_bytes = 103809024.0\nsurvives_bytes = 104857600.0\nrequest_bytes = 101711872.0\n"
            "limit_bytes = 167772160.0\nfree_s = 1.000000000e+00\n");
    ck_assert_str_eq(plots.items[0].name, "plot-limits");
    plots_free(&plots);
    result_free(&result);
}

TEST(throughput_takes_the_place_of_time) {
    struct result result = {.command = text_copy("step")};
    for (int i = 1; i <= 3; i++) {
        struct trial *trial = add_trial(&result, PURPOSE_STEP, (int64_t)10 * i, OUTCOME_SURVIVED, 1000, 5);
        struct load_run run = {.duration_ns = NS_PER_S, .figures.rate_per_s = known_f64(100.0 * i)};
        trial->service.serves = true;
        service_facts_add(&trial->service, &run);
    }
    struct plots plots = {0};
    plot_add_limits(&plots, &result);
    ck_assert_uint_eq(plots.count, 1);
    ROW(strstr(strbuf_text(&plots.items[0].data), "20971520,1,1,1,200,1,,1,1,0,0\n") != NULL, "%s",
        strbuf_text(&plots.items[0].data));
    ROW(strstr(strbuf_text(&plots.items[0].settings), "rate = 1.0\n") != NULL, "%s",
        strbuf_text(&plots.items[0].settings));
    plots_free(&plots);
    result_free(&result);
}

TEST(runs_have_a_row_each) {
    struct result result = search();
    struct plots plots = {0};
    plot_add_search(&plots, &result);
    plot_add_spread(&plots, &result);
    ck_assert_uint_eq(plots.count, 2);
    is_text(strbuf_text(&plots.items[0].data),
            "run,limit_bytes,time_s,needed_bytes,peak_bytes,working_set_p95_bytes,rate_per_s,slowdown_ratio,"
            "stall_ratio,purpose,outcome,ending\n"
            "1,,1,99614720,100663296,,,,,profile,survived,lived\n"
            "2,104857600,1.1,100663296,101711872,,,,,probe,survived,lived\n"
            "3,103809024,0.5,,,,,,,probe,oom,died\n"
            "4,103809024,0.51,,,,,,,confirm,oom,died\n"
            "5,104857600,1.3,98566144,99614720,,,,,confirm,survived,lived\n"
            "6,104857600,1.2,101711872,102760448,,,,,confirm,survived,lived\n"
            "7,104857600,0.1,,,,,,0.25,confirm,outside-oom,other\n"
            "8,167772160,0.99,100663296,101711872,,,,,verify,survived,lived\n");
    is_text(strbuf_text(&plots.items[1].data), strbuf_text(&plots.items[0].data));
    is_text(strbuf_text(&plots.items[0].settings),
            "ooms_bytes = 103809024.0\nsurvives_bytes = 104857600.0\n");
    is_text(strbuf_text(&plots.items[1].settings),
            "needed_bytes = 100663296.0\nrequest_bytes = 101711872.0\n");
    is_text(plots.items[1].words,
            "5 runs that lived. They needed 94.0 MiB to 97.0 MiB, median 96.0 MiB: they differ by 3.1 %.");
    plots_free(&plots);
    result_free(&result);
}

/* What was tuned is another program, and a squeeze is at no limit. */
TEST(what_is_not_alike_is_left_out) {
    struct result result = search();
    result.trials[1].tuned = true;
    result.trials[4].squeezed = true;
    struct plots plots = {0};
    plot_add_spread(&plots, &result);
    ck_assert_uint_eq(plots.count, 1);
    const char *data = strbuf_text(&plots.items[0].data);
    ROW(strstr(data, "\n2,104857600,1.1,,,,,,,probe,survived,lived\n") != NULL, "%s", data);
    ROW(strstr(data, "\n5,,1.3,,,,,,,confirm,survived,other\n") != NULL, "%s", data);
    ROW(text_starts_with(plots.items[0].words, "3 runs that lived."), "%s", plots.items[0].words);
    plots_free(&plots);
    result_free(&result);
}

/* A page shows both: one median of what they needed. The peak of a run may be unknown. */
TEST(needed_is_the_same_in_all_plots) {
    struct result result = search();
    result.trials[7].needed_bytes = known_i64(500 * MIB);
    result.trials[4].peak_bytes = UNKNOWN_I64;
    const struct result *results[] = {&result, &result};
    struct plots plots = {0};
    plot_add_spread(&plots, &result);
    plot_add_compared(&plots, results, 2);
    ck_assert_uint_eq(plots.count, 2);
    ROW(text_starts_with(plots.items[0].words,
                         "5 runs that lived. They needed 94.0 MiB to 500.0 MiB, median 96.0 MiB:"),
        "%s", plots.items[0].words);
    ROW(strstr(strbuf_text(&plots.items[1].data), "\n1,98566144,100663296,524288000,") != NULL, "%s",
        strbuf_text(&plots.items[1].data));
    plots_free(&plots);
    result_free(&result);
}

TEST(results_have_a_row_each) {
    struct result found = search();
    struct result bare = {.command = text_copy("leak")};
    add_trial(&bare, PURPOSE_STEP, 0, OUTCOME_SURVIVED, 1000, 50);
    const struct result *results[] = {&found, &bare};
    struct plots plots = {0};
    plot_add_compared(&plots, results, 1);
    ck_assert_uint_eq(plots.count, 0);
    plot_add_compared(&plots, results, 2);
    ck_assert_uint_eq(plots.count, 1);
    is_text(strbuf_text(&plots.items[0].data),
            "result,needed_min_bytes,needed_bytes,needed_max_bytes,peak_bytes,oom_point_bytes,slowdown_point_"
            "bytes,"
            "request_bytes,limit_bytes,row\n"
            "1,98566144,100663296,101711872,102760448,104857600,,101711872,167772160,1\n"
            "2,52428800,52428800,52428800,53477376,,,,,2\n");
    is_text(plots.items[0].words,
            "Result 1: needed 96.0 MiB, OOM point 100.0 MiB, request 97Mi, limit 160Mi; 2: "
            "needed 50.0 MiB.");
    plots_free(&plots);
    result_free(&found);
    result_free(&bare);
}

TEST(few_runs_make_no_plot) {
    struct result result = {.command = text_copy("run")};
    struct plots plots = {0};
    add_trial(&result, PURPOSE_STEP, 10, OUTCOME_SURVIVED, 1000, 5);
    plot_add_limits(&plots, &result);
    plot_add_search(&plots, &result);
    plot_add_spread(&plots, &result);
    ck_assert_uint_eq(plots.count, 0);
    plots_free(&plots);
    result_free(&result);
}

TEST(timelines_of_what_tells_most) {
    struct result result = search();
    const struct trial *chosen[PLOT_TIMELINES_MAX];
    size_t count = plot_choose(&result, chosen);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(chosen[0]->id, 1); /* without a limit */
    ck_assert_int_eq(chosen[1]->id, 3); /* the death at the highest limit */
    ck_assert_int_eq(chosen[2]->id, 2); /* the survivor at the lowest */
    ck_assert_int_eq(chosen[3]->id, 8); /* the proof */
    result_free(&result);
    count = plot_choose(&result, chosen);
    ck_assert_uint_eq(count, 0);
}

TEST(a_timeline_has_its_readings_and_marks) {
    struct result result = search();
    struct trial *trial = &result.trials[2];
    struct load_run run = {.start_ns = NS_PER_S / 10, .duration_ns = NS_PER_S / 5};
    service_facts_add(&trial->service, &run);
    run = (struct load_run){.start_ns = NS_PER_S, .duration_ns = NS_PER_S, .limit_bytes = known_i64(4096)};
    service_facts_add(&trial->service, &run);
    trial->service.ready_ns = known_i64(NS_PER_S / 20);
    struct thin thin = {0};
    struct snapshot sample = {.time_ns = 1500 * NS_PER_US,
                              .usage = known_i64(3 * MIB),
                              .window_peak = known_i64(4 * MIB),
                              .anon = known_i64(2 * MIB),
                              .file = known_i64(MIB),
                              .inactive_file = known_i64(4096)};
    thin_add(&thin, &sample);
    struct plots plots = {0};
    plot_add_timeline(&plots, trial, &thin);
    ck_assert_uint_eq(plots.count, 1);
    ck_assert_str_eq(plots.items[0].name, "plot-timeline-003");
    is_text(strbuf_text(&plots.items[0].data),
            "time_s,usage_bytes,window_peak_bytes,anon_bytes,file_bytes,shmem_bytes,kernel_bytes,working_set_"
            "bytes,"
            "row\n"
            "0.001500,3145728,4194304,2097152,1048576,,,3141632,1\n");
    is_text(strbuf_text(&plots.items[0].settings),
            "limit_bytes = 103809024.0\npeak_bytes = 1048576.0\ndied_s = 5.000000000e-01\n"
            "ready_s = 5.000000000e-02\nloads = \"0.100:0.300 1.000:2.000:4096\"\n");
    ROW(strstr(plots.items[0].words, "OOM after 500 ms") != NULL, "%s", plots.items[0].words);
    plots_free(&plots);
    thin_free(&thin);
    result_free(&result);
}

TEST(a_leak_has_its_points_and_line) {
    struct leak_series series = {.limit_bytes = known_i64(GIB)};
    struct leak leak = {.known = true, .verdict = LEAK_CONFIRMED, .points = 600, .span_ns = 599 * NS_PER_S};
    leak.per_hour = (struct leak_rate){known_f64(3600e3), known_f64(1800e3), known_f64(7200e3)};
    for (int i = 0; i < 900; i++) {
        struct leak_point point = {.time_ns = i * NS_PER_S, .bytes = known_i64(1000000 + i * 1000)};
        if (i == 450)
            point.bytes = known_i64(500000); /* a trough must not be thinned away */
        leak_series_add(&series, &point);
    }
    struct plots plots = {0};
    plot_add_leak(&plots, &series, &leak);
    ck_assert_uint_eq(plots.count, 1);
    const char *data = strbuf_text(&plots.items[0].data);
    int lines = 0;
    for (const char *at = data; *at; at++)
        lines += *at == '\n';
    ck_assert_int_eq(lines, 301);
    ROW(strstr(data, "\n450.000000,500000,1\n") != NULL, "the trough is not there");
    ROW(strstr(data, "\n297.000000,1297000,0\n300.000000,1300000,1\n") != NULL, "where it begins to count");
    is_text(strbuf_text(&plots.items[0].settings),
            "from_s = 3.000000000e+02\nto_s = 8.990000000e+02\nat_s = 6.000000000e+02\nat_bytes = "
            "1.600000000e+06\n"
            "bytes_per_s = 1.000000000e+03\nlow_bytes_per_s = 5.000000000e+02\nhigh_bytes_per_s = "
            "2.000000000e+03\nlimit_bytes = 1073741824.0\n");
    plots_free(&plots);
    leak_series_free(&series);
    leak_free(&leak);
}

UNIT_MAIN("plot", what_fits_is_kept_as_it_is, nothing_gives_nothing, no_spike_is_lost,
          the_highest_is_known_without_the_rows, limits_have_a_row_each, throughput_takes_the_place_of_time,
          runs_have_a_row_each, what_is_not_alike_is_left_out, needed_is_the_same_in_all_plots,
          results_have_a_row_each, few_runs_make_no_plot, timelines_of_what_tells_most,
          a_timeline_has_its_readings_and_marks, a_leak_has_its_points_and_line)
