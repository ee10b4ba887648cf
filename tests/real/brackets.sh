# The OOM point of targets that tell the truth about themselves: the bracket holds it, is narrow, and is confirmed.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# How far below what a workload says of itself the kernel may still let it live: four pages, as measured
# (workloads/account.c). An end at which it died gets nothing of it.
slack=16384

# holds NAME POINT TRUTH
holds() {
    expect "$1: holds $3: $2" true "$(echo "$2" | jq ".ooms_bytes < $3 and .survives_bytes >= $3 - $slack")"
}

# bracket NAME SHAPE OPTIONS...
bracket() {
    name=$1
    shift
    truth=$("$workload" "$@" | jq .peak_bytes)
    rm -rf "$scratch/run"
    got=$(status_of "$plimsoll" find -q --out "$scratch/run" -- "$workload" "$@")
    expect "$name: exit status" 0 "$got"
    point=$(jq -c .oom_point "$scratch/run/result.json")
    holds "$name" "$point" "$truth"
    # One percent, or one batch of 64 pages where that is more.
    expect "$name: narrow: $point" true \
        "$(echo "$point" | jq '.survives_bytes - .ooms_bytes <= ([.ooms_bytes * 0.01, 262144] | max)')"
    # More often where runs were seen to differ.
    expect "$name: confirmed: $point" true "$(echo "$point" | jq '.confirmed_ooms >= 3 and .confirmed_survivals >= 3')"
    runs=$(echo "$point" | jq .runs)
    if [ "$runs" -le 12 ]; then pass "$name: $runs runs"; else fail "$name: runs" "$runs"; fi
}

bracket plateau plateau --size 200Mi
bracket leak leak --size 64Mi --rate 256Mi --hold 100ms
bracket spike spike --base 16Mi --size 64Mi --width 5ms --count 3
bracket shm shm --size 64Mi
bracket fork fork --size 64Mi --processes 8
bracket threads threads --size 64Mi --threads 32
bracket goroutines goroutines --size 64Mi --count 2000
bracket sawtooth sawtooth --base 24Mi --size 48Mi --period 100ms --count 3 --leak 1Mi --noise 2Mi
bracket fragment fragment --size 48Mi --hold 100ms

# The plain ways find the same, in more runs.
for strategy in bisect step; do
    expect "$strategy: exit status" 0 "$(status_of "$plimsoll" find -q --strategy $strategy --confirm 1 --out "$scratch/$strategy" -- \
        "$workload" plateau --size 48Mi --hold 20ms)"
    point=$(jq -c .oom_point "$scratch/$strategy/result.json")
    holds "$strategy" "$point" 50331648
    # Once is no proof: where runs differ, the bracket lies around the band.
    expect "$strategy: narrow: $point" true "$(echo "$point" | jq '.survives_bytes <= .ooms_bytes * (if .mixed then 1.1 else 1.011 end)')"
done

# size: the document alone on stdout, the limit with its margin over the proven point.
got=$(status_of "$plimsoll" size --out "$scratch/size" -- "$workload" plateau --size 48Mi)
expect "size: exit status" 0 "$got"
expect "size: stdout is the document" "resources:" "$(head -1 "$scratch/out")"
expect "size: five lines of it" 5 "$(wc -l <"$scratch/out" | tr -d ' ')"
expect "size: kept too" "$(cat "$scratch/out")" "$(cat "$scratch/size/recommendation.yaml")"
expect "size: emit says the same" "$(cat "$scratch/out")" "$("$plimsoll" emit --format kubernetes "$scratch/size")"
advice=$(jq -c '{l: .recommendation.limit_bytes, r: .recommendation.request_bytes, s: .oom_point.survives_bytes}' "$scratch/size/result.json")
expect "size: limit at least 1.2 times the proven point: $advice" true "$(echo "$advice" | jq '.l >= .s * 1.2')"
expect "size: headroom of 1.5 to 2: $advice" true "$(echo "$advice" | jq '.l / .r >= 1.5 and .l / .r <= 2.05')"
expect "size: verifying runs" '[3,0]' "$(jq -c '.recommendation.verified | [.runs, .ooms]' "$scratch/size/result.json")"

# The curve.
got=$(status_of "$plimsoll" step --limits 32Mi,40Mi,64Mi,80Mi --out "$scratch/step" -- "$workload" plateau --size 48Mi)
expect "step: exit status" 0 "$got"
expect "step: outcomes" '["oom","oom","survived","survived"]' \
    "$(jq -c '[.trials | sort_by(.limit_bytes)[].outcome]' "$scratch/step/result.json")"

finish
