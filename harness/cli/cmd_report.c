#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/leak_trial.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/gnuplot.h"
#include "cli/progress.h"
#include "output/report.h"
#include "output/store.h"

#define LATEST "results/latest"
#define PAGE   "report.html"

/* Side by side there is no room for more. */
#define RESULTS_MAX 16

#define INVOCATION_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* A result, and what belongs to it. Zeroed with folder -1 it can be released. */
struct reported {
    const char *source;
    char *folder_path;
    int folder;    /* that it is in */
    bool is_a_run; /* it is the result.json of a run's folder: page and plots belong beside it */
    struct result result;
    struct invocation invocation;
    bool begun; /* that is known */
    struct plots plots;
    char **pictures; /* SVG of each plot */
    char *no_pictures;
};

struct job {
    const struct options *options;
    struct progress progress;
    struct reported subjects[RESULTS_MAX];
    size_t count;
    struct reported together; /* no result of its own: what is drawn of all of them */
    size_t drawn;
};

static void subject_free(struct reported *subject) {
    for (size_t i = 0; i < subject->plots.count && subject->pictures; i++)
        free(subject->pictures[i]);
    free(subject->pictures);
    free(subject->no_pictures);
    free(subject->folder_path);
    plots_free(&subject->plots);
    if (subject->begun)
        invocation_free(&subject->invocation);
    result_free(&subject->result);
    if (subject->folder >= 0)
        close(steal_fd(&subject->folder));
}

/* ---- reading ---- */

/* Of `run --json` and the like there is none. */
static void read_invocation(struct reported *subject) {
    struct error ignored;
    CLEANUP_FREE char *path = text_format("%s/invocation.json", subject->folder_path);
    CLEANUP_FREE char *text = NULL;
    if (!subject->is_a_run || file_read_all(path, INVOCATION_BYTES_MAX, &text, &ignored) < 0)
        return;
    subject->begun = document_parse_invocation(text, path, &subject->invocation, &ignored) == 0;
}

