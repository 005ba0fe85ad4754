# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions for the tests of the prototypes of the probes (kCFI). The script that sources this file
# sets $top and defines die().

# prototypes_copy DIRECTORY: Copy the sources of the module to DIRECTORY.
# shellcheck disable=SC2154  # set by the script that sources this file
prototypes_copy()
{
	mkdir -p "$1/kmod" "$1/uapi"
	cp "$top"/kmod/* "$1/kmod/"
	cp "$top"/uapi/*.h "$1/uapi/"
	cp "$top/VERSION" "$1/"
}

# prototypes_replace FILE OLD NEW
prototypes_replace()
{
	grep -q "$2" "$1" || die "$1 does not contain '$2'"
	sed -i "s/$2/$3/" "$1"
}

# prototypes_copy_wrong DIRECTORY: Copy the sources of the module to DIRECTORY, and change the
# prototypes of all probes. Each new type has the same size as the type that KVM's tracepoint
# expects, so the module still works on a kernel without kCFI.
prototypes_copy_wrong()
{
	prototypes_copy "$1"
	prototypes_replace "$1/kmod/compat.h" 'bool force_immediate_exit' 'u8 force_immediate_exit'
	for file in probes.h probes.c; do
		prototypes_replace "$1/kmod/$file" 'u32 isa' 's32 isa'
		prototypes_replace "$1/kmod/$file" 'int load' 'unsigned int load'
		prototypes_replace "$1/kmod/$file" '__u64 ns' 'unsigned long ns'
	done
}
