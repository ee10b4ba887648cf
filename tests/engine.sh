# A Docker engine of a test's own, started in $scratch. For scripts that have read lib.sh.
# shellcheck shell=sh

engine=
engine_options=
export DOCKER_HOST="unix://$scratch/engine/socket"

has() { command -v "$1" >/dev/null 2>&1; }
can_have_engine() { has dockerd && has docker && [ "$(id -u)" = 0 ]; }

# $engine_options: more for dockerd
start_engine() {
    mkdir -p "$scratch/engine"
    dockerd --bridge=none --iptables=false --ip-forward=false --storage-driver=vfs --data-root="$scratch/engine/data" \
        --exec-root="$scratch/engine/exec" --pidfile="$scratch/engine/pid" --host="$DOCKER_HOST" $engine_options >>"$scratch/engine/log" 2>&1 &
    engine=$!
    until_true 60 docker version >/dev/null 2>&1 || fail "dockerd" "$(tail -3 "$scratch/engine/log")"
}

end_engine() { # SIGNAL
    kill "-$1" "$engine" 2>/dev/null
    wait "$engine" 2>/dev/null
    engine=
    # Its containerd dies with it, but a moment later. The next engine would take it for one that runs, also where it
    # is dead and nobody has reaped it.
    until_true 20 no_containerd || fail "dockerd" "its containerd goes on"
    rm -f "$scratch/engine/exec/containerd/containerd.pid"
}
no_containerd() { [ -z "$(pids_of "$scratch/engine/exec/containerd/containerd.toml")" ]; }

# Shims of an engine that was killed, and what it had mounted, too.
clean_up_engine() {
    if [ -n "$engine" ]; then
        docker rm -f $(docker ps -aq) >/dev/null 2>&1
        end_engine TERM
    fi
    for pid in $(pids_of "$scratch/engine"); do kill -KILL "$pid" 2>/dev/null; done
    awk -v below="$scratch/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mounted; do
        umount -l "$mounted"
    done
}

# root_of_box APPLET...: busybox and plimsoll-workload, in $scratch/root
root_of_box() {
    mkdir -p "$scratch/root/bin"
    cp "$(command -v busybox)" "$scratch/root/bin/busybox"
    cp "$workload" "$scratch/root/bin/plimsoll-workload"
    for applet in "$@"; do ln -s busybox "$scratch/root/bin/$applet"; done
}
import_root() { # IMAGE OPTIONS...
    image=$1
    shift
    tar -C "$scratch/root" -c . | docker import "$@" - "$image" >/dev/null || fail "$image" "cannot be imported"
}
