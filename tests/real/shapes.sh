# The shapes that grow, fall back or jitter: what they need is what their truth says, to the batch in which the kernel
# charges; they end well with one more than that, and die with one less.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

batch=262144

# trial FOLDER OPTION...: of the only run in it
trial() { jq -c ".trials[0] | $2" "$scratch/$1/result.json"; }

# exact NAME SHAPE OPTION...: leaves its run without a limit in $scratch/NAME
exact() {
    name=$1
    shift
    truth=$("$workload" "$@" | jq .peak_bytes)
    expect "$name: exit status" 0 "$(status_of "$plimsoll" run -q --out "$scratch/$name" -- "$workload" "$@")"
    measured=$(trial "$name" .peak_less_file_bytes)
    # One batch of the CPU it stays on, and one that was left behind where it was started.
    expect "$name: peak $measured is the truth, $truth" true \
        "$(jq -n "$measured - $truth | . >= -65536 and . <= 2 * $batch")"
    expect "$name: lives just above it" 0 "$(status_of "$plimsoll" run -q --limit $((truth + batch)) -- "$workload" "$@")"
    got=$(status_of "$plimsoll" run -q --limit $((truth - batch)) --out "$scratch/below" -- "$workload" "$@")
    expect "$name: dies just below it" '137 "oom"' "$got $(trial below .outcome)"
    rm -rf "$scratch/below"
}

# needed NAME FROM TO: of the readings in that part of the run's time, the least and the most
needed() {
    awk -F, -v from="$2" -v to="$3" '
        FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "needed_bytes") column = i; next }
        NR == FNR { end = $1; next }
        $1 >= from * end && $1 <= to * end {
            if (!most || $column < least) least = $column
            if ($column > most) most = $column
        }
        END { printf "{\"least\": %.0f, \"most\": %.0f}\n", least, most }' "$scratch/$1/samples-001.csv" "$scratch/$1/samples-001.csv"
}

exact noise plateau --size 16Mi --noise 4Mi --hold 600ms
expect "noise: moves over most of its span" true "$(needed noise 0.2 0.9 | jq '.most - .least > 2 * 1048576')"
exact leak leak --start 10Mi --size 20Mi --for 300ms --hold 50ms
exact slow_leak leak --start 10Mi --rate 32Ki --for 300ms --hold 50ms
exact noisy_leak leak --start 10Mi --size 20Mi --for 300ms --noise 1Mi --hold 50ms
exact sawtooth sawtooth --base 10Mi --size 24Mi --period 100ms --count 3 --noise 1Mi
exact leaking_sawtooth sawtooth --base 10Mi --size 24Mi --period 300ms --count 4 --leak 2Mi
# Three falls, or two where the start took its time.
troughs=$(needed leaking_sawtooth 0.7 0.95)
expect "leaking_sawtooth: its troughs have risen: $troughs" true \
    "$(echo "$troughs" | jq '.least > 13 * 1048576 and .least < 20 * 1048576')"
exact warmup warmup --start 10Mi --size 24Mi --time-constant 30ms --hold 200ms
exact steady_warmup warmup --start 10Mi --size 24Mi --fill-for 100ms --hold 100ms --noise 1Mi
exact staircase staircase --start 10Mi --step 2Mi --every 60ms --count 3
exact fragment fragment --size 24Mi --live 2Mi --over 100ms --hold 600ms
# Most of it has been freed by then.
stays=$(needed fragment 0.75 0.95)
expect "fragment: stays: $stays" true "$(echo "$stays" | jq '.least > 24 * 1048576 * 0.98')"

finish
