# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Access to the table of kernel parameters, cmdline.conf.

# cmdline_of TARGET...: Print the kernel parameters for these targets. For a target whose name
# ends in -skip, the table contains initcalls instead of parameters. Print these initcalls as the
# value of the parameter initcall_blacklist.
cmdline_of()
{
	awk -F '\t' -v kinds=" $* " '
		/^#/ || index(kinds, " " $1 " ") == 0 { next }
		$1 ~ /-/ { skip = skip (skip == "" ? "" : ",") $2; next }
		{ line = line (line == "" ? "" : " ") $2 }
		END { print line (skip == "" ? "" : " initcall_blacklist=" skip) }' "$lab_dir/cmdline.conf"
}
