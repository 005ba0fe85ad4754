#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The outer end of the lab's wire, with programs for an emulator that say nothing: each is a machine lost, and it says of what.
# usage: receive.sh RECEIVE

set -u

receive=$1
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# lost REASON OPTION... -- EMULATOR...
lost()
{
	reason=$1
	shift
	rm -f "$work/lost"
	"$receive" --log "$work/log" --lost "$work/lost" "$@" >"$work/out" 2>&1
	status=$?
	if [ $status -ne 125 ] || ! grep -q "$reason" "$work/lost"; then
		echo "not ok: receive $*: status $status, not 125 for '$reason'"
		sed 's/^/    /' "$work/lost" "$work/out"
		failed=1
	fi
}

# shellcheck disable=SC2016 # the child's
echo 'kill -9 $$' >"$work/killed"
lost 'the machine stopped before the command started' -- true
lost 'died of signal 9' -- sh "$work/killed"
lost 'no end within 1 s' --timeout 1 -- sleep 30
lost 'did nothing for' --timeout 30 --nap 0.5 -- sleep 30
# One that does something now and then is not dead.
cat >"$work/busy" <<'END'
while sleep 1; do
	i=0
	while [ $i -lt 20000 ]; do i=$((i + 1)); done
done
END
lost 'no end within 7 s' --timeout 7 --nap 3 -- sh "$work/busy"
exit $failed
