#!/bin/bash
# doctor: its answer in text and JSON, and what it says where something is missing.
. "$(dirname "$0")/common.sh"

chmod 755 "$scratch"
cd "$scratch" || exit 1
cp "$plimsoll" copy # where others may run it

# state ID [FILE]: of one check
state() { jq -r --arg id "$1" '.checks[] | select(.id == $id) | .state' "${2:-it.json}"; }
said() { jq -r --arg id "$1" --arg key "$2" '.checks[] | select(.id == $id) | .[$key]' "${3:-it.json}"; }

status=$(status_of "$plimsoll" doctor --json it.json)
expect "JSON and exit status say the same" "$(jq -r 'if .allowed then 0 else 5 end' it.json)" "$status"
expect "text and JSON count the same" \
    "$(jq -r '[.checks[].state] | "\(map(select(. == "ok")) | length) \(map(select(. == "less")) | length) \(map(select(. == "missing")) | length)"' it.json)" \
    "$(grep -c '^ok ' out) $(grep -c '^-- ' out) $(grep -c '^no ' out)"
expect "each thing once" "" "$(jq -r '.checks[].id' it.json | grep -v oom-daemon | sort | uniq -d)"
expect "what is not as it should be has its price" 0 "$(jq '[.checks[] | select(.state != "ok" and .costs == null)] | length' it.json)"
expect "and what to do" "" "$(jq -r '.checks[] | select(.state != "ok" and .run == null and .advice == null) | .id' it.json |
    grep -vE '^(above|oom-counter|kernel-log|sigkill)$')" # what a machine itself does not have nobody can mend
expect "the first line is the answer" 1 "$(head -1 out | grep -cE '^(Everything that is needed is here|This machine does not allow it: )')"
expect "as narrow as a terminal, but for commands and paths" "" "$(grep -vE '^ *(run|do|or): |[^ ]{50}' out | awk 'length($0) > 80')"
expect "JSON on standard output, alone" plimsoll.doctor/1 "$("$plimsoll" doctor --json - | jq -r .schema)"
expect "a folder that is not there" 2 "$(status_of "$plimsoll" doctor --json no/such/file)"
expect_match "a folder that is not there: message" "plimsoll: --json no/such/file: *" "$(cat err)"
expect "an argument" "2 plimsoll: x: one argument too many" "$(status_of "$plimsoll" doctor x) $(cat err)"
expect "nothing is left behind" "" "$(leftover_groups)"

fits "JSON: the schema takes it" doctor it.json
jq '.checks[0].found = null | .more = 1' it.json >wrong.json
if can_validate; then
    expect "JSON: the schema sees two mistakes" 2 "$("$top/tests/validate" "$top/harness/output/doctor.schema.json" wrong.json | wc -l)"
fi

# Without other programs.
mkdir empty
expect "an empty PATH fails nothing" "$status" "$(PATH=$scratch/empty status_of "$plimsoll" doctor --json none.json)"
for program in docker podman nerdctl kubectl gnuplot curl; do
    expect "without $program" less "$(state $program none.json)"
done
expect_match "the command that mends it" "*apt-get install gnuplot-nox" "$(said gnuplot run none.json)"

# An engine that answers makes the others unneeded.
mkdir bin
printf '#!/bin/sh\nexit 0\n' >bin/podman
chmod +x bin/podman
PATH=$scratch/bin "$plimsoll" doctor --json engines.json >/dev/null 2>&1
expect "podman answers" "ok ok" "$(state podman engines.json) $(state nerdctl engines.json)"
printf '#!/bin/sh\necho "it is ill" >&2\nexit 1\n' >bin/podman
PATH=$scratch/bin "$plimsoll" doctor --json engines.json >/dev/null 2>&1
expect_match "podman is ill" "less*it is ill*podman info" "$(state podman engines.json) $(said podman found engines.json) $(said podman run engines.json)"

if [ "$(id -u)" != 0 ]; then
    skip "kernels that are set otherwise" "this is not root"
    cd / || exit 1
    finish
    exit
fi

