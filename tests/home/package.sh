#!/bin/bash
# The Debian package: lintian accepts it, it holds all that is installed, and the same tree makes the same bytes.
. "$(dirname "$0")/common.sh"

if ! has lintian || ! has dh || ! has dpkg-buildpackage; then
    skip "package" "lintian or debhelper is not here"
    finish
    exit
fi
cd "$scratch" || exit 1
status=$(status_of "$top/scripts/package" --lintian first)
expect "scripts/package --lintian" 0 "$status"
expect "lintian has nothing to say" "" "$(tail -n +2 out | grep -v '^N: '; grep -v 'root privileges' err)"
package=$(head -1 out)
if [ ! -s "$package" ]; then
    fail "package" "not there: $(cat out err)"
    finish
    exit
fi
expect "its version" "$("$top/scripts/version" 0.1.0)" "$(dpkg-deb -f "$package" Version)"
dpkg-deb -x "$package" root
expect "it runs" "plimsoll $("$top/scripts/version" 0.1.0)" "$(root/usr/bin/plimsoll --version)"
expect "what it runs on is declared" "libc6 libcjson1 libfyaml0" \
    "$(dpkg-deb -f "$package" Depends | sed 's/ ([^)]*)//g; s/,//g' | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
DESTDIR=$scratch/installed meson install -C "$build" --no-rebuild --quiet
prefix=$(meson introspect --buildoptions "$build" | jq -r '.[] | select(.name == "prefix") | .value')
files() { (cd "$1" && find . -type f | sed 's/\.gz$//; s,/zsh/[a-z-]*/,/zsh/,' | grep -vE 'doc/plimsoll/(changelog|copyright)|lintian' | sort); }
expect "all that is installed" "$(files "installed$prefix")" "$(files root/usr)"
expect "zsh finds its part" 2 "$(find root/usr/share/zsh/vendor-completions -type f | wc -l)"
expect "the page says where the schemas are" 1 "$(zcat root/usr/share/man/man1/plimsoll.1.gz | grep -c '/usr/share/plimsoll/schemas')"

# From another folder, by another name.
if git -C "$top" rev-parse >/dev/null 2>&1 && git -C "$top" diff --quiet HEAD; then
    mkdir -p far/away
    git clone -q "$top" far/away/tree
    far/away/tree/scripts/package second >out 2>err || fail "a second build" "$(tail -5 err)"
    expect "the same bytes from another folder" "$(sha256sum <"$package")" "$(sha256sum <"$(head -1 out)")"
else
    skip "the same bytes from another folder" "this tree differs from its commit, or has no git"
fi

# It sees what is wrong: a package whose program is without a page.
cp -r root broken
mkdir broken/DEBIAN
dpkg-deb -e "$package" broken/DEBIAN
rm broken/usr/share/man/man1/plimsoll.1.gz broken/DEBIAN/md5sums
sed -i 's/^Version: .*/Version: 0.1.0+broken/' broken/DEBIAN/control
dpkg-deb --root-owner-group -b broken broken.deb >/dev/null
expect_match "lintian sees a page that is missing" "*no-manual-page*usr/bin/plimsoll*" "$(lintian --allow-root --tag-display-limit 0 broken.deb 2>/dev/null)"

cd / || exit 1
finish
