# Targets that are container images, in a real Docker engine that is started here.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../engine.sh"

if ! can_have_engine; then
    skip "containers" "dockerd is not installed, or this is not root"
    finish
    exit
fi

# ---- an engine of our own ----

mkdir -p "$scratch/engine" "$scratch/elsewhere"
ids=$scratch/engine/ids # of every container that was made
: >"$ids"
events=

begin_engine() {
    start_engine
    docker events --filter type=container --filter event=create --format '{{.ID}}' >>"$ids" 2>/dev/null &
    events=$!
}
stop_events() {
    [ -z "$events" ] || kill "$events" 2>/dev/null
    wait "$events" 2>/dev/null
    events=
}
clean_up() {
    clean_up_engine
    stop_events
    until_true 10 rm -rf "$scratch" 2>/dev/null
}
trap clean_up EXIT
trap 'exit 130' INT TERM

begin_engine
mkdir -p "$scratch/root/tmp" "$scratch/root/etc"
echo 'guest:x:1234:1234::/:/bin/sh' >"$scratch/root/etc/passwd"
root_of_box sh true false cat echo sleep seq env id pwd head nc wc
tar -C "$scratch/root" -c . | docker import --change 'ENV FROM_IMAGE=yes' - box:1 >/dev/null
tar -C "$scratch/root" -c . | docker import --change 'ENTRYPOINT ["plimsoll-workload"]' --change 'CMD ["plateau", "--size", "9Mi"]' - shape:1 >/dev/null
# An import takes no stop signal.
docker create --name polite --stop-signal USR1 --network none box:1 true >/dev/null && docker commit polite polite:1 >/dev/null && docker rm polite >/dev/null
expect "the images are there" 3 "$(docker image ls -q | wc -l | tr -d ' ')"

# ---- what may be left: nothing ----

containers() { docker ps -aq; }
no_containers() { [ -z "$(containers)" ]; }
groups_of_containers() { find "$mount_point" -type d 2>/dev/null | grep -F -f "$ids"; }
no_groups_of_containers() { [ -z "$(groups_of_containers)" ]; }
target_alive() { [ -n "$(pids_of "plimsoll-workload plateau --size 21Mi")" ]; }
target_gone() { ! target_alive; }
clients() { pids_of "--attach plimsoll-"; }
no_clients() { [ -z "$(clients)" ]; }
expect_nothing_left() { # NAME
    if until_true 20 no_containers; then pass "$1: no container left"; else fail "$1: no container left" "$(docker ps -a)"; fi
    if until_true 5 target_gone; then pass "$1: no process left"; else fail "$1: no process left" "$(pids_of plateau)"; fi
    if until_true 5 no_clients; then pass "$1: no command of the engine left"; else fail "$1: no command of the engine left" "$(clients)"; fi
    if until_true 5 no_groups_of_containers; then pass "$1: no group of a container left"; else fail "$1: no group of a container left" "$(groups_of_containers)"; fi
    if until_true 5 no_leftover_groups; then pass "$1: no group left"; else fail "$1: no group left" "$(leftover_groups)"; fi
}

image() { # ARGUMENTS OF plimsoll run AND OF THE IMAGE
    status_of "$plimsoll" run --image box:1 --network none "$@"
}
evidence() { jq -r '.trials[-1].evidence[] | .source + ": " + .detail' "$1"; }

# ---- one run ----

expect "exit code 0" 0 "$(image true)"
expect "exit code 3" 3 "$(image sh -c 'echo out; echo err >&2; exit 3')"
expect "standard output is the container's" out "$(cat "$scratch/out")"
expect_match "standard error is passed on" 'err*plimsoll: failed*' "$(tr '\n' ' ' <"$scratch/err")"
expect "no such program in it" 127 "$(image nosuch)"
expect_match "no such program in it: said, in one line" 'plimsoll: docker start: *"nosuch"*not found*' "$(cat "$scratch/err")"
expect "no such program in it: one line" 1 "$(wc -l <"$scratch/err" | tr -d ' ')"
expect "not executable in it" 126 "$(image /etc/passwd)"
expect "a file as standard input" "3" "$(echo 'a b c' >"$scratch/in"; "$plimsoll" run -q --image box:1 --network none --stdin "$scratch/in" wc -w 2>/dev/null)"
expect "a pipe as standard input" "2" "$(echo 'a b' | "$plimsoll" run -q --image box:1 --network none wc -w 2>/dev/null)"
expect_nothing_left "runs"

