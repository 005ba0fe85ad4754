# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test VMs that are created and destroyed while readers map and read the ledgers.
. "$(dirname "$0")/lib.sh"

vms=$(amount 1000 30)

# Run some VMs before the measurement, so that KVM allocates its caches. Otherwise, the caches
# would count as lost memory.
start_counting
/truth/truth recreate 20 >/dev/null
before=$(free_kb)
reader_start
# Run `vmtoll list` and `vmtoll stat` in a loop as additional readers. Each command creates a new
# mapping of the ledgers.
(while [ ! -e /tmp/over ]; do vmtoll list; vmtoll stat; sleep 0.2; done >/dev/null 2>&1) &
lister=$!
succeeds vms-created /truth/truth recreate "$vms"
touch /tmp/over
wait $lister
reader_end vms
settled vms
# A leak would lose 16 KiB per vCPU. Other changes in free memory are below 4 MiB.
memory_left vms-memory $((8 * vms + 4096)) "$before"
matches vms-departed "$((vms + 20)) vCPUs" "$(vmtoll stat)"
succeeds vms-unload stop_counting
finish vms
