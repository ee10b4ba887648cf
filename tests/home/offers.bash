#!/bin/bash
# offers.bash FOLDER LINE: what bash offers at the end of the line, with the completions of FOLDER, a word a line.
# $BASH_COMPLETION is loaded first, where it is set.
folder=$1 line=$2
# shellcheck source=/dev/null
[ -z "${BASH_COMPLETION:-}" ] || . "$BASH_COMPLETION"
# shellcheck source=/dev/null
. "$folder/${line%% *}"

# As readline breaks a line: at blanks, and around equals signs.
COMP_WORDS=()
for word in ${line//=/ = }; do COMP_WORDS+=("$word"); done
[[ $line != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$line
COMP_POINT=${#line}
COMP_TYPE=9
read -r _ _ function _ < <(complete -p "${line%% *}")
"$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sed 's/ *$//' | sort -u
