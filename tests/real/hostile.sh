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

# A target that leaves its group is neither limited nor counted: never "survived", and ended all the same.
move_out='echo $$ >"$1/cgroup.procs" && exec sleep 98765'
hostile "leaves its group" 137 --timeout 400ms --grace 100ms -- sh -c "trap '' TERM; $move_out" sh "$own_group"
expect "leaves its group: outcome" harness-error "$(jq -r '.trials[0].outcome' "$scratch/result.json")"
no_sleeper_left "leaves its group"
hostile "a child leaves its group" 0 -- sh -c "(sh -c '$move_out' sh \"\$1\") & sleep 0.3; exit 0" sh "$own_group"
expect "a child leaves its group: outcome" harness-error "$(jq -r '.trials[0].outcome' "$scratch/result.json")"
no_sleeper_left "a child leaves its group"
expect "a target that leaves its group is not sized" 4 \
    "$(status_of "$plimsoll" find -q --for 500ms --out "$scratch/escape" -- sh -c "$move_out" sh "$own_group")"
no_sleeper_left "not sized"

# Whoever reads our standard error has stopped reading: the clock goes on.
mkfifo "$scratch/stalled"
# shellcheck disable=SC2217 # that it does not read is the point
sleep 20 <"$scratch/stalled" &
reader=$!
started=$(date +%s)
"$plimsoll" run --timeout 500ms --grace 100ms -- sh -c 'trap "" TERM; while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >&2; done' \
    >/dev/null 2>"$scratch/stalled"
took=$(($(date +%s) - started))
if [ "$took" -le 8 ]; then pass "a stalled reader"; else fail "a stalled reader" "$took s"; fi
kill "$reader" 2>/dev/null

# Orphans come to us and are reaped while the target runs.
status_of "$plimsoll" run -q -- sh -c 'n=0; while [ $n -lt 50 ]; do (sleep 0.05 &); n=$((n + 1)); done; sleep 0.5
    grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | xargs grep -l "^PPid:[^0-9]*$PPID\$" 2>/dev/null | wc -l' >/dev/null
expect "orphans are reaped" 0 "$(tr -d ' ' <"$scratch/out")"

# The keeper is killed by its own harness's target: the next trial has a new one.
kill_keeper='for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = plimsoll-keeper ] && grep -q "^PPid:[^0-9]*$PPID\$" $p/status && kill -9 ${p#/proc/}; done; exit 0'
expect "kills the keeper each time" 0 "$(status_of "$plimsoll" step -q --limits 32Mi,64Mi --out "$scratch/keeper" -- sh -c "$kill_keeper")"
expect "kills the keeper: both trials" 2 "$(wc -l <"$scratch/keeper/trials.jsonl" | tr -d ' ')"
expect "kills the keeper: no group left" "" "$(leftover_groups)"

# The results' disk is full: the run goes on, and what is lost is said.
if mkdir "$scratch/small" && mount -t tmpfs -o size=64k tmpfs "$scratch/small" 2>/dev/null; then
    status_of "$plimsoll" run -q --interval 1ms --out "$scratch/small/run" --json "$scratch/result.json" -- sleep 2 >/dev/null
    expect "disk full: the samples' loss is said" true "$(jq '.trials[0].samples_lost' "$scratch/result.json" 2>/dev/null)"
    rm -rf "$scratch/small/run"
    expect "disk full: a search: exit status" 125 "$(status_of "$plimsoll" find --confirm 1 --interval 1ms --out "$scratch/small/find" \
        -- "$workload" plateau --size 33Mi --hold 2s)"
    said() { grep -c "^plimsoll: .*$1.*: No space left on device" "$scratch/err"; }
    expect "disk full: a search: each loss is said once" "1 1" \
        "$(said "$scratch/small/find/samples-001.csv") $(said "$scratch/small/find/result.json")"
    expect "disk full: a search: nothing is called saved" 0 "$(grep -c '^Saved' "$scratch/err")"
    umount "$scratch/small"
else
    skip "disk full" "cannot mount a tmpfs"
fi

finish
