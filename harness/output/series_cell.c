#include "output/series_cell.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/units.h"

/* No cell that means something is longer. */
#define CELL_MAX 80

/* The last second whose nanoseconds fit, with room for an offset. */
#define TIME_MAX_S 9.2e9L

void cell_trim(const char *text, char *buffer, int size) {
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length > (size_t)size - 1)
        length = (size_t)size - 1;
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

/* ---- times ---- */

/* `count` digits at *at, as a number; moves on. */
static bool take_digits(const char **at, int count, int *ret) {
    int number = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        number = number * 10 + (**at - '0');
    }
    *ret = number;
    return true;
}

static bool take_char(const char **at, const char *any_of) {
    if (!**at || !strchr(any_of, **at))
        return false;
    (*at)++;
    return true;
}

static bool take_date(const char **at, struct tm *ret) {
    if (!take_digits(at, 4, &ret->tm_year) || !take_char(at, "-") || !take_digits(at, 2, &ret->tm_mon) ||
        !take_char(at, "-") || !take_digits(at, 2, &ret->tm_mday))
        return false;
    ret->tm_year -= 1900;
    ret->tm_mon -= 1;
    return ret->tm_mon >= 0 && ret->tm_mon < 12 && ret->tm_mday >= 1 && ret->tm_mday <= 31;
}

