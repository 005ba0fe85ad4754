# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Runs in a guest: how many exits it takes to read a whole snapshot of the VM.
#
# Reading is booked on the observer's row: from one snapshot to the next one it has grown by all that
# it takes to read one.

for i in 1 2; do
	vmtoll stat --json -o "/tmp/$i.json" || exit
done
observer()
{
	sed -n '/"observer"/,$p' "/tmp/$1.json" | sed 's/[,{]/\n/g' | sed -n 's/^ *"exits" *: *\([0-9]*\).*/\1/p' | head -n 1
}
rows=$(grep -c '"code"' /tmp/2.json)
printf 'snapshot\t%d\t%d\n' $(($(observer 2) - $(observer 1))) "$rows"
