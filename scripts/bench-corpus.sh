# shellcheck shell=sh
# The programs that scripts/bench-search and scripts/bench-sizing measure: their names, what each needs and is started
# with, and how its inputs are made. Sourced; POSIX sh and what busybox has, for the small machine of scripts/vm.
#
# The situation, set before `prepare` and `with_program`, says in which of its forms a program is meant:
#   seed    of whatever is random in its input
#   load    percent of its usual load
#   rounds  how often it does what it does, over the same working set
# Inputs of another situation than the first have names of their own, and lie beside its.

seed=1 load=100 rounds=1 tag=''

situation() { # SEED LOAD ROUNDS
	seed=$1 load=$2 rounds=$3 tag=''
	[ "$seed$load" = 1100 ] || tag=-$seed-$load
}

scaled() { # COUNT: that of the load
	echo $(($1 * load / 100))
}

say() { echo "scripts/${0##*/}: $1" >&2; }
die() { say "$2"; exit "$1"; } # STATUS MESSAGE
is_count() {
	case $1 in
	'' | 0* | *[!0-9]* | ????*) return 1 ;;
	esac
}

# NAME, the machines that have it ("sizing": scripts/bench-sizing alone), what it does.
corpus() {
	cat <<'END'
plateau     both   64 MiB of anonymous memory, touched at once
shm         both   64 MiB of shared memory
leak        both   grows to 200 MiB
fork        both   160 MiB in 16 processes
threads     both   128 MiB in 64 threads
spike       both   40 MiB, and 56 MiB for 5 ms at a time
goroutines  both   5000 stacks that grow
cache       both   40 MiB beside a file of 100 MiB that is read again and again
python      host   a dict of 600000 strings
sort        host   700000 lines, sort -S 80M --parallel=1
gcc         host   gcc -O2 of 300 functions
xz          both   xz -9 of a text
git         both   git repack of 8 versions of a large file, one thread
redis       host   redis-server under redis-benchmark
postgres    host   postgres under pgbench -S
node        host   150000 objects that live, six times as many that die
java        host   a HashMap of 200000 strings, and garbage
php         host   an array of 400000 arrays
ruby        host   a hash of 250000 arrays
sort        sizing 500000 lines, sort -S 80M --parallel=1
gcc         sizing gcc -O2 of 100 functions
cat         sizing a file of 128 MiB that is not cached
perl        sizing a hash of 150000 arrays
awk         sizing an array of 250000 strings
sqlite      sizing a table of 200000 rows in memory, and an index of it
jq          sizing an array of 60000 objects
zstd        sizing zstd -15 of a text
ld          sizing links all of libc into one object
openssl     sizing a password hash, scrypt, that takes 32 MiB
shuf        sizing shuffles the lines of a text
cat         host   a file of 256 MiB that is not cached
dentries    both   looks for a great many files that do not exist
mmapread    both   reads a mapped file here and there: it stalls, it does not die
lines       guest  busybox sort of 200000 lines
cc1         guest  the compiler proper, -O2 of 60 functions
END
}

# Those of $machine: host, guest or sizing, which has the host's, some of its own and some in another size.
corpus_here() {
	corpus | awk -v here="$machine" '
		$2 == "both" || $2 == here || (here == "sizing" && $2 == "host") {
			if (!($1 in line))
				order[++count] = $1
			if (line[$1] !~ /^[^ ]+ +sizing/)
				line[$1] = $0
		}
		END { for (i = 1; i <= count; i++) print line[order[i]] }'
}
names() { corpus_here | awk '{ print $1 }'; }
list_corpus() { corpus_here | sed -E 's/^([^ ]+ +)(both  |host  |guest |sizing) /\1/'; }

choose_targets() { # ONLY: sets $targets, the words between its commas, or all
	targets=$(names)
	[ "$1" ] || return 0
	known=$targets targets=''
	for name in $(echo "$1" | tr , ' '); do
		echo "$known" | grep -qx -- "$name" || die 2 "--only: there is no '$name' (see --list)"
		targets="$targets $name"
	done
	[ "$targets" ] || die 2 "--only needs a name (see --list)"
}

