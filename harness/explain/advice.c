/* What to do now: numbers where the inputs give some, else how to get them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/clues.h"

#define EARLY_NS (10 * NS_PER_S)
#define LONG_NS  (600 * NS_PER_S)
#define COMM_MAX 15

struct ground {
    const struct casefile *file;
    const struct subject *subject; /* NULL: none */
    const struct oom_kill *kill;   /* NULL: none */
    const struct found_words *words;
    struct death *death;
};

/* How its platform writes a memory limit. */
static char *limit_setting(const struct ground *ground, int64_t bytes) {
    struct short_text size = quantity_ceil_mi_text(bytes);
    if (!ground->subject)
        return text_format("%s", size.s);
    switch (ground->subject->platform) {
    case PLATFORM_DOCKER:
        return text_format("--memory %lldm", (long long)(bytes_ceil_mi(bytes) / MIB));
    case PLATFORM_ECS:
        return text_format("memory %lld (MiB) in the task definition",
                           (long long)(bytes_ceil_mi(bytes) / MIB));
    default:
        return text_format("resources.limits.memory: %s", size.s);
    }
}

/* The command that measures what it needs. Caller frees. */
static char *sizing_command(const struct ground *ground, const char *command) {
    struct strbuf text = {0};
    strbuf_addf(&text, "plimsoll %s ", command);
    if (ground->subject && ground->subject->image) {
        strbuf_add(&text, "--image ");
        text_add_shell_quoted(&text, ground->subject->image);
        if (ground->subject->command)
            strbuf_add(&text, ground->subject->command);
    } else if (ground->kill && ground->kill->process[0]) {
        strbuf_add(&text, "-- ");
        /* The kernel keeps 15 letters of a name. */
        if (strlen(ground->kill->process) >= COMM_MAX)
            strbuf_add(&text, "COMMAND");
        else
            text_add_shell_quoted(&text, ground->kill->process);
        strbuf_add(&text, " ...");
    } else {
        strbuf_add(&text, "-- COMMAND");
    }
    return text.text;
}

static struct known_i64 lived(const struct ground *ground) {
    return ground->subject ? known_delta(ground->subject->started_ns, ground->subject->finished_ns)
                           : UNKNOWN_I64;
}

/* What it held that was neither anonymous nor page cache: files in memory. */
static void advise_shmem(const struct ground *ground) {
    const struct death *death = ground->death;
    int64_t shmem = known_or(death->shmem_bytes, 0);
    if (!death->limit_bytes.known || shmem < death->limit_bytes.value / 4)
        return;
    sentences_add(
        &ground->death->advice,
        "%s of it is shared memory or files in memory (/dev/shm, tmpfs, emptyDir with medium Memory): these "
        "count, and outlive the process; set their sizeLimit and add it to the limit",
        bytes_text(shmem).s);
}

/* What it used up is what it should have been given for sure. */
static void advise_request(const struct ground *ground) {
    const struct subject *subject = ground->subject;
    if (!subject || subject->platform != PLATFORM_KUBERNETES || !subject->limit_bytes.known ||
        ground->death->scope != SCOPE_OWN ||
        known_or(subject->request_bytes, 0) >= subject->limit_bytes.value)
        return;
    sentences_add(&ground->death->advice, "resources.requests.memory: %s%s, and its request is %s",
                  quantity_ceil_mi_text(subject->limit_bytes.value).s,
                  ground->death->confidence == CONFIDENCE_CERTAIN
                      ? " at least: it used all of that"
                      : ", if it was its own limit: then it used all of that",
                  subject->request_bytes.known ? quantity_text(subject->request_bytes.value).s : "not set");
}

/* Runtimes that take a heap from what they are told; of Java the default is a quarter of its limit. */
static void advise_heap(const struct ground *ground) {
    const char *program = ground->kill      ? ground->kill->process
                          : ground->subject ? ground->subject->program
                                            : NULL;
    int64_t limit = known_or(ground->death->limit_bytes, 0);
    if (!program || limit < 4 * MIB)
        return;
    if (strcmp(program, "node") == 0)
        sentences_add(
            &ground->death->advice,
            "to have Node collect before the limit strikes: NODE_OPTIONS=--max-old-space-size=%lld (three "
            "quarters of it; buffers are not in its heap)",
            (long long)(limit / 4 * 3 / MIB));
    else if (strcmp(program, "java") == 0)
        sentences_add(
            &ground->death->advice,
            "a JVM needs memory beside its heap (metaspace, threads, buffers): a heap of at most %lldm in "
            "this limit (-Xmx, or -XX:MaxRAMPercentage=75)",
            (long long)(limit / 4 * 3 / MIB));
}

