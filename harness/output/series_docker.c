/* Lines of `docker stats --format '{{json .}}'`. Source of what they hold: docker/cli,
 * cli/command/container/stats.go and formatter_stats.go; docker/go-units, size.go. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "output/series_cell.h"
#include "output/series_forms.h"

/* BytesSize() prints with %.4g. */
#define DIGITS 4

/* While docker streams it clears the screen and prints each container anew twice a second. */
#define SCREEN_NS (NS_PER_S / 2)

/* Where nothing tells how far lines are apart. */
#define LINE_NS NS_PER_S

/* No time that is put before a line is longer. */
#define MOMENT_BYTES 80

struct container {
    char *name;
    char *key; /* what docker was asked for, which stays when it knows nothing about it; "" where not told */
    char *id;
    size_t lines;
    double step; /* the coarsest rounding, in bytes */
    struct series_build build;
};

enum timing {
    TIMING_UNKNOWN,
    TIMING_SCREENS,
    TIMING_LINES,
    TIMING_GIVEN,
};

struct docker {
    struct source *source;
    enum timing timing;
    bool controlled; /* lines hold a terminal's control sequences: docker streamed them */
    int64_t screens;
    struct cell_clock clock;
    struct container *containers;
    size_t count;
    size_t skipped; /* the last line, cut */
};

/* Takes the terminal's control sequences (ECMA-48, 5.4: ESC [ parameters final byte) out of the line, in
 * place. Each screen has one that clears ("J"): docker 20 before it, 28 after it, which prints it twice. */
static void take_controls_out(struct docker *docker, char *line) {
    char *to = line;
    for (const char *at = line; *at;) {
        if (at[0] != '\033' || at[1] != '[') {
            *to++ = *at++;
            continue;
        }
        at += 2;
        at += strspn(at, "0123456789;?<=> !\"#$%&'()*+,-./");
        docker->controlled = true;
        docker->screens += *at == 'J';
        at += *at != '\0';
    }
    *to = '\0';
}

/* A time that somebody put before the line. */
static int read_moment(struct docker *docker, char *line, char **ret_json, int64_t *ret_ns) {
    char *brace = strchr(line, '{');
    enum timing timing = docker->controlled ? TIMING_SCREENS : TIMING_LINES;
    if (!brace)
        return source_refuse(docker->source,
                             "%.40s: not a line of docker stats; record with --format '{{json .}}'", line);
    *ret_json = brace;
    if (brace > line) {
        char moment[MOMENT_BYTES];
        *brace = '\0';
        cell_trim(line, moment, sizeof moment);
        *brace = '{';
        timing = TIMING_GIVEN;
        if (!cell_time(moment, &docker->clock, ret_ns))
            return source_refuse(docker->source,
                                 "%.40s: not a time; give seconds, or a date as in 2026-11-23T05:00:00Z, or "
                                 "nothing before the brace",
                                 moment);
    }
    if (docker->timing != TIMING_UNKNOWN && (docker->timing == TIMING_GIVEN) != (timing == TIMING_GIVEN))
        return source_refuse(docker->source,
                             "some lines begin with a time and some do not; give all, or none");
    if (docker->timing == TIMING_UNKNOWN)
        docker->timing = timing;
    return 0;
}

/* "" where it is not there, or docker did not know it. */
static const char *text_of(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text && strcmp(text, "--") != 0 ? text : "";
}

static struct container *find(struct docker *docker, const char *name, const char *key) {
    for (size_t i = 0; i < docker->count; i++) {
        struct container *container = &docker->containers[i];
        if (*name ? strcmp(container->name, name) == 0 : strcmp(container->key, key) == 0)
            return container;
    }
    return NULL;
}

static struct container *add(struct docker *docker, const char *name, const char *key, const char *id) {
    struct container *grown = reallocarray(docker->containers, docker->count + 1, sizeof *docker->containers);
    if (!grown)
        abort();
    docker->containers = grown;
    struct container *container = &grown[docker->count++];
    *container = (struct container){.name = text_copy(name), .key = text_copy(key), .id = text_copy(id)};
    container->build.series.measure = MEASURE_WORKING_SET;
    return container;
}

/* "312KiB / 64MiB", "12MiB" (Windows), "-- / --". */
static int read_usage(const struct docker *docker, const char *text, struct cell_bytes *ret_used,
                      struct cell_bytes *ret_limit) {
    struct error error = {0};
    *ret_limit = (struct cell_bytes){0};
    const char *slash = strchr(text, '/');
    CLEANUP_FREE char *used = text_copy_bytes(text, slash ? (size_t)(slash - text) : strlen(text));
    int code = cell_bytes(used, ret_used, &error);
    if (code == 0 && slash)
        code = cell_bytes(slash + 1, ret_limit, &error);
    return code < 0 ? source_refuse(docker->source, "MemUsage: %s", error.what) : 0;
}

