# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Measure the cost of reading all ledgers of a large host. The host is synthetic: 1,000 VMs with 8
# vCPUs each, and 12 kinds of exits per vCPU.

large_host=$top/build/meson/bench/large_host
large_host_size="1000 8 12"

# host_snapshot WHERE: append the output of `large_host read` to the results. The lab's TSC
# counts instructions, so results from the lab are numbers of instructions. Results from other
# machines are CPU times.
host_snapshot()
{
	awk -v where="$1" -v OFS='\t' '
		$1 == "vms" && where == "amd" { print "host-snapshot", where, $2, $4, $6, $8, $10, "-", "-"; seen = 1 }
		$1 == "vms" && where != "amd" { print "host-snapshot", where, $2, $4, $6, "-", "-", $12, $14; seen = 1 }
		END { exit !seen }
	' "$run/part" >>"$raw"
}

# Measure on the local machine.
snapshot_here()
{
	# shellcheck disable=SC2086  # three arguments
	"$large_host" make "$run/host" $large_host_size && "$large_host" read "$run/host" 200 >"$run/part"
	status=$?
	rm -f "$run/host"
	[ $status -eq 0 ] && host_snapshot here
}

# Measure in the lab, in instructions.
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
	part here "snapshots of a large host" snapshot_here
	part amd "snapshots of a large host" snapshot_in_lab
}
