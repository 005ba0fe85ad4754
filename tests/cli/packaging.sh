#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Check the files that are installed with the program and the module: the shell completion, the
# configuration of the module, the version, and the checks of script/release.
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

# Each parameter must appear in modprobe.conf, in a comment that shows its default value. The
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

# release_commit MESSAGE: commit all files of the clone.
release_commit()
{
	git -C "$clone" add -A && git -C "$clone" -c user.name=test -c user.email=test@example.org commit -q -m "$1"
}

# Make a clone of HEAD with this version of script/release. In the clone, script/test does not run
# any test. It writes the files that the step package-amd would write.
release_clone()
{
	clone=$work/clone
	rm -rf "$clone"
	git clone -q --shared --no-tags "$top" "$clone" 2>"$work/err" || return
	cp "$top/script/release" "$top/script/usage.sh" "$clone/script/"
	cat >"$clone/script/test" <<-'SH'
	#!/bin/sh
	mkdir -p build/test build/package "build/vmtoll-$(cat VERSION)/web"
	echo "ok package-amd" >build/test/package-amd.log
	echo page >"build/vmtoll-$(cat VERSION)/web/page.c"
	echo deb >"build/package/vmtoll_$(cat VERSION)-1_amd64.deb"
	tar -c -J -C build -f "build/package/vmtoll-$(cat VERSION).tar.xz" "vmtoll-$(cat VERSION)"
	SH
	release_commit clone
}

# release_fails NAME MESSAGE: check that script/release fails, that its only output is one line
# that contains MESSAGE, and that it writes no release. Then undo all changes in the clone.
release_fails()
{
	fails "$1" 1 "^release: $2" "$clone/script/release"
	same "$1-lines" 1 "$(printf '%s\n' "$fails_output" | grep -c '')"
	same "$1-writes-nothing" '' "$(find "$clone/build/release" -type f 2>/dev/null)"
	git -C "$clone" reset -q --hard "$clean" && git -C "$clone" clean -q -f -d
}

# set_version VERSION HEADING [ITEM]: commit this version and a new section of the changelog.
set_version()
{
	echo "$1" >"$clone/VERSION"
	sed -i "0,/^## /s/^## /$2\n\n${3-}\n\n&/" "$clone/CHANGELOG.md"
	release_commit version
}

release()
{
	release_clone || {
		skip release "$(tail -n 1 "$work/err")"
		return
	}
	clean=$(git -C "$clone" rev-parse HEAD)
	echo x >>"$clone/README.md"
	release_fails changed-file 'there are uncommitted changes'
	touch "$clone/new"
	release_fails new-file 'there are uncommitted changes'
	echo 0.99.0 >"$clone/VERSION"
	release_commit version
	release_fails no-section "the newest section of CHANGELOG.md is '## \[$(cat "$top/VERSION")\].*', not '## \[0.99.0\] - DATE'"
	set_version 0.99.0 '## [Unreleased]' '- text'
	release_fails no-date "the newest section of CHANGELOG.md is '## \[Unreleased\]', not "
	set_version 0.99.0 '## [0.99.0] - 2026-12-01'
	release_fails empty-section 'the section of 0.99.0 in CHANGELOG.md is empty'
	set_version 0.99 '## [0.99] - 2026-12-01' '- text'
	release_fails wrong-version "VERSION contains '0.99', not a version such as "
	git -C "$clone" tag "v$(cat "$top/VERSION")"
	release_fails same-tag "the tag v$(cat "$top/VERSION") exists"
	git -C "$clone" tag v0.100.0
	set_version 0.99.0 '## [0.99.0] - 2026-12-01' '- text'
	release_fails newer-tag 'version 0.99.0 is older than the tag v0.100.0'
	printf '#!/bin/sh\nexit 1\n' >"$clone/script/test"
	set_version 0.101.0 '## [0.101.0] - 2026-12-01' '- text'
	release_fails failed-test 'a test failed'
	echo 'echo "skip package-amd: no root" >build/test/package-amd.log' >>"$clone/script/test"
	set_version 0.101.0 '## [0.101.0] - 2026-12-01' '- text'
	fails skipped-test 1 '^release: a test of the packages was skipped' "$clone/script/release"
	git -C "$clone" reset -q --hard "$clean"
	set_version 0.101.0 '## [0.101.0] - 2026-12-01' '- text'
	succeeds complete "$clone/script/release"
	matches complete-prints-the-tag '^git tag -s -m "vmtoll 0.101.0" v0.101.0$' "$succeeds_output"
	same complete-makes-no-tag '' "$(git -C "$clone" tag --list v0.101.0)"
	succeeds complete-checksums sh -c "cd '$clone/build/release' && sha256sum --quiet -c SHA256SUMS"
	same complete-files 'vmtoll-0.101.0.tar.xz vmtoll_0.101.0-1_amd64.deb' \
		"$(cut -d ' ' -f 3 "$clone/build/release/SHA256SUMS" | sort | paste -s -d ' ' -)"
}

run_groups completion parameters install_files meson_install version release
