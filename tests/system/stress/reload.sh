# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test reloading KVM while vmtoll counts: the vendor's module alone, and both of KVM's modules. VMs
# run between the reloads. While the BPF programs are attached, kvm.ko cannot be unloaded.
. "$(dirname "$0")/lib.sh"

rounds=$(amount 100 5)

insert()
{
	[ -d "/sys/module/$1" ] || insmod "/lab/modules/$(echo "$1" | tr _ -).ko"
}

round()
{
	busy_start 1
	wait_for 10 all_seen || return 1
	# shellcheck disable=SC2086  # one pid
	kill -TERM $busy
	# shellcheck disable=SC2086
	wait $busy || return 1
	busy=''
	rmmod "$vendor" || return 1
	if [ "$counter" = bpf ]; then
		! rmmod kvm 2>/dev/null || return 1
	elif [ $((i % 2)) -ne 0 ]; then
		rmmod kvm || return 1
	fi
	insert kvm && insert "$vendor"
}

start_counting
before=$(free_kb)
i=0
while [ $i -lt "$rounds" ] && round; do i=$((i + 1)); done
same reload-rounds "$rounds" $i
memory_left reload-memory $((64 * rounds + 8192)) "$before"
busy_start 1
wait_for 10 all_seen
busy_end reload
settled reload
stop_counting
finish reload
