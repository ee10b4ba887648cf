# leak: over time and over cycles, what grew, and the exit codes. Real programs that leak are in tests/run-leaks.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

cd "$scratch" || exit 1
server=server-$$.sh
load=load-$$.sh
# Each order starts a process that holds 2Mi; "leak" leaves those of before, "keep" ends the one before.
cat >"$server" <<END
rm -f orders
mkfifo orders
trap 'kill \$(jobs -p) 2>/dev/null; exit 0' TERM
echo "server is ready"
while :; do
    while read -r order <orders; do
        [ "\$order" = leak ] || { [ -z "\$before" ] || kill "\$before"; }
        $workload plateau --size 2Mi --hold 60s >/dev/null &
        before=\$!
    done
done
END
cat >"$load" <<'END'
echo "$1" >orders
sleep 0.1
END

# of FOLDER FILTER: a value of a result
of() { jq -r "$2" "$1/result.json"; }

# holds NAME FOLDER FILTER: true of the result there
holds() {
    if [ "$(jq "$3" "$2/result.json")" = true ]; then pass "$1"; else fail "$1" "not $3: $(jq -c .leak "$2/result.json")"; fi
}

# judged NAME STATUS COMMAND...: its exit status; where that is another, what it said explains why.
judged() {
    judged_name=$1
    judged_wanted=$2
    shift 2
    judged_got=$(status_of "$@")
    if [ "$judged_got" = "$judged_wanted" ]; then
        pass "$judged_name"
    else
        fail "$judged_name" "wanted exit status $judged_wanted, got $judged_got: $(cat out err)"
    fi
}

# phases FOLDER: what its samples say that the run was at, in turn
phases() { awk -F, 'NR > 1 && $NF != last { printf "%s%s", last == "" ? "" : " ", $NF; last = $NF }' "$1/samples-001.csv"; }

# as_seen_live NAME FOLDER FILE: the verdict on its samples, in that file, is that on the run, from as many readings
as_seen_live() {
    expect "$1" "$(jq -c '.leak | [.verdict, .shape, .points + .warmup_points]' "$2/result.json")" \
        "$(jq -c '.series[0].leak | [.verdict, .shape, .points + .warmup_points]' "$3")"
}

nothing_left() {
    if until_true 2 no_leftover_groups; then pass "$1: no group left"; else fail "$1: no group left" "$(leftover_groups)"; fi
    left=$(pids_of "$server"; pids_of "plateau --size 2Mi")
    expect "$1: no process left" "" "$left"
}

# --- over time

judged "time: a leak" 1 "$plimsoll" leak --out t1 -- "$workload" leak --size 100Mi --rate 20Mi
holds "time: confirmed" t1 '.leak.verdict == "confirmed" and .leak.over == "time" and .leak.measure == "needed"'
# 20 MiB a second, page tables included, is what it was told to leak.
holds "time: its rate" t1 '.leak.growth_bytes_per_hour / 3600 / 1048576 | . > 19 and . < 21'
holds "time: the interval holds the rate" t1 '.leak | .ci95_bytes_per_hour[0] <= .growth_bytes_per_hour and .growth_bytes_per_hour <= .ci95_bytes_per_hour[1]'
holds "time: in its process" t1 '.leak.processes[0] | .name == "plimsoll-worklo" and .growth_bytes > 20 * 1048576'
expect_match "time: it is said first" "*
Leak: confirmed. It grew by *" "$(cat err)"
expect_match "time: it ended by itself, which is said" "*
Weaker     It ended by itself after *no leak*" "$(cat err)"
holds "time: so in the result" t1 '.caveats | length == 1 and (.[0] | startswith("It ended by itself after "))'
expect "time: nothing on stdout" "" "$(cat out)"

judged "time: none" 0 "$plimsoll" leak --out t2 --for 2s -- "$workload" plateau --size 30Mi --hold 60s
holds "time: none: what could not be seen is told" t2 '.leak | .verdict == "none" and .detectable_bytes_per_hour > 0'

# What those runs kept says the same without them.
judged "samples: a leak" 1 "$plimsoll" leak --series t1/samples-001.csv --json samples.json
expect "samples: its rate" true "$(jq '.series[0].leak.growth_bytes_per_hour / 3600 / 1048576 | . > 19 and . < 21' samples.json)"
expect "samples: of what" "samples of a run needed" "$(jq -r '"\(.form) \(.series[0].measure)"' samples.json)"
as_seen_live "samples: as the run" t1 samples.json
expect "samples: they say when it ended" "running ended" "$(phases t1)"
judged "samples: none" 0 "$plimsoll" leak --series t2/samples-001.csv --json samples.json
as_seen_live "samples: none: as the run" t2 samples.json
expect "samples: they say when it was stopped" "running stopping" "$(phases t2)"

