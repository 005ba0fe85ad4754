# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Measure how long the parts of a script take.

laps='' lap_began=$(date +%s)

# lap NAME: end a part of the script, and append its name and duration to $laps.
lap()
{
	lap_ended=$(date +%s)
	laps="$laps${laps:+, }$1 $((lap_ended - lap_began)) s"
	lap_began=$lap_ended
}
