# What a terminal shows of a run that waits for memory: cgroup v2 alone tells of that. Without tmux, for the cgroup v2 machine.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

if [ "$version" = v1 ]; then
    skip "stall on a terminal" "cgroup v1 does not tell of it"
    finish
    exit
fi

# A file is read again and again beside anonymous memory. Without a limit nothing waits; under one that leaves no room for
# the file, what was just read is soon read anew from the disk.
find_line="exec $plimsoll find --for 5s --out $scratch/stall -- $workload cache --size 24Mi --file-size 48Mi --passes 1000000"
TERM=xterm LC_ALL=C NO_COLOR=1 script -qfc "$find_line" "$scratch/shown" >/dev/null 2>&1 </dev/null &
escape=$(printf '\033')
# What was drawn, a line each, without escape codes.
drawn() { tr '\r' '\n' 2>/dev/null <"$scratch/shown" | sed "s/$escape\[[0-9?]*[A-Za-z]//g"; }
saw() { drawn | grep -Eq "$1"; }
saw_it() { # NAME SECONDS PATTERN
    if until_true "$2" saw "$3"; then pass "$1"; else fail "$1" "$(drawn | grep . | tail -20)"; fi
}
saw_it "no limit: no stall" 60 '^ *[0-9.]+ MiB used, stall 0 %$'
saw_it "under a limit: it stalls" 60 '^ *[0-9.]+ MiB used, [0-9]+ % of the limit, stall [1-9][0-9]* %$'
expect "without a limit it did not" 0 "$(drawn | grep -Ec 'MiB used, stall [1-9]')"
for process in $(pids_of "$plimsoll find"); do
    [ "$(cat "/proc/$process/comm")" = script ] || kill -INT "$process"
done 2>/dev/null
wait
saw_it "it ends" 1 '^Interrupted|^Saved'
if until_true 5 no_leftover_groups; then pass "no group left"; else fail "no group left" "$(leftover_groups)"; fi

finish
