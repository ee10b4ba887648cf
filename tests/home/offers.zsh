#!/usr/bin/env zsh
# offers.zsh FOLDER LINE EMPTY: what zsh offers at the end of the line, with the completions of FOLDER, a word a line.
# A shell of its own is driven through a terminal; what its completion adds goes to a file too.
zmodload zsh/zpty
home=$3
mkdir -p $home
rm -f $home/offers $home/done
cat >$home/.zshrc <<END
PROMPT=READY
fpath=(${(q)1} \$fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
    local -a found
    # These only compute.
    if [[ " \${(j: :)@[1,(i)(-|--)]} " != *" -"[OAD]" "* ]]; then
        builtin compadd -A found "\$@"
        print -rl -- \$found >>$home/offers
    fi
    builtin compadd "\$@"
}
finish() { : >$home/done; exit }
zle -N finish
bindkey '^I' complete-word
bindkey '^X' finish
END
export ZDOTDIR=$home TERM=vt100
zpty shell zsh -d -i
zpty -r -m shell heard '*READY*'
zpty -n -w shell "$2"$'\t'$'\x18'
for ((tries = 0; tries < 200; tries++)); do
    zpty -r -t shell heard
    [[ -e $home/done ]] && break
    sleep 0.05
done
zpty -d shell
[[ -e $home/offers ]] && grep . $home/offers | sort -u
[[ -e $home/done ]]
