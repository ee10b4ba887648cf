# A gate: a real pair of commits, every exit status, the baseline that moves in one way alone.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# The program at three commits; the cgroup v2 machine has no git, so there they are folders.
repo=$scratch/repo
mkdir -p "$repo"
version_of() { # COMMAND...: the program that runs it
    printf '#!/bin/sh\n%s\n' "$*" >"$repo/app"
    chmod +x "$repo/app"
}
if command -v git >/dev/null; then
    (cd "$repo" && git init -q . && git config user.email t@example.org && git config user.name t)
    commit() {
        echo "$1" >"$repo/number"
        (cd "$repo" && git add app number && git commit -qm "$1" && git tag "$1")
    }
    checkout() { (cd "$repo" && git checkout -q "$1"); }
else
    commit() { cp "$repo/app" "$scratch/app-$1"; }
    checkout() { cp "$scratch/app-$1" "$repo/app"; }
fi
version_of "exec $workload plateau --size 32Mi --hold 60ms"
commit before
commit idle
version_of "exec $workload plateau --size 40Mi --hold 60ms"
commit after
commit later
version_of 'echo broken >&2; exit 7'
commit broken
checkout before
cd "$repo" || exit 1
json=$scratch/result.json
pinned=$scratch/memory.json
check() { status_of "$plimsoll" check --out "$scratch/out-dir" --json "$json" "$@"; }
first_line() { grep -m1 -E '^(PASSED|FAILED|UNDECIDED)' "$scratch/err"; }
short() { expect "$1: 40 lines at most" true "$([ "$(wc -l <"$scratch/err")" -le 40 ] && echo true)"; }

# Pinned on the first commit.
expect "no baseline yet" 2 "$(check --baseline "$pinned" ./app)"
expect_match "no baseline yet: the command that makes it" "*plimsoll check --update-baseline --baseline $pinned -- ./app*" \
    "$(cat "$scratch/err")"
expect "pin" 0 "$(check --baseline "$pinned" --update-baseline ./app)"
expect "pinned: each value" 8 "$(jq '.metrics.needed_bytes | length' "$pinned")"
expect "pinned: the gate says so" true "$(jq '.gate.baseline_moved' "$json")"
cp "$pinned" "$scratch/kept"

# 0: the commit itself, and the next that changes nothing.
for at in before idle; do
    checkout $at
    expect "$at passes" 0 "$(check --baseline "$pinned" ./app)"
    expect_match "$at: says so" 'PASSED     needed memory 3[12].* MiB is 0.*' "$(first_line)"
    expect "$at: in the result" passed "$(jq -r '.gate.state' "$json")"
    short $at
done

# 1: a quarter more, and all there is to say against it.
checkout after
expect "after fails" 1 "$(check --baseline "$pinned" ./app)"
expect_match "after: says by how much" 'FAILED     needed memory [34][09].* MiB is 2[345].* %*above the baseline' "$(first_line)"
expect "after: decided at the first look" 5 "$(jq '.trials | length' "$json")"
expect "after: the item" "failed true" \
    "$(jq -r '.gate.items[0] | "\(.state) \(.low > .bound and .value > .baseline)"' "$json")"
expect "after: more may pass" 0 "$(check --baseline "$pinned" --threshold 30 ./app)"
expect "after: and in bytes" 0 "$(check --baseline "$pinned" --threshold-bytes 10Mi ./app)"
expect "after, all at once" 1 "$(check --baseline "$pinned" --metric needed,peak --budget-needed 36Mi --budget-peak 36Mi \
    --budget-limit 36Mi --budget-growth 1Mi --runs 5 --max-runs 60 ./app)"
short "after, all at once"
expect "after: it died under the limit of its budget" 'failed oom' \
    "$(jq -r '(.gate.items[] | select(.name == "budget.limit_bytes") | .state) + " " + .trials[-1].outcome' "$json")"
expect_match "after: the evidence is told" '*under 36.0 MiB it died in 1 of 1 run: oom (*oom_kill*' "$(tr -s '\n ' ' ' <"$scratch/err")"

