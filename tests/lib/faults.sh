# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Build the modules of tests/faults for the kernel of the machines. The script that sources this
# file sets $top.

# shellcheck disable=SC2034,SC2154  # used by machine_table.sh; set by the script
lab_dir=$top/lab lab_build=$top/build/lab
# shellcheck source=../../lab/machine_table.sh
. "$lab_dir/machine_table.sh"

# build_faults DIRECTORY: Build the modules in DIRECTORY.
# shellcheck disable=SC2154  # set by the script that sources this file
build_faults()
{
	mkdir -p "$1"
	cp "$top"/tests/faults/* "$1/"
	make -s -C "/lib/modules/$(headers_release)/build" M="$1" CONFIG_DEBUG_INFO_BTF_MODULES= modules
}