static void advise_limit(const struct ground *ground) {
    struct death *death = ground->death;
    CLEANUP_FREE char *size = sizing_command(ground, "size");
    CLEANUP_FREE char *leak = sizing_command(ground, "leak");
    /* Of one that lost a child, how long it ran says little. */
    struct known_i64 time = death->verdict == VERDICT_OOM ? lived(ground) : UNKNOWN_I64;
    if (time.known && time.value >= LONG_NS)
        sentences_add(&death->advice,
                      "it ran %s before it died: rule out a leak before you raise its limit: %s",
                      duration_text(time.value).s, leak);
    else if (time.known && time.value < EARLY_NS)
        sentences_add(&death->advice,
                      "it died within %lld s of its start: a limit below what it needs rather than a leak; "
                      "find what it needs: %s",
                      (long long)(time.value / NS_PER_S) + 1, size);
    else
        sentences_add(&death->advice, "find what it needs: %s", size);
    if (death->limit_bytes.known && death->limit_bytes.value < INT64_MAX / 4) {
        CLEANUP_FREE char *setting = limit_setting(ground, death->limit_bytes.value * 2);
        sentences_add(&death->advice, "until that is measured: %s, a guess, twice what was too little (%s)",
                      setting, of_size(death->limit_bytes).s + 4);
    }
    advise_request(ground);
    advise_shmem(ground);
}

static void advise_oom(const struct ground *ground) {
    if (ground->kill && ground->kill->swap_struck)
        sentences_add(
            &ground->death->advice,
            "what struck is the limit for memory and swap together (cgroup v1, --memory-swap): raise both");
    advise_limit(ground);
    advise_heap(ground);
}

static void advise_child(const struct ground *ground) {
    struct death *death = ground->death;
    const char *who =
        ground->words && ground->words->rule->kind == WORDS_CHILD_KILLED ? ground->words->rule->who : "";
    if (strcmp(who, "jest") == 0)
        sentences_add(&death->advice,
                      "fewer or smaller workers: jest --maxWorkers=2 --workerIdleMemoryLimit=512MB");
    else if (strcmp(who, "make") == 0 || strcmp(who, "gcc") == 0)
        sentences_add(&death->advice, "fewer compilers at once: make -j2");
    else if (strcmp(who, "pytest-xdist") == 0)
        sentences_add(&death->advice, "fewer workers: pytest -n 2");
    else if (strcmp(who, "cargo") == 0 || strcmp(who, "go") == 0)
        sentences_add(&death->advice, "fewer compilers at once: cargo build -j 2, go build -p 2");
    else if (strcmp(who, "gunicorn") == 0)
        sentences_add(&death->advice, "fewer workers (--workers), and see that --timeout was not what killed "
                                      "it: it uses the same words");
    sentences_add(&death->advice, "the exit code hides such a kill: oom_kill in the group's memory.events "
                                  "counts it, and plimsoll run --limit tells it");
    advise_limit(ground);
}

static void advise_outside(const struct ground *ground) {
    struct death *death = ground->death;
    const struct oom_kill *kill = ground->kill;
    struct known_i64 held = kill ? kill->anon_rss_bytes : UNKNOWN_I64;
    if (death->scope == SCOPE_PARENT) {
        sentences_add(
            &death->advice,
            "its own limit is not what struck: raise the limit of %s%s%s, or give less to what else is in it",
            kill && kill->oom_memcg[0] ? kill->oom_memcg : "the group above",
            death->limit_bytes.known ? ", now" : "",
            death->limit_bytes.known ? of_size(death->limit_bytes).s + 3 : "");
        if (kill && strstr(kill->oom_memcg, "pod"))
            sentences_add(&death->advice, "the limit of a pod is the sum of its containers' limits, and "
                                          "files in memory (emptyDir) count: raise theirs");
        return;
    }
    if (kill && kill->constraint == OOM_CONSTRAINT_NODES) {
        sentences_add(&death->advice,
                      "other nodes of the machine may have had memory: give it more NUMA nodes "
                      "(cpuset.mems, numactl --membind, MPOL_BIND), or spread what runs on "
                      "these (numactl --interleave)");
        sentences_add(&death->advice, "raising its own limit would not have helped");
        return;
    }
    if (held.known && held.value > 0)
        sentences_add(&death->advice,
                      "the victim held %s: a request (resources.requests.memory: %s) keeps such a load off a "
                      "node that has no room",
                      bytes_text(held.value).s, quantity_ceil_mi_text(held.value).s);
    else
        sentences_add(&death->advice, "give every container a memory request that holds what it uses, so "
                                      "that the node is not filled beyond what it has");
    if (kill && kill->oom_score_adj.known && kill->oom_score_adj.value >= 1000)
        sentences_add(
            &death->advice,
            "its oom_score_adj is %lld, so it is the first to die (in Kubernetes: BestEffort); with a "
            "request it is Burstable, with request = limit for CPU and memory Guaranteed (-997)",
            (long long)kill->oom_score_adj.value);
    sentences_add(&death->advice, "raising its own limit would not have helped");
}