expect "variables" "one yes" "$("$plimsoll" run -q --image box:1 --network none --env A=zero --env A=one sh -c 'echo $A $FROM_IMAGE' 2>/dev/null)"
expect "ours are not the container's" "" "$(OURS=1 "$plimsoll" run -q --image box:1 --network none sh -c 'echo $OURS' 2>/dev/null)"
expect "--cwd is the image's" /tmp "$("$plimsoll" run -q --image box:1 --network none --cwd /tmp pwd 2>/dev/null)"
expect "--user is the image's" 1234 "$("$plimsoll" run -q --image box:1 --network none --user guest id -u 2>/dev/null)"
expect "--entrypoint" "a b" "$("$plimsoll" run -q --image shape:1 --network none --entrypoint /bin/echo a b 2>/dev/null)"
mkdir "$scratch/volume"
echo inside >"$scratch/volume/file"
expect "--volume" inside "$("$plimsoll" run -q --image box:1 --network none --volume "$scratch/volume:/mnt" cat /mnt/file 2>/dev/null)"
expect "--network" "lo" "$("$plimsoll" run -q --image box:1 --network none sh -c 'cd /sys/class/net && echo *' 2>/dev/null)"
expect "the image's own command" 9437184 "$("$plimsoll" run -q --image shape:1 --network none 2>/dev/null | jq .peak_bytes)"
expect "arguments replace its own" 4194304 "$("$plimsoll" run -q --image shape:1 --network none plateau --size 4Mi 2>/dev/null | jq .peak_bytes)"

# The limit, as the container sees it, and as it was read back.
if [ "$version" = v1 ]; then limit_file=/sys/fs/cgroup/memory/memory.limit_in_bytes; else limit_file=/sys/fs/cgroup/memory.max; fi
expect "the limit is set" 33554432 "$("$plimsoll" run -q --image box:1 --network none --limit 32Mi cat $limit_file 2>/dev/null)"
# An engine that does not do as it is told: nothing is measured.
mkdir "$scratch/liar"
cat >"$scratch/liar/podman" <<END
#!/bin/sh
# Gives a quarter more than it is asked for; says so in inspect too.
for word; do
    shift
    case "\$word" in 33554432b | 3355[0-9]*b) word=41943040b ;; esac
    set -- "\$@" "\$word"
done
exec $(command -v docker) "\$@"
END
chmod +x "$scratch/liar/podman"
got=$(PATH=$scratch/liar:$PATH status_of "$plimsoll" run --image box:1 --engine podman --network none --limit 32Mi sleep 1)
expect "another limit than asked for: exit status" 125 "$got"
expect_match "another limit than asked for: said" '*podman*40Mi*32Mi*' "$(cat "$scratch/err")"
expect_nothing_left "another limit than asked for"

# ---- verdicts ----

