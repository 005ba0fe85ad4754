# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test that vmtoll changes no CPUID leaf except its own. Read the leaves once without and once with
# the module. In each range of CPUID, read all 65,536 leaves with the subleaves 0 to 8.
. "$(dirname "$0")/lib.sh"

succeeds leaves-without /truth/truth cpuid-dump full /tmp/without
load_with_leaves
succeeds leaves-with /truth/truth cpuid-dump full /tmp/with
# `cpuid-dump full` reads six ranges of 65,536 leaves. It omits vmtoll's five native and four
# classic leaves.
same leaves-all $((6 * 65536 - 9)) "$(wc -l </tmp/with)"
# The answers differ between leaves, so the hashes must differ, too.
at_least leaves-differ 10 "$(cut -d ' ' -f 2 /tmp/with | sort -u | wc -l)"
succeeds leaves-unchanged cmp /tmp/without /tmp/with
lab unload
finish leaves
