/* output/manifest: what is spliced into a manifest, to the byte; what is refused, and where that is said to
 * be.
 */
#include "output/manifest.h"

#include "unit.h"

/* A Deployment with one container, whose lines beside its name are given. */
#define HEAD                                                                                                 \
    "apiVersion: apps/v1\n"                                                                                  \
    "kind: Deployment\n"                                                                                     \
    "metadata: {name: shop}\n"                                                                               \
    "spec:\n"                                                                                                \
    "  template:\n"                                                                                          \
    "    spec:\n"                                                                                            \
    "      containers:\n"
#define WEB HEAD "      - name: web\n"

/* Line 9 is the first behind WEB. */
#define FULL                                                                                                 \
    "        resources:\n"                                                                                   \
    "          requests:\n"                                                                                  \
    "            memory: 134Mi\n"                                                                            \
    "          limits:\n"                                                                                    \
    "            memory: 202Mi\n"

struct row {
    const char *name;
    const char *cpu;
    const char *before;
    const char *after; /* NULL: refused */
    const char *says;  /* the message, or of the summary a piece */
};

static const struct row block_rows[] = {
    {"no resources", NULL, WEB "        image: x\n        ports: []\n",
     WEB "        image: x\n" FULL "        ports: []\n",
     "container web of Deployment/shop: requests.memory (none) -> 134Mi, limits.memory (none) -> 202Mi"},
    {"no image", NULL, WEB "        ports: []\n", WEB FULL "        ports: []\n", NULL},
    {"a comment behind the image", NULL, WEB "        image: x # the old one  \n\n        ports: []\n",
     WEB "        image: x # the old one  \n" FULL "\n        ports: []\n", NULL},
    {"name last", NULL, HEAD "      - image: x\n        name: web\n",
     HEAD "      - image: x\n" FULL "        name: web\n", NULL},
    {"indented list", NULL, HEAD "        -   name: web\n            image: x\n",
     HEAD "        -   name: web\n            image: x\n"
          "            resources:\n"
          "              requests:\n"
          "                memory: 134Mi\n"
          "              limits:\n"
          "                memory: 202Mi\n",
     NULL},
    {"the dash on its own line", NULL, HEAD "      -\n        name: web\n",
     HEAD "      -\n        name: web\n" FULL, NULL},
    {"both there", NULL,
     WEB "        resources:\n          limits:\n            memory: 1Gi\n          requests:\n            "
         "memory: 2Gi\n",
     WEB "        resources:\n          limits:\n            memory: 202Mi\n          requests:\n            "
         "memory: "
         "134Mi\n",
     "requests.memory 2Gi -> 134Mi, limits.memory 1Gi -> 202Mi"},
    {"comments and quotes stay", NULL,
     WEB "        resources: # ours\n          limits: {memory: '1Gi'  } # l\n"
         "          requests:\n            # why\n            memory:   \"2Gi\"   # r\n            cpu: 2\n",
     WEB
     "        resources: # ours\n          limits: {memory: '202Mi'  } # l\n"
     "          requests:\n            # why\n            memory:   \"134Mi\"   # r\n            cpu: 2\n",
     NULL},
    {"only limits", NULL,
     WEB "        resources:\n          limits:\n            memory: 1Gi\n        tty: true\n",
     WEB "        resources:\n          limits:\n            memory: 202Mi\n          requests:\n            "
         "memory: 134Mi\n"
         "        tty: true\n",
     NULL},
    {"only cpu", NULL,
     WEB "        resources:\n          requests:\n            cpu: 100m\n          limits:\n            "
         "cpu: 2 # two\n"
         "        tty: true\n",
     WEB "        resources:\n          requests:\n            cpu: 100m\n            memory: 134Mi\n"
         "          limits:\n            cpu: 2 # two\n            memory: 202Mi\n        tty: true\n",
     NULL},
    {"only a cpu limit: both splices at one line's end", NULL,
     WEB "        resources:\n          limits:\n            cpu: 2\n        tty: true\n",
     WEB "        resources:\n          limits:\n            cpu: 2\n            memory: 202Mi\n"
         "          requests:\n            memory: 134Mi\n        tty: true\n",
     NULL},
    {"only claims", NULL,
     WEB "        resources:\n          claims:\n          - name: gpu\n        tty: true\n",
     WEB "        resources:\n          claims:\n          - name: gpu\n          requests:\n            "
         "memory: 134Mi\n"
         "          limits:\n            memory: 202Mi\n        tty: true\n",
     NULL},
    {"cpu too", "1500m",
     WEB "        resources:\n          limits:\n            cpu: 2\n            memory: 1Gi\n",
     WEB "        resources:\n          limits:\n            cpu: 1500m\n            memory: 202Mi\n"
         "          requests:\n            memory: 134Mi\n            cpu: 1500m\n",
     "requests.cpu (none) -> 1500m, limits.memory 1Gi -> 202Mi, limits.cpu 2 -> 1500m"},
    {"{}", NULL, WEB "        resources: {}\n        tty: true\n", WEB FULL "        tty: true\n", NULL},
    {"{ } with a comment", NULL, WEB "        resources: { } # none yet\n",
     WEB "        resources: # none yet\n"
         "          requests:\n            memory: 134Mi\n          limits:\n            memory: 202Mi\n",
     NULL},
    {"null", NULL, WEB "        resources:\n        tty: true\n", WEB FULL "        tty: true\n", NULL},
    {"null, a comment", NULL, WEB "        resources:  # later\n        # this\n        tty: true\n",
     WEB "        resources:  # later\n"
         "          requests:\n            memory: 134Mi\n          limits:\n            memory: 202Mi\n"
         "        # this\n        tty: true\n",
     NULL},
    {"~", NULL, WEB "        resources: ~\n        tty: true\n", WEB FULL "        tty: true\n", NULL},
    {"null within", NULL,
     WEB "        resources:\n          requests:\n          limits: {}\n        tty: true\n",
     WEB FULL "        tty: true\n", NULL},
    {"a value that is null", NULL,
     WEB "        resources:\n          requests:\n            memory:\n          limits:\n            "
         "memory: null # x\n",
     WEB "        resources:\n          requests:\n            memory: 134Mi\n          limits:\n            "
         "memory: 202Mi # x\n",
     NULL},
    {"other keys of limits", NULL,
     WEB "        resources:\n          limits:\n            nvidia.com/gpu: 1\n            memory: 1Gi\n"
         "            ephemeral-storage: 2Gi\n",
     WEB "        resources:\n          limits:\n            nvidia.com/gpu: 1\n            memory: 202Mi\n"
         "            ephemeral-storage: 2Gi\n          requests:\n            memory: 134Mi\n",
     NULL},
    {"already so, otherwise written", NULL,
     WEB "        resources:\n          requests: {memory: 140509184}\n          limits: {memory: "
         "\"206848Ki\"}\n",
     WEB "        resources:\n          requests: {memory: 140509184}\n          limits: {memory: "
         "\"206848Ki\"}\n",
     "requests.memory 140509184, limits.memory 206848Ki"},
    {"cpu already so", "1500m",
     WEB "        resources: {requests: {memory: 134Mi, cpu: 1.5}, limits: {memory: 202Mi, cpu: 1500m}}\n",
     WEB "        resources: {requests: {memory: 134Mi, cpu: 1.5}, limits: {memory: 202Mi, cpu: 1500m}}\n",
     NULL},
    {"a text block before", NULL,
     WEB "        command:\n        - |\n          resources:\n            limits: 5\n",
     WEB FULL "        command:\n        - |\n          resources:\n            limits: 5\n", NULL},
    {"explicit key", NULL,
     WEB
     "        resources:\n          ? limits\n          : memory: 1Gi\n          requests: {memory: 1Mi}\n",
     WEB "        resources:\n          ? limits\n          : memory: 202Mi\n          requests: {memory: "
         "134Mi}\n",
     NULL},
    {"four columns deep", NULL,
     "kind: Pod\nspec:\n    containers:\n        - name: web\n          image: x\n",
     "kind: Pod\nspec:\n    containers:\n        - name: web\n          image: x\n"
     "          resources:\n              requests:\n                  memory: 134Mi\n"
     "              limits:\n                  memory: 202Mi\n",
     "container web of Pod/"},
};

