# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The option --help of the scripts in this folder. The help is the script's header comment.

# Print the help. First print the lines from "# Usage:" to the end of the header comment. Then
# print the description, which precedes these lines in the file.
usage_print()
{
	sed -n '/^# Usage: /,/^[^#]/ { s/^# Usage: /usage: /; t p; s/^#\( \|\)//; t p; d; :p; p }' "$0"
	echo
	sed '1,2d; /^# Usage: /,$d; s/^#\( \|\)//' "$0" | sed '${ /^$/d }'
}

# usage_help [ARGUMENT]...: if the first argument is --help or -h, print the help and exit.
usage_help()
{
	case ${1-} in
	--help | -h) usage_print; exit ;;
	esac
}
