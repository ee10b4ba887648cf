/* explain/: what the readers take from each form, and what is concluded from several together. */
#include "base/text.h"
#include "base/units.h"
#include "explain/conclude.h"
#include "explain/lookup.h"
#include "explain/reader.h"
#include "output/explain.h"
#include "unit.h"

#define ID    "92a0f4e67da7648670342787eb5a0c5409e81e1045ffb7e6215bb4c5b7b24d89"
#define OTHER "02a0f4e67da7648670342787eb5a0c5409e81e1045ffb7e6215bb4c5b7b24d80"
#define UID   "0e8ca23e-c6a1-4b5c-86eb-0132ca30d316"

struct memory {
    const char *at;
    size_t left;
    size_t most; /* bytes at once */
};

static ptrdiff_t read_memory(void *context, char *buffer, size_t size) {
    struct memory *memory = context;
    size_t length = memory->left < size ? memory->left : size;
    if (length > memory->most)
        length = memory->most;
    memcpy(buffer, memory->at, length);
    memory->at += length;
    memory->left -= length;
    return (ptrdiff_t)length;
}

static int read_text(struct casefile *file, const char *name, const char *text, size_t length, size_t most,
                     struct error *error) {
    struct memory memory = {text, length, most};
    const struct byte_source source = {.read = read_memory, .context = &memory};
    return explain_read(file, name, &source, error);
}

/* Reads each text as an input of its own; the list ends with NULL. Release with deaths_free(). */
static struct deaths explain(const char *const *texts) {
    struct casefile file = {0};
    struct deaths deaths = {0};
    for (int i = 0; texts[i]; i++) {
        struct error error = {0};
        int code =
            read_text(&file, i == 0 ? "first" : "second", texts[i], strlen(texts[i]), SIZE_MAX, &error);
        ck_assert_msg(code == 0, "%s", error.what);
    }
    explain_conclude(&file, &deaths);
    case_free(&file);
    return deaths;
}

/* "oom:own:certain oom-child:-:likely". Caller frees. */
static char *answers(const struct deaths *deaths) {
    struct strbuf text = {0};
    for (size_t i = 0; i < deaths->count; i++) {
        const struct death *death = &deaths->items[i];
        const char *scope = death_scope_name(death->scope);
        if (!death->aside)
            strbuf_addf(&text, "%s%s:%s:%s", text.length ? " " : "", verdict_name(death->verdict),
                        scope ? scope : "-", confidence_name(death->confidence));
    }
    return text.text ? text.text : text_copy("");
}

struct row {
    const char *name;
    const char *texts[3];
    const char *wanted;
};

static void check_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct deaths deaths = explain(rows[i].texts);
        char *got = answers(&deaths);
        ROW_TEXT(got, rows[i].wanted, rows[i].name);
        for (size_t j = 0; j < deaths.count; j++) {
            ROW(deaths.items[j].subject && *deaths.items[j].subject, "%s: who", rows[i].name);
            ROW(deaths.items[j].happened && *deaths.items[j].happened, "%s: what", rows[i].name);
            ROW(deaths.items[j].confidence == CONFIDENCE_CERTAIN || deaths.items[j].missing.count ||
                    deaths.items[j].evidence_count,
                "%s: neither fact nor what is missing", rows[i].name);
        }
        free(got);
        deaths_free(&deaths);
    }
}

/* ---- Docker ---- */

#define INSPECT(id, extra, code, flag, memory)                                                               \
    "[{\"Id\":\"" id                                                                                         \
    "\",\"Name\":\"/web\",\"Path\":\"/srv/app\",\"RestartCount\":0,\"State\":{\"Status\":\"exited\","        \
    "\"Running\":false,\"OOMKilled\":" flag ",\"ExitCode\":" code ",\"StartedAt\":\"2026-11-22T11:00:00Z\"," \
    "\"FinishedAt\":\"2026-11-22T11:30:00Z\"" extra "},\"HostConfig\":{\"Memory\":" memory                   \
    "},\"Config\":{}}]"
#define EVENT(action, seconds, attributes)                                                                   \
    "{\"Type\":\"container\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" ID                              \
    "\",\"Attributes\":{\"name\":\"web\"" attributes "}},\"time\":" seconds "}\n"
/* 11:30 is 1795347000 */

TEST(docker) {
    static const struct row rows[] = {
        {"flag and 137", {INSPECT(ID, "", "137", "true", "1048576")}, "oom:own:likely"},
        {"flag and 137 without a limit", {INSPECT(ID, "", "137", "true", "0")}, "outside-oom:-:likely"},
        {"flag and another code", {INSPECT(ID, "", "2", "true", "1048576")}, "oom-child:own:likely"},
        {"0 without a limit", {INSPECT(ID, "", "0", "false", "0")}, "survived:-:certain"},
        {"0 with a limit, under which a child may have died unseen",
         {INSPECT(ID, "", "0", "false", "1048576")},
         "survived:-:likely"},
        {"137 alone", {INSPECT(ID, "", "137", "false", "1048576")}, "killed:-:possible"},
        {"143", {INSPECT(ID, "", "143", "false", "1048576")}, "stopped:-:likely"},
        {"segmentation fault", {INSPECT(ID, "", "139", "false", "1048576")}, "failed:-:likely"},
        {"too little to start",
         {INSPECT(ID,
                  ",\"Error\":\"OCI runtime create failed: container init was OOM-killed (memory limit too "
                  "low?)\"",
                  "128", "false", "1048576")},
         "oom:own:certain"},
        {"created only",
         {"{\"Id\":\"" ID
          "\",\"State\":{\"Status\":\"created\",\"ExitCode\":0},\"HostConfig\":{\"Memory\":0}}"},
         "survived:-:certain"},
        {"docker kill",
         {INSPECT(ID, "", "137", "false", "0"), EVENT("kill", "1795347000", ",\"signal\":\"9\"")
                                                    EVENT("die", "1795347000", ",\"exitCode\":\"137\"")},
         "killed:-:certain"},
        {"docker stop",
         {INSPECT(ID, "", "137", "false", "0"),
          EVENT("kill", "1795346990", ",\"signal\":\"15\"") EVENT("kill", "1795347000", ",\"signal\":\"9\"")
              EVENT("stop", "1795347000", "")},
         "stopped:-:certain"},
        {"SIGHUP is no stop",
         {INSPECT(ID, "", "137", "false", "0"), EVENT("kill", "1795346990", ",\"signal\":\"1\"")
                                                    EVENT("die", "1795347000", ",\"exitCode\":\"137\"")},
         "killed:-:possible"},
        {"a stop of the run before",
         {INSPECT(ID, "", "137", "false", "0"), EVENT("kill", "1795345000", ",\"signal\":\"15\"")
                                                    EVENT("die", "1795345001", ",\"exitCode\":\"143\"")},
         "killed:-:possible"},
        {"an oom long before, then docker kill",
         {INSPECT(ID, "", "137", "false", "1048576"),
          EVENT("oom", "1795346000", "") EVENT("kill", "1795347000", ",\"signal\":\"9\"")},
         "killed:-:certain"},
        {"an oom event, and exit 137",
         {INSPECT(ID, "", "137", "false", "1048576"),
          EVENT("oom", "1795347000", "") EVENT("die", "1795347000", ",\"exitCode\":\"137\"")},
         "oom:own:likely"},
        {"events of lines",
         {"2026-11-22T11:30:00.861941868Z container oom " ID " (image=tiny:1, name=web)\n"
          "2026-11-22T11:30:00.9Z container die " ID " (exitCode=137, image=tiny:1, name=web)\n"},
         "oom:-:likely"},
        {"events of podman",
         {"{\"ID\":\"" ID
          "\",\"Name\":\"web\",\"Status\":\"died\",\"Type\":\"container\",\"ContainerExitCode\":3,"
          "\"Time\":\"2026-11-22T11:30:00Z\"}\n{\"Type\":\"image\",\"Status\":\"pull\",\"Name\":\"x\"}\n"},
         "failed:-:likely"},
    };
    check_rows(rows, COUNT(rows));
}
END_TEST

