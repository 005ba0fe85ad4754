# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Print the groups of a Debian system, and its files with their modes. Exclude the private files of
# apt, dpkg and DKMS: caches, logs, lists of packages, and the key that DKMS has generated. Also
# exclude the files that the lab adds to the system in a machine.
export LC_ALL=C
find / -xdev \( -path /proc -o -path /dev -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp \
	-o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /packages \
	-o -path /lab -o -path /share -o -path /truth \) -prune -o -printf '%m %u:%g %p\n' |
	grep -vE ' /(etc/(g?shadow|group|passwd)-|var/lib/dkms/mok\.(key|pub))$' | sort
cat /etc/group
