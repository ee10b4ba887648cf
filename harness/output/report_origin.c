#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "output/report_parts.h"

#define COMMAND_MAX ((size_t)16 * 1024)

/* The command that began it, as a shell takes it: with its options where they are kept. Caller frees. */
static char *command_of(const struct report_item *item) {
    const struct result *result = item->result;
    struct strbuf command = {0};
    const char *name = item->invocation ? item->invocation->command : result->command;
    char *const *arguments = item->invocation ? item->invocation->arguments : result->argv;
    CLEANUP_FREE char *line = arguments ? text_command_line(arguments) : text_copy("");
    strbuf_add(&command, "plimsoll ");
    strbuf_add(&command, name && *name ? name : "run");
    if (!item->invocation && result->image)
        strbuf_add(&command, " --image ");
    if (!item->invocation && result->image)
        text_add_shell_quoted(&command, result->image);
    if (*line)
        strbuf_addf(&command, "%s%s", item->invocation ? " " : " -- ", line);
    return command.text;
}

/* Would somebody who copies what is shown get something else? */
static bool is_exact(const char *command) {
    struct strbuf shown = {0};
    text_add_visible_lines(&shown, command);
    bool same = strlen(command) <= COMMAND_MAX && strcmp(strbuf_text(&shown), command) == 0;
    strbuf_free(&shown);
    return same;
}

static void add_fact(struct strbuf *page, const char *name, const char *value) {
    if (!value || !*value)
        return;
    strbuf_addf(page, "<tr><th scope=\"row\">%s</th><td>", name);
    html_text(page, value, HTML_SENTENCE_MAX);
    strbuf_add(page, "</td></tr>\n");
}

static void add_amount(struct strbuf *page, const char *name, struct known_i64 bytes) {
    if (bytes.known)
        add_fact(page, name, bytes_text(bytes.value).s);
}

static void add_facts(const struct report_item *item, struct strbuf *page) {
    const struct result *result = item->result;
    const struct host *host = &result->host;
    const struct invocation *begun = item->invocation;
    char cpus[16];
    snprintf(cpus, sizeof cpus, "%d", host->cpus);
    strbuf_add(page, "<table><caption>Where and how it was measured</caption>\n<tbody>\n");
    add_fact(page, "Begun", result->started_at);
    add_fact(page, "Plimsoll", begun ? begun->version : NULL);
    add_fact(page, "Folder", begun ? begun->cwd : NULL);
    add_fact(page, "Scenario", begun ? begun->scenario.source : NULL);
    add_fact(page, "Image", result->image);
    add_fact(page, "Load", result->load);
    add_fact(page, "Ready when", result->ready);
    add_fact(page, "Group", result->observation.known ? result->observation.group : NULL);
    add_fact(page, "Kernel", host->kernel);
    add_fact(page, "Architecture", host->architecture);
    add_fact(page, "cgroup", host->cgroup);
    add_fact(page, "CPUs", host->cpus > 0 ? cpus : NULL);
    add_amount(page, "Memory", host->memory_bytes);
    add_amount(page, "Free at the start", host->available_bytes);
    add_amount(page, "Swap", host->swap_bytes);
    add_fact(page, "Stall (PSI)", host->psi ? "can be read" : "cannot be read");
    add_amount(page, "Page", host->page_bytes > 0 ? known_i64(host->page_bytes) : UNKNOWN_I64);
    strbuf_add(page, "</tbody></table>\n");
}

void report_add_origin(const struct report_place *place, const struct report_item *item) {
    CLEANUP_FREE char *command = command_of(item);
    report_open(place, "reproduce", "How to reproduce it");
    if (!item->result->observation.known && !item->result->recorded) {
        strbuf_add(place->page,
                   "<pre class=\"copy\" role=\"group\" tabindex=\"0\" aria-label=\"Command to copy\">");
        html_lines(place->page, command, COMMAND_MAX);
        strbuf_add(place->page, "</pre>\n");
        if (!is_exact(command))
            strbuf_add(place->page,
                       "<p>It holds bytes that cannot be shown, or is longer than what is shown: "
                       "invocation.json has all of it.</p>\n");
        if (!item->invocation)
            strbuf_add(place->page,
                       "<p>With which options it was run is not kept in this result (invocation.json in the "
                       "folder of a run has them).</p>\n");
    }
    add_facts(item, place->page);
    report_close(place);
}