static const struct row byte_rows[] = {
    {"CRLF", NULL, "kind: Pod\r\nspec:\r\n  containers:\r\n  - name: web \r\n    tty: true\r\n",
     "kind: Pod\r\nspec:\r\n  containers:\r\n  - name: web \r\n    resources:\r\n      requests:\r\n        "
     "memory: 134Mi\r\n"
     "      limits:\r\n        memory: 202Mi\r\n    tty: true\r\n",
     NULL},
    {"no final newline", NULL, "kind: Pod\nspec:\n  containers:\n  - name: web",
     "kind: Pod\nspec:\n  containers:\n  - name: web\n    resources:\n      requests:\n        memory: "
     "134Mi\n"
     "      limits:\n        memory: 202Mi",
     NULL},
    {"null at the end, no newline", NULL, "kind: Pod\nspec:\n  containers:\n  - name: web\n    resources:",
     "kind: Pod\nspec:\n  containers:\n  - name: web\n    resources:\n      requests:\n        memory: "
     "134Mi\n"
     "      limits:\n        memory: 202Mi",
     NULL},
    {"byte order mark", NULL, "\xef\xbb\xbfkind: Pod\nspec: {containers: [{name: web}]}\n",
     "\xef\xbb\xbfkind: Pod\nspec: {containers: [{name: web, resources: {requests: {memory: 134Mi}, limits: "
     "{memory: "
     "202Mi}}}]}\n",
     NULL},
    {"what is no ASCII counts as one column", NULL,
     "kind: Pod\nmetadata: {name: \xc3\xbc}\nspec:\n  containers: # \xe2\x82\xac\n  - name: web # \xc3\xa9\n",
     "kind: Pod\nmetadata: {name: \xc3\xbc}\nspec:\n  containers: # \xe2\x82\xac\n  - name: web # \xc3\xa9\n"
     "    resources:\n      requests:\n        memory: 134Mi\n      limits:\n        memory: 202Mi\n",
     NULL},
    {"flow style", NULL,
     "{kind: Pod, spec: {containers: [{name: web, resources: {limits: {memory: 1Gi, cpu: 1}}, tty: true}]}}",
     "{kind: Pod, spec: {containers: [{name: web, resources: {limits: {memory: 202Mi, cpu: 1}, requests: "
     "{memory: "
     "134Mi}}, tty: true}]}}",
     NULL},
    {"flow style, null and {}", NULL,
     "{kind: Pod, spec: {containers: [{name: web, resources: {limits: , requests: { }}}]}}",
     "{kind: Pod, spec: {containers: [{name: web, resources: {limits: {memory: 202Mi} , requests: {memory: "
     "134Mi }}}]}}",
     NULL},
    {"JSON", NULL,
     "{\n \"kind\": \"Pod\",\n \"spec\": {\n  \"containers\": [\n   {\n    \"name\": \"web\",\n    \"tty\": "
     "true\n   }\n  ]\n }\n}\n",
     "{\n \"kind\": \"Pod\",\n \"spec\": {\n  \"containers\": [\n   {\n    \"name\": \"web\",\n    "
     "\"resources\": {\"requests\": "
     "{\"memory\": \"134Mi\"}, \"limits\": {\"memory\": \"202Mi\"}},\n    \"tty\": true\n   }\n  ]\n }\n}\n",
     NULL},
    {"JSON with some", NULL,
     "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"web\",\"resources\":{\"limits\":{\"memory\":"
     "\"1Gi\"},\"requests\":{}}}]}}",
     "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"web\",\"resources\":{\"limits\":{\"memory\":"
     "\"202Mi\"},\"requests\":"
     "{\"memory\": \"134Mi\"}}}]}}",
     NULL},
    {"flow within block, over lines", NULL,
     "kind: Pod\nspec:\n  containers: [\n    {name: web, # first\n     image: x, },\n    {name: db}]\n",
     "kind: Pod\nspec:\n  containers: [\n    {name: web, # first\n     image: x,\n     resources: {requests: "
     "{memory: "
     "134Mi}, limits: {memory: 202Mi}}, },\n    {name: db}]\n",
     NULL},
    {"several documents, comments between", NULL,
     "# a\n---\nkind: Service\nmetadata: {name: web}\n--- # b\nkind: Pod\nspec:\n  containers:\n  - name: "
     "web\n...\n---\n# nothing\n",
     "# a\n---\nkind: Service\nmetadata: {name: web}\n--- # b\nkind: Pod\nspec:\n  containers:\n  - name: "
     "web\n    resources:\n"
     "      requests:\n        memory: 134Mi\n      limits:\n        memory: 202Mi\n...\n---\n# nothing\n",
     NULL},
    {"a List, a CronJob", NULL,
     "kind: List\nitems:\n- kind: CronJob\n  metadata: {name: nightly}\n  spec:\n    jobTemplate:\n      "
     "spec:\n        template:\n"
     "          spec: {containers: [{name: web}]}\n- kind: Pod\n  spec: {containers: [{name: other}]}\n",
     "kind: List\nitems:\n- kind: CronJob\n  metadata: {name: nightly}\n  spec:\n    jobTemplate:\n      "
     "spec:\n        template:\n"
     "          spec: {containers: [{name: web, resources: {requests: {memory: 134Mi}, limits: {memory: "
     "202Mi}}}]}\n"
     "- kind: Pod\n  spec: {containers: [{name: other}]}\n",
     "container web of CronJob/nightly"},
    {"an init container", NULL,
     "kind: Pod\nspec: {initContainers: [{name: web}], containers: [{name: app}]}\n",
     "kind: Pod\nspec: {initContainers: [{name: web, resources: {requests: {memory: 134Mi}, limits: {memory: "
     "202Mi}}}], "
     "containers: [{name: app}]}\n",
     "init container web of Pod/"},
};

