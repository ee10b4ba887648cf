# The live squeeze: a server whose limit is lowered while it is driven. The server is a shell that holds what it was
# ordered to, or works with so much for a moment: its need is known, at rest and under its load.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

cd "$scratch" || exit 1
cat >server.sh <<END
rm -f orders up held worked
mkfifo orders
trap 'kill \$!; exit 0' TERM
: >up
while :; do
    while read -r order size <orders; do
        case \$order in
        hold) $workload plateau --size "\$size" --hold 60s >/dev/null & ;;
        work) $workload plateau --size "\$size" --hold 50ms >/dev/null; : >worked ;;
        esac
    done
done
END
# The same after each run: what is ordered a second time is there already.
cat >hold.sh <<'END'
[ -e held ] || echo "hold 40Mi" >orders
: >held
sleep 0.3
echo "rate 1000"
END
cat >work.sh <<'END'
rm -f worked
echo "work $PLIMSOLL_LOAD" >orders
until [ -e worked ]; do sleep 0.05; done
END
# Hangs where the server's limit is below 24 MiB.
if [ "$version" = v1 ]; then
    echo 'group=$(sed -n "s/^[0-9]*:\([^:]*,\)*memory[^:]*://p" /proc/$PLIMSOLL_PID/cgroup)' >hang.sh
    echo "limit=\$(cat $mount_point\$group/memory.limit_in_bytes)" >>hang.sh
else
    echo 'group=$(sed -n s/^0:://p /proc/$PLIMSOLL_PID/cgroup)' >hang.sh
    echo "limit=\$(cat $mount_point\$group/memory.max)" >>hang.sh
fi
cat >>hang.sh <<'END'
[ "$limit" = max ] || [ "$limit" -ge 25165824 ] || exec sleep 4569
sleep 0.1
END

quick="--precision 2 --confirm 1 --strategy squeeze --ready file:up"

# of FILE FILTER: a value of a result
of() { jq -r "$2" "$1/result.json"; }
live='.trials[] | select(.squeezed)'

nothing_left() {
    if until_true 2 no_leftover_groups; then pass "$1: no group left"; else fail "$1: no group left" "$(leftover_groups)"; fi
    expect "$1: no process left" "" "$(pids_of server.sh; pids_of "$workload plateau"; pids_of 'sleep 4569')"
}

# near NAME FOLDER: the estimate is within 5 % of what fresh runs prove
near() {
    estimate=$(of "$2" "$live | .squeeze_bytes")
    proven=$(of "$2" .oom_point.survives_bytes)
    if [ "$((estimate * 100))" -ge "$((proven * 95))" ] && [ "$((estimate * 100))" -le "$((proven * 105))" ]; then
        pass "$1: the estimate is near"
    else
        fail "$1: the estimate is near" "$estimate, proven $proven"
    fi
}

# --- memory that the server holds

# shellcheck disable=SC2086 # a list of words
expect "held: exit status" 0 "$(status_of "$plimsoll" find $quick --out r1 --load 'sh hold.sh' --load-rate 'rate ([0-9]+)' -- sh server.sh)"
expect "held: one squeeze, after the profile" "1 2 step null" \
    "$(of r1 "[$live] | \"\(length) \(.[0].id) \(.[0].purpose) \(.[0].limit_bytes)\"")"
near held r1
expect "held: and no less than it holds" true "$(of r1 "$live | .squeeze_bytes > 41943040")"
# v1 refuses a limit that reclaim cannot come down to, v2 kills.
if [ "$version" = v1 ]; then
    expect "held: ends without a death" "survived 0" "$(of r1 "$live | \"\(.outcome) \(.oom_kills)\"")"
    expect_match "held: what ended it" '*Device or resource busy: reclaim can take no more*' \
        "$(of r1 "$live | .evidence[] | select(.source == \"squeeze\").detail")"
    expect "held: stall is not known" true "$(of r1 "[$live | .service.loads[].stall_ratio] | all(. == null)")"
else
    expect "held: dies" oom "$(of r1 "$live | .outcome")"
    expect "held: stall is known" true "$(of r1 "[$live | .service.loads[].stall_ratio] | all(. >= 0)")"
fi
expect "held: without a limit first, then down and down" true "$(of r1 "[$live | .service.loads[].limit_bytes] |
    .[0] == null and .[1] == null and (map(select(. != null)) | . == (unique | reverse) and length >= 1)")"
