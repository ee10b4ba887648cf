#include <math.h>

#include "base/units.h"
#include "base/version.h"
#include "output/form_text.h"
#include "output/groups.h"

/* Of a path: it names the group, so nothing of it is cut. */
#define PATH_MOST 4096

static struct known_f64 usage(const struct group_row *row) {
    return known_as_f64(row->group->now.usage);
}

static struct known_f64 working_set(const struct group_row *row) {
    return known_as_f64(snapshot_working_set(&row->group->now));
}

static struct known_f64 peak(const struct group_row *row) {
    return known_as_f64(row->group->now.total_peak);
}

static struct known_f64 limit(const struct group_row *row) {
    return known_as_f64(row->group->limit_bytes);
}

static struct known_f64 kills(const struct group_row *row) {
    return known_as_f64(row->group->oom_kills);
}

static struct known_f64 needed(const struct group_row *row) {
    return known_as_f64(snapshot_needed(&row->group->now));
}

static struct known_f64 headroom(const struct group_row *row) {
    return known_as_f64(row->standing.headroom_bytes);
}

static struct known_f64 stall(const struct group_row *row) {
    return row->group->stall_ratio;
}

static struct known_f64 growth(const struct group_row *row) {
    return row->standing.growth == STANDING_FLAT ? known_f64(0) : row->standing.bytes_per_hour;
}

static struct known_f64 exhausted(const struct group_row *row) {
    return row->standing.exhausted_after_s;
}

static struct known_f64 request(const struct group_row *row) {
    return known_as_f64(row->standing.request_bytes);
}

static struct known_f64 advised_limit(const struct group_row *row) {
    return known_as_f64(row->standing.limit_bytes);
}

static const struct {
    const char *family;
    const char *type; /* NULL: a counter */
    const char *unit;
    const char *help;
    struct known_f64 (*value)(const struct group_row *row);
} families[] = {
    {"container_memory_usage_bytes", "gauge", "bytes", "Memory in use, page cache included.", usage},
    {"container_memory_working_set_bytes", "gauge", "bytes",
     "Usage less inactive page cache, as the kubelet counts it.", working_set},
    {"container_memory_max_usage_bytes", "gauge", "bytes",
     "Most memory that was in use since the group was made.", peak},
    {"container_spec_memory_limit_bytes", "gauge", "bytes", "Memory limit of the group itself.", limit},
    {"container_oom_events_total", NULL, "", "OOM kills since the group was made.", kills},
    {"plimsoll_needed_bytes", "gauge", "bytes", "Memory that reclaim cannot take back.", needed},
    {"plimsoll_headroom_bytes", "gauge", "bytes",
     "What is left of the tightest limit on the group after what reclaim cannot take back.", headroom},
    {"plimsoll_stall_ratio", "gauge", "ratio",
     "Share of the last seconds in which all of the group waited for memory.", stall},
    {"plimsoll_growth_bytes_per_hour", "gauge", "bytes_per_hour",
     "Growth of what reclaim cannot take back; 0: none beyond chance.", growth},
    {"plimsoll_exhausted_after_seconds", "gauge", "seconds", "When growth like that fills the headroom.",
     exhausted},
    {"plimsoll_advised_request_bytes", "gauge", "bytes",
     "Memory request that follows from what was seen, unproven.", request},
    {"plimsoll_advised_limit_bytes", "gauge", "bytes",
     "Memory limit that follows from what was seen, unproven.", advised_limit},
};

static void add_label(struct strbuf *to, const char *name, const char *value, size_t most) {
    strbuf_addf(to, "%s=\"", name);
    form_add_label(to, value, most);
    strbuf_add(to, "\"");
}

static void add_sample(const char *name, const struct group_row *row, double value, struct strbuf *to) {
    strbuf_addf(to, "%s{", name);
    add_label(to, "id", row->group->path, PATH_MOST);
    add_label(to, ",name", row->group->name, FORM_NAME_MAX);
    add_label(to, ",kind", watched_kind_name(row->group->kind), FORM_NAME_MAX);
    strbuf_add(to, "}");
    form_add_number(to, value);
}

static void add_plain(const char *name, const char *help, double value, struct strbuf *to) {
    form_add_family(to, name, "gauge", "", help);
    strbuf_add(to, name);
    form_add_number(to, value);
}

void groups_openmetrics(const struct groups_facts *facts, const struct group_row *rows, size_t count,
                        struct strbuf *to) {
    form_add_family(to, "plimsoll_build_info", "gauge", "", "1, with the version that measured.");
    strbuf_add(to, "plimsoll_build_info{");
    add_label(to, "version", plimsoll_version, FORM_NAME_MAX);
    strbuf_add(to, "}");
    form_add_number(to, 1);
    add_plain("plimsoll_groups", "Memory groups that were seen.", (double)facts->shown, to);
    add_plain("plimsoll_groups_unopened", "Memory groups that could not be looked at.",
              (double)facts->unopened, to);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        bool begun = false;
        for (size_t row = 0; row < count; row++) {
            struct known_f64 value = families[i].value(&rows[row]);
            if (!value.known || !isfinite(value.value))
                continue;
            if (!begun)
                form_add_family(to, families[i].family, families[i].type, families[i].unit, families[i].help);
            begun = true;
            add_sample(families[i].family, &rows[row], value.value, to);
        }
    }
    strbuf_add(to, "# EOF\n");
}