/* Anchors: what reaches something else is refused, the rest does not matter. */
static const struct row anchor_rows[] = {
    {"anchors elsewhere", NULL,
     "x: &x {a: 1}\ny: *x\nkind: Pod\nspec: {containers: [{name: web, resources: {}}]}\n",
     "x: &x {a: 1}\ny: *x\nkind: Pod\nspec: {containers: [{name: web, resources: {requests: {memory: 134Mi}, "
     "limits: "
     "{memory: 202Mi}}}]}\n",
     NULL},
    {"an anchor that nobody uses", NULL, WEB "        resources: &r\n          limits: &l {memory: &m 1Gi}\n",
     WEB "        resources: &r\n          limits: &l {memory: &m 202Mi}\n          requests:\n            "
         "memory: 134Mi\n",
     NULL},
    {"an anchor beside", NULL, WEB "        env: &e [{name: A}]\n        envFrom: *e\n",
     WEB FULL "        env: &e [{name: A}]\n        envFrom: *e\n", NULL},
    {"resources are an alias", NULL, "d: &d {limits: {}}\n" WEB "        resources: *d\n", NULL,
     "m:10:20: resources is *d, which stands elsewhere too; write it out here"},
    {"limits are an alias", NULL,
     WEB "        resources:\n          requests: &r {memory: 1Mi}\n          limits: *r\n", NULL,
     "m:10:24: &r is used again at line 11, and a change here would reach that too; write that out"},
    {"memory is an alias", NULL, "d: &d 1Gi\n" WEB "        resources: {limits: {memory: *d}}\n", NULL,
     "m:10:38: memory is *d, which stands elsewhere too; write it out here"},
    {"an anchor that is used again", NULL,
     WEB "        resources: &r {limits: {memory: 1Gi}}\n      - name: b\n        resources: *r\n", NULL,
     "m:9:23: &r is used again at line 11, and a change here would reach that too; write that out"},
    {"the whole container is used again", NULL,
     HEAD "      - &web\n        name: web\n      initContainers: [*web]\n", NULL,
     "m:9:9: &web is used again at line 10, and a change here would reach that too; write that out"},
    {"merged in", NULL, "d: &d {resources: {}}\n" WEB "        <<: *d\n", NULL,
     "m:10:9: resources may come from what is merged in here; write it out"},
    {"merged in, but written out", NULL,
     "d: &d {resources: {}}\n" WEB "        <<: *d\n        resources: {}\n",
     "d: &d {resources: {}}\n" WEB "        <<: *d\n" FULL, NULL},
    {"limits merged in", NULL,
     "d: &d {limits: {cpu: 1}}\n" WEB "        resources: {<<: *d, requests: {memory: 1Mi}}\n", NULL,
     "m:10:21: limits may come from what is merged in here; write it out"},
    {"merged into limits: ours come first", NULL,
     "d: &d {cpu: 1}\n" WEB "        resources: {limits: {<<: *d}, requests: {memory: 1Mi}}\n",
     "d: &d {cpu: 1}\n" WEB
     "        resources: {limits: {<<: *d, memory: 202Mi}, requests: {memory: 134Mi}}\n",
     NULL},
    {"containers are an alias", NULL, "d: &d [{name: web}]\nkind: Pod\nspec:\n  containers: *d\n", NULL,
     "m:4:15: no container is written out, and what is brought in here is not followed"},
    {"shared, but already so", NULL,
     WEB "        resources: &r {limits: {memory: 202Mi}, requests: {memory: 134Mi}}\n      - {name: b, "
         "resources: *r}\n",
     WEB "        resources: &r {limits: {memory: 202Mi}, requests: {memory: 134Mi}}\n      - {name: b, "
         "resources: *r}\n",
     NULL},
};

