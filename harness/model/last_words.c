#include "model/last_words.h"

#include <string.h>

#include "model/ending.h"

/* Measured on the versions named, or as the program's source has it. */
const struct words_rule words_rules[] = {
    /* ---- a runtime that ran out ---- */
    {"unable to create native thread", "Java", false, WORDS_THREADS,
     CONFIDENCE_LIKELY}, /* 17; it keeps running */
    {"unable to create new native thread", "Java", false, WORDS_THREADS, CONFIDENCE_LIKELY}, /* 8 */
    {"Terminating due to java.lang.OutOfMemoryError", "Java", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_CERTAIN}, /* ExitOnOutOfMemoryError, exit 3 */
    {"Aborting due to java.lang.OutOfMemoryError", "Java", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_CERTAIN}, /* CrashOnOutOfMemoryError, exit 134 */
    {"java.lang.OutOfMemoryError", "Java", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},              /* 17 */
    {"Native memory allocation (mmap) failed", "Java", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 17 */
    {"There is insufficient memory for the Java Runtime", "Java", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_CERTAIN},
    {"Could not reserve enough space for ", "Java", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_LIKELY}, /* 17; "... 2097152KB object heap", "... code cache": ulimit -v */
    {"JavaScript heap out of memory", "Node", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 20 */
    {"Fatal process OOM in ", "Node", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 20; ulimit -v */
    {"Fatal process out of memory", "Node", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN},
    {"Array buffer allocation failed", "Node", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY}, /* 20 */
    {"ERR_WORKER_OUT_OF_MEMORY", "Node", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},
    {"(NoMemoryError)", "Ruby", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},                    /* 3.1 */
    {"[FATAL] failed to allocate memory", "Ruby", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 3.1 */
    {"MemoryError", "Python", true, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},                       /* 3.11 */
    {"numpy.core._exceptions._ArrayMemoryError", "Python", true, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},
    {"torch.cuda.OutOfMemoryError", "the GPU", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"CUDA out of memory", "the GPU", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"fatal error: out of memory", "Go", true, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN},          /* 1.19 */
    {"runtime: out of memory", "Go", true, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN},              /* 1.19 */
    {"fatal error: runtime: out of memory", "Go", true, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 1.19 */
    {"fatal error: failed to reserve page summary memory", "Go", true, WORDS_RUNTIME_OOM,
     CONFIDENCE_CERTAIN}, /* 1.19, at its start; ulimit -v */
    {"runtime: cannot allocate memory", "Go", true, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 1.19 */
    {"terminate called after throwing an instance of 'std::bad_alloc'", "C++", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_CERTAIN}, /* libstdc++ 12; nobody caught it */
    {"std::bad_alloc", "C++", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},         /* libstdc++ 12 */
    {"memory allocation of ", "Rust", true, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* "... N bytes failed" */
    {"eheap_alloc: Cannot allocate", "Erlang", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 25 */
    {"Allowed memory size of ", "PHP", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN},         /* 8.2 */
    {"System.OutOfMemoryException", ".NET", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},     /* 8 */
    {"virtual memory exhausted", "C", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY}, /* gcc, xmalloc */
    {": memory exhausted", "C", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},       /* coreutils, xalloc */
    {": out of memory allocating ", "gcc", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 12, xmalloc */
    {"Out of memory, malloc failed", "git", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},
    {"Out of memory, realloc failed", "git", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},
    {"xmalloc: cannot allocate ", "bash", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN},  /* 5.2 */
    {"xrealloc: cannot allocate ", "bash", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* 5.2 */
    {": Out of space\n", "sh", false, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},              /* dash 0.5 */
    {"Out of memory!", "perl", true, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY},               /* 5.36 */
    {"Out of memory in perl", "perl", true, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN},
    {"run time error: out of memory", "awk", false, WORDS_RUNTIME_OOM, CONFIDENCE_CERTAIN}, /* mawk 1.3 */
    {"Out of memory\n", "PHP", true, WORDS_RUNTIME_OOM, CONFIDENCE_LIKELY}, /* 8.2; ulimit -v */
    {": Cannot allocate memory", "C", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_POSSIBLE}, /* ENOMEM, also of fork */
    {"[Errno 12] Cannot allocate memory", "Python", false, WORDS_RUNTIME_OOM, CONFIDENCE_POSSIBLE},
    {": cannot allocate memory", "Go", false, WORDS_RUNTIME_OOM,
     CONFIDENCE_POSSIBLE},                                              /* errno's, as Go has it */
    {" ENOMEM", "Node", false, WORDS_RUNTIME_OOM, CONFIDENCE_POSSIBLE}, /* "spawn ENOMEM" */

    /* ---- somebody says so ---- */
    {"reason: 'OOMKilled'", "GitLab", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"reason: OOMKilled", "the log", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"OutOfMemoryError: Container killed due to memory usage", "ECS", false, WORDS_OOM_FLAG,
     CONFIDENCE_LIKELY},
    {"Memory limit of ", "Cloud Run", false, WORDS_OOM_FLAG,
     CONFIDENCE_LIKELY}, /* "... X MiB exceeded with Y MiB used" */
    {"OOMKilled", "the log", false, WORDS_OOM_FLAG, CONFIDENCE_POSSIBLE},
    {"Runtime exited with error: signal: killed", "AWS Lambda", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"(Memory quota vastly exceeded)", "Heroku", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY}, /* R15 */
    {" oom_kill event", "Slurm", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"oom-kill event(s) in ", "Slurm", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"Container killed by YARN for exceeding", "YARN", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"OOM Killed", "Nomad", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"Failed with result 'oom-kill'", "systemd", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"Result: oom-kill", "systemd", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"has been killed by the OOM killer", "systemd", false, WORDS_OOM_FLAG, CONFIDENCE_LIKELY},
    {"container init was OOM-killed", "runc", false, WORDS_OOM_FLAG, CONFIDENCE_CERTAIN},
    {OOMD_REASON_WORDS "pressure for /", OOM_DAEMON_SYSTEMD, false, WORDS_HOST_OOM, CONFIDENCE_LIKELY},
    {OOMD_REASON_WORDS "used (", OOM_DAEMON_SYSTEMD, false, WORDS_HOST_OOM, CONFIDENCE_LIKELY},
    {EARLYOOM_KILL_WORDS, OOM_DAEMON_EARLYOOM, false, WORDS_HOST_OOM, CONFIDENCE_LIKELY},
    {EARLYOOM_TERM_WORDS, OOM_DAEMON_EARLYOOM, false, WORDS_HOST_OOM, CONFIDENCE_LIKELY},
    {"Main process exited, code=killed, status=9/KILL", "systemd", false, WORDS_KILLED, CONFIDENCE_LIKELY},

    /* ---- children hidden by their parents ---- */
    {"A jest worker process (pid=", "jest", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"node down: Not properly terminated", "pytest-xdist", false, WORDS_CHILD_KILLED, CONFIDENCE_POSSIBLE},
    {"BrokenProcessPool", "ProcessPoolExecutor", false, WORDS_CHILD_KILLED, CONFIDENCE_POSSIBLE},
    {"assert -9 == 0", "pytest", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY}, /* of a return code */
    {"died with <Signals.SIGKILL: 9>", "Python's subprocess", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"exitcode=-SIGKILL", "Python's multiprocessing", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"exit status -9", "Python", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"signal: 'SIGKILL'", "Node's child_process", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY}, /* 20 */
    {"failed with SIGKILL (signal 9)", "Ruby's system", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"Perhaps out of memory?", "gunicorn", false, WORDS_CHILD_KILLED,
     CONFIDENCE_POSSIBLE}, /* also its own timeout */
    {"Worker exited prematurely: signal 9 (SIGKILL)", "celery", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"was terminated by signal 9: Killed", "postgres", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"was terminated due to signal 9", "gunicorn", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY}, /* 20.1 */
    {"Command terminated by signal 9", "time", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {": terminated by signal 9", "xargs", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"died, killed by signal 9", "uwsgi", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"exited on signal 9", "nginx or php-fpm", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"Killed signal terminated program", "gcc", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"(signal: 9, SIGKILL: kill)", "cargo", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {": signal: killed", "go", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"signal SIGKILL", "npm", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"npm ERR! errno 137", "npm", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"npm error errno 137", "npm", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"signal=SIGKILL", "a parent", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {"daemon disappeared unexpectedly", "gradle", false, WORDS_CHILD_KILLED, CONFIDENCE_POSSIBLE},
    {"The forked VM terminated without", "Maven", false, WORDS_CHILD_KILLED, CONFIDENCE_POSSIBLE},
    {"] Killed", "make", false, WORDS_CHILD_KILLED,
     CONFIDENCE_LIKELY}, /* "make: *** [Makefile:2: all] Killed" */
    {"] Error 137", "make", false, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},
    {" Killed   ", "a shell", false, WORDS_CHILD_KILLED,
     CONFIDENCE_LIKELY}, /* bash: "line 3:  1234 Killed     CMD" */
    {"Killed\n", "a shell", true, WORDS_CHILD_KILLED, CONFIDENCE_LIKELY},

    /* ---- CI systems ---- */
    {"The runner has received a shutdown signal", "GitHub Actions", false, WORDS_SHUTDOWN,
     CONFIDENCE_POSSIBLE},
    {"lost communication with the server", "GitHub Actions", false, WORDS_SHUTDOWN, CONFIDENCE_POSSIBLE},
    {"has exceeded the maximum execution time of", "GitHub Actions", false, WORDS_TIMEOUT,
     CONFIDENCE_CERTAIN},
    {"Job failed: execution took longer than", "GitLab", false, WORDS_TIMEOUT, CONFIDENCE_CERTAIN},
    {"The operation was canceled.", "GitHub Actions", false, WORDS_STOPPED, CONFIDENCE_LIKELY},
    {"Job failed: canceled", "GitLab", false, WORDS_STOPPED, CONFIDENCE_LIKELY},
    {"Process completed with exit code ", "GitHub Actions", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"Job failed: exit code ", "GitLab", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"command terminated with exit code ", "GitLab", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"returned a non-zero code: ", "docker build", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"did not complete successfully: exit code: ", "docker build", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"Exited (", "docker ps", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"exited with code ", "docker compose", false, WORDS_EXIT, CONFIDENCE_CERTAIN},
    {"exit status ", "the log", false, WORDS_EXIT, CONFIDENCE_LIKELY},
    {"exit code ", "the log", false, WORDS_EXIT, CONFIDENCE_LIKELY},
    {"##[group]", "GitHub Actions", false, WORDS_CI, CONFIDENCE_CERTAIN},
    {"##[error]", "GitHub Actions", false, WORDS_CI, CONFIDENCE_CERTAIN},
    {"Running with gitlab-runner", "GitLab", false, WORDS_CI, CONFIDENCE_CERTAIN},
    {"section_start:", "GitLab", false, WORDS_CI, CONFIDENCE_CERTAIN},

    /* ---- crashes that are none of memory ---- */
    {"Traceback (most recent call last):", "Python", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"Exception in thread ", "Java", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"panic: ", "Go", true, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"fatal error: ", "Go", true, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"    at Object.<anonymous> (", "Node", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"    at node:internal/", "Node", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"Node.js v", "Node", true, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"terminate called after throwing an instance of", "C++", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"' panicked at ", "Rust", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"Fatal Python error: ", "Python", true, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"Segmentation fault", "C", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {"# A fatal error has been detected by the Java Runtime", "Java", false, WORDS_CRASH, CONFIDENCE_LIKELY},
    {0},
};

static const char *find_from(const struct words_rule *rule, const char *text, const char *from) {
    const char *found = strstr(from, rule->text);
    while (found && rule->begins_line && found > text && found[-1] != '\n')
        found = strstr(found + 1, rule->text);
    return found;
}

/* The first place in the text where the rule's words stand, and may; NULL: nowhere. */
static const char *words_find(const struct words_rule *rule, const char *text) {
    return find_from(rule, text, text);
}

/* Does the line from here on say that a thread could not be made? */
static bool is_of_threads(const char *at) {
    size_t length = strcspn(at, "\n");
    for (const struct words_rule *rule = words_rules; rule->text; rule++)
        if (rule->kind == WORDS_THREADS && memmem(at, length, rule->text, strlen(rule->text)))
            return true;
    return false;
}

const struct words_rule *words_find_runtime_oom(const char *text, const char **ret_at) {
    for (const struct words_rule *rule = words_rules; rule->text; rule++) {
        const char *found = rule->kind == WORDS_RUNTIME_OOM ? words_find(rule, text) : NULL;
        while (found && is_of_threads(found))
            found = find_from(rule, text, found + 1);
        if (found) {
            *ret_at = found;
            return rule;
        }
    }
    return NULL;
}

const struct words_rule *words_find_threads(const char *text, const char **ret_at) {
    for (const struct words_rule *rule = words_rules; rule->text; rule++) {
        const char *found = rule->kind == WORDS_THREADS ? words_find(rule, text) : NULL;
        if (found) {
            *ret_at = found;
            return rule;
        }
    }
    return NULL;
}

bool words_exit_fits(const struct words_rule *rule, int64_t status) {
    static const struct {
        const char *who;
        int64_t status[3];
    } rows[] = {
        {"Java", {3, 134, 1}},     {"Node", {134, 134, 134}}, {"Ruby", {1, 1, 1}},
        {"Go", {2, 2, 2}},         {"C++", {134, 134, 134}},  {"Rust", {134, 134, 134}},
        {"Erlang", {1, 134, 134}}, {"PHP", {255, 255, 254}},  {"gcc", {1, 1, 1}},
        {"bash", {2, 2, 2}},       {"perl", {1, 1, 1}},       {"awk", {2, 2, 2}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; strcmp(rows[i].who, rule->who) == 0 && j < 3; j++)
            if (rows[i].status[j] == status)
                return true;
    return false;
}

bool words_tell_own_limit(const struct words_rule *rule) {
    return strstr(rule->text, "java.lang.OutOfMemoryError") || strstr(rule->text, "heap out of memory") ||
           strstr(rule->text, "Allowed memory size of ");
}
