# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# This script runs in the guest. The guest uses CPUID to read the exits of its boot and of three
# workloads, and writes the results to $OUT/NN-PHASE.json. Nothing is printed during a workload,
# because output to the console causes exits.
set -e

# phase NN-NAME COMMAND...: measure a command.
phase()
{
	phase_file=$OUT/$1.json
	shift
	vmtoll stat --json -o "$phase_file" -- "$@" >/tmp/log 2>&1 || {
		cat /tmp/log >&2
		exit 1
	}
}

# Create, copy, read and remove files in the guest's memory.
files()
{
	mkdir -p /tmp/files
	for i in 1 2 3 4 5 6 7 8; do
		dd if=/dev/zero of="/tmp/files/$i" bs=64k count=16 2>/dev/null
		cp "/tmp/files/$i" "/tmp/files/$i.copy"
	done
	cat /tmp/files/* | md5sum
	rm -r /tmp/files
}

# Run short processes one after another.
forks()
{
	i=0
	while [ $i -lt 100 ]; do
		/bin/busybox true
		i=$((i + 1))
	done
}

case ${1-} in
files | forks) "$1" ;;
'')
	vmtoll stat --json -o "$OUT/01-boot.json"
	phase 02-files sh "$0" files
	phase 03-forks sh "$0" forks
	phase 04-idle sleep 1
	;;
esac
