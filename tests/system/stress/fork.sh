# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test VMMs that fork and exec, and other processes that keep descriptors of the VMMs' vCPUs open.
. "$(dirname "$0")/lib.sh"

rounds=$(amount 100 5)

start_counting
reader_start
succeeds fork-rounds /truth/truth forking "$rounds"
reader_end fork
settled fork
matches fork-departed "$((2 * rounds)) vCPUs" "$(vmtoll stat)"
stop_counting
finish fork
