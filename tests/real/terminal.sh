# What only a terminal shows. Needs python3 for the pseudo-terminal.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

if command -v python3 >/dev/null; then
    python3 "$(dirname "$0")/terminal.py" "$plimsoll" "$workload" "$scratch" >"$scratch/report" 2>&1
    expect "terminal.py came to its end" 0 "$?"
    while read -r line; do
        case "$line" in
        "ok "*) pass "${line#ok }" ;;
        *) fail "terminal" "$line" ;;
        esac
    done <"$scratch/report"
else
    skip "terminal" "no python3 here"
fi

finish
