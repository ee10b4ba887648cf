/* base/units: quantities, durations and their formatters. */
#include "base/units.h"
#include "unit.h"

struct quantity_row {
    const char *text;
    int64_t bytes;
};

static const struct quantity_row good_quantities[] = {
    /* every suffix, at its multiplier */
    {"0", 0},
    {"7", 7},
    {"3Ki", 3072},
    {"64Mi", 67108864},
    {"1Gi", 1073741824},
    {"2Ti", 2199023255552},
    {"1Pi", 1125899906842624},
    {"1Ei", 1152921504606846976},
    {"7Ei", 8070450532247928832},
    {"5k", 5000},
    {"100M", 100000000},
    {"3G", 3000000000},
    {"2T", 2000000000000},
    {"1P", 1000000000000000},
    {"9E", 9000000000000000000},
    /* fractions round up to a whole byte, as Kubernetes does */
    {"1.5Gi", 1610612736},
    {".5Mi", 524288},
    {"5.", 5},
    {"0.1Ki", 103},  /* 102.4 */
    {"1m", 1},       /* a thousandth of a byte */
    {"123m", 1},     /* 0.123 */
    {"1000m", 1},    /* exactly 1 */
    {"1001m", 2},    /* 1.001 */
    {"999999n", 1},  /* a thousandth, less a bit */
    {"1000001u", 2}, /* 1.000001 */
    {"0m", 0},
    /* what the vertical pod autoscaler writes: 25094292172800 / 1000, exactly */
    {"25094292172800m", 25094292173},
    {"25094292172801m", 25094292173},
    {"25094292173001m", 25094292174},
    /* exponents */
    {"1e9", 1000000000},
    {"1E9", 1000000000},
    {"1e+3", 1000},
    {"1.5e3", 1500},
    {"5e0", 5},
    {"12e-1", 2}, /* 1.2 */
    {"1e18", 1000000000000000000},
    {"1E", 1000000000000000000}, /* exa, not an exponent without digits */
    /* signs and zeros */
    {"+5", 5},
    {"+1.5Ki", 1536},
    {"0064Mi", 67108864},
    {"00000000000000000000000000000064", 64},
    /* the largest */
    {"9223372036854775807", INT64_MAX},
    {"9223372036854775.807k", INT64_MAX},
};

TEST(quantity_reads_every_form_of_kubernetes) {
    for (size_t i = 0; i < COUNT(good_quantities); i++) {
        const struct quantity_row *row = &good_quantities[i];
        struct error error = {0};
        int64_t bytes = -1;
        int code = quantity_parse(row->text, &bytes, &error);
        ROW(code == 0 && bytes == row->bytes, "\"%s\" gave %d, %lld bytes (%s), expected %lld", row->text,
            code, (long long)bytes, error.what, (long long)row->bytes);
    }
}

struct bad_row {
    const char *text;
    int code;
    const char *says; /* part of the message */
};

#define PLAIN "not a quantity; write it as"

