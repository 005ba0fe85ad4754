#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Check the files that are installed with the program and the module: the shell completion, the
# configuration of the module, and the version.
# Usage: packaging.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

top=$(cd "$(dirname "$0")/../.." && pwd)
system=$top/packaging/system

# Print the verbs that the program lists.
verbs()
{
	"$vmtoll" --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p'
}

# completed WORD...: Print the completions of the last word, sorted, one per line.
# shellcheck disable=SC2016 # expanded by bash
completed()
{
	PATH=$(dirname "$vmtoll"):$PATH bash -c '
		source "$1"
		shift
		COMP_WORDS=(vmtoll "$@")
		COMP_CWORD=$#
		_vmtoll
		printf "%s\n" "${COMPREPLY[@]}"' bash "$top/completion/vmtoll" "$@" | sort
}

completion()
{
	same completion-verbs "$({ verbs; echo --help; echo --version; } | sort)" "$(completed '')"
	for verb in $(verbs); do
		same "completion-$verb" \
			"$("$vmtoll" "$verb" --help | grep -oE '^ +(-., +)?--[a-z-]+' | grep -oE -e '--[a-z-]+' | sort -u)" \
			"$(completed "$verb" -- | sort -u)"
	done
	same completion-values 'svm vmx' "$(completed explain --isa '' | paste -s -d ' ' -)"
}

# Each parameter must be in modprobe.conf, as a comment that shows the default value. The
# parameter leaves_off has no default value.
parameters()
{
	sed -n 's/^module_param_cb(\([a-z_]*\),.*/\1/p' "$top"/kmod/*.c | sort >"$work/parameters"
	at_least parameters 5 "$(grep -c '' "$work/parameters")"
	same modprobe.conf-parameters "$(cat "$work/parameters")" \
		"$(sed -n 's/^#options vmtoll \([a-z_]*\)=.*/\1/p' "$system/modprobe.conf" | sort)"
	same modprobe.conf-sets-nothing '' "$(grep -v '^#' "$system/modprobe.conf" | grep .)"
	same modules-load.conf-loads-nothing '' "$(grep -v '^#' "$system/modules-load.conf" | grep .)"
	tr -d '\n\t' <"$top/kmod/main.c" >"$work/main.c"
	grep -vx leaves_off "$work/parameters" | while read -r parameter; do
		default=$(sed -n "s/^#options vmtoll $parameter=//p" "$system/modprobe.conf")
		grep -qE "MODULE_PARM_DESC\($parameter, *\"[^\"]*($default \(default\)|\(default ${default}[:)])" "$work/main.c" ||
			echo "$parameter"
	done >"$work/wrong"
	same modprobe.conf-defaults '' "$(cat "$work/wrong")"
}

# Install the configuration into a directory with a different prefix.
install_files()
{
	make -s -C "$top/kmod" install-files DESTDIR="$work/dest" prefix=/opt/v sysconfdir=/opt/etc
	same install-files "$(printf '/opt/%s\n' etc/modprobe.d/vmtoll.conf etc/modules-load.d/vmtoll.conf \
		v/lib/systemd/system/vmtoll.service v/lib/sysusers.d/vmtoll.conf v/lib/udev/rules.d/60-vmtoll.rules)" \
		"$(cd "$work/dest" && find . -type f | sed 's/^\.//' | sort)"
	same install-all "$(find "$system" -type f | grep -c '')" "$(find "$work/dest" -type f | grep -c '')"
}

# Install the program, the manual pages and the completion into a directory.
meson_install()
{
	build=$(dirname "$(dirname "$vmtoll")")
	prefix=$(meson introspect --buildoptions "$build" | sed 's/{"name"/\n&/g' |
		sed -n 's/^{"name": "prefix", "value": "\([^"]*\)".*/\1/p')
	DESTDIR=$work/installed meson install -C "$build" --no-rebuild --quiet >"$work/out" 2>&1
	same meson-install 0 $?
	same meson-install-files "$({
		echo bin/vmtoll
		echo share/bash-completion/completions/vmtoll
		cd "$top/docs" && printf 'share/man/man8/%s\n' *.8 && printf 'share/man/man5/%s\n' *.5
	} | sort)" "$(cd "$work/installed$prefix" && find . -type f | sed 's,^\./,,' | sort)"
	same meson-install-stays-in-destdir "$(find "$work/installed$prefix" -type f | grep -c '')" \
		"$(find "$work/installed" -type f | grep -c '')"
}

version()
{
	version=$(cat "$top/VERSION")
	matches version-in-the-changelog '^1$' \
		"$(grep -cE "^## \[$version\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" "$top/CHANGELOG.md")"
	matches version-in-the-debian-changelog "^vmtoll \($version-1\) " \
		"$(awk -v maintainer=x -f "$top/packaging/changelog.awk" "$top/CHANGELOG.md" | head -n 1)"
	matches date-in-the-debian-changelog '^ -- x  [A-Z][a-z]{2}, [0-9]{2} ' \
		"$(awk -v maintainer=x -f "$top/packaging/changelog.awk" "$top/CHANGELOG.md")"
}

run_groups completion parameters install_files meson_install version
