# Who may do what: --user drops everything; without rights there is one line that helps; delegation works.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

shown() { "$plimsoll" run -q --user "$1" -- cat /proc/self/status | awk -v key="$2:" '$1 == key { $1 = ""; print }' | tr -d ' \t'; }
expect "--user: uid" 65534655346553465534 "$(shown nobody Uid)"
expect "--user: gid" 65534655346553465534 "$(shown 65534:65534 Gid)"
expect "--user: no supplementary groups" "" "$(shown nobody Groups)"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
    expect "--user: $set" 0000000000000000 "$(shown nobody $set)"
done
expect "--user: unknown" 2 "$(status_of "$plimsoll" run --user nosuchuser -- true)"

# Everything on the way to the program must be open to nobody.
install_for_nobody() {
    chmod 755 "$scratch"
    mkdir -p "$scratch/pub"
    cp "$plimsoll" "$workload" "$scratch/pub/"
    mkdir -p "$scratch/nobody"
    chown 65534 "$scratch/nobody"
}
install_for_nobody

expect "no rights: exit status" 5 "$(cd "$scratch/nobody" && status_of as_nobody "$scratch/pub/plimsoll" find -- true)"
expect_match "no rights: says what helps" '*cannot create a memory cgroup*' "$(cat "$scratch/err")"
expect "no rights: nothing made" "" "$(ls "$scratch/nobody")"

# A group that was given to nobody, with a limit of its own that its children share.
delegated=$own_group/test-delegated-$$
mkdir "$delegated"
if [ "$version" = v1 ]; then
    echo 50331648 >"$delegated/memory.limit_in_bytes"
    [ ! -e "$delegated/memory.memsw.limit_in_bytes" ] || echo 50335744 >"$delegated/memory.memsw.limit_in_bytes"
else
    echo 50331648 >"$delegated/memory.max"
    echo 0 >"$delegated/memory.swap.max"
fi
chown 65534 "$delegated" "$delegated/cgroup.procs"
for file in cgroup.subtree_control cgroup.threads tasks; do
    [ ! -e "$delegated/$file" ] || chown 65534 "$delegated/$file"
done

# in_delegated COMMAND...: as nobody, inside that group
cat >"$scratch/join" <<'END'
echo 0 >"$1/cgroup.procs" || exit 99
shift
exec "$@"
END
in_delegated() {
    sh "$scratch/join" "$delegated" sh -c '
        if setpriv --help 2>&1 | grep -q reuid; then exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; fi
        line=; for word in "$@"; do line="$line $word"; done
        exec su -s /bin/sh nobody -c "$line"' sh "$@"
}

check_of() { jq -r --arg id "$1" '.checks[] | select(.id == $id) | "\(.state) \(.found)"' "$scratch/nobody/doctor.json"; }
expect "no rights: doctor" 5 "$(status_of as_nobody "$scratch/pub/plimsoll" doctor --json "$scratch/nobody/doctor.json")"
expect_match "no rights: doctor says what" "missing cannot create a memory cgroup*" "$(check_of memory-controller)"
rm -f "$scratch/nobody/doctor.json"
expect "delegated: doctor" 0 "$(status_of in_delegated "$scratch/pub/plimsoll" doctor --json "$scratch/nobody/doctor.json")"
expect_match "delegated: doctor knows whose it is" "ok our own group is ours to manage*" "$(check_of delegation)"
expect_match "delegated: doctor sees its limit" "less the limit of *test-delegated-* is 48.0* MiB" "$(check_of above)"
rm -f "$scratch/nobody/doctor.json"

json=$scratch/nobody/result.json
expect "delegated: own limit, exit status" 137 \
    "$(status_of in_delegated "$scratch/pub/plimsoll" run -q --limit 24Mi --json "$json" -- "$scratch/pub/plimsoll-workload" plateau --size 32Mi)"
expect "delegated: own limit" oom "$(jq -r '.trials[0].outcome' "$json")"
rm -f "$json"
expect "a parent's limit, exit status" 137 \
    "$(status_of in_delegated "$scratch/pub/plimsoll" run -q --limit 100Mi --json "$json" -- "$scratch/pub/plimsoll-workload" plateau --size 64Mi)"
expect "a parent's limit" outside-oom "$(jq -r '.trials[0].outcome' "$json")"
expect_match "a parent's limit is named" "*test-delegated-*" "$(jq -c '.trials[0].evidence' "$json")"
expect "delegated: the group is as it was" "" "$(find "$delegated" -mindepth 1 -type d)"

n=50
while ! rmdir "$delegated" 2>/dev/null && [ $n -gt 0 ]; do
    sleep 0.1
    n=$((n - 1))
done
[ ! -d "$delegated" ] || fail "the test's own group" "cannot be removed"

finish
