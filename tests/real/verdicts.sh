# One run, one verdict: who killed it, and what its exit status is.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

json=$scratch/result.json

# verdict NAME OUTCOME STATUS [OPTIONS] -- TARGET...
verdict() {
    name=$1 outcome=$2 wanted=$3
    shift 3
    rm -f "$json"
    got=$(status_of "$plimsoll" run -q --json "$json" "$@")
    expect "$name: exit status" "$wanted" "$got"
    expect "$name: outcome" "$outcome" "$(jq -r '.trials[0].outcome' "$json" 2>/dev/null)"
}

eat() { echo "$workload plateau --size $1 --hold 50ms"; }

verdict "lives without a limit" survived 0 -- true
verdict "lives under a limit" survived 0 --limit 64Mi -- $(eat 32Mi)
verdict "dies at its limit" oom 137 --limit 24Mi -- $(eat 32Mi)
verdict "its own exit code" failed 3 -- sh -c 'exit 3'
verdict "an exit code that means success" survived 3 --success 0,3 -- sh -c 'exit 3'
verdict "kill -9 is no OOM" killed 137 -- sh -c 'kill -9 $$'
verdict "kill -9 behind a shell" killed 137 -- sh -c '(kill -9 $(exec sh -c "echo \$PPID")); exit 137'
verdict "another signal" failed 143 -- sh -c 'kill -TERM $$'
verdict "a child's OOM behind exit 0" oom 0 --no-oom-group --limit 24Mi -- sh -c "$(eat 32Mi) >/dev/null; exit 0"
verdict "a child's OOM behind exit 1" oom 1 --no-oom-group --limit 24Mi -- sh -c "$(eat 32Mi) >/dev/null; exit 1"
if [ "$version" = v2 ]; then
    verdict "one OOM kill ends the group" oom 137 --limit 24Mi -- sh -c "$(eat 32Mi); exit 0"
fi
verdict "its runtime ran out" runtime-oom 1 -- sh -c 'echo "MemoryError" >&2; exit 1'
verdict "at --timeout" timeout 143 --timeout 300ms -- sleep 60
verdict "alive as long as --for asks" survived 143 --for 300ms -- sleep 60
verdict "an OOM of tmpfs" oom 137 --limit 24Mi -- "$workload" shm --size 32Mi
verdict "an OOM of one child of many" oom 1 --no-oom-group --limit 24Mi -- "$workload" fork --size 32Mi --processes 4

if command -v python3 >/dev/null; then
    verdict "a real MemoryError" runtime-oom 1 -- sh -c 'ulimit -v 200000; exec python3 -c "x=bytearray(10**9)"'
fi

# Evidence is quoted with the counter it came from.
verdict "evidence of an OOM" oom 137 --limit 24Mi -- $(eat 32Mi)
expect_match "evidence: the kill was counted" '*oom_kill*' "$(jq -c '.trials[0].evidence' "$json")"
expect_match "evidence: the limit is named" '*25165824*' "$(jq -c '.trials[0].evidence' "$json")"
# v2 counts the victim twice where it kills the whole group.
expect "oom_kills" true "$(jq '.trials[0].oom_kills >= 1' "$json")"

# What is not known is null.
"$plimsoll" run -q --json "$json" -- true
expect "limit of an unlimited run" null "$(jq '.trials[0].limit_bytes' "$json")"
expect "no OOM point of a plain run" null "$(jq '.oom_point' "$json")"

# Streams: stdout is the target's alone, stderr is passed on unchanged and kept.
expect "stdout passes" hello "$("$plimsoll" run -- echo hello 2>/dev/null)"
expect "stderr passes" oops "$("$plimsoll" run -q -- sh -c 'echo oops >&2' 2>&1 >/dev/null)"
expect "stdin passes" typed "$(echo typed | "$plimsoll" run -q -- cat)"
"$plimsoll" run -q --json "$json" -- sh -c 'echo last words >&2; exit 1' 2>/dev/null
expect "stderr is kept" "last words" "$(jq -r '.trials[0].stderr_tail' "$json")"
"$plimsoll" run -q --json "$json" -- sh -c 'yes 0123456789abcde | head -c 1000000 >&2' 2>/dev/null
expect "the last 64 KiB of it" 65536 "$(jq '.trials[0].stderr_tail | length' "$json")"

# Its world: environment, folder, standard input from a file.
expect "--env" blue "$("$plimsoll" run -q --env COLOUR=blue -- sh -c 'echo $COLOUR')"
expect "--cwd" "$scratch" "$("$plimsoll" run -q --cwd "$scratch" -- pwd)"
echo from a file >"$scratch/input"
expect "--stdin" "from a file" "$("$plimsoll" run -q --stdin "$scratch/input" -- cat)"

# Samples: the last reading is at the exit, the peak of a short spike is in them.
"$plimsoll" run -q --out "$scratch/run" -- "$workload" spike --base 8Mi --size 48Mi --width 5ms --count 1 >/dev/null
peak=$(awk -F, 'NR > 1 && $3 > m { m = $3 } END { print m + 0 }' "$scratch/run/samples-001.csv")
if [ "$("$plimsoll" doctor | grep -c 'can be reset')" = 1 ]; then
    if [ "$peak" -ge 49000000 ]; then pass "a 5 ms spike is in the samples"; else fail "a 5 ms spike is in the samples" "$peak"; fi
fi
expect "trials.jsonl has the trial" 1 "$(wc -l <"$scratch/run/trials.jsonl" | tr -d ' ')"
expect "result.json is there" plimsoll.result/1 "$(jq -r .schema "$scratch/run/result.json")"

finish
