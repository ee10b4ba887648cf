# Inside a container, which sees but its own part of the hierarchy: sampled where that is read-only, used where it can be
# written to. Made here of namespaces alone.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

if [ "$version" != v2 ] || [ "$(id -u)" != 0 ] || [ ! -x /usr/bin/unshare ] || [ ! -x /usr/bin/setpriv ]; then
    skip "a container's own group" "cgroup v2, root, util-linux's unshare and setpriv are needed"
    finish
    exit
fi

pod=$own_group/test-own-$$
mkdir "$pod"
echo 134217728 >"$pod/memory.max"
echo +memory >"$pod/cgroup.subtree_control"
mkdir "$pod/box"
echo 67108864 >"$pod/box/memory.max"
chmod 755 "$scratch"
mkdir -m 777 "$scratch/pub"
cp "$plimsoll" "$workload" "$scratch/pub/"

# inside ro|rw COMMAND...: as nobody in a pod's read-only container, or as root in one that may write
cat >"$scratch/enter" <<'END'
echo 0 >"$1/cgroup.procs" || exit 99
shift
exec /usr/bin/unshare --cgroup --mount sh "${0%/*}/inside" "$@"
END
cat >"$scratch/inside" <<'END'
umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 98
cd "${0%/*}/pub" || exit 98
mode=$1
shift
[ "$mode" = ro ] || exec "$@"
mount -o remount,ro,bind /sys/fs/cgroup || exit 97
exec /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
END
inside() { sh "$scratch/enter" "$pod/box" "$@"; }
# What holds a process may have no children that are limited: one at a time.
emptied() { [ -z "$(cat "$pod/box/cgroup.procs")" ]; }

expect "read-only: watch of all, exit status" 0 "$(status_of inside ro ./plimsoll watch --once --json -)"
expect "read-only: it is its own group, with its limit" true \
    "$(jq '.groups | length == 1 and (.[0] | .kind == "own" and .cgroup == "/" and .limit_bytes == 67108864 and .usage_bytes > 0)' "$scratch/out")"
expect "read-only: watch, exit status" 4 "$(status_of inside ro ./plimsoll watch --cgroup /sys/fs/cgroup --for 500ms --json seen.json)"
expect "read-only: watch, its limit" 67108864 "$(jq '.trials[0].limit_bytes' "$scratch/pub/seen.json")"
expect "read-only: run does without" 3 "$(status_of inside ro ./plimsoll run -- sh -c 'exit 3')"
expect_match "read-only: run says so" "*processes are read instead*" "$(cat "$scratch/err")"
expect "read-only: find, exit status" 5 "$(status_of inside ro ./plimsoll find -- true)"
expect_match "read-only: find, message" "plimsoll: cannot create a memory cgroup*container*plimsoll watch reads*" "$(cat "$scratch/err")"
expect "read-only: doctor, exit status" 5 "$(status_of inside ro ./plimsoll doctor)"

until_true 10 emptied || fail "box" "it is not empty"
expect "writable: run, exit status" 137 "$(status_of inside rw ./plimsoll run --limit 8Mi --json ran.json -- ./plimsoll-workload plateau --size 16Mi)"
expect "writable: run, its limit struck" oom "$(jq -r '.trials[0].outcome' "$scratch/pub/ran.json")"
until_true 10 emptied || fail "box" "it is not empty"
expect "writable: find, exit status" 0 "$(status_of inside rw ./plimsoll find --max 32Mi -- ./plimsoll-workload plateau --size 8Mi --hold 20ms)"
expect "writable: as it was" "" "$(find "$pod/box" -mindepth 1 -type d)"

removed() { rmdir "$pod/box" "$pod" 2>/dev/null || [ ! -d "$pod" ]; }
until_true 10 removed || fail "the test's own groups" "$pod cannot be removed"
finish
