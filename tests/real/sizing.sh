# What size recommends, and what it says of it: on targets that tell the truth about themselves.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

# size NAME OPTIONS... -- TARGET...: leaves what it found in $found.
size() {
    name=$1
    shift
    rm -rf "$scratch/size"
    expect "$name: exit status" 0 "$(status_of "$plimsoll" size -q --confirm 1 --out "$scratch/size" "$@")"
    found=$scratch/size/result.json
}
holds() { # WHAT FILTER
    expect "$name: $1: $(jq -c '.recommendation | del(.reasons)' "$found")" true "$(jq "$2" "$found")"
}
says() { # reasons|warnings PART
    expect "$name: $1 say: $2" true "$(jq --arg part "$2" ".recommendation.$1 | map(contains(\$part)) | any" "$found")"
}

size "defaults" -- "$workload" plateau --size 64Mi
holds "three proofs and their bound" '.recommendation.verified | .runs == 3 and .ooms == 0 and (.p_oom_upper95 * 1000 | floor) == 631'
holds "limit of 1.5 to 2 times the request" '.recommendation | .limit_bytes >= 1.5 * .request_bytes and .limit_bytes <= 2 * .request_bytes'
holds "no leak" '.recommendation | .growth_bytes_per_s == null and .exhausted_after_s == null and .cpu_millis == null'

size "headroom 1.0" --headroom 1.0 --prove 1 -- "$workload" plateau --size 64Mi
holds "is the OOM point, in whole Mi" '.recommendation.limit_bytes == (.oom_point.survives_bytes / 1048576 | ceil) * 1048576'

# Base 40 MiB, at 50 MiB for a hundredth of the time: the request follows the first, the limit the second.
size "spikes" --prove 2 -- "$workload" spike --base 40Mi --size 50Mi --width 5ms --count 2 --every 700ms
holds "request from the steady state" '.recommendation.request_bytes <= 44 * 1048576'
holds "limit 1.2 of the OOM point at least" '.recommendation.limit_bytes >= 1.2 * .oom_point.survives_bytes'
says reasons "as the highest need is"

size "guaranteed" --qos guaranteed --prove 1 -- "$workload" plateau --size 48Mi
holds "request equals limit, and CPU" '.recommendation | .request_bytes == .limit_bytes and .qos_class == "Guaranteed" and .oom_score_adj == -997 and .cpu_millis >= 100'
expect "guaranteed: the document has the CPU too" 2 "$(grep -c cpu: "$scratch/size/recommendation.yaml")"
size "guaranteed, CPU as asked" --qos guaranteed --cpu 1.5 --prove 1 -- "$workload" plateau --size 48Mi
holds "1500m" '.recommendation.cpu_millis == 1500'

size "init container" --container-role init --prove 1 -- "$workload" plateau --size 48Mi
holds "request is the OOM point" '.recommendation | .container_role == "init" and .request_bytes == 49 * 1048576'

# 16 MiB a second and no end: what it needs in 1.5 s is no limit that lasts.
size "leak" --for 1500ms --prove 1 -- "$workload" leak --size 2Gi --rate 16Mi
says warnings "A leak is suspected"
says warnings "No limit is safe"
holds "its growth is measured" '.recommendation.growth_bytes_per_s | . > 14 * 1048576 and . < 18 * 1048576'
holds "and when it has filled the limit" '. as $r | .recommendation | (.exhausted_after_s - .limit_bytes / .growth_bytes_per_s) | . > -0.5 and . < 0.5'
"$plimsoll" emit "$scratch/size" >/dev/null 2>"$scratch/err"
expect_match "leak: emit warns too" "*leak is suspected*" "$(cat "$scratch/err")"

# What is not proven goes into no document.
jq '.recommendation.verified |= (.runs = 3 | .ooms = 1)' "$found" >"$scratch/unproven.json"
expect "unproven: emit" 4 "$(status_of "$plimsoll" emit "$scratch/unproven.json")"
expect "unproven: no document" "" "$(cat "$scratch/out")"

# A node that cannot hold it.
size "small node" --node-memory 128Mi --prove 1 -- "$workload" plateau --size 64Mi
says warnings "of 128Mi"

finish
