/* cli/options: every option of the tables once, and what users get wrong. */
#include <math.h>
#include <signal.h>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/option_table.h"
#include "unit.h"

#define ARGS_MAX 12

/* Splits "a b c" at blanks into argv; "''" is an empty argument. Caller frees *ret_text. */
static int split(const char *line, char **ret_text, char **argv) {
    int count = 0;
    *ret_text = strdup(line);
    for (char *save = NULL, *word = strtok_r(*ret_text, " ", &save); word && count < ARGS_MAX - 1;
         word = strtok_r(NULL, " ", &save)) {
        if (strcmp(word, "''") == 0)
            *word = '\0';
        argv[count++] = word;
    }
    argv[count] = NULL;
    return count;
}

/* What a row checks of the parsed options. */
typedef bool (*check_fn)(const struct options *options);

#define CHECK(name, condition)                                                                               \
    static bool name(const struct options *o) {                                                              \
        return condition;                                                                                    \
    }

CHECK(limit_is_64mi, o->limit_bytes == 64 * MIB)
CHECK(limits_are_three, o->limit_count == 3 && o->limits[0] == 64 * MIB && o->limits[2] == 128 * MIB)
CHECK(limits_are_last, o->limit_count == 1 && o->limits[0] == 32 * MIB)
CHECK(repeat_is_5, o->repeat == 5)
CHECK(precision_is_half, fabs(o->precision_percent - 0.5) < 1e-12)
CHECK(confirm_is_7, o->confirm == 7)
CHECK(strategy_is_bisect, o->strategy == SEARCH_BISECT)
CHECK(strategy_is_predict, o->strategy == SEARCH_PREDICT)
CHECK(squeezes, o->squeeze && o->strategy == SEARCH_PREDICT)
CHECK(squeezes_not, !o->squeeze)
CHECK(budget_is_5m, o->budget_ns == 300 * NS_PER_S)
CHECK(gate_is_usual, strcmp(o->baseline, "b") == 0 && !o->update_baseline && !o->result && o->metrics == 1 &&
                         o->threshold_percent == 5 && o->threshold_bytes == MIB && o->runs == 0 &&
                         o->max_runs == 0 && o->prove == 3 && !o->bisect)
CHECK(gate_is_wide, o->metrics == 3 && o->runs == 3 && o->max_runs == 60 && o->prove == 5)
CHECK(gate_is_lenient, o->threshold_percent == 7.5 && o->threshold_bytes == 2 * MIB && o->bisect)
CHECK(gate_is_on_peak, o->metrics == 2 && o->threshold_percent == 0 && o->threshold_bytes == 0)
CHECK(gate_has_budgets, !o->baseline && o->budget_needed == 64 * MIB && o->budget_peak == 96 * MIB &&
                            o->budget_limit == 128 * MIB && o->budget_growth == MIB &&
                            o->budget_ns == 60 * NS_PER_S)
CHECK(gate_updates, o->update_baseline)
CHECK(gate_reads, strcmp(o->result, "r") == 0 && !o->argv[0])
CHECK(headroom_is_1_7, o->headroom_ratio.known &&fabs(o->headroom_ratio.value - 1.7) < 1e-12)
CHECK(cpu_is_1500, o->cpu_millis.known && o->cpu_millis.value == 1500)
CHECK(is_sidecar, o->role == ROLE_SIDECAR)
CHECK(headroom_is_auto, !o->headroom_ratio.known)
CHECK(is_guaranteed, o->guaranteed)
CHECK(is_burstable, !o->guaranteed)
CHECK(node_is_32gi, o->node_memory_bytes == 32 * GIB)
CHECK(prove_is_59, o->prove == 59)
CHECK(name_is_x, strcmp(o->name, "x") == 0)
CHECK(env_is_two, strcmp(o->env[0], "A=b") == 0 && strcmp(o->env[1], "C=") == 0 && !o->env[2])
CHECK(env_has_equals, strcmp(o->env[0], "A=b=c") == 0 && !o->env[1])
CHECK(cwd_is_tmp, strcmp(o->cwd, "/tmp") == 0)
CHECK(stdin_is_f, strcmp(o->stdin_path, "f") == 0)
CHECK(user_is_1_2, o->user.set && o->user.uid == 54321 && o->user.gid == 12345)
CHECK(is_image, strcmp(o->image, "redis:7") == 0 && !o->argv[0] && !o->engine && !o->publish)
CHECK(is_image_with_all, strcmp(o->image, "a/b") == 0 && strcmp(o->engine, "podman") == 0 &&
                             strcmp(o->publish[0], "80:80") == 0 && strcmp(o->publish[1], "9:9") == 0 &&
                             !o->publish[2] && strcmp(o->volumes[0], "/v:/w") == 0 && !o->volumes[1] &&
                             strcmp(o->argv[0], "x") == 0)