static const struct bad_row bad_quantities[] = {
    /* what people write: the message offers both readings with their bytes */
    {"64Mb", -EINVAL, "did you mean 64Mi (67108864 bytes) or 64M (64000000 bytes)?"},
    {"64MB", -EINVAL, "did you mean 64Mi (67108864 bytes) or 64M (64000000 bytes)?"},
    {"64mb", -EINVAL, "did you mean 64Mi (67108864 bytes) or 64M (64000000 bytes)?"},
    {"64MiB", -EINVAL, "did you mean 64Mi (67108864 bytes) or 64M (64000000 bytes)?"},
    {"64mi", -EINVAL, "did you mean 64Mi (67108864 bytes) or 64M (64000000 bytes)?"},
    {"64K", -EINVAL, "did you mean 64Ki (65536 bytes) or 64k (64000 bytes)?"},
    {"64KB", -EINVAL, "did you mean 64Ki (65536 bytes) or 64k (64000 bytes)?"},
    {"2g", -EINVAL, "did you mean 2Gi (2147483648 bytes) or 2G (2000000000 bytes)?"},
    {"1.5gb", -EINVAL, "did you mean 1.5Gi (1610612736 bytes) or 1.5G (1500000000 bytes)?"},
    {"1e", -EINVAL, "did you mean 1Ei (1152921504606846976 bytes) or 1E (1000000000000000000 bytes)?"},
    /* no sensible suggestion: one of the readings does not fit */
    {"9EB", -EINVAL, PLAIN},
    {"", -EINVAL, "(empty)"},
    {"Mi", -EINVAL, PLAIN},
    {".", -EINVAL, PLAIN},
    {".Mi", -EINVAL, PLAIN},
    {"1.2.3Mi", -EINVAL, PLAIN},
    {"64 Mi", -EINVAL, PLAIN},
    {" 64Mi", -EINVAL, PLAIN},
    {"64Mi ", -EINVAL, PLAIN},
    {"64Mi\n", -EINVAL, PLAIN},
    {"1e3Mi", -EINVAL, PLAIN}, /* an exponent or a suffix, not both */
    {"1e3m", -EINVAL, PLAIN},
    {"0x10", -EINVAL, PLAIN},
    {"1,5Gi", -EINVAL, PLAIN},
    {"++5", -EINVAL, PLAIN},
    {"+-5", -EINVAL, PLAIN},
    {"-", -EINVAL, PLAIN},
    {"nan", -EINVAL, PLAIN},
    {"inf", -EINVAL, PLAIN},
    {"64\xc2\xb5", -EINVAL, PLAIN},
    {"64Mi64", -EINVAL, PLAIN},
    {"64bananas", -EINVAL, PLAIN},
    {"-5", -EINVAL, "negative"},
    {"-5Mi", -EINVAL, "negative"},
    /* one more than the largest, and far more */
    {"9223372036854775808", -ERANGE, "out of range"},
    {"8Ei", -ERANGE, "out of range"},
    {"10E", -ERANGE, "out of range"},
    {"9223372036854775807.5", -ERANGE, "out of range"},
    {"1e19", -ERANGE, "out of range"},
    {"1e999999999999", -ERANGE, "out of range"},
    {"999999999999999999999999Ei", -ERANGE, "out of range"},
    {"1000000000000000000000000000000", -ERANGE, "out of range"}, /* 31 digits */
};

TEST(quantity_refuses_with_a_reason) {
    for (size_t i = 0; i < COUNT(bad_quantities); i++) {
        const struct bad_row *row = &bad_quantities[i];
        struct error error = {0};
        int64_t bytes = -7;
        int code = quantity_parse(row->text, &bytes, &error);
        ROW(code == row->code && strstr(error.what, row->says),
            "\"%s\" gave %d \"%s\", expected %d \"...%s\"", row->text, code, error.what, row->code,
            row->says);
        ROW(bytes == -7, "\"%s\" changed its output to %lld although it failed", row->text, (long long)bytes);
    }
}

/* 24 digits and a large suffix: the product outgrows even 128 bits, its value is 1 Ei. */
TEST(quantity_knows_long_fractions) {
    struct error error = {0};
    int64_t bytes = 0;
    int code = quantity_parse("1.00000000000000000000000Ei", &bytes, &error);
    ROW(code == 0 && bytes == (int64_t)1 << 60, "1.0...0Ei gave %d, %lld bytes, %s", code, (long long)bytes,
        error.what);
}

struct text_row {
    int64_t number;
    const char *text;
};

static const struct text_row byte_texts[] = {
    {0, "0 B"},
    {1, "1 B"},
    {1023, "1023 B"},
    {1024, "1.0 KiB"},
    {1536, "1.5 KiB"},
    {-1536, "-1.5 KiB"},
    {-5, "-5 B"},
    /* 1023.95 KiB is 1048524.8 bytes: what would round to 1024.0 takes the next unit */
    {1048524, "1023.9 KiB"},
    {1048525, "1.0 MiB"},
    {1048535, "1.0 MiB"}, /* 1023.96 KiB */
    {1048576, "1.0 MiB"},
    {132539187, "126.4 MiB"}, /* 126.4 * 2^20 = 132539187.2 */
    {1073741823, "1.00 GiB"},
    {1256277934, "1.17 GiB"}, /* 1.17 * 2^30 = 1256277934.08: two decimals from GiB up */
    {INT64_MAX, "8.00 EiB"},
    {INT64_MIN, "-8.00 EiB"},
};

TEST(bytes_are_written_for_people) {
    for (size_t i = 0; i < COUNT(byte_texts); i++) {
        struct short_text text = bytes_text(byte_texts[i].number);
        ROW(strcmp(text.s, byte_texts[i].text) == 0, "%lld: got \"%s\", expected \"%s\"",
            (long long)byte_texts[i].number, text.s, byte_texts[i].text);
    }
}

