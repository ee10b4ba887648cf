# Deaths, and what is said of them: whose limit struck, who died, what it held, who sent the SIGKILL.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

json=$scratch/result.json
"$plimsoll" doctor >"$scratch/doctor" 2>&1
grep -q '^ok   kernel log' "$scratch/doctor" && log_is_read=yes || log_is_read=
grep -q '^ok   SIGKILL' "$scratch/doctor" && sender_is_seen=yes || sender_is_seen=

# death NAME OUTCOME STATUS [OPTIONS] -- TARGET...: what is said is in $scratch/err then.
death() {
    name=$1 outcome=$2 wanted=$3
    shift 3
    rm -f "$json"
    expect "$name: exit status" "$wanted" "$(status_of "$plimsoll" run --json "$json" "$@")"
    expect "$name: outcome" "$outcome" "$(jq -r '.trials[0].outcome' "$json" 2>/dev/null)"
    # The verdict, the explanation, the evidence, the last words.
    lines=$(sed -n '/^plimsoll: /,/^          exit: /p' "$scratch/err" | wc -l)
    if [ "$lines" -ge 3 ] && [ "$lines" -le 8 ]; then
        pass "$name: six lines at most"
    else
        fail "$name: six lines at most" "$(cat "$scratch/err")"
    fi
}

# The answer of `plimsoll explain`, which reads what the run has kept.
explained=$scratch/explained
# Sentences that are wrapped are joined again.
unwrapped() { awk '/^    [^ ]/ { sub(/^ +/, " "); printf "%s", $0; next } { printf "%s%s", (NR > 1 ? "\n" : ""), $0 } END { print "" }'; }
explain_it() { "$plimsoll" explain "$json" >"$scratch/told.raw" 2>&1 && unwrapped <"$scratch/told.raw" >"$scratch/told" && "$plimsoll" explain --json "$explained" "$json" >/dev/null 2>&1; }
if can_validate; then has_schemas=yes; else has_schemas=; skip "schemas" "they, or python3-jsonschema, are not here"; fi

# same_later NAME VERDICT SCOPE LIMIT [GROUP]: `explain` says of the result what the run said at its end
same_later() {
    name=$1
    if explain_it; then pass "$name: explained"; else fail "$name: explained" "$(cat "$scratch/told")"; return; fi
    expect "$name: explained: verdict, scope, limit" "$2 $3 $4" "$(jq -r '.deaths[0] | "\(.verdict) \(.scope) \(.limit_bytes)"' "$explained")"
    sed -n '/^plimsoll: /,/^          exit: /p' "$scratch/err" | sed '1d; $d; s/^ *//' >"$scratch/said"
    while IFS= read -r line; do
        if grep -qxF -- "  $line" "$scratch/told"; then
            pass "$name: explained: the same sentence"
        else
            fail "$name: explained: the same sentence" "'$line' is not in: $(cat "$scratch/told")"
        fi
        if [ "$(jq --arg line "$line" '.deaths[0].account | index([$line]) != null' "$explained")" = true ]; then
            pass "$name: in JSON too"
        else
            fail "$name: in JSON too" "'$line' is not in: $(jq -c '.deaths[0].account' "$explained")"
        fi
    done <"$scratch/said"
    # "python3 (123), died of it", "the SIGKILL to sleep was sent"
    victim=$(sed -n 's/.*process, \(.*\) (\([0-9]*\)), died of it.*/\1 \2/p' "$scratch/said")
    [ -z "$victim" ] || expect "$name: explained: who died" "$victim" "$(jq -r '.deaths[0] | "\(.process) \(.pid)"' "$explained")"
    victim=$(sed -n 's/.*he SIGKILL to \([^ ]*\) .*/\1/p' "$scratch/said")
    [ -z "$victim" ] || expect "$name: explained: who was killed" "$victim" "$(jq -r '.deaths[0].process' "$explained")"
    if [ "$has_schemas" ]; then
        fits "$name: the result fits its schema" result "$json"
        fits "$name: the answer fits its schema" explain "$explained"
    fi
}

# said_later NAME FILTER WANTED: of the answer in JSON
said_later() { expect "$1" "$3" "$(jq -c ".deaths[0] | $2" "$explained")"; }
said_later_with_log() {
    if [ "$log_is_read" ]; then said_later "$@"; else skip "$1" "the kernel's log cannot be read here"; fi
}

# says NAME PATTERN: in one line of what was said.
says() {
    found=
    while IFS= read -r line; do
        # shellcheck disable=SC2254 # it is a pattern
        case "$line" in
        $2) found=yes ;;
        esac
    done <"$scratch/err"
    if [ "$found" ]; then pass "$1"; else fail "$1" "no line like '$2' in: $(cat "$scratch/err")"; fi
}

