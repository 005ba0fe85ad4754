# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test more vCPUs than CPUs. The test runs two VMMs more than are needed to occupy all CPUs.
. "$(dirname "$0")/lib.sh"

lab load
reader_start
busy_start $((($(cpus) + 1) / 2 + 2))
succeeds crowd-seen wait_for 20 all_seen
sleep "$(amount 60 5)"
succeeds crowd-audit-running vmtoll audit
busy_end crowd
reader_end crowd
settled crowd
lab unload
finish crowd
