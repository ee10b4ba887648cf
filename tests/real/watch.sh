# Watching what somebody else runs: what is seen, what is advised from it, and that nothing of it is changed.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

groups=
if [ "$version" = v1 ]; then
    limit_file=memory.limit_in_bytes peak_file=memory.max_usage_in_bytes hits_file=memory.failcnt
else
    limit_file=memory.max peak_file=memory.peak hits_file=memory.events
fi

# make_group NAME [LIMIT]: into $group
make_group() {
    group=$own_group/test-watch-$$-$1
    mkdir "$group" || fail "$1" "cannot make the group $group"
    groups="$groups $group"
    [ -z "${2:-}" ] || echo "$2" >"$group/$limit_file"
}

# What runs in it does so in the background.
cat >"$scratch/join" <<'END'
echo 0 >"$1/cgroup.procs" || exit 99
shift
exec "$@"
END
# into GROUP TARGET...: its pid is in $target
into() {
    sh "$scratch/join" "$@" >/dev/null 2>&1 </dev/null &
    target=$!
}

holds_processes() { [ -n "$(cat "$1/cgroup.procs" 2>/dev/null)" ]; }
used() { # GROUP MIB: at least so much
    if [ "$version" = v1 ]; then usage=$(cat "$1/memory.usage_in_bytes"); else usage=$(cat "$1/memory.current"); fi
    [ "$usage" -ge $(($2 * 1048576)) ]
}

# watch NAME OPTIONS...: in the background; its pid is in $watch, its result in $scratch/NAME
watch() {
    watched=$1
    shift
    "$plimsoll" watch --out "$scratch/$watched" "$@" >"$scratch/$watched.out" 2>"$scratch/$watched.err" </dev/null &
    watch=$!
}
has_begun() { [ -s "$scratch/$1/samples-001.csv" ] || [ -e "$scratch/$1/target-001.log" ]; }

# ended NAME PID STATUS: waits for it
ended() {
    name=$1
    wait "$2"
    expect "$name: exit status" "$3" $?
    found=$scratch/$name/result.json
}
holds() { # WHAT FILTER
    expect "$name: $1: $(jq -c '[.observation, (.recommendation | del(.reasons)?)]' "$found")" true "$(jq "$2" "$found")"
}
says() { # reasons|warnings PART
    expect "$name: $1 say: $2" true "$(jq --arg part "$2" ".recommendation.$1 | map(contains(\$part)) | any" "$found")"
}
keeps_quiet() { # reasons|warnings PART
    expect "$name: no $1 say: $2" false "$(jq --arg part "$2" ".recommendation.$1 | map(contains(\$part)) | any" "$found")"
}

# ---- all at once, since each takes its ten seconds ----

# Steady, after a higher start that the kernel remembers.
make_group steady
steady=$group
into "$steady" sh -c "$workload plateau --size 60Mi --hold 1s; exec $workload plateau --size 40Mi --hold 120s"
until_true 10 used "$steady" 59 || fail "steady" "its start never came"
if until_true 10 sh -c "[ \"\$(cat $steady/cgroup.procs | wc -l)\" = 1 ]"; then sleep 0.5; else fail "steady" "it never settled"; fi
steady_peak=$(cat "$steady/$peak_file")
steady_hits=$(cat "$steady/$hits_file")
watch steady --cgroup "$steady" --for 11s
steady_watch=$watch
until_true 10 has_begun steady
# How each file of the group is open: the last digit of the flags is 0 where it is to be read alone.
modes=$(for fd in /proc/"$steady_watch"/fd/*; do
    case $(readlink "$fd") in
    "$steady"*) sed -n 's/^flags:.*\(.\)$/\1/p' "${fd%/fd/*}/fdinfo/${fd##*/}" ;;
    esac
done | sort | uniq -c | tr -s ' \n' ' ')
expect_match "steady: all of the group is open for reading alone" " $([ "$version" = v1 ] && echo "[4-6]" || echo 7) 0 " "$modes"

watch relative --cgroup "${steady#"$mount_point"}" --for 11s -q --name mine --headroom 1.0 --interval 50ms
relative_watch=$watch

# Watched from before its first process on: two peaks too short to be read, of which the first raises the kernel's record.
make_group spike
spike=$group
watch spike --cgroup "$spike" --for 14s
spike_watch=$watch
until_true 10 has_begun spike || fail "spike" "its watch never began"
into "$spike" "$workload" spike --base 30Mi --size 60Mi --width 20ms --count 20 --every 6s

make_group leak 134217728
leak=$group
into "$leak" "$workload" leak --size 2Gi --rate 2Mi
watch leak --cgroup "$leak" --for 11s --qos guaranteed --cpu 500m
leak_watch=$watch

