#include "explain/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/json.h"

/* What is looked at at once. A line that is longer is cut. Fuzzing has it small, so that inputs go beyond it.
 */
#ifndef BLOCK_BYTES
#define BLOCK_BYTES ((size_t)256 * 1024)
#endif

/* What kernel logs are told by. */
#define HEAD_BYTES ((size_t)64 * 1024)

/* What is told to somebody whose file is none of them. */
#define KNOWN_FORMS                                                                                          \
    "a kernel log (dmesg, journalctl, /dev/kmsg), docker inspect or events, kubectl get pods, events or "    \
    "jobs "                                                                                                  \
    "as JSON, kubectl describe pod, an ECS task, a CI or crash log, a result of plimsoll"

/* ---- forms of JSON ---- */

static bool journal_is_entry(const cJSON *value) {
    return json_at(value, "MESSAGE", NULL) &&
           (json_at(value, "__REALTIME_TIMESTAMP", NULL) || json_at(value, "_BOOT_ID", NULL) ||
            json_at(value, "PRIORITY", NULL));
}

/* Microseconds as a text. */
static struct known_i64 microseconds(const cJSON *object, const char *key) {
    struct known_i64 number = json_number(object, key);
    return number.known && number.value >= 0 && number.value < INT64_MAX / NS_PER_US
               ? known_i64(number.value * NS_PER_US)
               : UNKNOWN_I64;
}

/* A message that is no text is a list of bytes. Caller frees. */
static char *message_of(const cJSON *message) {
    struct strbuf text = {0};
    const cJSON *byte = NULL;
    if (cJSON_IsString(message))
        return text_copy(message->valuestring);
    cJSON_ArrayForEach(byte, message) {
        bool is_byte = cJSON_IsNumber(byte) && byte->valuedouble >= 1 && byte->valuedouble < 256;
        char c = (char)(is_byte ? (int)byte->valuedouble : '?');
        strbuf_add_bytes(&text, &c, 1);
    }
    return text.text ? text.text : text_copy("");
}

/* Who wrote an entry: journald says so itself, in fields that nobody else can set. What programs write to
 * /dev/kmsg comes by the kernel too, with another facility. False: not the kernel. */
static bool is_of_kernel(struct text_log *log, const cJSON *entry) {
    const char *facility = json_text(entry, "SYSLOG_FACILITY");
    if (!json_at(entry, "_TRANSPORT", NULL)) {
        log->hearsay = true;
        return true;
    }
    const char *transport = json_text(entry, "_TRANSPORT");
    bool is = transport && strcmp(transport, "kernel") == 0 && (!facility || strcmp(facility, "0") == 0);
    log->kernel_entries += is;
    return is;
}

static void journal_read(struct input *input, const struct json_value *value) {
    CLEANUP_FREE char *message = message_of(json_at(value->value, "MESSAGE", NULL));
    struct known_i64 boot = microseconds(value->value, "_SOURCE_MONOTONIC_TIMESTAMP");
    struct known_i64 wall = microseconds(value->value, "_SOURCE_REALTIME_TIMESTAMP");
    if (value->line)
        input->log.line = value->line;
    input->log.kernel_lines++;
    if (is_of_kernel(&input->log, value->value))
        text_log_message(&input->log, message, strlen(message), boot,
                         wall.known ? wall : microseconds(value->value, "__REALTIME_TIMESTAMP"));
    input->log.line += value->line == 0;
}

static bool dmesg_is_log(const cJSON *value) {
    return cJSON_IsArray(json_at(value, "dmesg", NULL));
}

/* "pri": 12 holds the facility; dmesg -x has it by name. */
static bool is_of_other_facility(const cJSON *entry) {
    const char *facility = json_text(entry, "fac");
    return known_or(json_number(entry, "pri"), 0) >= 8 || (facility && strcmp(facility, "kern") != 0);
}