expect "OOM: exit status" 137 "$(image --limit 24Mi --json "$scratch/oom.json" plimsoll-workload plateau --size 33Mi --hold 1s)"
expect "OOM: outcome" oom "$(jq -r '.trials[0].outcome' "$scratch/oom.json")"
expect_match "OOM: the kernel's counter is the evidence" '*oom_kill: 0 -> 1*OOMKilled: *the target*own*' "$(evidence "$scratch/oom.json" | tr '\n' ' ')"
expect "OOM: kind and image" '["container","box:1",null]' "$(jq -c '.target | [.kind, .image, .load]' "$scratch/oom.json")"
expect "kill -9 is no OOM" 137 "$(image --json "$scratch/kill.json" sh -c '(sleep 0.3; exit 137) & wait $!; exit 137')"
expect "kill -9 is no OOM: outcome" killed "$(jq -r '.trials[0].outcome' "$scratch/kill.json")"
expect "a child's OOM, hidden by its parent" oom "$(image --limit 24Mi --json "$scratch/child.json" sh -c 'plimsoll-workload plateau --size 33Mi; exit 0' >/dev/null; jq -r '.trials[0].outcome' "$scratch/child.json")"
expect "less than the engine takes" 125 "$(image --limit 4Mi --json "$scratch/least.json" true)"
expect "less than the engine takes: the limit's fault" failed "$(jq -r '.trials[0].outcome' "$scratch/least.json")"
expect_match "less than the engine takes: its words" '*engine: docker create: Minimum memory limit*' "$(evidence "$scratch/least.json")"
image --for 500ms --json "$scratch/for.json" sleep 60 >/dev/null
expect "--for" '["survived","done"]' "$(jq -c '.trials[0] | [.outcome, .stop]' "$scratch/for.json")"
# The image says how it wants to be stopped; the user's word counts more.
expect "the image's stop signal" usr1 "$("$plimsoll" run -q --image polite:1 --network none --for 500ms sh -c 'trap "echo usr1; exit 0" USR1; trap "echo term; exit 0" TERM; while :; do sleep 0.05; done' 2>/dev/null)"
expect "--stop-signal" term "$("$plimsoll" run -q --image polite:1 --network none --stop-signal TERM --for 500ms sh -c 'trap "echo usr1; exit 0" USR1; trap "echo term; exit 0" TERM; while :; do sleep 0.05; done' 2>/dev/null)"
expect "--timeout" timeout "$(image --timeout 500ms --json "$scratch/timeout.json" sleep 60 >/dev/null; jq -r '.trials[0].outcome' "$scratch/timeout.json")"
expect_nothing_left "verdicts"

# ---- why they died, and what explain makes of the results ----

"$plimsoll" doctor >"$scratch/doctor" 2>&1
grep -q '^ok   kernel log' "$scratch/doctor" && log_is_read=yes || log_is_read=
grep -q '^ok   SIGKILL' "$scratch/doctor" && sender_is_seen=yes || sender_is_seen=
told() { # RESULT, FILTER OF ITS DEATH
    "$plimsoll" explain --json - "$1" | jq -rc ".deaths[0] | $2"
}
expect "OOM: explained" "oom own 25165824 certain" "$(told "$scratch/oom.json" '"\(.verdict) \(.scope) \(.limit_bytes) \(.confidence)"')"
expect "a child's OOM: explained" "oom-child own 25165824 certain" "$(told "$scratch/child.json" '"\(.verdict) \(.scope) \(.limit_bytes) \(.confidence)"')"
if [ "$log_is_read" ]; then
    expect "OOM: its main process" '["plimsoll-worklo",true]' "$(jq -c '.trials[0].ending.oom | [.process, .is_main]' "$scratch/oom.json")"
    expect "a child's OOM: its child" '["plimsoll-worklo",false]' "$(jq -c '.trials[0].ending.oom | [.process, .is_main]' "$scratch/child.json")"
    expect "OOM: what it held" true "$(told "$scratch/oom.json" '.at_death.anon_bytes > 20000000')"
    expect_match "OOM: told at the end" '*its main process, plimsoll-worklo (*), died of it.*' "$(told "$scratch/oom.json" '.account | join(" ")')"
else
    skip "OOM: its main process" "the kernel's log cannot be read here"
fi
expect "137 without a kill: not claimed to be one for certain" "killed null null likely" "$(told "$scratch/kill.json" '"\(.verdict) \(.scope) \(.process) \(.confidence)"')"

