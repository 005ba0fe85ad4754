# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# More vCPUs than CPUs: those of two VMMs too many.
. "$(dirname "$0")/lib.sh"

lab load
reader_start
busy_start $((($(cpus) + 1) / 2 + 2))
try crowd-seen wait_for 20 all_seen
sleep "$(amount 60 5)"
try crowd-audit-running vmtoll audit
busy_end crowd
reader_end crowd
settled crowd
lab unload
finish crowd
