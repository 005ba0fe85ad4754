# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Measure the memory that vmtoll.ko allocates for some crowds. Runs inside a machine. The
# figures come from the kernel's histograms, which count pages by stack trace and objects by the
# caller of the allocator.
# Usage: memory.sh MACHINE
#
# Prints one tab-separated line per crowd: "memory MACHINE VMS VCPUS PAGE_BYTES PAGE_BYTES_BACK
# OBJECTS OBJECT_BYTES OBJECTS_BACK". memory.awk explains the last five fields. The fields that
# end in _BACK contain the part that had been freed after the VMs ended.

set -e
machine=$1
kmem=/sys/kernel/debug/tracing/events/kmem
histograms=/tmp/kmem

# events FUNCTION: call "FUNCTION EVENT HISTOGRAM [CONDITION]" for each kernel event that
# reports an allocation or a release of memory. The conditions exclude releases of null
# pointers.
events()
{
	"$1" mm_page_alloc keys=order,stacktrace
	"$1" mm_page_free keys=order,stacktrace
	"$1" kmalloc keys=call_site.sym:vals=bytes_alloc
	"$1" kmem_cache_alloc keys=call_site.sym:vals=bytes_alloc
	"$1" kfree keys=call_site.sym "ptr != 0"
	"$1" kmem_cache_free keys=call_site.sym "ptr != 0"
}

# start EVENT HISTOGRAM [CONDITION]: begin a histogram.
start()
{
	echo "hist:$2:size=8192${3:+ if $3}" >"$kmem/$1/trigger"
}

# stop EVENT HISTOGRAM: end a histogram.
stop()
{
	echo "!hist:$2" >"$kmem/$1/trigger"
}

# keep EVENT: save the event's histogram in a file.
keep()
{
	cat "$kmem/$1/hist" >"$histograms/$1"
}

# Write the sums of all histograms to /tmp/taken.
taken()
{
	events keep
	awk -f /share/memory.awk "$histograms"/* >/tmp/taken || {
		echo "bench: $histograms shows no allocations of vmtoll, or the kernel dropped some" >&2
		exit 1
	}
}

# Return true if all pages have been freed, which happens a quarter of a second after the VMs
# have ended. In Bochs, each call of this function takes a long time.
all_came_back()
{
	taken
	read -r pages back _ </tmp/taken
	[ "$pages" -eq "$back" ]
}

# crowd VMS VCPUS: run one crowd and print its line.
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
	# shellcheck disable=SC2086  # two arguments
	crowd $size
done
lab unload