/* "Z", "+01:00", "-0530", " UTC", or nothing; seconds east of UTC. */
static bool take_offset(const char **at, int *ret_s, bool *ret_missing) {
    int hours;
    int minutes;
    *ret_s = 0;
    *ret_missing = **at == '\0';
    if (*ret_missing || take_char(at, "Zz"))
        return true;
    take_char(at, " ");
    if (strcmp(*at, "UTC") == 0 || strcmp(*at, "GMT") == 0) {
        *at += 3;
        return true;
    }
    bool west = **at == '-';
    if (!take_char(at, "+-") || !take_digits(at, 2, &hours))
        return false;
    take_char(at, ":");
    if (!take_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_s = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

static int64_t take_fraction(const char **at) {
    int64_t ns = 0;
    int64_t unit = NS_PER_S;
    for (; isdigit((unsigned char)**at); (*at)++) {
        unit /= 10;
        ns += (**at - '0') * unit; /* what is finer than a nanosecond counts nothing */
    }
    return ns;
}

static bool read_date_time(const char *text, struct cell_clock *clock, int64_t *ret_ns) {
    struct tm tm = {0};
    int64_t fraction = 0;
    int offset_s;
    bool zone_missing;
    if (!take_date(&text, &tm) || !take_char(&text, "Tt ") || !take_digits(&text, 2, &tm.tm_hour) ||
        !take_char(&text, ":") || !take_digits(&text, 2, &tm.tm_min))
        return false;
    if (take_char(&text, ":") && !take_digits(&text, 2, &tm.tm_sec))
        return false;
    if (take_char(&text, ".,"))
        fraction = take_fraction(&text);
    /* A leap second is the 60th. */
    if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60 ||
        !take_offset(&text, &offset_s, &zone_missing) || *text)
        return false;
    int day = tm.tm_mday;
    int second = tm.tm_sec;
    tm.tm_sec = 0;
    time_t minute = timegm(&tm);
    if (tm.tm_mday != day || minute < 0)
        return false;
    int64_t seconds = (int64_t)minute + second - offset_s;
    if (seconds < 0 || seconds > (int64_t)TIME_MAX_S)
        return false;
    clock->absolute = true;
    clock->zone_missing |= zone_missing;
    *ret_ns = seconds * NS_PER_S + fraction;
    return true;
}

bool cell_is_date(const char *text) {
    struct tm tm = {0};
    return take_date(&text, &tm) && !*text;
}

/* By size: a time since 1970, in the unit that makes it one of our days. */
static int64_t unit_of(long double number) {
    return number >= 1e17L ? 1 : number >= 1e14L ? NS_PER_US : number >= 1e11L ? NS_PER_MS : NS_PER_S;
}

/* Later than 1973, were it since 1970: nothing else runs for three years. */
static bool is_absolute(long double seconds) {
    return seconds >= 1e8L;
}

static bool read_number(const char *text, struct cell_clock *clock, int64_t *ret_ns) {
    char copy[CELL_MAX];
    cell_trim(text, copy, sizeof copy);
    char *comma = clock->decimal_comma ? strchr(copy, ',') : NULL;
    if (comma)
        *comma = '.';
    if (!*copy || copy[strspn(copy, "0123456789.eE+-")] || !strpbrk(copy, "0123456789"))
        return false;
    char *end;
    long double number = strtold(copy, &end);
    if (*end || !(number >= 0) || signbit(number))
        return false;
    int64_t unit_ns = clock->unit_ns ? clock->unit_ns : unit_of(number);
    long double ns = number * (long double)unit_ns;
    if (!(ns <= TIME_MAX_S * (long double)NS_PER_S))
        return false;
    if (!clock->unit_ns)
        clock->unit_ns = unit_ns;
    clock->absolute |= is_absolute(ns / (long double)NS_PER_S);
    *ret_ns = llroundl(ns);
    return true;
}

bool cell_time(const char *text, struct cell_clock *clock, int64_t *ret_ns) {
    if (strlen(text) >= CELL_MAX)
        return false;
    char copy[CELL_MAX];
    cell_trim(text, copy, sizeof copy);
    return read_number(copy, clock, ret_ns) || read_date_time(copy, clock, ret_ns);
}

/* ---- bytes ---- */

static bool is_gap(const char *text) {
    static const char *const words[] = {"",   "nan", "+nan", "-nan", "null",      "none",
                                        "na", "n/a", "nil",  "-",    "undefined", "--"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* Where the number in front of a suffix ends, its exponent included. */
static size_t number_length(const char *text) {
    size_t at = text[0] == '+' || text[0] == '-';
    at += strspn(text + at, "0123456789.");
    size_t sign = text[at] && strchr("eE", text[at]) ? 1 : 0;
    if (sign) {
        sign += text[at + 1] == '+' || text[at + 1] == '-';
        size_t digits = strspn(text + at + sign, "0123456789");
        at += digits ? sign + digits : 0;
    }
    return at;
}

/* The quantity's suffix for a unit as people write it: "MiB" is Mi, "kB" and "KB" are k, "B" is none. */
static void put_suffix(char *to, size_t room, const char *unit) {
    char word[8] = "";
    snprintf(word, sizeof word, "%s", unit);
    size_t length = strlen(word);
    if (length > 0 && strlen(unit) < sizeof word && word[length - 1] == 'B')
        word[length - 1] = '\0';
    else if (strcasecmp(unit, "bytes") == 0)
        word[0] = '\0';
    else {
        snprintf(to, room, "%s", unit);
        return;
    }
    if (strcmp(word, "K") == 0)
        word[0] = 'k';
    snprintf(to, room, "%s", word);
}

/* How fine the number is; `text` is what quantity_parse() took. */
static void put_grain(const char *text, struct cell_bytes *ret) {
    const char *suffix = text + number_length(text);
    const char *exponent = strpbrk(text, "eE");
    struct error ignored;
    int64_t unit_bytes = 1;
    double unit = 1;
    char one[16];
    snprintf(one, sizeof one, "1%s", suffix);
    if (exponent && exponent < suffix)
        unit = pow(10, strtod(exponent + 1, NULL));
    else if (quantity_parse(one, &unit_bytes, &ignored) == 0)
        unit = (double)unit_bytes;
    bool point = false;
    int decimals = 0;
    int digits = 0;
    for (const char *at = text; at < suffix && !(exponent && at == exponent); at++) {
        point |= *at == '.';
        decimals += point && *at != '.';
        digits += isdigit((unsigned char)*at) && (digits > 0 || *at != '0');
    }
    ret->unit = unit;
    ret->step = unit * pow(10, -decimals);
    ret->digits = digits;
}

int cell_bytes(const char *text, struct cell_bytes *ret, struct error *error) {
    char copy[CELL_MAX];
    char quantity[CELL_MAX + 8];
    struct cell_bytes cell = {.step = 1, .unit = 1};
    cell_trim(text, copy, sizeof copy);
    if (is_gap(copy)) {
        *ret = cell;
        return 0;
    }
    size_t length = number_length(copy);
    const char *unit = copy + length;
    unit += strspn(unit, " ");
    snprintf(quantity, sizeof quantity, "%.*s", (int)length, copy);
    put_suffix(quantity + length, sizeof quantity - length, unit);
    int64_t bytes;
    int code = *unit && !isalpha((unsigned char)*unit) ? -EINVAL : quantity_parse(quantity, &bytes, error);
    if (code < 0)
        return quantity_parse(copy, &bytes, error) < 0 ? code
                                                       : -EINVAL; /* the message tells what was there */
    cell.bytes = known_i64(bytes);
    put_grain(quantity, &cell);
    *ret = cell;
    return 0;
}