static const struct row bad_rows[] = {
    {"empty", NULL, "", NULL,
     "m:1:1: no Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod with a container in it"},
    {"only a comment", NULL, "# nothing\n", NULL, "m:1:1: no Deployment"},
    {"a word", NULL, "hello\n", NULL, "m:1:1: no Deployment"},
    {"lists of lists", NULL, "- - - a\n", NULL, "m:1:1: no Deployment"},
    {"containers are lists", NULL, "kind: Pod\nspec:\n  containers:\n  - - name: web\n", NULL,
     "m:4:5: a container should be a mapping"},
    {"containers are a mapping", NULL, "kind: Pod\nspec:\n  containers: {name: web}\n", NULL,
     "m:3:15: containers should be a list"},
    {"spec is a list", NULL, "kind: Pod\nspec: [1]\n", NULL, "m:2:7: spec should be a mapping"},
    {"resources are a list", NULL, WEB "        resources: [1]\n", NULL,
     "m:9:20: resources should be a mapping"},
    {"limits are a number", NULL, WEB "        resources: {limits: 5}\n", NULL,
     "m:9:29: limits should be a mapping"},
    {"memory is a mapping", NULL, WEB "        resources: {limits: {memory: {a: 1}}}\n", NULL,
     "m:9:38: memory should be a quantity"},
    {"twice", NULL, WEB "        resources: {}\n        resources: {}\n", NULL,
     "m:10:9: resources is there twice, first at line 9"},
    {"no such container", NULL, "kind: Pod\nspec: {containers: [{name: a}, {name: b}]}\n", NULL,
     "m:2:21: no container web; there is: a (Pod/, line 2), b (Pod/, line 2)"},
    {"twice the name", NULL,
     "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: web}]}\n---\nkind: Job\nmetadata: {name: "
     "j}\n"
     "spec: {template: {spec: {containers: [{name: web}]}}}\n",
     NULL,
     "m:7:39: more than one container web: web (Pod/p, line 3), web (Job/j, line 7); choose by --workload"},
    {"an unknown kind", NULL, "kind: Gadget\nspec: {containers: [{name: web}]}\n", NULL,
     "m:1:1: no Deployment"},
    {"a tab", NULL, "kind: Pod\nspec:\n\tcontainers: []\n", NULL,
     "m:3:1: not YAML: tab character may not be used as indentation"},
    {"cut short", NULL, "kind: Pod\nspec: {containers: [{name: web", NULL, "m:"},
    {"an open quote", NULL, "kind: \"Pod\nspec:\n", NULL, "m:"},
    {"a template", NULL, "kind: Pod\nspec:\n  {{- toYaml .Values | nindent 2 }}\n", NULL, "m:3:"},
    {"an alias without its anchor is not followed", NULL, WEB "        resources: *nobody\n", NULL,
     "m:9:20: *nobody: there is no &nobody before it"},
    {"nothing is merged in", NULL, WEB "        resources:\n          limits:\n            <<: *x\n", NULL,
     "m:11:17: *x: there is no &x before it"},
    {"an anchor of another document", NULL, "a: &x 1\n---\nb: *x\n", NULL,
     "m:3:4: *x: there is no &x before it"},
    {"a text block for a value", NULL,
     WEB "        resources:\n          limits:\n            memory: |\n              1Gi\n", NULL,
     "m:12:1: memory is written in a form that is not changed here"},
    {"a tag", NULL, WEB "        resources:\n          limits:\n            memory: !!int 5\n", NULL,
     "m:11:27: memory is written"},
    {"an anchor on nothing", NULL, WEB "        resources: &r\n", NULL,
     "m:9:9: resources is written in a form"},
    {"latin-1", NULL, "kind: Pod # \xe9\nspec:\n", NULL,
     "m:1:13: not YAML: the byte 0xe9 is no text in UTF-8"},
    /* which libfyaml 0.7.12 reads for ever */
    {"a directive of odd bytes", NULL, "%\xbb\xbfkind: Pod\n", NULL, "m:1:2: not YAML: the byte 0xbb"},
    {"a surrogate", NULL, "a: \xed\xa0\x80\n", NULL, "m:1:4: not YAML: the byte 0xed"},
    {"an overlong form", NULL, "a: \xc0\xaf\n", NULL, "m:1:4: not YAML: the byte 0xc0"},
    {"half a character at the end", NULL, "a: \xe2\x82", NULL, "m:1:4: not YAML: the byte 0xe2"},
    {"an escape", NULL, "a: \x1b[m\n", NULL, "m:1:4: not YAML: the byte 0x1b"},
    {"not text", NULL,
     "\x7f"
     "ELF\x02\x01\x01",
     NULL, "m:1:"},
};

