# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions that read the host's apt configuration: its sources in both formats (*.list and
# *.sources), keys, proxies and credentials. Debian roots are downloaded with this
# configuration, so a company's internal mirror works, and these scripts do not have to name a
# mirror.

# Print the names of the files that contain apt's sources, one per line.
apt_source_files()
{
	eval "$(apt-config shell apt_list Dir::Etc::sourcelist/f apt_parts Dir::Etc::sourceparts/d)"
	# shellcheck disable=SC2154  # set by eval
	for apt_file in "$apt_list" "$apt_parts"*.list "$apt_parts"*.sources; do
		[ ! -s "$apt_file" ] || echo "$apt_file"
	done
}

# Print apt's settings for downloads as a configuration file: proxies, certificates, time limits
# and the paths of the files with credentials.
apt_download_settings()
{
	apt-config dump Acquire | grep -E '^Acquire::[^ ]+ ' |
		grep -v -E '^Acquire::(IndexTargets|Changelogs|CompressionTypes)'
	eval "$(apt-config shell apt_netrc Dir::Etc::netrc/f apt_netrc_parts Dir::Etc::netrcparts/d)"
	# shellcheck disable=SC2154  # set by eval
	printf 'Dir::Etc::%s "%s";\n' netrc "$apt_netrc" netrcparts "$apt_netrc_parts"
}

# Print "URI SUITE" for the host's Debian mirror. A source counts as a Debian mirror if it offers
# the package linux-headers-amd64 in the component main of a full suite (bookworm, but not
# bookworm-updates). Print nothing if the host has no such source, or if the package lists have
# not been downloaded.
apt_debian_source()
{
	apt-cache madison linux-headers-amd64 2>/dev/null |
		awk '$NF == "Packages" && $6 ~ /^[a-z]+\/main$/ { sub("/main$", "", $6); print $5, $6; exit }'
}

# apt_source_of_suite FILE URI SUITE OTHER_SUITE: find the entry for @URI and @SUITE in @FILE.
# Print this entry with the suite @OTHER_SUITE and the component main. Keep the entry's options
# and keys.
apt_source_of_suite()
{
	case $1 in
	*.sources) set -- "$1" "$2" "$3" "$4" '' ;;
	*) set -- "$1" "$2" "$3" "$4" '\n' ;;
	esac
	awk -v RS="$5" -v uri="${2%/}" -v suite="$3" -v other="$4" '
	function has(words, word,   list, i, n) {
		n = split(words, list, /[ \t\n]+/)
		for (i = 1; i <= n; i++) {
			sub("/$", "", list[i])
			if (list[i] == word)
				return 1
		}
		return 0
	}
	# Handle a line in the format *.list: deb [OPTION...] URI SUITE COMPONENT...
	function of_line(   options, words) {
		sub(/[ \t]*#.*/, "")
		if (!match($0, /^[ \t]*deb[ \t]+(\[[^\]]*\][ \t]*)?/))
			return
		options = substr($0, 1, RLENGTH)
		split(substr($0, RLENGTH + 1), words, /[ \t]+/)
		if (has(words[1], uri) && words[2] == suite)
			print options words[1], other, "main"
	}
	# Handle a stanza of a *.sources file. A stanza consists of fields, and the value of a
	# field may continue on indented lines.
	function of_stanza(   lines, n, i, field, value) {
		n = split($0, lines, "\n")
		for (i = 1; i <= n; i++) {
			if (lines[i] ~ /^#/)
				continue
			if (lines[i] ~ /^[^ \t]/) {
				field = tolower(lines[i])
				sub(/[ \t]*:.*/, "", field)
				sub(/^[^:]*:/, "", lines[i])
				value[field] = lines[i]
			} else {
				value[field] = value[field] "\n" lines[i]
			}
		}
		if (!has(value["uris"], uri) || !has(value["suites"], suite) || !has(value["types"], "deb") ||
		    tolower(value["enabled"]) ~ /^[ \t]*(no|false|0)/)
			return
		value["types"] = " deb"
		value["suites"] = " " other
		value["components"] = " main"
		for (field in value)
			if (value[field] != "")
				print field ":" value[field]
	}
	RS == "" { of_stanza(); next }
	{ of_line() }' "$1"
}

# apt_sources_of_suite SUITE DIRECTORY: write an apt source for Debian's @SUITE into @DIRECTORY,
# and print the path of the new file. The new source is a copy of the host's source for Debian,
# but with @SUITE and the component main. The new file is named after the host's file. Return
# false if the host has no source for Debian.
apt_sources_of_suite()
{
	apt_found=$(apt_debian_source)
	[ -n "$apt_found" ] || return 1
	for apt_file in $(apt_source_files); do
		apt_new=$2/$1-${apt_file##*/}
		apt_source_of_suite "$apt_file" "${apt_found% *}" "${apt_found#* }" "$1" >"$apt_new"
		[ ! -s "$apt_new" ] || {
			echo "$apt_new"
			return
		}
		rm -f "$apt_new"
	done
	return 1
}
