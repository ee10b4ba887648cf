#include "explain/case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* An array that doubles, with a zeroed item more; NULL where there are too many. `list` is where the array's
 * address is kept. */
static void *add(void *list, size_t *count, size_t size) {
    char *array;
    memcpy(&array, list, sizeof array);
    if (*count >= CASE_ITEMS_MAX)
        return NULL;
    if ((*count & (*count - 1)) == 0) {
        array = realloc(array, (*count ? *count * 2 : 1) * size);
        if (!array)
            abort();
        memcpy(list, &array, sizeof array);
    }
    return memset(array + (*count)++ * size, 0, size);
}

#define ADD(file, list, count) add(&(file)->list, &(file)->count, sizeof *(file)->list)

const char *case_add_file(struct casefile *file, const char *name) {
    char **slot = ADD(file, files, file_count);
    if (!slot)
        return "";
    *slot = text_copy(name);
    return *slot;
}

struct subject *case_add_subject(struct casefile *file) {
    struct subject *added =
        file->subject_count < CASE_SUBJECTS_MAX ? ADD(file, subjects, subject_count) : NULL;
    file->refused += !added;
    return added;
}

void subject_set_message(struct subject *subject, char *owned) {
    static const char *const no_starts[] = {"StartError", "ContainerCannotRun", "RunContainerError",
                                            "CreateContainerError", "CreateContainerConfigError"};
    const char *reason = subject->reason;
    bool began = subject->life != LIFE_WAITING &&
                 !(reason && text_index(no_starts, sizeof no_starts / sizeof *no_starts, reason) >= 0);
    char **slot = began ? &subject->own_message : &subject->engine_message;
    free(*slot);
    *slot = owned;
}

struct happening *case_add_happening(struct casefile *file) {
    struct happening *added = ADD(file, happenings, happening_count);
    file->refused += !added;
    return added;
}

char *subject_key(const struct subject *subject) {
    const char *name = subject->name ? subject->name : "";
    if (subject->platform != PLATFORM_KUBERNETES)
        return text_format("%s", subject->id ? subject->id : name);
    if (subject->pod_uid)
        return text_format("%s %s", subject->pod_uid, name);
    return text_format("%s/%s %s", subject->space ? subject->space : "", subject->pod ? subject->pod : "",
                       name);
}

bool case_wants_event(const char *reason, const char *message) {
    static const char *const reasons[] = {"Killing",   "Unhealthy",  "Evicted",  "DeadlineExceeded",
                                          "Preempted", "Preempting", "SystemOOM"};
    if (!reason)
        return false;
    /* Of an image that cannot be had there is a back-off too. */
    return text_index(reasons, sizeof reasons / sizeof *reasons, reason) >= 0 ||
           (strcmp(reason, "BackOff") == 0 && message && strstr(message, "restarting failed container"));
}

struct found_words *case_add_words(struct casefile *file) {
    struct found_words *added = ADD(file, words, word_count);
    file->refused += !added;
    return added;
}

struct log_span *case_add_span(struct casefile *file) {
    struct log_span *added = ADD(file, spans, span_count);
    file->refused += !added;
    return added;
}

struct node_facts *case_add_node(struct casefile *file) {
    struct node_facts *added = ADD(file, nodes, node_count);
    file->refused += !added;
    return added;
}

/* The same groups and the same program, so the same story. */
static bool is_same(const struct oom_kill *one, const struct oom_kill *other) {
    return one->constraint == other->constraint && strcmp(one->task_memcg, other->task_memcg) == 0 &&
           strcmp(one->oom_memcg, other->oom_memcg) == 0 && strcmp(one->process, other->process) == 0 &&
           one->was_killed == other->was_killed && one->manual == other->manual &&
           one->swap_struck == other->swap_struck && strcmp(one->group_memcg, other->group_memcg) == 0;
}

/* To where `to` points, or to a new one. Without the quotes that it has not: of thousands of kills most of
 * the bytes. */