static const struct text_row quantity_texts[] = {
    {0, "0"},
    {1, "1"},
    {1023, "1023"},
    {1024, "1Ki"},
    {67108864, "64Mi"},
    {1073741824, "1Gi"},
    {1610612736, "1536Mi"},
    {66560000, "65000Ki"},
    {1500000000, "1500000000"}, /* not a multiple of 1024: 1500000000 / 256 is odd */
    {(int64_t)1 << 62, "4Ei"},
    {INT64_MAX, "9223372036854775807"},
};

TEST(quantities_are_written_exactly) {
    for (size_t i = 0; i < COUNT(quantity_texts); i++) {
        struct short_text text = quantity_text(quantity_texts[i].number);
        ROW(strcmp(text.s, quantity_texts[i].text) == 0, "%lld: got \"%s\", expected \"%s\"",
            (long long)quantity_texts[i].number, text.s, quantity_texts[i].text);
        struct error error;
        int64_t back = -1;
        ROW(quantity_parse(text.s, &back, &error) == 0 && back == quantity_texts[i].number,
            "\"%s\" reads back as %lld", text.s, (long long)back);
    }
}

TEST(whole_mebibytes_round_up) {
    static const struct {
        int64_t bytes;
        int64_t ceil;
        const char *text;
    } rows[] = {
        {0, 0, "0Mi"},
        {1, MIB, "1Mi"},
        {MIB, MIB, "1Mi"},
        {MIB + 1, 2 * MIB, "2Mi"},
        {25094292173, 25094520832, "23932Mi"}, /* 23931.78 of them */
        {INT64_MAX - MIB, INT64_MAX - MIB + 1, "8796093022207Mi"},
        {INT64_MAX - 5, INT64_MAX, "8796093022207Mi"}, /* the next whole one does not fit: the ceiling */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ceil = bytes_ceil_mi(rows[i].bytes);
        struct short_text text = quantity_ceil_mi_text(rows[i].bytes);
        ROW(ceil == rows[i].ceil && strcmp(text.s, rows[i].text) == 0,
            "%lld: got %lld \"%s\", expected %lld \"%s\"", (long long)rows[i].bytes, (long long)ceil, text.s,
            (long long)rows[i].ceil, rows[i].text);
    }
}

static const struct {
    const char *text;
    int64_t ns;
} good_durations[] = {
    {"0s", 0},
    {"1ns", 1},
    {"0.5ns", 1}, /* rounds up: a duration that was given is never nothing */
    {"7us", 7000},
    {"500ms", 500000000},
    {"1.5s", 1500000000},
    {".5s", 500000000},
    {"10s", 10 * NS_PER_S},
    {"5m", 300 * NS_PER_S},
    {"1h30m", 5400 * NS_PER_S},
    {"1h30m15.25s", 5415 * NS_PER_S + 250 * NS_PER_MS},
    {"2d", 172800 * NS_PER_S},
    {"1m500ms", 60 * NS_PER_S + 500 * NS_PER_MS},
    {"106751d", 106751 * (86400 * NS_PER_S)}, /* the last whole day: INT64_MAX is 106751.99 days */
};

TEST(durations_are_read) {
    for (size_t i = 0; i < COUNT(good_durations); i++) {
        struct error error = {0};
        int64_t ns = -1;
        int code = duration_parse(good_durations[i].text, &ns, &error);
        ROW(code == 0 && ns == good_durations[i].ns, "\"%s\" gave %d, %lld ns (%s), expected %lld",
            good_durations[i].text, code, (long long)ns, error.what, (long long)good_durations[i].ns);
    }
}

static const struct bad_row bad_durations[] = {
    {"10", -EINVAL, "a duration needs a unit; did you mean 10s?"},
    {"1.5", -EINVAL, "did you mean 1.5s?"},
    {"1h30", -EINVAL, "needs a unit"},
    {"0", -EINVAL, "needs a unit"},
    {"5x", -EINVAL, "'x' is no unit of time"},
    {"5S", -EINVAL, "'S' is no unit of time"},
    {"10 s", -EINVAL, "no unit of time"},
    {"10min", -EINVAL, "'min' is no unit of time"},
    {"10s ", -EINVAL, "no unit of time"},
    {"1e3s", -EINVAL, "'e' is no unit of time"},
    {"", -EINVAL, "(empty)"},
    {"s", -EINVAL, "not a duration"},
    {" 10s", -EINVAL, "not a duration"},
    {".s", -EINVAL, "not a duration"},
    {"+5s", -EINVAL, "not a duration"},
    {"-5s", -EINVAL, "negative"},
    {"106752d", -ERANGE, "out of range"},
    {"106751d1d", -ERANGE, "out of range"}, /* the sum, not a part */
    {"99999999999999999999s", -ERANGE, "out of range"},
};

