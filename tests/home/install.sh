#!/bin/bash
# meson install: all of it is there, and works from there.
. "$(dirname "$0")/common.sh"

root=$scratch/root
prefix=$(meson introspect --buildoptions "$build" | jq -r '.[] | select(.name == "prefix") | .value')
expect "install" 0 "$(DESTDIR=$root status_of meson install -C "$build" --no-rebuild --quiet)"
there=$root$prefix

expect "it runs" "$("$plimsoll" --version)" "$("$there/bin/plimsoll" --version)"
expect_match "its workload too" '{"shape": "plateau"*' "$("$there/bin/plimsoll-workload" plateau --size 4Mi --hold 0s)"
pages=$(cd "$there/share/man/man1" && printf '%s ' *)
for command in $commands; do
    expect_match "$command has a page" "*plimsoll-$command.1 *" " $pages"
done
expect_match "plimsoll and its workload have one" "*plimsoll-workload.1 *plimsoll.1 *" "$pages"
for file in bash-completion/completions/plimsoll zsh/site-functions/_plimsoll fish/vendor_completions.d/plimsoll.fish \
    bash-completion/completions/plimsoll-workload zsh/site-functions/_plimsoll-workload \
    fish/vendor_completions.d/plimsoll-workload.fish doc/plimsoll/README.md doc/plimsoll/examples/ci/gitlab-ci.yml; do
    if [ -s "$there/share/$file" ]; then pass "share/$file"; else fail "share/$file" "not there"; fi
done

# Every schema of the tree, and the one page says where.
expect "schemas" "$(cd "$top/harness/output" && printf '%s ' *.schema.json)" \
    "$(cd "$there/share/plimsoll/schemas" && printf '%s ' *)"
expect_match "the page says where" "*$prefix/share/plimsoll/schemas*" "$(sed 's/\\-/-/g' "$there/share/man/man1/plimsoll.1")"

# The scenarios, with all that they run, as they are in the tree.
expect "scenarios" "" "$(diff -r "$top/workloads/scenarios" "$there/share/plimsoll/scenarios" 2>&1)"
for file in "$there"/share/plimsoll/scenarios/*.sh; do
    if [ -x "$file" ]; then pass "$file can be run"; else fail "$file can be run" "$(ls -l "$file")"; fi
done
fits "scenarios: the installed schema takes them" "$there/share/plimsoll/schemas/scenario.schema.json" \
    "$there"/share/plimsoll/scenarios/*.json

cd / || exit 1
finish