static void dmesg_read(struct input *input, const struct json_value *value) {
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, json_at(value->value, "dmesg", NULL)) {
        const char *message = json_text(entry, "msg");
        const cJSON *time = json_at(entry, "time", NULL);
        struct known_i64 boot = UNKNOWN_I64;
        if (cJSON_IsNumber(time) && time->valuedouble >= 0 && time->valuedouble < 9e9)
            boot = known_i64((int64_t)(time->valuedouble * (double)NS_PER_S));
        input->log.kernel_lines++;
        input->log.kernel_entries++;
        if (message && !is_of_other_facility(entry))
            text_log_message(&input->log, message, strlen(message), boot, UNKNOWN_I64);
        input->log.line++;
    }
}

/* Asked in this order. */
static const struct json_form {
    bool (*is)(const cJSON *value);
    void (*read)(struct input *input, const struct json_value *value);
} json_forms[] = {
    {docker_is_container, docker_read_container},
    {cri_is_container, cri_read_container},
    {docker_is_event, docker_read_event},
    {kubernetes_is_object, kubernetes_read},
    {ecs_is_task, ecs_read},
    {journal_is_entry, journal_read},
    {dmesg_is_log, dmesg_read},
};

struct place input_place(const struct input *input, const struct json_value *value, const char *path) {
    const char *dot = path && *value->path ? "." : "";
    bool none = !*value->path && !path;
    return (struct place){.file = input->name,
                          .path = none ? NULL : text_format("%s%s%s", value->path, dot, path ? path : ""),
                          .line = value->line};
}

/* True where one of the forms knew it. Of an array each item is looked at. */
static bool read_value(struct input *input, const struct json_value *value) {
    for (size_t i = 0; i < sizeof json_forms / sizeof *json_forms; i++) {
        if (!json_forms[i].is(value->value))
            continue;
        json_forms[i].read(input, value);
        return true;
    }
    if (!cJSON_IsArray(value->value) || *value->path)
        return false;
    bool known = false;
    int number = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value->value) {
        CLEANUP_FREE char *path = text_format("[%d]", number++);
        const struct json_value within = {item, path, value->line};
        known = (cJSON_IsObject(item) && read_value(input, &within)) || known;
    }
    return known;
}

/* ---- bytes ---- */

struct stream {
    const struct byte_source *source;
    char *block; /* `size` and a few to spare; owned by who made it */
    size_t size;
    size_t held;
    bool ended;
};

static struct stream open_stream(const struct byte_source *source) {
    struct stream stream = {.source = source, .block = malloc(BLOCK_BYTES + 16), .size = BLOCK_BYTES};
    if (!stream.block)
        abort();
    return stream;
}

/* Fills the block as far as there is something. */
static int fill(struct stream *stream) {
    while (!stream->ended && stream->held < stream->size) {
        ptrdiff_t length = stream->source->read(stream->source->context, stream->block + stream->held,
                                                stream->size - stream->held);
        if (length < 0)
            return (int)length;
        stream->held += (size_t)length;
        stream->ended = length == 0;
    }
    return 0;
}

/* The length of the whole lines in the block; at the end of the input the last gets its line end, and a line
 * that fills the block is cut. */
static size_t whole_lines(struct stream *stream) {
    if (stream->held == 0)
        return 0;
    if (stream->ended && stream->block[stream->held - 1] != '\n')
        stream->block[stream->held++] = '\n';
    char *last = memrchr(stream->block, '\n', stream->held);
    if (last)
        return (size_t)(last - stream->block) + 1;
    stream->block[stream->held++] = '\n';
    return stream->held;
}

static void drop(struct stream *stream, size_t length) {
    memmove(stream->block, stream->block + length, stream->held - length);
    stream->held -= length;
}

/* Makes room until there is a whole line, or the longest there may be. */
static int fill_a_line(struct stream *stream) {
    int code = fill(stream);
    while (code == 0 && !stream->ended && stream->size < LINE_BYTES_MAX &&
           !memchr(stream->block, '\n', stream->held)) {
        stream->size *= 2;
        stream->block = realloc(stream->block, stream->size + 16);
        if (!stream->block)
            abort();
        code = fill(stream);
    }
    return code;
}

static int source_error(int code, const char *name, struct error *error) {
    return error_system(error, code, "cannot read %s", name);
}

/* ---- texts of lines ---- */

