# SPDX-License-Identifier: GPL-2.0
# Sum up the memory that vmtoll.ko allocated and freed, from the histograms of memory.sh. A page
# counts if the stack trace of its allocation contains a function of vmtoll. An object counts if
# its caller is in vmtoll. Two kinds of pages are left out:
# - pages that the slab allocator takes for itself, because their objects are counted
# - pages that are freed by other code that vmtoll calls
#
# Prints "PAGE_BYTES PAGE_BYTES_BACK OBJECTS OBJECT_BYTES OBJECTS_BACK". The size of an object
# is the number of bytes that the allocator reserved for it. The exit status is 1 if figures are
# missing: either the kernel dropped a stack trace, or no stack trace shows an allocation of
# pages by vmtoll.

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
		hits["kmalloc"], bytes["kmalloc"], hits["kfree"]
	exit dropped || !pages["mm_page_alloc"]
}

# Return 2 to the power of n.
function power_of_2(n,	power)
{
	for (power = 1; n > 0; n--)
		power *= 2
	return power
}

# Return the number that follows "NAME:" in the line, or 0 if there is none.
function value(name)
{
	return match($0, name ": *[0-9]+") ? substr($0, RSTART + length(name) + 1, RLENGTH - length(name) - 1) + 0 : 0
}