# Nothing but --update-baseline moves it, and not from runs that failed.
expect "it has not moved" "" "$(cmp "$pinned" "$scratch/kept" 2>&1)"
checkout broken
# 3
expect "broken: fails for another reason" 3 "$(check --baseline "$pinned" ./app)"
expect_match "broken: its last words" '*exit 7*broken*' "$(tr '\n' ' ' <"$scratch/err")"
expect "broken: no pass" undecided "$(jq -r '.gate.state' "$json")"
expect "broken: is not pinned" 3 "$(check --baseline "$pinned" --update-baseline ./app)"
expect "broken: it has not moved" "" "$(cmp "$pinned" "$scratch/kept" 2>&1)"

# A result that is there already.
checkout after
check --baseline "$pinned" ./app >/dev/null
cp "$json" "$scratch/after.json"
expect "--result: fails alike" 1 "$(status_of "$plimsoll" check --baseline "$pinned" --result "$scratch/after.json")"
expect "--result: a folder" 1 "$(status_of "$plimsoll" check --baseline "$pinned" --result "$scratch/out-dir")"
expect "--result: budgets" 0 "$(status_of "$plimsoll" check --budget-needed 41Mi --result "$scratch/after.json")"
expect "--result: no run under the limit" 4 "$(status_of "$plimsoll" check --budget-limit 64Mi --result "$scratch/after.json")"
"$plimsoll" run -q --json "$scratch/one.json" -- ./app >/dev/null
expect "--result: one run is too few" 4 "$(status_of "$plimsoll" check --baseline "$pinned" --result "$scratch/one.json")"
"$plimsoll" run -q --limit 64Mi --json "$scratch/one.json" -- ./app >/dev/null
expect "--result: none without a limit is no data" 4 "$(status_of "$plimsoll" check --baseline "$pinned" --result "$scratch/one.json")"
expect "--result: no data for a budget" 4 "$(status_of "$plimsoll" check --budget-needed 1Gi --result "$scratch/one.json")"

# 4: half of its runs are as before, half as after.
version_of 'read -r n <'"$scratch"'/n; echo $((n + 1)) >'"$scratch"'/n
[ $((n % 2)) = 0 ] && exec '"$workload"' plateau --size 32Mi --hold 60ms
exec '"$workload"' plateau --size 40Mi --hold 60ms'
echo 0 >"$scratch/n"
expect "a target that cannot be told" 4 "$(check --baseline "$pinned" ./app)"
expect "cannot be told: the most runs were made" 12 "$(jq '.trials | length' "$json")"
expect_match "cannot be told: says so" 'UNDECIDED  needed memory*' "$(first_line)"
expect_match "cannot be told: what to do" '*--max-runs 24*' "$(tr -s '\n ' ' ' <"$scratch/err")"
echo 0 >"$scratch/n"
# A budget that is broken fails the gate, whatever else stays open.
expect "with more runs: a budget fails" 1 "$(check --baseline "$pinned" --max-runs 20 --budget-needed 36Mi --budget-peak 64Mi \
    --metric needed,peak ./app)"
expect_match "with more runs: the rest is open" 'undecided *failed passed' "$(jq -r '[.gate.items[].state] | join(" ")' "$json")"
expect "with more runs: all were made" 20 "$(jq '.trials | length' "$json")"
expect "with more runs: a row for some" 14 "$(grep -c ' none  *survived' "$scratch/err")"
short "with more runs"
echo 0 >"$scratch/n"
expect "--budget over" 4 "$(check --baseline "$pinned" --budget 100ms ./app)"
version_of "exec $workload plateau --size 40Mi"
expect "more than there is" 4 "$(check --budget-needed 64Mi --max 24Mi ./app)"
expect_match "more than there is: says which" '*guard*24.0 MiB*' "$(tr '\n' ' ' <"$scratch/err")"

# What the first runs said is no pass where a later one failed, or was never made.
version_of 'read -r n <'"$scratch"'/n; echo $((n + 1)) >'"$scratch"'/n
[ "$n" = 2 ] && { echo later >&2; exit 7; }
exec '"$workload"' plateau --size 32Mi --hold 60ms'
for asked in "--budget-needed 100Mi" "--budget-peak 100Mi --baseline $pinned" "--baseline $pinned --metric needed,peak"; do
    echo 0 >"$scratch/n"
    # shellcheck disable=SC2086
    expect "fails in its third run, $asked" 3 "$(check --junit "$scratch/junit.xml" $asked ./app)"
    expect "fails in its third run, $asked: no pass" "undecided 0" \
        "$(jq -r '"\(.gate.state) \([.gate.items[] | select(.state == "passed")] | length)"' "$json")"
    expect "fails in its third run, $asked: an error in JUnit" 1 "$(grep -c '<error type="runs"' "$scratch/junit.xml")"