/* The last bytes that no splice touches are the same, and in the same order. */
static void check_untouched(const char *before, size_t length, const struct manifest_patch *patch,
                            const struct strbuf *after, const char *name) {
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; i <= patch->splice_count; i++) {
        bool last = i == patch->splice_count;
        size_t end = last ? length : patch->splices[i].offset;
        ROW(end >= from && to + (end - from) <= after->length &&
                memcmp(before + from, after->text + to, end - from) == 0,
            "%s: changed before splice %zu", name, i);
        if (last) {
            ROW(to + (end - from) == after->length, "%s: %zu bytes, expected %zu", name, after->length,
                to + (end - from));
            return;
        }
        to += end - from + strlen(patch->splices[i].text);
        from = end + patch->splices[i].length;
    }
}

static struct manifest_wish wish_for(const char *container, const char *cpu) {
    return (struct manifest_wish){
        .source = "m", .container = container, .request = "134Mi", .limit = "202Mi", .cpu = cpu};
}

/* Patched once, and then once more, which changes nothing. */
static void check_good(const struct row *row) {
    struct manifest_wish wish = wish_for("web", row->cpu);
    struct manifest_patch patch = {0};
    struct manifest_patch again = {0};
    struct strbuf after = {0};
    struct error error = {0};
    size_t length = strlen(row->before);
    int code = manifest_patch(row->before, length, &wish, &patch, &error);
    ROW(code == 0, "%s: %s", row->name, error.what);
    if (code < 0)
        return;
    manifest_apply(row->before, length, &patch, &after);
    ROW_TEXT(strbuf_text(&after), row->after, row->name);
    ROW(!row->says || strstr(patch.summary, row->says), "%s: %s", row->name, patch.summary);
    check_untouched(row->before, length, &patch, &after, row->name);
    code = manifest_patch(after.text, after.length, &wish, &again, &error);
    ROW(code == 0 && again.splice_count == 0, "%s: again: %d, %zu splices", row->name, code,
        again.splice_count);
    manifest_patch_free(&patch);
    manifest_patch_free(&again);
    strbuf_free(&after);
}

