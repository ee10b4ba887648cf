# The runtime that a target turns out to run on, and what its own settings bring: tried by `size`, and seen in what it
# needs under the same limit with and without them.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# has NAME PROGRAM: in the cgroup v2 machine there is none of them
has() {
    command -v "$2" >/dev/null 2>&1 && return
    case "$2" in
    python3 | node) if [ "$(uname -n)" != plimsoll-vm ]; then skip "$1" "no $2 here"; fi ;;
    *) echo "SKIPPED $1: no $2 here" && skipped=$((skipped + 1)) ;;
    esac
    return 1
}

# seen NAME RUNTIME TARGET...: what a run without a limit shows. Where the run is too short on a busy machine it may be missed.
seen() {
    name=$1
    wanted=$2
    shift 2
    got=$(status_of "$plimsoll" run --out "$scratch/seen" --for 20s --json "$scratch/seen.json" -- "$@")
    expect "$name" "0 $wanted" "$got $(jq -r '.trials[0].runtime' "$scratch/seen.json")"
    rm -rf "$scratch/seen"
}

# holds NAME FILTER: true of the result of `size` in $run
holds() {
    if [ "$(jq "$2" "$run/result.json")" = true ]; then
        pass "$1"
    else
        fail "$1" "not $2: $(jq -c '[.recommendation | .runtime, .warnings], (.trials[] | select(.purpose == "verify") |
            [.limit_bytes, .outcome, .tuned, .needed_bytes, .duration_s])' "$run/result.json")"
    fi
}

# What a run that lives needs, in bytes: needs LIMIT [OPTION...] -- TARGET...
needs() {
    "$plimsoll" run --json "$scratch/needs.json" --limit "$@" >/dev/null 2>&1 </dev/null
    jq -r '.trials[0] | select(.outcome == "survived") | .needed_bytes' "$scratch/needs.json"
}

cd "$scratch" || exit 1
seen "a shell is none" null sh -c 'sleep 0.3'
seen "a C program is none" null "$workload" plateau --size 8Mi --hold 200ms

if has python python3; then
    seen python python python3 -c 'import time; time.sleep(0.4)'
    seen "python, started by a shell" python sh -c 'python3 -c "import time; time.sleep(0.4)"; true'
    seen "python that a shell became" python sh -c 'sleep 0.1; exec python3 -c "import time; time.sleep(0.5)"'
    seen "a shell that python became" null python3 -c 'import os, time; time.sleep(0.3); os.execvp("sleep", ["sleep", "1.2"])'
    # Many threads that free what others ask for: less with two arenas, where there are CPUs for more.
    cat >threads.py <<'END'
import os, threading
def work(seed):
    kept = [None] * 300
    for i in range(3000):
        kept[i % 300] = os.urandom(4000 + (i * 37 + seed * 11) % 9000)
threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
END
    run=$scratch/threads
    expect "python with threads: exit status" 0 "$(status_of "$plimsoll" size --confirm 1 --max-slowdown 3 --out "$run" -- python3 threads.py)"
    if [ "$(nproc)" -gt 1 ]; then
        holds "python with threads: arenas are tried" '[.trials[] | select(.tuned)] | length >= 1 and
            all(.purpose == "verify")'
        holds "python with threads: and told where they gained" '.recommendation |
            (.runtime.settings == [{"name": "MALLOC_ARENA_MAX", "value": "2"}]) == any(.reasons[]; test("With MALLOC_ARENA_MAX=2 it needs"))'
    fi
fi

if has node node; then
    # Memory outside the garbage collector's heap, so that the search finds an end, and garbage within.
    cat >app.js <<'END'
