# SPDX-License-Identifier: GPL-2.0
# What vmtoll.ko took from the kernel's allocators and gave back: from the histograms of memory.sh, what was asked for with a
# function of vmtoll's in the stack. Pages that the allocator of objects takes for itself are in its objects; pages that
# others free whom vmtoll calls are theirs.
#
# Prints "PAGE_BYTES PAGE_BYTES_BACK OBJECTS OBJECT_BYTES OBJECTS_BACK", objects as large as the allocator makes
# them. The status is 1 if the kernel dropped a stack, or no stack has pages for vmtoll: then figures are missing.

FNR == 1 { event = FILENAME; sub(/.*\//, "", event) }
/^[{]/ { order = value("order"); ours = others = 0 }
/allocate_slab\+/ { others = 1 }
/\[vmtoll\]/ && !ours { ours = 1; others = others || (event == "mm_page_free" && before !~ /^free_pages/) }
{ before = $1 }
/ hitcount: / && ours && !others {
	hits[event] += value("hitcount")
	bytes[event] += value("bytes_alloc")
	pages[event] += value("hitcount") * power_of_2(order)
}
/Dropped: *[1-9]/ { dropped = 1 }
END {
	printf "%d %d %d %d %d\n", pages["mm_page_alloc"] * 4096, pages["mm_page_free"] * 4096,
		hits["kmalloc"] + hits["kmem_cache_alloc"], bytes["kmalloc"] + bytes["kmem_cache_alloc"],
		hits["kfree"] + hits["kmem_cache_free"]
	exit dropped || !pages["mm_page_alloc"]
}

function power_of_2(n,	power)
{
	for (power = 1; n > 0; n--)
		power *= 2
	return power
}

# The number in the line after "NAME:", 0 if there is none.
function value(name)
{
	return match($0, name ": *[0-9]+") ? substr($0, RSTART + length(name) + 1, RLENGTH - length(name) - 1) + 0 : 0
}
