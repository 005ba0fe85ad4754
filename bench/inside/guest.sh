# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Print the number of exits that reading a whole snapshot of the VM takes. Runs in a guest.
#
# The exits of a read are counted in the observer row. From one snapshot to the next, the row grows
# by the exits that one whole read takes.
#
# Prints "snapshot EXITS ROWS", separated by tabs.

for i in 1 2; do
	vmtoll stat --json -o "/tmp/$i.json" || exit
done
# observer N: print the exits of the observer row in snapshot N.
observer()
{
	sed -n '/"observer"/,$p' "/tmp/$1.json" | sed 's/[,{]/\n/g' | sed -n 's/^ *"exits" *: *\([0-9]*\).*/\1/p' | head -n 1
}
rows=$(grep -c '"code"' /tmp/2.json)
printf 'snapshot\t%d\t%d\n' $(($(observer 2) - $(observer 1))) "$rows"