# The programs that must be installed for it, but for those that --work brings.
needs() { # NAME
	[ "$work_given" = no ] || [ ! -e "$work/bin/$1" ] || return 0
	case $1 in
	git | xz | gcc | node | php | ruby | perl | awk | zstd | openssl | shuf) echo "$1" ;;
	cc1 | dentries | mmapread) echo gcc ;;
	python) echo python3 ;;
	redis) echo redis-server redis-cli redis-benchmark timeout ;;
	postgres) echo "$postgres_bin/postgres" "$postgres_bin/pgbench" unshare setpriv timeout ;;
	java) echo java javac ;;
	sqlite) echo sqlite3 ;;
	ld) echo ld gcc ;;
	esac
}

# Runs COMMAND with the program's command line behind it, in $work.
with_program() { # NAME COMMAND [ARG...]
	name=$1
	shift
	hold=$((200 * rounds))ms
	# What comes to its end by itself is begun anew; the others are told how long to go on.
	case $name in
	sort | gcc | xz | git | perl | awk | sqlite | jq | zstd | ld | openssl | shuf | cat | dentries | lines | cc1)
		[ "$rounds" = 1 ] || set -- "$@" sh rounds.sh "$rounds" ;;
	esac
	case $name in
	plateau) "$@" "$bin/plimsoll-workload" plateau --size "$(scaled 64)Mi" $(unless_once --hold "$hold") ;;
	shm) "$@" "$bin/plimsoll-workload" shm --size "$(scaled 64)Mi" $(unless_once --hold "$hold") ;;
	leak) "$@" "$bin/plimsoll-workload" leak --size "$(scaled $((200 * rounds)))Mi" --rate "$(scaled 400)Mi" ;;
	fork) "$@" "$bin/plimsoll-workload" fork --size "$(scaled 160)Mi" --processes 16 $(unless_once --hold "$hold") ;;
	threads) "$@" "$bin/plimsoll-workload" threads --size "$(scaled 128)Mi" --threads 64 $(unless_once --hold "$hold") ;;
	spike) "$@" "$bin/plimsoll-workload" spike --base "$(scaled 40)Mi" --size "$(scaled 56)Mi" --width 5ms \
		--count $((3 * rounds)) ;;
	goroutines) "$@" "$bin/plimsoll-workload" goroutines --count "$(scaled 5000)" $(unless_once --hold "$hold") ;;
	cache) "$@" "$bin/plimsoll-workload" cache --size "$(scaled 40)Mi" --file-size "$(scaled 100)Mi" --dir "$work/disk" \
		$(unless_once --passes $((3 * rounds))) ;;
	python) "$@" python3 -c "$(in_rounds "for r in range($rounds): d = 0; ")d = {i: str(i) for i in range($(scaled 600000))}" ;;
	sort) "$@" sort -S 80M --parallel=1 -o /dev/null "large$tag.txt" ;;
	gcc) "$@" gcc -O2 -c -o /dev/null "functions$tag.c" ;;
	xz) "$@" "$xz" -9 -T1 -k -c "text$tag.txt" ;;
	git) "$@" sh repack.sh "$git" "repository$tag" ;;
	redis) "$@" sh redis.sh "$(scaled "$redis_requests")" "$rounds" ;;
	postgres) "$@" $unprivileged sh postgres.sh "$postgres_bin" run $((2000 * rounds)) "$(clients)" "$seed" ;;
	node) "$@" node objects.js "$(scaled 150000)" "$rounds" ;;
	java) "$@" java -cp . Heap "$(scaled 200000)" "$(scaled 50000)" $((20 * rounds)) ;;
	php) "$@" php -d memory_limit=-1 arrays.php "$(scaled 400000)" "$rounds" ;;
	ruby) "$@" ruby hash.rb "$(scaled 250000)" "$rounds" ;;
	perl) "$@" perl -e "for my \$i (1..$(scaled 150000)) { \$h{\"k\$i\"} = [\$i, \"v\$i\"] } print scalar keys %h" ;;
	awk) "$@" awk "BEGIN { for (i = 0; i < $(scaled 250000); i++) a[\"k\" i] = \"v\" i; print a[\"k1\"] }" ;;
	sqlite) "$@" sqlite3 :memory: "CREATE TABLE t(a INTEGER, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $(scaled 200000)) INSERT INTO t SELECT i * 7919 % 1000003, 'value' || i FROM n; CREATE INDEX x ON t(a, b); SELECT count(*) FROM t" ;;
	jq) "$@" jq -n "[range($(scaled 60000)) | {id: ., name: \"n\\(.)\"}] | length" ;;
	zstd) "$@" zstd -15 -T1 -q -c "text$tag.txt" ;;
	ld) "$@" ld -r --no-warnings --whole-archive "objects$tag.a" -o /dev/null ;;
	openssl) "$@" openssl kdf -keylen 32 -kdfopt pass:p -kdfopt salt:NaCl -kdfopt n:32768 -kdfopt "r:$(((8 * load + 99) / 100))" \
		-kdfopt p:1 -kdfopt maxmem_bytes:1000000000 SCRYPT ;;
	shuf) "$@" shuf -o /dev/null "large$tag.txt" ;;
	cat) "$@" sh cold.sh "cold$tag.bin" ;;
	dentries) "$@" "$bin/dentries" "$work/disk" "$(scaled "$names_asked")" ;;
	mmapread) "$@" "$bin/mmapread" "$work/disk" "$(scaled 32)" $((2000000 * rounds)) ;;
	lines) "$@" "$bin/busybox" sort -o /dev/null "large$tag.txt" ;;
	cc1) "$@" "$bin/cc1" -quiet -fpreprocessed -O2 -o /dev/null "functions$tag.i" ;;
	esac
}