/* "Container web was using 1000Mi, request is 100Mi" of the kubelet's message. */
static struct known_i64 quantity_behind(const char *text, const char *words) {
    const char *at = text ? strstr(text, words) : NULL;
    struct error ignored;
    int64_t bytes;
    if (!at)
        return UNKNOWN_I64;
    at += strlen(words);
    CLEANUP_FREE char *quantity = text_copy_bytes(at, strcspn(at, ", ;\n"));
    size_t length = strlen(quantity);
    if (length && quantity[length - 1] == '.')
        quantity[length - 1] = '\0';
    return quantity_parse(quantity, &bytes, &ignored) == 0 ? known_i64(bytes) : UNKNOWN_I64;
}

/* Of what else a node may run short. */
static const char *evicted_for(const struct death *death) {
    static const char *const words[] = {"ephemeral", "emptyDir", "disk",        "inodes",
                                        "nodefs",    "imagefs",  "DiskPressure"};
    for (size_t i = 0; i < death->evidence_count; i++)
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            if (strstr(death->evidence[i].text, words[j]) &&
                !strstr(death->evidence[i].text, "resource: memory"))
                return "disk";
    for (size_t i = 0; i < death->evidence_count; i++)
        if (strstr(death->evidence[i].text, "pids") || strstr(death->evidence[i].text, "PIDPressure"))
            return "processes";
    return NULL;
}

static void advise_evicted(const struct ground *ground) {
    struct death *death = ground->death;
    const char *other = evicted_for(death);
    if (other && strcmp(other, "disk") == 0) {
        sentences_add(&death->advice, "more memory is no cure: what fills the disk is logs, emptyDir volumes "
                                      "and what is written in the container (du in it); "
                                      "resources.requests.ephemeral-storage and limits for what it needs, "
                                      "sizeLimit for each emptyDir");
        return;
    }
    if (other) {
        sentences_add(&death->advice, "more memory is no cure: the node ran short of process numbers");
        return;
    }
    struct known_i64 used = UNKNOWN_I64;
    for (size_t i = 0; i < death->evidence_count && !used.known; i++)
        used = quantity_behind(death->evidence[i].text, "was using ");
    if (used.known)
        sentences_add(&death->advice,
                      "resources.requests.memory: %s, what it used: pods above their request go first",
                      quantity_ceil_mi_text(used.value).s);
    else
        sentences_add(&death->advice, "set requests.memory to what it uses: pods above their request are "
                                      "evicted first, then by priority, then by how far they are above");
    if (ground->subject && ground->subject->qos && strcmp(ground->subject->qos, "BestEffort") == 0)
        sentences_add(&death->advice, "it is BestEffort, so all that it uses is above its request");
    for (size_t i = 0; i < ground->file->node_count; i++) {
        const struct node_facts *node = &ground->file->nodes[i];
        if (node->pressure)
            sentences_add(&death->advice, "node %s is short of memory now",
                          node->name ? node->name : "(no name)");
    }
}

static void advise_probe(const struct ground *ground) {
    struct death *death = ground->death;
    sentences_add(&death->advice, "more memory may be no cure: see why the probe fails (its message above), "
                                  "and give slow starts a startupProbe or a higher failureThreshold");
    if (death->limit_bytes.known)
        sentences_add(
            &death->advice,
            "a container near its limit gets slow before it dies, and its probe with it: plimsoll size "
            "tells below which limit that begins; now it has %s",
            quantity_text(death->limit_bytes.value).s);
}

static void advise_stopped(const struct ground *ground) {
    struct death *death = ground->death;
    const struct subject *subject = ground->subject;
    bool cut = known_or(death->exit_code, 0) == 137; /* past its grace */
    if (cut && !subject)
        sentences_add(&death->advice,
                      "let it end on SIGTERM; memory is not what ended it, as far as this tells");
    else if (cut && subject->platform == PLATFORM_ECS)
        sentences_add(&death->advice,
                      "let it end on SIGTERM, or give it longer: stopTimeout in the container's "
                      "definition");
    else if (cut && subject->platform == PLATFORM_DOCKER)
        sentences_add(&death->advice, "let it end on SIGTERM (exec form of its command, --init), or give it "
                                      "longer: docker stop --time 30");
    else if (cut && subject->grace_s.known)
        sentences_add(&death->advice,
                      "let it end on SIGTERM, or give it longer: terminationGracePeriodSeconds, now %lld",
                      (long long)subject->grace_s.value);
    else if (cut)
        sentences_add(&death->advice,
                      "let it end on SIGTERM, or give it longer: terminationGracePeriodSeconds");
    else
        sentences_add(&death->advice, "memory is not what ended it");
}