CHECK(entrypoint_is_sh, strcmp(o->entrypoint, "sh") == 0 && strcmp(o->network, "host") == 0)
/* A user that only the image knows. */
CHECK(user_is_the_images, !o->user.set && strcmp(o->user_name, "no-such-user-here") == 0)
CHECK(for_is_30s, o->for_ns == 30 * NS_PER_S)
CHECK(timeout_is_1h, o->timeout_ns == 3600 * NS_PER_S)
CHECK(signal_is_int, o->stop_signal == SIGINT)
CHECK(signal_is_15, o->stop_signal == SIGTERM)
CHECK(grace_is_500ms, o->grace_ns == 500 * NS_PER_MS)
CHECK(success_is_list, !o->success[0] && o->success[3] && o->success[10] && o->success[12] && !o->success[13])
CHECK(success_is_all, o->success[0] && o->success[137] && o->success[255])
CHECK(max_is_1gi, o->max_bytes == GIB)
CHECK(swap_is_100m, o->swap_bytes == 100000000)
CHECK(no_group, o->no_oom_group)
CHECK(interval_is_1ms, o->interval_ns == NS_PER_MS)
CHECK(format_is_kubernetes, strcmp(o->format, "kubernetes") == 0)
CHECK(is_dry, o->dry_run)
CHECK(out_is_d, strcmp(o->out, "d") == 0)
CHECK(resume_is_d, strcmp(o->resume, "d") == 0 && !o->measures)
CHECK(measures_interval, strcmp(o->measures, "--interval") == 0)
CHECK(json_is_stdout, strcmp(o->json, "-") == 0)
CHECK(cgroup_is_x, strcmp(o->cgroup, "x") == 0)
CHECK(pid_is_42, o->pid == 42)
CHECK(container_is_x, strcmp(o->container, "x") == 0 && strcmp(o->engine, "podman") == 0)
CHECK(unit_is_x, strcmp(o->unit, "x") == 0)
CHECK(interval_is_left, !o->interval_given)
CHECK(interval_is_given, o->interval_given && o->interval_ns == 10 * NS_PER_MS)
CHECK(is_quiet, o->quiet && !o->verbose)
CHECK(is_verbose, o->verbose && !o->quiet)

