#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "output/emit_text.h"
#include "output/manifest_file.h"
#include "output/store.h"

#define LATEST "results/latest"

/* Which of one or two arguments is the manifest. */
static int tell_apart(char *const *argv, const char **ret_result, const char **ret_manifest,
                      struct error *error) {
    if (!argv[0])
        return error_plain(error, -EINVAL, "--format patch needs the manifest that it is to change");
    bool first = store_is_result(argv[0]);
    if (!argv[1] && first)
        return error_plain(error, -EINVAL, "%s is a result; give the manifest to change too", argv[0]);
    if (argv[1] && store_is_result(argv[1]) == first)
        return error_plain(error, -EINVAL, "%s and %s: %s", argv[0], argv[1],
                           first ? "both are results; one must be a manifest"
                                 : "neither is a result; one must be the folder of a run or its result.json");
    *ret_result = !argv[1] ? LATEST : first ? argv[0] : argv[1];
    *ret_manifest = first ? argv[1] : argv[0];
    return 0;
}

static bool print(const struct strbuf *document, struct error *error) {
    bool good = fwrite(strbuf_text(document), 1, document->length, stdout) == document->length &&
                fflush(stdout) != EOF;
    if (!good)
        error_plain(error, 0, "cannot write to standard output");
    return good;
}

/* What was done, or that nothing was to be done; and what a manifest's resources have no place for. */
static void tell(const struct emit_subject *subject, const char *name, const struct manifest_patch *patch,
                 struct progress *progress) {
    struct strbuf text = {0};
    const struct runtime_advice *advice = &subject->result->recommendation.runtime;
    text_add_visible(&text, name);
    strbuf_add(&text, ": ");
    text_add_visible(&text, patch->summary);
    strbuf_add(&text, patch->splice_count ? "\n" : ", already so\n");
    for (size_t i = 0; i < advice->setting_count; i++) {
        strbuf_add(&text, i == 0 ? "Its env is left as it is; recommended there: " : " ");
        CLEANUP_FREE char *variable =
            text_format("%s=%s", advice->settings[i].name, advice->settings[i].value);
        struct strbuf quoted = {0};
        text_add_shell_quoted(&quoted, variable);
        text_add_visible(&text, strbuf_text(&quoted));
        strbuf_free(&quoted);
    }
    strbuf_add(&text, advice->setting_count ? "\n" : "");
    progress_text(progress, strbuf_text(&text));
    strbuf_free(&text);
}

static int patch(const struct emit_subject *subject, const char *name, bool diff, struct progress *progress,
                 struct error *error) {
    const struct recommendation *advice = &subject->result->recommendation;
    struct manifest_file file = {0};
    struct manifest_patch patch = {0};
    struct strbuf made = {0};
    struct short_text request = quantity_ceil_mi_text(advice->request_bytes);
    struct short_text limit = quantity_ceil_mi_text(advice->limit_bytes);
    struct short_text cpu = emit_cpu_text(known_or(advice->cpu_millis, 0));
    CLEANUP_FREE char *target = emit_container_name(subject);
    const struct manifest_wish wish = {
        .source = name,
        .container = subject->container,
        .target = target,
        .role = advice->role,
        .kind = subject->kind,
        .workload = subject->workload,
        .request = request.s,
        .limit = limit.s,
        .cpu = advice->cpu_millis.known ? cpu.s : NULL,
    };
    int code = manifest_file_read(name, &file, error);
    if (code == 0)
        code = manifest_patch(file.text, file.length, &wish, &patch, error);
    if (code == 0 && diff) {
        manifest_diff(file.text, file.length, &patch, name, &made);
        code = print(&made, error) ? 0 : -EIO;
    } else if (code == 0 && !file.path) { /* it came by a pipe, and goes on by one */
        manifest_apply(file.text, file.length, &patch, &made);
        code = print(&made, error) ? 0 : -EIO;
    } else if (code == 0 && patch.splice_count > 0) {
        manifest_apply(file.text, file.length, &patch, &made);
        code = manifest_file_replace(&file, strbuf_text(&made), made.length, error);
    }
    if (code == 0 && (!diff || patch.splice_count == 0))
        tell(subject, name, &patch, progress);
    strbuf_free(&made);
    manifest_patch_free(&patch);
    manifest_file_free(&file);
    return code < 0 ? STATUS_USAGE : STATUS_OK;
}

