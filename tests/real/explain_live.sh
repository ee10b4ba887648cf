# explain --live: real deaths in a real Docker engine that is started here, told by the engine and the kernel's log of
# this machine. There is no cluster: a stub in the place of kubectl answers with what was recorded of one.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../engine.sh"

answer=$scratch/answer.json
if ! can_have_engine; then
    skip "explain --live" "dockerd is not installed, or this is not root"
    finish
    exit
fi
trap 'clean_up_engine; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# ---- pods, by a stub that answers as kubectl did ----

mkdir -p "$scratch/stub"
cp -r "$top/tests/fixtures/kubernetes" "$scratch/pods"
jq '.status.containerStatuses[0] |= (.lastState = .state | .state = {waiting: {reason: "CrashLoopBackOff"}} | .restartCount = 1)' \
    "$scratch/pods/pod-oomkilled.json" >"$scratch/pods/pod-waits.json"
cat >"$scratch/stub/kubectl" <<END
#!/bin/sh
printf '%s\n' "\$*" >>"$scratch/asked"
case "\$1 \$2" in
"get pod")
    case \$3 in
    refused) echo 'The connection to the server localhost:8080 was refused - did you specify the right host or port?' >&2 && exit 1 ;;
    slow) sleep 300 & echo \$! >"$scratch/slow"; wait ;;
    huge) exec head -c 40000000 /dev/zero ;;
    esac
    [ -e "$scratch/pods/pod-\$3.json" ] || { printf 'Error from server (NotFound): pods "%s" not found\n' "\$3" >&2; exit 1; }
    cat "$scratch/pods/pod-\$3.json" ;;
"get events")
    [ ! -e "$scratch/no-events" ] || { echo 'Error from server (Forbidden): events is forbidden: User "dev" cannot list resource "events"' >&2; exit 1; }
    jq --arg name "\${3##*=}" '.items |= map(select(.involvedObject.name == \$name))' "$scratch/pods/events.json" ;;
logs*)
    [ -e "$scratch/output" ] || { printf 'Error from server (BadRequest): previous terminated container "c" in pod "%s" not found\n' "\$2" >&2; exit 1; }
    cat "$scratch/output" ;;
esac
END
chmod +x "$scratch/stub/kubectl"
pod() { # STATUS "VERDICT:SCOPE:CONFIDENCE ..." OPTIONS...
    wanted_status=$1 wanted=$2
    shift 2
    expect "$*: exit status" "$wanted_status" "$(PATH=$scratch/stub:$PATH status_of "$plimsoll" explain --live --json "$answer" "$@")"
    expect "$*" "$wanted" "$(answers)"
}
answers() { jq -r '[.deaths[] | [.verdict, .scope // "-", .confidence] | join(":")] | join(" ")' "$answer"; }

pod 0 oom:own:likely --pod oomkilled
expect_match "a pod: the node's log" "*kernel log of node node1 (journalctl -k*" "$(cat "$scratch/out")"
expect_match "a pod: what could not be asked" '*kubectl logs oomkilled -c c: *previous terminated container*not found*' "$(cat "$scratch/out")"
expect "a pod: nothing of other pods" 1 "$(jq '.deaths | length' "$answer")"
expect "a pod: its evidence is kubectl's" "kubectl get pod oomkilled" "$(jq -r '.deaths[0].evidence[0].source | split(",")[0]' "$answer")"
pod 0 oom:own:certain --pod oom-crashloop
pod 0 oom:own:likely --pod waits
expect_match "a pod that waits to run again: the words of its last run" "*logs waits --container=c --tail=200 --previous*" "$(cat "$scratch/asked")"
pod 0 probe:-:certain --pod liveness-killed
pod 0 oom-child:own:likely --pod child-oom-main-survives
pod 0 "survived:-:likely oom:own:likely" --pod two-containers-one-oom
pod 0 stopped:-:certain --pod deadline-exceeded
# Its output counts as that, whatever it looks like.
echo '<3>[ 7.1] Memory cgroup out of memory: Killed process 9 (exit) total-vm:1kB, anon-rss:1kB, file-rss:0kB' >"$scratch/output"
cat "$scratch/pods/pod-oomkilled.json" >>"$scratch/output"
pod 0 failed:-:likely --pod exit-3
echo 'MemoryError' >"$scratch/output"
pod 0 runtime-oom:-:likely --pod exit-3
rm "$scratch/output"
: >"$scratch/no-events"
pod 0 probe:-:likely --pod liveness-killed
expect_match "no right to see events" "*kubectl get events of pod liveness-killed: *forbidden*" "$(cat "$scratch/out")"
rm "$scratch/no-events"
: >"$scratch/asked"
pod 0 oom:own:likely --pod shop/oomkilled --context 'a b;$(touch /x)'
expect "what kubectl is given" 3 "$(grep -c -- '--namespace=shop --context=a b;$(touch /x)$' "$scratch/asked")"
pod 0 oom:own:likely -n shop --pod oomkilled