static const struct {
    const struct command *command;
    const char *line;
    check_fn check;
} good_rows[] = {
    {&cmd_run, "--limit 64Mi t", limit_is_64mi},
    {&cmd_run, "--limit=64Mi t", limit_is_64mi},
    {&cmd_step, "--limits 64Mi,96Mi,128Mi t", limits_are_three},
    {&cmd_step, "--limits 64Mi..128Mi:+32Mi t", limits_are_three},
    {&cmd_step, "--limits 64Mi,96Mi --limits 32Mi t", limits_are_last},
    {&cmd_step, "--limits 64Mi --repeat 5 t", repeat_is_5},
    {&cmd_size, "--precision 0.5 t", precision_is_half},
    {&cmd_size, "--precision 0.5% t", precision_is_half},
    {&cmd_find, "--confirm 7 t", confirm_is_7},
    {&cmd_find, "--strategy bisect t", strategy_is_bisect},
    {&cmd_find, "--strategy auto t", strategy_is_predict},
    {&cmd_find, "--strategy bisect --strategy predict t", strategy_is_predict},
    {&cmd_find, "--strategy squeeze --load l t", squeezes},
    {&cmd_size, "--load l --strategy squeeze --strategy auto t", squeezes_not},
    {&cmd_find, "--resume d --strategy squeeze", squeezes}, /* whether there is a load, the folder tells */
    {&cmd_find, "--budget 5m t", budget_is_5m},
    {&cmd_check, "--baseline b t", gate_is_usual},
    {&cmd_check, "--baseline b --metric peak,needed --runs 3 --max-runs 60 --prove 5 t", gate_is_wide},
    {&cmd_check, "--baseline b --threshold 7.5% --threshold-bytes 2Mi --bisect t", gate_is_lenient},
    {&cmd_check, "--baseline b --metric peak --threshold 0 --threshold-bytes 0 t", gate_is_on_peak},
    {&cmd_check,
     "--budget-needed 64Mi --budget-peak 96Mi --budget-limit 128Mi --budget-growth 1Mi --budget 1m t",
     gate_has_budgets},
    {&cmd_check, "--update-baseline --baseline b t", gate_updates},
    {&cmd_check, "--baseline b --result r", gate_reads},
    {&cmd_size, "--headroom 1.7 t", headroom_is_1_7},
    {&cmd_size, "--headroom 1.7x t", headroom_is_1_7},
    {&cmd_size, "--headroom 1.7 --headroom auto t", headroom_is_auto},
    {&cmd_size, "--qos guaranteed t", is_guaranteed},
    {&cmd_size, "--qos guaranteed --cpu 1.5 t", cpu_is_1500},
    {&cmd_size, "--qos guaranteed --cpu 1500m t", cpu_is_1500},
    {&cmd_size, "--container-role app --container-role sidecar t", is_sidecar},
    {&cmd_size, "--qos guaranteed --qos burstable t", is_burstable},
    {&cmd_size, "--node-memory 32Gi t", node_is_32gi},
    {&cmd_size, "--prove 59 t", prove_is_59},
    {&cmd_run, "--name x t", name_is_x},
    {&cmd_run, "--env A=b --env C= t", env_is_two},
    {&cmd_run, "--env=A=b=c t", env_has_equals},
    {&cmd_run, "--cwd /tmp t", cwd_is_tmp},
    {&cmd_run, "--stdin f t", stdin_is_f},
    {&cmd_run, "--user 54321:12345 t", user_is_1_2},
    {&cmd_run, "--image redis:7", is_image},
    {&cmd_size, "--image a/b --engine podman --publish 80:80 --publish 9:9 --volume /v:/w x",
     is_image_with_all},
    {&cmd_find, "--image i --entrypoint sh --network host", entrypoint_is_sh},
    {&cmd_run, "--image i --user no-such-user-here t", user_is_the_images},
    {&cmd_run, "--for 30s t", for_is_30s},
    {&cmd_run, "--timeout 1h t", timeout_is_1h},
    {&cmd_run, "--for 30s --timeout 1h t", timeout_is_1h},
    {&cmd_run, "--stop-signal INT t", signal_is_int},
    {&cmd_run, "--stop-signal sigint t", signal_is_int},
    {&cmd_run, "--stop-signal 2 t", signal_is_int},
    {&cmd_run, "--grace 500ms t", grace_is_500ms},
    {&cmd_run, "--success 3,10-12 t", success_is_list},
    {&cmd_run, "--success 0-255 t", success_is_all},
    {&cmd_run, "--success 0 --success 3,10-12 t", success_is_list},
    {&cmd_run, "--max 1Gi t", max_is_1gi},
    {&cmd_run, "--max 1Gi --limit 1Gi t", max_is_1gi},
    {&cmd_run, "--swap 100M t", swap_is_100m},
    {&cmd_run, "--no-oom-group t", no_group},
    {&cmd_run, "--interval 1ms t", interval_is_1ms},
    {&cmd_emit, "--format kubernetes", format_is_kubernetes},
    {&cmd_clean, "--dry-run", is_dry},
    {&cmd_find, "--resume d", resume_is_d},
    {&cmd_size, "--resume=d --budget 5m -- t", resume_is_d},
    {&cmd_step, "--resume d", resume_is_d},
    {&cmd_step, "--resume d --interval 1ms --limits 64Mi", measures_interval},
    {&cmd_run, "--out d t", out_is_d},
    {&cmd_run, "-o d t", out_is_d},
    {&cmd_run, "--json - t", json_is_stdout},
    {&cmd_run, "--quiet t", is_quiet},
    {&cmd_run, "-q t", is_quiet},
    {&cmd_run, "--verbose t", is_verbose},
    {&cmd_run, "-v t", is_verbose},
    {&cmd_run, "t", signal_is_15}, /* the default */
    {&cmd_watch, "--cgroup x", cgroup_is_x},
    {&cmd_watch, "--pid 42", pid_is_42},
    {&cmd_watch, "--systemd x", unit_is_x},
    {&cmd_watch, "--container x --engine podman", container_is_x},
    {&cmd_watch, "--pid 42 --for 30s", for_is_30s},
    {&cmd_watch, "--pid 42 --name x", name_is_x},
    {&cmd_watch, "--pid 42", interval_is_left},
    {&cmd_watch, "--pid 42 --interval 10ms", interval_is_given},
    {&cmd_watch, "--pid 42 --headroom 1.7", headroom_is_1_7},
};

