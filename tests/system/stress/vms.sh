# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# VMs that are created and destroyed while readers map and read.
. "$(dirname "$0")/lib.sh"

vms=$(amount 1000 30)

# What a VM of KVM's own leaves in caches is not ours: the first ones fill them.
lab load
/truth/truth recreate 20 >/dev/null
before=$(free_kb)
reader_start
# Two more, by the tool: each maps anew.
(while [ ! -e /tmp/over ]; do vmtoll list; vmtoll stat; sleep 0.2; done >/dev/null 2>&1) &
lister=$!
try vms-churn /truth/truth recreate "$vms"
touch /tmp/over
wait $lister
reader_end vms
settled vms
# 16 KiB a vCPU; what else moves is below 4 MiB.
memory_left vms-memory $((8 * vms + 4096)) "$before"
holds vms-departed "$((vms + 20)) vCPUs" "$(vmtoll stat)"
try vms-unload lab unload
finish vms