# from_elsewhere NAME COMMAND...: to a container that sleeps, by its id
from_elsewhere() {
    name=$1
    shift
    "$plimsoll" run --image box:1 --network none --json "$scratch/elsewhere.json" sh -c 'trap "" TERM; echo up; while :; do sleep 1; done' >"$scratch/up" 2>"$scratch/err" </dev/null &
    harness=$!
    until_true 20 grep -q up "$scratch/up"
    sleep 2 # the watch for SIGKILLs begins in the background
    "$@" "$(docker ps -q --filter name=plimsoll-)" >/dev/null 2>&1
    status=0
    wait "$harness" || status=$?
    expect "$name: exit status" 137 "$status"
    expect "$name: explained" "killed null certain" "$(told "$scratch/elsewhere.json" '"\(.verdict) \(.scope) \(.confidence)"')"
    if [ "$sender_is_seen" ]; then
        expect_match "$name: told" 'No limit struck: the SIGKILL to sh was sent by *for a container engine*' "$(told "$scratch/elsewhere.json" '.account[0]')"
        expect "$name: the same as at its end" 0 "$(grep -qF "$(told "$scratch/elsewhere.json" '.account[0]')" "$scratch/err"; echo $?)"
        expect_match "$name: what tells more" '*docker events*' "$(told "$scratch/elsewhere.json" '.advice[0]')"
    else
        skip "$name: told" "who sends a SIGKILL cannot be seen here"
    fi
}
from_elsewhere "docker kill" docker kill
from_elsewhere "docker stop, past its grace" docker stop -t 1
expect_nothing_left "killed from elsewhere"

# Lives of milliseconds: OOM is always told, and nothing of what is printed is lost.
round=0
verdicts=
printed=
while [ $round -lt 12 ]; do
    image --limit 16Mi --json "$scratch/short.json" plimsoll-workload plateau --size 20Mi >/dev/null
    verdicts="$verdicts $(jq -r '.trials[0].outcome' "$scratch/short.json")"
    printed="$printed $("$plimsoll" run -q --image box:1 --network none seq 5000 2>/dev/null | wc -l | tr -d ' ')"
    round=$((round + 1))
done
expect "short lives: outcomes" " oom oom oom oom oom oom oom oom oom oom oom oom" "$verdicts"
expect "short lives: output" " 5000 5000 5000 5000 5000 5000 5000 5000 5000 5000 5000 5000" "$printed"

# ---- searches ----

expect "find: exit status" 0 "$(status_of "$plimsoll" find -q --image box:1 --network none --confirm 2 --out "$scratch/find" plimsoll-workload plateau --size 33Mi --hold 300ms)"
expect "find: the truth is in the bracket" true \
    "$(jq '.oom_point | .survives_bytes > 34603008 and .survives_bytes < 36700160 and .ooms_bytes > 32505856' "$scratch/find/result.json")"
expect "find: each run's output is kept" true "$(jq -s 'all(.peak_bytes == 34603008)' "$scratch"/find/target-*.log)"
expect "find: what it needed was seen" true "$(jq '[.trials[] | select(.outcome == "survived") | .needed_bytes] | min > 34000000' "$scratch/find/result.json")"
expect "size: exit status" 0 "$(status_of "$plimsoll" size -q --image shape:1 --network none --name web --confirm 1 --prove 1 --out "$scratch/size" plateau --size 21Mi --hold 400ms)"
expect "size: proven" '[1,0]' "$(jq -c '.recommendation.verified | [.runs, .ooms]' "$scratch/size/result.json")"
expect_match "size: a document" 'resources:*memory:*' "$(tr '\n' ' ' <"$scratch/out")"
expect "step, two at once" '["oom","survived"]' "$("$plimsoll" step -q --image box:1 --network none --limits 16Mi,48Mi --out "$scratch/step" plimsoll-workload plateau --size 33Mi --hold 200ms >/dev/null 2>&1; jq -c '[.trials | sort_by(.limit_bytes)[] | .outcome]' "$scratch/step/result.json")"
expect "find --jobs 2" 0 "$(status_of "$plimsoll" find -q --jobs 2 --image box:1 --network none --confirm 1 --out "$scratch/jobs" plimsoll-workload plateau --size 33Mi --hold 300ms)"
expect_nothing_left "searches"

