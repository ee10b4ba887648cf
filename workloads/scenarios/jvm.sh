#!/bin/sh
# Starts Server.java on 127.0.0.1:PORT, compiled once into /var/tmp/plimsoll-jvm-UID: jvm.sh PORT
# The heap is as large as it may be from the start: what it needs does not follow its limit.
set -eu
cache=/var/tmp/plimsoll-jvm-$(id -u)
mkdir -p "$cache"
[ -O "$cache" ] || { echo "jvm.sh: $cache belongs to another user" >&2; exit 1; }
sum=$(cksum <Server.java | tr ' ' -)
if [ ! -d "$cache/$sum" ]; then
    rm -rf "$cache/new"
    # With no more memory than the server will take.
    javac -J-Xmx48m -J-XX:+UseSerialGC -d "$cache/new" Server.java
    mv "$cache/new" "$cache/$sum"
fi
exec java -Dsun.net.httpserver.nodelay=true -Xms64m -Xmx64m -XX:+UseSerialGC -XX:+AlwaysPreTouch -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    -cp "$cache/$sum" Server "$1"