refused() { # STATUS PATTERN OPTIONS...
    wanted=$1 pattern=$2
    shift 2
    expect "explain --live $*: exit status" "$wanted" "$(PATH=$scratch/stub:$PATH status_of "$plimsoll" explain --live "$@")"
    expect_match "explain --live $*: message" "plimsoll: $pattern" "$(cat "$scratch/err")"
    expect "explain --live $*: nothing on stdout" "" "$(cat "$scratch/out")"
}
refused 2 'pod nosuch: pods "nosuch" not found' --pod nosuch
refused 5 'kubectl cannot tell of pod refused: The connection to the server localhost:8080 was refused*' --pod refused
pod 4 "" --pod huge
expect_match "an answer that never ends" "*kubectl get pod huge: none of the formats*" "$(cat "$scratch/out")"
PATH=/nowhere "$plimsoll" explain --live --pod web >"$scratch/out" 2>"$scratch/err"
expect "no kubectl: exit status" 5 $?
expect_match "no kubectl: message" "plimsoll: kubectl is not installed*kubernetes-client*" "$(cat "$scratch/err")"

# Ctrl-C ends it at once, and what it asked too.
PATH=$scratch/stub:$PATH "$plimsoll" explain --live --pod slow >/dev/null 2>"$scratch/slow.err" </dev/null &
asking=$!
until_true 20 test -s "$scratch/slow" || fail "Ctrl-C: start" "kubectl was never asked"
kill -INT "$asking"
if until_true 10 gone "$asking"; then pass "Ctrl-C ends it"; else fail "Ctrl-C ends it" "still there"; fi
status=0
wait "$asking" || status=$?
expect "Ctrl-C: exit status" 130 "$status"
expect "Ctrl-C: said" "plimsoll: kubectl get: interrupted" "$(cat "$scratch/slow.err")"
if until_true 10 gone "$(cat "$scratch/slow")"; then pass "Ctrl-C: no child left"; else fail "Ctrl-C: no child left" "$(cat "$scratch/slow")"; fi

# ---- the kernel's log where /dev/kmsg is not there ----

# The engine does not answer either.
without_kmsg() {
    DOCKER_HOST=unix:///nowhere PATH=$scratch/stub:$PATH status_of unshare -m sh -c \
        'mount -t tmpfs none /dev && mknod /dev/null c 1 3 && exec "$@"' sh "$plimsoll" explain --live --json "$answer"
}
cat >"$scratch/stub/journalctl" <<END
#!/bin/sh
sed 's/^<[0-9]*>\[[^]]*\] /2026-11-22T11:04:48+0000 node1 kernel: /' "$top/tests/fixtures/kernel-log/v2-zoo.dmesg-r"
END
chmod +x "$scratch/stub/journalctl"
if has unshare && unshare -m true 2>/dev/null; then
    expect "journalctl: exit status" 0 "$(without_kmsg)"
    expect "journalctl" "oom:own:certain oom:own:certain outside-oom:parent:certain outside-oom:host:certain" "$(answers)"
    expect_match "journalctl: said" "*kernel log of this machine (journalctl -k -o short-iso)*" "$(cat "$scratch/out")"
    printf '#!/bin/sh\nexit 1\n' >"$scratch/stub/journalctl"
    printf '#!/bin/sh\necho "dmesg: read kernel buffer failed: Operation not permitted" >&2\nexit 1\n' >"$scratch/stub/dmesg"
    chmod +x "$scratch/stub/dmesg"
    expect "no kernel log, no engine: exit status" 5 "$(without_kmsg)"
    expect_match "no kernel log, no engine: message" \
        "plimsoll: --live: nothing here can be asked: *kmsg: No such file*dmesg: read kernel buffer failed*" "$(cat "$scratch/err")"
    rm "$scratch/stub/dmesg"
