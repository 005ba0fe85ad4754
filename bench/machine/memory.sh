# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Runs inside a machine: what vmtoll.ko takes from the kernel's allocators for some crowds, by histograms that the kernel makes:
# of pages by the stack of the allocation, of objects by who asked for them.
# Usage: memory.sh MACHINE
#
# Prints, with tabs, "memory MACHINE VMS VCPUS PAGE_BYTES PAGE_BYTES_BACK OBJECTS OBJECT_BYTES OBJECTS_BACK", see
# memory.awk; what came back, came back when the VMs had gone.

set -e
machine=$1
kmem=/sys/kernel/debug/tracing/events/kmem
histograms=/tmp/kmem

# events DO: for each allocator and what it gets back: DO EVENT HISTOGRAM [CONDITION]. To free nothing is none.
events()
{
	"$1" mm_page_alloc keys=order,stacktrace
	"$1" mm_page_free keys=order,stacktrace
	"$1" kmalloc keys=call_site.sym:vals=bytes_alloc
	"$1" kmem_cache_alloc keys=call_site.sym:vals=bytes_alloc
	"$1" kfree keys=call_site.sym "ptr != 0"
	"$1" kmem_cache_free keys=call_site.sym "ptr != 0"
}

start()
{
	echo "hist:$2:size=8192${3:+ if $3}" >"$kmem/$1/trigger"
}

stop()
{
	echo "!hist:$2" >"$kmem/$1/trigger"
}

keep()
{
	cat "$kmem/$1/hist" >"$histograms/$1"
}

# What was taken so far, in /tmp/taken.
taken()
{
	events keep
	awk -f /share/memory.awk "$histograms"/* >/tmp/taken || {
		echo "bench: no allocations of vmtoll, or the kernel dropped some, in $histograms" >&2
		exit 1
	}
}

# Ledgers go a quarter of a second after their VMs. Looking takes Bochs long.
all_came_back()
{
	taken
	read -r pages back _ </tmp/taken
	[ "$pages" -eq "$back" ]
}

# crowd VMS VCPUS
crowd()
{
	events start
	truth crowd -n 1 -p 1 -v "$1" -c "$2" hypercall >/dev/null
	for _ in 1 2 3 4 5; do
		sleep 1
		! all_came_back || break
	done
	events stop
	printf 'memory\t%s\t%d\t%d\t%s\n' "$machine" "$1" "$2" "$(tr ' ' '\t' </tmp/taken)"
}

mkdir -p $histograms
lab load
for size in "1 1" "1 8" "16 8"; do
	# shellcheck disable=SC2086  # words
	crowd $size
done
lab unload
