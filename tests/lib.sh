# Shared by the test scripts: running plimsoll, checking, counting. POSIX sh, also busybox's in the cgroup v2 machine.
# shellcheck shell=sh

# Scripts are in tests/ or one level below it.
top=$(cd "$(dirname "$0")" && while [ ! -f lib.sh ]; do cd ..; done && cd .. && pwd)
plimsoll=${PLIMSOLL:-$top/build/plimsoll}
workload=${PLIMSOLL_WORKLOAD:-$top/build/plimsoll-workload}
scratch=$(mktemp -d)
passed=0
failed=0
skipped=0

# The memory hierarchy's mount point, our own group in it, and its version.
mount_point=$(awk '$0 ~ / - cgroup / && $NF ~ /(^|,)memory(,|$)/ { print $5; exit }' /proc/self/mountinfo)
version=v1
if [ -z "$mount_point" ]; then
    mount_point=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
    version=v2
fi
if [ "$version" = v1 ]; then
    own_group=$mount_point$(awk -F: '$2 ~ /(^|,)memory(,|$)/ { print $3 }' /proc/self/cgroup)
else
    own_group=$mount_point$(awk -F: '$1 == 0 { print $3 }' /proc/self/cgroup)
fi
own_group=${own_group%/}

# Shell text for targets: puts the limit of the group they run in into $limit. By builtins alone, which take no memory.
if [ "$version" = v1 ]; then
    own_limit='while IFS=: read -r number names group; do case ,$names, in *,memory,*) break ;; esac; done </proc/self/cgroup
        read -r limit <'$mount_point'$group/memory.limit_in_bytes'
else
    own_limit='IFS=: read -r number names group </proc/self/cgroup; read -r limit <'$mount_point'$group/memory.max'
fi

pass() {
    passed=$((passed + 1))
    [ -z "${VERBOSE:-}" ] || echo "ok      $1"
}

fail() {
    failed=$((failed + 1))
    echo "NOT OK  $1: $2"
}

# A skip is seen and counted; CI forbids those that matter (MUST_RUN=1).
skip() {
    if [ -n "${MUST_RUN:-}" ]; then
        fail "$1" "must not be skipped here: $2"
    else
        skipped=$((skipped + 1))
        echo "SKIPPED $1: $2"
    fi
}

# expect NAME WANTED GOT
expect() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "wanted '$2', got '$3'"; fi
}

# expect_match NAME PATTERN TEXT: a shell pattern
expect_match() {
    # shellcheck disable=SC2254 # it is a pattern
    case "$3" in
    $2) pass "$1" ;;
    *) fail "$1" "wanted something like '$2', got '$3'" ;;
    esac
}

# Exit status of a command whose output goes to $scratch/out and $scratch/err.
status_of() {
    status=0
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    echo "$status"
}

# Python's jsonschema and the schemas are here: neither is in the cgroup v2 machine.
can_validate() {
    [ -d "$top/harness/output" ] && /usr/bin/python3 -c "import jsonschema" 2>/dev/null
}

# fits NAME SCHEMA FILE...: JSON that is as the schema says, a path or the name of one of harness/output
fits() {
    fits_name=$1
    case $2 in
    */*) fits_schema=$2 ;;
    *) fits_schema=$top/harness/output/$2.schema.json ;;
    esac
    shift 2
    if can_validate; then
        expect "$fits_name" "" "$("$top/tests/validate" "$fits_schema" "$@" 2>&1 | head -3)"
    else
        skip "$fits_name" "the schema, or python3-jsonschema, is not here"
    fi
}

# Only where ours are made: others may run on this machine too.
leftover_groups() {
    if [ "$version" = v1 ]; then set -- "$own_group"; else set -- "$mount_point"; fi
    find "$1" -type d -name 'plimsoll-*' 2>/dev/null
}

# until_true SECONDS COMMAND...: polls ten times a second
until_true() {
    rounds=$(($1 * 10))
    shift
    while [ "$rounds" -gt 0 ]; do
        if "$@"; then return 0; fi
        sleep 0.1
        rounds=$((rounds - 1))
    done
    return 1
}

# Processes whose command line, or for names without blanks whose name, holds the text; without busybox's missing pgrep.
pids_of() {
    for process in /proc/[0-9]*; do
        if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -qF -- "$1" ||
            [ "$(cat "$process/comm" 2>/dev/null)" = "$1" ]; then
            echo "${process#/proc/}"
        fi
    done 2>/dev/null
}

# Milliseconds since the machine was started: busybox's date knows only seconds.
now_ms() {
    read -r up idle </proc/uptime
    echo "${up%.*}${up#*.}0"
}

# has_trials FOLDER NUMBER: as many are on disk
has_trials() { [ -e "$1/trials.jsonl" ] && [ "$(wc -l <"$1/trials.jsonl")" -ge "$2" ]; }

no_leftover_groups() { [ -z "$(leftover_groups)" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }

finish() {
    rm -rf "$scratch"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

# as_nobody COMMAND...: setpriv of util-linux, or busybox's su
as_nobody() {
    if setpriv --help 2>&1 | grep -q reuid; then
        setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
    else
        command_line=
        for word in "$@"; do command_line="$command_line '$word'"; done
        su -s /bin/sh nobody -c "$command_line"
    fi
}
