# Ways for a search or a run to end early, and what each leaves behind: nothing but what was measured.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

target_alive() { [ -n "$(pids_of "plimsoll-workload plateau --size 33Mi")" ]; }
target_gone() { ! target_alive; }

# interrupt SIGNAL WANTED_STATUS: in the middle of a search
interrupt() {
    rm -rf "$scratch/run"
    "$plimsoll" find -q --out "$scratch/run" -- "$workload" plateau --size 33Mi --hold 700ms >/dev/null 2>&1 &
    harness=$!
    until_true 60 has_trials "$scratch/run" 2 || fail "$1: two trials" "never came"
    sleep 0.2
    before=$(wc -l <"$scratch/run/trials.jsonl")
    kill "-$1" "$harness"
    status=0
    wait "$harness" || status=$?
    expect "$1 in a search: exit status" "$2" "$status"
    after=$(wc -l <"$scratch/run/trials.jsonl")
    if [ "$after" -ge "$before" ]; then pass "$1: trials are kept"; else fail "$1: trials are kept" "$before, then $after"; fi
    expect "$1: every line of trials.jsonl is whole" "$after" "$(jq -c .id "$scratch/run/trials.jsonl" | wc -l)"
    if until_true 2 target_gone; then pass "$1: no process left"; else fail "$1: no process left" "$(pids_of plateau)"; fi
    if until_true 2 no_leftover_groups; then pass "$1: no group left"; else fail "$1: no group left" "$(leftover_groups)"; fi
}

# A shell starts background jobs with SIGINT ignored, and exec keeps that: the harness must take it all the same.
interrupt INT 130
interrupt TERM 143
expect "an interrupted search has a result" plimsoll.result/1 "$(jq -r .schema "$scratch/run/result.json")"

# A search that is interrupted says so, what is known by then, and where it is.
once='mkdir "$1" 2>/dev/null && hold=300ms || hold=60s; exec '"$workload"' plateau --size 33Mi --hold $hold'
# tell NAME TRIALS: interrupted in the run after so many
tell() {
    rm -rf "$scratch/told"
    "$plimsoll" find --out "$scratch/told" -- sh -c "$once" sh "$scratch/first" >/dev/null 2>"$scratch/err" &
    harness=$!
    until_true 60 has_trials "$scratch/told" "$2" || fail "$1: trials" "never came"
    until_true 20 test -s "$scratch/told/target-00$(($2 + 1)).log" || fail "$1: the next" "never came"
    kill -INT "$harness"
    status=0
    wait "$harness" || status=$?
    expect "$1: exit status" 130 "$status"
    expect "$1: where it is, and how to go on" "1 1" "$(grep -c "^Saved  *$scratch/told\$" "$scratch/err") $(grep -c '^Go on with: ' "$scratch/err")"
}
tell "interrupted after one run" 1
expect_match "interrupted after one run: what that told" "*
Interrupted. As far as it got:

It needed 33.* MiB without a limit.*" "$(cat "$scratch/err")"
tell "interrupted in its first run" 0
expect_match "interrupted in its first run: said" "*
Interrupted in its first run: nothing is known yet.
*" "$(cat "$scratch/err")"

