#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Check the files that are installed with the program and the module: the shell completion, the
# configuration of the module, the units, the version, and the checks of script/release.
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

# Install the configuration with values of prefix and sysconfdir that are not the defaults.
install_files()
{
	make -s -C "$top/kmod" install-files DESTDIR="$work/dest" prefix=/opt/v sysconfdir=/opt/etc
	same install-files "$(printf '/opt/%s\n' etc/modprobe.d/vmtoll.conf etc/modules-load.d/vmtoll.conf \
		v/lib/systemd/system/vmtoll.service v/lib/sysusers.d/vmtoll.conf v/lib/udev/rules.d/60-vmtoll.rules)" \
		"$(cd "$work/dest" && find . -type f | sed 's/^\.//' | sort)"
	same install-all "$(find "$system" -type f | grep -c '')" "$(find "$work/dest" -type f | grep -c '')"
}

# The units are hardened: systemd-analyze must rate the exposure of each below 2.0. The worst
# possible rating is 10.
units()
{
	command -v systemd-analyze >/dev/null || {
		skip units "systemd-analyze is not installed"
		return
	}
	for unit in "$top"/packaging/*/*.service; do
		exposure=$(systemd-analyze security --offline=yes "$unit" 2>/dev/null |
			sed -n 's/.*Overall exposure level for [^:]*: \([0-9]*\)\.\([0-9]\).*/\1\2/p')
		within "exposure-${unit##*/}" 1 "$exposure" 19
	done
}

