# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# What it costs a host to read all its ledgers: 1,000 VMs with 8 vCPUs and 12 kinds of exits each, made up.

large_host=$top/build/meson/bench/large_host
large_host_size="1000 8 12"

# host_snapshot WHERE: the output of `large_host read` as a line of results. In the lab, a tick is an instruction.
host_snapshot()
{
	awk -v where="$1" -v OFS='\t' '
		$1 == "vms" && where == "amd" { print "host-snapshot", where, $2, $4, $6, $8, $10, "-", "-"; seen = 1 }
		$1 == "vms" && where != "amd" { print "host-snapshot", where, $2, $4, $6, "-", "-", $12, $14; seen = 1 }
		END { exit !seen }
	' "$run/part" >>"$raw"
}

snapshot_here()
{
	# shellcheck disable=SC2086  # words
	"$large_host" make "$run/host" $large_host_size && "$large_host" read "$run/host" 200 >"$run/part"
	status=$?
	rm -f "$run/host"
	[ $status -eq 0 ] && host_snapshot here
}

snapshot_in_lab()
{
	"$top/lab/lab" exec amd --icount --timeout 600 --share "$share" -- \
		sh -c "/share/large_host make /tmp/host $large_host_size && /share/large_host read /tmp/host 5" >"$run/part" &&
		host_snapshot amd
}

host_snapshots()
{
	rm -rf "$share"
	mkdir -p "$share"
	cp "$large_host" "$share/"
	part here "a large host's snapshots" snapshot_here
	part amd "a large host's snapshots" snapshot_in_lab
}