/* ---- a container and the kernel log of its host ---- */

#define KILL(time, limit, group, name)                                                                       \
    time " n kernel: " name                                                                                  \
         " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n" time                  \
         " n kernel: memory: usage 1024kB, limit 1024kB, failcnt 1\n" time " n kernel: "                     \
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=" limit     \
         ",task_memcg=" group ",task=" name ",pid=7,uid=0\n" time                                            \
         " n kernel: Memory cgroup out of memory: Killed process 7 (" name ") total-vm:1kB, anon-rss:1kB\n"
#define THEN "2026-11-22T11:30:00+00:00"
#define OLD  "2026-11-22T11:10:00+00:00"

TEST(joined) {
    static const struct row rows[] = {
        {"its own limit",
         {INSPECT(ID, "", "137", "false", "0"), KILL(THEN, "/docker/" ID, "/docker/" ID, "app")},
         "oom:own:certain"},
        {"another program, the same time",
         {INSPECT(ID, "", "137", "false", "0"), KILL(THEN, "/docker/" ID, "/docker/" ID, "worker")},
         "oom:own:likely"}, /* a child, whose end the main process may have told as its own */
        {"another program, at no known time",
         {INSPECT(ID, "", "137", "false", "0"),
          KILL("Nov 22 11:30:00", "/docker/" ID, "/docker/" ID, "worker")},
         "oom:own:likely"},
        {"the same program, at no known time",
         {INSPECT(ID, "", "137", "false", "0"), KILL("Nov 22 11:30:00", "/docker/" ID, "/docker/" ID, "app")},
         "oom:own:certain"},
        {"long before its end",
         {INSPECT(ID, "", "137", "false", "0"), KILL(OLD, "/docker/" ID, "/docker/" ID, "worker")},
         "killed:-:possible"},
        {"a child, and it ended by itself",
         {INSPECT(ID, "", "1", "false", "0"), KILL(THEN, "/docker/" ID, "/docker/" ID, "worker")},
         "oom-child:own:certain"},
        {"a parent's limit",
         {INSPECT(ID, "", "137", "true", "1048576"), KILL(THEN, "/docker", "/docker/" ID, "app")},
         "outside-oom:parent:certain"},
        {"a group within",
         {INSPECT(ID, "", "137", "true", "0"), KILL(THEN, "/docker/" ID, "/docker/" ID "/w", "app")},
         "oom:own:certain"},
        {"of another container",
         {INSPECT(ID, "", "137", "false", "0"), KILL(THEN, "/docker/" OTHER, "/docker/" OTHER, "app")},
         "killed:-:possible"},
        {"a group without a name, the same program and time",
         {INSPECT(ID, "", "137", "false", "0"), KILL(THEN, "/x", "/x", "app")},
         "oom:own:likely"},
        {"a group without a name, another time",
         {INSPECT(ID, "", "137", "false", "0"), KILL(OLD, "/x", "/x", "app")},
         "killed:-:possible"},
        {"a log of that time, with nothing in it",
         {INSPECT(ID, "", "137", "false", "0"),
          OLD " n kernel: Linux version 6.1\n2026-11-22T12:00:00+00:00 n kernel: usb 1-1: new\n"},
         "killed:-:likely"},
        {"a log that ended before",
         {INSPECT(ID, "", "137", "false", "0"),
          OLD " n kernel: Linux version 6.1\n" OLD " n kernel: usb 1-1: new\n"},
         "killed:-:possible"},
        {"the other order",
         {KILL(THEN, "/docker/" ID, "/docker/" ID, "app"), INSPECT(ID, "", "137", "false", "0")},
         "oom:own:certain"},
        {"a unit of systemd, within",
         {KILL(THEN, "/system.slice/x.service", "/system.slice/x.service/sub", "app")},
         "oom:own:certain"},
        {"a slice above a unit",
         {KILL(THEN, "/system.slice", "/system.slice/x.service", "app")},
         "outside-oom:parent:certain"},
        {"a pod's limit, no pod given",
         {KILL(THEN, "/kubepods/pod" UID, "/kubepods/pod" UID "/" ID, "app")},
         "outside-oom:parent:certain"},
    };
    check_rows(rows, COUNT(rows));
}
END_TEST

/* ---- a log of a program and the kernel log of its machine ---- */

#define TOLD(time, text)                                                                                     \
    time " ##[group]Run x\n" time " " text "\n" time " ##[error]Process completed with exit code 137.\n"
#define QUIET_LOG "2026-11-22T11:00:00+00:00 n kernel: a\n2026-11-22T12:00:00+00:00 n kernel: b\n"

TEST(logs_joined) {
    static const struct row rows[] = {
        {"the process that it names",
         {"x.sh: line 3:  7 Killed                  ./app\nexit code 137\n", KILL(THEN, "/a", "/a", "app")},
         "oom-child:own:certain"},
        {"and at a parent's limit",
         {"x.sh: line 3:  7 Killed                  ./app\n", KILL(THEN, "/a", "/a/b", "app")},
         "oom-child:parent:certain"},
        {"in the other order",
         {KILL(THEN, "/a", "/a", "app"), "LOG:  server process (PID 7) was terminated by signal 9: Killed\n"},
         "oom-child:own:certain"},
        {"another process, at no known time",
         {"x.sh: line 3:  77 Killed                  ./app\n", KILL(THEN, "/a", "/a", "app")},
         "oom-child:own:possible"},
        {"another process of that number, at another time",
         {TOLD(THEN, "x.sh: line 3:  7 Killed                  ./app"), KILL(OLD, "/a", "/a", "app")},
         "oom-child:-:possible oom:own:certain"},
        {"137 at that time", {TOLD(THEN, "x"), KILL(THEN, "/a", "/a", "app")}, "oom:own:likely"},
        {"137 at no known time, and just one kill",
         {"ERROR: Job failed: exit code 137\n", KILL(THEN, "/a", "/a", "app")},
         "oom:own:possible"},
        {"137 at no known time, and several kills",
         {"ERROR: Job failed: exit code 137\n",
          KILL(THEN, "/a", "/a", "app") KILL(THEN, "/b", "/b", "other")},
         "killed:-:possible oom:own:certain oom:own:certain"},
        {"137 at that time, a parent's limit",
         {TOLD(THEN, "x"), KILL(THEN, "/a", "/a/b", "app")},
         "outside-oom:parent:likely"},
        {"137, and a kill at another time",
         {TOLD(THEN, "x"), KILL(OLD, "/a", "/a", "app")},
         "killed:-:possible oom:own:certain"},
        {"137, and no kill in a log of that time", {TOLD(THEN, "x"), QUIET_LOG}, "killed:-:likely"},
        {"a child's SIGKILL, and no kill in a log of that time",
         {TOLD(THEN, "make: *** [Makefile:2: all] Killed"), QUIET_LOG},
         "killed:-:likely"},
        {"a failure while something was killed",
         {THEN " ##[group]Run x\n" THEN " ##[error]Process completed with exit code 1.\n",
          KILL(THEN, "/a", "/a", "app")},
         "oom-child:own:possible"},
        {"a reason of its own while something was killed",
         {THEN " MemoryError\n" THEN " ##[error]Process completed with exit code 1.\n",
          KILL(THEN, "/a", "/a", "app")},
         "runtime-oom:-:likely oom:own:certain"},
        {"a job that went well while something was killed",
         {THEN " ##[group]Run x\n" THEN " done\n", KILL(THEN, "/a", "/a", "app")},
         "unknown:-:unknown oom:own:certain"},
    };
    check_rows(rows, COUNT(rows));
}
END_TEST

