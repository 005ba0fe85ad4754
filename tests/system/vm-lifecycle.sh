# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Create and destroy VMs, both with and without the module. The counts must stay correct, and the
# module must free the memory of each departed VM.
# Usage: vm-lifecycle.sh [bpf] [VMS] (bpf: count with the BPF programs instead of the module)
counter=module
[ "${1-}" != bpf ] || {
	counter=bpf
	shift
}
. "$(dirname "$0")/lib.sh"

vms=${1:-250} warm_up=20

# Start counting. The module and the BPF programs then keep at most 64 ledgers of departed vCPUs.
count_vms()
{
	if [ "$counter" = bpf ]; then vmtoll attach --bpf --vcpus=64 >/dev/null; else lab load; fi
}

# create_vms NAME WAIT: Create and destroy the VMs. Then run the command WAIT, for example to
# wait until their ledgers are gone. Set $loss to the decrease in free memory in KiB.
create_vms()
{
	/truth/truth recreate $warm_up >/dev/null
	before=$(free_kb)
	succeeds "$1" /truth/truth recreate "$vms"
	"$2"
	loss=$((before - $(free_kb)))
}

no_vm_left()
{
	if wait_for 10 no_live_vm; then
		ok vm-lifecycle-no-vm-left
	else
		not_ok vm-lifecycle-no-vm-left "$(vmtoll list)"
	fi
}

# exits_by_reason [BEFORE] FILE: Print the sum of the column `exits` in the CSV file FILE for each
# reason. If BEFORE is given, subtract its exits. Omit reasons whose sum is 0.
exits_by_reason()
{
	awk -F, '
	FNR == 1 { files++; for (i = 1; i <= NF; i++) column[$i] = i; next }
	{ sum[$column["name"]] += (files == 1 && ARGC == 3 ? -1 : 1) * $column["exits"] }
	END { for (name in sum) if (sum[name]) print name, sum[name] }' "$@" | sort
}

# Record VMs that start and end within one interval. Together, they have so many vCPUs that the
# module cannot keep all ledgers after the VMs have ended. For each reason, the number of recorded
# exits must equal the increase in the number of exits that were counted.
record_vms()
{
	vmtoll stat --csv >/tmp/before
	succeeds vm-lifecycle-record vmtoll record -o /tmp/recording -I 3000 -- /truth/truth recreate 100
	wait_for 10 no_live_vm
	vmtoll stat --csv >/tmp/after
	vmtoll stat --csv --source record:/tmp/recording >/tmp/recorded
	exits_by_reason /tmp/recorded >/tmp/recorded-exits
	at_least vm-lifecycle-recorded-exits 100 "$(awk '{ sum += $2 } END { print sum + 0 }' /tmp/recorded-exits)"
	same vm-lifecycle-recorded "$(exits_by_reason /tmp/before /tmp/after)" "$(cat /tmp/recorded-exits)"
	succeeds vm-lifecycle-recorded-audit vmtoll audit --source record:/tmp/recording
	sed 's/^/# recorded: /' /tmp/recorded-exits
}

# First measure without vmtoll how much memory KVM itself caches or leaks.
create_vms vm-lifecycle-without :
loss_without=$loss

count_vms
create_vms vm-lifecycle no_vm_left
succeeds vm-lifecycle-audit vmtoll audit
matches vm-lifecycle-departed "$((warm_up + vms)) vCPUs" "$(vmtoll stat)"
echo "# free memory lost by $vms VMs: $loss_without KiB without vmtoll, $loss KiB with it"
# The module keeps the ledgers of 64 departed vCPUs, which take 16 KiB each. The ledgers of the
# warm-up were allocated before the measurement. Allow for the memory of the other ledgers. The
# ledgers of the BPF programs were all allocated when the programs were attached.
if [ "$counter" = bpf ]; then kept=0; else kept=$(((64 - warm_up) * 16)); fi
# A leak in the module would lose 16 KiB per vCPU. The limit is 1 KiB per VM. In all previous
# runs, other changes in free memory were below a third of this limit.
if [ $((loss - loss_without - kept)) -lt "$vms" ]; then
	ok vm-lifecycle-memory
else
	not_ok vm-lifecycle-memory "$loss KiB of free memory lost, $loss_without KiB without vmtoll"
fi
record_vms
succeeds vm-lifecycle-unload stop_counting

# These VMMs keep O_PATH file descriptors of their vCPUs, so the files of a departed vCPU still
# seem to be in use. Even in this case, vmtoll must not mistake a new VM for the previous VM.
count_vms
succeeds vm-lifecycle-pinned /truth/truth recreate 50 pinned
wait_for 10 no_live_vm
matches vm-lifecycle-pinned-departed "50 vCPUs" "$(vmtoll stat)"
succeeds vm-lifecycle-pinned-audit vmtoll audit
stop_counting

# The BPF programs provide no leaves.
[ "$counter" = module ] || {
	finish vm-lifecycle-bpf
	exit
}

# Each VM reads its leaves. It must read its own exits, and no exits of earlier VMs.
load_with_leaves
truth recreate 60 leaves
truth recreate 60 latches
lab unload
finish vm-lifecycle
