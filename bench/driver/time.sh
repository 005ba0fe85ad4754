# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Measure how long script/demo takes, and how the time is divided. All seconds are wall-clock time
# on the local machine. The time in the guests is measured with the emulated machine's own clock
# and scaled to wall-clock time.

seconds_now()
{
	date +%s.%N
}

# seconds_of COMMAND...: run a command and print how many seconds it took.
seconds_of()
{
	since=$(seconds_now)
	"$@" >"$run/timed" 2>&1 || {
		tail -n 5 "$run/timed" >&2
		return 1
	}
	echo "$since $(seconds_now)" | awk '{ printf "%.1f\n", $2 - $1 }'
}

# guest_seconds DEMO: print three durations in seconds: the total for all guest boots, the total
# for all workloads, and the total for all runs. They are measured with the emulated machine's
# clock. DEMO is the output directory of script/demo.
guest_seconds()
{
	boots=$(jq -s 'map(.vcpu_ns) | add / 1e9' "$1"/run-*/01-boot.json) || return
	loads=$(jq -s 'map(.wall_ns) | add / 1e9' "$1"/run-*/0[2-9]-*.json) || return
	all=$(jq '[.runs[].wall_ns] | add / 1e9' "$1/compare.json") || return
	echo "$boots $loads $all"
}

# time_demo MACHINE: append "time MACHINE TOTAL BOOT GUEST_BOOTS WORKLOADS REST" to $raw.
time_demo()
{
	boot=$(seconds_of "$top/lab/lab" exec "$1" -- true) || return
	total=$(seconds_of "$top/script/demo" --machine "$1") || return
	guest_seconds "$top/build/demo/$1" | awk -v machine="$1" -v total="$total" -v boot="$boot" -v OFS='\t' '
		{
			scale = (total - boot) / $3
			boots = $1 * scale; loads = $2 * scale
			printf "time\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n", machine, total, boot, boots, loads, total - boot - boots - loads
		}
		END { exit !NR }' >>"$raw"
}

# time_to_result MACHINE
time_to_result()
{
	part "$1" "time to a result" time_demo "$1"
}
