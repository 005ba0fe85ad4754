# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test reloading KVM while vmtoll.ko is loaded: the vendor's module alone, and both of KVM's
# modules. VMs run between the reloads.
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
	[ $((i % 2)) -eq 0 ] || rmmod kvm || return 1
	insert kvm && insert "$vendor"
}

lab load
before=$(free_kb)
i=0
while [ $i -lt "$rounds" ] && round; do i=$((i + 1)); done
same reload-rounds "$rounds" $i
memory_left reload-memory $((64 * rounds + 8192)) "$before"
busy_start 1
wait_for 10 all_seen
busy_end reload
settled reload
lab unload
finish reload
