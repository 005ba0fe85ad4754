# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Load the module that DKMS has built, and run each verb of the packaged programs with it. The
# kernel of the machine does not trust DKMS' key. Check the message that the kernel then prints,
# because vmtoll(8) quotes this message.
. "$(dirname "$0")/lib.sh"
check_prefix=package-$machine-

export LD_LIBRARY_PATH=/share/lib
tool=/share/bin/vmtoll
guest_tool=/share/vmtoll-static

enforce=/sys/module/module/parameters/sig_enforce

# Count a known number of exits with each program.
counts()
{
	for program in $tool $guest_tool; do
		$program stat --json -o /tmp/stat.json -- /truth/truth loop cpuid 1000 >/dev/null
		at_least "${program##*/}-counts" 1000 "$(json_number exits </tmp/stat.json)"
	done
	succeeds audit $tool audit
}

# Run the verbs on a host with one VM. explain and compare FILE need no module and are tested in
# the root.
verbs()
{
	/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
	vm=$!
	sleep 1
	matches list " $vm " "$($tool list)"
	succeeds stat $tool stat -p $vm -- sleep 0.2
	succeeds leaves-on $tool leaves on
	matches leaves-are-on 'Y' "$(cat /sys/module/vmtoll/parameters/leaves)"
	succeeds leaves-off $tool leaves off
	succeeds leaf $tool leaf 0
	kill $vm
	wait $vm 2>/dev/null
}

signature()
{
	matches signature-taint 'E' "$(cat /sys/module/vmtoll/taint)"
	matches signature-message 'module verification failed: signature and/or required key missing - tainting kernel' "$(dmesg)"
	rmmod vmtoll
	echo 1 >$enforce
	same signature-enforced Y "$(cat $enforce)"
	# The insmod of BusyBox exits with the error number, here EKEYREJECTED.
	fails signature-refused 129 'Key was rejected by service|Required key not available' insmod /share/vmtoll.ko
	matches signature-refused-log 'Loading of (module with unavailable key|unsigned module) is rejected' "$(dmesg)"
	succeeds signature-refused-loads-nothing not test -d /sys/module/vmtoll
}

succeeds load insmod /share/vmtoll.ko
matches module-version '^[0-9]+\.[0-9]+\.[0-9]+$' "$(cat /sys/module/vmtoll/version)"
wait_for 5 $tool list
counts
verbs
signature
finish package
