#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The widest mantissa that is read: 36 digits fit a signed 128-bit integer with room for one suffix. */
#define MANTISSA_DIGITS_MAX 24

struct suffix {
    const char *name;
    int64_t multiplier; /* value of one unit */
    int64_t divisor;    /* for units below one */
};

/* Binary suffixes first, largest first: quantity_text() takes the first that divides the number. */
static const struct suffix quantity_suffixes[] = {
    {"Ei", (int64_t)1 << 60, 1},
    {"Pi", (int64_t)1 << 50, 1},
    {"Ti", (int64_t)1 << 40, 1},
    {"Gi", (int64_t)1 << 30, 1},
    {"Mi", (int64_t)1 << 20, 1},
    {"Ki", (int64_t)1 << 10, 1},
    {"E", 1000000000000000000, 1},
    {"P", 1000000000000000, 1},
    {"T", 1000000000000, 1},
    {"G", 1000000000, 1},
    {"M", 1000000, 1},
    {"k", 1000, 1},
    {"", 1, 1},
    {"m", 1, 1000},
    {"u", 1, 1000000},
    {"n", 1, 1000000000},
};
#define BINARY_SUFFIXES 6

static const struct suffix duration_suffixes[] = {
    {"d", 86400 * NS_PER_S, 1}, {"h", 3600 * NS_PER_S, 1}, {"ms", NS_PER_MS, 1}, {"m", 60 * NS_PER_S, 1},
    {"s", NS_PER_S, 1},         {"us", NS_PER_US, 1},      {"ns", 1, 1},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A decimal number as mantissa / 10^fraction_digits, exact. */
struct decimal {
    __int128 mantissa;
    int fraction_digits;
    bool too_long; /* more digits than are read: out of range, or finer than anything means */
};

/* Reads digits[.digits] from *cursor and moves it on. False when there is no digit. */
static bool read_decimal(const char **cursor, struct decimal *ret) {
    struct decimal number = {0};
    const char *at = *cursor;
    int digits = 0;
    bool point = false;
    bool any = false;
    for (;; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!isdigit((unsigned char)*at))
            break;
        any = true;
        if (number.mantissa != 0 || *at != '0')
            digits++;
        if (digits > MANTISSA_DIGITS_MAX || number.fraction_digits == MANTISSA_DIGITS_MAX) {
            number.too_long = true;
            continue;
        }
        number.mantissa = number.mantissa * 10 + (*at - '0');
        if (point)
            number.fraction_digits++;
    }
    if (!any)
        return false;
    for (; number.fraction_digits > 0 && number.mantissa % 10 == 0; number.fraction_digits--)
        number.mantissa /= 10;
    *cursor = at;
    *ret = number;
    return true;
}

/* mantissa * multiplier / divisor / 10^digits, rounded up; false on overflow of int64. */
static bool scale(struct decimal number, int64_t multiplier, int64_t divisor, int64_t *ret) {
    if (number.too_long)
        return false;
    __int128 denominator = divisor;
    for (int i = 0; i < number.fraction_digits; i++)
        denominator *= 10;
    __int128 product;
    if (__builtin_mul_overflow(number.mantissa, (__int128)multiplier, &product))
        return false;
    __int128 value = product / denominator + (product % denominator != 0);
    if (value > INT64_MAX)
        return false;
    *ret = (int64_t)value;
    return true;
}

/* "64Mb" and its kin: the two suffixes that were probably meant, or false. */
static bool suggest_suffix(const char *suffix, char *ret_binary, char *ret_decimal) {
    static const char *const tails[] = {"", "b", "i", "ib", "byte", "bytes"};
    char letter = (char)toupper((unsigned char)suffix[0]);
    if (!letter || !strchr("KMGTPE", letter))
        return false;
    for (size_t i = 0; i < COUNT(tails); i++) {
        if (strcasecmp(suffix + 1, tails[i]) == 0) {
            *ret_binary = letter;
            *ret_decimal = letter == 'K' ? 'k' : letter;
            return true;
        }
    }
    return false;
}

static int bad_quantity(const char *text, struct decimal number, size_t number_length, const char *suffix,
                        struct error *error) {
    char binary;
    char decimal;
    int64_t binary_bytes;
    int64_t decimal_bytes;
    if (suggest_suffix(suffix, &binary, &decimal)) {
        char names[2][3] = {{binary, 'i', '\0'}, {decimal, '\0', '\0'}};
        const struct suffix *found[2] = {NULL, NULL};
        for (size_t i = 0; i < COUNT(quantity_suffixes); i++)
            for (int which = 0; which < 2; which++)
                if (strcmp(quantity_suffixes[i].name, names[which]) == 0)
                    found[which] = &quantity_suffixes[i];
        if (found[0] && found[1] && scale(number, found[0]->multiplier, 1, &binary_bytes) &&
            scale(number, found[1]->multiplier, 1, &decimal_bytes))
            return error_plain(error, -EINVAL,
                               "%s: not a quantity; did you mean %.*s%s (%lld bytes) or %.*s%s (%lld bytes)?",
                               text, (int)number_length, text, names[0], (long long)binary_bytes,
                               (int)number_length, text, names[1], (long long)decimal_bytes);
    }
    return error_plain(error, -EINVAL, "%s: not a quantity; write it as 512Mi, 1.5Gi, 100M or plain bytes",
                       text);
}