static void read_event_lines(struct input *input, char *bytes, size_t length, long first) {
    bool known = true;
    const char *end = bytes + length;
    for (const char *at = bytes; known && at < end; first++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        known = stop == at || docker_read_event_line(input, at, (size_t)(stop - at), first) || first > 1;
        at = stop + 1;
    }
}

static long count_newlines(const char *bytes, size_t length) {
    long count = 0;
    for (size_t i = 0; i < length; i++)
        count += bytes[i] == '\n';
    return count;
}

/* docker events without --format. */
static int read_events_text(struct input *input, struct stream *stream, struct error *error) {
    long line = 1;
    for (size_t length; (length = whole_lines(stream)) > 0;) {
        read_event_lines(input, stream->block, length, line);
        line += count_newlines(stream->block, length);
        drop(stream, length);
        int code = fill(stream);
        if (code < 0)
            return source_error(code, input->name, error);
    }
    case_say_read(input->file, "%s: %ld events of a container engine", input->name, input->events);
    return 0;
}

/* A text in which nothing is known says nothing. */
static int judge_text(struct input *input, struct error *error) {
    const struct text_log *log = &input->log;
    if (log->of_kernel) {
        CLEANUP_FREE char *spared =
            log->reports.no_victim ? text_format("; %ld times it had nothing to kill", log->reports.no_victim)
                                   : NULL;
        case_say_read(input->file, "%s: a kernel log of %ld lines, with %ld OOM kill%s%s", input->name,
                      log->line - 1, log->reports.kills, log->reports.kills == 1 ? "" : "s",
                      spared ? spared : "");
        return 0;
    }
    bool told = input->file->word_count > log->words_start || log->reports.reports ||
                (input->file->kill_count && input->file->kills[0].file == input->name);
    for (size_t i = 0; !told && i < input->file->kill_count; i++)
        told = input->file->kills[i].file == input->name;
    if (!told) {
        error_plain(error, -EINVAL, "%s: none of the formats I know: " KNOWN_FORMS, input->name);
        return -EINVAL;
    }
    case_say_read(input->file, "%s: a log of %ld lines", input->name, log->line - 1);
    return 0;
}

static int read_text(struct input *input, struct stream *stream, enum text_form form, struct error *error) {
    text_log_begin(&input->log, input->file, input->name, form != TEXT_PLAIN);
    input->log.hearsay = form == TEXT_REPORTS;
    input->log.prefixed = form == TEXT_KERNEL;
    input->log.exported = form == TEXT_EXPORTED;
    int code = 0;
    for (size_t length; code == 0 && (length = whole_lines(stream)) > 0;) {
        text_log_take(&input->log, stream->block, length);
        drop(stream, length);
        code = fill(stream);
    }
    text_log_end(&input->log);
    return code < 0 ? source_error(code, input->name, error) : judge_text(input, error);
}

/* ---- documents ---- */

/* The rest of the input too. Caller frees *ret, which is NUL-terminated; NUL bytes within become blanks. */
static int read_whole(struct stream *stream, const char *name, char **ret, size_t *ret_length,
                      struct error *error) {
    struct strbuf text = {0};
    int code = 0;
    for (;;) {
        strbuf_add_bytes(&text, stream->block, stream->held);
        bool ended = stream->ended;
        stream->held = 0;
        if (ended || text.length > DOCUMENT_BYTES_MAX)
            break;
        code = fill(stream);
        if (code < 0)
            break;
    }
    if (code < 0 || text.length > DOCUMENT_BYTES_MAX) {
        strbuf_free(&text);
        if (code < 0)
            return source_error(code, name, error);
        error_plain(error, -EINVAL, "%s: a document of more than %zu MiB; give its items a line each", name,
                    DOCUMENT_BYTES_MAX / (size_t)MIB);
        error_hint(error, "jq -c '.items[]' %s | plimsoll explain -", name);
        return -EINVAL;
    }
    for (size_t i = 0; i < text.length; i++)
        if (text.text[i] == '\0')
            text.text[i] = ' ';
    *ret_length = text.length;
    *ret = text.text ? text.text : text_copy("");
    return 0;
}

