#!/bin/bash
# The version comes from git, a tarball keeps it; and where it is built is not seen in what is built.
. "$(dirname "$0")/common.sh"

cd "$scratch" || exit 1
export GIT_CONFIG_NOSYSTEM=1 HOME=$scratch GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
of() { "$1/scripts/version" 0.1.0; }

# ---- a repository of one file ----
mkdir -p small/scripts
cp "$top/scripts/version" small/scripts/
git init -q small
git -C small add -A
git -C small commit -qm one
expect_match "before any tag" "0.1.0+1.g???????" "$(of small)"
git -C small tag -m 1.2.3 v1.2.3
git -C small tag other
expect "at a tag" 1.2.3 "$(of small)"
touch -d yesterday small/scripts/version
expect "a file that is only touched" 1.2.3 "$(of small)"
echo more >>small/scripts/version
expect "a file that differs" 1.2.3+dirty "$(of small)"
git -C small commit -qam two
expect_match "after a tag" "1.2.3+1.g???????" "$(of small)"
echo >>small/scripts/version
expect_match "after a tag, and it differs" "1.2.3+1.g???????.dirty" "$(of small)"
cp -r small copy
rm -rf copy/.git
expect "neither git nor tarball" 0.1.0 "$(of copy)"
echo 7.8.9+1.gabcdef0 >copy/.version
expect "a tarball" 7.8.9+1.gabcdef0 "$(of copy)"
mv copy small/copy
expect "a tarball within a repository of others" 7.8.9+1.gabcdef0 "$(of small/copy)"
mkdir bin
for tool in sh dirname cat; do ln -s "$(command -v $tool)" bin/; done
expect "a machine without git" 0.1.0 "$(PATH=$scratch/bin of small 2>&1)"
if [ "$(id -u)" = 0 ]; then
    git -C small checkout -q .
    chown -R 65534:65534 small
    expect_match "root in the repository of another" "1.2.3+1.g???????" "$(of small)"
fi

# ---- this one ----
expect "the program tells it" "plimsoll $(of "$top")" "$(ninja -C "$build" plimsoll >/dev/null && "$plimsoll" --version)"
expect "and so do its results" "$(of "$top")" "$("$plimsoll" doctor --json - | jq -r .tool.version)"
if ! git -C "$top" rev-parse >/dev/null 2>&1; then
    skip "tarball" "this tree has no git"
    cd / || exit 1
    finish
    exit
fi

# Two clones in folders of other names and depths, and a tarball of one of them.
mkdir -p one a/deeper/folder
git clone -q "$top" one/tree
git clone -q "$top" a/deeper/folder/another
build_in() { # SOURCE BUILD
    if meson setup "$2" "$1" -Dtests=false >"$scratch/log" 2>&1 && ninja -C "$2" >>"$scratch/log" 2>&1; then return; fi
    fail "a build of $1" "$(tail -5 "$scratch/log")"
}
build_in one/tree one/tree/build
build_in a/deeper/folder/another elsewhere
(cd one/tree && meson dist -C build --no-tests --formats gztar >"$scratch/log" 2>&1) || fail "meson dist" "$(tail -5 log)"
tar -xf one/tree/build/meson-dist/*.tar.gz
mv plimsoll-0.1.0 unpacked
expect "the tarball: version" "$(of one/tree)" "$(of unpacked)"
expect "the tarball: all files of the tree, and the version" "$( (git -C one/tree ls-files; echo .version) | sort)" \
    "$(cd unpacked && find . -type f | sed 's,^\./,,' | sort)"
build_in unpacked from-tarball
for other in elsewhere from-tarball; do
    differing=
    for file in plimsoll plimsoll-workload $(cd one/tree/build && ls harness/manual/*.1 harness/manual/*.fish harness/manual/_plimsoll harness/manual/plimsoll); do
        cmp -s "one/tree/build/$file" "$other/$file" || differing="$differing $file"
    done
    expect "$other: the same bytes" "" "$differing"
done
expect "no folder is told in the program" 0 "$(strings -a one/tree/build/plimsoll | grep -c "$scratch")"
expect "an assertion's file can be found" 1 "$(strings -a one/tree/build/plimsoll | grep -cx '\./harness/cli/main\.c' | sed 's/^[1-9][0-9]*$/1/')"

cd / || exit 1
finish
