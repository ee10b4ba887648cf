#!/bin/bash
# Completion: what bash, zsh and fish really offer at the end of a line.
. "$(dirname "$0")/common.sh"

mkdir "$scratch/place" && cd "$scratch/place" || exit 1
mkdir folder results
touch recorded.csv notes.txt 'two words.json'

# Each shell's own way to ask, a word a line. LINE ends where Tab is pressed.
offers_bash() { bash "$top/tests/home/offers.bash" "$made" "$1"; }
offers_zsh() { timeout 60 zsh -f "$top/tests/home/offers.zsh" "$made" "$1" "$scratch/zsh"; }
offers_fish() {
    HOME=$scratch/fish XDG_CONFIG_HOME=$scratch/fish fish --no-config -c \
        "source $made/${1%% *}.fish; complete -C (string unescape -- \$argv[1])" "$1" 2>&1 | cut -f1 | sed 's,/$,,' | sort -u
}

words() { tr '\n' ' ' | sed 's/ $//'; }
row() { # SHELL WANTED LINE
    expect "$1: $3" "$2" "$("offers_$1" "$3" | words)"
}

mkdir -p "$scratch/fish"
for shell in bash zsh fish; do
    if ! has $shell; then
        skip "completion in $shell" "it is not here"
        continue
    fi
    expect "$shell: commands" "$(printf '%s\n' $commands | sort | words)" "$("offers_$shell" "plimsoll " | grep -v '^-' | words)"
    row $shell "size step" "plimsoll s"
    row $shell "" "plimsoll nosuch "
    row $shell "--stdin --stop-signal --strategy" "plimsoll size --st"
    row $shell "--strategy" "plimsoll size --quiet --stra"
    row $shell "auto bisect predict squeeze step" "plimsoll size --strategy "
    row $shell "burstable guaranteed" "plimsoll size -q --strategy bisect --qos "
    row $shell "docker nerdctl podman" "plimsoll watch --engine "
    row $shell "kubernetes kustomize" "plimsoll emit --format k"
    row $shell "USR1 USR2" "plimsoll run --stop-signal US"
    row $shell "recorded.csv" "plimsoll leak --series rec"
    row $shell "folder" "plimsoll size --cwd fol"
    row $shell "notes.txt" "plimsoll explain no"
    row $shell "" "plimsoll clean no"
    row $shell "root" "plimsoll run --user roo"
    # The target's own arguments are no options of ours.
    row $shell "notes.txt" "plimsoll size sh no"
    row $shell "notes.txt" "plimsoll size -o results -- sh no"
    row $shell "" "plimsoll size --limits 64Mi -- sh --confirm"
    row $shell "recorded.csv" "plimsoll step --limits 64Mi sh rec"
    expect_match "$shell: a target is a command" "* gunzip *" " $("offers_$shell" "plimsoll size gunz" | words) "
    expect_match "$shell: behind -- too" "* gunzip *" " $("offers_$shell" "plimsoll run --limit 1Gi -- gunz" | words) "
    row $shell "plateau" "plimsoll-workload pl"
    row $shell "--seed --size --start --steps" "plimsoll-workload leak --s"
    # All options of each command, and no others.
    for command in $commands; do
        expect "$shell: the options of $command are those of --help" \
            "$({ help_options "$command" | sed 's/ .*//' | grep -e '^--'; echo --help; } | sort | words)" \
            "$("offers_$shell" "plimsoll $command --" | grep -e '^--.' | sort | words)"
    done
    for command in $commands; do # and which of them take a value: behind such a one no option is offered
        for option in $(help_options "$command" | grep -e '^--[a-z-]* .' | grep -vE ' (FILE|PATH|DIR|USER|PID|CMD)$' | sed 's/ .*//'); do
            [ $shell = bash ] || continue
            expect "$shell: $command $option takes a value" "" "$("offers_$shell" "plimsoll $command $option --" | words)"
        done
    done
done
# What other programs are asked for: stand-ins that note what they were asked.
mkdir "$scratch/bin"
for program in docker kubectl systemctl; do
    cat >"$scratch/bin/$program" <<'END'
