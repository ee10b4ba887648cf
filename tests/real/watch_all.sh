# Watching everything at once: what is found, what is said of it, that it is cheap in descriptors, and that nothing is changed.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

id=92a0f4e67da7648670342787eb5a0c5409e81e1045ffb7e6215bb4c5b7b24d89
if [ "$version" = v1 ]; then
    limit_file=memory.limit_in_bytes peak_file=memory.max_usage_in_bytes
else
    limit_file=memory.max peak_file=memory.peak
fi
ours=test-all-$$
groups=
make_group() { # NAME [LIMIT]: into $group
    group=$own_group/$ours/$1
    mkdir -p "$group"
    groups="$group $groups"
    [ -z "${2:-}" ] || echo "$2" >"$group/$limit_file"
}
cat >"$scratch/join" <<'END'
echo 0 >"$1/cgroup.procs" || exit 99
shift
exec "$@"
END
processes=
into() { # GROUP TARGET...
    sh "$scratch/join" "$@" >/dev/null 2>&1 </dev/null &
    target=$!
    processes="$processes $target"
}
used() { # GROUP MIB: at least so much
    if [ "$version" = v1 ]; then usage=$(cat "$1/memory.usage_in_bytes"); else usage=$(cat "$1/memory.current"); fi
    [ "$usage" -ge $(($2 * 1048576)) ]
}
controlled() { [ "$version" = v1 ] || echo +memory >"$1/cgroup.subtree_control"; }

mkdir "$own_group/$ours"
controlled "$own_group/$ours"

make_group steady
steady=$group
into "$steady" "$workload" plateau --size 40Mi --hold 300s
make_group leak 268435456
leak=$group
into "$leak" "$workload" leak --size 2Gi --rate 2Mi
make_group killed 50331648
killed=$group
into "$killed" sh -c "while :; do sleep 1; $workload plateau --size 80Mi --hold 1s; done"
# Its limit is that of the group above it.
make_group pod 134217728
pod=$group
controlled "$pod"
make_group "pod/docker-$id.scope"
into "$group" "$workload" plateau --size 100Mi --hold 300s
box=$group
make_group empty
empty=$group
until_true 20 used "$steady" 39 || fail "steady" "it never came"
until_true 20 used "$box" 99 || fail "box" "it never came"
peak=$(cat "$steady/$peak_file")

# ---- at once ----

expect "once: exit status" 0 "$(status_of "$plimsoll" watch --once --filter "$ours")"
expect "once: no line is longer than 80" "" "$(grep -E '^.{81}' "$scratch/out")"
expect "once: five groups, two heads and a foot" 8 "$(wc -l <"$scratch/out" | tr -d ' ')"
expect "once: a container is named after its program" 1 "$(grep -c '^plimsoll-worklo  *1[0-9][0-9]' "$scratch/out")"
expect "once: nothing on stderr" "" "$(cat "$scratch/err")"
expect "once: the root group is no row" 0 "$("$plimsoll" watch --once --json - | jq '[.groups[] | select(.cgroup == "/" and .kind != "own")] | length')"
expect "once, JSON: exit status" 0 "$(status_of "$plimsoll" watch --once --json - --filter "$ours" --sort name)"
mv "$scratch/out" "$scratch/once.json"
holds() { # WHAT FILTER: of $found
    expect "$1: $(jq -c '[.groups[] | {name, usage_bytes, limit_bytes, headroom_bytes, growth, growth_bytes_per_hour, oom_kills, advised}]' "$found")" \
        true "$(jq --arg ours "$ours" --arg id "$id" "def of(\$name): .groups[] | select(.cgroup | endswith(\$name)); $2" "$found")"
}
found=$scratch/once.json
holds "these and no others" '[.groups[].cgroup | sub(".*/" + $ours + "/"; "")] | sort == ["killed", "leak", "pod", "pod/docker-" + $id + ".scope", "steady"]'
holds "what one reading cannot tell" '[.groups[] | .growth == "unknown" and .advised == null and .exhausted_after_s == null and .stall_ratio == null] | all'
holds "usage" 'of("steady") | .usage_bytes >= 39 * 1048576 and .usage_bytes < 60 * 1048576 and .needed_bytes >= 39 * 1048576 and .limit_bytes == null'
holds "a container" 'of($id + ".scope") | .kind == "container" and .container_id == $id and (.name | endswith(" 92a0f4e67da7")) and .program != null'
holds "the limit above" 'of($id + ".scope") | .limit_bytes == null and (.headroom_of | endswith("/pod")) and .headroom_bytes < 34 * 1048576'
holds "sorted" '[.groups[].name | ascii_downcase] | . == sort'