done
expect_match "fails in its third run: why" '*this is no pass, since run 3 ended without any limit: failed*' \
    "$(echo 0 >"$scratch/n"; check --budget-needed 100Mi ./app >/dev/null; jq -r '.gate.items[0].sentence' "$json")"
version_of "exec $workload plateau --size 32Mi --hold 400ms"
expect "--budget over in mid-series" 4 "$(check --budget-needed 100Mi --budget 1s --runs 12 ./app)"
expect "--budget over in mid-series: no pass" undecided "$(jq -r '.gate.items[0].state' "$json")"
expect_match "--budget over in mid-series: why" '*this is no pass, since the check ended before all*' \
    "$(jq -r '.gate.items[0].sentence' "$json")"

# 2: a baseline that does not fit, or is none. Only one line, and at most one more that says what to do.
bad() { # NAME PATTERN [OPTION...]
    name=$1 pattern=$2
    shift 2
    rm -rf "$scratch/out-dir"
    got=$(status_of "$plimsoll" check --baseline "$scratch/bad.json" --out "$scratch/out-dir" "$@" -- ./app)
    expect "$name: exit status" 2 "$got"
    expect_match "$name: message" "plimsoll: *bad.json*$pattern*" "$(cat "$scratch/err")"
    expect "$name: lines" true "$([ "$(wc -l <"$scratch/err")" -le 2 ] && echo true)"
    if [ -e "$scratch/out-dir" ]; then fail "$name: no folder" "$(ls "$scratch/out-dir")"; else pass "$name: no folder"; fi
}
head -c 300 "$scratch/kept" >"$scratch/bad.json"
bad "truncated" "not JSON"
: >"$scratch/bad.json"
bad "empty" "empty"
sed 's/baseline\/1/baseline\/2/' "$scratch/kept" >"$scratch/bad.json"
bad "newer" "made by another version"
expect_match "newer: hint" "*update plimsoll*" "$(cat "$scratch/err")"
cp "$json" "$scratch/bad.json"
bad "a result" "which is no baseline"
jq '.metrics.needed_bytes[3] = "many"' "$scratch/kept" >"$scratch/bad.json"
bad "a wrong type" "metrics.needed_bytes*: a text; it has to be whole bytes"
jq '.target.argv = ["./other"]' "$scratch/kept" >"$scratch/bad.json"
bad "another target" "pinned for the command ./other, but this is ./app"
jq '.host.cgroup = (if .host.cgroup == "v1" then "v2" else "v1" end)' "$scratch/kept" >"$scratch/bad.json"
bad "another cgroup version" "pinned for cgroup v*, but this is $version"
jq '.host.architecture = "pdp11"' "$scratch/kept" >"$scratch/bad.json"
bad "another architecture" "pinned for the architecture pdp11"
jq '.metrics.needed_bytes |= .[:1]' "$scratch/kept" >"$scratch/bad.json"
bad "one value" "1 value of needed memory against 12 runs at most can tell nothing*--runs 8"
jq '.metrics[] |= .[:3]' "$scratch/kept" >"$scratch/bad.json"
bad "two metrics, each with half of the errors" "3 values of needed memory against 8 runs at most can tell nothing" \
    --metric needed,peak --max-runs 8
expect "one metric has them all" 0 "$(check --baseline "$scratch/bad.json" --max-runs 8 --threshold 100 ./app)"
rm "$scratch/bad.json"
mkdir "$scratch/bad.json"
bad "a folder" "a folder; give a file"
expect "a file of something else is not overwritten" 2 "$(check --baseline "$repo/app" --update-baseline ./app)"

# 5: without an engine there is no container.
mkdir "$scratch/empty"
expect "no engine" 5 "$(PATH=$scratch/empty status_of "$plimsoll" check --budget-needed 64Mi --image x:1)"

