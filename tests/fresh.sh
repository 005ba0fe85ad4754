# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of tests/run-fresh that runs in new mount and pid namespaces. It creates the root,
# tries the entry points in it, and runs the demo.
# Usage: fresh.sh TOP WORK DISK
#
#	DISK	the disk space in MiB that the root may need
#
# The files that the demo writes are copied to WORK/demo.
set -u

top=$1 work=$2 disk=$3
root=$work/root
clone=/root/vmtoll

# shellcheck source=lib/check.sh
. "$top/tests/lib/check.sh"
check_prefix=fresh-
# shellcheck source=../script/apt.sh
. "$top/script/apt.sh"

# shellcheck source=../script/root.sh
. "$top/script/root.sh"
# shellcheck disable=SC2034  # used by script/root.sh
root_work=$work root_cache=$top/build/root root_folder=$clone root_environment=/root/.npm-host/environment

die()
{
	not_ok root "$*"
	exit 1
}

# Print the names of the environment variables that npm and node read, and of the variables that
# npm's configuration files refer to, such as ${NPM_TOKEN}.
npm_variables()
{
	env | sed -n 's/^\(\(npm_config_\|NPM_CONFIG_\)[A-Za-z0-9_]*\|NODE_EXTRA_CA_CERTS\)=.*/\1/p'
	# shellcheck disable=SC2016  # the characters of a reference
	cat "$@" 2>/dev/null | grep -v '^[#;]' | grep -o '\${[A-Za-z_][A-Za-z0-9_]*}' | tr -d '${}'
}

# Write the variables of npm_variables() to a file that a shell can source.
npm_environment()
{
	npm_variables "$@" | sort -u | while read -r name; do
		printf '%s=%s\nexport %s\n' "$name" \
			"$(printenv "$name" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/")" "$name"
	done
}

# Copy this host's npm configuration: the user's and the global configuration file, the
# environment variables, and the certificates and keys whose paths are in these files or
# variables. in_root() sets the variables. The certificates are stored under different paths in
# the root, because installing the package ca-certificates replaces the bundle in /etc/ssl. The
# copies may contain credentials, so only root can read them.
npm_copy()
{
	command -v npm >/dev/null || return 0
	user=$(npm config get userconfig 2>/dev/null) global=$(npm config get globalconfig 2>/dev/null)
	mkdir -m 700 "$root/root/.npm-host"
	cat "$user" >"$root/root/.npm-host/user" 2>/dev/null
	cat "$global" >"$root/root/.npm-host/global" 2>/dev/null
	npm_environment "$user" "$global" >"$root/root/.npm-host/environment"
	cat "$root/root/.npm-host"/* | tr -s ' \t="'\' '\n' | grep '^/' | sort -ru | while read -r path; do
		[ -f "$path" ] || continue
		cp -L "$path" "$root/root/.npm-host/${path##*/}"
		sed -i "s|$path|/root/.npm-host/${path##*/}|" "$root/root/.npm-host/user" "$root/root/.npm-host/global" "$root/root/.npm-host/environment"
	done
	cat >>"$root/root/.npm-host/environment" <<-'SH'
	export npm_config_userconfig=/root/.npm-host/user
	export npm_config_globalconfig=/root/.npm-host/global
	SH
}

# Make the root, with a clone of HEAD in it.
fresh_root()
{
	why=$(root_open "$(root_host_suite)" "$disk") || die "$why"
	npm_copy
	head=$(git -C "$top" rev-parse HEAD)
	{
		git clone -q -c advice.detachedHead=false --no-hardlinks "$top" "$root$clone" && git -C "$root$clone" checkout -q --detach "$head"
	} || die "cannot clone HEAD"
	ok root
}

# entry NAME STATUS LINES PATTERN [OPTION]... COMMAND...: run a command. Check that it exits with
# STATUS and prints LINES lines, and that one of the lines matches PATTERN. If LINES is -, any
# number of lines is accepted.
entry()
{
	name=$1 expected=$2 lines=$3 pattern=$4
	shift 4
	in_root "$@" >"$work/out" 2>&1
	status=$?
	[ "$lines" != - ] || lines=$(grep -c '' "$work/out")
	if [ "$status $(grep -c '' "$work/out")" = "$expected $lines" ] && grep -q -e "$pattern" "$work/out"; then
		ok "entry-$name"
	else
		not_ok "entry-$name" "status $status: $(head -n 3 "$work/out")"
	fi
}

# Check the scripts that a user may run before the setup. Each script must either work or print
# one line. This line must contain the reason for the failure or the command to run first.
entries()
{
	nobody=--userspec=65534:65534
	chmod 755 "$root/root"
	entry lab-list 0 - '^amd .*run script/setup lab$' lab/lab list
	entry lab-help 0 - '^usage: lab list' lab/lab help
	entry lab-exec 125 1 'run script/setup lab$' lab/lab exec amd -- true
	entry lab-exec-suite 125 1 'run script/setup --kernel 6.12$' lab/lab exec amd-6.12 -- true
	entry lab-exec-unknown 125 1 "unknown machine 'nosuch'; the machines are: amd " lab/lab exec nosuch -- true
	entry build 2 1 'run script/setup build$' script/build
	entry build-module 2 1 'run script/setup build$' script/build-module
	entry build-module-suite 2 1 'run script/setup --kernel 6.12$' script/build-module --kernel 6.12
	entry build-kernel-unknown 2 1 'flavours: cfi debug kcsan' script/build-kernel nosuch
	entry setup-unknown 2 1 'parts: build' script/setup nosuch
	entry setup-user 1 1 'run as root, or install: .*gcc' "$nobody" script/setup build
	entry demo-unknown 2 1 'machines: amd ' script/demo --machine nosuch
	entry demo-user 1 1 'run as root, or install: .*qemu-system-x86' "$nobody" script/demo
	entry test-unknown 2 1 'steps: setup ' script/test nosuch
	entry bench-unknown 2 1 "unknown machine 'nosuch'" script/bench --machine nosuch
	entry bench-user 1 1 'run as root, or install: ' "$nobody" script/bench --short
	entry fuzz-unknown 2 1 'targets: ' script/fuzz --only nosuch
	entry fuzz-user 2 1 'run as root, or install: .*clang' "$nobody" script/fuzz
	entry lint-user 2 1 'run as root, or install: .*shellcheck' "$nobody" script/lint
}

demo()
{
	if in_root script/demo >"$work/report" 2>"$work/demo.log"; then
		ok demo-runs
	else
		not_ok demo-runs "status $?"
		sed 's/^/  /' "$work/demo.log"
	fi
	cp -r "$root$clone/build/demo/amd" "$work/demo" 2>/dev/null
	# If the page is missing, keep npm's log, which contains the reason.
	[ -e "$work/demo/report.html" ] || cp "$root$clone/build/web/npm.log" "$work/demo/" 2>/dev/null
}

fresh_root
entries
demo
[ $failures -eq 0 ]