# A worker that wants more than there is, and is started again each time.
make_group oom 50331648
oom=$group
into "$oom" sh -c "while :; do sleep 1; $workload plateau --size 80Mi --hold 1s; done"
oom_worker=$target
until_true 10 holds_processes "$oom"
watch oom --cgroup "$oom" --for 11s -v
oom_watch=$watch
expect_match "oom: said at once" "*OOM kill*oom_kill 0 -> 1*" "$(until_true 10 grep -s "OOM kill" "$scratch/oom.err")"
if gone "$oom_watch"; then fail "oom: said at once" "the watch was over"; fi

# Shared with another; the one that is named ends first.
make_group shared
shared=$group
into "$shared" sleep 120
into "$shared" "$workload" plateau --size 20Mi --hold 3s
until_true 10 used "$shared" 19
watch shared --pid "$target"
shared_watch=$watch
shared_pid=$target

# A shell and its child are one thing.
make_group family
family=$group
into "$family" sh -c "$workload plateau --size 20Mi --hold 120s & wait"
until_true 10 used "$family" 19
watch family --pid "$target"
family_watch=$watch

# Interrupted: with and without --for, late and at once.
watch hurried --cgroup "$family"
hurried_watch=$watch
watch cut --cgroup "$family" --for 60s
cut_watch=$watch
until_true 10 has_begun hurried && until_true 10 has_begun cut
sleep 1
kill -INT "$hurried_watch" "$cut_watch"
ended hurried "$hurried_watch" 4
expect_match "hurried: said" "*plimsoll: too little was seen to advise from: * reading*" "$(cat "$scratch/hurried.err")"
expect_match "hurried: what was seen is told all the same" "*Needed * at most*" "$(cat "$scratch/hurried.err")"
holds "no advice" '.recommendation == null and .trials[0].needed_bytes > 19000000 and .observation.end == "interrupt"'
ended cut "$cut_watch" 130
holds "what was measured is kept" '.trials[0].sample_count > 0 and .observation.end == "interrupt"'

# ---- gone ----

make_group gone
watch gone --cgroup "$group"
gone_watch=$watch
until_true 10 has_begun gone && sleep 0.3
rmdir "$group"
ended gone "$gone_watch" 4
holds "its end" '.observation.end == "gone" and .observation.again == null and .trials[0].sample_count == 0'

make_group anew
watch anew --cgroup "$group"
anew_watch=$watch
until_true 10 has_begun anew && sleep 0.3
rmdir "$group" && mkdir "$group"
ended anew "$anew_watch" 4
holds "its end" '.observation | (.end == "gone" and .again == .group)'
expect_match "anew: said" "*a new group has its place*" "$(cat "$scratch/anew.err")"

# Killed and removed as an engine does it, and not while the worker above is OOM-killed: whose kill it was could not be
# told then.
kill -STOP "$oom_worker"
sleep 1
make_group removed
removed=$group
into "$removed" "$workload" plateau --size 20Mi --hold 120s
until_true 10 used "$removed" 19
watch removed --cgroup "$removed"
removed_watch=$watch
until_true 10 has_begun removed && sleep 1
kill -KILL "$target"
removed() { rmdir "$removed" 2>/dev/null || [ ! -d "$removed" ]; }
until_true 5 removed || fail "removed" "the test's own group cannot be removed"
ended removed "$removed_watch" 4
kill -CONT "$oom_worker"
holds "its end, and what was seen" \
    '(.observation.end == "gone" or .observation.end == "empty") and .trials[0].outcome == "survived" and .trials[0].needed_bytes > 19000000'

# ---- what they found ----

ended shared "$shared_watch" 4
holds "its end" '.observation.end == "process" and .trials[0].outcome == "survived"'
holds "who else is in it" '.observation | .others == 1 and .processes == 2 and (.members | startswith("sleep ("))'
expect_match "shared: said before anything else" "*Shared*1 of its 2 processes not of process $shared_pid*" "$(cat "$scratch/shared.err")"

ended steady "$steady_watch" 0
expect "steady: the kernel's peak is as it was" "$steady_peak" "$(cat "$steady/$peak_file")"
expect "steady: its events are as they were" "$steady_hits" "$(cat "$steady/$hits_file")"
expect "steady: nothing on stdout" "" "$(cat "$scratch/steady.out")"
holds "what it is" '.command == "watch" and .target.kind == "cgroup" and .trials[0].purpose == "step" and .trials[0].limit_bytes == null'
holds "alive" '.trials[0] | .outcome == "survived" and .stop == "done" and .oom_kills == 0'
holds "the peak of before" '.observation | .recorded_peak_bytes >= 60 * 1048576 and .recorded_peak_bytes == .earlier_peak_bytes'
holds "is not the watch's" '.trials[0] | .peak_bytes < 45 * 1048576 and .needed_bytes < 41 * 1048576'
holds "request" '.recommendation.request_bytes | . >= 40 * 1048576 and . <= 41 * 1048576'
holds "limit of twice that" '.recommendation | .limit_bytes == 2 * .request_bytes'
holds "not proven" '.recommendation.verified | .runs == 0 and .ooms == 0 and .p_oom_upper95 == null'
says warnings "No limit was tried, so nothing is proven"
says warnings "Only the load of these"
says warnings "Its start-up was not seen"
keeps_quiet warnings "leak"
expect "steady: no document" 4 "$(status_of "$plimsoll" emit "$scratch/steady")"
expect_match "steady: why" "*is not proven: no run*" "$(cat "$scratch/err")"
expect "steady: samples" true "$([ "$(wc -l <"$scratch/steady/samples-001.csv")" -ge 20 ] && echo true)"