# A server in a container, and a load beside it.
port=$((20000 + $$ % 20000))
serve='while :; do echo hello | nc -l -p '$port'; done'
expect "a server under load" 0 "$(status_of "$plimsoll" run --image box:1 --network host --ready "log:up" --load "for i in 1 2 3; do busybox nc 127.0.0.1 $port </dev/null || sleep 0.2; done; true" \
    --json "$scratch/serve.json" --limit 32Mi sh -c "echo up >&2; $serve")"
expect "a server under load: survived" '["survived","done"]' "$(jq -c '.trials[0] | [.outcome, .stop]' "$scratch/serve.json")"
expect_nothing_left "a server under load"

# ---- what is not there ----

cd "$scratch/elsewhere" || exit 1
expect "no such image" 2 "$(status_of "$plimsoll" find --image no/such:9 true)"
expect "no such image: said" "plimsoll: image no/such:9: no such image here; docker pull no/such:9" "$(cat "$scratch/err")"
expect "no such image: nothing made" "" "$(ls -A)"
expect "no such engine here" 5 "$(status_of "$plimsoll" find --engine nerdctl --image box:1 true)"
expect_match "no such engine here: said" 'plimsoll: nerdctl is not installed*' "$(cat "$scratch/err")"
expect "an engine that does not answer" 5 "$(DOCKER_HOST=unix:///nowhere status_of "$plimsoll" find --image box:1 true)"
expect_match "an engine that does not answer: said" 'plimsoll: docker does not answer: *systemctl start docker*' "$(tr '\n' ' ' <"$scratch/err")"
expect "an engine that does not answer: nothing made" "" "$(ls -A)"
cd "$scratch" || exit 1

# ---- ends from outside ----

# At moments that fall into the making, the start and the life of the container.
for moment in 0.05 0.15 0.25 0.35 0.5 1.2; do
    for name in INT KILL; do
        "$plimsoll" run -q --image box:1 --network none -- plimsoll-workload plateau --size 21Mi --hold 60s >/dev/null 2>&1 &
        harness=$!
        sleep $moment
        kill "-$name" "$harness"
        status=0
        wait "$harness" || status=$?
        [ $name = KILL ] || expect "SIGINT after $moment s: exit status" 130 "$status"
        expect_nothing_left "SIG$name after $moment s"
    done
done
"$plimsoll" find -q --image box:1 --network none --out "$scratch/interrupted" -- plimsoll-workload plateau --size 21Mi --hold 400ms >/dev/null 2>&1 &
harness=$!
until_true 60 has_trials "$scratch/interrupted" 2 || fail "SIGTERM in a search" "no two trials"
kill -TERM "$harness"
status=0
wait "$harness" || status=$?
expect "SIGTERM in a search: exit status" 143 "$status"
expect "SIGTERM in a search: the trials are kept" true "$(jq '.trials | length >= 2' "$scratch/interrupted/result.json")"
expect_nothing_left "SIGTERM in a search"

# clean finds what a killed harness and a killed keeper left, and nothing of a harness that lives.
run_for_clean() {
    "$plimsoll" run -q --image box:1 --network none -- plimsoll-workload plateau --size 21Mi --hold 60s >/dev/null 2>&1 &
    harness=$!
    until_true 30 target_alive || fail "clean: start" "the target never came"
}
run_for_clean
expect "clean leaves what lives alone" "nothing left behind" "$("$plimsoll" clean)"
for keeper in $(pids_of plimsoll-keeper); do
    grep -q "^PPid:[^0-9]*$harness\$" "/proc/$keeper/status" && kill -KILL "$keeper"
done
kill -KILL "$harness"
wait "$harness" 2>/dev/null
expect_match "clean --dry-run names the container" 'would remove container plimsoll-*' "$("$plimsoll" clean --dry-run)"
expect_match "clean removes the container" 'removed container plimsoll-*' "$("$plimsoll" clean)"
expect "clean: nothing is left" "nothing left behind" "$("$plimsoll" clean)"
expect_nothing_left "clean"

