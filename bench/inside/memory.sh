# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Measure the memory that vmtoll.ko allocates for some crowds. Runs inside a machine. The
# figures come from the kernel's histograms, which count pages by stack trace and objects by the
# caller of the allocator.
# Usage: memory.sh MACHINE
#
# Prints one tab-separated line per crowd: "memory MACHINE VMS VCPUS PAGE_BYTES PAGE_BYTES_BACK
# OBJECTS OBJECT_BYTES OBJECTS_BACK". memory.awk explains the last five fields. PAGE_BYTES_BACK
# contains the bytes that the module freed within about five minutes after the VMs ended.
# OBJECTS_BACK contains the objects that the module freed at once because it did not need them.
# The module frees the other objects in a tail call of kfree(). Their caller is therefore unknown.

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
	"$1" kfree keys=call_site.sym "ptr != 0"
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

# crowd VMS VCPUS: run one crowd and print its line. The module keeps some ledgers for five minutes
# after their vCPUs have ended. An idle emulator needs less than a minute of real time to wait for
# this long.
crowd()
{
	events start
	truth crowd -n 1 -p 1 -v "$1" -c "$2" hypercall >/dev/null
	taken
	read -r _ _ objects </tmp/taken
	sleep 305
	taken
	read -r pages pages_back _ </tmp/taken
	events stop
	printf 'memory\t%s\t%d\t%d\t%s\t%s\t%s\n' "$machine" "$1" "$2" "$pages" "$pages_back" \
		"$(echo "$objects" | tr ' ' '\t')"
}

mkdir -p $histograms
lab load
for size in "1 1" "1 8" "16 8"; do
	# shellcheck disable=SC2086  # two arguments
	crowd $size
done
lab unload
