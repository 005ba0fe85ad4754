# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# In the emulated host: the same guest under nested and under shadow paging.
# Usage: host.sh RUNS MACHINE. Writes $OUT/experiment.json, and each run's files beside it.

lab load || exit
# $VMTOLL_OUT is of each run: what the guest leaves there are the run's phases.
# shellcheck disable=SC2016
exec vmtoll compare --paging --runs "$1" --machine "$2" --keep "$OUT" --json -o "$OUT/experiment.json" -- \
	sh -c 'exec lab guest --name "demo-$VMTOLL_SIDE" --out "$VMTOLL_OUT" "$1/guest.sh"' guest "$(dirname "$0")"