# pause NAME SECONDS NOTES: the harness alone is stopped in the middle of a search; 0: continued, though it was not
pause() {
    rm -rf "$scratch/paused"
    "$plimsoll" find --confirm 1 --out "$scratch/paused" -- "$workload" plateau --size 33Mi --hold 1500ms >/dev/null 2>"$scratch/err" &
    harness=$!
    until_true 60 has_trials "$scratch/paused" 1 || fail "$1: a trial" "never came"
    until_true 20 test -s "$scratch/paused/target-002.log" || fail "$1: the next" "never came"
    [ "$2" = 0 ] || kill -STOP "$harness"
    sleep "$2"
    kill -CONT "$harness"
    status=0
    wait "$harness" || status=$?
    expect "$1: exit status" 0 "$status"
    expect "$1: notes of a run made again" "$3" "$(grep -c '^Note: run [0-9]* is thrown away and made again' "$scratch/err")"
    expect "$1: no trial was unseen" 0 "$(jq '[.trials[].evidence[] | select(.detail | startswith("plimsoll itself was stopped"))] | length' "$scratch/paused/result.json")"
    expect "$1: each trial is there once" true "$(jq '[.trials[].id] | . == (unique)' "$scratch/paused/result.json")"
    # The stop alone is longer than this, so it is in no time of theirs.
    expect "$1: the stop is in no time" true "$(jq '[.trials[].duration_s] | max < 4' "$scratch/paused/result.json")"
}
pause "stopped and continued" 4 1
pause "only continued" 0 0
"$plimsoll" run -q --json "$scratch/paused.json" -- sh -c 'echo >"$1"; exec sleep 2' sh "$scratch/started" &
harness=$!
until_true 20 test -s "$scratch/started" || fail "run, stopped: start" "the target never came"
kill -STOP "$harness"
sleep 1
kill -CONT "$harness"
wait "$harness"
expect "run, stopped: its evidence says so" 1 \
    "$(jq '[.trials[0].evidence[] | select(.detail | startswith("plimsoll itself was stopped for "))] | length' "$scratch/paused.json")"

# The harness itself is killed: the keeper ends the target and removes its group within a second.
"$plimsoll" run -q -- sh -c "trap '' TERM; exec $workload plateau --size 33Mi --hold 60s" >/dev/null 2>&1 &
harness=$!
until_true 20 target_alive || fail "SIGKILL: start" "the target never came"
kill -KILL "$harness"
wait "$harness" 2>/dev/null
started=$(now_ms)
cleaned_up() { no_leftover_groups && target_gone; } # what carries the words "--size 33Mi" may be the keeper itself
until_true 5 cleaned_up
took=$(($(now_ms) - started))
if cleaned_up; then pass "SIGKILL: the keeper cleaned up"; else fail "SIGKILL: the keeper cleaned up" "$(leftover_groups)"; fi
if [ "$took" -le 1000 ]; then pass "SIGKILL: within a second"; else fail "SIGKILL: within a second" "$took ms"; fi

# A target that fails without any limit, and one that wants more than --max.
expect "broken without a limit" 3 "$(status_of "$plimsoll" find -q --out "$scratch/e1" -- sh -c 'echo no database >&2; exit 1')"
expect_match "broken: its last words are shown" '*without any limit*no database*' "$(tr '\n' ' ' <"$scratch/err")"
expect "never ends, --timeout" 3 "$(status_of "$plimsoll" find -q --timeout 300ms --out "$scratch/e2" -- sleep 60)"
expect "more than --max" 4 "$(status_of "$plimsoll" find -q --max 24Mi --out "$scratch/e3" -- "$workload" plateau --size 33Mi)"
expect_match "more than --max: said so" '*--max*' "$(cat "$scratch/err")"

# A budget is kept, whatever is under way when it ends, and what was found by then stands.
# spend NAME BUDGET_MS COMMAND ARGUMENTS...
spend() {
    name=$1 budget=$2 command=$3
    shift 3
    rm -rf "$scratch/spent"
    started=$(now_ms)
    expect "$name: exit status" 4 "$(status_of "$plimsoll" "$command" -q --budget "${budget}ms" --out "$scratch/spent" "$@")"
    took=$(($(now_ms) - started))
    if [ "$took" -le $((budget + 1000)) ]; then pass "$name: in time"; else fail "$name: in time" "$took ms of $budget ms"; fi
    expect_match "$name: said" "plimsoll: *the budget of * spent*" "$(cat "$scratch/err")"
    expect "$name: in one line" 1 "$(wc -l <"$scratch/err" | tr -d ' ')"
    expect "$name: the result has what there is" "$(jq -s -c 'map(.id)' "$scratch/spent/trials.jsonl")" \
        "$(jq -c '.trials | map(.id)' "$scratch/spent/result.json")"
    if until_true 2 no_leftover_groups; then pass "$name: no group left"; else fail "$name: no group left" "$(leftover_groups)"; fi
}
spend "budget" 1500 find -- "$workload" plateau --size 33Mi --hold 700ms
expect "budget: the best bracket so far" true "$(jq '.oom_point | . == null or .survives_bytes >= 34603008' "$scratch/spent/result.json")"
spend "budget of a run" 1000 find -- sh -c 'trap "" TERM; while :; do sleep 60; done'
expect "budget of a run: nothing is known" '[[],null]' "$(jq -c '[.trials, .oom_point]' "$scratch/spent/result.json")"
spend "budget of a curve" 2000 step --limits 64Mi..96Mi:+4Mi -- "$workload" plateau --size 33Mi --hold 400ms
expect "budget of a curve: the upper end of it" true \
    "$(jq '.trials | length >= 1 and length < 9 and .[0].limit_bytes == 100663296' "$scratch/spent/result.json")"

