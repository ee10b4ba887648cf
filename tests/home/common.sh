# Shared by the tests of this folder.
# shellcheck shell=bash
. "$(dirname "$0")/../lib.sh"

build=$(dirname "$plimsoll")
made=$build/harness/manual
has() { command -v "$1" >/dev/null 2>&1; }

commands=$("$plimsoll" --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p')

# The options that --help of a command tells, a line each: "--out DIR" or "-o DIR"; a flag alone.
help_options() { # COMMAND
    "$plimsoll" "$1" --help | awk '/^  (-., |    )--/ {
        value = $0 ~ /^  (-., |    )--[a-z-]+ +[A-Z][A-Z\/a-z=]* / ? ($1 ~ /,$/ ? $3 : $2) : ""
        name = $1 ~ /,$/ ? $2 : $1
        if (value ~ /^[^A-Z]/ || value == "") value = ""
        print name (value == "" ? "" : " " value)
        if ($1 ~ /,$/) print substr($1, 1, 2) (value == "" ? "" : " " value)
    }' | sort -u
}