static void check_bad(const struct row *row) {
    struct manifest_wish wish = wish_for("web", row->cpu);
    struct manifest_patch patch = {0};
    struct error error = {0};
    int code = manifest_patch(row->before, strlen(row->before), &wish, &patch, &error);
    ROW(code < 0 && text_starts_with(error.what, row->says) && unit_is_one_line(error.what), "%s: %d, %s",
        row->name, code, error.what);
    manifest_patch_free(&patch);
}

static void check_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (rows[i].after)
            check_good(&rows[i]);
        else
            check_bad(&rows[i]);
    }
}

TEST(block_style) {
    check_rows(block_rows, COUNT(block_rows));
}

TEST(bytes_and_flow_style) {
    check_rows(byte_rows, COUNT(byte_rows));
}

TEST(anchors) {
    check_rows(anchor_rows, COUNT(anchor_rows));
}

TEST(what_is_refused) {
    check_rows(bad_rows, COUNT(bad_rows));
}

/* Which container is meant where that is not told. */
static const struct {
    const char *text;
    const char *target;
    enum container_role role;
    const char *workload; /* of a Deployment */
    const char *says;     /* of the summary, or the message */
} choices[] = {
    {"kind: Pod\nspec: {containers: [{name: a}, {name: b}]}\n", "b", ROLE_APP, NULL, "container b"},
    {"kind: Pod\nspec: {containers: [{name: a}]}\n", "python3", ROLE_APP, NULL, "container a"},
    {"kind: Pod\nspec: {containers: [{image: a}]}\n", NULL, ROLE_APP, NULL, "container (no name)"},
    {"kind: Pod\nspec: {containers: [{}]}\n", NULL, ROLE_APP, NULL, "container (no name)"},
    {"kind: Pod\nspec: {containers: [{name: a}], initContainers: [{name: i}]}\n", "x", ROLE_APP, NULL,
     "container a"},
    {"kind: Pod\nspec: {containers: [{name: a}], initContainers: [{name: i}]}\n", "x", ROLE_INIT, NULL,
     "init container i"},
    {"kind: Pod\nspec: {containers: [{name: a}], initContainers: [{name: i}]}\n", "x", ROLE_SIDECAR, NULL,
     "m:2:21: which container? choose by --container: a (Pod/, line 2), i (Pod/, line 2)"},
    {"kind: Pod\nspec: {containers: [{name: a}, {name: b}]}\n", "x", ROLE_APP, NULL,
     "m:2:21: which container? choose by --container: a (Pod/, line 2), b (Pod/, line 2)"},
    {"kind: Pod\nspec: {containers: [{name: a}]}\n---\n" WEB, "a", ROLE_APP, "shop", "container web"},
    {WEB "---\n" WEB, "web", ROLE_APP, NULL,
     "m:17:9: more than one container web: web (Deployment/shop, line 8), "},
    {WEB, "web", ROLE_APP, "other", "m:8:9: no Deployment/other with a container in it"},
    {"[]", "web", ROLE_APP, NULL, "m:1:1: no Deployment"},
};

TEST(the_container_that_is_meant) {
    for (size_t i = 0; i < COUNT(choices); i++) {
        struct manifest_wish wish = wish_for(NULL, NULL);
        struct manifest_patch patch = {0};
        struct error error = {0};
        wish.target = choices[i].target;
        wish.role = choices[i].role;
        wish.kind = choices[i].workload ? manifest_kind_find("deploy", 6) : NULL;
        wish.workload = choices[i].workload;
        int code = manifest_patch(choices[i].text, strlen(choices[i].text), &wish, &patch, &error);
        const char *said = code < 0 ? error.what : patch.summary;
        ROW(text_starts_with(said, choices[i].says), "%zu: %s", i, said);
        manifest_patch_free(&patch);
    }
}