# Install the module for a kernel whose headers are a stub. The module must be signed only if the
# kernel's signing key exists. With make -j, the kernel's build system must be able to run several
# jobs, too.
install_module()
{
	kdir=$work/kdir
	mkdir -p "$kdir/include/config" "$kdir/certs"
	echo 'CONFIG_MODULE_SIG_KEY="certs/signing_key.pem"' >"$kdir/include/config/auto.conf"
	# shellcheck disable=SC2016 # expanded by make
	printf 'CONFIG_MODULE_SIG_ALL = y\nmodules:\nmodules_install:\n\t@echo "sign $(CONFIG_MODULE_SIG_ALL)"\n' \
		>"$kdir/Makefile"
	set -- make -j2 -s --no-print-directory -C "$top/kmod" install KDIR="$kdir" DESTDIR="$work/signed"
	same without-a-key 'sign ' "$("$@" 2>&1)"
	touch "$kdir/certs/signing_key.pem"
	same with-a-key 'sign y' "$("$@" 2>&1)"
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

# The program of the package vmtoll-guest must be linked with static libraries only. Configure
# the build as for the packages.
guest_program()
{
	meson setup "$work/guest" "$top" -Dlab=false -Dtests=false -Dstatic=false -Dguest=true >"$work/out" 2>&1
	same setup 0 $?
	sed -n '/^build cmd\/vmtoll-guest:/,/^$/p' "$work/guest/build.ninja" >"$work/link"
	matches link-has-static-libraries 'libgsl\.a' "$(cat "$work/link")"
	same link-has-no-shared-libraries '' "$(sed -n "s/^ LINK_ARGS = //p" "$work/link" | tr " " "\n" | grep "\.so\$")"
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

# Run script/package in environments in which it cannot work. It must report the reason before it
# writes anything.
obstacles()
{
	mkdir -p "$work/plain/script"
	cp "$top/script/package" "$top/script/usage.sh" "$top/script/apt.sh" "$top/script/root.sh" "$work/plain/script/"
	chmod 755 "$work"
	[ "$(id -u)" -eq 0 ] || {
		skip package "this is not root"
		return
	}
	fails not-root 2 '^package: making a root needs root privileges$' \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$work/plain/script/package"
	same not-root-lines 1 "$(printf '%s\n' "$fails_output" | grep -c '')"
	mkdir "$work/programs"
	for program in dirname id sed apt-get flock unshare; do
		ln -s "$(command -v $program)" "$work/programs/"
	done
	fails no-mmdebstrap 2 '^package: mmdebstrap is not installed: run script/setup package$' \
		env PATH="$work/programs" /bin/sh "$work/plain/script/package"
	rm "$work/programs/apt-get"
	fails not-debian 2 '^package: apt-get is not installed: use a Debian host$' \
		env PATH="$work/programs" /bin/sh "$work/plain/script/package"
	same writes-nothing script "$(ls "$work/plain")"
}

# Run packaging/build.sh on a simulated full disk: the stub of mmdebstrap fails, and the stub of
# df reports that 1 MiB is free. The root is not kept in memory, because the last argument states
# that it may need 99999999 MiB, which is more than the memory of any host.
full_disk()
{
	mkdir -p "$work/stubs" "$work/full.work"
	git clone -q --shared --no-tags "$top" "$work/full/top" 2>"$work/err" || {
		skip build "$(tail -n 1 "$work/err")"
		return
	}
	mkdir "$work/full/top/build"
	cp "$top/packaging/build.sh" "$work/full/top/packaging/"
	printf '#!/bin/sh\nexit 1\n' >"$work/stubs/mmdebstrap"
	printf '#!/bin/sh\necho Filesystem\necho tmpfs 50 49 1 98%%%% /\n' >"$work/stubs/df"
	chmod 755 "$work/stubs/mmdebstrap" "$work/stubs/df"
	fails build 1 '^package: 100 MiB of disk space are needed in .*/build, 1 MiB are free$' \
		env PATH="$work/stubs:$PATH" sh "$work/full/top/packaging/build.sh" "$work/full/top" "$work/full.work" \
		"$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" 99999999
}

# release_commit MESSAGE: commit all files of the clone.
release_commit()
{
	git -C "$clone" add -A && git -C "$clone" -c user.name=test -c user.email=test@example.org commit -q -m "$1"
}

# Clone HEAD, and replace script/release in the clone by the file in this tree, which may contain
# uncommitted changes. In the clone, script/root.sh accepts every host. Its script/test does not
# run any test, but only writes the files that the steps for the packages would write.
release_clone()
{
	clone=$work/clone
	rm -rf "$clone"
	git clone -q --shared --no-tags "$top" "$clone" 2>"$work/err" || return
	cp "$top/script/release" "$top/script/usage.sh" "$clone/script/"
	cp "$top/.gitignore" "$clone/"
	echo 'root_obstacle() { :; }' >"$clone/script/root.sh"
	cat >"$clone/script/test" <<-'SH'
	#!/bin/sh
	mkdir -p build/test build/package "build/vmtoll-$(cat VERSION)/web"
	for step; do
		echo "$step" >>build/test/steps
		echo "ok $step" >"build/test/$step.log"
	done
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
	mkdir -p "$clone/build/release"
	touch "$clone/build/release/earlier"
	release_fails failed-test 'a test failed'
	for step in package-amd package-lifecycle-amd rpm; do
		echo "echo 'skip $step: no root' >build/test/$step.log" >>"$clone/script/test"
		set_version 0.101.0 '## [0.101.0] - 2026-12-01' '- text'
		fails "skipped-$step" 1 "^release: a test of the packages was skipped: $step: no root\$" "$clone/script/release"
		git -C "$clone" reset -q --hard "$clean"
	done
	echo "root_obstacle() { echo 'no root'; }" >"$clone/script/root.sh"
	set_version 0.101.0 '## [0.101.0] - 2026-12-01' '- text'
	release_fails no-root 'no root$'
	set_version 0.101.0 '## [0.101.0] - 2026-12-01' '- text'
	# script/release must not mistake the files that `make -C kmod` writes for uncommitted
	# changes.
	touch "$clone/kmod/vmtoll.ko" "$clone/kmod/vmtoll.mod.c" "$clone/kmod/.main.o.cmd" "$clone/kmod/modules.order"
	succeeds complete "$clone/script/release"
	same complete-prepares-the-host setup "$(head -n 1 "$clone/build/test/steps")"
	matches complete-prints-the-tag '^git tag -s -m "vmtoll 0.101.0" v0.101.0$' "$succeeds_output"
	same complete-makes-no-tag '' "$(git -C "$clone" tag --list v0.101.0)"
	succeeds complete-checksums sh -c "cd '$clone/build/release' && sha256sum --quiet -c SHA256SUMS"
	same complete-files 'vmtoll-0.101.0.tar.xz vmtoll_0.101.0-1_amd64.deb' \
		"$(cut -d ' ' -f 3 "$clone/build/release/SHA256SUMS" | sort | paste -s -d ' ' -)"
	mkdir "$work/bin"
	printf '#!/bin/sh\necho "sha256sum: write error" >&2\nexit 1\n' >"$work/bin/sha256sum"
	chmod 755 "$work/bin/sha256sum"
	fails full-disk 1 'write error' env PATH="$work/bin:$PATH" "$clone/script/release"
	same full-disk-leaves-no-release '' "$(find "$clone/build/release" 2>/dev/null)"
}

run_groups completion parameters install_files units install_module meson_install guest_program version obstacles full_disk release