const kept = [];
for (let i = 0; i < 64; i++) kept.push(Buffer.alloc(1 << 20, i));
console.log(process.env.NODE_OPTIONS);
const live = new Array(2000);
for (let i = 0; i < 400000; i++) live[i % 2000] = { id: i, tags: [i, i + 1, 'x' + i], body: new Array(60).fill(i) };
END
    seen node node node app.js
    seen "node, two shells deep" node sh -c 'sh -c "node app.js; true"; true'
    seen "node that python waits for" node python3 -c 'import subprocess; subprocess.run(["node", "app.js"])'

    run=$scratch/node
    expect "node: exit status" 0 "$(status_of "$plimsoll" size --confirm 1 --max-slowdown 3 --out "$run" -- sh -c 'exec node app.js')"
    holds "node: recognised" '.recommendation.runtime.name == "node" and .trials[0].runtime == "node"'
    holds "node: tried at the recommended limit, twice unless it died" '.recommendation.limit_bytes as $limit |
        [.trials[] | select(.tuned)] | all(.limit_bytes == $limit and .purpose == "verify") and
        (length == 2 or any(.outcome != "survived"))'
    told=$(jq -r '.trials[] | select(.tuned) | .log' "$run/result.json" | head -1)
    expect_match "node: the setting reached it" "--max-old-space-size=*" "$(head -1 "$run/$told")"
    holds "node: counted apart from the proofs" '([.trials[] | select(.tuned)] | length) == .recommendation.runtime.tried.runs and
        ([.trials[] | select(.purpose == "verify" and (.tuned | not))] | length) >= .recommendation.verified.runs'
    holds "node: a setting has its reason, one that lost a warning" '.recommendation |
        if .runtime.settings == [] then any(.warnings[]; test("--max-old-space-size="))
        else any(.reasons[]; test("^With NODE_OPTIONS=--max-old-space-size=[0-9]+ (it|nothing) ")) end'
    tuned=$(jq '[.trials[] | select(.tuned)] | length' "$run/result.json")
    expect "node: resumed" 0 "$(status_of "$plimsoll" size --resume "$run")"
    expect "node: resumed, nothing is tried again" "$tuned" "$(jq '[.trials[] | select(.tuned)] | length' "$run/result.json")"

    expect "node with its own: exit status" 0 "$(status_of "$plimsoll" size --confirm 1 --max-slowdown 3 --out "$scratch/own" \
        --env NODE_OPTIONS=--max-old-space-size=60 -- node app.js)"
    run=$scratch/own
    holds "node with its own: is left alone" '.recommendation.runtime.settings == [] and
        ([.trials[] | select(.tuned)] | length) == 0 and
        any(.recommendation.reasons[]; test("max-old-space-size"))'

    # The setting reaches the heap: what lives does not fit a smaller one, however much memory there is. (How much
    # garbage it keeps, and so what it needs, is a matter of timing: measured 33 to 65 MiB.)
    echo 'const kept = []; for (let i = 0; i < 400000; i++) kept.push({ i, s: "x" + i }); console.log(kept.length);' >kept.js
    for heap in 128 16; do
        "$plimsoll" run -q --json "$scratch/heap.json" --limit 256Mi --env NODE_OPTIONS=--max-old-space-size=$heap -- \
            node kept.js >/dev/null 2>&1
        expect "node: a heap of $heap MiB" "$([ $heap = 128 ] && echo survived || echo runtime-oom)" \
            "$(jq -r '.trials[0].outcome' "$scratch/heap.json")"
    done
fi

if has java java && has java javac; then
    cat >Kept.java <<'END'
public class Kept {
    public static void main(String[] arguments) {
        byte[][] kept = new byte[Integer.parseInt(arguments[0])][];
        for (int i = 0; i < 60000; i++) kept[i % kept.length] = new byte[10240];
    }
}
END
    javac Kept.java
    seen java jvm java Kept 3000
    if has java python3; then
        seen "java that python waits for" jvm python3 -c 'import subprocess; subprocess.run(["java", "Kept", "3000"])'
    fi
    # 54 MiB are kept; of 100 MiB a half is heap by default.
    expect "java: its default does not do" "" "$(needs 100Mi -- java Kept 5500)"
    expect "java: it died of a full heap" runtime-oom "$(jq -r '.trials[0].outcome' "$scratch/needs.json")"
    need=$(needs 100Mi --env 'JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=68.0 -XX:MinRAMPercentage=68.0' -- java Kept 5500)
    if [ -n "$need" ]; then pass "java: with its share it lives"; else fail "java: with its share it lives" "it died"; fi
fi

if has ruby ruby; then seen ruby ruby ruby -e 'sleep 0.4'; fi
if has php php; then seen php php php -r 'usleep(400000);'; fi
if has go go; then
    cat >main.go <<'END'
package main

import "time"

func main() { time.Sleep(500 * time.Millisecond) }
END
    if HOME=$scratch go build -ldflags '-s -w' -o server main.go; then
        seen "go, stripped" go ./server
        seen "go, started by python" go python3 -c 'import os; os.execvp("./server", ["./server"])'
    else
        fail go "cannot be built"
    fi
fi
if until_true 3 no_leftover_groups; then pass "no group left"; else fail "no group left" "$(leftover_groups)"; fi

finish