/* ---- Kubernetes ---- */

#define POD(spec, status)                                                                                    \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-1\",\"namespace\":\"d\",\"uid\":"  \
    "\"" UID "\"},"                                                                                          \
    "\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"web\"" spec                                    \
    "}]},\"status\":{\"containerStatuses\":[{"                                                               \
    "\"name\":\"web\",\"restartCount\":0," status "}]}}"
#define ENDED(reason, code)                                                                                  \
    "\"state\":{\"terminated\":{\"containerID\":\"containerd://" ID "\",\"reason\":\"" reason                \
    "\",\"exitCode\":" code                                                                                  \
    ",\"startedAt\":\"2026-11-22T11:00:00Z\",\"finishedAt\":\"2026-11-22T11:30:00Z\"}}"
#define LIMIT ",\"resources\":{\"limits\":{\"memory\":\"1Mi\"}}"
#define POD_EVENT(reason, message, time)                                                                     \
    "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":\"d\","    \
    "\"name\":"                                                                                              \
    "\"web-1\",\"uid\":\"" UID "\",\"fieldPath\":\"spec.containers{web}\"},\"reason\":\"" reason             \
    "\",\"message\":\"" message "\",\"lastTimestamp\":\"" time "\"}\n"

TEST(kubernetes) {
    static const struct row rows[] = {
        {"OOMKilled", {POD(LIMIT, ENDED("OOMKilled", "137"))}, "oom:own:likely"},
        {"OOMKilled without a limit", {POD("", ENDED("OOMKilled", "137"))}, "outside-oom:-:likely"},
        {"OOMKilled and 0", {POD(LIMIT, ENDED("OOMKilled", "0"))}, "oom-child:own:likely"},
        {"Error and 137", {POD(LIMIT, ENDED("Error", "137"))}, "killed:-:possible"},
        {"137 that is made up", {POD(LIMIT, ENDED("ContainerStatusUnknown", "137"))}, "unknown:-:unknown"},
        {"a probe",
         {POD(LIMIT, ENDED("Error", "137")),
          POD_EVENT("Killing", "Container web failed liveness probe, will be restarted",
                    "2026-11-22T11:29:58Z")},
         "probe:-:certain"},
        {"a probe, at another time",
         {POD(LIMIT, ENDED("Error", "137")),
          POD_EVENT("Killing", "Container web failed liveness probe, will be restarted",
                    "2026-11-22T11:02:00Z")},
         "probe:-:likely"},
        {"a startup probe, in the other kind of event",
         {POD(LIMIT, ENDED("Error", "137")),
          "{\"apiVersion\":\"events.k8s.io/"
          "v1\",\"kind\":\"Event\",\"regarding\":{\"kind\":\"Pod\",\"uid\":\"" UID
          "\"},\"reason\":\"Killing\",\"note\":\"Container web failed startup probe, will be restarted\","
          "\"eventTime\":\"2026-11-22T11:29:59.5Z\"}"},
         "probe:-:certain"},
        {"a stop",
         {POD(LIMIT, ENDED("Error", "137")),
          POD_EVENT("Killing", "Stopping container web", "2026-11-22T11:29:30Z")},
         "stopped:-:certain"},
        {"a stop after its end",
         {POD(LIMIT, ENDED("Error", "137")),
          POD_EVENT("Killing", "Stopping container web", "2026-11-22T11:45:00Z")},
         "killed:-:possible"},
        {"evicted, told by the event",
         {POD(LIMIT, ENDED("Error", "137")),
          POD_EVENT("Evicted", "The node was low on resource: memory.", "2026-11-22T11:29:30Z")},
         "evicted:-:certain"},
        {"evicted, and no pod any more",
         {POD_EVENT("Evicted", "The node was low on resource: memory.", "2026-11-22T11:29:30Z")},
         "evicted:-:certain"},
        {"of a pod's run before",
         {POD(LIMIT, ENDED("OOMKilled", "137")),
          KILL(OLD, "/kubepods/pod" UID "/" OTHER, "/kubepods/pod" UID "/" OTHER, "app")},
         "oom:own:likely"},
        {"a kill of its run before does not explain exit 1",
         {POD(LIMIT, ENDED("Error", "1")),
          KILL("Nov 22 11:30:00", "/kubepods/pod" UID "/" OTHER, "/kubepods/pod" UID "/" OTHER, "app")},
         "failed:-:likely"},
        {"the kernel's line, by node-problem-detector",
         {POD(LIMIT, ENDED("Error", "1")),
          "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"involvedObject\":{\"kind\":\"Node\",\"name\":\"n\"},"
          "\"reason\":"
          "\"OOMKilling\",\"message\":\"Memory cgroup out of memory: Killed process 7 (java) total-vm:1kB, "
          "anon-rss:1kB\"}"},
         "failed:-:likely"},
        {"the same alone",
         {"{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"involvedObject\":{\"kind\":\"Node\",\"name\":\"n\"},"
          "\"reason\":"
          "\"OOMKilling\",\"message\":\"Memory cgroup out of memory: Killed process 7 (java) total-vm:1kB, "
          "anon-rss:1kB\"}"},
         "oom:-:likely"},
        {"no containers yet",
         {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"status\":{\"phase\":"
          "\"Pending\"}}"},
         "survived:-:certain"},
        {"a deployment",
         {"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\"}}"},
         ""},
        {"keys of other types",
         {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":7,\"spec\":[],\"status\":{"
          "\"containerStatuses\":["
          "{\"state\":{\"terminated\":{\"exitCode\":\"137\",\"reason\":5}}},7,null]}}"},
         "killed:-:possible survived:-:certain survived:-:certain"},
    };
    check_rows(rows, COUNT(rows));
}
END_TEST

