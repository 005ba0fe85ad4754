# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of guest.sh that runs in the guest. guest.sh inserts check.sh before this script.

# The lab transports the stdout and stderr of a guest's script as two streams, without preserving
# their order. Redirect stderr to stdout, so that no other output appears in the middle of a
# vmtoll message.
exec 2>&1

status_of()
{
	"$@" >/dev/null 2>&1
	echo $?
}

# Print EAX of a CPUID leaf in decimal.
leaf_eax()
{
	printf '%d\n' "$(vmtoll leaf "$@" | sed -n 's/.*eax \(0x[0-9a-f]*\).*/\1/p' | head -n 1)"
}

measure()
{
	same command-status 7 "$(status_of vmtoll stat -- sh -c 'exit 7')"
	same command-missing 127 "$(status_of vmtoll stat -- /no/such/command)"
	same command-killed 143 "$(status_of vmtoll stat -- sh -c 'kill -TERM $$')"
	same wrong-option 2 "$(status_of vmtoll stat --no-such-option)"
	same list-needs-a-host 2 "$(status_of vmtoll list)"
	same audit 0 "$(status_of vmtoll audit)"
	same check 0 "$(status_of vmtoll check)"
	same check-native 1 "$(vmtoll check | grep -c '^ok  *guest  *native leaves, ABI')"
	# Run a command that executes a known number of CPUID instructions. The exits that are
	# caused by reading vmtoll's leaves must be counted in the row `observer`.
	vmtoll stat --json -o "$OUT/leaf.json" -- vmtoll leaf 0x4fffffff >/dev/null
	observed=$(sed -n '/"observer"/,$p' "$OUT/leaf.json" | json_number exits)
	same observer-row yes "$([ "$observed" -gt 0 ] && echo yes)"
	first=$(leaf_eax 0x4fffffff)
	second=$(leaf_eax 0x4fffffff)
	same classic-total-grows yes "$([ "$second" -ge "$first" ] && [ "$first" -gt 1000 ] && echo yes)"
	vmtoll stat --json -r 3 -o "$OUT/repeat.json" -- true
	same repeats 3 "$(sed -n '/"runs"/,$p' "$OUT/repeat.json" | grep -c '"wall_ns"')"
	vmtoll stat --json -o "$OUT/last.json"
}

# Measure a guest with two vCPUs. The second vCPU is offline. It stays halted during the whole
# interval, so none of its exits ends in the interval. Finally, print "idle" and wait until the
# host has also measured the guest.
several()
{
	same audit-of-one-vcpu 1 "$(vmtoll audit --vcpu 1 --json | json_number vcpu)"
	succeeds classic-scope not sh -c 'vmtoll stat --source guest:classic | grep "1 vCPU"'
	matches leaves-need-the-host "run vmtoll leaves on its host" "$(vmtoll leaves 2>&1)"
	echo 0 >/sys/devices/system/cpu/cpu1/online
	sleep 1
	vmtoll stat --json -o "$OUT/interval.json" -- sleep 2
	check_interval idle 2 "$OUT/interval.json"
	# The offline vCPU is always halted, and the other vCPU is halted most of the time.
	# shellcheck disable=SC2154  # set by check_interval()
	within idle-halt $((wall * 13 / 10)) "$(json_number halt_ns <"$OUT/interval.json")" "$vcpu"
	vmtoll stat --vcpu 0 --json -o "$OUT/interval.json" -- sleep 1
	check_interval idle-0 1 "$OUT/interval.json"
	echo idle
	sleep 100
}

case $1 in
nothing)
	vmtoll stat
	echo "status $?"
	vmtoll check
	;;
measure) measure ;;
several) several ;;
esac