unless_once() { [ "$rounds" = 1 ] || echo "$@"; } # WORD...
in_rounds() { [ "$rounds" = 1 ] || printf '%s' "$1"; } # TEXT
clients() { if [ "$load" -gt 100 ]; then echo 5; else echo 4; fi; }

# The sizes that a machine has time for: the small one is emulated, and sizing runs each program a hundred times.
choose_sizes() {
	case $machine in
	guest) text_lines=60000 large_lines=200000 git_lines=60000 functions=60 names_asked=60000 cold_mib=256 redis_requests=100000 ;;
	sizing) text_lines=30000 large_lines=500000 git_lines=40000 functions=100 names_asked=200000 cold_mib=128 redis_requests=50000 ;;
	*) text_lines=90000 large_lines=700000 git_lines=60000 functions=300 names_asked=300000 cold_mib=256 redis_requests=100000 ;;
	esac
}

random_lines() { # COUNT: the same ones each time, with any awk
	awk -v count="$1" -v seed="$seed" 'BEGIN {
		x = seed
		while (count-- > 0) {
			x = x * 16807 % 2147483647
			printf "%d %sabcdefghijabcdefghij\n", x, x % 1000
		}
	}'
}

c_functions() {
	awk -v count="$(scaled "$functions")" -v seed="$seed" 'BEGIN {
		print "#include <math.h>"
		for (j = 0; j < count; j++) {
			i = j * seed
			printf "double f%d(double *a, int n) {\n\tdouble s = 0;\n\tfor (int i = 0; i < n; i++) {\n", j
			printf "\t\ts += a[i] * %d.5 + sin(a[i]);\n\t\tif (s > %d)\n\t\t\ts -= a[(i * 7) %% n];\n\t}\n\treturn s;\n}\n", i, i
		}
	}'
}

# Versions of one large file, each with every fiftieth line changed, as git fast-import reads it.
history() {
	awk -v lines="$1" -v commits="$2" -v seed="$seed" 'BEGIN {
		x = seed
		for (c = 1; c <= commits; c++) {
			for (bytes = l = 0; l < lines; bytes += length(line[l++]) + 1)
				if (c == 1 || (l + c) % 50 == 0) {
					x = x * 16807 % 2147483647
					line[l] = x " " x * x % 999983 " words that are the same"
				}
			printf "commit refs/heads/main\ncommitter B <b@example.org> %d +0000\ndata 2\nc\n", 1700000000 + 60 * c
			printf "M 100644 inline file\ndata %d\n", bytes
			for (l = 0; l < lines; l++)
				print line[l]
		}
	}'
}

compile() { # NAME: of tests/bench; static, so that it runs in any machine
	[ -e "$bin/$1" ] || gcc -O2 -static -D_GNU_SOURCE -o "$bin/$1" "$repo/tests/bench/$1.c"
}

# Writes what COMMAND prints, unless it is there: all of it or, after an interrupt, nothing.
make_file() { # FILE COMMAND [ARG...]
	made=$1
	shift
	[ -e "$made" ] || { "$@" >"$made.new" && mv "$made.new" "$made"; }
}