# Where the kernel's log or the trace of signals is not to be had, nothing is claimed.
says_with_log() {
    if [ "$log_is_read" ]; then says "$@"; else skip "$1" "the kernel's log cannot be read here"; fi
}
says_with_trace() {
    if [ "$sender_is_seen" ]; then says "$@"; else skip "$1" "who sends a SIGKILL cannot be seen here"; fi
}

# ---- its own limit ----

death "its own limit" oom 137 --limit 24Mi -- "$workload" plateau --size 40Mi
says "its own limit: named" '*Its own limit of 24.0 MiB struck, and its main process*died of it.'
says_with_log "its own limit: who died" '*its main process, plimsoll-worklo (*), died of it.'
says_with_log "its own limit: what it held" '*plimsoll-worklo held 2?.? MiB anonymous, * of mapped files, * shared; its oom_score_adj was 0.'
says_with_log "its own limit: what the group held" '*Of the 2?.? MiB there, 2?.? MiB was anonymous, *'
says "its own limit: at its start" '*It died * after its start*'
says_with_log "its own limit: the kernel's own words" '*kernel log: *Killed process * (plimsoll-worklo) *anon-rss:*'
same_later "its own limit" oom own 25165824
said_later_with_log "its own limit: at death" '.at_death | .anon_bytes > 20000000 and .file_bytes < 5000000 and .shmem_bytes != null' true
said_later "its own limit: its group" '.cgroup | test("/plimsoll-[0-9]+-")' true
said_later "its own limit: how sure" .confidence '"certain"'
said_later "its own limit: what to do, in numbers" '.advice | join(" ") | test("limit 48Mi.*request 24Mi")' true

death "a leak" oom 137 --limit 24Mi -- "$workload" leak --size 200Mi --rate 8Mi
says "a leak: it grew all along" '*It grew all along for *'
same_later "a leak" oom own 25165824
said_later "a leak: what to do" '.advice[0] | test("plimsoll leak -- .*plimsoll-workload leak --size 200Mi --rate 8Mi$")' true

death "a child dies, the shell lives" oom 0 --no-oom-group --limit 24Mi -- \
    sh -c "$workload plateau --size 40Mi >/dev/null; exit 0"
says "a child: which limit" '*Its own limit of 24.0 MiB struck, and a child of its main process*died of it; the main process ended by itself, with exit code 0.'
says_with_log "a child: its name" '*a child of its main process, plimsoll-worklo (*'
same_later "a child dies" oom-child own 25165824

death "a child in a pipeline" oom 0 --no-oom-group --limit 24Mi -- sh -c "$workload plateau --size 40Mi | cat >/dev/null"
says "a pipeline: a child died" '*struck, and a child of its main process*exit code 0.'
same_later "a pipeline" oom-child own 25165824

# v1 counts a kill in the group of the victim, which may be gone at the end.
if [ "$version" = v1 ]; then
    # shellcheck disable=SC2016 # for the target's shell
    death "a group below its own" oom 137 --limit 24Mi -- sh -c '
        group=/sys/fs/cgroup/memory$(sed -n "s/^[0-9]*:memory://p" /proc/self/cgroup)/sub
        mkdir "$group" || exit 9
        sh -c "echo \$\$ >$group/cgroup.procs; exec $0 plateau --size 40Mi" >/dev/null
        status=$?
        rmdir "$group"
        exit $status' "$workload"
    says "a group below its own: its own limit" '*Its own limit of 24.0 MiB struck, and *died of it*'
    if [ "$log_is_read$sender_is_seen" ]; then of_child=oom-child; else of_child=oom; fi
    same_later "a group below its own" $of_child own 25165824
    death "a run within a run" oom 137 --limit 24Mi -- "$plimsoll" run -q --limit 300Mi -- "$workload" plateau --size 40Mi
    says "a run within a run: its own limit" '*Its own limit of 24.0 MiB struck, and *died of it*'
    death "a run within a run, the inner limit" failed 137 --limit 300Mi -- "$plimsoll" run -q --limit 24Mi -- "$workload" plateau --size 40Mi
    says_with_log "the inner limit: whose" '*a limit that the target set itself, in a group below its own, was hit'
fi

# The guard of ours is no lack of memory of the host.
rm -f "$json"
status_of "$plimsoll" run --max 24Mi --json "$json" -- "$workload" plateau --size 40Mi >/dev/null
says "the guard: named" '*It was stopped at 24.0 MiB by the guard of plimsoll itself*'
explain_it
said_later "the guard: explained" '[.verdict, .scope, .confidence]' '["outside-oom",null,"certain"]'
said_later "the guard: what to do" '.advice' '["let it have more than 24Mi: --max"]'

