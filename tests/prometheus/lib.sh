# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions for tests with a real Prometheus and with `vmtoll serve` on synthetic hosts. Source
# check.sh first and set $top to the top folder. This script creates the temporary directory
# $work. At the end, it removes the directory and ends the processes that were started.

# shellcheck disable=SC2154 # top is set by the caller
programs=$top/build/meson
synthetic_host=$programs/tests/prometheus/synthetic_host
http_client=$programs/tests/cli/http_client
server=$programs/cmd/vmtoll-shared
[ -x "$server" ] || server=$programs/cmd/vmtoll
work=$(mktemp -d)
engine_pid=''

# Return true if the test can run. Otherwise, print the reason and return false.
prometheus_is_ready()
{
	for program in prometheus promtool jq; do
		command -v "$program" >/dev/null || {
			skip "$1" "$program is not installed (script/setup test installs it)"
			return 1
		}
	done
	[ ! -x "$synthetic_host" ] || [ ! -x "$http_client" ] || return 0
	skip "$1" "build/meson has no tests of vmtoll serve (script/build)"
	return 1
}

# End a process that this test started. Do not fail if it has already ended.
end()
{
	[ -n "$1" ] || return 0
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# end_file FILE [SIGNAL]: End the process whose number is in the file. Remove the file, because
# another process may get this number later.
end_file()
{
	end_pid=$(cat "$1")
	rm "$1"
	end "$end_pid" "${2:-TERM}"
}

# end_engine [SIGNAL]: End Prometheus.
end_engine()
{
	end "$engine_pid" "${1:-TERM}"
	engine_pid=''
}

# End all processes, and remove the temporary directory.
close()
{
	end_engine KILL
	for file in "$work"/*/driver.pid "$work"/*/server.pid; do
		[ ! -e "$file" ] || end_file "$file" KILL
	done
	! mountpoint -q "$work/disk" || umount "$work/disk"
	rm -rf "$work"
}
trap close EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# host_make NAME KERNEL MODULE PARAMETER: create the files of a host in $work/NAME/root. `vmtoll
# serve --root` reads them.
host_make()
{
	root=$work/$1/root
	mkdir -p "$root/proc/sys/kernel" "$root/run" "$root/sys/module/$3/parameters"
	echo "$2" >"$root/proc/sys/kernel/osrelease"
	echo "#1 SMP" >"$root/proc/sys/kernel/version"
	echo Y >"$root/sys/module/$3/parameters/$4"
	echo 7 >"$root/sys/module/$3/refcnt"
}

# process_make NAME PID ARGUMENT...: create the process of a VM of this host.
process_make()
{
	process=$work/$1/root/proc/$2
	mkdir -p "$process"
	echo "0::/qemu.slice/$2.scope" >"$process/cgroup"
	echo kvm >"$process/comm"
	shift 2
	printf '%s\0' /usr/bin/kvm "$@" >"$process/cmdline"
}

# server_start NAME [ARGUMENT]...: start vmtoll serve for a host. It listens on the port that it
# had before, or on a free port.
server_start()
{
	name=$1
	shift
	touch "$work/$name/port"
	: >"$work/$name/server.err"
	"$server" serve --listen "127.0.0.1:$(grep . "$work/$name/port" || echo 0)" \
		--source "kmod:$work/$name/ledgers" --root "$work/$name/root" "$@" 2>"$work/$name/server.err" &
	echo $! >"$work/$name/server.pid"
	wait_for 30 grep -q 'listening on .*/metrics$' "$work/$name/server.err"
	sed -n 's,.*listening on http://127.0.0.1:\([0-9]*\)/metrics$,\1,p' "$work/$name/server.err" >"$work/$name/port"
}

# engine_start CONFIG DATA [ARGUMENT]...: start Prometheus on a free port, and set $engine to its
# address. Return false if it does not become ready.
engine_start()
{
	config=$1 data=$2
	shift 2
	: >"$work/engine.log"
	prometheus --config.file="$config" --storage.tsdb.path="$data" --log.level=info \
		--web.listen-address="127.0.0.1:${engine_port:-0}" "$@" >"$work/engine.log" 2>&1 &
	engine_pid=$!
	wait_for 60 grep -q 'Server is ready to receive' "$work/engine.log" || {
		tail -n 5 "$work/engine.log"
		return 1
	}
	[ -n "${engine_port-}" ] || engine_port=$(engine_find_port)
	engine=http://127.0.0.1:$engine_port
}

# Print the port on which Prometheus listens. Find the port in /proc, because the log of Prometheus
# does not contain it.
engine_find_port()
{
	inodes=$(find "/proc/$engine_pid/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
	awk -v inodes="$(echo "$inodes" | paste -s -d ' ' -)" '
	BEGIN { n = split(inodes, list, " "); for (i = 1; i <= n; i++) own[list[i]] = 1 }
	$4 == "0A" && ($10 in own) { sub(/.*:/, "", $2); print $2; exit }' /proc/net/tcp |
		while read -r port; do echo $((0x$port)); done
}

# query EXPRESSION [TIME]: print the values of an instant query, one per line.
query()
{
	promtool query instant -o json ${2:+--time "$2"} "$engine" "$1" | jq -r '.[].value[1]'
}
