# Without root, beside a systemd of the user's own (Debian's, started here): plimsoll starts itself again in a scope that is
# delegated. The session's group and the manager's are laid out as logind does; the user may move processes between
# them here, where in real life the first systemd does that for the user's.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

systemd=/lib/systemd/systemd
if [ "$version" != v2 ] || [ "$(id -u)" != 0 ] || [ ! -x $systemd ] || [ ! -x /usr/bin/systemd-run ] || [ ! -x /usr/bin/setpriv ]; then
    skip "a user's systemd" "cgroup v2, root, systemd and setpriv are needed"
    finish
    exit
fi

uid=65534
base=$own_group/test-scope-$$
runtime=$scratch/runtime
chmod 755 "$scratch"
mkdir -p "$runtime" "$scratch/home" "$scratch/pub"
chmod 700 "$runtime"
chown $uid "$runtime" "$scratch/home"
cp "$plimsoll" "$workload" "$scratch/pub/"
[ -e /etc/machine-id ] || tr -dc 0-9a-f </dev/urandom | head -c 32 >/etc/machine-id
mkdir -p /run/systemd/system
mkdir "$base"
echo "+memory +pids" >"$base/cgroup.subtree_control"
mkdir "$base/session" "$base/manager"
chown $uid "$base/cgroup.procs" "$base/manager" "$base/manager/cgroup.procs" "$base/manager/cgroup.subtree_control" \
    "$base/manager/cgroup.threads"

# by_user GROUP COMMAND...
cat >"$scratch/join" <<'END'
echo 0 >"$1/cgroup.procs" || exit 99
home=$2 runtime=$3
shift 3
cd "$home" || exit 99
exec /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups env -i XDG_RUNTIME_DIR="$runtime" HOME="$home" \
    PATH="${0%/*}/pub:/usr/bin:/bin" "$@"
END
by_user() {
    group=$1
    shift
    sh "$scratch/join" "$base/$group" "$scratch/home" "$runtime" "$@"
}

sh "$scratch/join" "$base/manager" "$scratch/home" "$runtime" $systemd --user --log-target=console >"$scratch/manager.log" 2>&1 </dev/null &
manager=$!
until_true 60 test -S "$runtime/systemd/private" || fail "the user's systemd" "$(tail -3 "$scratch/manager.log")"
answers() { by_user session systemd-run --user --scope -q -- true 2>/dev/null; }
until_true 60 answers || fail "the user's systemd" "it grants no scope: $(tail -3 "$scratch/manager.log")"
scopes() { find "$base/manager" -name "*.scope" ! -name init.scope -type d 2>/dev/null; }
no_scopes() { [ -z "$(scopes)" ]; }
again="*no cgroup may be made here: starting again in a scope of your own*--no-scope refuses*"

expect "find: exit status" 0 "$(status_of by_user session plimsoll find --max 64Mi --json found.json -- plimsoll-workload plateau --size 16Mi --hold 50ms)"
expect_match "find: says so" "$again" "$(cat "$scratch/err")"
expect "find: once" 1 "$(grep -c "starting again" "$scratch/err")"
expect "find: an answer" true "$(jq '.oom_point.survives_bytes > 16000000 and .host.cgroup == "v2"' "$scratch/home/found.json")"
expect "run: the limit holds" 137 "$(status_of by_user session plimsoll run --limit 8Mi --json run.json -- plimsoll-workload plateau --size 16Mi)"
expect "run: outcome" oom "$(jq -r '.trials[0].outcome' "$scratch/home/run.json")"
expect "run: arguments, as they were" 'a b|$x "y"|*' "$(by_user session plimsoll run -q -- printf '%s|%s|%s' 'a b' '$x "y"' '*')"
expect "run: input" hello "$(echo hello | by_user session plimsoll run -q -- cat)"
expect "run: exit status" 7 "$(status_of by_user session plimsoll run -q -- sh -c 'exit 7')"
expect "quiet: says nothing" "" "$(cat "$scratch/err")"
expect "nothing of it in the target's environment" "" "$(by_user session plimsoll run -q -- env | grep PLIMSOLL_SCOPE)"
expect "in a scope already: not again" 0 \
    "$(status_of by_user session systemd-run --user --scope -q -p Delegate=yes plimsoll find --max 64Mi -- true)"
