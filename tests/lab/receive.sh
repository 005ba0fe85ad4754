#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the program that receives the output of the lab's machines. The test replaces the emulator
# with programs that send nothing. For each program, the receiver must report that the machine
# is lost, and why.
# Usage: receive.sh RECEIVE

set -u

# shellcheck source=../lib/check.sh disable=SC1091
. "$(dirname "$0")/../lib/check.sh"

receive=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# lost NAME REASON OPTION... -- EMULATOR...: Run the receiver, and check that it reports a lost
# machine with this reason.
lost()
{
	name=$1 reason=$2
	shift 2
	rm -f "$work/lost"
	"$receive" --log "$work/log" --lost "$work/lost" "$@" >"$work/out" 2>&1
	status=$?
	if [ $status -eq 125 ] && grep -q "$reason" "$work/lost"; then
		ok "$name"
	else
		not_ok "$name" "receive $*: expected status 125 with '$reason', got $status"
		sed 's/^/    /' "$work/lost" "$work/out"
	fi
}

# shellcheck disable=SC2016 # expanded by the child
echo 'kill -9 $$' >"$work/killed"
lost end 'the machine stopped before the command started' -- true
lost signal 'died of signal 9' -- sh "$work/killed"
lost timeout 'did not end within 1 s' --timeout 1 -- sleep 30
lost idle 'used no CPU time for' --timeout 30 --idle 0.5 -- sleep 30
# The receiver must not treat an emulator as idle if the emulator uses CPU time occasionally.
cat >"$work/busy" <<'END'
while sleep 1; do
	i=0
	while [ $i -lt 20000 ]; do i=$((i + 1)); done
done
END
lost busy 'did not end within 7 s' --timeout 7 --idle 3 -- sh "$work/busy"
[ $failures -eq 0 ]