/* Reads an exponent (e9, E-3) if there is one: moves *cursor on and adjusts the number. */
static bool read_exponent(const char **cursor, struct decimal *number, int64_t *ret_multiplier) {
    const char *at = *cursor;
    if ((*at != 'e' && *at != 'E') ||
        !(isdigit((unsigned char)at[1]) || ((at[1] == '-' || at[1] == '+') && isdigit((unsigned char)at[2]))))
        return true;
    at++;
    bool negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    int exponent = 0;
    for (; isdigit((unsigned char)*at); at++)
        if ((exponent = exponent * 10 + (*at - '0')) > 18)
            return false;
    for (int i = 0; i < exponent && !negative; i++)
        *ret_multiplier *= 10;
    if (negative)
        number->fraction_digits += exponent;
    *cursor = at;
    return number->fraction_digits <= MANTISSA_DIGITS_MAX;
}

int quantity_parse(const char *text, int64_t *ret_bytes, struct error *error) {
    const char *at = text;
    struct decimal number = {0};
    if (*at == '-' && isdigit((unsigned char)at[1]))
        return error_plain(error, -EINVAL, "%s: negative; a quantity of memory starts at 0", text);
    if (*at == '+')
        at++;
    if (!read_decimal(&at, &number))
        return error_plain(error, -EINVAL,
                           "%s: not a quantity; write it as 512Mi, 1.5Gi, 100M or plain bytes",
                           *text ? text : "(empty)");
    const char *suffix = at;
    int64_t multiplier = 1;
    if (!read_exponent(&at, &number, &multiplier))
        return error_plain(error, -ERANGE, "%s: out of range; the largest quantity is 8Ei - 1", text);
    for (size_t i = 0; i < COUNT(quantity_suffixes); i++) {
        const struct suffix *unit = &quantity_suffixes[i];
        /* Kubernetes allows an exponent or a suffix, not both. */
        if (strcmp(at, unit->name) != 0 || (at != suffix && *at))
            continue;
        int64_t value;
        if (!scale(number, multiplier == 1 ? unit->multiplier : multiplier, unit->divisor, &value))
            return error_plain(error, -ERANGE, "%s: out of range; the largest quantity is 8Ei - 1", text);
        *ret_bytes = value;
        return 0;
    }
    return bad_quantity(text, number, (size_t)(suffix - text), suffix, error);
}

struct short_text bytes_text(int64_t bytes) {
    struct short_text text;
    double magnitude = bytes < 0 ? -(double)bytes : (double)bytes;
    if (magnitude < (double)KIB) {
        snprintf(text.s, sizeof text.s, "%lld B", (long long)bytes);
        return text;
    }
    /* The largest binary unit that leaves at least one whole unit. */
    for (int i = 0; i < BINARY_SUFFIXES; i++) {
        double unit = (double)quantity_suffixes[i].multiplier;
        if (magnitude >= unit || i == BINARY_SUFFIXES - 1) {
            /* 1023.96 KiB would print as "1024.0 KiB": take the next unit. */
            if (magnitude / unit >= 1023.95 && i > 0)
                unit = (double)quantity_suffixes[--i].multiplier;
            /* A tenth of a GiB hides more than a search resolves. */
            snprintf(text.s, sizeof text.s, "%.*f %sB", unit >= (double)GIB ? 2 : 1, (double)bytes / unit,
                     quantity_suffixes[i].name);
            break;
        }
    }
    return text;
}

struct short_text bytes_short_text(int64_t bytes) {
    static const char units[] = "KMGTPE";
    struct short_text text;
    double value = fabs((double)bytes) / (double)KIB;
    const char *sign = bytes < 0 ? "-" : "";
    size_t unit = 0;
    for (; value >= 1000 && units[unit + 1]; unit++)
        value /= 1024;
    int decimals = unit == 0 || value >= 99.95 ? 0 : unit >= 2 && value < 9.995 ? 2 : 1;
    if (bytes == 0)
        snprintf(text.s, sizeof text.s, "0");
    else
        snprintf(text.s, sizeof text.s, "%s%.*f%c", sign, decimals, value, units[unit]);
    return text;
}