TEST(durations_are_refused_with_a_reason) {
    for (size_t i = 0; i < COUNT(bad_durations); i++) {
        const struct bad_row *row = &bad_durations[i];
        struct error error = {0};
        int64_t ns = -7;
        int code = duration_parse(row->text, &ns, &error);
        ROW(code == row->code && strstr(error.what, row->says) && ns == -7,
            "\"%s\" gave %d, %lld, \"%s\", expected %d \"...%s\" and no output", row->text, code,
            (long long)ns, error.what, row->code, row->says);
    }
}

static const struct text_row duration_texts[] = {
    {0, "0.00 ms"},
    {1500, "0.00 ms"},
    {340000, "0.34 ms"},
    {1 * NS_PER_MS, "1 ms"},
    {340 * NS_PER_MS, "340 ms"},
    {999400000, "999 ms"},
    {999900000, "1.00 s"}, /* never "1000 ms" */
    {1020 * NS_PER_MS, "1.02 s"},
    {59990 * NS_PER_MS, "59.99 s"},
    {99990 * NS_PER_MS, "99.99 s"},
    {100 * NS_PER_S, "1m 40s"},
    {310 * NS_PER_S, "5m 10s"},
    {3599 * NS_PER_S, "59m 59s"},
    {3600 * NS_PER_S, "1h 00m"},
    {90061 * NS_PER_S, "25h 01m"},
};

TEST(durations_are_written_for_people) {
    for (size_t i = 0; i < COUNT(duration_texts); i++) {
        struct short_text text = duration_text(duration_texts[i].number);
        ROW(strcmp(text.s, duration_texts[i].text) == 0, "%lld ns: got \"%s\", expected \"%s\"",
            (long long)duration_texts[i].number, text.s, duration_texts[i].text);
    }
}

TEST(sizes_are_short) {
    static const struct {
        int64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0"},
        {1, "0K"},
        {4096, "4K"},
        {999 * KIB, "999K"},
        {1000 * KIB, "1.0M"},
        {MIB, "1.0M"},
        {67633152, "64.5M"},
        {104752742, "99.9M"},
        {128 * MIB, "128M"},
        {999 * MIB, "999M"},
        {1000 * MIB, "0.98G"},
        {GIB, "1.00G"},
        {10 * GIB, "10.0G"},
        {100 * GIB, "100G"},
        {1024 * GIB, "1.00T"},
        {INT64_MAX, "8.00E"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct short_text text = bytes_short_text(rows[i].bytes);
        ROW_TEXT(text.s, rows[i].text, rows[i].text);
    }
    for (int64_t bytes = 1; bytes < INT64_MAX / 3; bytes += bytes / 10 + 1)
        ROW(strlen(bytes_short_text(bytes).s) <= 5, "%lld: %s", (long long)bytes, bytes_short_text(bytes).s);
}

TEST(times_are_short) {
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {{0, "0s"},        {45, "45s"},       {99.4, "99s"},  {99.6, "2m"},    {3600, "60m"},
                {5960, "99m"},    {6000, "1.7h"},    {36000, "10h"}, {345600, "96h"}, {432000, "5d"},
                {8553600, "99d"}, {9000000, ">99d"}, {1e30, ">99d"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW_TEXT(time_short_text(rows[i].seconds).s, rows[i].text, rows[i].text);
}

TEST(times_to_come_are_no_finer_than_known) {
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "1 s"},
        {NS_PER_S / 3, "1 s"},
        {1499 * NS_PER_MS, "1 s"},
        {1500 * NS_PER_MS, "2 s"},
        {59499 * NS_PER_MS, "59 s"},
        {59500 * NS_PER_MS, "1m 00s"},
        {201 * NS_PER_S, "3m 21s"},
        {3599 * NS_PER_S, "59m 59s"},
        {3600 * NS_PER_S, "1h 00m"},
        {7500 * NS_PER_S, "2h 05m"},
        {INT64_MAX / 2, "1281023h 53m"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW_TEXT(time_about_text(rows[i].ns).s, rows[i].text, rows[i].text);
}

UNIT_MAIN("units", quantity_reads_every_form_of_kubernetes, quantity_refuses_with_a_reason,
          quantity_knows_long_fractions, bytes_are_written_for_people, quantities_are_written_exactly,
          whole_mebibytes_round_up, durations_are_read, durations_are_refused_with_a_reason,
          durations_are_written_for_people, sizes_are_short, times_are_short,
          times_to_come_are_no_finer_than_known)
