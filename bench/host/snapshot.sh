# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# What it costs a host to read all its ledgers: 1,000 VMs with 8 vCPUs and 12 kinds of exits each, made up.

large_host=$top/build/meson/bench/large_host

# host_snapshot WHERE: the output of `large_host read` as a line of results. In the lab, a tick is an instruction.
host_snapshot()
{
	awk -v where="$1" -v OFS='\t' '
		$1 == "vms" && where == "amd" { print "host-snapshot", where, $2, $4, $6, $8, $10, "-", "-"; seen = 1 }
		$1 == "vms" && where != "amd" { print "host-snapshot", where, $2, $4, $6, "-", "-", $12, $14; seen = 1 }
		END { exit !seen }
	' || die "no snapshot of a large host ($1)"
}

host_snapshots()
{
	echo "bench: snapshots of a large host" >&2
	"$large_host" make "$run/host" 1000 8 12 || die "cannot make up a large host: status $?"
	"$large_host" read "$run/host" 200 >"$run/part" || die "cannot read a large host: status $?"
	host_snapshot here <"$run/part" >>"$raw"
	rm "$run/host"
	rm -rf "$share"
	mkdir -p "$share"
	cp "$large_host" "$share/"
	"$top/lab/lab" exec amd --icount --retry --timeout 600 --share "$share" -- \
		sh -c '/share/large_host make /tmp/host 1000 8 12 && /share/large_host read /tmp/host 5' >"$run/part" ||
		die "snapshots of a large host on amd: status $?"
	host_snapshot amd <"$run/part" >>"$raw"
}