ended relative "$relative_watch" 0
expect "relative: quiet" "" "$(cat "$scratch/relative.err")"
holds "the same group" ".observation.group == \"$steady\" and .target.name == \"mine\""
# A headroom of 1.0 is no proof either: 1.2 of the need, and no less than was used at once before.
holds "its limit covers the peak of before" '.recommendation | .limit_bytes >= 60 * 1048576 and .limit_bytes <= 62 * 1048576'
says reasons "Limit raised from 48Mi to"

ended spike "$spike_watch" 0
holds "from its start on" '.observation | .from_start and .processes == 0 and .end == "time"'
keeps_quiet warnings "start-up"
holds "the spike was seen: $(jq -c '.trials[0] | [.peak_bytes, .needed_bytes]' "$found")" \
    '.trials[0] | .peak_bytes >= 60 * 1048576 - 65536 and .needed_bytes >= 57 * 1048576'
holds "the request is of the steady state" '.recommendation.request_bytes <= 36 * 1048576'
holds "the limit is of the spike" '.recommendation.limit_bytes >= 114 * 1048576'

ended leak "$leak_watch" 0
says warnings "A leak is suspected"
says warnings "No limit is safe"
holds "its growth" '.recommendation.growth_bytes_per_s | . > 1.6 * 1048576 and . < 2.4 * 1048576'
holds "its own limit" '.trials[0].limit_bytes == 134217728'
says warnings "its own of 128.0 MiB in about"
holds "guaranteed" '.recommendation | .request_bytes == .limit_bytes and .qos_class == "Guaranteed" and .cpu_millis == 500'

ended oom "$oom_watch" 0
holds "for its own limit" '.trials[0] | .outcome == "oom" and .oom_kills >= 1 and .limit_bytes == 50331648'
holds "it needs more than that" '.recommendation.limit_bytes >= 96 * 1048576'
says warnings "Its own limit, 48.0 MiB, led to"
expect_match "oom: kept in the log too" "*OOM kill*" "$(cat "$scratch/oom/target-001.log")"
expect_match "oom: evidence with -v" "*limit: 50331648 bytes (48.0 MiB)*" "$(cat "$scratch/oom.err")"

kill -TERM "$family_watch"
ended family "$family_watch" 0
holds "alone" '.observation | .others == 0 and .processes == 2 and .end == "interrupt"'
keeps_quiet warnings "counted together"

# ---- who may ----

chmod 755 "$scratch"
mkdir -m 777 "$scratch/pub"
cp "$plimsoll" "$scratch/pub/"
expect "nobody: exit status" 4 \
    "$(status_of as_nobody "$scratch/pub/plimsoll" watch --cgroup "$family" --for 500ms --json - --out "$scratch/pub/out")"
expect "nobody: sees the peak too, and stdout is the document" true "$(jq '.observation.recorded_peak_bytes > 19000000' "$scratch/out")"

# ---- refused ----

refused() { # STATUS PATTERN OPTIONS...
    wanted=$1 pattern=$2
    shift 2
    expect "watch $*: exit status" "$wanted" "$(cd "$scratch/pub" && status_of "$plimsoll" watch "$@")"
    expect_match "watch $*: message" "plimsoll: $pattern" "$(cat "$scratch/err")"
    expect "watch $*: nothing made" "" "$(ls -d "$scratch/pub/results" 2>/dev/null)"
}
refused 2 "*the root group is the whole machine*" --cgroup "$mount_point"
refused 2 "*no such group, neither in the file system nor below $mount_point" --cgroup no/such/group
refused 2 "*not in the memory hierarchy, which is mounted at $mount_point" --cgroup "$scratch"
sleep 0 &
dead=$!
wait $dead
refused 2 "--pid $dead: *" --pid $dead

for group in $groups; do
    [ ! -d "$group" ] || while read -r process; do kill -KILL "$process"; done <"$group/cgroup.procs"
done 2>/dev/null
wait 2>/dev/null
remove_all() {
    left=
    for group in $groups; do [ ! -d "$group" ] || rmdir "$group" 2>/dev/null || left=$group; done
    [ -z "$left" ]
}
until_true 5 remove_all || fail "the test's own groups" "$left cannot be removed"

finish