# Makes the inputs that are not there yet.
prepare() { # NAME
	[ "$rounds" = 1 ] || [ -e rounds.sh ] ||
		echo 'n=$1; shift; while [ "$n" -gt 0 ]; do "$@" || exit; n=$((n - 1)); done' >rounds.sh
	case $1 in
	dentries | mmapread) compile "$1" ;;
	sort | lines | shuf) make_file "large$tag.txt" random_lines "$(scaled "$large_lines")" ;;
	xz | zstd) make_file "text$tag.txt" random_lines "$(scaled "$text_lines")" ;;
	gcc) make_file "functions$tag.c" c_functions ;;
	cc1)
		if [ ! -e "functions$tag.i" ]; then
			c_functions | gcc -E -o "functions$tag.i" -x c -
			cp "$(gcc -print-prog-name=cc1)" "$bin/cc1"
		fi ;;
	ld) [ -e "objects$tag.a" ] || prepare_ld ;;
	git) [ -e "repository$tag" ] || prepare_git ;;
	redis) prepare_redis ;;
	postgres) [ -e postgres/ready ] || prepare_postgres ;;
	node) cat >objects.js <<'END'
const live = Number(process.argv[2]), rounds = Number(process.argv[3]);
const kept = [];
let sum = 0;
for (let i = 0; i < rounds * live * 20 / 3; i++) {
	kept[i % live] = { id: i, name: "n" + i, list: [i, i + 1, i + 2] };
	sum += kept[i % live].list[1];
}
console.log(sum);
END
		;;
	java) prepare_java ;;
	php) cat >arrays.php <<'END'
<?php
for ($r = 0; $r < $argv[2]; $r++) {
	$a = [];
	for ($i = 0; $i < $argv[1]; $i++) $a["k$i"] = ["v$i", $i];
}
echo count($a);
END
		;;
	ruby) echo 'ARGV[1].to_i.times { $a = {}; ARGV[0].to_i.times { |i| $a["k#{i}"] = [i.to_s, i] } }; puts $a.size' >hash.rb ;;
	cat)
		make_file "cold$tag.bin" dd if=/dev/zero bs=1048576 count="$(scaled "$cold_mib")" status=none
		sync "cold$tag.bin"
		# Reading no block of it with this flag drops all of it from the page cache.
		echo 'dd if="$1" iflag=nocache count=0 status=none && exec cat "$1" >/dev/null' >cold.sh ;;
	esac
}

prepare_java() {
	cat >Heap.java <<'END'
import java.util.*;

public class Heap {
	public static void main(String[] args) {
		int live = Integer.parseInt(args[0]), garbage = Integer.parseInt(args[1]), rounds = Integer.parseInt(args[2]);
		Map<Integer, String> kept = new HashMap<>();
		for (int i = 0; i < live; i++)
			kept.put(i, "value" + i);
		long sum = 0;
		for (int round = 0; round < rounds; round++) {
			List<String> dropped = new ArrayList<>();
			for (int i = 0; i < garbage; i++)
				dropped.add("x" + i);
			sum += dropped.size();
		}
		System.out.println(sum + kept.size());
	}
}
END
	javac Heap.java
}

# More load is more of the objects that libc is made of, under other names.
prepare_ld() {
	rm -rf objects && mkdir objects
	(
		cd objects || exit
		ar x "$(gcc -print-file-name=libc.a)"
		if [ "$load" -gt 100 ]; then
			for object in $(find . -name '*.o' | sort | awk -v more=$((load - 100)) 'NR * more % 100 < more'); do
				objcopy --prefix-symbols=more_ "$object" "${object%.o}-more.o"
			done
		fi
		# Names in a list of their own: there are too many for a command line.
		find . -name '*.o' | sort >list
		ar rcS all.a @list
		ranlib all.a
	)
	mv objects/all.a "objects$tag.a"
	rm -rf objects
}

# Repacking finds what it leaves: one pack, written anew under the same name. Killed, it leaves a part of one.
prepare_git() {
	cat >repack.sh <<'END'
rm -f "$2"/.git/objects/pack/tmp_* "$2"/.git/objects/pack/.tmp-*
exec "$1" -C "$2" -c gc.auto=0 -c pack.threads=1 repack -q -a -f
END
	rm -rf repository.new
	git init -q repository.new
	history "$(scaled "$git_lines")" 8 | git -C repository.new fast-import --quiet
	git -C repository.new -c gc.auto=0 -c pack.threads=1 repack -q -a -f -d
	mv repository.new "repository$tag"
}

