#!/bin/bash
# The static binaries, and the image of them in a real engine that is started here.
. "$(dirname "$0")/common.sh"

cd "$scratch" || exit 1
status=$(status_of "$top/scripts/image" "$scratch/context")
if [ "$status" = 5 ]; then
    skip "image" "$(head -1 err)"
    finish
    exit
fi
expect "scripts/image" 0 "$status"
for program in plimsoll plimsoll-workload; do
    expect "$program: static" "not a dynamic executable" "$(ldd "context/usr/bin/$program" 2>&1 | sed 's/^[\t ]*//')"
    expect "$program: small" 1 "$(($(stat -c %s "context/usr/bin/$program") < 4000000))"
done
is="plimsoll $("$top/scripts/version" 0.1.0)"
expect "it runs" "$is" "$(context/usr/bin/plimsoll --version)"
expect "a user is still found by its name" "0 0" "$(context/usr/bin/plimsoll run -q --user root -- id -u) $(context/usr/bin/plimsoll run -q --user root -- id -g)"
expect "and does its work" 0 "$(status_of context/usr/bin/plimsoll find -q --confirm 1 --precision 20 --out found -- \
    context/usr/bin/plimsoll-workload plateau --size 16Mi --hold 50ms)"
expect_match "by its own workload" '{"ooms":1[0-9]*,"lives":1[0-9]*}' "$(jq -c '.oom_point | {ooms: .ooms_bytes, lives: .survives_bytes}' found/result.json 2>&1)"
expect "schemas" "$(cd "$top/harness/output" && printf '%s ' *.schema.json)" "$(cd context/usr/share/plimsoll/schemas && printf '%s ' *)"

. "$top/tests/engine.sh"
if ! can_have_engine; then
    skip "image in an engine" "dockerd is not installed, or this is not root"
    cd / || exit 1
    finish
    exit
fi
export DOCKER_CONFIG=$scratch
trap clean_up_engine EXIT
start_engine
if docker version >/dev/null 2>&1; then
    expect "an image is made" 0 "$(DOCKER_BUILDKIT=0 status_of "$top/scripts/image" --tag plimsoll-test "$scratch/context")"
    in_image() { docker run --rm --network none "$@"; }
    expect "in a container" "$is" "$(in_image plimsoll-test --version 2>&1)"
    # On standard output the target's own words, on standard error ours.
    expect "a target in it" '"plateau"' "$(in_image --pid host --cgroupns host -v /sys/fs/cgroup:/sys/fs/cgroup \
        plimsoll-test run -q --limit 64Mi -- /usr/bin/plimsoll-workload plateau --size 5Mi --hold 0s 2>err | jq .shape)"
    in_image --pid host --cgroupns host -v /sys/fs/cgroup:/sys/fs/cgroup plimsoll-test doctor --json - >it.json 2>err
    expect "with the groups of the host: all that is needed is there" true "$(jq .allowed it.json)"
    in_image plimsoll-test doctor --json - >it.json 2>err
    expect "without: it says what is missing" false "$(jq .allowed it.json)"
fi
clean_up_engine
trap - EXIT

cd / || exit 1
finish