/* What a number that was printed with four digits may be off by. */
static double grain_of(const struct cell_bytes *used) {
    double value = (double)used->bytes.value / used->unit;
    return value > 0 ? used->unit * pow(10, floor(log10(value)) + 1 - DIGITS) : 0;
}

static int64_t moment_of(const struct docker *docker, const struct container *container, int64_t given_ns) {
    switch (docker->timing) {
    case TIMING_GIVEN:
        return given_ns;
    case TIMING_SCREENS:
        return docker->screens * SCREEN_NS;
    default:
        return (int64_t)container->lines * LINE_NS;
    }
}

static int add_reading(struct docker *docker, const cJSON *object, int64_t given_ns) {
    const char *usage = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "MemUsage"));
    const char *name = text_of(object, "Name");
    const char *key = text_of(object, "Container");
    const char *id = text_of(object, "ID");
    struct cell_bytes used;
    struct cell_bytes limit;
    if (!usage)
        return source_refuse(docker->source, "no MemUsage; record with docker stats --format '{{json .}}'");
    int code = read_usage(docker, usage, &used, &limit);
    if (code < 0)
        return code;
    struct container *container = *name || *key ? find(docker, name, key) : NULL;
    if (!container && (!*name || !used.bytes.known))
        return 0; /* docker knew nothing about it yet */
    if (!container && docker->count == SERIES_FILE_MAX)
        return source_refuse(docker->source, "more than %d containers", SERIES_FILE_MAX);
    if (!container)
        container = add(docker, name, key, id);
    struct leak_point point = {.time_ns = moment_of(docker, container, given_ns)};
    container->lines++;
    /* Of one that is not running docker prints 0B / 0B. */
    bool stopped = used.bytes.known && used.bytes.value == 0 && limit.bytes.known && limit.bytes.value == 0;
    bool other = *id && *container->id && strcmp(id, container->id) != 0;
    if (other) {
        free(container->id);
        container->id = text_copy(id);
    }
    point.restarted = stopped || other;
    point.bytes = stopped ? UNKNOWN_I64 : used.bytes;
    if (point.bytes.known)
        container->step = fmax(container->step, grain_of(&used));
    if (point.bytes.known && limit.bytes.known && limit.bytes.value > 0)
        container->build.series.limit_bytes = limit.bytes;
    container->build.absolute = docker->timing == TIMING_GIVEN && docker->clock.absolute;
    struct error error = {0};
    code = series_build_add(&container->build, &point, &error);
    return code < 0 ? source_refuse(docker->source, "%s", error.what) : 0;
}

static int read_line(struct docker *docker, char *line) {
    int64_t given_ns = 0;
    char *json = line;
    take_controls_out(docker, line);
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return 0;
    int code = read_moment(docker, line, &json, &given_ns);
    if (code < 0)
        return code;
    cJSON *object = cJSON_ParseWithOpts(json, NULL, true);
    if (!object && docker->source->cut) {
        docker->skipped++;
        return 0;
    }
    code = cJSON_IsObject(object)
               ? add_reading(docker, object, given_ns)
               : source_refuse(docker->source, "%.40s: not a JSON object on one line", json);
    cJSON_Delete(object);
    return code;
}

static void finish(struct docker *docker, struct series_file *ret) {
    for (size_t i = 0; i < docker->count; i++) {
        struct container *container = &docker->containers[i];
        container->build.series.resolution_bytes = (int64_t)container->step;
        series_file_append(ret, &container->build, STEAL_POINTER(&container->name));
    }
    if (docker->timing == TIMING_LINES)
        series_note(
            &ret->notes, &ret->note_count,
            "docker stats prints no time: one line a second of each container is assumed, and a rate per "
            "hour is as true as that. A time before each line would tell.");
    if (docker->timing == TIMING_SCREENS)
        series_note(
            &ret->notes, &ret->note_count,
            "docker stats prints no time: it is taken from its screens, of which it prints two a second.");
    if (docker->skipped)
        series_note(&ret->notes, &ret->note_count, "The last line is cut short and left out.");
}

int series_read_docker(struct source *source, struct series_file *ret) {
    struct docker docker = {.source = source};
    char *line;
    int code;
    while ((code = source_line(source, &line)) > 0)
        if ((code = read_line(&docker, line)) < 0)
            break;
    if (code == 0)
        finish(&docker, ret);
    ret->form = "docker stats";
    for (size_t i = 0; i < docker.count; i++) {
        free(docker.containers[i].name);
        free(docker.containers[i].key);
        free(docker.containers[i].id);
        leak_series_free(&docker.containers[i].build.series);
    }
    free(docker.containers);
    return code;
}
