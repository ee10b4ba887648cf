#include "cli/limits.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

#define LIMITS_MAX   1000
#define QUANTITY_MAX ((int64_t)1 << 62) /* 4Ei; far above, the kernel takes it for "no limit" */

/* The kernel counts in these. */
static int64_t page_bytes(void) {
    return sysconf(_SC_PAGESIZE);
}

int limit_parse(const char *text, int64_t *ret_bytes, struct error *error) {
    int64_t bytes;
    int code = quantity_parse(text, &bytes, error);
    if (code < 0)
        return code;
    if (bytes == 0)
        return error_plain(error, -EINVAL, "%s: nothing can run in no memory; give at least 1Mi", text);
    size_t length = strlen(text);
    if (bytes < LIMIT_LEAST_BYTES && length > 1 && text[length - 1] == 'm')
        return error_plain(error, -EINVAL, "%s: m is a thousandth of a byte; did you mean %.*sMi?", text,
                           (int)length - 1, text);
    if (bytes < LIMIT_LEAST_BYTES)
        return error_plain(error, -EINVAL,
                           "%s: too small; the kernel charges memory in steps that need at least 1Mi", text);
    if (bytes > QUANTITY_MAX)
        return error_plain(error, -ERANGE, "%s: out of range; the largest limit is 4Ei", text);
    *ret_bytes = bytes / page_bytes() * page_bytes();
    return 0;
}

/* A list that is being built. */
struct list {
    int64_t *limits;
    size_t count;
};

static int list_add(struct list *list, int64_t limit, const char *text, struct error *error) {
    if (list->count && limit <= list->limits[list->count - 1])
        return error_plain(error, -EINVAL, "%s: out of order: %s after %s; give them rising", text,
                           quantity_text(limit).s, quantity_text(list->limits[list->count - 1]).s);
    if (list->count == LIMITS_MAX)
        return error_plain(error, -EINVAL, "%s: more than %d limits", text, LIMITS_MAX);
    int64_t *grown = realloc(list->limits, (list->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    list->limits = grown;
    list->limits[list->count++] = limit;
    return 0;
}

static int parse_comma_list(const char *text, struct list *list, struct error *error) {
    for (const char *at = text;;) {
        size_t length = strcspn(at, ",");
        CLEANUP_FREE char *item = text_copy_bytes(at, length);
        int64_t limit = 0;
        if (!*item)
            return error_plain(error, -EINVAL, "%s: an empty item; write it as 64Mi,96Mi,128Mi",
                               *text ? text : "(empty)");
        int code = limit_parse(item, &limit, error);
        if (code == 0)
            code = list_add(list, limit, text, error);
        if (code < 0)
            return code;
        if (at[length] == '\0')
            return 0;
        at += length + 1;
    }
}

/* The part behind the colon: "x1.25" or "+32Mi". */
static int parse_stride(const char *text, const char *stride, double *ret_ratio, int64_t *ret_step,
                        struct error *error) {
    *ret_ratio = 0;
    if (*stride == '+') {
        int code = quantity_parse(stride + 1, ret_step, error);
        if (code < 0)
            return code;
        if (*ret_step < page_bytes())
            return error_plain(error, -EINVAL, "%s: the step must be at least a page (%s)", text,
                               quantity_text(page_bytes()).s);
        return 0;
    }
    char *end = NULL;
    if (*stride == 'x')
        *ret_ratio = strtod(stride + 1, &end);
    if (!end || end == stride + 1 || *end || !isfinite(*ret_ratio) || *ret_ratio < 1.001)
        return error_plain(error, -EINVAL, "%s: write the step as x1.25 or +32Mi", text);
    return 0;
}

static int parse_range(const char *text, const char *dots, struct list *list, struct error *error) {
    const char *colon = strchr(dots, ':');
    if (!colon)
        return error_plain(error, -EINVAL,
                           "%s: a range needs a step, as in 64Mi..1Gi:x1.25 or 64Mi..1Gi:+32Mi", text);
    CLEANUP_FREE char *first_text = text_copy_bytes(text, (size_t)(dots - text));
    CLEANUP_FREE char *last_text = text_copy_bytes(dots + 2, (size_t)(colon - dots - 2));
    int64_t first = 0;
    int64_t last = 0;
    int64_t step = 0;
    double ratio = 0;
    int code = limit_parse(first_text, &first, error);
    if (code == 0)
        code = limit_parse(last_text, &last, error);
    if (code == 0)
        code = parse_stride(text, colon + 1, &ratio, &step, error);
    if (code < 0)
        return code;
    if (last <= first)
        return error_plain(error, -EINVAL, "%s: out of order: %s is not above %s", text, last_text,
                           first_text);
    double exact = (double)first;
    for (int64_t limit = first; limit < last;) {
        code = list_add(list, limit, text, error);
        if (code < 0)
            return code;
        exact = step ? exact + (double)step : exact * ratio;
        if (exact >= (double)last)
            break;
        /* Each is at least a page above the one before, however small the ratio. */
        int64_t next = (int64_t)exact / page_bytes() * page_bytes();
        limit = next > limit ? next : limit + page_bytes();
    }
    return list_add(list, last, text, error);
}

int limits_parse(const char *text, int64_t **ret_limits, size_t *ret_count, struct error *error) {
    struct list list = {0};
    const char *dots = strstr(text, "..");
    int code = dots ? parse_range(text, dots, &list, error) : parse_comma_list(text, &list, error);
    if (code < 0) {
        free(list.limits);
        return code;
    }
    *ret_limits = list.limits;
    *ret_count = list.count;
    return 0;
}
