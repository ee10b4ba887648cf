# A run whose harness was killed, interrupted or ran out of time goes on from its folder, and repeats nothing.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

cd "$scratch" || exit 1
set -- "$workload" plateau --size 33Mi --hold 700ms
sums() { (cd "$1" && md5sum -- *); }
lines() { wc -l <"$1" | tr -d ' '; }

# stop_run FOLDER SIGNAL WANTED_STATUS ARGUMENTS...: a run, stopped in its third trial; what it had is kept in FOLDER.before
stop_run() {
    folder=$1 signal=$2 wanted=$3
    shift 3
    "$plimsoll" "$@" >/dev/null 2>&1 &
    harness=$!
    until_true 60 has_trials "$folder" 2 || fail "$folder: two trials" "never came"
    sleep 0.1
    kill "-$signal" "$harness"
    status=0
    wait "$harness" 2>/dev/null || status=$?
    expect "$folder: stopped" "$wanted" "$status"
    cp "$folder/trials.jsonl" "$folder.before"
}

# goes_on FOLDER ARGUMENTS...: resumes it; every trial of before stands as it was, once, and the files fit the trials
goes_on() {
    folder=$1
    shift
    expect "$folder: resumed" 0 "$(status_of "$plimsoll" "$@")"
    head -c "$(wc -c <"$folder.before")" "$folder/trials.jsonl" >"$scratch/head"
    if cmp -s "$scratch/head" "$folder.before"; then pass "$folder: trials stand"; else fail "$folder: trials stand" "changed"; fi
    expect "$folder: ids" true "$(jq -s 'map(.id) == [range(1; length + 1)]' "$folder/trials.jsonl")"
    expect "$folder: the result has them all" "$(jq -s -c . "$folder/trials.jsonl")" "$(jq -c .trials "$folder/result.json")"
    jq -r '"\(.samples) \(.sample_count)"' "$folder/trials.jsonl" >"$scratch/counts"
    while read -r name count; do
        expect "$folder: $name" $((count + 1)) "$(lines "$folder/$name")"
    done <"$scratch/counts"
}

# Killed in the middle of a trial.
stop_run killed KILL 137 find -q --out killed -- "$@"
expect "begun with: command, folder, schema" "[\"find\",\"$(pwd -P)\",\"plimsoll.invocation/1\"]" \
    "$(jq -c '[.command, .cwd, .schema]' killed/invocation.json)"
expect "begun with: arguments" "$(jq -n -c '$ARGS.positional' --args -- -q --out killed -- "$@")" \
    "$(jq -c .arguments killed/invocation.json)"
cp -r killed torn
cp killed.before torn.before
goes_on killed find --resume killed
expect "killed: what a run without a kill finds" true \
    "$(jq '.oom_point | .confirmed_ooms >= 3 and .confirmed_survivals >= 3 and .survives_bytes >= 34603008' killed/result.json)"
if until_true 2 no_leftover_groups; then pass "killed: no group left"; else fail "killed: no group left" "$(leftover_groups)"; fi

# Killed in the middle of a line; the target may be said again.
printf '{"id":3,"purpose":"pro' >>torn/trials.jsonl
goes_on torn find -v --resume torn -- "$@"
expect_match "torn: said so" "*Resumed torn: $(lines torn.before) trials are there.*torn line*" "$(tr '\n' ' ' <"$scratch/err")"

# Interrupted by the user, and sized in the end.
stop_run interrupted INT 130 find -q --out interrupted -- "$@"
goes_on interrupted size --resume interrupted
expect "interrupted: sized" "resources:" "$(head -1 "$scratch/out")"
expect "interrupted: its steady state is known again" true \
    "$(jq '.recommendation.request_bytes >= 34603008 and .recommendation.request_bytes < 41943040' interrupted/result.json)"

# A run that is finished has nothing left to do; a recommendation of before does not outlive its result.
before=$(lines interrupted/trials.jsonl)
expect "finished" 0 "$(status_of "$plimsoll" find --resume interrupted)"
expect "finished: no run more" "$before" "$(lines interrupted/trials.jsonl)"
expect "finished: one answer" "null no" \
    "$(jq -c .recommendation interrupted/result.json) $([ -e interrupted/recommendation.yaml ] && echo yes || echo no)"