TEST(kinds_by_their_names) {
    ROW(manifest_kind_find("Deployment", 10) == manifest_kinds, "Deployment");
    ROW(manifest_kind_find("deployment.apps", 10) == manifest_kinds, "deployment, cut");
    ROW(strcmp(manifest_kind_find("STS", 3)->name, "StatefulSet") == 0, "STS");
    ROW(!manifest_kind_find("", 0) && !manifest_kind_find("Deploymen", 9) && !manifest_kind_find("Gadget", 6),
        "found what there is not");
}

TEST(large_and_deep_ones) {
    struct manifest_wish wish = wish_for("web", NULL);
    struct manifest_patch patch = {0};
    struct error error = {0};
    struct strbuf text = {0};
    for (int i = 0; i < 300; i++)
        strbuf_add(&text, "[");
    for (int i = 0; i < 300; i++)
        strbuf_add(&text, "]");
    ROW(manifest_patch(text.text, text.length, &wish, &patch, &error) < 0, "300 deep");
    ROW_TEXT(error.what, "m:1:201: nested more than 200 deep", "300 deep");
    text.length = 0;
    strbuf_add(&text, "[");
    for (int i = 0; i < 1100000; i++)
        strbuf_add(&text, "1,");
    strbuf_add(&text, "]");
    ROW(manifest_patch(text.text, text.length, &wish, &patch, &error) < 0, "1100000 values");
    ROW(strstr(error.what, ": too large: more than 1000000 values"), "%s", error.what);
    text.length = 0;
    strbuf_add(&text, WEB "        args:\n");
    for (int i = 0; i < 50000; i++)
        strbuf_addf(&text, "        - \"argument %d\"\n", i);
    ROW(manifest_patch(text.text, text.length, &wish, &patch, &error) == 0, "%s", error.what);
    ROW(patch.splice_count == 1, "%zu splices", patch.splice_count);
    manifest_patch_free(&patch);
    strbuf_free(&text);
    static const char nul[] = "kind: Pod\nsp\0c: 1\n";
    ROW(manifest_patch(nul, sizeof nul - 1, &wish, &patch, &error) < 0, "NUL");
    ROW_TEXT(error.what, "m:2:3: not YAML: the byte 0x00 is no text in UTF-8", "NUL");
}

static const struct {
    const char *before;
    const char *diff;
} diffs[] = {
    {"kind: Pod\nspec:\n  containers:\n  - name: web\n    a: 1\n    b: 2\n    c: 3\n    d: 4\n",
     "--- f\n+++ f\n@@ -2,6 +2,11 @@\n spec:\n   containers:\n   - name: web\n+    resources:\n+      "
     "requests:\n"
     "+        memory: 134Mi\n+      limits:\n+        memory: 202Mi\n     a: 1\n     b: 2\n     c: 3\n"},
    {"kind: Pod\nspec:\n  containers:\n  - name: web\n    resources:\n      limits: {memory: 1Gi}\n      "
     "requests: {memory: 1Gi}",
     "--- f\n+++ f\n@@ -3,5 +3,5 @@\n   containers:\n   - name: web\n     resources:\n-      limits: "
     "{memory: 1Gi}\n"
     "-      requests: {memory: 1Gi}\n\\ No newline at end of file\n+      limits: {memory: 202Mi}\n+      "
     "requests: {memory: "
     "134Mi}\n\\ No newline at end of file\n"},
    {"kind: Pod\nspec:\n  containers:\n  - name: web",
     "--- f\n+++ f\n@@ -1,4 +1,9 @@\n kind: Pod\n spec:\n   containers:\n-  - name: web\n\\ No newline at "
     "end of file\n"
     "+  - name: web\n+    resources:\n+      requests:\n+        memory: 134Mi\n+      limits:\n+        "
     "memory: 202Mi\n"
     "\\ No newline at end of file\n"},
    {"kind: Pod\r\nspec: {containers: [{name: web}]}\r\n",
     "--- f\n+++ f\n@@ -1,2 +1,2 @@\n kind: Pod\r\n-spec: {containers: [{name: web}]}\r\n+spec: {containers: "
     "[{name: web, "
     "resources: {requests: {memory: 134Mi}, limits: {memory: 202Mi}}}]}\r\n"},
    /* far apart: two hunks */
    {"kind: Pod\nspec:\n  containers:\n  - name: web\n    resources:\n      limits:\n        memory: 1Gi\n   "
     "     a: 1\n        b: 1\n"
     "        c: 1\n        d: 1\n        e: 1\n        f: 1\n      requests:\n        memory: 1Gi\n",
     "--- f\n+++ f\n@@ -4,7 +4,7 @@\n   - name: web\n     resources:\n       limits:\n-        memory: "
     "1Gi\n+        memory: 202Mi\n"
     "         a: 1\n         b: 1\n         c: 1\n@@ -12,4 +12,4 @@\n         e: 1\n         f: 1\n       "
     "requests:\n"
     "-        memory: 1Gi\n+        memory: 134Mi\n"},
    {"kind: Pod\nspec: {containers: [{name: web, resources: {limits: {memory: 202Mi}, requests: {memory: "
     "134Mi}}}]}\n",
     ""},
};

