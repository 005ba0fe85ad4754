# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Access to the table of kernel parameters, cmdline.conf.

# cmdline_of TARGET...: Print the kernel parameters that cmdline.conf lists for these targets.
# For a target whose name ends in -skip, cmdline.conf lists initcalls instead. They are printed
# as one parameter, initcall_blacklist=INITCALL,...
cmdline_of()
{
	awk -F '\t' -v kinds=" $* " '
		/^#/ || index(kinds, " " $1 " ") == 0 { next }
		$1 ~ /-/ { skip = skip (skip == "" ? "" : ",") $2; next }
		{ line = line (line == "" ? "" : " ") $2 }
		END { print line (skip == "" ? "" : " initcall_blacklist=" skip) }' "$lab_dir/cmdline.conf"
}