static struct oom_kill *copy_kill(struct oom_kill *to, const struct oom_kill *kill) {
    struct oom_kill *copy = to ? to : malloc(sizeof *copy);
    if (!copy)
        abort();
    return memcpy(copy, kill,
                  offsetof(struct oom_kill, quotes) + (size_t)kill->quote_count * sizeof *kill->quotes);
}

void case_add_kill(struct casefile *file, const char *name, const struct oom_kill *kill, bool of_kernel) {
    /* Among the last ones; more would take too long for logs of thousands of kills. */
    for (size_t back = 1; back <= 16 && back <= file->kill_count; back++) {
        size_t at = (file->kill_next + CASE_KILLS_MAX - back) % CASE_KILLS_MAX;
        struct log_kill *last = &file->kills[at];
        if (last->file == name && last->of_kernel == of_kernel && is_same(last->kill, kill)) {
            last->at_ns[last->times++ % KILL_TIMES] = kill->wall_ns;
            last->kill = copy_kill(last->kill, kill);
            return;
        }
    }
    if (!file->kills) {
        file->kills = calloc(CASE_KILLS_MAX, sizeof *file->kills);
        if (!file->kills)
            abort();
    }
    struct log_kill *slot = &file->kills[file->kill_next];
    file->kill_next = (file->kill_next + 1) % CASE_KILLS_MAX;
    if (file->kill_count < CASE_KILLS_MAX)
        file->kill_count++;
    else
        file->kills_dropped += slot->times;
    *slot = (struct log_kill){.file = name,
                              .kill = copy_kill(slot->kill, kill),
                              .of_kernel = of_kernel,
                              .times = 1,
                              .at_ns = {kill->wall_ns}};
}

struct log_kill *case_kill_at(const struct casefile *file, size_t n) {
    return &file->kills[(file->kill_next + CASE_KILLS_MAX - file->kill_count + n) % CASE_KILLS_MAX];
}

void case_say_read(struct casefile *file, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    char **slot = ADD(file, read, read_count);
    if (slot)
        *slot = text;
    else
        free(text);
}

static void free_subject(struct subject *subject) {
    char *const owned[] = {
        subject->place.path,  subject->pod_path,   subject->limit_path,     subject->name,
        subject->pod,         subject->space,      subject->pod_uid,        subject->job,
        subject->node,        subject->id,         subject->program,        subject->image,
        subject->command,     subject->reason,     subject->engine_message, subject->own_message,
        subject->qos,         subject->pod_reason, subject->pod_message,    subject->disruption,
        subject->stop_reason, subject->stop_code};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

static void free_happening(struct happening *happening) {
    char *const owned[] = {happening->place.path, happening->object, happening->space,
                           happening->name,       happening->uid,    happening->container,
                           happening->image,      happening->reason, happening->message};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

static void free_texts(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void case_free(struct casefile *file) {
    free_texts(file->files, file->file_count);
    free_texts(file->read, file->read_count);
    for (size_t i = 0; i < file->subject_count; i++)
        free_subject(&file->subjects[i]);
    free(file->subjects);
    for (size_t i = 0; i < file->happening_count; i++)
        free_happening(&file->happenings[i]);
    free(file->happenings);
    for (size_t i = 0; i < file->kill_count; i++) {
        free(file->kills[i].kill);
        free(file->kills[i].groups);
    }
    free(file->kills);
    for (size_t i = 0; i < file->word_count; i++)
        free(file->words[i].text);
    free(file->words);
    for (size_t i = 0; i < file->node_count; i++) {
        free(file->nodes[i].name);
        free(file->nodes[i].place.path);
    }
    free(file->nodes);
    for (size_t i = 0; i < file->span_count; i++)
        free(file->spans[i].holes);
    free(file->spans);
    sentences_free(&file->notes);
    deaths_free(&file->told);
    *file = (struct casefile){0};
}
