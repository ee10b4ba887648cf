# What a terminal shows while trials run, as tmux sees it: at three sizes, made narrower, interrupted, stopped, crashed.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

if ! command -v tmux >/dev/null || ! command -v script >/dev/null; then
    skip "live view" "no tmux or no script here"
    finish
    exit
fi

escape=$(printf '\033')
terminals=0
server=
tm() { env -u TMUX tmux -L "$server" -f /dev/null "$@"; }

close_terminal() { [ -z "$server" ] || tm kill-server 2>/dev/null; }

# A terminal of COLUMNS and ROWS with a shell that has jobs; the rest are variables of its environment.
open_terminal() {
    columns=$1 rows=$2
    shift 2
    close_terminal
    terminals=$((terminals + 1))
    server=plimsoll-test-$$-$terminals # a new one, since the one before takes its time to end
    tm new-session -d -x "$columns" -y "$rows" "cd '$scratch' && exec env -u LC_ALL -u LC_CTYPE -u NO_COLOR LANG=C.UTF-8 PS1='$ ' $* bash --norc --noprofile -i"
    tm set-option -g status off
    until_true 10 shows '^\$' || fail "a terminal of $columns columns" "no prompt"
}

screen() { tm capture-pane -p; }
# With what has left the screen above.
all() { tm capture-pane -p -S -; }
# shows PATTERN: an extended regular expression, in a line that is seen now
shows() { screen | grep -Eq -- "$1"; }
shows_not() { ! shows "$1"; }
type_line() { tm send-keys "$1" Enter; }
# 0: hidden
cursor() { tm display-message -p '#{cursor_flag}'; }
cursor_is() { [ "$(cursor)" = "$1" ]; }
# wait_for NAME SECONDS COMMAND...
wait_for() {
    name=$1
    shift
    if until_true "$@"; then pass "$name"; else fail "$name" "$(screen)"; fi
}
harness() { pids_of "$plimsoll find" | head -1; }
# find FOLDER HOLD [OPTION...]: what is typed
find_line() {
    folder=$scratch/$1 hold=$2
    shift 2
    echo "$plimsoll find --confirm 1 --out $folder $* -- $workload plateau --size 33Mi --hold $hold"
}

# The lines of the run that lives, from its row to the last: a graph of three rows, its usage, its course.
picture() { screen | awk '/running/ { lines = "" } NF { lines = lines $0 "\n" } END { printf "%s", lines }'; }
shape='^ +[0-9]+ .* running .*
.*[0-9] MiB \|.*
 +\|.*
 +0 \|.*
 *[0-9.]+ [KM]iB used, [0-9]+ %.*
.*[0-9] s left$'
has_shape() { picture | tr '\n' '~' | grep -Eq "^$(echo "$shape" | sed 's/^^//;s/[$]$//' | tr '\n' '~' | sed 's/~$//')~\$"; }

# ---- three sizes ----

# at COLUMNS ROWS: a whole search
at() {
    open_terminal "$1" "$2"
    type_line "clear; $(find_line "at-$1" 1500ms --name "'caf$(printf '\303\251') $(printf '\346\274\242')'")"
    wait_for "$1 columns: the picture is whole" 30 has_shape
    expect "$1 columns: the cursor is hidden" 0 "$(cursor)"
    expect "$1 columns: one run lives" 1 "$(screen | grep -c running)"
    expect "$1 columns: one head" 1 "$(screen | grep -c '# .*outcome')"
    if [ "$1" != 40 ]; then
        wait_for "$1 columns: the name" 5 shows "$(printf '\303\251') $(printf '\346\274\242'): run [0-9]+ of about [0-9]+, [0-9]+ s so far, about [0-9]+ s left"
    fi
    wait_for "$1 columns: its end" 60 shows '^Saved'
    wait_for "$1 columns: the cursor is back" 5 cursor_is 1
    expect "$1 columns: nothing of the picture is left" 0 "$(screen | grep -Ec 'running|used,|left$| \|')"
    rows=$(jq -r '.trials[] | "\(.id) \(.outcome)"' "$scratch/at-$1/result.json" | sed 's/oom/OOM/')
    got=$(all | sed -nE 's/^ +([0-9]+) +(none|[0-9.]+ MiB) +(survived|OOM|[a-z-]+) .*/\1 \3/p')
    expect "$1 columns: every trial is a row" "$rows" "$got"
}
at 80 24
at 40 24
at 120 40

