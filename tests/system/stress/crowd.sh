# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test a host with more vCPUs than CPUs. The test starts enough VMMs to occupy all CPUs, and
# then two more.
. "$(dirname "$0")/lib.sh"

start_counting
reader_start
busy_start $((($(cpus) + 1) / 2 + 2))
succeeds crowd-seen wait_for 20 all_seen
sleep "$(amount 60 5)"
succeeds crowd-audit-running vmtoll audit
busy_end crowd
reader_end crowd
settled crowd
stop_counting
finish crowd
