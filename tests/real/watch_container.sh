# Watching a container, in a real Docker engine that is started here.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../engine.sh"

if ! can_have_engine; then
    skip "watch --container" "dockerd is not installed, or this is not root"
    finish
    exit
fi

trap 'clean_up_engine; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
start_engine
root_of_box sh sleep
import_root box:1

start() { docker run -d --network none --name "$@" >/dev/null || fail "$1" "cannot be started"; }
# watch NAME CONTAINER OPTIONS...: in the background; its pid is in $watch
watch() {
    watched=$1
    container=$2
    shift 2
    "$plimsoll" watch --container "$container" --out "$scratch/$watched" "$@" >"$scratch/$watched.out" 2>"$scratch/$watched.err" </dev/null &
    watch=$!
    until_true 20 test -e "$scratch/$watched/target-001.log" || fail "$watched" "its watch never began"
}
ended() { # NAME PID STATUS
    name=$1
    wait "$2"
    expect "$name: exit status" "$3" $?
    found=$scratch/$name/result.json
}
holds() { # WHAT FILTER
    expect "$name: $1: $(jq -c '[.observation, (.recommendation | del(.reasons)?)]' "$found")" true "$(jq "$2" "$found")"
}

start steady --memory 128m box:1 plimsoll-workload plateau --size 33Mi --hold 120s
id=$(docker inspect -f '{{.Id}}' steady)
watch steady steady --for 11s
steady_watch=$watch
watch by_id "$(echo "$id" | cut -c1-12)" --engine docker --for 11s -q
by_id_watch=$watch

expect "all: exit status" 0 "$(status_of "$plimsoll" watch --once --json - --filter "$id")"
expect "all: named as its engine has it" '["steady","container",134217728]' "$(jq -c '.groups[0] | [.name, .kind, .limit_bytes]' "$scratch/out")"
expect "all: and its id" "$id" "$(jq -r '.groups[0].container_id' "$scratch/out")"

# Killed at its own limit a second after the watch has begun; its engine removes the group at once.
start killed --memory 24m box:1 sh -c 'sleep 2; exec plimsoll-workload plateau --size 33Mi --hold 10s'
watch killed killed
killed_watch=$watch

# Started anew by its engine, in a new group.
start again --memory 64m --restart always box:1 sh -c 'plimsoll-workload plateau --size 20Mi --hold 3s; exit 1'
watch again again
again_watch=$watch

ended killed "$killed_watch" 4
holds "OOM, though its group is gone: $(jq -c '.trials[0].evidence' "$found")" \
    '.trials[0] | .outcome == "oom" and .oom_kills == 1 and .limit_bytes == 25165824'
expect_match "killed: said at once" "*1 OOM kill, *oom_kill 0 -> 1*" "$(cat "$scratch/killed.err")"
expect "killed: as the engine has it" true "$(docker inspect -f '{{.State.OOMKilled}}' killed)"

ended again "$again_watch" 4
holds "the new one is not what was watched" '.observation | (.end == "gone" or .end == "empty") and .again != null'
expect_match "again: said" "*started anew*" "$(tr -s ' \n' ' ' <"$scratch/again.err")"

ended steady "$steady_watch" 0
holds "what it is" '.target.kind == "container" and .observation.container == "steady" and .trials[0].limit_bytes == 134217728'
holds "its group" ".observation.group | endswith(\"$id\")"
holds "advice" '.recommendation | .request_bytes >= 33 * 1048576 and .request_bytes <= 35 * 1048576 and .verified.runs == 0'
expect "steady: nothing on stdout" "" "$(cat "$scratch/steady.out")"
ended by_id "$by_id_watch" 0
holds "the same group" ".observation.group | endswith(\"$id\")"
expect "it still runs" true "$(docker inspect -f '{{.State.Running}}' steady)"

refused() { # STATUS PATTERN OPTIONS...
    wanted=$1 pattern=$2
    shift 2
    expect "watch $*: exit status" "$wanted" "$(cd "$scratch/root" && status_of "$plimsoll" watch "$@")"
    expect_match "watch $*: message" "plimsoll: $pattern" "$(cat "$scratch/err")"
    expect "watch $*: nothing made" bin "$(ls "$scratch/root")"
}
refused 2 "container nosuch: docker knows of none" --container nosuch
docker stop -t 0 steady >/dev/null
refused 2 "container steady does not run: docker says it is exited" --container steady
refused 5 "nerdctl is not installed*" --container steady --engine nerdctl
engine_host=$DOCKER_HOST
DOCKER_HOST=unix:///nowhere
refused 5 "docker does not answer*" --container steady --engine docker
DOCKER_HOST=$engine_host

# An engine on another machine: its pids mean nothing here.
mkdir "$scratch/far"
cat >"$scratch/far/podman" <<END
#!/bin/sh
case "\$1 \$2" in
"container inspect") echo '[{"Id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","State":{"Status":"running","Running":true,"Pid":$$}}]' ;;
*) exec $(command -v docker) "\$@" ;;
esac
END
chmod +x "$scratch/far/podman"
PATH=$scratch/far:$PATH
refused 5 "container far: its main process, $$, is none of this machine's*" --container far --engine podman

clean_up_engine
trap - EXIT
finish
