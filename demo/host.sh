# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Runs in the emulated host: boot the same guest under nested and under shadow paging.
# Usage: host.sh RUNS MACHINE
# The result is written to $OUT/compare.json, and the files of each run next to it.

lab load || exit
# vmtoll compare sets $VMTOLL_OUT to the folder of each run. The files that the guest writes there
# become the phases of the run.
# shellcheck disable=SC2016
exec vmtoll compare --paging --runs "$1" --machine "$2" --keep "$OUT" --json -o "$OUT/compare.json" -- \
	sh -c 'exec lab guest --name "demo-$VMTOLL_SIDE" --out "$VMTOLL_OUT" "$1/guest.sh"' guest "$(dirname "$0")"
