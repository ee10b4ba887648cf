#!/bin/bash
# Manual pages: man and mandoc have nothing to complain of, and they tell what --help tells.
. "$(dirname "$0")/common.sh"

export LC_ALL=C.UTF-8 MANWIDTH=100 MAN_KEEP_FORMATTING=
man_says() { { man --warnings=w -E UTF-8 -l -Tutf8 -Z "$1" >/dev/null; } 2>&1; }

if ! has man || ! has groff; then
    skip "manual pages" "man or groff is not here"
    finish
    exit
fi
for page in "$made"/*.1; do
    expect "${page##*/}: man --warnings" "" "$(man_says "$page")"
    # No date: the same source makes the same page.
    has mandoc && expect "${page##*/}: mandoc -T lint" "" "$(mandoc -T lint -W warning "$page" 2>&1 | grep -v 'missing date')"
    expect "${page##*/}: nothing is left of the macros" "" "$(man -l "$page" 2>/dev/null | grep -nE '\\f|\\-|^\.[A-Z]')"
done
sed 's/^\.SH SEE ALSO/.XH SEE ALSO/; s/^\.PP$/.in 5x/' "$made/plimsoll-size.1" >"$scratch/broken.1"
expect_match "man sees what is broken" "*macro*XH*" "$(man_says "$scratch/broken.1")"
has mandoc || skip "mandoc" "it is not here"

# A command that is added without a page breaks the build.
expect "a page that is missing" "1 plimsoll size has no page: add 'size' to the list in harness/manual/meson.build" \
    "$(status_of "$made/plimsoll-manual" $(printf "$scratch/plimsoll-%s.1 " $(printf '%s\n' $commands | grep -vx size))) $(cat "$scratch/err")"
expect_match "a page of nothing" "1 *plimsoll-nosuch.1: no page and no completion of plimsoll is called so" \
    "$(status_of "$made/plimsoll-manual" "$scratch/plimsoll-nosuch.1" $(printf "$scratch/plimsoll-%s.1 " $commands)) $(cat "$scratch/err")"

# page_options COMMAND: as help_options, of the page as it is read
page_options() {
    man -l "$made/plimsoll-$1.1" 2>/dev/null | sed -n '/^OPTIONS/,/^\(EXIT\|EXAMPLES\|SEE\)/p' |
        sed -n 's/^       \(-.*\)$/\1/p' | sed 's/  .*//' | sed -nE 's/^(-., )?(--[a-z-]+)( [A-Z][A-Z/a-z=]*)?( .*)?$/\1\n\2\3\n\1\3/p' |
        sed -nE 's/^(-.), *( .*)?$/\1\2/p; /^--/p' | sort -u
}
for command in $commands; do
    options=$(help_options "$command")
    expect "$command: the page's options are those of --help" "$(echo "$options" | grep -e '^--')" "$(page_options "$command" | grep -e '^--')"
    # Every word of the details, in their order, wherever lines are broken.
    page=$(man -l "$made/plimsoll-$command.1" 2>/dev/null | tr -s ' \n' ' ' | sed 's/‐ //g; s/[ .‐-]//g')
    example=$("$plimsoll" "$command" --help | sed -n '/^Example:/{n;s/^ *//;p}' | sed 's/[ .-]//g')
    case $page in
    *"$example"*) pass "$command: its example" ;;
    *) fail "$command: its example" "$example is not in the page" ;;
    esac
done
for shape in $("$workload" --help | sed -n '/^shapes:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    expect "workload $shape: options" "$("$workload" "$shape" --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p' | sort)" \
        "$(man -l "$made/plimsoll-workload.1" 2>/dev/null | sed -n "/^   $shape\$/,/^   [a-z]/p" | sed -nE 's/^       (--[a-z-]+) .*/\1/p' | sort)"
done

# README.md and the page tell the same of each exit status.
expect "exit statuses" "$(sed -n '/^| exit code /,/^$/p' "$top/README.md" | tail -n +3 | tr -d '`' | sed -n 's/^| \(.*\) | \(.*\) |$/\1: \2/p')" \
    "$(sed -n '/^\.SH EXIT STATUS/,/^\.SH ENVIRONMENT/p' "$made/plimsoll.1" | sed "s/\\\\(aq/'/g; s/\\\\-/-/g" |
        sed -n 's/^\\fB\(.*\)\\fP$/\1/; T; N; s/\n/: /; s/\\f[BP]//g; p')"

cd / || exit 1
finish
