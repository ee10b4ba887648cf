# Servers under load. The server here is a shell that reads orders from a named pipe, and holds as much memory as it was
# ordered to: small enough for the virtual machine, and its need is known. Real servers are in tests/run-services.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

cd "$scratch" || exit 1
# Names of their own: another test may run beside this one.
server=server-$$.sh
load=load-$$.sh
cat >"$server" <<END
rm -f orders up
mkfifo orders
trap 'kill \$!; exit 0' TERM
echo "server is ready"
: >up
while :; do
    while read -r order <orders; do
        case \$order in
        exit*) exit "\${order#exit }" ;;
        crash) kill -SEGV \$\$ ;;
        error) echo MemoryError >&2 ;;
        *) $workload plateau --size "\$order" --hold 60s >/dev/null & ;;
        esac
    done
done
END
# Gives the order, and a moment to follow it.
cat >"$load" <<'END'
echo "$1" >orders
sleep 0.3
echo "rate ${2:-1000}"
END

cp "$top/tests/fixtures/load/wrk-missing.txt" missing.txt

# A cheap search: what is searched for is not what is tested here.
quick="--precision 5 --confirm 1 -q"

# of FILE FILTER: a value of a result
of() { jq -r "$2" "$1/result.json"; }

nothing_left() {
    if until_true 2 no_leftover_groups; then pass "$1: no group left"; else fail "$1: no group left" "$(leftover_groups)"; fi
    left=$(pids_of "$server"; pids_of "$load")
    expect "$1: no process left" "" "$left"
}

# --- a search

# shellcheck disable=SC2086 # a list of words
expect "find: exit status" 0 "$(status_of "$plimsoll" find $quick --out r1 --ready log:'is ready$' --load "sh $load 40Mi" \
    --load-rate 'rate ([0-9]+)' -- sh "$server")"
survives=$(of r1 .oom_point.survives_bytes)
if [ "$survives" -gt 41943040 ] && [ "$survives" -lt 48234496 ]; then pass "find: the load's need is the server's"
else fail "find: the load's need is the server's" "$survives"; fi
expect "find: dies as" oom "$(of r1 .oom_point.dies_as)"
expect "find: the load is told" "sh $load 40Mi" "$(of r1 .target.load)"
expect "find: readiness is told" "log:is ready$" "$(of r1 .target.ready)"
expect "find: the profile survived" "survived done" "$(of r1 '.trials[0] | "\(.outcome) \(.stop)"')"
expect "find: it was ready" true "$(of r1 '.trials[0].service | .ready_s > 0 and .ready_s < 5')"
expect "find: the load's run" "1 0 1000 true" \
    "$(of r1 '.trials[0].service.loads | "\(length) \(.[0].exit_code) \(.[0].rate_per_s) \(.[0].duration_s >= 0.3)"')"
expect "find: what the server went through meanwhile" "true $([ "$version" = v1 ] && echo null || echo number)" \
    "$(of r1 '.trials[0].service.loads[0] | "\(.refault_bytes >= 0) \(.stall_ratio | type)"')"
expect "find: the load's words are kept" "rate 1000" "$(cat "r1/$(of r1 '.trials[0].service.log')")"
expect "find: the server's words are kept" "server is ready" "$(head -1 "r1/$(of r1 '.trials[0].log')")"
nothing_left find

# The memory of the load is nobody's.
expect "run: a load of 60 MiB" 0 "$(status_of "$plimsoll" run -q --limit 16Mi --out r2 --ready file:up \
    --load "$workload plateau --size 60Mi" -- sh "$server")"
if [ "$(of r2 '.trials[0].peak_bytes')" -lt 16777216 ]; then pass "run: it is not counted"
else fail "run: it is not counted" "$(of r2 '.trials[0].peak_bytes')"; fi
nothing_left run

# --- every way to be ready