TEST(every_option_sets_its_field) {
    for (size_t i = 0; i < COUNT(good_rows); i++) {
        char *text;
        char *argv[ARGS_MAX];
        int argc = split(good_rows[i].line, &text, argv);
        struct options options;
        struct error error = {0};
        options_init(&options);
        int code = options_parse(good_rows[i].command, argc, argv, &options, &error);
        ROW(code == 0 && good_rows[i].check(&options), "%s %s: %d, %s", good_rows[i].command->name,
            good_rows[i].line, code, error.what);
        options_free(&options);
        free(text);
    }
}

static const struct {
    const struct command *command;
    const char *line;
    const char *says;
} bad_rows[] = {
    /* unknown, near to something, known elsewhere */
    {&cmd_run, "--limt 64Mi t", "--limt: unknown option; did you mean --limit?"},
    {&cmd_run, "--tiemout 5s t", "--tiemout: unknown option; did you mean --timeout?"},
    {&cmd_size, "--headrom=2 t", "--headrom: unknown option; did you mean --headroom?"},
    {&cmd_run, "--Limit 64Mi t", "did you mean --limit?"},
    {&cmd_run, "--bananas t", "--bananas: unknown option"},
    {&cmd_run, "--x t", "--x: unknown option"},
    {&cmd_run, "-x t", "-x: unknown option"},
    {&cmd_run, "-qv t", "-qv: unknown option"},
    {&cmd_run, "--headroom 2 t", "--headroom: not an option of plimsoll run"},
    {&cmd_size, "--limit 64Mi t", "--limit: not an option of plimsoll size"},
    {&cmd_emit, "--out d", "--out: not an option of plimsoll emit"},
    {&cmd_run, "--=5 t", "--: unknown option"},
    /* values */
    {&cmd_run, "--limit", "--limit: needs a value (QUANTITY)"},
    {&cmd_run, "--publish 80 t", "--publish means nothing without --image IMAGE"},
    {&cmd_run, "--network host t", "--network means nothing without --image IMAGE"},
    {&cmd_run, "--engine lxc --image i", "--engine lxc: no such engine; give docker, podman or nerdctl"},
    {&cmd_run, "--image '' t", "--image (empty)"},
    {&cmd_run, "t --limit", NULL}, /* behind the target it is the target's */
    {&cmd_run, "-o", "--out: needs a value (DIR)"},
    {&cmd_run, "--quiet=yes t", "--quiet: takes no value"},
    {&cmd_run, "--limit= t", "--limit (empty)"},
    {&cmd_run, "--name= t", "--name (empty)"},
    {&cmd_run, "--name '' t", "--name (empty)"},
    {&cmd_run, "--limit 64Mb t", "--limit 64Mb: not a quantity; did you mean 64Mi"},
    {&cmd_run, "--limit 0 t", "--limit 0: nothing can run in no memory"},
    {&cmd_run, "--max 5 t", "--max 5: too small"},
    {&cmd_run, "--timeout 5 t", "--timeout 5: a duration needs a unit; did you mean 5s?"},
    {&cmd_run, "--timeout 0s t", "--timeout 0s: must be longer than nothing"},
    {&cmd_run, "--for -5s t", "--for -5s: negative"},
    {&cmd_run, "--interval 1us t", "--interval 1us: give an interval from 1ms to 60s"},
    {&cmd_run, "--interval 61s t", "--interval 61s: give an interval"},
    {&cmd_run, "--interval 10 t", "did you mean 10s?"},
    {&cmd_size, "--precision 0 t", "--precision 0: give a number from 0.01 to 100"},
    {&cmd_size, "--precision 101 t", "--precision 101:"},
    {&cmd_size, "--precision nan t", "--precision nan:"},
    {&cmd_size, "--precision 1%% t", "--precision 1%%:"},
    {&cmd_size, "--confirm 0 t", "--confirm 0: give a whole number from 1 to 10000"},
    {&cmd_size, "--confirm 2.5 t", "--confirm 2.5: give a whole number"},
    {&cmd_size, "--confirm 10001 t", "--confirm 10001:"},
    {&cmd_size, "--confirm many t", "--confirm many:"},
    {&cmd_size, "--prove -1 t", "--prove -1:"},
    {&cmd_size, "--strategy fast t", "--strategy fast:"},
    {&cmd_size, "--strategy squeeze t", "--strategy squeeze needs --load CMD"},
    {&cmd_find, "--strategy squeeze --ready after:1s --for 5s t", "--strategy squeeze needs --load CMD"},
    {&cmd_find, "--strategy squeeze --load l --for 5s t", "leave out --for 5.00 s"},
    {&cmd_step, "--strategy squeeze --limits 64Mi t", "--strategy: not an option of plimsoll step"},
    {&cmd_size, "--headroom 0.9 t", "--headroom 0.9: give auto, or a ratio from 1 to 10"},
    {&cmd_size, "--headroom 11 t", "--headroom 11:"},
    {&cmd_size, "--headroom inf t", "--headroom inf:"},
    {&cmd_size, "--cpu 1.5 t", "--cpu means nothing without --qos guaranteed"},
    {&cmd_size, "--qos guaranteed --cpu 0 t", "--cpu 0: give CPUs as 2, 0.5 or 500m"},
    {&cmd_size, "--qos guaranteed --cpu 0.0005 t", "--cpu 0.0005:"},
    {&cmd_size, "--qos guaranteed --cpu 5mm t", "--cpu 5mm:"},
    {&cmd_size, "--qos guaranteed --cpu -1 t", "--cpu -1:"},
    {&cmd_size, "--qos guaranteed --cpu nan t", "--cpu nan:"},
    {&cmd_size, "--container-role main t", "--container-role main: give app, init or sidecar"},
    {&cmd_emit, "--workload web", "write it as KIND/NAME"},
    {&cmd_size, "--qos best t", "--qos best: give burstable or guaranteed"},
    {&cmd_run, "--env A t", "--env A: write it as NAME=value"},
    {&cmd_run, "--env =b t", "--env =b: write it as NAME=value"},
    {&cmd_run, "--user no-such-user-here t", "--user no-such-user-here: no such user"},
    {&cmd_run, "--stop-signal NOPE t", "--stop-signal NOPE: no such signal"},
    {&cmd_run, "--stop-signal 0 t", "--stop-signal 0: no such signal"},
    {&cmd_run, "--stop-signal 65 t", "--stop-signal 65: no such signal"},
    {&cmd_run, "--success 256 t", "--success 256: write exit codes"},
    {&cmd_run, "--success 3-1 t", "--success 3-1:"},
    {&cmd_run, "--success 1, t", "--success 1,:"},
    {&cmd_run, "--success '' t", "write exit codes"},
    {&cmd_run, "--success -1 t", "--success -1:"},
    {&cmd_run, "--success 99999999999999999999 t", "each up to 255"},
    {&cmd_run, "--swap -1 t", "--swap -1: negative"},
    {&cmd_emit, "--format cobol", "--format cobol: no such format; there is: kubernetes"},
    {&cmd_step, "--limits 96Mi,64Mi t", "--limits 96Mi,64Mi: out of order"},
    {&cmd_watch, "--pid 0", "--pid 0: give the number of a process"},
    {&cmd_watch, "--pid -4", "--pid -4: give"},
    {&cmd_watch, "--pid 4.5", "--pid 4.5: give"},
    {&cmd_watch, "--pid 4294967297", "--pid 4294967297: give"},
    {&cmd_watch, "--pid sh", "--pid sh: give"},
    {&cmd_watch, "--cgroup ''", "--cgroup (empty)"},
    {&cmd_watch, "--prove 3 --pid 4", "--prove: not an option of plimsoll watch"},
    {&cmd_watch, "--env A=b --pid 4", "--env: not an option of plimsoll watch"},
    {&cmd_watch, "--pid 4 sh", "sh: one argument too many"},
    {&cmd_size, "--pid 4 t", "--pid: not an option of plimsoll size"},
    /* what contradicts, and what is missing */
    {&cmd_run, "-q -v t", "--quiet and --verbose contradict"},
    {&cmd_run, "--for 30s --timeout 30s t", "--timeout 30.00 s is not longer than --for 30.00 s"},
    {&cmd_run, "--timeout 10s --for 30s t", "is not longer than --for"},
    {&cmd_run, "--max 64Mi --limit 128Mi t", "--limit 128Mi is above --max 64Mi"},
    {&cmd_step, "--max 64Mi --limits 32Mi,128Mi t", "--limits go up to 128Mi, above --max 64Mi"},
    {&cmd_step, "t", "--limits is missing"},
    {&cmd_find, "--resume d --out e", "--out and --resume contradict"},
    {&cmd_run, "--resume d t", "--resume: not an option of plimsoll run"},
    {&cmd_find, "--resume", "--resume: needs a value (DIR)"},
    {&cmd_check, "t", "nothing to check against: give --baseline FILE, or a budget as --budget-needed 256Mi"},
    {&cmd_check, "--update-baseline t", "--update-baseline: which? give --baseline FILE"},
    {&cmd_check, "--update-baseline --baseline b --result r", "--update-baseline and --result contradict"},
    {&cmd_check, "--baseline b", "no target"},
    {&cmd_check, "--baseline b --result r t", "--result r and a target: either is judged"},
    {&cmd_check, "--baseline b --result r --image i", "--result r and a target"},
    {&cmd_check, "--baseline b --result r --out d", "--out means nothing with --result"},
    {&cmd_check, "--baseline b --runs 5 --max-runs 4 t", "--runs 5 is above --max-runs 4"},
    {&cmd_check, "--baseline b --runs 0 t", "--runs 0: give a whole number from 1 to 60"},
    {&cmd_check, "--baseline b --max-runs 61 t", "--max-runs 61: give a whole number from 1 to 60"},
    {&cmd_check, "--baseline b --metric cpu t", "--metric cpu: give needed, peak or needed,peak"},
    {&cmd_check, "--baseline b --metric needed, t", "--metric needed,: give"},
    {&cmd_check, "--baseline b --metric '' t", "--metric : give"},
    {&cmd_check, "--baseline b --threshold -1 t", "--threshold -1: give a number from 0 to 1000"},
    {&cmd_check, "--baseline b --threshold 5MiB t", "--threshold 5MiB: give a number"},
    {&cmd_check, "--baseline b --threshold-bytes 5MiB t", "--threshold-bytes 5MiB: not a quantity"},
    {&cmd_check, "--budget-growth 0 t",
     "--budget-growth 0: no run can exclude every growth; give more than 0"},
    {&cmd_check, "--budget-limit 5 t", "--budget-limit 5: too small"},
    {&cmd_check, "--baseline b --limit 64Mi t", "--limit: not an option of plimsoll check"},
    {&cmd_size, "--baseline b t", "--baseline: not an option of plimsoll size"},
    {&cmd_run, "''", NULL}, /* a target of no name is for launch to refuse */
    {&cmd_run, "", "no target"},
    {&cmd_run, "--limit 64Mi", "no target"},
    {&cmd_run, "--limit 64Mi --", "no target"},
};