# A child's OOM, and then a kill from outside.
rm -f "$json"
"$plimsoll" run --no-oom-group --limit 24Mi --json "$json" -- \
    sh -c "$workload plateau --size 40Mi >/dev/null; echo \$\$ >$scratch/lives; exec sleep 60" >"$scratch/out" 2>"$scratch/err" &
run=$!
until_true 10 test -s "$scratch/lives"
sleep 0.5
kill -KILL "$(cat "$scratch/lives")"
wait $run
explain_it
said_later "a child, and a kill: explained" '[.verdict, .exit_code]' '["oom-child",null]'
said_later "a child, and a kill: not by itself" '.happened | test("by itself") | not' true
if [ "$log_is_read" ] && [ "$sender_is_seen" ]; then
    said_later "a child, and a kill: both" '.happened | test("lost its process plimsoll-worklo to an OOM kill.*ended by signal 9, sent by ")' true
fi

if [ "$version" = v2 ]; then
    death "the whole group" oom 137 --limit 24Mi -- sh -c "$workload plateau --size 40Mi; exit 0"
    says "the whole group: its main process too" '*Its own limit of 24.0 MiB struck, and its main process*'
    says_with_log "the whole group: how many" '*processes were killed.'
    same_later "the whole group" oom own 25165824
fi

# ---- a parent's limit ----

above=$own_group
[ "$version" = v1 ] || above=$mount_point
parent=$above/test-deaths-$$
if mkdir "$parent" 2>/dev/null; then
    if [ "$version" = v1 ]; then
        echo 33554432 >"$parent/memory.limit_in_bytes"
    else
        mkdir "$parent/home"
        echo +memory >"$parent/cgroup.subtree_control"
        echo 33554432 >"$parent/memory.max"
        [ ! -e "$parent/memory.swap.max" ] || echo 0 >"$parent/memory.swap.max"
    fi
    inside=$parent
    [ "$version" = v1 ] || inside=$parent/home
    rm -f "$json"
    # In a group of its own, below which the harness then makes the trial's. The harness shares that limit: seldom, a page
    # of its own is what no room is left for while its target is already dying, and the kernel takes it too. Then again.
    for _ in 1 2 3; do
        status=0
        sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$inside" "$plimsoll" run --limit 256Mi --json "$json" -- \
            "$workload" plateau --size 60Mi >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
        if [ -e "$json" ] || [ $status -ne 137 ]; then break; fi
        echo "a parent's limit: the kernel took the harness too"
    done
    expect "a parent's limit: exit status" 137 "$status"
    expect "a parent's limit: outcome" outside-oom "$(jq -r '.trials[0].outcome' "$json" 2>/dev/null)"
    says "a parent's limit: named" "*Not its own limit struck but the 32.0 MiB of a parent, $parent; its main process*died of it."
    same_later "a parent's limit" outside-oom parent 33554432
    expect_match "a parent's limit: explained: whose" "was OOM-killed at the limit of 32Mi of $parent, above its own group*" "$(jq -r '.deaths[0].happened' "$explained")"
    said_later "a parent's limit: what to do" '.advice[0] | test("raise that of 32Mi of /")' true
    until_true 5 rmdir "$parent/home" 2>/dev/null || [ "$version" = v1 ]
    until_true 5 rmdir "$parent" 2>/dev/null || fail "a parent's limit: removed" "$parent"
else
    skip "a parent's limit" "no group can be made in $above"
fi

# ---- SIGKILL ----

# kill_from_outside NAME SENDER...: kills the main process while it sleeps. Its own number is in a file.
kill_from_outside() {
    rm -f "$json" "$scratch/pid"
    "$plimsoll" run --json "$json" -- sh -c "echo \$\$ >$scratch/pid.new; mv $scratch/pid.new $scratch/pid; exec sleep 60" \
        >/dev/null 2>"$scratch/err" </dev/null &
    harness=$!
    until_true 20 test -e "$scratch/pid"
    sleep 0.5
    "$@" "$(cat "$scratch/pid")"
    status=0
    wait "$harness" || status=$?
}

kill_by_builtin() { kill -KILL "$1"; }
kill_from_outside kill_by_builtin
expect "kill -9: exit status" 137 "$status"
expect "kill -9: outcome" killed "$(jq -r '.trials[0].outcome' "$json")"
says_with_trace "kill -9: the sender" "*No limit struck: the SIGKILL to sleep was sent by *sh ($$)*"
says_with_trace "kill -9: as evidence" "*signal trace: SIGKILL to sleep ($(cat "$scratch/pid")) was sent by *sh ($$)*"
same_later "kill -9" killed null null
if [ "$sender_is_seen" ]; then said_later "kill -9: its number" .pid "$(cat "$scratch/pid")"; fi