# ---- what it can show ----

# In plain ASCII, without colours.
open_terminal 80 24 LANG=C NO_COLOR=1
type_line "clear; $(find_line ascii 700ms)"
wait_for "LANG=C: the picture is whole" 30 has_shape
expect "LANG=C: ASCII alone" 0 "$(screen | LC_ALL=C grep -c '[^ -~]')"
wait_for "LANG=C: its end" 60 shows '^Saved'
expect "NO_COLOR: no colours" 0 "$(tm capture-pane -p -e | grep -c "$escape\[")"
open_terminal 80 24
type_line "clear; $(find_line colour 400ms)"
wait_for "colours: its end" 60 shows '^Saved'
expect_match "colours: what survived is green" "*$escape\[32msurvived*" "$(tm capture-pane -p -e)"
expect_match "colours: what died is red" "*$escape\[31mOOM*" "$(tm capture-pane -p -e)"

# on_terminal COMMAND [TERM]: everything that is written to one, byte by byte
on_terminal() { TERM=${2:-xterm} script -qec "$1" /dev/null </dev/null; }
expect "TERM=dumb: no escape codes" 0 "$(on_terminal "$(find_line dumb 400ms)" dumb | grep -c "$escape")"
started=$(now_ms)
on_terminal "$(find_line often 1s)" >"$scratch/often.txt"
took=$(($(now_ms) - started))
drawn=$(grep -o "$escape\[?25l" "$scratch/often.txt" | wc -l)
if [ "$drawn" -ge 10 ] && [ "$drawn" -le $((took / 90 + 10)) ]; then pass "ten times a second at most"; else fail "ten times a second at most" "$drawn times in $took ms"; fi
expect "every hidden cursor is shown again" "show" \
    "$(grep -o "$escape\[?25[lh]" "$scratch/often.txt" | tail -1 | sed 's/.*h/show/')"
"$plimsoll" find --confirm 1 --out "$scratch/log" -- "$workload" plateau --size 33Mi --hold 400ms 2>"$scratch/ci.log" </dev/null
expect "a log has no escape codes" 0 "$(grep -c "$escape" "$scratch/ci.log")"
expect "a log has no picture" 0 "$(grep -Ec 'running|left$| \|' "$scratch/ci.log")"

# What the target prints is in its log, whatever it is.
open_terminal 80 24
type_line "clear; $plimsoll find --confirm 1 --out $scratch/loud -- sh -c 'printf \"\\033[2J\\033[HGARB\"AGE; printf \"GARB\"AGE >&2; exec $workload plateau --size 33Mi --hold 500ms'"
wait_for "a loud target: the picture is whole" 30 has_shape
wait_for "a loud target: its end" 60 shows '^Saved'
expect "a loud target: nothing of it is shown" 0 "$(screen | grep -c GARBAGE)"
expect_match "a loud target: it is in its log" "*GARBAGE*" "$(cat "$scratch/loud/target-001.log")"

# ---- another size meanwhile ----

# Where a terminal breaks lines in two and has no room for them it moves some to its history, where nobody can take them
# back: so what counts is that the last thing on the screen is one whole picture, and that nothing else was lost.
open_terminal 100 24
type_line "clear; $(find_line resized 3s)"
wait_for "resized: the picture is whole" 30 has_shape
for columns in 60 40 100 38 130 80; do
    tm resize-window -x "$columns" -y 24
    sleep 0.3
    wait_for "resized to $columns: the picture is whole" 5 has_shape
    expect "resized to $columns: what was printed is there" "1 1" \
        "$(all | grep -c 'cgroup v[12], ') $(all | grep -c '^ *1 .*survived')"
done
i=0
while [ $i -lt 30 ]; do
    tm resize-window -x $((50 + i)) -y $((24 + i % 3))
    i=$((i + 1))
done
wait_for "resized: its end" 60 shows '^Saved'
expect "resized: no run was disturbed" "" "$(jq -r '.trials[] | select(.outcome != "survived" and .outcome != "oom") | .outcome' "$scratch/resized/result.json")"

# ---- held ----

# Ctrl-S holds a terminal: what is printed meanwhile is there when it goes on, and the search does not wait for it.
open_terminal 80 30
type_line "clear; $(find_line held 300ms)"
wait_for "held: it is drawn" 30 shows running
tm send-keys C-s
wait_for "held: it goes on" 60 has_trials "$scratch/held" 5
sleep 2 # its last words wait too
expect "held: nothing is shown" 0 "$(screen | grep -Ec '^ +5 .*(survived|OOM)')"
tm send-keys C-q
wait_for "held: its end is there" 30 shows '^Saved'
wait_for "held: so is every row" 5 shows '^ +5 .*(survived|OOM)'

# ---- every end ----

# in_the_middle NAME: a search whose picture is there
in_the_middle() {
    open_terminal 80 24
    rm -rf "$scratch/ended"
    type_line "clear; $(find_line ended 2s); echo status \$?"
    wait_for "$1: the picture is whole" 30 has_shape
}
# ended NAME STATUS
ended() {
    wait_for "$1: its status" 20 shows "^status $2"
    wait_for "$1: the cursor is back" 5 cursor_is 1
}
in_the_middle "Ctrl-C"
tm send-keys C-c
ended "Ctrl-C" 130
expect "Ctrl-C: nothing of the picture is left" 0 "$(screen | grep -Ec 'running|used,|left$| \|')"
expect "Ctrl-C: what it comes to is said" "1 1 1" \
    "$(screen | grep -c '^Interrupted') $(screen | grep -c '^Saved') $(screen | grep -c '^Go on with')"

for signal in TERM HUP; do
    in_the_middle "SIG$signal"
    kill "-$signal" "$(harness)"
    ended "SIG$signal" 1
done
for signal in QUIT SEGV ABRT; do
    in_the_middle "SIG$signal"
    kill "-$signal" "$(harness)"
    ended "SIG$signal" 1
    wait_for "SIG$signal: what was drawn stays" 5 shows running
done
wait_for "no group left" 5 no_leftover_groups

open_terminal 80 24
type_line "clear; $plimsoll find --out $scratch/crash -- sh -c 'sleep 1; kill -SEGV \$\$'; echo status \$?"
wait_for "a target that crashes: the cursor is hidden" 20 cursor_is 0
ended "a target that crashes" 3
expect "a target that crashes: nothing of the picture is left" 0 "$(screen | grep -c running)"

# Stopped, and continued: in the foreground, and in the background, where nothing is drawn over what others print.
in_the_middle "Ctrl-Z"
tm send-keys C-z
wait_for "Ctrl-Z: it is stopped" 10 shows '^\[1\].*Stopped'
expect "Ctrl-Z: the cursor is back" 1 "$(cursor)"
type_line "clear; echo 'a line of mine'"
sleep 1 # a stop that counts
type_line "fg; echo status \$?"
wait_for "fg: the picture is whole" 20 has_shape
expect "fg: the cursor is hidden" 0 "$(cursor)"
expect "fg: what was printed is there" 1 "$(screen | grep -c '^a line of mine')"
wait_for "fg: the run that was not seen is made again" 20 shows '^Note: run [0-9]+ is thrown away and made again'
wait_for "fg: its picture is whole" 20 has_shape
tm send-keys C-z
wait_for "Ctrl-Z again" 10 shows 'Stopped'
type_line "clear; bg"
type_line "wait; echo status \$?"
sleep 1
expect "bg: nothing is drawn" 0 "$(screen | grep -Ec 'running|used,')"
expect "bg: the cursor is there" 1 "$(cursor)"
ended "bg" 0
wait_for "no group left after all" 5 no_leftover_groups

# ---- where the terminal is not ours ----

open_terminal 80 24
type_line "clear; $plimsoll run -- sh -c 'read -r line; echo \"got \$line\"'; echo status \$?"
sleep 1.5
expect "run: the target has the terminal" "1 0" "$(cursor) $(screen | grep -Ec 'running|used,')"
type_line "hello"
ended "run" 0
if shows '^got hello'; then pass "run: it reads and writes there"; else fail "run: it reads and writes there" "$(screen)"; fi

type_line "clear; $(find_line jobs 1500ms --jobs 2 --strategy bisect)"
wait_for "side by side: said so" 60 shows '2 runs side by side'
tm send-keys C-c
wait_for "side by side: the cursor is back" 20 cursor_is 1

close_terminal
finish
