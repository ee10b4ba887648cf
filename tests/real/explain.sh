# What this machine's kernel writes of an OOM kill, explained: whose limit, which process, how much.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

json=$scratch/result.json
if ! dmesg >"$scratch/log" 2>/dev/null || [ ! -s "$scratch/log" ]; then
    skip "the kernel log" "it cannot be read here"
    finish
    exit
fi

# killed OPTIONS... -- TARGET: a run that ends in an OOM kill, and the kernel's words for it. The kernel reports no more
# than ten kills of all on the machine in five seconds: then again.
killed() {
    for round in 1 2 3 4 5; do
        "$plimsoll" run -q --json "$json" "$@" >/dev/null 2>&1 &
        pid=$!
        wait "$pid"
        dmesg >"$scratch/log"
        if grep -q "oom_memcg=[^,]*/plimsoll-$pid-" "$scratch/log"; then return; fi
        sleep 6
    done
}

# of_run FILTER: of the death of that run
of_run() { jq -r "[.deaths[] | select(.cgroup and (.cgroup | contains(\"/plimsoll-$pid-\")))][0] | $1" "$scratch/answer"; }

killed --limit 24Mi -- "$workload" plateau --size 32Mi
expect "exit status" 0 "$(status_of "$plimsoll" explain --json "$scratch/answer" "$scratch/log")"
expect "at its own limit" "oom own certain" "$(of_run '"\(.verdict) \(.scope) \(.confidence)"')"
expect "the limit" 25165824 "$(of_run .limit_bytes)"
expect "the process" plimsoll-worklo "$(of_run .process)"
expect "what it held was anonymous" true "$(of_run '.at_death.anon_bytes > 20000000 and .at_death.shmem_bytes < 1000000')"
expect "our own word for it" "oom own certain" \
    "$("$plimsoll" explain --json - "$json" | jq -r '.deaths[0] | "\(.verdict) \(.scope) \(.confidence)"')"

killed --limit 24Mi -- "$workload" shm --size 32Mi
"$plimsoll" explain --json "$scratch/answer" "$scratch/log" >/dev/null
expect "what it held was shared" true "$(of_run '.at_death.shmem_bytes > 20000000 and .at_death.anon_bytes < 4000000')"
"$plimsoll" explain -v "$scratch/log" >"$scratch/out"
expect_match "files in memory are named" "*shared memory or files in memory*" "$(cat "$scratch/out")"

# One that was killed without an OOM leaves no word.
"$plimsoll" run -q --json "$json" -- sh -c 'kill -9 $$' >/dev/null 2>&1
expect "kill -9 is no OOM" "killed null certain" \
    "$("$plimsoll" explain --json - "$json" | jq -r '.deaths[0] | "\(.verdict) \(.scope) \(.confidence)"')"

finish