struct short_text quantity_text(int64_t bytes) {
    struct short_text text;
    for (int i = 0; i < BINARY_SUFFIXES && bytes > 0; i++) {
        if (bytes % quantity_suffixes[i].multiplier == 0) {
            snprintf(text.s, sizeof text.s, "%lld%s", (long long)(bytes / quantity_suffixes[i].multiplier),
                     quantity_suffixes[i].name);
            return text;
        }
    }
    snprintf(text.s, sizeof text.s, "%lld", (long long)bytes);
    return text;
}

int64_t bytes_ceil_mi(int64_t bytes) {
    if (bytes > INT64_MAX - MIB)
        return INT64_MAX;
    return (bytes + MIB - 1) / MIB * MIB;
}

struct short_text quantity_ceil_mi_text(int64_t bytes) {
    struct short_text text;
    snprintf(text.s, sizeof text.s, "%lldMi", (long long)(bytes_ceil_mi(bytes) / MIB));
    return text;
}

int duration_parse(const char *text, int64_t *ret_ns, struct error *error) {
    const char *at = text;
    int64_t total = 0;
    if (*at == '-')
        return error_plain(error, -EINVAL, "%s: negative; a duration starts at 0", text);
    if (!*at)
        return error_plain(error, -EINVAL, "(empty): not a duration; write it as 500ms, 10s, 5m or 1h30m");
    while (*at) {
        struct decimal number;
        if (!read_decimal(&at, &number))
            return error_plain(error, -EINVAL, "%s: not a duration; write it as 500ms, 10s, 5m or 1h30m",
                               text);
        size_t length = strcspn(at, "0123456789.");
        if (length == 0)
            return error_plain(error, -EINVAL, "%s: a duration needs a unit; did you mean %ss?", text, text);
        const struct suffix *unit = NULL;
        for (size_t i = 0; i < COUNT(duration_suffixes); i++)
            if (strlen(duration_suffixes[i].name) == length &&
                strncmp(at, duration_suffixes[i].name, length) == 0)
                unit = &duration_suffixes[i];
        int64_t part;
        if (!unit)
            return error_plain(error, -EINVAL, "%s: '%.*s' is no unit of time; use ms, s, m, h or d", text,
                               (int)length, at);
        if (!scale(number, unit->multiplier, 1, &part) || __builtin_add_overflow(total, part, &total))
            return error_plain(error, -ERANGE, "%s: out of range", text);
        at += length;
    }
    *ret_ns = total;
    return 0;
}

struct short_text duration_text(int64_t ns) {
    struct short_text text;
    double seconds = (double)ns / (double)NS_PER_S;
    if (ns < NS_PER_MS)
        snprintf(text.s, sizeof text.s, "%.2f ms", seconds * 1e3);
    else if (ns < NS_PER_S - NS_PER_MS / 2)
        snprintf(text.s, sizeof text.s, "%.0f ms", seconds * 1e3);
    else if (seconds < 99.995)
        snprintf(text.s, sizeof text.s, "%.2f s", seconds);
    else if (seconds < 3600)
        snprintf(text.s, sizeof text.s, "%dm %02ds", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(text.s, sizeof text.s, "%lldh %02dm", (long long)(seconds / 3600),
                 (int)((int64_t)seconds % 3600 / 60));
    return text;
}

struct short_text time_short_text(double seconds) {
    struct short_text text;
    double hours = seconds / SECONDS_PER_HOUR;
    if (seconds < 99.5)
        snprintf(text.s, sizeof text.s, "%.0fs", seconds);
    else if (seconds < 99.5 * 60)
        snprintf(text.s, sizeof text.s, "%.0fm", seconds / 60);
    else if (hours < 9.95)
        snprintf(text.s, sizeof text.s, "%.1fh", hours);
    else if (hours < 99.5)
        snprintf(text.s, sizeof text.s, "%.0fh", hours);
    else if (hours / 24 <= 99)
        snprintf(text.s, sizeof text.s, "%.0fd", hours / 24);
    else
        snprintf(text.s, sizeof text.s, ">99d");
    return text;
}

struct short_text time_about_text(int64_t ns) {
    int64_t seconds = (ns + NS_PER_S / 2) / NS_PER_S;
    struct short_text text;
    if (seconds < 60)
        snprintf(text.s, sizeof text.s, "%d s", (int)i64_larger(seconds, 1));
    else if (seconds < 3600)
        snprintf(text.s, sizeof text.s, "%dm %02ds", (int)(seconds / 60), (int)(seconds % 60));
    else
        snprintf(text.s, sizeof text.s, "%lldh %02dm", (long long)(seconds / 3600),
                 (int)(seconds % 3600 / 60));
    return text;
}
