# Without a cgroup: the target's processes are measured in its place, ended in its place, and what is weaker is said.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

json=$scratch/result.json
bare() { "$plimsoll" run -q --measure processes --json "$json" "$@"; }
needed() { jq -r '.trials[0].needed_bytes' "$json"; }
outcome() { jq -r '.trials[0].outcome' "$json"; }

# within NAME PERCENT WANTED GOT
within() {
    if [ "$4" -ge $(($3 - $3 * $2 / 100)) ] && [ "$4" -le $(($3 + $3 * $2 / 100)) ]; then pass "$1"; else
        fail "$1" "wanted $3 within $2 %, got $4"
    fi
}

# The same need as a cgroup shows: anonymous memory, shared by fork() or by a mapping, on many stacks, growing. Held
# long enough to be seen on a slow machine too, where readings cost more and are further apart.
for shape in "plateau --size 40Mi --hold 1s" "fork --size 64Mi --processes 4 --hold 4s" "shm --size 48Mi --hold 1s" \
    "threads --size 48Mi --hold 2s" "leak --size 64Mi --hold 2s"; do
    # shellcheck disable=SC2086 # words
    set -- $shape
    expect "$1: exit status" 0 "$(status_of bare -- "$workload" "$@")"
    expect "$1: outcome" survived "$(outcome)"
    by_processes=$(needed)
    status_of "$plimsoll" run -q --json "$json" -- "$workload" "$@" >/dev/null
    within "$1: needed, against a cgroup's" 5 "$(needed)" "$by_processes"
done

# Between two readings, and too short for more than a few: the largest process tells it at its end.
status_of bare -- "$workload" spike --size 64Mi >/dev/null
within "spikes: needed" 5 67108864 "$(needed)"
status_of bare -- "$workload" plateau --size 40Mi --hold 0ms >/dev/null
within "short: needed" 5 41943040 "$(needed)"

# Before its exec it is a copy of the harness: that is none of its needs, however short it is. Its file lies on a disk:
# in the machine's tmpfs (and its libraries) it is shared memory, and counts.
most=0
for folder in /bin /usr/bin; do [ ! -x $folder/true ] || cp -L $folder/true "$scratch/true"; done
for _ in 1 2 3 4 5 6; do
    status_of bare -- "$scratch/true" >/dev/null
    got=$(jq '.trials[0].needed_bytes // 0' "$json")
    [ "$got" -le $most ] || most=$got
done
if [ $most -lt 524288 ]; then pass "next to nothing: needed"; else fail "next to nothing: needed" "$most"; fi

# Memory that a child has from its parent, and does not write to, is counted once.
expect "a shell and its child: exit status" 0 "$(status_of bare -- sh -c "$workload plateau --size 40Mi --hold 2s & wait")"
within "a shell and its child: needed" 5 41943040 "$(needed)"

status_of bare -- true >/dev/null
expect "the result says how" none "$(jq -r .host.cgroup "$json")"
expect "the result says what is weaker" true "$(jq '.caveats | length >= 2' "$json")"
expect_match "each trial says how closely" '*reading*' "$(jq -c '.trials[0].evidence' "$json")"
expect "the target's own status" 7 "$(status_of bare -- sh -c 'exit 7')"
expect "not there" 127 "$(status_of bare -- ./nosuch)"
expect "--limit" 2 "$(status_of bare --limit 64Mi -- true)"
expect_match "--limit: says why" '*no limit can be set with --measure processes*' "$(cat "$scratch/err")"

# Nothing of a target is left, however it hides. 98765 is looked for as a word of its own.
no_sleeper() { [ -z "$(pids_of "sleep 98765")" ]; }
sleeper_there() { ! no_sleeper; }
no_sleeper_left() {
    if until_true 5 no_sleeper; then pass "$1: no process left"; else
        fail "$1: no process left" "$(pids_of "sleep 98765")"
        # shellcheck disable=SC2046 # numbers
        kill -KILL $(pids_of "sleep 98765")
    fi
}
daemon='setsid sh -c "sleep 98765 & sleep 0.1" >/dev/null 2>&1 </dev/null &'
bald_daemon='env -i setsid setsid sh -c "sleep 98765 & sleep 0.3" >/dev/null 2>&1 </dev/null &'

expect "daemonises: exit status" 0 "$(status_of bare -- sh -c "$daemon exit 0")"
no_sleeper_left "daemonises"
expect_match "daemonises: said so" '*leftovers*' "$(jq -c '.trials[0].evidence' "$json")"
expect "daemonises without its environment: exit status" 0 "$(status_of bare -- sh -c "$bald_daemon sleep 0.5; exit 0")"
no_sleeper_left "daemonises without its environment"
expect "serves as a daemon" 0 "$(status_of bare --for 1s -- sh -c "$bald_daemon exit 0")"
expect "serves as a daemon: outcome" survived "$(outcome)"
no_sleeper_left "serves as a daemon"
expect "ignores SIGTERM" 137 "$(status_of bare --timeout 200ms --grace 200ms -- sh -c 'trap "" TERM; while :; do sleep 98765; done')"
no_sleeper_left "ignores SIGTERM"
expect "forks until stopped" 137 "$(status_of bare --timeout 500ms --grace 100ms -- \
    sh -c 'trap "" TERM; n=0; while [ $n -lt 100 ]; do (trap "" TERM; sleep 98765) & n=$((n + 1)); done; wait')"
no_sleeper_left "forks until stopped"