expect "in a scope already: nothing is said of it" 0 "$(grep -c "starting again" "$scratch/err")"

expect "refused: exit status" 5 "$(status_of by_user session plimsoll find --no-scope -- true)"
expect_match "refused: says what helps" "*cannot create a memory cgroup*systemd-run --user --scope -p Delegate=yes*" "$(cat "$scratch/err")"
expect "processes are asked for: none is needed" 0 "$(status_of by_user session plimsoll run --measure processes -- true)"
expect "processes are asked for: nothing is said of it" 0 "$(grep -c "starting again" "$scratch/err")"

# Doctor says what size found to be so.
check_of() { jq -r --arg id "$1" '.checks[] | select(.id == $id) | "\(.state) \(.found)"' "$scratch/home/doctor.json"; }
expect "doctor: exit status" 0 "$(status_of by_user session plimsoll doctor --json doctor.json)"
expect_match "doctor: where groups are made" "ok cgroup v2, groups are made in a scope of your own systemd" "$(check_of memory-controller)"
expect "doctor: allowed" "true v2 null" "$(jq -r '"\(.allowed) \(.cgroup.version) \(.cgroup.parent)"' "$scratch/home/doctor.json")"
mended=$(jq -r '.checks[] | select(.id == "limits") | .run' "$scratch/home/doctor.json")
expect "doctor: with the command that it gives, exit status" 0 "$(status_of by_user session sh -c "$mended --json doctor.json")"
expect_match "doctor: in a scope, limits are tried" "ok a group with a limit of 64Mi was made*" "$(check_of limits)"

sh "$scratch/join" "$base/session" "$scratch/home" "$runtime" plimsoll run -- sleep 300 >/dev/null 2>"$scratch/cut.err" </dev/null &
cut=$!
runs() { [ "$(cat "/proc/$cut/comm" 2>/dev/null)" = plimsoll ] && [ -n "$(scopes)" ] && grep -q "starting again" "$scratch/cut.err"; }
until_true 30 runs || fail "interrupted" "it never ran in a scope: $(cat "$scratch/cut.err")"
sleep 1
kill -TERM "$cut"
wait "$cut"
expect "interrupted: exit status" 143 $?
if until_true 10 no_scopes; then pass "no scope is left"; else fail "no scope is left" "$(scopes)"; fi

# A socket that nobody listens to.
kill -KILL "$manager"
wait "$manager" 2>/dev/null
expect "no answer: exit status" 5 "$(status_of by_user session plimsoll find -- true)"
expect_match "no answer: said" "*cannot create a memory cgroup*sudo plimsoll*systemd-run --user: ?*" "$(cat "$scratch/err")"
expect "no answer: doctor, exit status" 5 "$(status_of by_user session plimsoll doctor --json doctor.json)"
expect_match "no answer: doctor says what systemd does" "*sudo plimsoll ... systemd-run --user: ?*" \
    "$(jq -r '.checks[] | select(.id == "memory-controller") | "\(.state) \(.run) \(.advice)"' "$scratch/home/doctor.json")"
expect "no answer: run does without" 0 "$(status_of by_user session plimsoll run -- true)"

remove_all() {
    find "$base" -name cgroup.procs | while read -r list; do
        while read -r process; do kill -KILL "$process"; done <"$list"
    done 2>/dev/null
    find "$base" -depth -type d -exec rmdir {} + 2>/dev/null
    [ ! -d "$base" ]
}
until_true 10 remove_all || fail "the test's own groups" "$base cannot be removed"
finish
