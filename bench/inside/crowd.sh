# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the crowds of the table /share/crowds that match MACHINE and CPUS, first without any tool and
# then with vmtoll. Runs inside a machine.
# Usage: crowd.sh MACHINE CPUS
#
# Prints one tab-separated line per crowd: "crowd MACHINE TOOL CPUS VMS VCPUS EXITS LEAST
# MEDIAN". EXITS, LEAST and MEDIAN are figures that `truth crowd` prints.

set -e
machine=$1 cpus=$2
tab=$(printf '\t')
most=$(awk -F '\t' -v of="$machine" '$1 == of && $4 > most { most = $4 } END { print most }' /share/crowds)

# crowds TOOL
crowds()
{
	# First run a crowd of the largest size without measuring it. This run fills the caches
	# and lets the slabs grow to their final size.
	truth crowd -v 64 -c "$most" -n 1 -p 1 hypercall >/dev/null
	while IFS="$tab" read -r of on vms vcpus iterations passes; do
		[ "$of-$on" = "$machine-$cpus" ] || continue
		truth crowd -n "$iterations" -p "$passes" -v "$vms" -c "$vcpus" hypercall >/tmp/crowd
		awk -v machine="$machine" -v tool="$1" -v OFS='\t' '
			$1 == "crowd" { print "crowd", machine, tool, $4, $6, $8, $10, $12, $14; seen = 1 }
			END { exit !seen }
		' /tmp/crowd
	done </share/crowds
}

[ "$(nproc)" -eq "$cpus" ] || {
	echo "bench: this machine has $(nproc) CPUs instead of $cpus" >&2
	exit 1
}
crowds none
lab load
crowds vmtoll
lab unload