/* Options that the form has no place for would be ignored in silence. */
static int check_uses(const struct options *options, const struct emitter *emitter, struct error *error) {
    const char *idle = NULL;
    if (options->container && !(emitter->uses & EMIT_CONTAINER))
        idle = "--container";
    if (options->workload && !(emitter->uses & EMIT_WORKLOAD))
        idle = "--workload";
    if (options->diff && emitter->write)
        idle = "--diff";
    if (idle)
        return error_plain(error, -EINVAL, "%s: means nothing to --format %s", idle, emitter->name);
    if (emitter->write && options->argv[0] && emitter_find(options->argv[0]))
        return error_plain(error, -EINVAL, "%s: is a form; write --format %s", options->argv[0],
                           options->argv[0]);
    if (emitter->write && options->argv[0] && options->argv[1])
        return error_plain(error, -EINVAL, "%s: one argument too many", options->argv[1]);
    return 0;
}

/* The result at `path`; 0, or an exit status where it holds no recommendation. */
static int read_advice(const char *path, struct result *ret, struct error *error) {
    if (store_read_result(path, ret, error) < 0)
        return STATUS_USAGE;
    if (recommendation_is_proven(&ret->recommendation))
        return STATUS_OK;
    bool cut_short = strcmp(ret->command, "size") == 0;
    if (ret->recommendation.known && ret->recommendation.verified_runs == 0)
        error_plain(error, 0, "%s: its limit of %s is not proven: no run at it has come to its end", path,
                    quantity_ceil_mi_text(ret->recommendation.limit_bytes).s);
    else if (ret->recommendation.known)
        error_plain(error, 0, "%s: its limit of %s is not proven: of %d fresh runs there %d died", path,
                    quantity_ceil_mi_text(ret->recommendation.limit_bytes).s,
                    ret->recommendation.verified_runs, ret->recommendation.verified_ooms);
    else
        error_plain(error, 0, "%s: no recommendation in it: %s", path,
                    cut_short ? "its search did not come to an end" : "only plimsoll size makes one");
    result_free(ret);
    return STATUS_INCONCLUSIVE;
}

static int emit(const struct options *options, struct progress *progress, struct error *error) {
    const struct emitter *emitter = emitter_find(options->format);
    const char *path = options->argv[0] ? options->argv[0] : LATEST;
    const char *manifest = NULL;
    struct result result = {0};
    if (check_uses(options, emitter, error) < 0 ||
        (!emitter->write && tell_apart(options->argv, &path, &manifest, error) < 0))
        return STATUS_USAGE;
    int status = read_advice(path, &result, error);
    if (status)
        return status;
    const struct emit_subject subject = {&result, options->container, options->workload_kind,
                                         options->workload};
    if (emitter->write) {
        struct strbuf document = {0};
        emitter->write(&subject, &document);
        status = print(&document, error) ? STATUS_OK : STATUS_USAGE;
        document.length = 0;
        if (status == STATUS_OK && emitter->note)
            emitter->note(&subject, &document);
        if (document.length)
            progress_text(progress, strbuf_text(&document));
        strbuf_free(&document);
    } else {
        status = patch(&subject, strcmp(manifest, "-") == 0 ? MANIFEST_STDIN : manifest, options->diff,
                       progress, error);
    }
    if (status == STATUS_OK && result.recommendation.growth_bytes_per_s.known)
        progress_text(progress, "Warning: a leak is suspected in what was measured: no limit is safe.\n");
    result_free(&result);
    return status;
}

static int run(struct options *options) {
    struct progress progress;
    struct error error = {0};
    progress_init(&progress, false);
    int status = emit(options, &progress, &error);
    if (status)
        progress_error(&progress, &error);
    return status;
}

const struct command cmd_emit = {
    .name = "emit",
    .summary =
        "print a result's recommendation in the form that some consumer reads, or put it into a manifest",
    .synopsis = "[--format NAME] [RESULT] [FILE]",
    .details =
        "RESULT is a result.json or the folder of a run; results/latest where it is not given.\n"
        "\n"
        "  kubernetes  resources of a container, and its env where its runtime wants settings\n"
        "  patch       changes the manifest FILE in place: the resources of one container, all else\n"
        "              byte for byte as it was; - is standard input, and then it goes to standard output\n"
        "  kustomize   a strategic-merge patch of the workload\n"
        "  docker      arguments for docker run, quoted for a shell\n"
        "  compose     a service of a compose file\n"
        "  systemd     a drop-in for a service\n"
        "  ecs         a container definition of an ECS task, JSON\n"
        "  cloudrun    the part of a Cloud Run service, limits alone\n"
        "  vpa         a VerticalPodAutoscaler kept between request and limit\n"
        "  env         NAME=VALUE lines for a shell\n"
        "\n"
        "FILE holds Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs, CronJobs, Pods, or Lists of\n"
        "them, in any number of YAML documents, or JSON. Changed is the container called --container; else\n"
        "the one called as the target was; else the only one. A name that is there more than once, or\n"
        "resources that are shared through an anchor, are refused, and the file is left untouched.",
    .example = "plimsoll emit --format patch --container web results/latest deployment.yaml",
    .groups = GROUP_EMIT,
    .takes_target = false,
    .most_arguments = 2,
    .run = run,
};
