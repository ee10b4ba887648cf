/* Bytes, durations and ratios as people write and read them. One table of suffixes parses and prints.
 * Layer: base/. Pure. */
#pragma once

#include <stdint.h>

#include "base/error.h"

#define KIB ((int64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define NS_PER_US ((int64_t)1000)
#define NS_PER_MS (1000 * NS_PER_US)
#define NS_PER_S  (1000 * NS_PER_MS)

#define SECONDS_PER_HOUR 3600.0

/* A short text returned by value, so that a formatter needs no buffer from its caller. */
struct short_text {
    char s[48];
};

/* Parses a Kubernetes quantity (512Mi, 1.5Gi, 100M, 1e9, 123m) into bytes, rounded up to a whole byte as
 * Kubernetes does. Zero is allowed, a negative number is not. Source of the grammar:
 * k8s.io/apimachinery/pkg/api/resource/quantity.go. Errors: -EINVAL with a suggestion where one is possible
 * (64Mb), -ERANGE above INT64_MAX. */
int quantity_parse(const char *text, int64_t *ret_bytes, struct error *error);

static inline int64_t i64_larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* "126.4 MiB", "1.17 GiB", "512 B": for people; one decimal, two from GiB up. Negative numbers keep their
 * sign. */
struct short_text bytes_text(int64_t bytes);

/* The same in at most six characters, for tables: "0", "512K", "64.5M", "1.25G"; binary units. */
struct short_text bytes_short_text(int64_t bytes);

/* The shortest exact Kubernetes quantity: "64Mi", "1Gi", "1500000000", "65000Ki". */
struct short_text quantity_text(int64_t bytes);

/* The quantity in whole Mi, rounded up: what goes into a manifest. */
struct short_text quantity_ceil_mi_text(int64_t bytes);

/* Rounds up to a whole MiB. INT64_MAX is the ceiling. */
int64_t bytes_ceil_mi(int64_t bytes);

/* Parses 500ms, 10s, 5m, 1h30m, 1.5s into nanoseconds. A unit is required; zero is allowed, negative is not.
 */
int duration_parse(const char *text, int64_t *ret_ns, struct error *error);

/* "1.02 s", "340 ms", "5m 10s": for people. */
struct short_text duration_text(int64_t ns);

/* The same in at most five characters, for tables: "45s", "12m", "3.5h", "5d", ">99d". */
struct short_text time_short_text(double seconds);

/* The same no finer than a time to come is known: "12 s", "3m 20s", "2h 05m"; at least "1 s". */
struct short_text time_about_text(int64_t ns);