judged "time: stopped by --for" 1 "$plimsoll" leak --out t7 --for 3s -- "$workload" leak --size 400Mi --rate 20Mi
holds "time: stopped by --for: no doubt" t7 '.leak.verdict == "confirmed" and .caveats == []'

judged "limit: a leak that dies of it" 1 "$plimsoll" leak --limit 40Mi --out t3 -- "$workload" leak --size 200Mi --rate 20Mi
holds "limit: it died, and leaks" t3 '.leak.verdict == "confirmed" and .trials[0].outcome == "oom"'

judged "too short: inconclusive" 4 "$plimsoll" leak --out t4 -- true
holds "too short: no verdict" t4 '.leak.verdict == "inconclusive" and .leak.growth_bytes_per_hour == null'
judged "it fails" 3 "$plimsoll" leak --out t5 -- sh -c 'sleep 0.1; exit 7'
expect_match "it fails: said" "*exit 7*" "$(cat err)"
judged "killed by somebody" 4 "$plimsoll" leak --out t6 -- sh -c 'kill -9 $$'

# --- over cycles

judged "cycles: a leak" 1 "$plimsoll" leak --out c1 --ready log:'is ready$' --load "sh $load leak" --cycles 16 \
    --cooldown 100ms -- sh "$server"
holds "cycles: confirmed" c1 '.leak.verdict == "confirmed" and .leak.over == "cycles"'
# The process, and what the kernel holds for it.
holds "cycles: its rate" c1 '.leak.growth_bytes_per_cycle / 1048576 | . > 1.9 and . < 3'
holds "cycles: each has its trough" c1 '[.trials[0].service.loads[].trough.needed_bytes] | length == 16 and (.[15] - .[1] > 13 * 2 * 1048576)'
holds "cycles: in new processes" c1 '[.leak.processes[] | select(.is_new)] | length >= 3'
expect "cycles: its samples say when it was ready" "starting running stopping" "$(phases c1)"
nothing_left "cycles"

judged "cycles: none" 0 "$plimsoll" leak --out c2 --ready log:'is ready$' --load "sh $load keep" --cycles 12 \
    --cooldown 100ms -- sh "$server"
holds "cycles: none: told for a cycle too" c2 '.leak | .verdict == "none" and .detectable_bytes_per_cycle > 0'
nothing_left "cycles: none"

judged "cycles: the load fails" 3 "$plimsoll" leak --out c3 --ready log:'is ready$' --load "exit 3" --cycles 12 -- sh "$server"
nothing_left "cycles: the load fails"

# A scenario has its own number of cycles for this command.
cat >scenario.json <<END
{"schema": "plimsoll.scenario/1", "target": {"argv": ["sh", "$server"]}, "ready": {"log": "is ready$"},
 "load": {"command": "sh $load leak", "cycles": 2, "cooldown": "100ms"}, "leak": {"cycles": 16}}
END
judged "scenario: exit status" 1 "$plimsoll" leak --out c4 --config scenario.json
holds "scenario: its cycles" c4 '.trials[0].service.loads | length == 16'
nothing_left "scenario"

# --- Ctrl-C

"$plimsoll" leak -q --out i1 --ready log:'is ready$' --load "sh $load leak" --cooldown 50ms --cycles 500 -- sh "$server" >/dev/null 2>&1 &
harness=$!
sleep 2
kill -INT "$harness"
wait "$harness"
expect "interrupt: exit status" 130 "$?"
holds "interrupt: what was seen is kept, and judged" i1 '.leak.verdict != null and (.trials[0].service.loads | length >= 3)'
nothing_left "interrupt"

# --- size knows of it

judged "size: exit status" 0 "$plimsoll" size --out s1 --for 2s --confirm 1 --prove 1 -- "$workload" leak --size 400Mi --rate 16Mi
holds "size: a leak is told" s1 '.leak.verdict == "confirmed" and (.recommendation.growth_bytes_per_s / 1048576 | . > 14 and . < 18)'
expect_match "size: said" "*
Leak       confirmed: *" "$(cat err)"
finish