# Out of time: the time of before does not count.
expect "out of time" 4 "$(status_of "$plimsoll" find -q --budget 2s --out late -- "$@")"
cp late/trials.jsonl late.before
goes_on late find --resume late --budget 10m
expect "out of time: the rest was run" true "$([ "$(lines late/trials.jsonl)" -gt "$(lines late.before)" ] && echo true)"

# The curve: what is missing at each limit, and more of it.
stop_run curve KILL 137 step -q --limits 24Mi,40Mi,64Mi --repeat 2 --out curve -- "$@"
goes_on curve step --resume curve
expect "curve: all of it" '[[67108864,2],[41943040,2],[25165824,2]]' \
    "$(jq -s -c 'group_by(-.limit_bytes) | map([.[0].limit_bytes, length])' curve/trials.jsonl)"
goes_on curve step --resume curve --repeat 3
expect "curve: more of it" 9 "$(lines curve/trials.jsonl)"

# Begun with a scenario, of which the run keeps what it was.
printf '{"schema": "plimsoll.scenario/1", "search": {"confirm": 2}, "target": {"argv": ["%s", "plateau", "--size", "33Mi",
    "--hold", "700ms"], "env": {"A": "b"}}}\n' "$workload" >scenario.json
cp scenario.json as-it-was.json
stop_run scenario KILL 137 find -q --out scenario --config scenario.json
expect "scenario: as it was" "$(cat as-it-was.json)" "$(jq -r .scenario.text scenario/invocation.json)"
echo '{"schema": "plimsoll.scenario/1", "search": {"confirm": 40}, "target": {"argv": ["true"]}}' >scenario.json
goes_on scenario find --resume scenario
expect "scenario: not as the file is now" true \
    "$(jq '.oom_point | .confirmed_ooms >= 2 and .confirmed_ooms < 40 and .survives_bytes >= 34603008' scenario/result.json)"

# refused PATTERN FOLDER ARGUMENTS...: in one line, and not a byte of the folder changes
refused() {
    pattern=$1 folder=$2
    shift 2
    before=$(sums "$folder")
    expect "$*: exit status" 2 "$(status_of "$plimsoll" "$@")"
    expect_match "$*: message" "plimsoll: $pattern" "$(cat "$scratch/err")"
    expect "$*: in one line" 1 "$(lines "$scratch/err")"
    expect "$*: nothing is changed" "$before" "$(sums "$folder")"
}

printf '{"torn' >>late/trials.jsonl
refused "*--limits with --resume curve*" curve step --resume curve --limits 24Mi
refused "*--max with --resume late*" late find --resume late --max 1Gi
refused "*the target there is*" late find --resume late -- true
refused "*begun by plimsoll step*" curve find --resume curve
refused "*begun by plimsoll find*" late step --resume late
refused "*--out and --resume*" late find --resume late --out late
mkdir elsewhere
cd elsewhere || exit 1
refused "*begun in *; cd there first" ../late find --resume ../late
cd .. || exit 1
jq '.host.kernel = "0.0.1"' late/invocation.json >changed && cp -r late machine && cp changed machine/invocation.json
refused "*measured on Linux 0.0.1*start anew" machine find --resume machine
cp -r late broken
sed 's/"outcome":/"outcome":x/' late/trials.jsonl >broken/trials.jsonl
refused "broken/trials.jsonl:1: not JSON" broken find --resume broken
cp -r late wrong
echo nonsense >>wrong/samples-001.csv
refused "wrong/samples-001.csv:*" wrong find --resume wrong
rm -r late/invocation.json
refused "*no invocation.json*" late find --resume late

# Not while another run is writing there.
"$plimsoll" step -q --limits 64Mi --repeat 9 --out busy -- "$@" >/dev/null 2>&1 &
harness=$!
until_true 60 has_trials busy 1 || fail "busy: a trial" "never came"
expect "busy" 2 "$(status_of "$plimsoll" step --resume busy)"
expect_match "busy: said so" "*busy: another run is writing there*" "$(cat "$scratch/err")"
kill -TERM "$harness"
wait "$harness" 2>/dev/null

cd / || exit 1
finish