expect "held: every run is told" true "$(of r1 "[$live | .service.loads[]] |
    ([.[].cycle] == [range(1; length + 1)]) and all(.refault_bytes >= 0) and (.[:-1] | all(.rate_per_s == 1000))")"
expect "held: it is no run of the search" true "$(of r1 '.oom_point.runs == ([.trials[] | select(.squeezed | not)] | length)')"
expect_match "held: what is told" '*
Squeeze    one live run: served its load down to 4?.? MiB, *
           none  *  1000/s *' "$(cat "$scratch/err")"
nothing_left held
expect "held: resumed" 0 "$(status_of "$plimsoll" find -q --resume r1)"
expect "held: resumed, it is not squeezed again" 1 "$(of r1 "[$live] | length")"

# --- memory that the load has it take: at rest it is given back, so it is the load that dies, at the highest step

# shellcheck disable=SC2086 # a list of words
expect "worked: exit status" 0 "$(status_of "$plimsoll" find $quick -q --out r2 --load-steps 10Mi,30Mi --load 'sh work.sh' -- sh server.sh)"
# Whether it was still there to be stopped then, is chance: on v2 the kernel ends all of it.
expect "worked: dies" "oom true" "$(of r2 "$live | \"\(.outcome) \(.oom_kills > 0)\"")"
near worked r2
expect "worked: at the highest step alone" 30Mi "$(of r2 "[$live | .service.loads[].step] | unique | join(\" \")")"
expect "worked: the limit that killed is named" true "$(of r2 "$live | (.service.loads[-1].limit_bytes | tostring) as \$last |
    any(.evidence[]; .source == \"limit\" and (.detail | startswith(\$last + \" bytes\")))")"
expect "worked: and is below the estimate" true "$(of r2 "$live | .service.loads[-1].limit_bytes < .squeeze_bytes")"
nothing_left worked

# --- a load that comes to no end under a limit is stopped, and counts for nothing

"$plimsoll" find --strategy squeeze -q --out r3 --ready file:up --load 'sh hang.sh' -- \
    sh -c "dd if=/dev/zero of=filled bs=1M count=30 2>/dev/null; exec sh server.sh" >/dev/null 2>&1 &
harness=$!
until_true 60 has_trials r3 2 || fail "hangs: the squeeze ends" "$(cat r3/trials.jsonl)"
kill -INT "$harness"
wait "$harness" 2>/dev/null
expect "hangs: slow" "slow slow" "$(of r3 "$live | \"\(.outcome) \(.stop)\"")"
expect "hangs: the last run was cut short" true \
    "$(of r3 "$live | .service.loads[-1] | .exit_code == null and .limit_bytes < 25165824 and .duration_s >= 2")"
expect "hangs: the one before counts" true \
    "$(of r3 "$live | .squeeze_bytes == .service.loads[-2].limit_bytes and .squeeze_bytes >= 25165824")"
nothing_left hangs

# --- runtimes that would not notice

if cp "$(readlink -f /bin/sh)" node && ./node -c true 2>/dev/null; then
    # shellcheck disable=SC2086 # a list of words
    expect "node: exit status" 0 "$(status_of "$plimsoll" find $quick --out r4 --load 'sh hold.sh' -- ./node server.sh)"
    expect_match "node: is told" '*Note: node sizes itself from the limit it sees at its start*' "$(cat "$scratch/err")"
    expect "node: is not squeezed" 0 "$(of r4 "[$live] | length")"
elif [ "$version" = v1 ]; then
    fail "node" "a shell that can be copied is needed"
else
    skip "node" "this shell has but one name"
fi

# --- endings

for signal in INT KILL; do
    rm -rf r5
    "$plimsoll" find --strategy squeeze -q --out r5 --ready file:up --load 'sh hold.sh; sleep 0.2' -- sh server.sh >/dev/null 2>&1 &
    harness=$!
    # In the second trial, and in it not in the first run of its load.
    until_true 30 sh -c '[ "$(cat r5/load-002.log 2>/dev/null | wc -l)" -ge 2 ]' || fail "SIG$signal in it" "it never came so far"
    kill -"$signal" "$harness"
    status=0
    wait "$harness" 2>/dev/null || status=$?
    expect "SIG$signal in it: exit status" "$([ "$signal" = INT ] && echo 130 || echo 137)" "$status"
    expect "SIG$signal in it: it is no trial" 0 "$(jq -s 'map(select(.squeezed)) | length' r5/trials.jsonl)"
    until_true 5 no_leftover_groups
    nothing_left "SIG$signal in it"
done

finish