#!/bin/sh
echo "$(basename "$0") $*" >>"$ASKED"
case "$(basename "$0") $*" in
"docker ps --format {{.Names}}") printf '%s\n' web worker ;;
"docker ps --all --format {{.Names}}") printf '%s\n' web worker old ;;
"kubectl get pods -o name"*) printf 'pod/%s\n' web-7f9c web-8a1b ;;
"kubectl get namespaces -o name"*) printf 'namespace/%s\n' default shop ;;
"kubectl config get-contexts -o name") printf '%s\n' staging '$(touch pwned)' 'a;touch pwned' ;;
"systemctl list-units"*) printf '%s loaded active running Some words\n' nginx.service ssh.service user.slice ;;
*) exit 1 ;;
esac
END
    chmod +x "$scratch/bin/$program"
done
export ASKED=$scratch/asked
for shell in bash zsh fish; do
    has $shell || continue
    PATH=$scratch/bin:$PATH row $shell "web worker" "plimsoll watch --container w"
    PATH=$scratch/bin:$PATH row $shell "old" "plimsoll explain --docker o"
    PATH=$scratch/bin:$PATH row $shell "web-7f9c web-8a1b" "plimsoll explain --pod web"
    PATH=$scratch/bin:$PATH row $shell "shop" "plimsoll explain -n s"
    PATH=$scratch/bin:$PATH row $shell "staging" "plimsoll explain --context st"
    PATH=$scratch/bin:$PATH row $shell "nginx.service" "plimsoll watch --systemd ng"
    # Of a manifest: no engine knows it.
    PATH=$scratch/bin:$PATH row $shell "" "plimsoll emit --container w"
    expect_match "$shell: all that there is" "*staging*" "$(PATH=$scratch/bin:$PATH offers_$shell "plimsoll explain --context ")"
    if [ -e pwned ]; then fail "$shell: what they say is not run" "it was"; else pass "$shell: what they say is not run"; fi
done
expect "they are asked that and nothing else" "" "$(grep -vE '^(docker ps |kubectl (get|config get-contexts) |systemctl list-units )' "$ASKED")"
row bash "auto bisect predict squeeze step" "plimsoll size --strategy="
row bash "bisect" "plimsoll size --strategy=bi"
row bash "--qos --quiet" "plimsoll size --strategy=bisect --q"
row bash "two words.json" "plimsoll explain two"
expect "bash: it is for plimsoll" "complete -F _plimsoll plimsoll" "$(bash -c ". '$made/plimsoll'; complete -p plimsoll")"
has zsh && row zsh "bisect" "plimsoll size --strategy=bi"
has fish && row fish "--strategy=bisect" "plimsoll size --strategy=bi"

# As root of a machine with bash-completion has it: loaded by name when it is first asked for.
if [ -e /usr/share/bash-completion/bash_completion ]; then
    mkdir -p "$scratch/data/bash-completion/completions"
    cp "$made/plimsoll" "$scratch/data/bash-completion/completions/"
    expect "bash-completion loads it" "complete -F _plimsoll plimsoll" "$(XDG_DATA_HOME=$scratch/data bash -c \
        '. /usr/share/bash-completion/bash_completion; _completion_loader plimsoll; complete -p plimsoll')"
    expect "bash-completion: the target's own completion" "--line-buffered" \
        "$(BASH_COMPLETION=/usr/share/bash-completion/bash_completion offers_bash "plimsoll run -- grep --line-b" | words)"
else
    skip "bash-completion" "it is not here"
fi
for file in plimsoll plimsoll-workload; do
    has shellcheck && expect "$file: shellcheck" "" "$(shellcheck -s bash -e SC2016 "$made/$file" 2>&1)"
    has zsh && expect "_$file: zsh -n" "" "$(zsh -n "$made/_$file" 2>&1)"
    has fish && expect "$file.fish: fish -n" "" "$(fish -n "$made/$file.fish" 2>&1)"
done

cd / || exit 1
finish