else
    skip "a machine without /dev/kmsg" "no mount namespace can be made here"
fi
rm "$scratch/stub/journalctl"

# ---- containers ----

start_engine
root_of_box sh sleep cat
import_root box:1
start() { docker run -d --network none --name "$@" >/dev/null || fail "$1" "cannot be started"; }
status_is() { [ "$(docker inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }
eater="plimsoll-workload plateau --size 33Mi --hold 1s"

# dies NAME KILLS OPTIONS...: until the kernel's log tells of so many OOM kills in it. The kernel writes whole reports of
# no more than ten kills of all on the machine in five seconds: then again.
kills_told() { [ "$(dmesg | grep -c "oom-kill:.*task_memcg=[^,]*/$id")" -ge "$1" ]; }
dies() {
    name=$1 kills=$2
    shift 2
    for round in 1 2 3 4 5; do
        if [ "$round" != 1 ]; then
            docker rm -f "$name" >/dev/null
            sleep 6
        fi
        rm -f "$scratch/shared/run"
        start "$name" "$@"
        id=$(docker inspect -f '{{.Id}}' "$name")
        if until_true 10 kills_told "$kills"; then return; fi
    done
    fail "$name" "the kernel's log does not tell of its kills"
}
start killed box:1 sleep 300
start slain box:1 sleep 300
start stopped box:1 sh -c 'trap "" TERM; while :; do sleep 1; done'
start failed box:1 sh -c 'echo no such table >&2; exit 1'
start polite box:1 sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
start well box:1 sh -c 'exit 0'
start trial --label plimsoll=1 box:1 sh -c 'exit 137'
# What limits it is not its group: python, with the libraries of this machine.
start rlimit --memory 512m -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro box:1 \
    sh -c 'ulimit -v 300000; exec /usr/bin/python3 -c "x = [b\"a\" * 1000000 for i in range(1000)]"'
dies oom 1 --memory 24m box:1 $eater
dies child 1 --memory 24m box:1 sh -c "$eater; sleep 300"
dies child-ended 1 --memory 24m box:1 sh -c "$eater; exit 3"
dies again 3 --memory 24m --restart on-failure:2 box:1 $eater
# Each run in a way of its own; the last goes on.
mkdir "$scratch/shared"
dies mixed 1 --memory 24m --restart on-failure:9 -v "$scratch/shared:/shared" box:1 sh -c "
    read -r run </shared/run || run=0
    echo \$((run + 1)) >/shared/run
    case \$run in 0) exit 1 ;; 1) exec $eater ;; 2) echo MemoryError >&2; exit 1 ;; 3) exit 4 ;; *) exec sleep 300 ;; esac"
docker kill killed >/dev/null
kill -KILL "$(docker inspect -f '{{.State.Pid}}' slain)"
docker stop -t 1 stopped >/dev/null
docker stop -t 10 polite >/dev/null
for name in oom child-ended failed rlimit again; do until_true 30 status_is "$name" exited || fail "$name" "it does not end"; done
runs() { [ "$(cat "$scratch/shared/run" 2>/dev/null)" = "$1" ]; }
until_true 30 runs 5 || fail "mixed" "it does not get to its last run"
until_true 30 status_is mixed running || fail "mixed" "it does not run"