TEST(describe) {
    static const struct row rows[] = {
        {"a container that waits for its next start",
         {"Name:         web-1\nNamespace:    d\nNode:         n/192.0.2.2\nStatus:       "
          "Running\nContainers:\n"
          "  web:\n    Container ID:  containerd://" ID "\n    State:          Waiting\n      Reason:       "
          "CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code: "
          "   137\n"
          "      Started:      Sun, 22 Nov 2026 11:05:02 +0000\n      Finished:     Sun, 22 Nov 2026 "
          "11:35:02 +0000\n"
          "    Restart Count:  3\n    Limits:\n      memory:  64Mi\n  side:\n    State:          Running\n"
          "QoS Class:       Burstable\nEvents:          <none>\n"},
         "oom:own:likely survived:-:certain"},
        {"a failed probe",
         {"Name:         web-1\nNamespace:    d\nNode:         n\nContainers:\n  web:\n    State:          "
          "Terminated\n"
          "      Reason:       Error\n      Exit Code:    137\n    Liveness:       http-get "
          "http://:8080/\nEvents:\n"
          "  Type     Reason     Age                From     Message\n  ----     ------     ----  ----  "
          "-------\n"
          "  Warning  Unhealthy  8s (x3 over 28s)   kubelet  Liveness probe failed: HTTP 500\n"
          "  Normal   Killing    8s                 kubelet  Container web failed liveness probe, will be "
          "restarted\n"},
         "probe:-:likely"},
        {"two pods, one evicted",
         {"Name:           a\nNamespace:      d\nNode:           n\nStatus:         Failed\nReason:         "
          "Evicted\n"
          "Message:        The node was low on resource: memory.\nContainers:\n  c:\n    State:          "
          "Terminated\n"
          "      Exit Code:    137\n\n\nName:         b\nNamespace:    d\nStatus:       "
          "Running\nContainers:\n  c:\n"
          "    State:          Running\n"},
         "evicted:-:certain survived:-:certain"},
    };
    check_rows(rows, COUNT(rows));
}
END_TEST

/* ---- logs ---- */

/* What parents and platforms say, each as the program itself prints it, behind the prefixes of those who pass
 * it on. */
TEST(logs) {
    static const struct row rows[] = {
        {"make",
         {"make[1]: *** [Makefile:12: all] Killed\nmake: *** [Makefile:3: build] Error 2\n"},
         "oom-child:-:possible"},
        {"npm",
         {"npm ERR! path /app\nnpm ERR! command failed\nnpm ERR! signal SIGKILL\n"},
         "oom-child:-:possible"},
        {"jest",
         {"A jest worker process (pid=2211) was terminated by another process: signal=SIGKILL, "
          "exitCode=null."},
         "oom-child:-:possible"},
        {"pytest",
         {"[gw1] node down: Not properly terminated\nreplacing crashed worker gw1\n"},
         "oom-child:-:possible"},
        {"gunicorn",
         {"[2026-11-22 11:30:00 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?"},
         "oom-child:-:possible"},
        {"postgres",
         {"2026-11-22 11:30:00.000 UTC [1] LOG:  server process (PID 77) was terminated by signal 9: "
          "Killed\n"},
         "oom-child:-:possible"},
        {"celery",
         {"billiard.exceptions.WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL) Job: 3."},
         "oom-child:-:possible"},
        {"gcc",
         {"g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\n"},
         "oom-child:-:possible"},
        {"cargo",
         {"  process didn't exit successfully: `rustc ...` (signal: 9, SIGKILL: kill)\n"},
         "oom-child:-:possible"},
        {"go",
         {"github.com/x/y: /usr/lib/go/pkg/tool/linux_amd64/compile: signal: killed\n"},
         "oom-child:-:possible"},
        {"bash", {"./run.sh: line 3:  1234 Killed                  ./app --all\n"}, "oom-child:-:possible"},
        {"Python's subprocess",
         {"subprocess.CalledProcessError: Command '['./app']' died with <Signals.SIGKILL: 9>.\n"},
         "oom-child:-:possible"},
        {"pytest of a return code",
         {"E       assert -9 == 0\nE        +  where -9 = call(['x'])\n"},
         "oom-child:-:possible"},
        {"Python's multiprocessing",
         {"worker failed: <Process name='Process-1' pid=7 parent=6 stopped exitcode=-SIGKILL>\n"},
         "oom-child:-:possible"},
        {"Python's check_call",
         {"Command './app' returned non-zero exit status -9.\n"},
         "oom-child:-:possible"},
        {"Node's child_process",
         {"Error: Command failed: ./app\n  status: null,\n  signal: 'SIGKILL',\n"},
         "oom-child:-:possible"},
        {"Ruby's system",
         {"-e:1:in `system': Command failed with SIGKILL (signal 9): ./app (RuntimeError)\n"},
         "oom-child:-:possible"},
        {"gunicorn 20.1",
         {"[2026-11-23 09:35:15 +0000] [7] [WARNING] Worker with pid 8 was terminated due to signal 9\n"},
         "oom-child:-:possible"},
        {"time", {"Command terminated by signal 9\n0.01user 0.02system\n"}, "oom-child:-:possible"},
        {"xargs", {"xargs: ./app: terminated by signal 9\n"}, "oom-child:-:possible"},
        {"gcc, its address space",
         {"cc1: out of memory allocating 6000 bytes after a total of 25104384 bytes\n"},
         "runtime-oom:-:certain"},
        {"git",
         {"fatal: Out of memory, malloc failed (tried to allocate 9 bytes)\n"},
         "runtime-oom:-:likely"},
        {"bash, its address space",
         {"bash: xrealloc: cannot allocate 20971648 bytes\n"},
         "runtime-oom:-:certain"},
        {"dash", {"sh: 1: Out of space\n"}, "runtime-oom:-:likely"},
        {"perl", {"Out of memory!\n"}, "runtime-oom:-:likely"},
        {"mawk", {"awk: run time error: out of memory\n\tFILENAME=\"\"\n"}, "runtime-oom:-:certain"},
        {"PHP, its address space",
         {"mmap() failed: [12] Cannot allocate memory\nOut of memory\n"},
         "runtime-oom:-:likely"},
        {"Node, at its start",
         {"#\n# Fatal process OOM in Failed to reserve virtual memory for CodeRange\n#\n"},
         "runtime-oom:-:certain"},
        {"Java, at its start",
         {"Error occurred during initialization of VM\nCould not reserve enough space for 2097152KB object "
          "heap\n"},
         "runtime-oom:-:likely"},
        {"Go, at its start",
         {"fatal error: failed to reserve page summary memory\n\nruntime stack:\n"},
         "runtime-oom:-:certain"},
        {"kubectl logs --timestamps",
         {"2026-11-22T11:30:00.123456789Z MemoryError\n"},
         "runtime-oom:-:likely"},
        {"in colour", {"\033[31mfatal error: out of memory\033[0m\n"}, "runtime-oom:-:certain"},
        {"in the middle of a line it is somebody's message",
         {"caught a MemoryError, going on\nexit code 1\n"},
         "failed:-:likely"},
        {"a thread that could not be had",
         {"java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process "
          "limits\n"},
         "failed:-:likely"},
        {"of a GPU",
         {"torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n"},
         "failed:-:likely"},
        {"Cloud Run",
         {"Memory limit of 512 MiB exceeded with 530 MiB used. Consider increasing the memory limit\n"},
         "oom:-:likely"},
        {"docker build",
         {"The command '/bin/sh -c npm run build' returned a non-zero code: 137\n"},
         "killed:-:possible"},
        {"Slurm",
         {"slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch. Some of the step tasks have been "
          "OOM Killed.\n"},
         "oom:-:likely"},
        {"systemd-oomd",
         {"Nov 22 11:30:00 h systemd-oomd[7]: Killed /user.slice/u.scope due to memory pressure for "
          "/user.slice being "
          "62.31% > 50.00% for > 20s with reclaim activity\nNov 22 11:30:00 h sshd[9]: x\nNov 22 11:30:00 h "
          "a[9]: x\n"},
         "outside-oom:host:likely"},
        {"earlyoom",
         {"sending SIGKILL to process 77 uid 1000 \"app\": badness 900, VmRSS 700 MiB\n"},
         "outside-oom:host:likely"},
        {"a job that went well in spite of it",
         {"##[group]Run x\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of "
          "memory\nagain\n"
          "ok\n"},
         "runtime-oom:-:possible"},
        {"exit 0", {"##[group]Run x\nProcess completed with exit code 0.\n"}, "unknown:-:unknown"},
        {"a container, and its log",
         {INSPECT(ID, "", "2", "false", "0"), "make: *** [Makefile:12: all] Killed\n"},
         "oom-child:-:possible"},
    };
    check_rows(rows, COUNT(rows));
}
END_TEST