TEST(differences) {
    for (size_t i = 0; i < COUNT(diffs); i++) {
        struct manifest_wish wish = wish_for("web", NULL);
        struct manifest_patch patch = {0};
        struct error error = {0};
        struct strbuf diff = {0};
        size_t length = strlen(diffs[i].before);
        int code = manifest_patch(diffs[i].before, length, &wish, &patch, &error);
        ROW(code == 0, "%zu: %s", i, error.what);
        manifest_diff(diffs[i].before, length, &patch, "f", &diff);
        ROW_TEXT(strbuf_text(&diff), diffs[i].diff, "diff");
        manifest_patch_free(&patch);
        strbuf_free(&diff);
    }
}

/* xorshift: the same mutations at every run. */
static unsigned next_random(unsigned *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A few bytes changed, taken out, put in, or a piece of the text put elsewhere. */
static void mutate(struct strbuf *text, unsigned *state) {
    static const char bytes[] = "{}[]:,-&*?|>'\"#%@`!~ \n\n\r\t\0azA1\xc3\xff<";
    int changes = 1 + (int)(next_random(state) % 2);
    for (int i = 0; i < changes && text->length > 2; i++) {
        size_t at = next_random(state) % text->length;
        size_t length = next_random(state) % 12;
        size_t from = next_random(state) % text->length;
        if (length > text->length - at)
            length = text->length - at;
        switch (next_random(state) % 4) {
        case 0:
            text->text[at] = bytes[next_random(state) % (sizeof bytes - 1)];
            break;
        case 1:
            memmove(text->text + at, text->text + at + length, text->length - at - length + 1);
            text->length -= length;
            break;
        case 2:
            if (length <= text->length - from)
                memmove(text->text + at, text->text + from, length);
            break;
        default:
            strbuf_add(text, "x");
            memmove(text->text + at + 1, text->text + at, text->length - at - 1);
            text->text[at] = bytes[next_random(state) % (sizeof bytes - 1)];
        }
    }
}

/* Never a crash; an error says where; else nothing changes outside of the splices, and twice is as good as
 * once. */
static bool check_mutant(const struct strbuf *text, unsigned seed) {
    struct manifest_wish wish = wish_for(seed % 3 ? "web" : NULL, seed % 2 ? "2" : NULL);
    struct manifest_patch patch = {0};
    struct error error = {0};
    struct strbuf after = {0};
    int line = 0;
    int column = 0;
    char name[32];
    snprintf(name, sizeof name, "mutant %u", seed);
    int code = manifest_patch(text->text, text->length, &wish, &patch, &error);
    if (code < 0) {
        bool placed = sscanf(error.what, "m:%d:%d: ", &line, &column) == 2 && line > 0 && column > 0;
        ROW(placed && !strchr(error.what, '\n'), "%s: %s", name, error.what);
        return false;
    }
    manifest_apply(text->text, text->length, &patch, &after);
    check_untouched(text->text, text->length, &patch, &after, name);
    struct manifest_patch again = {0};
    code = manifest_patch(strbuf_text(&after), after.length, &wish, &again, &error);
    ROW(code == 0 && again.splice_count == 0, "%s: again: %d, %s", name, code, error.what);
    struct strbuf diff = {0};
    manifest_diff(text->text, text->length, &patch, "f", &diff);
    manifest_patch_free(&patch);
    manifest_patch_free(&again);
    strbuf_free(&after);
    strbuf_free(&diff);
    return true;
}

TEST(mutants) {
    static const struct {
        const struct row *rows;
        size_t count;
    } sets[] = {
        {block_rows, COUNT(block_rows)}, {byte_rows, COUNT(byte_rows)}, {anchor_rows, COUNT(anchor_rows)}};
    const char *given = getenv("PLIMSOLL_MUTANTS");
    unsigned count = given ? (unsigned)strtoul(given, NULL, 10) : 6000;
    unsigned patched = 0;
    unsigned state = 20261122;
    for (unsigned seed = 0; seed < count; seed++) {
        size_t set = seed % COUNT(sets);
        const struct row *row = &sets[set].rows[next_random(&state) % sets[set].count];
        struct strbuf text = {0};
        strbuf_add(&text, row->before);
        mutate(&text, &state);
        patched += check_mutant(&text, seed);
        strbuf_free(&text);
    }
    /* Else the mutants are so odd that they prove nothing. */
    ROW(patched > count / 10, "%u of %u were patched", patched, count);
}

UNIT_MAIN("manifest", block_style, bytes_and_flow_style, anchors, what_is_refused,
          the_container_that_is_meant, kinds_by_their_names, large_and_deep_ones, differences, mutants)
