# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Print the number of exits that reading a whole snapshot of the VM causes. Runs in a guest.
#
# Reading a snapshot causes exits, which are counted in the observer row. The number of exits
# that one snapshot causes is therefore the difference between the observer rows of two
# consecutive snapshots.
#
# Prints "snapshot EXITS ROWS", separated by tabs.

for i in 1 2; do
	vmtoll stat --json -o "/tmp/$i.json" || exit
done
# observer N: print the number of exits in the observer row of snapshot N.
observer()
{
	sed -n '/"observer"/,$p' "/tmp/$1.json" | sed 's/[,{]/\n/g' | sed -n 's/^ *"exits" *: *\([0-9]*\).*/\1/p' | head -n 1
}
rows=$(grep -c '"code"' /tmp/2.json)
printf 'snapshot\t%d\t%d\n' $(($(observer 2) - $(observer 1))) "$rows"