ready() {
    [ "$1" = file:up ] || rm -f up
    expect "ready $1: exit status" 0 "$(status_of "$plimsoll" run -q --out r3 --ready "$1" --load true -- sh "$server")"
    expect "ready $1: outcome" survived "$(of r3 '.trials[0].outcome')"
}
ready after:200ms
expect "after: as long as it says" true "$(of r3 '.trials[0].service.ready_s >= 0.2')"
ready exec:'test -e up'
ready file:up
# The file of the last run is still there: it must not count.
expect "file: not that of before" true "$(of r3 '.trials[0].service.ready_s > 0.001')"
if command -v python3 >/dev/null && command -v curl >/dev/null; then
    for how in tcp:17931 http:http://127.0.0.1:17931/$load; do
        expect "ready $how" 0 "$(status_of "$plimsoll" run -q --out r4 --ready "$how" --load true -- \
            python3 -m http.server -b 127.0.0.1 17931)"
        expect "ready $how: outcome" survived "$(of r4 '.trials[0].outcome')"
    done
    expect "not ready: said why" 3 "$(status_of "$plimsoll" find -q --out r19 --ready http://127.0.0.1:17931/none --ready-timeout 1s \
        --load true -- python3 -m http.server -b 127.0.0.1 17931)"
    expect_match "not ready: what it answered" '*not ready within 1.00 s*404*' "$(cat "$scratch/err")"
    # Taken: told before anything is made.
    python3 -m http.server -b 127.0.0.1 17932 >/dev/null 2>&1 &
    other=$!
    # One that lives while the port is asked for, is ended after it.
    until_true 10 curl -sfo /dev/null "http://127.0.0.1:17932/$load" || fail "port taken: start" "it never came"
    expect "port taken: exit status" 5 "$(status_of "$plimsoll" find -q --out r5 --ready tcp:17932 --load true -- sh "$server")"
    expect_match "port taken: one line" '*port 17932 is taken*' "$(cat "$scratch/err")"
    expect "port taken: no folder" no "$([ -e r5 ] && echo yes || echo no)"
    kill "$other"
    wait "$other" 2>/dev/null
elif [ "$version" = v1 ]; then
    fail "ready tcp, http" "python3 and curl are needed"
else
    skip "ready tcp, http" "no python3 or curl here"
fi

# --- what fails

# fails NAME WANTED_STATUS PATTERN ARGUMENTS...
fails() {
    name=$1 wanted=$2 pattern=$3
    shift 3
    expect "$name: exit status" "$wanted" "$(status_of "$plimsoll" find -q --out r6 "$@")"
    expect_match "$name: what is said" "$pattern" "$(tr '\n' ' ' <"$scratch/err")"
    nothing_left "$name"
}
fails "load fails at once" 3 '*the load failed: exit code 7*last words:*no server*' \
    --ready file:up --load 'echo no server; exit 7' -- sh "$server"
fails "load is no program" 2 '*--load no-such-program: the shell finds no such program*' --ready file:up --load no-such-program -- sh "$server"
fails "load is killed: that says nothing of the server" 4 '*cannot be measured*the load was killed*' --ready file:up --load 'kill -KILL $$' -- sh "$server"
fails "nothing is answered" 3 '*the load failed: nothing was answered*' --ready file:up --load 'echo rate 0' --load-rate 'rate ([0-9]+)' \
    -- sh "$server"
# What wrk printed of a server that had no such page; it ends with 0.
fails "requests fail" 3 '*the load failed: of * requests * failed*' --ready file:up --load 'cat missing.txt' -- sh "$server"
fails "the rate is not found" 2 '*--load-rate x(?0-9?+): nothing in what the load prints matches it*load-001.log*' --ready file:up \
    --load 'echo foo' --load-rate 'x([0-9]+)' -- sh "$server"
fails "no --ready" 3 '*exit code 7*no --ready was given*' --load 'sleep 0.2; exit 7' -- sh "$server"
fails "never ready" 3 '*not ready within 300 ms*file:never*' --ready file:never --ready-timeout 300ms --load true -- sh "$server"
fails "ends before it is ready" 3 '*without any limit*' --ready file:never --load true -- sh -c 'exit 4'
fails "ends well before it is ready" 3 '*without any limit*' --ready file:never --load true -- true
fails "crashes under its load" 3 '*signal 11*' --ready file:up --load 'echo crash >orders; sleep 5' -- sh "$server"
fails "ends by itself under its load" 3 '*without any limit*' --ready file:up --load 'echo exit 0 >orders; sleep 5' -- sh "$server"