TEST(mistakes_are_named_in_one_line) {
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        char *text;
        char *argv[ARGS_MAX];
        int argc = split(bad_rows[i].line, &text, argv);
        struct options options;
        struct error error = {0};
        options_init(&options);
        int code = options_parse(bad_rows[i].command, argc, argv, &options, &error);
        if (bad_rows[i].says)
            ROW(code < 0 && strstr(error.what, bad_rows[i].says) && unit_is_one_line(error.what),
                "%s %s: %d, \"%s\", expected \"%s\"", bad_rows[i].command->name, bad_rows[i].line, code,
                error.what, bad_rows[i].says);
        else
            ROW(code == 0, "%s %s: %d, %s", bad_rows[i].command->name, bad_rows[i].line, code, error.what);
        options_free(&options);
        free(text);
    }
}

/* From the target on nothing is ours. */
TEST(where_the_target_begins) {
    static const struct {
        const char *line;
        const char *target; /* its arguments */
    } rows[] = {
        {"-q app", "app"},
        {"-q -- app", "app"},
        {"app -q --limit 5 -- x", "app -q --limit 5 -- x"},
        {"-- -q", "-q"},
        {"-- -- x", "-- x"},
        {"-q -- --help", "--help"},
        {"app --help", "app --help"},
        {"- x", "- x"},
        {"--name -- app", "app"}, /* as getopt has it: -- is the name */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text;
        char *argv[ARGS_MAX];
        int argc = split(rows[i].line, &text, argv);
        struct options options;
        struct error error = {0};
        options_init(&options);
        int code = options_parse(&cmd_run, argc, argv, &options, &error);
        char joined[256] = "";
        for (char *const *word = options.argv; code == 0 && *word; word++)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", *joined ? " " : "",
                     *word);
        ROW(code == 0 && strcmp(joined, rows[i].target) == 0 && !options.help, "%s: %d, target \"%s\", %s",
            rows[i].line, code, joined, error.what);
        options_free(&options);
        free(text);
    }
}