/* ---- how it is fed ---- */

/* Whatever the pieces in which an input comes, and whether its last line ends. */
TEST(pieces) {
    char *text = unit_read_fixture("kernel-log/v2-zoo.dmesg-r");
    size_t length = strlen(text);
    for (size_t most = 1; most < 100000; most = most * 7 + 1) {
        for (size_t cut = 0; cut < 2; cut++) {
            struct casefile file = {0};
            struct deaths deaths = {0};
            struct error error = {0};
            ck_assert_int_eq(read_text(&file, "log", text, length - cut, most, &error), 0);
            explain_conclude(&file, &deaths);
            ROW(deaths.count == 4, "%zu bytes at once: %zu", most, deaths.count);
            deaths_free(&deaths);
            case_free(&file);
        }
    }
    free(text);
}
END_TEST

/* A kernel log within another text: it is read line by line, with no line left out, and says the same. */
TEST(in_another_log) {
    char *text = unit_read_fixture("kernel-log/v2-zoo.dmesg-r");
    char *both = text_format("##[group]Run dmesg\n%s##[error]Process completed with exit code 137.\n", text);
    struct deaths deaths = explain((const char *const[]){both, NULL});
    char *got = answers(&deaths);
    ck_assert_str_eq(got,
                     "oom:own:certain oom:own:certain outside-oom:parent:certain outside-oom:host:certain");
    ck_assert_int_eq(deaths.items[0].evidence[0].line.value, 2);
    free(got);
    deaths_free(&deaths);
    free(both);
    free(text);
}
END_TEST

/* Whatever stands before a line, the same is read of it: some prefixes are told at a glance, others parsed.
 */
TEST(prefixes) {
    static const char *const starts[] = {"[    7.014869] ",
                                         "<4>[12345.014869] ",
                                         "[    7.014869][   T92] ",
                                         "[    7.014869] node1 kernel: ",
                                         "[Sun Nov 22 11:30:00 2026] ",
                                         "2026-11-22T11:30:00+00:00 node1 kernel: ",
                                         "Nov 22 11:30:00 node1 kernel: ",
                                         "Nov 22 11:30:00 node1 kernel: [    7.014869] ",
                                         "4,353,7014869,-;"};
    char *log = unit_read_fixture("kernel-log/v1-memcg-oom.dmesg");
    for (size_t i = 0; i < COUNT(starts); i++) {
        struct strbuf text = {0};
        for (const char *at = log; *at; at += strcspn(at, "\n") + 1)
            strbuf_addf(&text, "%s%.*s\n", starts[i], (int)strcspn(at, "\n") - 15, at + 15);
        struct casefile file = {0};
        struct error error = {0};
        ck_assert_int_eq(read_text(&file, "in", strbuf_text(&text), text.length, SIZE_MAX, &error), 0);
        ROW(file.kill_count == 1, "%s: %zu", starts[i], file.kill_count);
        const struct oom_kill *kill = file.kills[0].kill;
        ROW(kill->tasks == 1, "%s: %d tasks", starts[i], kill->tasks);
        ROW(kill->anon_bytes.value == 130793472, "%s: %lld", starts[i], (long long)kill->anon_bytes.value);
        ROW(kill->shmem_bytes.known, "%s", starts[i]);
        ROW(kill->limit_bytes.value == 128076 * KIB, "%s: %lld", starts[i],
            (long long)kill->limit_bytes.value);
        ROW(kill->quotes[0].line == 1, "%s: %ld", starts[i], kill->quotes[0].line);
        case_free(&file);
        strbuf_free(&text);
    }
    free(log);
}
END_TEST

/* Conditions that are there twice: the first counts. */
TEST(twice) {
    static const char pod[] =
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\"},\"status\":{"
        "\"phase\":\"Failed\",\"conditions\":["
        "{\"type\":\"DisruptionTarget\",\"status\":\"True\",\"reason\":\"a\"},"
        "{\"type\":\"DisruptionTarget\",\"status\":\"True\",\"reason\":\"b\"}]}}\n"
        "{\"kind\":\"Job\",\"apiVersion\":\"batch/"
        "v1\",\"metadata\":{\"name\":\"j\"},\"status\":{\"conditions\":["
        "{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"a\",\"message\":\"m\"},"
        "{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"b\",\"message\":\"n\"}]}}\n";
    struct casefile file = {0};
    struct error error = {0};
    ck_assert_int_eq(read_text(&file, "in", pod, sizeof pod - 1, SIZE_MAX, &error), 0);
    ck_assert_uint_eq(file.subject_count, 2);
    ck_assert_str_eq(file.subjects[0].disruption, "a");
    ck_assert_str_eq(file.subjects[1].pod_reason, "a");
    ck_assert_str_eq(file.subjects[1].place.path, "status.conditions[0]");
    case_free(&file);
}
END_TEST

/* Times that nobody means are unknown, and overflow nothing. */
TEST(very_long) {
    static const char *const seconds[] = {"9007199254740991", "1000000001", "-9", "1e300"};
    for (size_t i = 0; i < COUNT(seconds); i++) {
        char *pod = text_format(
            "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\"},\"spec\":{"
            "\"terminationGracePeriodSeconds\":%s,"
            "\"containers\":[{\"name\":\"c\",\"livenessProbe\":{\"periodSeconds\":1000000,"
            "\"failureThreshold\":900000}}]},"
            "\"status\":{\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"terminated\":{\"exitCode\":137,"
            "\"reason\":\"Error\","
            "\"startedAt\":\"2026-11-22T11:30:00Z\",\"finishedAt\":\"2026-11-22T11:30:09Z\"}}}]}}",
            seconds[i]);
        struct casefile file = {0};
        struct deaths deaths = {0};
        struct error error = {0};
        ck_assert_int_eq(read_text(&file, "in", pod, strlen(pod), SIZE_MAX, &error), 0);
        explain_conclude(&file, &deaths);
        ROW(deaths.count == 1, "%s: %zu", seconds[i], deaths.count);
        ROW(!file.subjects[0].grace_s.known, "%s", seconds[i]);
        ROW(file.subjects[0].has_probe && !file.subjects[0].probe_kill_s.known, "%s", seconds[i]);
        deaths_free(&deaths);
        case_free(&file);
        free(pod);
    }
}
END_TEST

