# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab list` prints the machines and the state of their kernels.

verb_list()
{
	[ $# -eq 0 ] || die "usage: lab list"
	list_format='%-11s %-8s %-10s %7s  %-22s %s\n'
	# shellcheck disable=SC2059
	printf "$list_format" NAME EMULATOR KVM MEMORY KERNEL STATE
	for list_name in $(machine_names all); do
		(
			machine_load "$list_name"
			list_state="ready"
			machine_is_ready || list_state="run $machine_setup"
			# shellcheck disable=SC2059
			printf "$list_format" "$machine_name" "$machine_emulator" \
				"$machine_module" "${machine_memory}M" "${machine_release:--}" "$list_state"
		)
	done
}