# git bisect run: 125 for what cannot be told, and it stops at bad input.
checkout_clean() { if command -v git >/dev/null; then git checkout -q . ; fi; checkout "$1"; }
checkout_clean broken
expect "--bisect: fails for another reason" 125 "$(check --baseline "$pinned" --bisect ./app)"
expect "--bisect: no such program" 125 "$(check --baseline "$pinned" --name app --bisect ./no-app)"
expect "--bisect: no baseline" 128 "$(check --baseline "$scratch/none.json" --bisect ./app)"
if command -v git >/dev/null; then
    git bisect start later before >/dev/null 2>&1
    git bisect run "$plimsoll" check -q --out "$scratch/out-dir" --baseline "$pinned" --bisect ./app >"$scratch/bisect" 2>&1
    expect_match "git bisect run finds the commit" '*is the first bad commit*' "$(cat "$scratch/bisect")"
    expect "and it is the right one" "$(git rev-parse after)" "$(git rev-parse bisect/bad)"
    git bisect reset >/dev/null 2>&1
fi

# Meant to be so: it is pinned again, and what it was before is told.
checkout after
expect "pin again" 0 "$(check --baseline "$pinned" --update-baseline ./app)"
expect_match "pin again: says from where" '*pinned at [34][09].* MiB (8 runs, from [34][09].* MiB*; it was 3[12].* MiB (+2[345].* %)*' \
    "$(tr -s '\n ' ' ' <"$scratch/err")"
expect "after passes then" 0 "$(check --baseline "$pinned" ./app)"
checkout before
expect "before has improved then" 0 "$(check --baseline "$pinned" ./app)"
expect_match "before: pin it" 'PASSED*below the baseline*pin it with --update-baseline*' "$(sed -n '/^PASSED/,$p' "$scratch/err" | tr -s '\n ' ' ')"

# Budgets of a scenario.
cat >"$scratch/scenario.json" <<END
{"schema": "plimsoll.scenario/1", "name": "app", "target": {"argv": ["./app"], "cwd": "$repo"},
 "budgets": {"limit_bytes": "48Mi", "needed_bytes": "34Mi"}}
END
expect "a scenario's budgets" 0 "$(check --config "$scratch/scenario.json" --prove 2)"
expect "a scenario's budgets: asked" "budget.needed_bytes budget.limit_bytes" "$(jq -r '[.gate.items[].name] | join(" ")' "$json")"
expect "a scenario's budgets and a baseline" 0 "$(check --config "$scratch/scenario.json" --baseline "$pinned")"
checkout after
expect "a scenario's budgets fail" 1 "$(check --config "$scratch/scenario.json")"

# Interrupted, it is cleaned up, and nothing is pinned.
cp "$pinned" "$scratch/kept"
"$plimsoll" check -q --out "$scratch/out-dir" --baseline "$pinned" --update-baseline -- sleep 61.7308 2>"$scratch/err" &
runner=$!
sleeps() { [ -n "$(pids_of 'sleep 61.7308')" ]; }
until_true 10 sleeps
sleep 0.3
kill -TERM $runner
wait $runner
expect "interrupted: exit status" 143 $?
expect "interrupted: it has not moved" "" "$(cmp "$pinned" "$scratch/kept" 2>&1)"

# Runs that lived before it was interrupted are no pass.
version_of 'read -r n <'"$scratch"'/n; echo $((n + 1)) >'"$scratch"'/n
exec '"$workload"' plateau --size 32Mi --hold 100ms'
echo 0 >"$scratch/n"
"$plimsoll" check -q --out "$scratch/out-dir" --json "$json" --budget-needed 100Mi --runs 60 ./app 2>"$scratch/err" &
runner=$!
third_run() { [ "$(cat "$scratch/n")" -ge 3 ]; } 2>/dev/null
until_true 10 third_run
kill -TERM $runner
wait $runner
expect "interrupted in mid-series: exit status" 143 $?
expect_match "interrupted in mid-series: no pass" 'undecided *this is no pass, since the check was interrupted' \
    "$(jq -r '"\(.gate.state) \(.gate.items[0].sentence)"' "$json")"
until_true 5 no_leftover_groups
expect "no group is left" "" "$(leftover_groups)"

cd /
finish