static void say_what_was_read(struct input *input) {
    struct casefile *file = input->file;
    if (input->containers)
        case_say_read(file, "%s: %ld container%s", input->name, input->containers,
                      input->containers == 1 ? "" : "s");
    if (input->events)
        case_say_read(file, "%s: %ld event%s", input->name, input->events, input->events == 1 ? "" : "s");
    if (input->log.kernel_lines)
        case_say_read(file, "%s: a log of %ld lines, with %ld OOM kill%s", input->name,
                      input->log.kernel_lines, input->log.reports.kills,
                      input->log.reports.kills == 1 ? "" : "s");
    if (input->others)
        case_say_read(file, "%s: %ld other object%s of Kubernetes", input->name, input->others,
                      input->others == 1 ? "" : "s");
}

static int not_json(const char *name, const char *text, const char *at, struct error *error) {
    long line = 1;
    for (const char *c = text; c < at; c++)
        line += *c == '\n';
    return error_plain(error, -EINVAL, "%s:%ld: not JSON, though it begins as JSON: cut off?", name, line);
}

/* One value, or several one after the other. */
static int read_values(struct input *input, const char *text, struct error *error) {
    bool known = false;
    for (const char *at = text + strspn(text, " \t\r\n"); *at; at += strspn(at, " \t\r\n")) {
        const char *end = at;
        cJSON *tree = cJSON_ParseWithOpts(at, &end, false);
        if (!tree)
            return not_json(input->name, text, end, error);
        const struct json_value value = {tree, "", 0};
        known = read_value(input, &value) || known;
        cJSON_Delete(tree);
        at = end;
    }
    if (!known)
        error_plain(error, -EINVAL, "%s: JSON, but none of the formats I know: " KNOWN_FORMS, input->name);
    return known ? 0 : -EINVAL;
}

/* A message as it stands in JSON. What an escape stands for has to be looked at. */
static bool is_idle_message(const char *text, size_t length) {
    return !memchr(text, '\\', length) && oom_text_is_idle(text, length);
}

/* A line of a journal that says nothing to an open report, or, without one, in which no word of the OOM
 * killer stands. One whose message is no text, but a list of bytes, has to be looked at. */
static bool can_be_passed_over(struct input *input, const char *line, const char *end) {
    static const char key[] = "\"MESSAGE\"";
    const char *message =
        input->log.kernel_lines ? memmem(line, (size_t)(end - line), key, sizeof key - 1) : NULL;
    if (!message)
        return false;
    message += sizeof key - 1;
    message += strspn(message, " :");
    const char *close = *message == '"' ? memchr(message + 1, '"', (size_t)(end - message) - 1) : NULL;
    if (!close || (oom_reports_skip(&input->log.reports, line, end) &&
                   !is_idle_message(message + 1, (size_t)(close - message))))
        return false;
    input->log.kernel_lines++;
    return true;
}

/* When an entry of a journal was written, or a line that is none; without parsing it. */
static struct known_i64 entry_time(const char *line, size_t length) {
    static const char *const keys[] = {"\"_SOURCE_REALTIME_TIMESTAMP\"", "\"__REALTIME_TIMESTAMP\""};
    const char *end = line + length;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *at = memmem(line, length, keys[i], strlen(keys[i]));
        int64_t number = 0;
        int digits = 0;
        if (!at)
            continue;
        at += strlen(keys[i]);
        while (at < end && (*at == ' ' || *at == ':' || *at == '"'))
            at++;
        for (; at < end && *at >= '0' && *at <= '9' && digits < 18; at++, digits++)
            number = number * 10 + (*at - '0');
        if (digits && number < INT64_MAX / NS_PER_US)
            return known_i64(number * NS_PER_US);
    }
    return UNKNOWN_I64;
}

static void leave_out_line(struct input *input, long line) {
    if (input->unreadable++ == 0)
        input->unreadable_line = line;
}

/* One line that ends with NUL in place of its line end. False where it is the first and no JSON. */
static bool read_line_value(struct input *input, char *at, const char *stop, long line, bool *known) {
    for (char *byte = at; (byte = memchr(byte, '\0', (size_t)(stop - byte)));)
        *byte = ' ';
    cJSON *tree = cJSON_Parse(at);
    if (!tree && line == 1)
        return false;
    /* A later line that is none, as of a log that was cut while it was written, is left out. */
    if (!tree)
        leave_out_line(input, line);
    const struct json_value value = {tree, "", line};
    *known = (tree && read_value(input, &value)) || *known;
    cJSON_Delete(tree);
    return true;
}

