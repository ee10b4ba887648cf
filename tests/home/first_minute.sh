#!/bin/bash
# The session that README.md begins with, from a clone to the answer: what is printed today has all that it shows.
. "$(dirname "$0")/common.sh"

session=$(sed -n '/^## The first minute/,/^## /p' "$top/README.md" | sed -n 's/^    //p')
command=$(printf '%s\n' "$session" | sed -n 's/^\$ sudo \(scripts\/size .*\)/\1/p')
expect_match "it has a command" "scripts/size -- *" "$command"

# labels TEXT: the first word of each line of the answer, once
labels() { printf '%s\n' "$1" | sed -n '/^It needs/,/^Saved/p' | grep -o '^[A-Z][A-Za-z()]*' | uniq | tr '\n' ' '; }

cd "$scratch" || exit 1
git clone -q "$top" plimsoll && cd plimsoll || exit 1
bash -c "$command" >../answer 2>../told
expect "it ends well" 0 $?
expect "standard output is the document" "resources: requests: memory: limits: memory: " \
    "$(grep -o '[a-z]*:' ../answer | tr '\n' ' ')"
expect_match "a table" "*#  limit      outcome          time     needed       peak*none       survived *OOM *proof 3 of 3*" "$(cat ../told)"
missing=
for label in $(labels "$session"); do
    case " $(labels "$(cat ../told)")" in *" $label "*) ;; *) missing="$missing$label " ;; esac
done
expect "all that is shown is told" "" "$missing"
expect_match "the labels are found" "It * Recommend Because * Saved " "$(labels "$session")"
finish
