#!/bin/sh
# Makes the image plimsoll-example for image.json with docker: nothing but a static busybox whose httpd serves on
# 127.0.0.1:17405. Each request of /cgi-bin/work holds 8 MiB for two fifths of a second.
#   image.sh           imports it
#   image.sh remove    removes it
set -eu
image=plimsoll-example
if [ "${1:-}" = remove ]; then
    exec docker image rm "$image"
fi
busybox=$(command -v busybox)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$root/bin" "$root/www/cgi-bin" "$root/tmp" "$root/dev"
cp "$busybox" "$root/bin/busybox"
for applet in sh dd sleep wc; do
    ln -s busybox "$root/bin/$applet"
done
echo ready >"$root/www/index.html"
cat >"$root/www/cgi-bin/work" <<'WORK'
#!/bin/sh
# dd fills a buffer of that size and keeps it until all is read.
bytes=$(dd if=/dev/zero bs=8M count=1 2>/dev/null | { sleep 0.4; wc -c; })
[ "$bytes" = 8388608 ] || exit 1
printf 'Content-Type: text/plain\r\n\r\n%s\n' "$bytes"
WORK
# The first process of a container does not end by a signal unless it says so.
cat >"$root/serve" <<'SERVE'
#!/bin/sh
trap 'exit 0' TERM INT
busybox httpd -f -p 127.0.0.1:17405 -h /www &
wait
SERVE
chmod 755 "$root" "$root/serve" "$root/www/cgi-bin/work"
tar -C "$root" -c . | docker import --change 'CMD ["/serve"]' - "$image" >/dev/null
