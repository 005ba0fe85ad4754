# SPDX-License-Identifier: GPL-2.0
# Read CHANGELOG.md, and print a Debian changelog with one entry for each version that has a date.
# Variables: maintainer
function date(day) {
	("LC_ALL=C date -u -R -d '" day " 12:00'") | getline result
	return result
}
match($0, /^## \[[0-9.]+\] - [0-9-]+$/) {
	split($0, field, /[][ ]+/)
	print "vmtoll (" field[2] "-1) unstable; urgency=medium\n"
	print "  * New version. CHANGELOG.md lists the changes.\n"
	print " -- " maintainer "  " date(field[4]) "\n"
}
