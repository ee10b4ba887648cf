/* cli/limits: limits, lists and ranges as users write them. */
#include "cli/limits.h"

#include "base/units.h"
#include "unit.h"

static const struct {
    const char *text;
    int64_t bytes;
} good_limits[] = {
    {"1Mi", 1048576},
    {"64Mi", 67108864},
    {"1.5Gi", 1610612736},
    {"100M", 99999744}, /* 100000000 / 4096 = 24414.06: whole pages */
    {"1048577", 1048576},
    {"1052671", 1048576}, /* one byte short of the next page */
    {"1052672", 1052672},
    {"2e9", 1999998976}, /* 488281.25 pages */
    {"3Ei", 3458764513820540928},
};

TEST(limits_are_whole_pages) {
    for (size_t i = 0; i < COUNT(good_limits); i++) {
        struct error error = {0};
        int64_t bytes = -1;
        int code = limit_parse(good_limits[i].text, &bytes, &error);
        ROW(code == 0 && bytes == good_limits[i].bytes, "%s: %d, %lld, expected %lld, %s",
            good_limits[i].text, code, (long long)bytes, (long long)good_limits[i].bytes, error.what);
    }
}

TEST(impossible_limits_are_refused) {
    static const struct {
        const char *text;
        int code;
        const char *says;
    } rows[] = {
        {"0", -EINVAL, "nothing can run in no memory"},
        {"0Mi", -EINVAL, "nothing can run in no memory"},
        {"1", -EINVAL, "too small"},
        {"4Ki", -EINVAL, "too small"},
        {"1048575", -EINVAL, "too small"},
        {"512m", -EINVAL, "did you mean 512Mi?"}, /* half a byte, meant as MiB by docker's users */
        {"-1Mi", -EINVAL, "negative"},
        {"64Mb", -EINVAL, "did you mean 64Mi"},
        {"", -EINVAL, "(empty)"},
        {"max", -EINVAL, "not a quantity"},
        {"5Ei", -ERANGE, "out of range"},
        {"9Ei", -ERANGE, "out of range"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        int64_t bytes = -7;
        int code = limit_parse(rows[i].text, &bytes, &error);
        ROW(code == rows[i].code && strstr(error.what, rows[i].says) && bytes == -7,
            "\"%s\": %d, %lld, \"%s\", expected %d \"%s\"", rows[i].text, code, (long long)bytes, error.what,
            rows[i].code, rows[i].says);
    }
}

/* The message names the largest limit; that one must not be refused with it. */
TEST(the_largest_limit_that_is_named_is_taken) {
    struct error error = {0};
    int64_t bytes = -1;
    int code = limit_parse("4Ei", &bytes, &error);
    const char *named = strstr(error.what, "largest limit is ");
    ROW(code == 0 || !named || strcmp(named + strlen("largest limit is "), "4Ei") != 0, "4Ei: %d, \"%s\"",
        code, error.what);
}

static const struct {
    const char *text;
    size_t count;
    int64_t limits[8]; /* in KiB */
} good_lists[] = {
    {"64Mi", 1, {65536}},
    {"64Mi,96Mi,128Mi", 3, {65536, 98304, 131072}},
    {"1Mi,1Gi", 2, {1024, 1048576}},
    {"64Mi..128Mi:+32Mi", 3, {65536, 98304, 131072}},
    /* the last step would pass the end: the end is included all the same */
    {"64Mi..128Mi:+48Mi", 3, {65536, 114688, 131072}},
    {"64Mi..128Mi:+1Gi", 2, {65536, 131072}},
    {"64Mi..128Mi:x2", 2, {65536, 131072}},
    {"64Mi..512Mi:x2", 4, {65536, 131072, 262144, 524288}},
    /* 64 * 1.25 = 80, 100, then the end */
    {"64Mi..120Mi:x1.25", 4, {65536, 81920, 102400, 122880}},
    {"1.5Gi..2Gi:+0.25Gi", 3, {1572864, 1835008, 2097152}},
    /* 1 MiB * 1.3 = 1331.2 KiB: down to a page, 1328; 1730.56: 1728; 2249: the end */
    {"1Mi..2Mi:x1.3", 4, {1024, 1328, 1728, 2048}},
    {"64Mi..1Gi:x1e12", 2, {65536, 1048576}},
    {"64Mi..1Gi:x1e300", 2, {65536, 1048576}},
    {"64Mi..1Gi:+7Ei", 2, {65536, 1048576}},
};

TEST(lists_and_ranges) {
    for (size_t i = 0; i < COUNT(good_lists); i++) {
        struct error error = {0};
        int64_t *limits = NULL;
        size_t count = 0;
        int code = limits_parse(good_lists[i].text, &limits, &count, &error);
        ROW(code == 0 && count == good_lists[i].count, "%s: %d, %zu limits, %s", good_lists[i].text, code,
            count, error.what);
        for (size_t j = 0; code == 0 && j < count && j < good_lists[i].count; j++)
            ROW(limits[j] == good_lists[i].limits[j] * 1024, "%s: limit %zu is %s, expected %lldKi",
                good_lists[i].text, j, quantity_text(limits[j]).s, (long long)good_lists[i].limits[j]);
        free(limits);
    }
}

TEST(wrong_lists_are_refused) {
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "(empty)"},
        {",", "an empty item"},
        {"64Mi,", "an empty item"},
        {",64Mi", "an empty item"},
        {"64Mi,,96Mi", "an empty item"},
        {"64Mi;96Mi", "not a quantity"},
        {"64Mi 96Mi", "not a quantity"},
        {"64Mi,64Mi", "out of order"},
        {"96Mi,64Mi", "out of order: 64Mi after 96Mi"},
        {"64Mi,67108865", "out of order"}, /* the same page */
        {"64Mi,96Mb", "did you mean 96Mi"},
        {"64Mi,0", "nothing can run"},
        {"64Mi..1Gi", "a range needs a step"},
        {"64Mi..", "a range needs a step"},
        {"..", "a range needs a step"},
        {"..1Gi:x2", "(empty)"},
        {"64Mi..:x2", "(empty)"},
        {"64Mi..1Gi:", "x1.25 or +32Mi"},
        {"64Mi..1Gi:2", "x1.25 or +32Mi"},
        {"64Mi..1Gi:32Mi", "x1.25 or +32Mi"},
        {"64Mi..1Gi:x", "x1.25 or +32Mi"},
        {"64Mi..1Gi:x1", "x1.25 or +32Mi"},
        {"64Mi..1Gi:x0.5", "x1.25 or +32Mi"},
        {"64Mi..1Gi:x-2", "x1.25 or +32Mi"},
        {"64Mi..1Gi:xnan", "x1.25 or +32Mi"},
        {"64Mi..1Gi:xinf", "x1.25 or +32Mi"},
        {"64Mi..1Gi:x2x", "x1.25 or +32Mi"},
        {"64Mi..1Gi:x1.25:x2", "x1.25 or +32Mi"},
        {"64Mi..1Gi:+", "(empty)"},
        {"64Mi..1Gi:+0", "at least a page"},
        {"64Mi..1Gi:+4095", "at least a page"},
        {"64Mi..1Gi:+-5", "negative"},
        {"1Gi..64Mi:x2", "out of order: 64Mi is not above 1Gi"},
        {"64Mi..64Mi:x2", "out of order"},
        {"1Mi..1Ti:+4Ki", "more than 1000 limits"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        int64_t *limits = NULL;
        size_t count = 7;
        int code = limits_parse(rows[i].text, &limits, &count, &error);
        ROW(code < 0 && strstr(error.what, rows[i].says) && !limits && count == 7,
            "\"%s\": %d, \"%s\", expected \"%s\" and no output", rows[i].text, code, error.what,
            rows[i].says);
        free(limits);
    }
}

/* A ratio that moves a small limit by less than a page still gives a rising list: the user named no order. */
TEST(small_ratios_at_small_limits) {
    static const char *const texts[] = {"1Mi..2Mi:x1.002", "1Mi..2Mi:x1.0039", "1Mi..2Mi:x1.004",
                                        "1Mi..64Mi:x1.005"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct error error = {0};
        int64_t *limits = NULL;
        size_t count = 0;
        int code = limits_parse(texts[i], &limits, &count, &error);
        ROW(code == 0, "%s: %d, %s", texts[i], code, error.what);
        for (size_t j = 1; j < count; j++)
            ROW(limits[j] > limits[j - 1], "%s: limit %zu does not rise", texts[i], j);
        free(limits);
    }
}

UNIT_MAIN("limits", limits_are_whole_pages, impossible_limits_are_refused,
          the_largest_limit_that_is_named_is_taken, lists_and_ranges, wrong_lists_are_refused,
          small_ratios_at_small_limits)