# A sender that is gone at once still has a name.
kill_from_outside env kill -KILL
says_with_trace "a sender that is gone" '*the SIGKILL to sleep was sent by * (*'
same_later "a sender that is gone" killed null null
if [ "$sender_is_seen" ]; then
    expect "a sender that is gone has a name" "" "$(grep 'gone at once' "$scratch/err")"
fi

death "timeout -s KILL of a child" killed 137 -- sh -c 'timeout -s KILL 0.5 sleep 60; exit $?'
# It may send itself one too, and whichever the shell waited for is told: both name who killed whom.
if [ "$sender_is_seen" ]; then
    expect "timeout -s KILL: whom it killed" 1 "$(grep 'he SIGKILL to' "$scratch/err" | grep timeout | grep -c sleep)"
else
    skip "timeout -s KILL: whom it killed" "who sends a SIGKILL cannot be seen here"
fi

death "it kills itself" killed 137 -- sh -c 'sleep 0.5; kill -KILL $$'
same_later "it kills itself" killed null null
says_with_trace "it kills itself: told" '*the SIGKILL to *sh was sent by *sh (*), itself*'

# Where SIGKILLs are watched and none is sent on the whole machine it is a failure; else it may have been one.
own_137() { # NAME
    rm -f "$json"
    expect "$1: exit status" 137 "$(status_of "$plimsoll" run --json "$json" -- sh -c 'sleep 0.5; exit 137')"
    if explain_it; then pass "$1: explained"; else fail "$1: explained" "$(cat "$scratch/told")"; fi
    said_later "$1: how sure" .confidence '"likely"'
}
own_137 "137 of its own"
case $(jq -r '.trials[0].outcome' "$json") in
failed) says "137 of its own: none was seen" '*signal trace: no SIGKILL was seen: it ended with 137 by itself*' ;;
*) says "137 of its own: no kill is claimed" '*it ended with 137, which *any program may by itself*' ;;
esac

# Those that others on the machine get meanwhile are no proof that it got one.
(while [ ! -e "$scratch/enough" ]; do
    sh -c 'kill -KILL $$'
    sleep 0.01
done) 2>/dev/null &
others=$!
own_137 "137 while others are killed"
: >"$scratch/enough"
wait "$others"
expect "137 while others are killed: outcome" killed "$(jq -r '.trials[0].outcome' "$json")"
says "137 while others are killed: none is claimed" '*it ended with 137, which *any program may by itself*'
says_with_trace "137 while others are killed: one is told" '*he SIGKILL to * was sent by *'
if [ "$sender_is_seen" ]; then same_later "137 while others are killed" killed null null; fi

# More of them than the kernel's buffer has room for, while nobody reads it: that none was sent is not claimed then.
cat >"$scratch/many.sh" <<'END'
i=0
while [ $i -lt 400 ]; do
    sleep 60 &
    kill -KILL $!
    i=$((i + 1))
done
END
rm -f "$json"
"$plimsoll" run --json "$json" -- sh -c 'sleep 4; exit 137' >/dev/null 2>"$scratch/err" </dev/null &
harness=$!
sleep 1
kill -STOP "$harness"
if command -v taskset >/dev/null; then taskset -c 0 sh "$scratch/many.sh"; else sh "$scratch/many.sh"; fi
kill -CONT "$harness"
status=0
wait "$harness" || status=$?
expect "137 while too many are killed: exit status" 137 "$status"
if [ "$sender_is_seen" ]; then
    expect "137 while too many are killed: not all was seen" "killed false" "$(jq -r '.trials[0] | "\(.outcome) \(.ending.kills_watched)"' "$json")"
fi

death "137 at once" killed 137 -- sh -c 'exit 137'
same_later "137 at once" killed null null
said_later "137 at once: how sure" .confidence '"likely"'
says "137 at once: too young" '*None was seen: that is watched for once a target has lived for 100 ms.'

death "ulimit -t" killed 137 -- sh -c 'ulimit -t 1; while :; do :; done'
says_with_trace "ulimit -t: the kernel did" '*SIGKILL to *sh came from the kernel, for a limit of the process itself*'
same_later "ulimit -t" killed null null
if [ "$sender_is_seen" ]; then said_later "ulimit -t: what to do" '.advice[0] | test("ulimit -t")' true; fi