# Removed by someone else.
run_for_clean
docker rm -f $(containers) >/dev/null
status=0
wait "$harness" || status=$?
# As the engine has it at that moment: killed, or not there any more.
case $status in
5 | 137) pass "removed by someone else: exit status" ;;
*) fail "removed by someone else: exit status" "$status" ;;
esac
expect_nothing_left "removed by someone else"

# ---- an engine that stops half-way ----

# stop_engine SIGNAL COMMAND ARGUMENTS...: while the target runs
stop_engine() {
    signal=$1
    shift
    rm -rf "$scratch/half"
    "$plimsoll" "$@" --image box:1 --network none --out "$scratch/half" -- plimsoll-workload plateau --size 21Mi --hold 60s >/dev/null 2>"$scratch/err" </dev/null &
    harness=$!
    until_true 30 target_alive || fail "SIG$signal of the engine: start" "the target never came"
    end_engine "$signal"
    stop_events
    status=0
    wait "$harness" || status=$?
    expect "SIG$signal of the engine, $1: exit status" 5 "$status"
    expect_match "SIG$signal of the engine, $1: said" '*what became of it is not known: docker does not answer*' "$(cat "$scratch/err")"
    expect_match "SIG$signal of the engine, $1: what removes the container is said" '*docker rm -f -v plimsoll-*' "$(cat "$scratch/err")"
    expect "SIG$signal of the engine, $1: outcome" '["harness-error","engine"]' "$(jq -c '.trials[-1] | [.outcome, .stop]' "$scratch/half/result.json")"
    if until_true 10 target_gone; then pass "SIG$signal of the engine, $1: no process left"; else fail "SIG$signal of the engine, $1: no process left" "$(pids_of plateau)"; fi
    begin_engine
    "$plimsoll" clean >/dev/null
    expect_nothing_left "SIG$signal of the engine, $1, once it is back and cleaned"
}
stop_engine TERM run -q
stop_engine KILL run -q
stop_engine KILL find

# One that hangs: the second Ctrl-C at the latest ends it.
"$plimsoll" run -q --image box:1 --network none -- plimsoll-workload plateau --size 21Mi --hold 60s >/dev/null 2>"$scratch/err" &
harness=$!
until_true 30 target_alive || fail "an engine that hangs: start" "the target never came"
kill -STOP "$engine"
kill -INT "$harness"
sleep 3
kill -INT "$harness"
sleep 3
kill -INT "$harness"
if until_true 30 gone "$harness"; then pass "an engine that hangs: ended by Ctrl-C"; else fail "an engine that hangs: ended by Ctrl-C" "still there"; fi
status=0
wait "$harness" || status=$?
expect "an engine that hangs: exit status" 130 "$status"
expect_match "an engine that hangs: what removes the container is said" '*docker rm -f -v plimsoll-*' "$(cat "$scratch/err")"
if target_gone; then pass "an engine that hangs: no process left"; else fail "an engine that hangs: no process left" "$(pids_of plateau)"; fi
kill -CONT "$engine"
until_true 10 no_containers || "$plimsoll" clean >/dev/null
expect_nothing_left "an engine that hangs, once it goes on and was cleaned"

# ---- groups where nobody expects them ----

end_engine TERM
stop_events
engine_options=--cgroup-parent=/plimsoll-test-$$
begin_engine
expect "a group elsewhere: OOM" 137 "$(image --limit 24Mi --json "$scratch/elsewhere.json" sh -c 'sleep 0.7; plimsoll-workload plateau --size 33Mi')"
expect "a group elsewhere: outcome" oom "$(jq -r '.trials[0].outcome' "$scratch/elsewhere.json")"
expect "a group elsewhere: counted" 1 "$(jq -r '.trials[0].oom_kills' "$scratch/elsewhere.json")"
expect_nothing_left "a group elsewhere"
clean_up
# In every hierarchy, as the engine made it.
find /sys/fs/cgroup -maxdepth 2 -type d -name "plimsoll-test-$$" -exec rmdir {} + 2>/dev/null

finish
