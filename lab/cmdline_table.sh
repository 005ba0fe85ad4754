# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Kernel command lines out of the table `cmdline.conf`.

# cmdline_of KIND...: the parameters of these kinds, then the initcalls of KIND-skip (and what
# other kinds are named) as one initcall_blacklist.
cmdline_of()
{
	awk -F '\t' -v kinds=" $* " '
		/^#/ || index(kinds, " " $1 " ") == 0 { next }
		$1 ~ /-/ { skip = skip (skip == "" ? "" : ",") $2; next }
		{ line = line (line == "" ? "" : " ") $2 }
		END { print line (skip == "" ? "" : " initcall_blacklist=" skip) }' "$lab_dir/cmdline.conf"
}