static bool tells(const struct death *death, const char *word) {
    for (size_t i = 0; i < death->evidence_count; i++)
        if (strstr(death->evidence[i].text, word))
            return true;
    return false;
}

/* The setting that a runtime takes its heap from, three quarters of the limit: the rest is for what is not
 * heap. */
static void advise_runtime(const struct ground *ground) {
    struct death *death = ground->death;
    const char *who = ground->words ? ground->words->rule->who : "";
    int64_t limit = known_or(death->limit_bytes, 0);
    long long heap = (long long)(limit / 4 * 3 / MIB);
    bool has_heap = true; /* that is set */
    if (strcmp(who, "Java") == 0 && tells(death, "Metaspace")) {
        sentences_add(&death->advice,
                      "its classes ran out of room, not its heap: a larger "
                      "-XX:MaxMetaspaceSize, if it is set; where it is not, or it grows again, "
                      "classes leak (redeployments, generated classes)");
        return;
    }
    if (strcmp(who, "Node") == 0 && limit)
        sentences_add(
            &death->advice,
            "its heap is smaller than its limit of %s allows: NODE_OPTIONS=--max-old-space-size=%lld",
            quantity_text(limit).s, heap);
    else if (strcmp(who, "Node") == 0)
        sentences_add(&death->advice,
                      "a larger heap: NODE_OPTIONS=--max-old-space-size=MIB, three quarters of its limit");
    else if (strcmp(who, "Java") == 0)
        sentences_add(&death->advice,
                      "a larger heap inside the limit: JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75 (the "
                      "default is 25), or a larger limit where that is set");
    else if (strcmp(who, "PHP") == 0)
        sentences_add(&death->advice, "its own memory_limit struck, not the container's: raise it in "
                                      "php.ini, below the container's limit");
    else if (strcmp(who, "Go") == 0)
        sentences_add(&death->advice, "GOMEMLIMIT at nine tenths of its limit makes it collect earlier%s",
                      limit ? "" : "; it must have a limit for that");
    else {
        has_heap = false;
        sentences_add(&death->advice, "it asked for more than it was given (a limit, or RLIMIT_AS): raise "
                                      "that, or have it ask for less at once");
    }
    CLEANUP_FREE char *size = sizing_command(ground, "size");
    sentences_add(&death->advice,
                  has_heap ? "what it needs with its heap set like that: %s" : "find what it needs: %s",
                  size);
}

void advise(const struct casefile *file, const struct clues *clues, const struct log_kill *kill,
            struct death *death) {
    const struct ground ground = {.file = file,
                                  .subject = clues ? clues->subject : NULL,
                                  .kill = kill ? kill->kill : NULL,
                                  .words = clues ? clues->words : NULL,
                                  .death = death};
    switch (death->verdict) {
    case VERDICT_OOM:
        advise_oom(&ground);
        return;
    case VERDICT_OOM_CHILD:
        advise_child(&ground);
        return;
    case VERDICT_OUTSIDE_OOM:
        advise_outside(&ground);
        return;
    case VERDICT_EVICTED:
        advise_evicted(&ground);
        return;
    case VERDICT_PROBE:
        advise_probe(&ground);
        return;
    case VERDICT_STOPPED:
        advise_stopped(&ground);
        return;
    case VERDICT_RUNTIME_OOM:
        advise_runtime(&ground);
        return;
    case VERDICT_KILLED:
        sentences_add(&death->advice,
                      death->confidence == CONFIDENCE_POSSIBLE
                          ? "find out who sent it before a limit is changed for it"
                          : "no limit is to be changed for this: memory is not what ended it");
        return;
    case VERDICT_FAILED:
        if (death->confidence == CONFIDENCE_POSSIBLE)
            return;
        if (ground.subject && ground.subject->reason &&
            strcmp(ground.subject->reason, "Unschedulable") == 0) {
            if (tells(death, "Insufficient memory"))
                sentences_add(&death->advice,
                              "requests.memory no larger than it needs (plimsoll size tells), or a node with "
                              "more: kubectl describe nodes tells what is taken");
            return;
        }
        sentences_add(&death->advice, "read its log: memory is not what ails it, as far as this tells");
        return;
    default:
        return;
    }
}
