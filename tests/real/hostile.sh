# Targets that misbehave: the harness survives, and leaves no process and no group behind.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# hostile NAME WANTED_STATUS [OPTIONS] -- TARGET...
hostile() {
    name=$1 wanted=$2
    shift 2
    got=$(status_of "$plimsoll" run -q --json "$scratch/result.json" "$@")
    expect "$name: exit status" "$wanted" "$got"
    if until_true 3 no_leftover_groups; then pass "$name: no group left"; else fail "$name: no group left" "$(leftover_groups)"; fi
}

no_sleeper() { [ -z "$(pids_of "sleep 98765")" ]; }
no_sleeper_left() {
    if until_true 2 no_sleeper; then pass "$1: no process left"; else
        fail "$1: no process left" "$(pids_of "sleep 98765")"
        kill -KILL $(pids_of "sleep 98765")
    fi
}

hostile "daemonises" 0 -- sh -c 'setsid sleep 98765 >/dev/null 2>&1 </dev/null & exit 0'
no_sleeper_left "daemonises"
expect_match "daemonises: said so" '*leftovers*' "$(jq -c '.trials[0].evidence' "$scratch/result.json")"

hostile "daemonises and keeps our pipe open" 0 -- sh -c 'setsid sleep 98765 & exit 0'
no_sleeper_left "keeps our pipe open"

hostile "ignores SIGTERM" 137 --timeout 200ms --grace 200ms -- sh -c 'trap "" TERM; while :; do sleep 98765; done'
no_sleeper_left "ignores SIGTERM"

hostile "stops itself" 137 --timeout 300ms --grace 100ms -- sh -c 'trap "" TERM CONT; kill -STOP $$; sleep 98765'
no_sleeper_left "stops itself"

# The keeper outlives a harness that its target kills.
status_of "$plimsoll" run -q -- sh -c 'kill -9 $PPID; sleep 98765' >/dev/null
if until_true 3 no_leftover_groups; then pass "kills its parent: no group left"; else fail "kills its parent: no group left" "$(leftover_groups)"; fi
no_sleeper_left "kills its parent"

hostile "forks until stopped" 137 --timeout 700ms --grace 100ms --limit 48Mi -- \
    sh -c 'trap "" TERM; n=0; while [ $n -lt 200 ]; do (trap "" TERM; sleep 98765) & n=$((n + 1)); done; wait'
no_sleeper_left "forks until stopped"

hostile "prints without end" 137 --timeout 300ms --grace 0ms -- sh -c 'trap "" TERM PIPE; while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >&2; done' 2>/dev/null
"$plimsoll" find -q --out "$scratch/loud" --timeout 500ms --grace 100ms -- sh -c 'yes' >/dev/null 2>&1
size=$(wc -c <"$scratch/loud/target-001.log")
if [ "$size" -le 16777300 ]; then pass "prints without end: the log is bounded"; else fail "the log is bounded" "$size"; fi

# A name that would steer a terminal is shown harmlessly.
"$plimsoll" find --out "$scratch/name" -- sh -c 'exit 1' "$(printf '\033[31mred\007')" >/dev/null 2>"$scratch/err"
expect "a hostile name is escaped" 0 "$(grep -c "$(printf '\033')" "$scratch/err")"

# A target that makes groups of its own within ours.
nested='g=$(find "$1" -type d -name "plimsoll-*" | head -1)/nested; mkdir "$g" && exit 0'
hostile "makes groups of its own" 0 -- sh -c "$nested" sh "$mount_point"

# The results' disk is full: the run goes on, and what is lost is said.
if mkdir "$scratch/small" && mount -t tmpfs -o size=64k tmpfs "$scratch/small" 2>/dev/null; then
    status_of "$plimsoll" run -q --interval 1ms --out "$scratch/small/run" --json "$scratch/result.json" -- sleep 2 >/dev/null
    expect "disk full: the samples' loss is said" true "$(jq '.trials[0].samples_lost' "$scratch/result.json" 2>/dev/null)"
    umount "$scratch/small"
else
    skip "disk full" "cannot mount a tmpfs"
fi

finish
