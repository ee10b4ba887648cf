# --jobs 2: the same answer from runs that share the machine; one at a time where they would disturb each other.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

cpus=$(grep -c '^processor' /proc/cpuinfo)
expect "more than there are CPUs" 2 "$(status_of "$plimsoll" find --jobs $((cpus + 1)) --out "$scratch/many" -- true)"
expect_match "more than there are CPUs: said" "plimsoll: --jobs $((cpus + 1)): there *" "$(cat "$scratch/err")"
expect "more than there are CPUs: in one line" 1 "$(wc -l <"$scratch/err" | tr -d ' ')"
if [ "$cpus" -lt 2 ]; then
    skip "side by side" "there is one CPU here"
    finish
    exit
fi

# whole FOLDER: every trial is there once, with its files
whole() {
    expect "$1: every line of trials.jsonl is whole" "$(wc -l <"$scratch/$1/trials.jsonl" | tr -d ' ')" \
        "$(jq -c .id "$scratch/$1/trials.jsonl" | wc -l | tr -d ' ')"
    expect "$1: ids" true "$(jq -s 'map(.id) | sort == [range(1; length + 1)]' "$scratch/$1/trials.jsonl")"
    jq -r '"\(.samples) \(.sample_count) \(.log)"' "$scratch/$1/trials.jsonl" >"$scratch/files"
    while read -r samples count log; do
        expect "$1: $samples" $((count + 1)) "$(wc -l <"$scratch/$1/$samples" | tr -d ' ')"
        if [ -f "$scratch/$1/$log" ]; then pass "$1: $log"; else fail "$1: $log" "is not there"; fi
    done <"$scratch/files"
}

# right FOLDER BYTES SLACK: the bracket holds a truth that is no more than SLACK above BYTES, and is narrow, as far as runs agree
right() {
    expect "$1: right: $(jq -c .oom_point "$scratch/$1/result.json")" true \
        "$(jq ".oom_point | .survives_bytes >= $2 and .ooms_bytes < $2 + $3 and
            .survives_bytes - .ooms_bytes <= ([.ooms_bytes * (if .mixed then 0.1 else 0.011 end), 524288] | max)" \
            "$scratch/$1/result.json")"
}

truth=$("$workload" plateau --size 64Mi --hold 0s | jq .peak_bytes)
expect "plateau: exit status" 0 \
    "$(status_of "$plimsoll" find --jobs 2 --out "$scratch/plateau" -- "$workload" plateau --size 64Mi --hold 300ms)"
right plateau "$truth" 0
whole plateau
expect "plateau: two at once" true "$(jq '[.trials[] | select(.crowded)] | length >= 4' "$scratch/plateau/result.json")"
expect "plateau: but for the profile" false "$(jq '.trials[0].crowded' "$scratch/plateau/result.json")"

# Keeps every CPU busy, by the clock: also where something else wants them. Where that took most of them, it is not known to
# do so, and runs two at a time.
busy='read -r from _ </proc/uptime; from=${from%.*}${from#*.}; now=$from
    while [ $((now - from)) -lt 30 ]; do read -r now _ </proc/uptime; now=${now%.*}${now#*.}; done'
expect "busy: exit status" 0 "$(status_of "$plimsoll" find --jobs 2 --confirm 1 --out "$scratch/busy" -- sh -c \
    "n=0; while [ \$n -lt $((2 * cpus)) ]; do ($busy) & n=\$((n + 1)); done; wait; exec $workload plateau --size 33Mi --hold 0s")"
if [ "$(jq ".trials[0] | .cpu_s * 2 > (0.15 + $cpus) * .duration_s" "$scratch/busy/result.json")" = true ]; then
    expect_match "busy: said" "*Note: 1 run at a time, not 2: it keeps *CPU*busy*" "$(tr '\n' ' ' <"$scratch/err")"
    expect "busy: one at a time" true "$(jq '[.trials[].crowded] | any | not' "$scratch/busy/result.json")"
fi

# Fails where another of its kind is at work, which says nothing about its limit.
lock=$scratch/lock
expect "selfish: exit status" 0 "$(status_of "$plimsoll" find --jobs 2 --out "$scratch/selfish" -- sh -c \
    "$workload plateau --size 33Mi --hold 0s && mkdir $lock || exit 1; sleep 0.3; rmdir $lock")"
expect_match "selfish: said" "*a run failed while another was beside it: one at a time from here on*" "$(tr '\n' ' ' <"$scratch/err")"
right selfish 34603008 1048576 # the shell comes on top
whole selfish
expect "selfish: not held against a limit" '["oom","survived"]' \
    "$(jq -c '[.trials[] | select(.outcome != "harness-error") | .outcome] | unique' "$scratch/selfish/result.json")"
expect "selfish: one at a time at its end" true "$(jq '.trials | sort_by(.id) | last | .crowded | not' "$scratch/selfish/result.json")"

# What is left of the interrupted searches: harness, workers, keeper, targets.
remains() {
    # shellcheck disable=SC2013 # names without blanks
    for comm in $(grep -l '^plimsoll' /proc/[0-9]*/comm 2>/dev/null); do
        if tr '\0' ' ' 2>/dev/null <"${comm%comm}cmdline" | grep -qF "plateau --size 37Mi"; then echo "$comm"; fi
    done 2>/dev/null
}
none_remains() { [ -z "$(remains)" ]; }
two_groups() { [ "$(leftover_groups | grep -c "/plimsoll-$harness-[0-9-]*/plimsoll-")" -ge 2 ]; }

# stop SIGNAL WANTED_STATUS: to the harness alone, while two runs are under way
stop() {
    "$plimsoll" find -q --jobs 2 --out "$scratch/$1" -- "$workload" plateau --size 37Mi --hold 1s >/dev/null 2>&1 &
    harness=$!
    until_true 60 two_groups || fail "$1: two runs at once" "never came"
    sleep 0.3
    kill "-$1" "$harness"
    status=0
    wait "$harness" 2>/dev/null || status=$?
    expect "$1: exit status" "$2" "$status"
    if until_true 4 none_remains; then pass "$1: no process left"; else fail "$1: no process left" "$(remains)"; fi
    if until_true 4 no_leftover_groups; then pass "$1: no group left"; else fail "$1: no group left" "$(leftover_groups)"; fi
    expect "$1: what had ended is kept" '["profile","survived"]' \
        "$(head -n 1 "$scratch/$1/trials.jsonl" | jq -c '[.purpose, .outcome]')"
    expect "$1: every line of trials.jsonl is whole" "$(wc -l <"$scratch/$1/trials.jsonl" | tr -d ' ')" \
        "$(jq -c .id "$scratch/$1/trials.jsonl" | wc -l | tr -d ' ')"
}
stop INT 130
stop TERM 143
expect "TERM: there is a result" plimsoll.result/1 "$(jq -r .schema "$scratch/TERM/result.json")"
stop KILL 137

# A pair does not outlast the budget either.
started=$(now_ms)
expect "budget: exit status" 4 "$(status_of "$plimsoll" find -q --jobs 2 --budget 1800ms --out "$scratch/budget" -- \
    "$workload" plateau --size 37Mi --hold 700ms)"
took=$(($(now_ms) - started))
if [ "$took" -le 2800 ]; then pass "budget: kept"; else fail "budget: kept" "$took ms"; fi
if until_true 3 no_leftover_groups; then pass "no group left"; else fail "no group left" "$(leftover_groups)"; fi

finish