# ---- for a while ----

"$plimsoll" watch --once --for 40s --filter "$ours" --json "$scratch/while.json" --openmetrics "$scratch/while.prom" \
    >"$scratch/while.out" 2>"$scratch/while.err" </dev/null &
watch=$!
sleep 3
# How each file of the groups is open: the last digit of the flags is 0 where it is to be read alone.
modes=$(for fd in /proc/"$watch"/fd/*; do
    case $(readlink "$fd") in
    *"$ours"*) sed -n 's/^flags:.*\(.\)$/\1/p' "${fd%/fd/*}/fdinfo/${fd##*/}" ;;
    esac
done | sort | uniq -c | tr -s ' \n' ' ')
expect_match "all is open for reading alone" " [1-9]* 0 " "$modes"
expect_match "an OOM kill is said at once" "*OOM kill in *killed*limit 48.0 MiB*" "$(until_true 30 grep -s "OOM kill" "$scratch/while.err")"
into "$empty" "$workload" plateau --size 20Mi --hold 300s
wait "$watch"
expect "a while: exit status" 0 $?
found=$scratch/while.json
expect "an OOM kill is said of the group alone in which it was" "" "$(grep "OOM kill" "$scratch/while.err" | grep -v "/killed:")"
holds "a leak" 'of("/leak") | .growth == "growing" and .growth_bytes_per_hour > 1.5 * 3600 * 1048576 and .growth_bytes_per_hour < 2.5 * 3600 * 1048576'
holds "when it is full" 'of("/leak") | .exhausted_after_s > 0 and .exhausted_after_s < 128 and .headroom_bytes < 268435456'
holds "no leak" 'of("steady") | .growth == "flat" and .exhausted_after_s == null and .headroom_bytes == null'
holds "killed, and how often" 'of("killed") | .oom_kills_watched >= 2 and .oom_kills >= .oom_kills_watched'
holds "it needs more than the limit that killed it" 'of("killed") | .advised.limit_bytes >= 96 * 1048576'
holds "advice" 'of("steady") | .advised | .request_bytes >= 39 * 1048576 and .request_bytes < 60 * 1048576 and .limit_bytes >= 2 * .request_bytes'
holds "one that began meanwhile" 'of("empty") | .usage_bytes >= 19 * 1048576'
if [ "$version" = v1 ]; then
    holds "stall: v1 does not tell" '[.groups[].stall_ratio == null] | all'
elif [ -e /proc/pressure/memory ]; then
    holds "stall" 'of("steady") | .stall_ratio >= 0 and .stall_ratio < 0.5'
else
    skip "stall" "the kernel tells none"
fi
expect "a while: the kernel's peak is as it was" "$peak" "$(cat "$steady/$peak_file")"
expect "a while: the table too" 9 "$(wc -l <"$scratch/while.out" | tr -d ' ')"
expect "metrics: the same" "$(jq --arg ours "$ours" '.groups[] | select(.cgroup | endswith($ours + "/leak")) | .oom_kills' "$found")" \
    "$(sed -n "s/^container_oom_events_total{id=\"[^\"]*$ours\/leak\",.*} //p" "$scratch/while.prom")"
expect "metrics: whole" "# EOF" "$(tail -1 "$scratch/while.prom")"
if command -v promtool >/dev/null 2>&1; then
    expect "metrics: promtool" "" "$(promtool check metrics <"$scratch/while.prom" 2>&1)"
else
    skip "metrics: promtool" "promtool is not here"
fi
if /usr/bin/python3 -c "import prometheus_client" 2>/dev/null; then
    expect "metrics: Prometheus' own parsers" "" "$(/usr/bin/python3 -c '
import sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
text = open(sys.argv[1]).read()
for parse in parser, openmetrics: list(parse.text_string_to_metric_families(text))' "$scratch/while.prom" 2>&1 | tail -1)"
else
    skip "metrics: Prometheus' own parsers" "python3-prometheus-client is not here"
fi
fits "schema" groups "$scratch/once.json" "$scratch/while.json"

# ---- what goes, and how it ends ----

make_group going
going=$group
into "$going" sleep 300
going_pid=$target
holds_processes() { [ -n "$(cat "$1/cgroup.procs")" ]; }
until_true 10 holds_processes "$going" || fail "going" "nothing runs in it"
"$plimsoll" watch --interval 200ms --json "$scratch/ends.json" >"$scratch/ends.out" 2>"$scratch/ends.err" </dev/null &
watch=$!
until_true 10 test -s "$scratch/ends.out" || fail "ends" "its first table never came"
kill -KILL "$going_pid"
removed() { rmdir "$going" 2>/dev/null || [ ! -d "$going" ]; }
until_true 10 removed || fail "going" "the test's own group cannot be removed"
sleep 3
kill -INT "$watch"
wait "$watch"
expect "ends: exit status" 0 $?
found=$scratch/ends.json
holds "gone" '.groups_gone >= 1 and ([of("going")] | length) == 0'
holds "the others are still there" '([of($ours + "/steady")] | length) == 1'

"$plimsoll" watch --for 60s -q </dev/null >"$scratch/cut.out" 2>&1 &
watch=$!
sleep 1
kill -TERM "$watch"
wait "$watch"
expect "cut short: exit status" 143 $?
expect_match "quiet: the table is there all the same" "plimsoll  * NAME *" "$(tr '\n' ' ' <"$scratch/cut.out")"
expect "quiet, once: the table" "0 1" "$(status_of "$plimsoll" watch --once -q --filter "$ours/steady" --sort grow/H) $(grep -c '^NAME ' "$scratch/out")"
expect "quiet, and the figures in a file: no table" "0 " "$(status_of "$plimsoll" watch --once -q --json "$scratch/quiet.json") $(cat "$scratch/out")"

# What reads it has had enough: no message, and it ends as by SIGPIPE.
(
    until_true 20 test -e "$scratch/closed"
    "$plimsoll" watch --once 2>"$scratch/pipe.err"
    echo $? >"$scratch/pipe.status"
) | (exec <&- && : >"$scratch/closed")
expect "a closed pipe" "141 " "$(cat "$scratch/pipe.status") $(cat "$scratch/pipe.err")"

# Too few descriptors for any: that is told, and it is no answer.
expect "few descriptors: exit status" 4 "$(status_of sh -c "ulimit -n 8; exec $plimsoll watch --once")"
expect_match "few descriptors: message" "plimsoll: * cannot be opened: too many open files (ulimit -n)*" "$(cat "$scratch/err")"

chmod 755 "$scratch"
cp "$plimsoll" "$scratch/plimsoll"
expect "nobody: exit status" 0 "$(status_of as_nobody "$scratch/plimsoll" watch --once --json - --filter "$ours")"
expect "nobody: sees the same" 6 "$(jq '.groups | length' "$scratch/out")"

# ---- on a terminal ----

if command -v python3 >/dev/null; then
    python3 "$(dirname "$0")/top.py" "$plimsoll" >"$scratch/report" 2>&1
    expect "top.py came to its end" 0 "$?"
    expect "top.py's checks" 51 "$(grep -cE '^(ok|NOT OK) ' "$scratch/report")"
    while read -r line; do
        case "$line" in
        "ok "*) pass "${line#ok }" ;;
        *) fail "terminal" "$line" ;;
        esac
    done <"$scratch/report"
else
    skip "a table on a terminal" "no python3 here"
fi

for process in $processes; do kill -KILL "$process"; done 2>/dev/null
for group in $groups; do
    [ ! -d "$group" ] || while read -r process; do kill -KILL "$process"; done <"$group/cgroup.procs"
done 2>/dev/null
wait 2>/dev/null
remove_all() {
    left=
    for group in $groups "$own_group/$ours"; do [ ! -d "$group" ] || rmdir "$group" 2>/dev/null || left=$group; done
    [ -z "$left" ]
}
until_true 10 remove_all || fail "the test's own groups" "$left cannot be removed"

finish