# A daemon that writes to a log: it is quoted. Only where the log is nobody's.
log=/var/log/daemon.log
if [ ! -e "$log" ] && mkdir -p /var/log && : 2>/dev/null >"$log"; then
    echo "Nov 23 06:34:37 vm earlyoom[1]: sending SIGKILL to process 1 uid 0 \"old\": badness 1, VmRSS 1 MiB" >"$log"
    kill_like_earlyoom() {
        echo "Nov 23 06:34:37 vm earlyoom[1]: sending SIGKILL to process $1 uid 0 \"sleep\": badness 690, VmRSS 1 MiB" >>"$log"
        kill -KILL "$1"
    }
    kill_from_outside kill_like_earlyoom
    rm -f "$log"
    says "earlyoom: named" '*No limit struck: earlyoom killed it*'
    says "earlyoom: quoted" "*earlyoom: sending SIGKILL to process $(cat "$scratch/pid") uid 0*"
    same_later "earlyoom" killed null null
    said_later "earlyoom: what to do" '.advice[0] | test("earlyoom kills")' true
else
    skip "earlyoom: quoted" "$log is there, or cannot be written"
fi

# What was stopped by us needs no other explanation.
rm -f "$json"
status_of "$plimsoll" run --json "$json" --timeout 400ms --grace 100ms -- sh -c 'trap "" TERM; while :; do sleep 1; done' >/dev/null
expect "stopped by the harness: outcome" timeout "$(jq -r '.trials[0].outcome' "$json")"
expect "stopped by the harness: no sender is named" "" "$(grep 'SIGKILL to' "$scratch/err")"
explain_it
said_later "stopped by the harness: explained" '[.verdict, .account]' '["timeout",[]]'

# ---- out of memory without a kill ----

# The limit of the address space: the runtime says so by itself.
if command -v python3 >/dev/null; then
    death "a MemoryError" runtime-oom 1 --limit 256Mi -- \
        sh -c 'ulimit -v 200000; exec python3 -c "x = bytearray(10 ** 9)"'
    says "a MemoryError: not the group's limit" '*The kernel killed nothing: it asked for more than it could get*'
    same_later "a MemoryError" runtime-oom null 268435456
else
    skip "a MemoryError" "python3 is not installed"
fi
rm -f "$json"
status_of "$plimsoll" run --limit 256Mi --json "$json" -- sh -c "ulimit -v 20000; exec $workload plateau --size 40Mi" >/dev/null
expect "the limit of the address space: no OOM" true "$(jq '.trials[0] | .outcome != "oom" and .oom_kills == 0' "$json")"

# ---- what a search says of its probes ----

status_of "$plimsoll" find -v --confirm 1 --out "$scratch/find" -- "$workload" plateau --size 33Mi >/dev/null
says "find -v: whose limit" '*Its own limit of * struck, and its main process*died of it.'
says "find -v: what was missing" '*Without a limit it needed *'
"$plimsoll" explain "$scratch/find" | unwrapped >"$scratch/told"
expect "find: explained: what was missing" 0 "$(grep -q '^  Without a limit it needed .* missing\.$' "$scratch/told"; echo $?)"

# Runs that shared the machine were made by processes of their own: the same is known of them.
if [ "$(grep -c '^processor' /proc/cpuinfo)" -ge 2 ]; then
    status_of "$plimsoll" find -v --jobs 2 --confirm 2 --out "$scratch/jobs" -- "$workload" plateau --size 33Mi --hold 200ms >/dev/null
    says_with_log "find --jobs: who died" '*Its own limit of * struck, and its main process, plimsoll-worklo (*), died of it.'
    expect "find --jobs: kept" true "$(jq '[.trials[] | select(.crowded and .outcome == "oom") | .ending.scope] | length > 0 and all(. == "own")' "$scratch/jobs/result.json")"
    if [ "$log_is_read" ]; then
        expect "find --jobs: who died is kept" '["plimsoll-worklo"]' \
            "$(jq -c '[.trials[] | select(.outcome == "oom") | .ending.oom.process] | unique' "$scratch/jobs/result.json")"
    fi
else
    skip "find --jobs" "there is one CPU here"
fi

# What did not die says so.
rm -f "$json"
status_of "$plimsoll" run --json "$json" -- true >/dev/null
explain_it
said_later "it lived" '[.verdict, .confidence, .account, .advice]' '["survived","certain",[],[]]'

# Nothing of it is left: the kernel lets go of a trace a moment after the harness has ended.
no_harness_left() { [ -z "$(pids_of "$scratch/find")" ]; }
if until_true 3 no_harness_left; then pass "no process is left"; else fail "no process is left" "$(pids_of "$scratch/find")"; fi

finish
