# The slowdown point: where it lies, what it costs, and that the runs which look for it begin with their files evicted. And
# targets that neither die nor end.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# What lies in memory has no page cache.
disk=
for place in "$scratch" /var/tmp "$top"; do
    case $(stat -f -c %t "$place") in
    1021994 | 858458f6) ;; # tmpfs, ramfs
    *)
        disk=$(mktemp -d "$place/slowdown-XXXXXX")
        break
        ;;
    esac
done

# told FOLDER: what the run there found, and how each of its trials went
told() {
    jq -c '[.oom_point.survives_bytes, .slowdown_point], (.trials[] | [.id, .limit_bytes, .outcome, .stop, .duration_s, .seeks])' \
        "$scratch/$1/result.json"
}

# holds NAME FOLDER FILTER: true of the result there
holds() {
    if [ "$(jq "$3" "$scratch/$2/result.json")" = true ]; then pass "$1"; else fail "$1" "not $3: $(told "$2")"; fi
}

# seek FOLDER TARGET...: half as long again is slow, so that a busy machine is not
seek() {
    folder=$1
    shift
    expect "$folder: exit status" 0 \
        "$(status_of env TMPDIR="$disk" "$plimsoll" find -q --max-slowdown 1.5 --confirm 1 --out "$scratch/$folder" -- "$@")"
}

# Out of the page cache. Busybox's dd cannot; but the machine it is found in is there for nothing else.
evict() {
    dd if="$1" iflag=nocache count=0 of=/dev/null 2>/dev/null && return
    [ "$(uname -n)" = plimsoll-vm ] && echo 3 >/proc/sys/vm/drop_caches
}

if [ -n "$disk" ]; then
    # Below anonymous memory and file together it reads that file eight times over.
    env TMPDIR="$disk" "$workload" cache --size 24Mi --file-size 24Mi >/dev/null
    seek cache "$workload" cache --size 24Mi --file-size 24Mi --passes 8 --hold 100ms
    holds "cache: lives with its anonymous memory" cache '.oom_point.survives_bytes | . >= 25165824 and . <= 25165824 * 1.1'
    holds "cache: slow until the file fits" cache \
        '.slowdown_point.limit_bytes >= .oom_point.survives_bytes * 1.3 and .slowdown_point.limit_bytes <= 50331648 * 1.1'
    holds "cache: fast enough there" cache '.slowdown_point | .slowdown_ratio <= .max_ratio and .max_ratio >= 1.5'
    # Where it nearly fits, a busy machine may be all that made one slow.
    holds "cache: what lives well below is slow" cache '[.trials[] |
        select(.limit_bytes != null and .limit_bytes < 50331648 * 0.9 and .outcome != "oom")] |
        length >= 3 and all(.outcome == "slow" and (.stop == "slow" or any(.evidence[]; .source == "pace")))'
    holds "cache: its own runs, with files evicted" cache '.slowdown_point.runs as $runs |
        [.trials[] | select(.seeks != null)] |
        length == $runs and $runs >= 3 and all(.seeks == "slowdown_point" and .evicted)'
    holds "cache: another reference, and a third where the two differ" cache '[.trials[] | select(.purpose == "profile" and .evicted)] | length == 2 or length == 3'

    # Files that outlive a run: the first is charged for them, those after it find them, but for those that begin evicted.
    dd if=/dev/zero of="$disk/shared" bs=1M count=60 conv=fsync 2>/dev/null
    evict "$disk/shared" || fail "shared" "cannot be evicted"
    seek shared sh -c "cat $disk/shared >/dev/null; cat $disk/shared >/dev/null; exec $workload plateau --size 16Mi"
    holds "shared: the first run pays" shared '.trials[0].file_cache_bytes >= 60 * 1048576 * 0.9'
    # The kernel takes some pages of a removed group's file back on its own (up to 10 MiB seen); one that begins evicted
    # reads all 60 MiB twice.
    holds "shared: the next do not" shared '(first(.trials[1:][] | select(.evicted)) | .id) as $evicted |
        [.trials[1:][] | select(.id < $evicted)] |
        length >= 2 and all([.file_cache_bytes, .refault_bytes] | max <= 30 * 1048576)'
    holds "shared: evicted, one pays again" shared '[.trials[] | select(.limit_bytes != null and .evicted)] |
        length >= 1 and all([.file_cache_bytes, .refault_bytes] | max >= 10 * 1048576)'
    holds "shared: that changes nothing" shared '.oom_point.survives_bytes | . >= 16777216 and . <= 16777216 * 1.2'
    rm -rf "$disk"
else
    skip "page cache" "no folder here is on a disk"
fi

# As fast as ever where it lives: that costs no run.
seek plateau "$workload" plateau --size 33Mi --hold 300ms
holds "plateau: nothing is slow" plateau '.slowdown_point.limit_bytes == .oom_point.survives_bytes'
holds "plateau: no run for it" plateau '.slowdown_point.runs == 0 and ([.trials[] | select(.seeks != null)] | length == 0)'

# Waits for ever where it is given less than 40Mi, as some do in reclaim; dies only below 12Mi.
started=$(now_ms)
seek stall sh -c "$own_limit; [ \$limit -ge 41943040 ] || $workload plateau --size 12Mi --hold 60s; exec $workload plateau --size 12Mi --hold 20ms"
took=$(($(now_ms) - started))
if [ "$took" -le 60000 ]; then pass "stall: it comes to its end"; else fail "stall: it comes to its end" "$took ms"; fi
holds "stall: told" stall '.oom_point | .stalls_bytes < 41943040 and .survives_bytes >= 41943040'
holds "stall: near enough" stall '.oom_point | .survives_bytes <= .stalls_bytes * 1.06'
holds "stall: only what died is called dead" stall '.oom_point.ooms_bytes as $dead | $dead == null or
    any(.trials[]; .limit_bytes == $dead and .outcome == "oom")'
holds "stall: how those runs ended" stall '[.trials[] | select(.limit_bytes != null and .limit_bytes < 41943040 and .outcome != "oom")] |
    length >= 1 and all(.outcome == "slow" and .stop == "slow")'
if until_true 3 no_leftover_groups; then pass "no group left"; else fail "no group left" "$(leftover_groups)"; fi

# Trials have their groups in one of the search's own, which outlives none of them.
in_umbrella() { leftover_groups | grep -q "/plimsoll-$harness-[0-9-]*/plimsoll-$harness-"; }
none_alive() { [ -z "$(pids_of "plateau --size 31Mi")" ]; }
"$plimsoll" find -q --out "$scratch/killed" -- "$workload" plateau --size 31Mi --hold 60s >/dev/null 2>&1 &
harness=$!
if until_true 20 in_umbrella; then pass "a group in a group"; else fail "a group in a group" "$(leftover_groups)"; fi
kill -KILL "$harness"
wait "$harness" 2>/dev/null
if until_true 5 no_leftover_groups; then pass "SIGKILL: no group left"; else fail "SIGKILL: no group left" "$(leftover_groups)"; fi
if until_true 5 none_alive; then pass "SIGKILL: no process left"; else fail "SIGKILL: no process left" "$(pids_of "plateau --size 31Mi")"; fi

finish