expect "a target that never ends, sized with --for" 0 \
    "$(status_of "$plimsoll" find -q --for 400ms --confirm 1 --out "$scratch/e5" -- "$workload" plateau --size 33Mi --hold 60s)"

# A service that goes into the background is followed until --for is over, and what it uses there is counted.
daemon="$workload plateau --size 40Mi --hold 60s >/dev/null 2>&1 &"
expect "daemonises with --for" 0 "$(status_of "$plimsoll" find -q --for 700ms --confirm 1 --out "$scratch/e6" -- sh -c "$daemon exit 0")"
expect "daemonises with --for: its need is counted" true \
    "$(jq '.oom_point.survives_bytes > 41943040 and .oom_point.survives_bytes < 44000000' "$scratch/e6/result.json")"
expect "a main process that fails is no daemon" 3 \
    "$(status_of "$plimsoll" find -q --for 700ms --out "$scratch/e10" -- sh -c "$daemon exit 1")"
status_of "$plimsoll" size --confirm 1 --for 1s --out "$scratch/e7" -- "$workload" leak --size 2Gi --rate 30Mi >/dev/null
expect_match "still growing at its end: said so" '*still grew*' "$(jq -c .recommendation.warnings "$scratch/e7/result.json")"

# --max holds for the proof too.
expect "a recommendation above --max" 4 "$(status_of "$plimsoll" size --max 40Mi --confirm 1 --out "$scratch/e8" -- "$workload" plateau --size 33Mi)"
expect "nothing ran above --max" true "$(jq '[.trials[].limit_bytes // 0] | max <= 41943040' "$scratch/e8/result.json")"
expect "an unproven answer is no document" "" "$(cat "$scratch/out")"

# A folder that holds a run keeps it.
status_of "$plimsoll" run -q --out "$scratch/twice" -- true >/dev/null
status_of "$plimsoll" run -q --out "$scratch/twice" -- false >/dev/null
expect "the second run in a folder" 1 "$(jq '.trials[0].exit_code' "$scratch/twice/result.json")"
expect "the first is kept" 0 "$(jq '.trials[0].exit_code' "$scratch/twice"/earlier-*/result.json)"

# Standard input cannot be given to many runs: it is said.
expect_match "a pipe that nobody reads" '*--stdin*' "$(echo x | "$plimsoll" find --confirm 1 --out "$scratch/e9" -- true 2>&1 >/dev/null)"

# clean finds what a killed harness and a killed keeper left.
"$plimsoll" run -q -- "$workload" plateau --size 33Mi --hold 60s >/dev/null 2>&1 &
harness=$!
until_true 20 target_alive || fail "clean: start" "the target never came"
for keeper in $(pids_of plimsoll-keeper); do
    # Only this harness's own: others may be at work on this machine.
    grep -q "^PPid:[^0-9]*$harness\$" "/proc/$keeper/status" && kill -KILL "$keeper"
done
kill -KILL "$harness"
wait "$harness" 2>/dev/null
expect_match "clean --dry-run names it" 'would remove*' "$("$plimsoll" clean --dry-run)"
expect_match "clean removes it" 'removed*' "$("$plimsoll" clean)"
if until_true 2 target_gone; then pass "clean ends what runs in it"; else fail "clean ends what runs in it" "$(pids_of plateau)"; fi
expect "nothing is left" "nothing left behind" "$("$plimsoll" clean)"

finish
