# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of vsock.sh that runs in the guest. vsock.sh inserts check.sh before this script.
# Usage: in-vsock.sh read|measure|refused|denied|flooded|between

# The lab transports the stdout and stderr of a guest's script as two streams.
exec 2>&1

echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd

# Run a command as a user without privileges.
unprivileged()
{
	COLUMNS=200 su nobody -s /bin/sh -c "$*" 2>&1
}

read_exits()
{
	seen=$(unprivileged vmtoll stat -- true)
	same status 0 $?
	matches source '^source: vsock \(vmtoll share on the host\)' "$seen"
	matches cost 'asking cost about [1-9][0-9]* exits' "$seen"
	printf '%s\n' "$seen" | sed -n 's/^.*asking cost about \([0-9]*\) exits.*/# cost \1/p'
	# Each start of the static program vmtoll executes several CPUID instructions.
	unprivileged 'vmtoll stat --json -- sh -c "for i in 1 2 3 4 5; do vmtoll --version; done" >/dev/null' >/tmp/leaf.json
	at_least cpuid 20 "$(sed -n '/"CPUID"/,$p' /tmp/leaf.json | json_number exits)"
	succeeds audit unprivileged vmtoll audit
	seen=$(unprivileged vmtoll check)
	same check-status 0 $?
	matches check '^ok +vsock +vmtoll share on the host answers$' "$seen"
	matches check-verdict '^vmtoll works in this guest: 0 problems' "$seen"
	unprivileged vmtoll stat --json >"$OUT/last.json"
	same last 0 $?
}

# Be idle, and then ask 60 times within 6 seconds. vsock.sh counts the exits of both phases.
phases()
{
	sleep 1
	echo '# phase idle'
	sleep 7
	echo '# phase asking'
	unprivileged vmtoll stat -I 100 -n 60 >/dev/null
	echo '# phase end'
	sleep 2
}

# Listen like the host of further guests, and ask the host until vsock.sh ends this guest.
between()
{
	vmtoll share >/tmp/share.txt 2>&1 &
	wait_for 20 grep -q 'listening on vsock port 978' /tmp/share.txt
	while unprivileged vmtoll stat >/dev/null; do
		echo '# asked'
	done
	cat /tmp/share.txt
}

# refused PATTERN: Check that the host refuses, and that vmtoll prints the reason.
refused()
{
	seen=$(unprivileged vmtoll stat)
	same status 2 $?
	matches message "$1" "$seen"
	matches check "^warning vsock +vmtoll share on the host gives no figures: .*$1" "$(unprivileged vmtoll check)"
}

# Another guest connects as often as possible. vmtoll gives up after 20 seconds. The CPUID leaves
# are on, so vmtoll asks over vsock only if it has to.
flooded()
{
	read -r before _ </proc/uptime
	seen=$(unprivileged vmtoll stat --source vsock)
	same status 0 $?
	read -r after _ </proc/uptime
	matches source '^source: vsock ' "$seen"
	within seconds 0 $((${after%.*} - ${before%.*})) 20
	matches leaves-precede-vsock '^source: guest \(CPUID leaf ' "$(unprivileged vmtoll stat)"
}

case $1 in
read) read_exits ;;
measure)
	read_exits
	phases
	;;
between) between ;;
refused) refused 'several processes claim' ;;
flooded) flooded ;;
denied) refused 'excluded this VM' ;;
esac
