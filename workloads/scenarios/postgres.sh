#!/bin/sh
# Starts postgres on 127.0.0.1:PORT with 200000 accounts of pgbench in it, as any user but root: postgres.sh PORT
# Its data, 60 MB, is made once in /var/tmp/plimsoll-postgres-UID.
set -eu
port=$1
cache=/var/tmp/plimsoll-postgres-$(id -u)
bin=$(find /usr/lib/postgresql -path '*/bin/postgres' | sort -V | tail -n 1)
bin=${bin%/postgres}
[ -x "$bin/postgres" ] || { echo "postgres.sh: no postgres in /usr/lib/postgresql: apt-get install postgresql" >&2; exit 127; }
export LC_ALL=C

mkdir -p "$cache"
[ -O "$cache" ] || { echo "postgres.sh: $cache belongs to another user" >&2; exit 1; }
# Held by the server until its last process ends.
exec 9>"$cache/lock"
flock -n 9 || { echo "postgres.sh: a server is at work on $cache" >&2; exit 1; }

# Killed hard it leaves a piece of System V memory behind, which in a namespace of its own goes with the last process.
own_ipc='unshare --user --map-current-user --ipc'
$own_ipc true 2>/dev/null || own_ipc=''

make_data() {
    rm -rf "$cache/new"
    "$bin/initdb" -D "$cache/new" -U bench -A trust -E UTF8 --no-locale --no-sync --wal-segsize=1 >/dev/null
    cat >>"$cache/new/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 32MB
max_connections = 20
dynamic_shared_memory_type = mmap
autovacuum = off
fsync = off
jit = off
min_wal_size = 2MB
max_wal_size = 4MB
CONF
    $own_ipc "$bin/pg_ctl" -s -w -D "$cache/new" -o "-p $port" -l "$cache/new/log" start 9>&-
    "$bin/pgbench" -i -q -s 2 -h 127.0.0.1 -p "$port" -U bench postgres 2>/dev/null
    "$bin/pg_ctl" -s -w -D "$cache/new" -m fast stop
    mv "$cache/new" "$cache/data"
}

if [ ! -d "$cache/data" ]; then
    make_data
elif [ -e "$cache/data/postmaster.pid" ]; then
    # The last one was killed: its data is recovered first, so that every server begins with the same.
    rm "$cache/data/postmaster.pid"
    $own_ipc "$bin/postgres" --single -D "$cache/data" postgres </dev/null >/dev/null 2>&1
fi
exec $own_ipc "$bin/postgres" -D "$cache/data" -p "$port"