# As somebody else: what is missing is told with a command, and the exit status is 5.
if setpriv --reuid=65534 --regid=65534 --clear-groups ./copy --version >/dev/null 2>&1; then
    status=0
    setpriv --reuid=65534 --regid=65534 --clear-groups ./copy doctor --json - >user.json 2>err || status=$?
    expect "not root: exit status" "5 false" "$status $(jq .allowed user.json)"
    expect "not root: the text is as narrow" "" "$(setpriv --reuid=65534 --regid=65534 --clear-groups ./copy doctor |
        grep -vE '^ *(run|do|or): |[^ ]{50}' | awk 'length($0) > 80')"
    expect "not root: the controller" missing "$(state memory-controller user.json)"
    expect_match "not root: what to do" "s*plimsoll ..." "$(said memory-controller run user.json)"
    expect "not root: the kernel log and SIGKILL" "less less" "$(state kernel-log user.json) $(state sigkill user.json)"
else
    skip "doctor of one who is not root" "cannot become another user here"
fi

# Files of the kernel that say something else, in a mount namespace of our own.
with() { # FILE TEXT OUTPUT: prints the exit status
    printf '%s\n' "$2" >said
    status=0
    unshare --mount sh -c 'mount --bind said "$1" && exec "$2" doctor --json "$3"' sh "$1" "$plimsoll" "$3" >out 2>err || status=$?
    echo "$status"
}
usual=$("$plimsoll" doctor >/dev/null 2>&1; echo $?)
if unshare --mount true 2>/dev/null; then
    thp=/sys/kernel/mm/transparent_hugepage/enabled
    if [ -e $thp ]; then
        expect "huge pages for everybody" "$usual less" "$(with $thp "[always] madvise never" thp.json) $(state huge-pages thp.json)"
        expect_match "huge pages for everybody: mended by" "echo madvise | *tee $thp" "$(said huge-pages run thp.json)"
        expect "huge pages for nobody" "$usual ok never" "$(with $thp "always madvise [never]" thp.json) $(state huge-pages thp.json) $(said huge-pages found thp.json)"
    else
        skip "huge pages" "this kernel has none"
    fi
    expect "no overcommit" "$usual less" "$(with /proc/sys/vm/overcommit_memory 2 vm.json) $(state overcommit vm.json)"
    expect "panic at every OOM" "5 missing" "$(with /proc/sys/vm/panic_on_oom 2 vm.json) $(state panic vm.json)"
    expect "panic where the host runs out" "$usual ok" "$(with /proc/sys/vm/panic_on_oom 1 vm.json) $(state panic vm.json)"
    sed 's/^SwapTotal:.*/SwapTotal:       2097152 kB/' /proc/meminfo >meminfo
    expect "swap" "$usual less 2147483648" "$(with /proc/meminfo "$(cat meminfo)" vm.json) $(state swap vm.json) $(jq .host.swap_bytes vm.json)"
    sed 's/^MemAvailable:.*/MemAvailable:      65536 kB/' /proc/meminfo >meminfo
    expect "little memory" "less 67108864" "$(with /proc/meminfo "$(cat meminfo)" vm.json >/dev/null; echo "$(state memory vm.json) $(jq .host.available_bytes vm.json)")"
    # A daemon that kills before the kernel does.
    for name in earlyoom nohang; do
        cp "$(command -v sleep)" $name
        ./$name 30 &
        daemon=$!
        until_true 5 grep -qx $name "/proc/$daemon/comm"
        "$plimsoll" doctor --json daemon.json >/dev/null 2>&1
        kill $daemon
        wait $daemon 2>/dev/null
        expect_match "$name" "less $name runs here*systemctl stop $name" \
            "$(state oom-daemon daemon.json) $(said oom-daemon found daemon.json) $(said oom-daemon run daemon.json)"
    done
else
    skip "kernels that are set otherwise" "no mount namespace can be made here"
fi

# What was found is true: each word of it is tried again by other means.
expect "cgroup version" "$version" "$(jq -r .cgroup.version it.json)"
expect "the kernel" "$(uname -r) $(uname -m) $(nproc)" "$(jq -r '.host | "\(.kernel) \(.architecture) \(.cpus)"' it.json)"
expect "memory" "$(awk '/^MemTotal/ { printf "%.0f", $2 * 1024 }' /proc/meminfo)" "$(jq .host.memory_bytes it.json)"
if [ -d "$(jq -r .cgroup.parent it.json)" ]; then pass "the parent is there"; else fail "the parent is there" "$(jq -r .cgroup.parent it.json)"; fi
expect "pressure" "$(cat /proc/pressure/memory >/dev/null 2>&1 && echo ok || echo less)" "$(state pressure)"
expect "whole groups" "$([ "$version" = v2 ] && echo ok || echo less)" "$(state oom-group)"

cd / || exit 1
finish