# A load that spins on a dead server is ended with it, at once.
started=$(now_ms)
fails "load spins on a dead server" 3 '*without any limit*' --ready file:up --load 'echo exit 3 >orders; while :; do :; done' -- sh "$server"
took=$(($(now_ms) - started))
if [ "$took" -lt 20000 ]; then pass "load spins: ended"; else fail "load spins: ended" "$took ms"; fi

# What it leaves running is ended too, and so is one that ignores SIGTERM.
expect "load leaves a daemon" 0 "$(status_of "$plimsoll" run -q --ready file:up --load "(trap '' TERM; exec sleep 45$$) & true" -- sh "$server")"
expect "load leaves a daemon: it is gone" "" "$(pids_of "sleep 45$$")"

# The runtime ran out inside the limit: seen where the load fails.
expect "runtime-oom" 1 "$(status_of "$plimsoll" run -q --out r7 --ready file:up --stop-signal KILL \
    --load 'echo error >orders; sleep 0.2; exit 1' -- sh "$server")"
expect "runtime-oom: outcome" runtime-oom "$(of r7 '.trials[0].outcome')"

# --- a server that lives on when its worker is killed

status_of "$plimsoll" run -q --limit 24Mi --no-oom-group --out r8 --ready file:up --load 'echo 40Mi >orders; sleep 0.5' -- sh "$server" >/dev/null
expect "worker killed, server lives: outcome" oom "$(of r8 '.trials[0].outcome')"

# The status of run is that of what failed.
expect "run: the load's status" 7 "$(status_of "$plimsoll" run -q --ready file:up --load 'exit 7' -- sh "$server")"
expect_match "run: the load's words are shown" '*last words:*no such thing*' "$("$plimsoll" run --ready file:up --load 'echo no such thing; exit 7' -- sh "$server" 2>&1 | tr '\n' ' ')"
expect "run: never ready" 1 "$(status_of "$plimsoll" run -q --ready file:never --ready-timeout 200ms --load true -- sh "$server")"
expect "run: ends by itself" 4 "$(status_of "$plimsoll" run -q --ready file:never --load true -- sh -c 'exit 4')"
expect "run: ends well, too early" 1 "$(status_of "$plimsoll" run -q --ready file:never --load true -- true)"

expect "run: ready by what it prints" 0 "$(status_of "$plimsoll" run -q --ready log:'is ready$' --load true -- sh "$server")"
expect "run: what it prints is passed on" "server is ready" "$(head -1 "$scratch/out")"
expect "run: --for does not hide a load that fails" 1 "$(status_of "$plimsoll" run -q --out r17 --ready file:up --for 300ms \
    --load 'cat missing.txt; sleep 60' -- sh "$server")"
expect "--for and a failing load: outcome" "failed load" "$(of r17 '.trials[0] | "\(.outcome) \(.stop)"')"
expect "a port that is still in use" 4 "$(status_of "$plimsoll" find -q --out r18 --ready file:never --load true -- \
    sh -c 'echo "bind: Address already in use" >&2; exit 1')"
expect_match "a port that is still in use: said" '*cannot be measured*port was not free*' "$(tr '\n' ' ' <"$scratch/err")"
# One that leaves its group is ended all the same, and nobody waits for it.
if [ "$version" = v1 ]; then leave="echo 0 >$mount_point/cgroup.procs"; else leave="echo 0 >/sys/fs/cgroup/cgroup.procs"; fi
started=$(now_ms)
expect "a load that leaves its group" 0 "$(status_of "$plimsoll" run -q --ready file:up --for 300ms --load "$leave; trap '' TERM; exec sleep 47$$" -- sh "$server")"
took=$(($(now_ms) - started))
if [ "$took" -lt 15000 ]; then pass "a load that leaves its group: ended"; else fail "a load that leaves its group: ended" "$took ms"; fi
expect "a load that leaves its group: it is gone" "" "$(pids_of "sleep 47$$")"

