/* kernel/group_name.c: whose a cgroup is, by its path. */
#include "kernel/group_name.h"
#include "unit.h"

#define ID     "92a0f4e67da7648670342787eb5a0c5409e81e1045ffb7e6215bb4c5b7b24d89"
#define UID    "0e8ca23e-c6a1-4b5c-86eb-0132ca30d316"
#define UNDER  "0e8ca23e_c6a1_4b5c_86eb_0132ca30d316"
#define SLICES "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UNDER ".slice"

TEST(names) {
    static const struct {
        const char *path;
        const char *id;
        const char *pod;
        const char *unit;
        const char *end; /* of the container's, pod's or unit's group */
    } rows[] = {
        {"/docker/" ID, ID, "", "", "/docker/" ID},
        {"/docker/" ID "/init.scope", ID, "", "init.scope", "/docker/" ID},
        {"/system.slice/docker-" ID ".scope", ID, "", "", "/system.slice/docker-" ID ".scope"},
        {"/kubepods/burstable/pod" UID "/" ID, ID, UID, "", "/kubepods/burstable/pod" UID "/" ID},
        {"/kubepods/besteffort/pod" UID, "", UID, "", "/kubepods/besteffort/pod" UID},
        {SLICES "/cri-containerd-" ID ".scope", ID, UID, "", SLICES "/cri-containerd-" ID ".scope"},
        {SLICES "/crio-" ID ".scope/container", ID, UID, "", SLICES "/crio-" ID ".scope"},
        {SLICES, "", UID, "", SLICES},
        {"/machine.slice/libpod-" ID ".scope/container", ID, "", "", "/machine.slice/libpod-" ID ".scope"},
        {"/machine.slice/libpod-conmon-" ID ".scope", "", "", "libpod-conmon-" ID ".scope",
         "/machine.slice/libpod-conmon-" ID ".scope"},
        {"/ecs/0cb4a5b2a2d44a3ab5be1b1a9e9d9c1f/" ID, ID, "", "",
         "/ecs/0cb4a5b2a2d44a3ab5be1b1a9e9d9c1f/" ID},
        {"/system.slice/nginx.service", "", "", "nginx.service", "/system.slice/nginx.service"},
        {"/system.slice/ssh.service/sub", "", "", "ssh.service", "/system.slice/ssh.service"},
        {"/user.slice/user-1000.slice/session-3.scope", "", "", "session-3.scope",
         "/user.slice/user-1000.slice/session-3.scope"},
        {"/", "", "", "", ""},
        {"", "", "", "", ""},
        {"/a/b", "", "", "", ""},
        {"/pod" UID "x", "", "", "", ""},
        {"/" ID "0", ID "", "", "", ""}, /* below: 65 digits are no id */
    };
    for (size_t i = 0; i < COUNT(rows) - 1; i++) {
        struct group_name name = group_name_parse(rows[i].path);
        size_t end = name.container_end ? name.container_end : name.pod_end ? name.pod_end : name.unit_end;
        ROW_TEXT(name.container_id, rows[i].id, rows[i].path);
        ROW_TEXT(name.pod_uid, rows[i].pod, rows[i].path);
        ROW_TEXT(name.unit, rows[i].unit, rows[i].path);
        ROW(end == strlen(rows[i].end), "%s: %zu", rows[i].path, end);
    }
    ck_assert_str_eq(group_name_parse(rows[COUNT(rows) - 1].path).container_id, "");
}
END_TEST

UNIT_MAIN("group_name", names)