static int find(struct reported *subject, const char *path, struct error *error) {
    struct stat status;
    CLEANUP_FREE char *copy = text_copy(path);
    CLEANUP_FREE char *name = text_copy(path);
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    subject->source = path;
    subject->is_a_run = folder || strcmp(basename(name), "result.json") == 0;
    subject->folder_path = text_copy(folder ? path : dirname(copy));
    subject->folder = open(subject->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (subject->folder < 0)
        return error_system(error, -errno, "cannot open %s", subject->folder_path);
    return 0;
}

/* Where the readings of one run go. */
struct readings {
    struct trial *trial; /* its series, up to then */
    int64_t until_ns;
    struct thin *thin; /* NULL: no picture is made of them */
};

static void take_reading(void *context, const struct snapshot *sample) {
    struct readings *readings = context;
    if (sample->time_ns <= readings->until_ns)
        series_add(&readings->trial->series, sample);
    if (readings->thin)
        thin_add(readings->thin, sample);
}

static bool is_chosen(const struct trial *trial, const struct trial *const *chosen, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (chosen[i] == trial)
            return true;
    return false;
}

/* A name that leads out of the folder is none of ours. What cannot be read is not drawn. */
static void read_samples(struct job *job, struct reported *subject, struct trial *trial, bool drawn) {
    struct thin thin = {0};
    struct readings readings = {trial, known_or(trial->exit.stopped_ns, INT64_MAX), drawn ? &thin : NULL};
    struct error error;
    if (!subject->is_a_run || !trial->samples_name || strchr(trial->samples_name, '/'))
        return;
    if (samples_each(subject->folder, trial->samples_name, take_reading, &readings, &error) < 0)
        progress_say(&job->progress, 0, "%s: %.600s: its run is not drawn", subject->source, error.what);
    else if (drawn)
        plot_add_timeline(&subject->plots, trial, &thin);
    thin_free(&thin);
}

/* The run that the leak was looked for in; NULL: none was. */
static const struct trial *leak_trial(const struct result *result) {
    const struct trial *trial = result_profile(result->trials, result->trial_count);
    if (!result->leak.known || result->trial_count == 0)
        return NULL;
    return trial ? trial : &result->trials[0];
}

static void plot_leak(struct reported *subject) {
    const struct trial *trial = leak_trial(&subject->result);
    struct leak_series series = {0};
    if (!trial)
        return;
    leak_series_of_trial(trial, &series);
    plot_add_leak(&subject->plots, &series, &subject->result.leak);
    leak_series_free(&series);
}

static void plot_all(struct job *job, struct reported *subject) {
    struct result *result = &subject->result;
    const struct trial *chosen[PLOT_TIMELINES_MAX];
    const struct trial *leaky = leak_trial(result);
    size_t count = plot_choose(result, chosen);
    plot_add_limits(&subject->plots, result);
    plot_add_search(&subject->plots, result);
    for (size_t i = 0; i < result->trial_count; i++) {
        struct trial *trial = &result->trials[i];
        bool drawn = is_chosen(trial, chosen, count);
        if (drawn || (leaky && trial == leaky))
            read_samples(job, subject, trial, drawn);
    }
    plot_add_spread(&subject->plots, result);
    plot_leak(subject);
}

/* Of a run that was killed there are trials and no result yet. */
static void hint_resume(const char *path, struct error *error) {
    CLEANUP_FREE char *trials = text_format("%s/trials.jsonl", path);
    CLEANUP_FREE char *result = text_format("%s/result.json", path);
    if (access(trials, F_OK) == 0 && access(result, F_OK) < 0)
        error_advise(error,
                     "its run did not come to its end; the command that began it goes on with --resume %s",
                     path);
}

static int load(struct job *job, const char *path, struct error *error) {
    struct reported *subject = &job->subjects[job->count++];
    *subject = (struct reported){.folder = -1};
    int code = store_read_result(path, &subject->result, error);
    if (code < 0)
        hint_resume(path, error);
    else
        code = find(subject, path, error);
    if (code < 0)
        return code;
    read_invocation(subject);
    if (!job->options->no_plots)
        plot_all(job, subject);
    return 0;
}

/* ---- drawing ---- */

/* Beside the result, so that a person can change and redraw it. That a folder is not to be written to does
 * not matter: the page has it all. */
static void keep(const struct reported *subject, const struct plot *plot, const char *end, const char *bytes,
                 size_t length) {
    CLEANUP_FREE char *name = text_format("%s.%s", plot->name, end);
    struct error ignored;
    if (subject->is_a_run)
        (void)file_replace_at(subject->folder, name, bytes, length, &ignored);
}

static int draw(struct job *job, struct reported *subject, struct gnuplot *gnuplot, size_t i,
                struct error *error) {
    const struct plot *plot = &subject->plots.items[i];
    size_t length = 0;
    int code = gnuplot_draw(gnuplot, plot, "svg", &subject->pictures[i], &length, error);
    if (code < 0)
        return code;
    job->drawn++;
    keep(subject, plot, "csv", strbuf_text(&plot->data), plot->data.length);
    keep(subject, plot, "svg", subject->pictures[i], length);
    if (!job->options->png || !subject->is_a_run)
        return 0;
    CLEANUP_FREE char *png = NULL;
    code = gnuplot_draw(gnuplot, plot, "png", &png, &length, error);
    if (code == 0)
        keep(subject, plot, "png", png, length);
    return code;
}

/* Without gnuplot, or where a picture fails, the answer still comes. */
static void draw_all(struct job *job, struct reported *subject, struct gnuplot *gnuplot) {
    struct error error = {0};
    subject->pictures = calloc(subject->plots.count + 1, sizeof *subject->pictures);
    if (!subject->pictures)
        abort();
    int code = 0;
    for (size_t i = 0; i < subject->plots.count && code != -EINTR; i++)
        if ((code = draw(job, subject, gnuplot, i, &error)) < 0 && code != -EINTR)
            progress_say(&job->progress, 0, "%s is not drawn: %.800s", subject->plots.items[i].name,
                         error.what);
}

static void say_no_pictures(struct reported *subject, const struct error *why) {
    if (subject->plots.count > 0)
        subject->no_pictures =
            text_format("There are no plots: %.600s%s%s.", why->what, *why->hint ? "; " : "", why->hint);
}

static void plot_together(struct job *job) {
    const struct result *results[RESULTS_MAX];
    for (size_t i = 0; i < job->count; i++)
        results[i] = &job->subjects[i].result;
    if (!job->options->no_plots)
        plot_add_compared(&job->together.plots, results, job->count);
}

static void draw_pictures(struct job *job) {
    struct gnuplot gnuplot;
    struct error error = {0};
    size_t wanted = job->together.plots.count;
    for (size_t i = 0; i < job->count; i++)
        wanted += job->subjects[i].plots.count;
    if (wanted == 0)
        return;
    if (gnuplot_open(&gnuplot, &error) < 0) {
        struct error told;
        for (size_t i = 0; i < job->count; i++)
            say_no_pictures(&job->subjects[i], &error);
        say_no_pictures(&job->together, &error);
        error_plain(&told, 0, "no plots: %.600s", error.what);
        error_hint(&told, "%s", error.hint);
        progress_error(&job->progress, &told);
        return;
    }
    for (size_t i = 0; i < job->count; i++)
        draw_all(job, &job->subjects[i], &gnuplot);
    draw_all(job, &job->together, &gnuplot);
    gnuplot_close(&gnuplot);
}

/* ---- the page ---- */

/* Where it goes. Caller frees *ret. */
static int place_page(const struct job *job, char **ret, struct error *error) {
    const struct reported *only = &job->subjects[0];
    if (job->options->html)
        *ret = text_copy(job->options->html);
    else if (job->count > 1)
        return error_plain(error, -EINVAL, "several results: say where the page goes, with --html FILE");
    else if (!only->is_a_run)
        return error_plain(error, -EINVAL,
                           "%s: not in the folder of a run; say where the page goes, with --html FILE",
                           only->source);
    else
        *ret = text_format("%s/" PAGE, only->folder_path);
    return 0;
}

static void make_page(const struct job *job, struct strbuf *page) {
    struct report_item items[RESULTS_MAX];
    for (size_t i = 0; i < job->count; i++) {
        const struct reported *subject = &job->subjects[i];
        items[i] = (struct report_item){
            .result = &subject->result,
            .source = subject->source,
            .invocation = subject->begun ? &subject->invocation : NULL,
            .plots = &subject->plots,
            .pictures = subject->pictures,
            .no_pictures = subject->no_pictures,
        };
    }
    const struct report report = {
        .items = items,
        .count = job->count,
        .plots = &job->together.plots,
        .pictures = job->together.pictures,
        .no_pictures = job->together.no_pictures,
    };
    report_html(&report, page);
}

static void tell(struct job *job, const char *path, const struct strbuf *page) {
    struct strbuf text = {0};
    strbuf_add(&text, "Report     ");
    text_add_visible(&text, strcmp(path, "-") == 0 ? "on standard output" : path);
    strbuf_addf(&text, " (%s, %zu plot%s)\n", bytes_text((int64_t)page->length).s, job->drawn,
                job->drawn == 1 ? "" : "s");
    progress_text(&job->progress, strbuf_text(&text));
    strbuf_free(&text);
}

/* An option that has no place would be ignored in silence. */
static int check_png(const struct job *job, struct error *error) {
    bool beside = false;
    if (!job->options->png)
        return 0;
    if (job->options->no_plots)
        return error_plain(error, -EINVAL, "--png: no plots are drawn with --no-plots");
    for (size_t i = 0; i < job->count; i++)
        beside = beside || job->subjects[i].is_a_run;
    return beside ? 0
                  : error_plain(
                        error, -EINVAL,
                        "--png: plots are left beside a result that is in the folder of a run; %s is not",
                        job->subjects[0].source);
}

static int report(struct job *job, struct error *error) {
    static char latest[] = LATEST;
    static char *only[] = {latest, NULL};
    char *const *paths = job->options->argv[0] ? job->options->argv : only;
    CLEANUP_FREE char *path = NULL;
    struct strbuf page = {0};
    int code = 0;
    for (; *paths && code == 0; paths++)
        code = load(job, *paths, error);
    if (code == 0)
        code = check_png(job, error);
    if (code == 0)
        code = place_page(job, &path, error);
    if (code < 0)
        return code;
    plot_together(job);
    draw_pictures(job);
    make_page(job, &page);
    code = document_write("--html", path, strbuf_text(&page), page.length, error);
    if (code < 0 && !job->options->html)
        error_advise(error, "write it elsewhere: --html FILE, or --html - for standard output");
    if (code == 0)
        tell(job, path, &page);
    strbuf_free(&page);
    return code;
}

static int run(struct options *options) {
    struct job *job = calloc(1, sizeof *job);
    struct error error = {0};
    if (!job)
        abort();
    job->options = options;
    job->together.folder = -1;
    progress_init(&job->progress, options->quiet);
    int code = report(job, &error);
    if (code < 0)
        progress_error(&job->progress, &error);
    for (size_t i = 0; i < job->count; i++)
        subject_free(&job->subjects[i]);
    subject_free(&job->together);
    free(job);
    return code < 0 ? STATUS_USAGE : STATUS_OK;
}

const struct command cmd_report = {
    .name = "report",
    .summary = "result(s) as one HTML page with plots, that needs nothing but itself",
    .synopsis = "[RESULT]...",
    .details =
        "RESULT is a result.json or the folder of a run; results/latest where none is given. Of several the\n"
        "page shows them side by side, each against the first: before and after, versions, limits.\n"
        "\n"
        "The page loads nothing and runs nothing, and everything that came from a target is escaped. Its\n"
        "plots are drawn by gnuplot, and left beside the result (plot-*.svg, --png) with their data\n"
        "(plot-*.csv): the scripts in scripts/plots draw them again by hand. Without gnuplot the page has "
        "no\n"
        "plots and says so.",
    .example = "plimsoll report --html compared.html results/before results/after",
    .groups = GROUP_REPORT,
    .takes_target = false,
    .most_arguments = RESULTS_MAX,
    .run = run,
};