/* A message of a journal as a list of bytes, of which some are none. */
TEST(bytes) {
    struct deaths deaths = explain(
        (const char *const[]){"{\"PRIORITY\":\"3\",\"MESSAGE\":[79,117,116,32,111,102,32,109,101,109,111,114,"
                              "121,58,32,75,105,108,108,101,100,32,"
                              "112,114,111,99,101,115,115,32,55,32,40,97,1e300,-1e300,null,0,256,41]}",
                              NULL});
    ck_assert_uint_eq(deaths.count, 1);
    ck_assert_str_eq(deaths.items[0].process, "a?????");
    deaths_free(&deaths);
}
END_TEST

/* The last message of a journal tells how far it reaches, though it says nothing. */
TEST(reach) {
    struct casefile file = {0};
    struct error error = {0};
    static const char text[] =
        "{\"PRIORITY\":\"3\",\"MESSAGE\":\"a\",\"__REALTIME_TIMESTAMP\":\"1000000\"}\n"
        "{\"PRIORITY\":\"3\",\"MESSAGE\":\"b\",\"__REALTIME_TIMESTAMP\":\"2000000\"}\n"
        "{\"PRIORITY\":\"3\",\"MESSAGE\":\"c\",\"__REALTIME_TIMESTAMP\":\"9000000\"}\n";
    ck_assert_int_eq(read_text(&file, "in", text, sizeof text - 1, SIZE_MAX, &error), 0);
    ck_assert_uint_eq(file.span_count, 1);
    ck_assert_int_eq(file.spans[0].first_wall_ns.value, NS_PER_S);
    ck_assert_int_eq(file.spans[0].last_wall_ns.value, 9 * NS_PER_S);
    case_free(&file);
}
END_TEST

/* More kills than are kept: the last ones are, and the rest is counted. */
TEST(very_many) {
    struct strbuf text = {0};
    for (int i = 0; i < CASE_KILLS_MAX + 10; i++)
        strbuf_addf(&text,
                    "[    1.000000] Out of memory: Killed process %d (p%d) total-vm:1kB, anon-rss:1kB\n", i,
                    i);
    struct deaths deaths = explain((const char *const[]){strbuf_text(&text), NULL});
    ck_assert_uint_eq(deaths.count, CASE_KILLS_MAX);
    ck_assert_int_eq(deaths.dropped, 10);
    ck_assert_str_eq(deaths.items[0].process, "p10");
    deaths_free(&deaths);
    strbuf_free(&text);
}
END_TEST

/* The same again and again is one death, told so often. */
TEST(again_and_again) {
    struct strbuf text = {0};
    for (int i = 0; i < 500; i++)
        strbuf_addf(&text, KILL(THEN, "/a", "/a", "app") KILL(THEN, "/b", "/b", "app"));
    struct deaths deaths = explain((const char *const[]){strbuf_text(&text), NULL});
    ck_assert_uint_eq(deaths.count, 2);
    ck_assert_int_eq(deaths.items[0].times, 500);
    deaths_free(&deaths);
    strbuf_free(&text);
}
END_TEST