/* JSON in which each line is a value is read line by line, however long it is. */
static int read_line_values(struct input *input, struct stream *stream, struct error *error) {
    bool known = false;
    bool is_rest = false; /* of a line that is too long */
    long line = 1;
    input->log.by_block = true;
    for (size_t length; (length = whole_lines(stream)) > 0;) {
        bool is_cut = !stream->ended && length > stream->size; /* it got its line end here */
        char *end = stream->block + length;
        text_log_times(&input->log, stream->block, length, entry_time);
        for (char *at = stream->block, *stop; at < end; at = stop + 1) {
            stop = memchr(at, '\n', (size_t)(end - at));
            *stop = '\0';
            /* The last of a block tells how far the log reaches. */
            bool is_last = stop + 1 == end;
            if (is_cut && !is_rest)
                leave_out_line(input, line);
            else if (!is_cut && !is_rest && at[strspn(at, " \t\r")] &&
                     (is_last || !can_be_passed_over(input, at, stop)) &&
                     !read_line_value(input, at, stop, line, &known))
                return error_plain(error, -EINVAL, "%s:1: not JSON, though it begins as JSON", input->name);
            is_rest = is_cut;
            line += !is_cut;
        }
        drop(stream, length);
        int code = fill_a_line(stream);
        if (code < 0)
            return source_error(code, input->name, error);
    }
    if (input->unreadable)
        sentences_add(
            &input->file->notes,
            "%s: %ld line%s left out, the first is line %ld: no JSON, cut off, or longer than %zu KiB",
            input->name, input->unreadable, input->unreadable == 1 ? " is" : "s are", input->unreadable_line,
            LINE_BYTES_MAX / 1024);
    if (!known)
        error_plain(error, -EINVAL, "%s: JSON, but none of the formats I know: " KNOWN_FORMS, input->name);
    return known ? 0 : -EINVAL;
}

