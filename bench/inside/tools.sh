# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions that run a command while a tool is active, one for each tool of the table `tools`. They
# run inside a machine. Programs copied from outside are in /share/programs, with their
# libraries.

share_programs=/share/programs

# copied PROGRAM ARGUMENT...: run a copied program with the libraries that were copied with it.
copied()
{
	copied_name=$1
	shift
	LD_LIBRARY_PATH=$share_programs/lib "$share_programs/bin/$copied_name" "$@"
}

# has_copied PROGRAM: return true if the program was copied. If not, print the reason.
has_copied()
{
	[ -x "$share_programs/bin/$1" ] || { echo "$1 is not installed where the machine was started"; return 1; }
}

tool_none()
{
	"$@"
}

# floor PARAMETER COMMAND...: run the command while floor.ko is loaded with PARAMETER.
floor()
{
	insmod "$share_programs/floor.ko" "$1" || return
	shift
	"$@" && rmmod floor
}

tool_floor()
{
	floor clock=0 "$@"
}

tool_floor_clock()
{
	floor clock=1 "$@"
}

# Turn on the CPUID leaves, which are off by default, because some of the loops read them.
tool_vmtoll()
{
	lab load leaves=1 && "$@" && lab unload
}

tool_vmtoll_unloaded()
{
	lab load && lab unload && "$@"
}

# Stop the background process of a tool.
stop_helper()
{
	kill "$helper" 2>/dev/null
	wait "$helper" 2>/dev/null
	return 0
}

# Run the command while vmtoll reads all ledgers ten times per second. Fail if fewer than two
# snapshots were read: the command then had no concurrent reader.
tool_vmtoll_10hz()
{
	lab load || return
	: >/tmp/snapshots
	while :; do
		vmtoll stat --json >/tmp/snapshot.json && echo >>/tmp/snapshots
		usleep 100000
	done &
	helper=$!
	"$@"
	status=$?
	stop_helper
	lab unload || return
	[ "$(wc -l </tmp/snapshots)" -gt 1 ] || { echo "the reader read fewer than two snapshots" >&2; return 1; }
	return $status
}

# bpf_attached COMMAND...: run the command while vmtoll's BPF programs are attached, and then
# detach them. Fail if they counted nothing.
bpf_attached()
{
	"$@" || return
	vmtoll stat --source bpf --csv >/tmp/stat.csv
	vmtoll detach --bpf >/dev/null || return
	[ "$(wc -l </tmp/stat.csv)" -gt 2 ] || { echo "the BPF programs counted nothing" >&2; return 1; }
}

tool_vmtoll_bpf()
{
	vmtoll attach --bpf >/dev/null && bpf_attached "$@"
}

# Without CAP_SYS_ADMIN, vmtoll attaches other programs; see bpf/access.h.
tool_vmtoll_bpf_untyped()
{
	mount -t bpf bpf /sys/fs/bpf &&
		/usr/bin/setpriv --bounding-set -sys_admin vmtoll attach --bpf >/dev/null &&
		bpf_attached "$@" && umount /sys/fs/bpf
}

tool_libbpf()
{
	copied minimal "$share_programs/minimal.bpf.o" "$@" >/tmp/out || { cat /tmp/out >&2; return 1; }
	grep -v '^minimal' /tmp/out
	grep -Eq '^minimal exits [1-9]' /tmp/out || { echo "the BPF programs counted nothing" >&2; return 1; }
}

# Run the command under perf stat. Fail if perf counted no exits.
tool_perf_stat()
{
	perf stat -x , -o /tmp/perf.csv -e kvm:kvm_exit,kvm:kvm_entry "$@" || return
	awk -F , '/kvm_exit/ && $1 > 0 { seen = 1 } END { exit !seen }' /tmp/perf.csv ||
		{ echo "perf stat counted nothing" >&2; return 1; }
}

# big_enough FILE: fail if the recording in FILE is too small to contain the events. If FILE is
# large enough, remove it.
big_enough()
{
	[ "$(wc -c <"$1")" -gt 1000000 ] || { echo "$1 has only $(wc -c <"$1") bytes: the events are missing" >&2; return 1; }
	rm -f "$1"
}

tool_trace_cmd()
{
	copied trace-cmd record -q -o /tmp/trace.dat -e kvm:kvm_exit -e kvm:kvm_entry "$@" || return
	big_enough /tmp/trace.dat
}

tool_perf_kvm_record()
{
	perf kvm stat record -o /tmp/perf.data "$@" 2>/tmp/perf.err >/tmp/out || { cat /tmp/perf.err >&2; return 1; }
	grep '^cost' /tmp/out
	big_enough /tmp/perf.data
}

# `perf kvm stat live` reads keys from standard input, so connect a FIFO that nobody writes to.
# perf needs five seconds to start in Bochs, so run the command only after perf's first report:
# perf prints reports only while it records events.
tool_perf_kvm_live()
{
	[ -p /tmp/keys ] || mkfifo /tmp/keys || return
	perf kvm stat live -d 1 <>/tmp/keys >/tmp/live 2>&1 &
	helper=$!
	until grep -q '^Total Samples' /tmp/live; do
		kill -0 $helper || { tail -n 5 /tmp/live >&2; return 1; }
		sleep 1
	done
	"$@"
	status=$?
	sleep 1
	stop_helper
	grep -Eq '^ *[A-Za-z_]+ +[1-9][0-9]* ' /tmp/live || { tail -n 5 /tmp/live >&2; return 1; }
	return $status
}

# The bpftrace program must define u32 and u64, because the machine's kernel exposes no BTF.
bpftrace_program='#define u32 unsigned int
#define u64 unsigned long long
tracepoint:kvm:kvm_exit { @start[tid] = nsecs; @reason[tid] = args->exit_reason; }
tracepoint:kvm:kvm_entry /@start[tid]/ { @time[@reason[tid]] = stats(nsecs - @start[tid]); }'

tool_bpftrace()
{
	copied bpftrace -I $share_programs/include -o /tmp/bpftrace.out -e "$bpftrace_program" -c "$*" || return
	grep -q 'count [1-9]' /tmp/bpftrace.out || { tail -n 5 /tmp/bpftrace.out >&2; return 1; }
}

# kvmexit compiles its BPF program in the machine. In Bochs, this takes a minute. The shell
# starts background processes with SIGINT ignored, so this script cannot interrupt kvmexit. The
# script therefore passes kvmexit a fixed duration that is longer than the duration of the loops.
kvmexit_seconds=60

tool_bcc_kvmexit()
{
	PYTHONHOME=$share_programs/python BCC_KERNEL_SOURCE=$share_programs/kernel PYTHONUNBUFFERED=1 \
		copied python3 "$share_programs/bin/kvmexit-bpfcc" $kvmexit_seconds >/tmp/kvmexit 2>&1 &
	helper=$!
	until grep -q '^Display' /tmp/kvmexit; do
		kill -0 $helper || { tail -n 5 /tmp/kvmexit >&2; return 1; }
		sleep 1
	done
	"$@" || return
	kill -0 $helper || { echo "kvmexit ended before the loops" >&2; return 1; }
	wait $helper
	grep -q 'VMCALL  *[1-9]' /tmp/kvmexit || { echo "kvmexit counted no VMCALL" >&2; return 1; }
}