TEST(help_needs_nothing_else) {
    static const char *const lines[] = {"--help", "-h", "-q --help", "--help --bananas"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        char *text;
        char *argv[ARGS_MAX];
        int argc = split(lines[i], &text, argv);
        struct options options;
        struct error error = {0};
        options_init(&options);
        int code = options_parse(&cmd_step, argc, argv, &options, &error);
        ROW(code == 0 && options.help, "%s: %d, help %d, %s", lines[i], code, options.help, error.what);
        options_free(&options);
        free(text);
    }
}

TEST(defaults_are_those_of_the_help) {
    struct options options;
    options_init(&options);
    ROW(options.confirm == 3 && options.prove == 3 && options.repeat == 1 && options.stop_signal == SIGTERM &&
            options.grace_ns == 2 * NS_PER_S && options.interval_ns == 10 * NS_PER_MS &&
            options.swap_bytes == 0 && options.node_memory_bytes == 16 * GIB && options.success[0] &&
            !options.success[1] && !options.headroom_ratio.known && !options.guaranteed &&
            options.max_bytes == 0 && !options.user.set,
        "confirm %lld, prove %lld, repeat %lld", (long long)options.confirm, (long long)options.prove,
        (long long)options.repeat);
    options_free(&options);
}

TEST(near_words) {
    static const char *const known[] = {"size", "find", "step", "run", "emit", "doctor", "clean"};
    static const struct {
        const char *word;
        const char *nearest;
    } rows[] = {
        {"sizes", "size"},
        {"siez", "size"},
        {"fnd", "find"},
        {"doktor", "doctor"},
        {"claen", "clean"},
        {"rnu", "run"},
        {"bananas", NULL},
        {"xyz", NULL},
        {"", NULL},
        {"a-word-of-far-more-than-sixty-four-letters-must-not-leave-any-row-of-the-table", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = options_nearest(rows[i].word, known, COUNT(known));
        ROW(rows[i].nearest ? got && strcmp(got, rows[i].nearest) == 0 : !got, "%s: %s", rows[i].word,
            got ? got : "(none)");
    }
}

TEST(commands_are_found_by_name) {
    for (const struct command *const *command = commands; *command; command++)
        ROW(command_find((*command)->name) == *command && (*command)->run && (*command)->summary &&
                (*command)->synopsis && (*command)->example,
            "%s", (*command)->name);
    ROW(!command_find("") && !command_find("Size") && !command_find("siz"), "found what there is not");
}

/* What a shell is told that it may complete, the option takes. */
TEST(words_are_taken) {
    size_t with_words = 0;
    for (size_t i = 0; i < option_count; i++) {
        struct strbuf words = {0};
        option_words(&option_table[i], &words);
        with_words += words.length > 0;
        for (char *save = NULL, *word = words.text ? strtok_r(words.text, " ", &save) : NULL; word;
             word = strtok_r(NULL, " ", &save)) {
            struct options options;
            struct error error = {0};
            options_init(&options);
            int code = option_set(&option_table[i], &options, word, &error);
            ROW(code == 0, "%s %s: %s", option_table[i].name, word, error.what);
            options_free(&options);
        }
        strbuf_free(&words);
    }
    ROW(with_words >= 9, "%zu options have words", with_words);
}

UNIT_MAIN("options", every_option_sets_its_field, mistakes_are_named_in_one_line, where_the_target_begins,
          help_needs_nothing_else, defaults_are_those_of_the_help, near_words, commands_are_found_by_name,
          words_are_taken)
