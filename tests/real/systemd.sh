# A user's scope with all of systemd: the first process (of a pid namespace), its bus, and the user's own manager, laid out
# as on a real machine: the user's session lies in a slice that is root's. Only in the virtual machine: it writes to /etc.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

systemd=/lib/systemd/systemd
if [ ! -e /vm/command ] || [ ! -x $systemd ] || [ ! -x /usr/bin/systemd-run ] || [ ! -x /usr/bin/dbus-daemon ] || [ ! -x /usr/bin/unshare ]; then
    skip "systemd" "only in scripts/vm, with systemd, dbus-daemon and unshare added"
    finish
    exit
fi

chmod 755 "$scratch"
mkdir -m 777 "$scratch/home"
mkdir -p /etc/systemd/system /run/dbus /var/lib /var/log
ln -sfn /run /var/run
touch /etc/fstab /etc/os-release
[ -e /etc/machine-id ] || tr -dc 0-9a-f </dev/urandom | head -c 32 >/etc/machine-id
grep -q ^dev: /etc/passwd || echo dev:x:1000:1000::/:/bin/sh >>/etc/passwd
grep -q ^dev: /etc/group || echo dev:x:1000: >>/etc/group
grep -q ^messagebus: /etc/passwd || echo messagebus:x:101:101::/:/bin/sh >>/etc/passwd
grep -q ^messagebus: /etc/group || echo messagebus:x:101: >>/etc/group

unit() { # NAME, from standard input: without what a whole system would bring along
    { printf '[Unit]\nDefaultDependencies=no\n' && cat; } >"/etc/systemd/system/$1"
}
unit dbus.socket <<'END'
[Socket]
ListenStream=/run/dbus/system_bus_socket
END
unit dbus.service <<'END'
Requires=dbus.socket
[Service]
Type=notify
NotifyAccess=main
ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only
END
unit user@1000.service <<'END'
Wants=dbus.socket
After=dbus.socket
[Service]
User=1000
Type=notify
Slice=user-1000.slice
ExecStartPre=+/bin/sh -c "mkdir -p /run/user/1000; chown 1000:1000 /run/user/1000; chmod 700 /run/user/1000"
Environment=XDG_RUNTIME_DIR=/run/user/1000
ExecStart=/lib/systemd/systemd --user
Delegate=pids memory
KillMode=mixed
END
unit test.target <<'END'
Wants=dbus.socket user@1000.service test.service
END
unit test.service <<END
After=user@1000.service
[Service]
Type=oneshot
ExecStart=/bin/sh $scratch/inside
END

# In it: COMMANDS in a session's scope, their output and statuses in files.
cat >"$scratch/inside" <<END
cd $scratch/home
in_session() { # NAME COMMAND...
    name=\$1
    shift
    /usr/bin/systemd-run --scope --quiet --slice=user-1000.slice --uid=1000 --gid=1000 -E XDG_RUNTIME_DIR=/run/user/1000 \
        -E HOME=$scratch/home "\$@" >$scratch/\$name.out 2>$scratch/\$name.err </dev/null
    echo \$? >$scratch/\$name.status
}
in_session place cat /proc/self/cgroup
in_session run $plimsoll run --limit 8Mi --json run.json -- $workload plateau --size 16Mi
in_session find $plimsoll find --max 64Mi --json find.json -- sh -c 'cat /proc/self/cgroup; exec $workload plateau --size 8Mi --hold 20ms'
in_session refused $plimsoll find --no-scope -- true
in_session watch $plimsoll watch --once --json -
find /sys/fs/cgroup/user.slice -name '*.scope' ! -name init.scope >$scratch/left
touch $scratch/done
END

/usr/bin/unshare --pid --fork --mount --cgroup sh -c '
    mount -t proc proc /proc && umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 99
    container=test exec /lib/systemd/systemd --system --unit=test.target --log-target=null' >/dev/null 2>&1 </dev/null &
first=$!
until_true 120 test -e "$scratch/done" || fail "systemd" "it did not come to its end: $(ls "$scratch")"
for name in place run find refused watch; do touch "$scratch/$name.out" "$scratch/$name.err" "$scratch/$name.status"; done

expect_match "the session is root's" "*/user.slice/user-1000.slice/run-*.scope" "$(cat "$scratch/place.out")"
expect "run: the limit holds" 137 "$(cat "$scratch/run.status")"
expect_match "run: says so" "*starting again in a scope of your own*" "$(cat "$scratch/run.err")"
expect "run: outcome" oom "$(jq -r '.trials[0].outcome' "$scratch/home/run.json")"
expect "find: exit status" 0 "$(cat "$scratch/find.status")"
expect "find: an answer" true "$(jq '.oom_point.survives_bytes > 8000000' "$scratch/home/find.json")"
expect "refused: exit status" 5 "$(cat "$scratch/refused.status")"
expect_match "refused: says what helps" "*cannot create a memory cgroup*systemd-run --user --scope*" "$(cat "$scratch/refused.err")"
expect "watch: exit status" 0 "$(cat "$scratch/watch.status")"
expect "watch: units by their names" true \
    "$(jq '[.groups[] | select(.kind == "unit") | .name] | contains(["dbus", "user@1000"])' "$scratch/watch.out")"
expect "no scope is left" "" "$(grep -v -x -F "$(sed 's/^0:://; s,^,/sys/fs/cgroup,' "$scratch/place.out")" "$scratch/left")"

# With it goes all that it started.
tr ' ' '\n' <"/proc/$first/task/$first/children" | while read -r process; do kill -KILL "$process"; done
wait $first 2>/dev/null
rmdir_all() { find /sys/fs/cgroup -mindepth 1 -depth -type d -path '*.slice*' -exec rmdir {} + 2>/dev/null || ! ls -d /sys/fs/cgroup/*.slice >/dev/null 2>&1; }
until_true 10 rmdir_all || fail "systemd's groups" "cannot be removed"
finish