# redis-benchmark never gives up on a server that is gone. Further rounds read what the first has written.
prepare_redis() {
	cat >redis.sh <<'END'
requests=$1 left=$2
rm -rf redis && mkdir redis || exit 1
redis-server --port 0 --unixsocket "$PWD/redis/socket" --dir redis --save '' --appendonly no >redis/log 2>&1 &
server=$!
until redis-cli -s redis/socket ping >/dev/null 2>&1; do
	kill -0 "$server" 2>/dev/null || exit 1
	sleep 0.02
done
bench() { timeout 20 redis-benchmark -s redis/socket -q -n "$requests" -r $((requests * 10)) -d 256 -c 20 "$@" >/dev/null; }
bench -t set || exit 1
while [ $((left -= 1)) -gt 0 ]; do
	bench -t get || exit 1
done
redis-cli -s redis/socket shutdown nosave || exit 1
wait "$server"
END
}

# The run before may have been killed at any point: then a server of its own recovers the data, so that the one which is
# measured needs the same each time.
prepare_postgres() {
	cat >postgres.sh <<'END'
bin=$1 here=$PWD/postgres
server() { "$bin/pg_ctl" -s -w -t 30 -D "$here/data" -l "$here/log" "$@"; }
bench() { timeout 30 "$bin/pgbench" -h "$here" -U bench "$@" postgres >/dev/null 2>"$here/errors"; }
if [ "$2" = init ]; then
	"$bin/initdb" -D "$here/data" -U bench -A trust -E UTF8 --no-locale >/dev/null || exit
	cat >>"$here/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$here'
shared_buffers = 32MB
dynamic_shared_memory_type = mmap
autovacuum = off
fsync = off
CONF
	server start && bench -i -q -s 1 && server -m fast stop
	exit
fi
if [ -e "$here/data/postmaster.pid" ]; then
	# PID 1 may take seconds to bury a server that was killed, and for so long its lock files forbid another one.
	rm -f "$here/data/postmaster.pid" "$here"/.s.*
	server start && server -m fast stop || exit 1
fi
server start || exit 1
bench -n -S -t "$3" -c "$4" --random-seed "$5" || exit 1
server -m fast stop
END
	rm -rf postgres
	mkdir postgres
	[ -z "$unprivileged" ] || chown 65534:65534 postgres
	# As a target, so that an interrupt ends the server.
	# shellcheck disable=SC2086 # words
	run "$plimsoll" run -q --timeout 120s -- $unprivileged sh postgres.sh "$postgres_bin" init >"$log" 2>&1
	[ "$status" = 0 ] || die 3 "postgres cannot be set up: $(tail -n 1 "$log")"
	: >postgres/ready
}

# Waits in the background, so that a signal is taken at once.
child='' guard=''
run() { # PROGRAM [ARG...]: sets $status
	"$@" &
	child=$! status=0
	wait "$child" || status=$?
	child=''
}

# --- the place where they run

# Dies where something is missing. Sets $postgres_bin and $unprivileged.
find_programs() { # TOOL...: beside those of $targets
	# Debian's own programs, not what a user has put in front of them.
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	postgres_bin=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
	postgres_bin=${postgres_bin%/postgres}
	postgres_bin=${postgres_bin:-/usr/lib/postgresql/bin}
	missing='' tools=$*
	for name in $targets; do
		tools="$tools $(needs "$name")"
	done
	for tool in $(echo "$tools" | tr ' ' '\n' | sort -u); do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || die 5 "missing:$missing: run scripts/setup --bench"
	[ -x "$repo/build/plimsoll" ] || die 5 "build/plimsoll is missing: run scripts/setup --bench"
	# Postgres refuses to be root. Killed hard, it leaves a piece of System V memory, which goes with its namespace.
	unprivileged=''
	[ "$(id -u)" != 0 ] || unprivileged="unshare --ipc setpriv --reuid=65534 --regid=65534 --clear-groups"
}

cleanup() {
	trap '' INT TERM HUP
	for process in $child $guard; do
		kill -TERM "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
	cd /
	[ "$work_given" = yes ] || rm -rf "$work"
}

# Goes to $work, which is a temporary folder where none was given, and which an exit or a signal cleans up.
enter_work() {
	[ "$work" ] || work=$(mktemp -d)
	mkdir -p "$work"
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	chmod 755 "$work" # for who is not privileged
	cd "$work" || exit
	bin=$work/bin log=$work/log rows=$work/rows plimsoll=$work/bin/plimsoll xz=xz git=git
	mkdir -p bin disk tmp
	chmod 1777 tmp
	export TMPDIR="$work/tmp"
}

refuse_memory() {
	[ "$(stat -f -c %T disk)" != tmpfs ] ||
		die 5 "$work is in memory, so that nothing there is page cache: TMPDIR=/var/tmp scripts/${0##*/}"
}