# told NAME "VERDICT:SCOPE:CONFIDENCE ..."
told() {
    expect "$1: exit status" 0 "$(status_of "$plimsoll" explain --live --docker "$1" --json "$answer")"
    expect "$1: $(jq -r '[.deaths[].happened] | join(" / ")' "$answer")" "$2" "$(answers)"
}
told oom oom:own:certain
expect "oom: the limit" 25165824 "$(jq '.deaths[0].limit_bytes' "$answer")"
expect_match "oom: its evidence" "*docker inspect oom, *kernel log of this machine (/dev/kmsg)*" "$(jq -r '[.deaths[0].evidence[].source] | join(" ")' "$answer")"
expect_match "what was read is told" "*Read: docker inspect oom: 1 container*Read: the kernel log of this machine*" "$(cat "$scratch/out")"
told child oom-child:own:certain
expect_match "child: it runs on" "*runs on" "$(jq -r '.deaths[0].happened' "$answer")"
told child-ended oom-child:own:certain
told killed killed:-:certain
told stopped stopped:-:certain
# By nobody that the engine knows; the kernel's log speaks against an OOM, unless there was another kill at that time.
expect "slain: exit status" 0 "$(status_of "$plimsoll" explain --live --docker slain --json "$answer")"
expect_match "slain" "killed:-:[lp]*" "$(answers)"
told polite survived:-:certain
told failed failed:-:likely
expect_match "failed: its last words were read" "*no word of memory in its last lines*docker logs failed*" "$(cat "$scratch/out")"
told well survived:-:certain
told rlimit runtime-oom:-:likely
told again oom:own:certain
expect "again: each death" 3 "$(jq '.deaths[0].times' "$answer")"
told mixed "survived:-:certain failed:-:likely runtime-oom:-:likely oom:own:certain failed:-:likely"
id=$(docker inspect -f '{{.Id}}' oom)
told "$(echo "$id" | cut -c1-12)" oom:own:certain

# All of them, the newest first, beside whatever else died here.
expect "all: exit status" 0 "$(status_of "$plimsoll" explain --live --json "$answer")"
expect "all: the ends of containers, the last first" "polite stopped killed" \
    "$(jq -r '[.deaths[].subject | select(. == ("container polite", "container stopped", "container killed")) | sub("container "; "")] | join(" ")' "$answer")"
expect "all: nothing that merely runs" "" "$(jq -r '.deaths[] | select(.happened == "runs, and has not died").subject' "$answer")"
expect "all: no container of our own trials" "" "$(jq -r '.deaths[] | select(.subject | contains("trial")).subject' "$answer")"
expect "all: they are counted" 1 "$(jq '[.notes[] | select(. == "and 1 container of plimsoll'"'"'s own trials")] | length' "$answer")"
expect "all: no kill is told twice" "" "$(jq -r '.deaths[] | select(.cgroup and (.subject | startswith("container") | not) and (.cgroup | contains("'"$id"'"))).subject' "$answer")"
expect "all: one engine" 0 "$(status_of "$plimsoll" explain --live --engine docker --json "$answer")"

# Joined with a file.
docker inspect failed >"$scratch/failed.json"
expect "with a file: exit status" 0 "$(status_of "$plimsoll" explain "$scratch/failed.json" --live --docker killed --json "$answer")"
expect "with a file" "failed:-:likely killed:-:certain" "$(answers)"

refused 2 "container nosuch: docker knows of none" --docker nosuch
refused 5 "nerdctl is not installed*" --docker oom --engine nerdctl
refused 5 "nerdctl is not installed*" --engine nerdctl
engine_host=$DOCKER_HOST
DOCKER_HOST=unix:///nowhere
refused 5 "docker does not answer*" --docker oom --engine docker
expect "an engine that does not answer: the rest is told" true \
    "$("$plimsoll" explain --live --json - 2>/dev/null | jq 'any(.notes[]; contains("docker does not answer"))')"
DOCKER_HOST=$engine_host

# An engine on another machine: the kernel's log of this one is no witness.
mkdir "$scratch/far"
cat >"$scratch/far/podman" <<END
#!/bin/sh
case "\$1" in
info) echo '{"Name":"elsewhere","KernelVersion":"6.1"}' ;;
*) exec $(command -v docker) "\$@" ;;
esac
END
chmod +x "$scratch/far/podman"
expect "an engine elsewhere: exit status" 0 "$(PATH=$scratch/far:$PATH status_of "$plimsoll" explain --live --docker oom --engine podman --json "$answer")"
expect "an engine elsewhere" oom:own:likely "$(answers)"
expect_match "an engine elsewhere: said" "*podman runs on another machine*" "$(jq -r '.notes | join(" ")' "$answer")"

clean_up_engine
trap - EXIT
finish
