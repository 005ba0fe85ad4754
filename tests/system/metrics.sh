# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test `vmtoll serve` with the ledgers of the BPF programs and with those of the module. Count the
# exits of a command, and compare the metrics before and after it.
# Usage: metrics.sh (started by tests/run-metrics)
. "$(dirname "$0")/lib.sh"

port=9100
address=http://127.0.0.1:$port/metrics

# Run the vmtoll that has an HTTP server.
served()
{
	exec /share/lib/ld-linux-x86-64.so.2 --library-path /share/lib /share/vmtoll "$@"
}

answers()
{
	wget -q -O /tmp/metrics $address
}

# metric PATTERN: Read the metrics, and print the sum of the samples that match the pattern. The
# ledgers are read at most once per second.
metric()
{
	sleep 1.1
	answers
	awk -v pattern="$1" '$0 ~ pattern { n += $NF } END { printf "%.0f\n", n }' /tmp/metrics
}

# serve SOURCE: Serve the metrics of this source, and count 60,000 CPUID exits.
serve()
{
	served serve --source "$1" --listen 127.0.0.1:$port >/tmp/serve.out 2>&1 &
	server=$!
	succeeds "metrics-$1-answers" wait_for 20 answers
	cpuid='^vmtoll_exits_total\{.*reason="CPUID"'
	before=$(metric "$cpuid")
	/truth/truth loop cpuid 1 >/dev/null
	wait_for 10 no_live_vm
	fixed=$(($(metric "$cpuid") - before - 1))
	within "metrics-$1-fixed" 0 $fixed 20
	/truth/truth loop cpuid 60000 >/dev/null
	wait_for 10 no_live_vm
	same "metrics-$1-exits" $((before + 1 + 60000 + 2 * fixed)) "$(metric "$cpuid")"
	same "metrics-$1-lost" 0 "$(metric '^vmtoll_lost')"
	kill $server
	wait $server 2>/dev/null
}

ip link set lo up 2>/dev/null || ifconfig lo up
counter=bpf
start_counting
serve bpf
stop_counting
counter=module
start_counting
serve kmod
stop_counting
finish metrics
