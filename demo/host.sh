# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# This script runs in the emulated host. It boots the same guest under nested and under shadow
# paging.
# Usage: host.sh RUNS MACHINE
# The result is written to $OUT/compare.json. The files of each run are also kept in $OUT.

# Turn on the CPUID leaves, which are off by default. The guest reads its exits from them.
lab load leaves=1 || exit
# For each run, vmtoll compare sets $VMTOLL_OUT to the run's folder. The files that the guest
# writes to this folder become the phases of the run.
# shellcheck disable=SC2016
exec vmtoll compare --paging --runs "$1" --machine "$2" --keep "$OUT" --json -o "$OUT/compare.json" -- \
	sh -c 'exec lab guest --name "demo-$VMTOLL_SIDE" --out "$VMTOLL_OUT" "$1/guest.sh"' guest "$(dirname "$0")"