/* dmesg --json writes each key on a line of its own: that is read line by line, however long it is. */
static bool is_dmesg_lines(const struct stream *stream) {
    static const char *const starts[] = {"{\n   \"dmesg\": [\n",
                                         "{\n  \"dmesg\": [\n"}; /* dmesg's own, and jq's */
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (stream->held > strlen(starts[i]) && memcmp(stream->block, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* What the lines of an entry told so far. */
struct dmesg_entry {
    struct known_i64 boot_ns;
    bool by_user;
};

/* A line with "pri": N, "time": N or "msg": "TEXT". */
static void take_dmesg_line(struct input *input, const char *line, const char *end,
                            struct dmesg_entry *entry) {
    struct text_log *log = &input->log;
    line += strspn(line, " \t");
    if (*line == '{') {
        *entry = (struct dmesg_entry){0};
    } else if (text_starts_with(line, "\"pri\":")) {
        entry->by_user = entry->by_user || strtod(line + strlen("\"pri\":"), NULL) >= 8;
    } else if (text_starts_with(line, "\"fac\":")) {
        line += strlen("\"fac\":");
        entry->by_user = entry->by_user || !text_starts_with(line + strspn(line, " "), "\"kern\"");
    } else if (text_starts_with(line, "\"time\":")) {
        double seconds = strtod(line + strlen("\"time\":"), NULL);
        entry->boot_ns =
            seconds >= 0 && seconds < 9e9 ? known_i64((int64_t)(seconds * (double)NS_PER_S)) : UNKNOWN_I64;
    } else if (text_starts_with(line, "\"msg\":")) {
        line += strlen("\"msg\":");
        line += strspn(line, " ");
        log->kernel_lines++;
        log->kernel_entries++;
        if (entry->by_user || *line != '"' || (size_t)(end - line) < 3 ||
            !oom_reports_skip(&log->reports, line, end) ||
            is_idle_message(line + 1, (size_t)(end - line) - 1))
            return;
        const char *rest = NULL;
        cJSON *text = cJSON_ParseWithOpts(line, &rest, false);
        if (cJSON_IsString(text))
            text_log_message(log, text->valuestring, strlen(text->valuestring), entry->boot_ns, UNKNOWN_I64);
        cJSON_Delete(text);
    }
}

static int read_dmesg_lines(struct input *input, struct stream *stream, struct error *error) {
    struct dmesg_entry entry = {0};
    for (size_t length; (length = whole_lines(stream)) > 0;) {
        char *end = stream->block + length;
        for (char *at = stream->block, *stop; at < end; at = stop + 1) {
            stop = memchr(at, '\n', (size_t)(end - at));
            *stop = '\0';
            take_dmesg_line(input, at, stop, &entry);
            input->log.line++;
        }
        drop(stream, length);
        int code = fill(stream);
        if (code < 0)
            return source_error(code, input->name, error);
    }
    return 0;
}

/* Is the first line a value, and is there another that begins as one? */
static bool is_line_values(const struct stream *stream) {
    const char *end = memchr(stream->block, '\n', stream->held);
    if (!end || (size_t)(end - stream->block) + 2 > stream->held || (end[1] != '{' && end[1] != '['))
        return false;
    CLEANUP_FREE char *line = text_copy_bytes(stream->block, (size_t)(end - stream->block));
    cJSON *tree = cJSON_Parse(line);
    bool whole = tree != NULL;
    cJSON_Delete(tree);
    return whole;
}

static int read_json(struct input *input, struct stream *stream, struct error *error) {
    size_t length = 0;
    CLEANUP_FREE char *text = NULL;
    text_log_begin(&input->log, input->file, input->name, true);
    int code;
    if (is_dmesg_lines(stream)) {
        code = read_dmesg_lines(input, stream, error);
    } else if (is_line_values(stream)) {
        code = read_line_values(input, stream, error);
    } else {
        CLEANUP_FREE char *entries = text_format("%s, entry", input->name);
        input->log.name = case_add_file(input->file, entries);
        code = read_whole(stream, input->name, &text, &length, error);
        if (code == 0)
            code = read_values(input, text, error);
    }
    if (input->log.kernel_lines)
        text_log_end(&input->log);
    else
        text_log_drop(&input->log);
    if (code == 0)
        say_what_was_read(input);
    return code;
}

static int read_describe(struct input *input, struct stream *stream, struct error *error) {
    CLEANUP_FREE char *text = NULL;
    size_t length = 0;
    int code = read_whole(stream, input->name, &text, &length, error);
    if (code < 0)
        return code;
    describe_read(input, text);
    say_what_was_read(input);
    return 0;
}

/* ---- which form it is ---- */

/* "[ 2781.995372] ..." is no JSON. */
static bool looks_like_json(const char *head) {
    if (*head == '{')
        return true;
    if (*head != '[')
        return false;
    const char *next = head + 1 + strspn(head + 1, " \t\r\n");
    return *next == '{' || *next == ']' || *next == '[';
}

/* Forms that are known, but not read: what to do with them. */
static int refuse_known(const struct input *input, const struct stream *stream, const char *head,
                        struct error *error) {
    static const struct {
        const char *start;
        const char *what;
        const char *hint; /* with the name in it */
    } forms[] = {
        {"\x1f\x8b", "compressed", "zcat %s | plimsoll explain -"},
        {"\xfd"
         "7zXZ",
         "compressed", "xzcat %s | plimsoll explain -"},
        {"\x28\xb5\x2f\xfd", "compressed", "zstdcat %s | plimsoll explain -"},
        {"LPKSHHRH", "a file of systemd's journal",
         "journalctl -k -o short-iso --file %s | plimsoll explain -"},
        {"\xff\xfe", "text in UTF-16, as some Windows shells write it",
         "iconv -f UTF-16 -t UTF-8 %s | plimsoll explain -"},
        {"\xfe\xff", "text in UTF-16", "iconv -f UTF-16 -t UTF-8 %s | plimsoll explain -"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = strlen(forms[i].start);
        if (stream->held < length || memcmp(stream->block, forms[i].start, length) != 0)
            continue;
        error_plain(error, -EINVAL, "%s: %s", input->name, forms[i].what);
        error_hint(error, forms[i].hint, input->name);
        return -EINVAL;
    }
    if (text_starts_with(head, "apiVersion:") || text_starts_with(head, "---\napiVersion:")) {
        error_plain(error, -EINVAL, "%s: a manifest in YAML; give JSON", input->name);
        error_hint(error, "kubectl get ... -o json | plimsoll explain -");
        return -EINVAL;
    }
    return 0;
}

static int read_form(struct input *input, struct stream *stream, struct error *error) {
    if (stream->held >= 3 && memcmp(stream->block, "\xef\xbb\xbf", 3) == 0)
        drop(stream, 3);
    stream->block[stream->held] = '\0';
    const char *head = stream->block + strspn(stream->block, " \t\r\n");
    if (stream->held == 0 || (!*head && strlen(stream->block) == stream->held))
        return error_plain(error, -EINVAL, "%s: empty", input->name);
    if (refuse_known(input, stream, head, error) < 0)
        return -EINVAL;
    if (looks_like_json(head)) {
        if (head[0] == '{' || head[0] == '[')
            drop(stream, (size_t)(head - stream->block));
        return read_json(input, stream, error);
    }
    if (describe_is(head))
        return read_describe(input, stream, error);
    size_t first = strcspn(head, "\n");
    if (docker_is_event_line(head, first))
        return read_events_text(input, stream, error);
    size_t known = stream->held < HEAD_BYTES ? stream->held : HEAD_BYTES;
    return read_text(input, stream, text_form_of(stream->block, known), error);
}

int explain_read(struct casefile *file, const char *name, const struct byte_source *source,
                 struct error *error) {
    struct input input = {.file = file, .name = case_add_file(file, name)};
    struct stream stream = open_stream(source);
    int code = fill(&stream);
    code = code < 0 ? source_error(code, name, error) : read_form(&input, &stream, error);
    free(stream.block);
    return code;
}

/* ---- live ---- */

/* All lines of a text that is known for what it is; the log is left open. */
static int read_lines(struct input *input, struct stream *stream, struct error *error) {
    int code = fill(stream);
    for (size_t length; code == 0 && (length = whole_lines(stream)) > 0;) {
        text_log_take(&input->log, stream->block, length);
        drop(stream, length);
        code = fill(stream);
    }
    return code < 0 ? source_error(code, input->name, error) : 0;
}

/* The container that is meant: of those that were read, the last of that name or id. NULL: none. */
static const struct subject *find_owner(const struct casefile *file, const char *owner) {
    for (size_t i = file->subject_count; i > 0; i--) {
        const struct subject *subject = &file->subjects[i - 1];
        bool named = subject->name && strcmp(subject->name, owner) == 0;
        if (!subject->is_job && (named || (subject->id && *owner && text_starts_with(subject->id, owner))))
            return subject;
    }
    return NULL;
}

int explain_read_output(struct casefile *file, const char *name, const char *owner,
                        const struct byte_source *source, struct error *error) {
    const struct subject *subject = find_owner(file, owner);
    CLEANUP_FREE char *key = subject ? subject_key(subject) : text_copy(owner);
    struct input input = {.file = file, .name = case_add_file(file, name)};
    struct stream stream = open_stream(source);
    text_log_begin(&input.log, file, input.name, false);
    input.log.owner = case_add_file(file, key);
    int code = read_lines(&input, &stream, error);
    free(stream.block);
    text_log_end(&input.log);
    case_say_read(file, "%s: %ld lines of output", name, input.log.line - 1);
    return code;
}

int explain_read_kernel_log(struct casefile *file, const char *name, const struct byte_source *source,
                            const struct kernel_log *known, struct error *error) {
    struct input input = {.file = file, .name = case_add_file(file, name)};
    struct stream stream = open_stream(source);
    text_log_begin(&input.log, file, input.name, true);
    input.log.clock_start_ns = known->clock_start_ns;
    int code = read_lines(&input, &stream, error);
    free(stream.block);
    if (known->from_ns.known) {
        input.log.first_wall_ns = known->from_ns;
        text_log_forget_holes(&input.log);
    }
    if (known->until_ns.known)
        input.log.last_wall_ns = known->until_ns;
    text_log_end(&input.log);
    return code < 0 ? code : judge_text(&input, error);
}
