# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Make functions that vmtoll.ko calls fail while it is loaded. The module must then not be loaded,
# and must leave nothing behind: no device, and no probe at KVM's tracepoints. Also test that the
# module creates /dev/vmtoll after it has attached to KVM.
# Usage: load-errors.sh REFUSE_KO
. "$(dirname "$0")/lib.sh"

refuse=$1
module=${module-/lab/vmtoll.ko}
tracing=/sys/kernel/tracing

# Trace the calls of the function that attaches a probe, and of the one that creates a device.
trace_start()
{
	mount -t tracefs tracefs $tracing
	cat >$tracing/kprobe_events <<-'END'
	p:order/attach tracepoint_probe_register
	p:order/publish misc_register
	END
	echo 1 >$tracing/events/order/enable
}

trace_end()
{
	echo 0 >$tracing/events/order/enable
	echo >$tracing/kprobe_events
	umount $tracing
}

# Print the traced calls since the last call of this function.
calls()
{
	sed -nE 's/^ *insmod-.*: (attach|publish): .*/\1/p' $tracing/trace | paste -s -d ' ' -
	echo >$tracing/trace
}

# refused FUNCTION: Load the module while FUNCTION fails.
refused()
{
	insmod "$refuse" function="$1"
	fails "refused-$1" 12 'Cannot allocate memory' insmod "$module"
	succeeds "refused-$1-no-device" not test -e /dev/vmtoll
	succeeds "refused-$1-not-loaded" not test -e /sys/module/vmtoll
	rmmod refuse
	# If a probe were still attached, the next VM exit would crash the kernel.
	succeeds "refused-$1-vm" /truth/truth loop cpuid 1000
}

lab kvm >/dev/null
trace_start
insmod "$module"
matches load-order '^(attach ){4,}publish$' "$(calls)"
lab unload

# The device must not exist at any time if the module cannot attach.
for function in register_module_notifier register_tracepoint_module_notifier; do
	calls >/dev/null
	refused $function
	same "refused-$function-never-published" 0 "$(calls | grep -c publish)"
done
trace_end
refused misc_register

insmod "$module"
vmtoll stat --json -o /tmp/stat.json -- /truth/truth loop cpuid 1000 >/dev/null
at_least load-counts 1000 "$(json_number exits </tmp/stat.json)"
lab unload
finish load-errors