# What ends the harness ends the target and its daemons: by signals that it handles, and by one that it cannot.
for signal in INT TERM KILL; do
    setsid "$plimsoll" run -q --measure processes -- sh -c "trap '' TERM; $bald_daemon sleep 98765" >/dev/null 2>&1 </dev/null &
    harness=$!
    until_true 5 sleeper_there
    sleep 0.5 # so that the daemon was seen once
    kill -s $signal "$harness"
    wait "$harness" 2>/dev/null
    no_sleeper_left "SIG$signal to the harness"
done
status_of bare -- sh -c "$daemon sleep 0.3; kill -9 \$PPID; sleep 98765" >/dev/null
no_sleeper_left "kills its parent"

# The load is not the target's, neither what it holds nor what it leaves behind.
expect "a load: exit status" 0 "$(status_of bare --ready after:100ms --cycles 2 --cooldown 200ms \
    --load "$workload plateau --size 150Mi --hold 400ms; setsid sleep 98765 >/dev/null 2>&1 &" -- \
    "$workload" plateau --size 40Mi --hold 60s)"
within "a load: not counted" 5 41943040 "$(needed)"
no_sleeper_left "a load"

# ---- where none may be made ----

chmod 755 "$scratch"
mkdir -p "$scratch/pub" "$scratch/nobody"
cp "$plimsoll" "$workload" "$scratch/pub/"
chown 65534 "$scratch/nobody"
cd "$scratch/nobody" || exit 1
public=$scratch/pub/plimsoll
json=$scratch/nobody/result.json

expect "no rights: the target's own status" 7 "$(status_of as_nobody "$public" run --json "$json" -- sh -c 'exit 7')"
expect_match "no rights: said so, and what would help" '*cannot create a memory cgroup*processes are read instead*; in full: *' "$(head -1 "$scratch/err")"
expect "no rights: how it was measured" none "$(jq -r .host.cgroup "$json")"
rm -f "$json"
expect "no rights: measured all the same" 0 "$(status_of as_nobody "$public" run -q --json "$json" -- "$scratch/pub/plimsoll-workload" plateau --size 40Mi --hold 1s)"
within "no rights: needed" 5 41943040 "$(needed)"
rm -f "$json"
expect "no rights: --limit" 5 "$(status_of as_nobody "$public" run --limit 64Mi -- true)"
expect_match "no rights: --limit: what would help" '*cannot create a memory cgroup*' "$(cat "$scratch/err")"
expect "no rights: --measure cgroup" 5 "$(status_of as_nobody "$public" run --measure cgroup -- true)"
for command in size find "step --limits 64Mi"; do
    # shellcheck disable=SC2086 # words
    expect "no rights: $command" 5 "$(status_of as_nobody "$public" $command -- true)"
done
expect "no rights: leak" 4 "$(status_of as_nobody "$public" leak --out "$scratch/nobody/leak" -- true)"
expect "no rights: leak: how it was measured" none "$(jq -r .host.cgroup "$scratch/nobody/leak/result.json")"


app=$scratch/nobody/app
version_of() { printf '#!/bin/sh\nexec %s\n' "$*" >"$app" && chmod 755 "$app"; }
checked() { status_of as_nobody "$public" check --out "$scratch/nobody/check" --baseline "$scratch/nobody/memory.json" "$@"; }
version_of "$scratch/pub/plimsoll-workload" plateau --size 32Mi --hold 20ms
expect "no rights: check: pinned" 0 "$(checked --update-baseline -- "$app")"
expect "no rights: check passes" 0 "$(checked -- "$app")"
expect_match "no rights: check says what is weaker" '*Measured without a cgroup*' "$(tr -s ' \n' ' ' <"$scratch/err")"
expect "no rights: check: a limit cannot be tried" 4 "$(checked --budget-limit 64Mi -- "$app")"
version_of "$scratch/pub/plimsoll-workload" plateau --size 40Mi --hold 20ms
expect "no rights: check fails" 1 "$(checked -- "$app")"

# ---- the runner's own limit ----

group=$own_group/test-runner-$$
mkdir "$group"
if [ "$version" = v1 ]; then
    echo 134217728 >"$group/memory.limit_in_bytes"
    [ ! -e "$group/memory.memsw.limit_in_bytes" ] || echo 134225920 >"$group/memory.memsw.limit_in_bytes"
else
    echo 134217728 >"$group/memory.max"
    echo 0 >"$group/memory.swap.max"
fi
in_runner() { sh -c 'echo 0 >"$1/cgroup.procs" || exit 99; shift; exec "$@"' sh "$group" "$@"; }
json=$scratch/result.json
status_of in_runner "$plimsoll" run --measure processes --json "$json" -- "$workload" plateau --size 118Mi >/dev/null
expect "near the runner's limit: outcome" survived "$(outcome)"
expect_match "near the runner's limit: said so" "*this runner gives 128.0 MiB (the*limit of *test-runner-*" "$(tr -s ' \n' ' ' <"$scratch/err")"
expect "over the runner's limit: exit status" 137 "$(status_of in_runner "$plimsoll" run --measure processes --json "$json" -- "$workload" plateau --size 160Mi)"
expect "over the runner's limit: outcome" outside-oom "$(outcome)"
expect_match "over the runner's limit: said so" '*this runner gives 128.0 MiB*test-runner-*the target took*' "$(jq -c '.trials[0].evidence' "$json")"
status_of in_runner "$plimsoll" run -q --measure processes --json "$json" -- "$workload" plateau --size 16Mi >/dev/null
expect "far from it: nothing is said" "" "$(grep -c runner "$scratch/err" | grep -v '^0$')"
n=50
while ! rmdir "$group" 2>/dev/null && [ $n -gt 0 ]; do
    sleep 0.1
    n=$((n - 1))
done
[ ! -d "$group" ] || fail "the test's own group" "cannot be removed"

finish
