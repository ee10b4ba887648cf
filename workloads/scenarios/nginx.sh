#!/bin/sh
# Starts nginx on 127.0.0.1:17402 with nginx.conf beside this and a file of 4 MiB to serve.
# That file, its pid file and what it buffers are in /var/tmp/plimsoll-nginx-UID.
set -eu
PATH=$PATH:/usr/sbin
cache=/var/tmp/plimsoll-nginx-$(id -u)
mkdir -p "$cache"
[ -O "$cache" ] || { echo "nginx.sh: $cache belongs to another user" >&2; exit 1; }
if [ ! -e "$cache/content" ]; then
    mkdir -p "$cache/new"
    head -c 4194304 /dev/zero >"$cache/new/large"
    echo ready >"$cache/new/index.html"
    mv "$cache/new" "$cache/content"
fi
exec nginx -e stderr -p "$cache" -c "$PWD/nginx.conf"