TEST(refused) {
    static const struct {
        const char *text;
        size_t length;
        const char *message;
    } rows[] = {
        {"", 0, "in: empty"},
        {"\n\n", 2, "in: empty"},
        {"hello\n", 6, "in: none of the formats I know"},
        {"{}", 2, "in: JSON, but none of the formats I know"},
        {"[[[[", 4, "in:1: not JSON"},
        {"{\"kind\":\n\n\"Pod\"", 15, "in:3: not JSON"},
        {"{\"a\":1}\n{\"b\":2}\n", 16, "in: JSON, but none"},
        {"{\"__REALTIME_TIMESTAMP\":\"1795345417000000\"}\n{\"__REALTIME_TIMESTAMP\":\"1799999999000000\"}\n",
         88, "in: JSON, but none"}, /* times far apart and no message */
        {"\0\0\0\0", 4, "in: none of the formats"},
        {"\x1f\x8b\x08", 3, "in: compressed"},
        {"apiVersion: v1\nkind: Pod\n", 25, "in: a manifest in YAML"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct casefile file = {0};
        struct error error = {0};
        int code = read_text(&file, "in", rows[i].text, rows[i].length, SIZE_MAX, &error);
        ROW(code == -EINVAL, "%zu: %d", i, code);
        ROW(text_starts_with(error.what, rows[i].message), "%zu: %s", i, error.what);
        ROW(unit_is_one_line(error.what), "%zu: %s", i, error.what);
        case_free(&file);
    }
}
END_TEST

static ptrdiff_t read_nothing(void *context, char *buffer, size_t size) {
    (void)context;
    (void)buffer;
    (void)size;
    return -EIO;
}

TEST(broken_source) {
    struct casefile file = {0};
    struct error error = {0};
    const struct byte_source source = {.read = read_nothing};
    ck_assert_int_eq(explain_read(&file, "in", &source, &error), -EIO);
    ck_assert_ptr_nonnull(strstr(error.what, "in"));
    case_free(&file);
}
END_TEST

/* ---- how it is printed ---- */

/* Nothing of an input steers a terminal or breaks a document. */
TEST(hostile) {
    static const char text[] =
        "[    1.000000] Out of memory: Killed process 7 (\033[31m<b>`|\x80) total-vm:1kB, anon-rss:1kB\n";
    struct deaths deaths = explain((const char *const[]){text, NULL});
    ck_assert_uint_eq(deaths.count, 1);
    struct strbuf plain = {0};
    struct strbuf markdown = {0};
    explain_text(&deaths, true, 80, &plain);
    explain_markdown(&deaths, &markdown);
    char *json = explain_json(&deaths);
    ck_assert_ptr_null(strchr(strbuf_text(&plain), '\033'));
    ck_assert_ptr_null(strchr(strbuf_text(&markdown), '\033'));
    ck_assert_ptr_null(strchr(json, '\033'));
    ck_assert(unit_is_utf8(strbuf_text(&plain)));
    ck_assert(unit_is_utf8(strbuf_text(&markdown)));
    ck_assert(unit_is_utf8(json));
    ck_assert_ptr_nonnull(strstr(json, "\"schema\":\t\"plimsoll.explain/1\""));
    free(json);
    strbuf_free(&plain);
    strbuf_free(&markdown);
    deaths_free(&deaths);
}
END_TEST

TEST(printed) {
    struct deaths deaths = explain((const char *const[]){INSPECT(ID, "", "137", "true", "67108864"), NULL});
    struct strbuf text = {0};
    explain_text(&deaths, false, 80, &text);
    ck_assert_msg(
        text_starts_with(strbuf_text(&text), "container web was OOM-killed at its own limit of 64Mi."), "%s",
        strbuf_text(&text));
    ck_assert_ptr_nonnull(strstr(strbuf_text(&text), "first, [0].State\n"));
    ck_assert_ptr_nonnull(strstr(strbuf_text(&text), "first, [0].HostConfig.Memory\n"));
    ck_assert_ptr_nonnull(strstr(strbuf_text(&text), "before it died: rule out a leak"));
    ck_assert_ptr_nonnull(strstr(strbuf_text(&text), "--memory 128m"));
    strbuf_free(&text);
    deaths_free(&deaths);

    struct deaths none = {0};
    deaths_add_read(&none, text_copy("x: a kernel log of 3 lines"));
    explain_text(&none, false, 80, &text);
    ck_assert_str_eq(strbuf_text(&text), "No death in what was read:\n  x: a kernel log of 3 lines\n");
    strbuf_free(&text);
    deaths_free(&none);
}
END_TEST

/* ---- live ---- */

#define LIVE(state, restarts)                                                                                \
    "[{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Path\":\"/srv/app\",\"RestartCount\":" restarts                 \
    ",\"State\":{" state ",\"StartedAt\":\"2026-11-22T11:30:00Z\"},\"HostConfig\":{\"Memory\":1048576},"     \
    "\"Config\":{}}]"
#define RUNS        "\"Status\":\"running\",\"Running\":true,\"ExitCode\":0"
#define NANO(stamp) stamp ",\"timeNano\":" stamp
/* As the kernel stamps it, in microseconds since its clock was at 0: 1795340000. */
#define STAMPED_KILL(microseconds)                                                                           \
    "6,1," microseconds ",-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"   \
    "oom_memcg=/docker/" ID ",task_memcg=/docker/" ID ",task=app,pid=9,uid=0\n"                              \
    "3,2," microseconds ",-;Memory cgroup out of memory: Killed process 9 (app) total-vm:1kB, "              \
    "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB\n"

struct live {
    const char *document;
    const char *events; /* NULL: none, likewise the others */
    const char *output;
    const char *kernel;
    enum asked asked;
};

static struct deaths explain_live(const struct live *live) {
    struct casefile file = {.asked = live->asked};
    struct deaths deaths = {0};
    struct error error = {0};
    const struct kernel_log known = {.clock_start_ns = known_i64(1795340000 * NS_PER_S),
                                     .from_ns = known_i64(1795340000 * NS_PER_S),
                                     .until_ns = known_i64(1795350000 * NS_PER_S)};
    const char *const texts[] = {live->document, live->events, live->output, live->kernel};
    for (int i = 0; i < 4; i++) {
        struct memory memory = {texts[i], texts[i] ? strlen(texts[i]) : 0, 7};
        const struct byte_source source = {.read = read_memory, .context = &memory};
        int code = !texts[i] ? 0
                   : i == 2  ? explain_read_output(&file, "docker logs web", "web", &source, &error)
                   : i == 3  ? explain_read_kernel_log(&file, "kernel", &source, &known, &error)
                             : explain_read(&file, i ? "docker events" : "docker inspect", &source, &error);
        ck_assert_msg(code == 0, "%s", error.what);
    }
    explain_conclude(&file, &deaths);
    case_free(&file);
    return deaths;
}

TEST(live) {
    /* Three runs, each ended in its own way, and one that goes on. */
    static const char runs[] = EVENT("start", NANO("1795346990000000000"), "")
        EVENT("die", NANO("1795346991000000000"), ",\"exitCode\":\"1\"")
            EVENT("start", NANO("1795346991200000000"), "") EVENT("oom", NANO("1795346991280000000"), "")
                EVENT("die", NANO("1795346991300000000"), ",\"exitCode\":\"137\"")
                    EVENT("start", NANO("1795346992000000000"), "")
                        EVENT("die", NANO("1795346993000000000"), ",\"exitCode\":\"1\"")
                            EVENT("start", NANO("1795347000000000000"), "");
    static const struct {
        const char *name;
        struct live live;
        const char *wanted;
    } rows[] = {
        {"each run by itself",
         {LIVE(RUNS, "3"), runs, "2026-11-22T11:29:52.5Z MemoryError\n", STAMPED_KILL("6991250000"),
          ASKED_ONE},
         "survived:-:certain runtime-oom:-:likely oom:own:certain failed:-:likely"},
        {"a kill in a run that went on for a while",
         {LIVE(RUNS, "3"), runs, NULL, STAMPED_KILL("6992500000"), ASKED_ONE},
         "survived:-:certain oom-child:own:certain oom:own:likely failed:-:likely"},
        {"a kill in the run that goes on",
         {LIVE(RUNS, "3"), runs, NULL, STAMPED_KILL("7005000001"), ASKED_ONE},
         "oom-child:own:certain failed:-:likely oom:own:likely"},
        {"restarts of which nothing is told",
         {LIVE(RUNS, "3"), NULL, NULL, NULL, ASKED_ONE},
         "unknown:-:unknown"},
        {"no restart", {LIVE(RUNS, "0"), NULL, NULL, NULL, ASKED_ONE}, "survived:-:certain"},
        {"no restart, among all", {LIVE(RUNS, "0"), NULL, NULL, NULL, ASKED_ALL}, ""},
        {"it waits to be started again",
         {LIVE("\"Status\":\"restarting\",\"Running\":true,\"Restarting\":true,\"ExitCode\":137,"
               "\"OOMKilled\":true",
               "3"),
          NULL, NULL, NULL, ASKED_ONE},
         "oom:own:likely"},
        {"a flag while it runs",
         {LIVE(RUNS ",\"OOMKilled\":true", "0"), NULL, NULL, NULL, ASKED_ONE},
         "oom-child:own:likely"},
        {"a kernel log of the time, without a kill",
         {INSPECT(ID, "", "137", "false", "0"), NULL, NULL, "6,1,1000000,-;usb 1-1: new\n", ASKED_ONE},
         "killed:-:likely"},
        {"an empty one",
         {INSPECT(ID, "", "137", "false", "0"), NULL, NULL, "", ASKED_ONE},
         "killed:-:likely"},
        {"what it wrote is nobody else's word",
         {INSPECT(ID, "", "1", "false", "0"), NULL,
          "[{\"Id\":\"" ID "\",\"State\":{\"ExitCode\":137,\"OOMKilled\":true},\"HostConfig\":{}}]\n"
          "<3>[ 7.1] Memory cgroup out of memory: Killed process 9 (app) total-vm:1kB, anon-rss:1kB\n",
          NULL, ASKED_ONE},
         "failed:-:likely"},
        {"its words before it was started",
         {INSPECT(ID, "", "1", "false", "0"), NULL, "2026-11-22T10:59:58Z MemoryError\n", NULL, ASKED_ONE},
         "failed:-:likely"},
        {"kills of others are not asked about",
         {INSPECT("fedcba9876543210", "", "1", "false", "0"), NULL, NULL, STAMPED_KILL("7000000000"),
          ASKED_ONE},
         "failed:-:likely"},
        {"all are, the newest first",
         {INSPECT("fedcba9876543210", "", "1", "false", "0"), NULL, NULL, STAMPED_KILL("7001000000"),
          ASKED_ALL},
         "oom:own:certain failed:-:likely"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct deaths deaths = explain_live(&rows[i].live);
        char *got = answers(&deaths);
        ROW_TEXT(got, rows[i].wanted, rows[i].name);
        free(got);
        deaths_free(&deaths);
    }
}

#define OWN_LABELS "\"Labels\":{\"plimsoll\":\"1\",\"plimsoll.pid-namespace\":\"4026531836\"}"

/* Containers of our own trials are no deaths that anybody asks about, unless he names one. */
TEST(own_trials) {
    static const char inspected[] =
        "[{\"Id\":\"" ID "\",\"Name\":\"/plimsoll-7-8-1\",\"State\":{\"Status\":\"exited\",\"ExitCode\":137,"
        "\"OOMKilled\":true},\"HostConfig\":{\"Memory\":1048576},\"Config\":{" OWN_LABELS "}}]";
    static const char events[] = EVENT("die", "1795347000", ",\"exitCode\":\"137\",\"plimsoll\":\"1\"");
    static const char others[] = EVENT("die", "1795347000", ",\"exitCode\":\"137\",\"plimsoll\":\"no\"");
    static const struct {
        const char *name;
        struct live live;
        size_t deaths;
        size_t notes;
    } rows[] = {
        {"by its document", {inspected, NULL, NULL, NULL, ASKED_ALL}, 0, 1},
        {"and its kill", {inspected, NULL, NULL, STAMPED_KILL("7000000000"), ASKED_ALL}, 0, 1},
        {"by its events", {events, NULL, NULL, STAMPED_KILL("7000000000"), ASKED_ALL}, 0, 1},
        {"by both", {inspected, events, NULL, NULL, ASKED_ALL}, 0, 1},
        {"another's label", {others, NULL, NULL, NULL, ASKED_ALL}, 1, 0},
        {"it was asked about", {inspected, NULL, NULL, NULL, ASKED_ONE}, 1, 0},
        {"it was given", {inspected, NULL, NULL, NULL, ASKED_FILES}, 1, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct deaths deaths = explain_live(&rows[i].live);
        ROW(deaths.count == rows[i].deaths && deaths.notes.count == rows[i].notes, "%s: %zu, %zu notes",
            rows[i].name, deaths.count, deaths.notes.count);
        if (rows[i].notes && deaths.notes.count)
            ROW_TEXT(deaths.notes.items[0], "and 1 container of plimsoll's own trials", rows[i].name);
        deaths_free(&deaths);
    }
}

/* The kernel's rate limit leaves out the first lines of a report, and the kill is told all the same. */
TEST(kills_are_counted_alike) {
    const struct live both = {INSPECT("fedcba9876543210", "", "1", "false", "0"), NULL, NULL,
                              STAMPED_KILL("7000000000") STAMPED_KILL("7100000000"), ASKED_ONE};
    struct deaths deaths = explain_live(&both);
    ck_assert_uint_eq(deaths.read_count, 2);
    ck_assert_str_eq(deaths.read[1], "kernel: a kernel log of 4 lines, with 2 OOM kills");
    ck_assert_ptr_nonnull(strstr(deaths.notes.items[0], "2 OOM kills of others"));
    deaths_free(&deaths);
}

/* What is said to be run next has what the container was started with. */
TEST(the_command_of_a_container) {
    static const struct {
        const char *config;
        const char *wanted;
    } rows[] = {
        {"\"Image\":\"i:1\"", "plimsoll size --image i:1"},
        {"\"Image\":\"i:1\",\"Cmd\":null,\"Entrypoint\":null", "plimsoll size --image i:1"},
        {"\"Image\":\"i:1\",\"Cmd\":[\"sh\",\"-c\",\"a b\"]", "plimsoll size --image i:1 -- sh -c 'a b'"},
        {"\"Image\":\"i:1\",\"Cmd\":[\"x\"],\"Entrypoint\":[\"/e\"]",
         "plimsoll size --image i:1 --entrypoint /e -- x"},
        {"\"Image\":\"i:1\",\"Cmd\":[],\"Entrypoint\":[\"/e\",\"-a\"]", "plimsoll size --image i:1"},
        {"\"Image\":\"i:1\",\"Cmd\":[\"a\\nb\"]", "plimsoll size --image i:1 -- COMMAND ..."},
        {"\"Image\":\"i:1\",\"Cmd\":\"x\",\"Entrypoint\":\"y\"", "plimsoll size --image i:1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = text_format("{\"Id\":\"" ID "\",\"State\":{\"Status\":\"exited\",\"ExitCode\":137,"
                                 "\"OOMKilled\":true},\"HostConfig\":{\"Memory\":1048576},\"Config\":{%s}}",
                                 rows[i].config);
        struct deaths deaths = explain((const char *const[]){text, NULL});
        ck_assert_uint_ge(deaths.items[0].advice.count, 1);
        const char *said = strstr(deaths.items[0].advice.items[0], "plimsoll ");
        ROW_TEXT(said, rows[i].wanted, rows[i].config);
        deaths_free(&deaths);
        free(text);
    }
}

/* ---- by ids, by time ---- */

/* Two containers of one name: the output is of that which was read last. */
TEST(owners) {
    const struct live both = {INSPECT(OTHER, "", "1", "false", "0"), INSPECT(ID, "", "1", "false", "0"),
                              "2026-11-22T11:03:36Z MemoryError\n", NULL, ASKED_ALL};
    struct deaths deaths = explain_live(&both);
    ck_assert_uint_eq(deaths.count, 2);
    ck_assert_str_eq(verdict_name(deaths.items[0].verdict), "failed");
    ck_assert_str_eq(verdict_name(deaths.items[1].verdict), "runtime-oom");
    deaths_free(&deaths);
}
END_TEST

TEST(newest_first) {
    static const struct known_i64 times[] = {{true, 5}, {false, 0}, {true, 9}, {true, 5}, {false, 0}};
    static const int wanted[] = {2, 0, 3, 1, 4};
    struct deaths deaths = {0};
    deaths_sort(&deaths);
    for (int i = 0; i < (int)COUNT(times); i++) {
        struct death *death = deaths_add(&deaths);
        death->at_ns = times[i];
        death->times = i;
    }
    deaths_sort(&deaths);
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_int_eq(deaths.items[i].times, wanted[i]);
    deaths_free(&deaths);
}
END_TEST

TEST(looked_up) {
    struct lookup lookup = {0};
    uint64_t even = lookup_hash('e', "even", 4);
    ck_assert_ptr_null(lookup_first(&lookup, even));
    for (size_t i = 0; i < 1000; i++)
        lookup_add(&lookup, i % 2 ? lookup_hash('o', "even", 4) : even, i);
    size_t wanted = 0;
    for (const struct lookup_entry *entry = lookup_first(&lookup, even); entry;
         entry = lookup_next(&lookup, entry), wanted += 2)
        ck_assert_uint_eq(entry->at, wanted);
    ck_assert_uint_eq(wanted, 1000);
    ck_assert_ptr_null(lookup_first(&lookup, lookup_hash('e', "evem", 4)));
    ck_assert(lookup_hash_more(lookup_hash('c', "a", 1), "bc", 2) !=
              lookup_hash_more(lookup_hash('c', "ab", 2), "c", 1));
    lookup_free(&lookup);
}
END_TEST

UNIT_MAIN("explain", docker, joined, logs_joined, kubernetes, describe, logs, pieces, in_another_log,
          prefixes, twice, very_long, bytes, reach, very_many, again_and_again, refused, broken_source,
          hostile, printed, live, own_trials, kills_are_counted_alike, the_command_of_a_container, owners,
          newest_first, looked_up)
