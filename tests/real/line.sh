# The loose line that a profile begins under: the target sees it, is not hurt by it, and fails because of it only once.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# profiles FOLDER: how many there were
profiles() { jq -s 'map(select(.purpose == "profile")) | length' "$scratch/$1/trials.jsonl"; }

expect "seen: exit status" 0 "$(status_of "$plimsoll" find -q --confirm 1 --out "$scratch/seen" -- \
    sh -c "$own_limit; echo limit \$limit; exec $workload plateau --size 33Mi --hold 50ms")"
expect "seen: what the target is told" "limit 268435456" "$(grep '^limit' "$scratch/seen/target-001.log")"
expect "seen: it is no limit" '[null,true]' \
    "$(jq -c '.trials[0] | [.limit_bytes, .line_bytes >= 268435456]' "$scratch/seen/result.json")"
expect "seen: limited runs have none" true "$(jq '.trials[1:] | length >= 2 and all(.line_bytes == null)' "$scratch/seen/result.json")"

# Rises faster than anything real: the line keeps ahead of it. The bracket is coarse, since only the profile matters.
if [ "$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)" -ge 1500 ]; then
    expect "large: exit status" 0 "$(status_of "$plimsoll" find -q --confirm 1 --precision 40 --out "$scratch/large" -- \
        "$workload" plateau --size 700Mi --hold 50ms)"
    expect "large: one profile" 1 "$(profiles large)"
    expect "large: the line was raised" '["survived",true]' \
        "$(jq -c '.trials[0] | [.outcome, .line_bytes >= 700 * 1048576]' "$scratch/large/result.json")"
else
    skip "large" "less than 1.5 GiB of memory is free"
fi

# Wants a limit of 400Mi, though it uses 40: blamed on the line once, and sized as it wants.
expect "picky: exit status" 0 "$(status_of "$plimsoll" find -q --confirm 1 --out "$scratch/picky" -- sh -c \
    "$own_limit; $workload plateau --size 40Mi --hold 20ms || exit; [ \$limit -ge 419430400 ] || { echo too small >&2; exit 1; }")"
expect "picky: profiled again" '[["failed",268435456],["survived",null]]' \
    "$(jq -c '[.trials[] | select(.purpose == "profile") | [.outcome, .line_bytes]]' "$scratch/picky/result.json")"
expect "picky: its threshold: $(jq -c .oom_point "$scratch/picky/result.json")" true \
    "$(jq '.oom_point | .ooms_bytes < 419430400 and .survives_bytes >= 419430400 and .survives_bytes <= .ooms_bytes * 1.02' \
        "$scratch/picky/result.json")"

# Fails whatever it is given.
expect "broken: exit status" 3 "$(status_of "$plimsoll" find -q --out "$scratch/broken" -- \
    sh -c "$workload plateau --size 40Mi --hold 20ms; exit 1")"
expect "broken: with a line and without" '["failed","failed"]' "$(jq -s -c 'map(.outcome)' "$scratch/broken/trials.jsonl")"
expect "broken at once: exit status" 3 "$(status_of "$plimsoll" find -q --out "$scratch/trivial" -- sh -c 'exit 1')"
expect "broken at once: the line is not blamed" 1 "$(profiles trivial)"

if until_true 3 no_leftover_groups; then pass "no group left"; else fail "no group left" "$(leftover_groups)"; fi

finish