# --- phases

expect "steps and cycles" 0 "$(status_of "$plimsoll" run -q --out r9 --ready file:up --load-steps 3,5 --cycles 2 --cooldown 100ms \
    --load 'echo "$PLIMSOLL_LOAD $PLIMSOLL_CYCLE"; kill -0 "$PLIMSOLL_PID"' -- sh "$server")"
expect "steps and cycles: what the load was told" "3 1,5 1,3 2,5 2," "$(tr '\n' ',' <"r9/$(of r9 '.trials[0].service.log')")"
expect "steps and cycles: what is told of it" "3 1,5 1,3 2,5 2" \
    "$(of r9 '[.trials[0].service.loads[] | "\(.step) \(.cycle)"] | join(",")')"
expect "cool-down: quiescent memory is known" true "$(of r9 '[.trials[0].service.loads[].quiescent_bytes | . > 0] | all')"
expect "warm-up" 0 "$(status_of "$plimsoll" run -q --out r10 --ready file:up --warmup 1s --load 'sleep 0.1; echo driven' -- sh "$server")"
expect "warm-up: does not count" 1 "$(of r10 '.trials[0].service.loads | length')"
expect "warm-up: but was driven" true "$([ "$(wc -l <"r10/$(of r10 '.trials[0].service.log')")" -ge 3 ] && echo true)"
expect "--for ends a load that never ends" 0 "$(status_of "$plimsoll" run -q --out r11 --ready file:up --for 300ms --load 'sleep 100' -- sh "$server")"
expect "--for: outcome" "survived done" "$(of r11 '.trials[0] | "\(.outcome) \(.stop)"')"
expect "--ready with --for, no load" 0 "$(status_of "$plimsoll" run -q --out r12 --ready file:up --for 200ms -- sh "$server")"
expect "a daemon is the server" 0 "$(status_of "$plimsoll" run -q --out r13 --ready file:up --load 'sleep 0.2' -- sh -c "sh $server & exit 0")"
expect "a daemon is the server: outcome" survived "$(of r13 '.trials[0].outcome')"
nothing_left "phases"

# Throughput that is lost is slowdown.
expect "step: exit status" 0 "$(status_of "$plimsoll" step -q --limits 30Mi,none --out r14 --ready file:up --load-rate 'rate ([0-9]+)' \
    --load '[ "$PLIMSOLL_CYCLE" = 1 ]; if [ -e slow ]; then echo rate 500; else : >slow; echo rate 1000; fi' -- sh "$server")"
expect "step: half the rate is twice as slow" 2 "$(of r14 '.trials[1].slowdown_ratio')"

# --- endings

"$plimsoll" find -q --out r15 --ready file:up --load "sh $load 40Mi; sleep 3" -- sh "$server" >/dev/null 2>&1 &
harness=$!
until_true 20 sh -c "[ -e r15/load-001.log ] || [ -n \"\$(ls r15/load-* 2>/dev/null)\" ]"
kill -INT "$harness"
status=0
wait "$harness" || status=$?
expect "SIGINT: exit status" 130 "$status"
nothing_left SIGINT
"$plimsoll" run -q --ready file:up --load "sleep 46$$" -- sh "$server" >/dev/null 2>&1 &
harness=$!
until_true 20 sh -c "grep -qs 'sleep.46$$' /proc/[0-9]*/cmdline"
kill -KILL "$harness"
wait "$harness" 2>/dev/null
until_true 5 no_leftover_groups
nothing_left SIGKILL
expect "SIGKILL: the load is gone" "" "$(pids_of "sleep 46$$")"

# A search goes on where it was.
"$plimsoll" find -q --precision 5 --confirm 1 --out r16 --budget 2s --ready file:up --load "sh $load 40Mi" -- sh "$server" >/dev/null 2>&1
expect "resume: exit status" 0 "$(status_of "$plimsoll" find -q --resume r16)"
expect "resume: the load is still told" "sh $load 40Mi" "$(of r16 .target.load)"

finish
