# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Runs in a guest, for guest.sh. Prints "ok NAME" or "not ok NAME: ...".

check()
{
	if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: expected '$2', got '$3'"; fi
}

status_of()
{
	"$@" >/dev/null 2>&1
	echo $?
}

number()
{
	sed 's/[,{]/\n/g' | sed -n "s/^ *\"$1\" *: *\([0-9]*\).*/\1/p" | head -n 1
}

# eax of a leaf, in decimal
leaf_eax()
{
	printf '%d\n' "$(vmtoll leaf "$@" | sed -n 's/.*eax \(0x[0-9a-f]*\).*/\1/p' | head -n 1)"
}

measure()
{
	check command-status 7 "$(status_of vmtoll stat -- sh -c 'exit 7')"
	check command-missing 127 "$(status_of vmtoll stat -- /no/such/command)"
	check command-killed 143 "$(status_of vmtoll stat -- sh -c 'kill -TERM $$')"
	check wrong-option 2 "$(status_of vmtoll stat --no-such-option)"
	check list-is-the-host-s 2 "$(status_of vmtoll list)"
	check audit 0 "$(status_of vmtoll audit)"
	# Reading is not what is measured: the command makes a known number of CPUIDs.
	vmtoll stat --json -o "$OUT/leaf.json" -- vmtoll leaf 0x4fffffff >/dev/null
	observed=$(sed -n '/"observer"/,$p' "$OUT/leaf.json" | number exits)
	check observer-apart yes "$([ "$observed" -gt 0 ] && echo yes)"
	first=$(leaf_eax 0x4fffffff)
	second=$(leaf_eax 0x4fffffff)
	check classic-total-grows yes "$([ "$second" -ge "$first" ] && [ "$first" -gt 1000 ] && echo yes)"
	vmtoll stat --json -r 3 -o "$OUT/repeat.json" -- true
	check repeats 3 "$(sed -n '/"runs"/,$p' "$OUT/repeat.json" | grep -c '"wall_ns"')"
	vmtoll stat --json -o "$OUT/last.json"
}

case $1 in
nothing)
	vmtoll stat
	echo "status $?"
	;;
measure) measure ;;
esac
