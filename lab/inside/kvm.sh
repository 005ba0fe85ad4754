# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab kvm` reloads KVM with the given parameters. It checks that KVM has these parameters,
# because the kernel would only log an unknown parameter.

kvm_order=/lab/modules/order.$config_vendor

# Unload KVM's modules, starting with the vendor's module. Other modules that KVM depends on stay
# loaded.
kvm_unload()
{
	for kvm_module in "kvm_$config_vendor" kvm; do
		[ ! -d "/sys/module/$kvm_module" ] || rmmod "$kvm_module" ||
			die "cannot unload $kvm_module: it is in use; stop all guests"
	done
}

# kvm_parameters MODULE PARAMETER...: Print each parameter that belongs to this module, without
# the prefix "MODULE.".
kvm_parameters()
{
	kvm_module=$1
	shift
	for kvm_parameter; do
		case $kvm_parameter in
		"$kvm_module".*) echo "${kvm_parameter#*.}" ;;
		esac
	done
}

kvm_load()
{
	while read -r kvm_name; do
		kvm_module=$(echo "$kvm_name" | tr - _)
		[ ! -d "/sys/module/$kvm_module" ] || continue
		# shellcheck disable=SC2046  # one word per parameter
		insmod "/lab/modules/$kvm_name.ko" $(kvm_parameters "$kvm_module" "$@") ||
			die "cannot load $kvm_name: $(dmesg | tail -n 1)"
	done <"$kvm_order"
}

kvm_check_parameters()
{
	for kvm_parameter; do
		case $kvm_parameter in
		kvm.?*=* | "kvm_$config_vendor".?*=*) ;;
		*) die "not a parameter of this machine's KVM: '$kvm_parameter' (kvm.NAME=VALUE or kvm_$config_vendor.NAME=VALUE)" ;;
		esac
	done
}

# kvm_read_back PARAMETER...: Print the current value of each parameter.
kvm_read_back()
{
	for kvm_parameter; do
		kvm_parameter=${kvm_parameter%%=*}
		kvm_file=/sys/module/${kvm_parameter%%.*}/parameters/${kvm_parameter#*.}
		[ -r "$kvm_file" ] || die "${kvm_parameter%%.*} has no parameter '${kvm_parameter#*.}'"
		echo "$kvm_parameter=$(cat "$kvm_file")"
	done
}

verb_kvm()
{
	kvm_check_parameters "$@"
	kvm_unload
	kvm_load "$@"
	kvm_read_back "$@"
}
