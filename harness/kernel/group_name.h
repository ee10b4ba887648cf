/* What the path of a cgroup says of whose it is: container engines, the kubelet and systemd each have their
 * way of naming groups.
 *
 *   /docker/ID                                           /system.slice/docker-ID.scope
 *   /kubepods/burstable/podUID/ID /kubepods.slice/.../kubepods-burstable-podUID.slice/cri-containerd-ID.scope
 *   /machine.slice/libpod-ID.scope/container             /ecs/TASK/ID
 *   /system.slice/nginx.service                          /user.slice/user-1000.slice/session-3.scope
 *
 * Layer: kernel/. Includes base/. Pure. */
#pragma once

#include <stddef.h>

#define CONTAINER_ID_LENGTH 64
#define CONTAINER_SHORT_ID  12 /* what engines and people write of it */
#define POD_UID_LENGTH      36

/* Texts are "" where the path does not tell. An end is the length of the path up to and with what names it.
 */
struct group_name {
    char container_id[CONTAINER_ID_LENGTH + 1]; /* hexadecimal */
    size_t container_end;
    char pod_uid[POD_UID_LENGTH + 1]; /* with '-' between its parts */
    size_t pod_end;
    char unit[128]; /* of systemd: a service or scope; not that of a container */
    size_t unit_end;
};

struct group_name group_name_parse(const char *path);
