# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab guest` boots the stock kernel as a guest under QEMU and KVM. The guest's initramfs holds
# busybox, vmtoll and the caller's script.

guest_usage()
{
	cat <<-'USAGE'
	usage: lab guest [OPTION]... SCRIPT [ARGUMENT]...
	  --mem MIB         memory (default 128)
	  --smp N           number of vCPUs (default 1)
	  --append WORDS    additional kernel parameters
	  --fast            boot faster; the kernel parameters for that change the exits of the boot
	  --timeout S       give the guest up as lost after S seconds (default 300)
	  --name NAME       argument of QEMU's -name
	  --cid CID         add a vsock device with this CID
	  --out DIR         store the files that SCRIPT left in $OUT in DIR
	Run SCRIPT as root in a guest. Output and exit status are those of SCRIPT. Exit status 125:
	the lab failed or the guest was lost.
	USAGE
}

guest_need_value()
{
	[ $# -gt 1 ] || die "$1 needs a value (lab guest --help)"
}

guest_options()
{
	guest_mem=128 guest_smp=1 guest_append='' guest_kind='' guest_timeout=300
	guest_name='' guest_out='' guest_cid='' guest_used=0
	guest_all=$#
	while [ $# -gt 0 ]; do
		case $1 in
		--help) guest_usage; exit 0 ;;
		--fast) guest_kind='fast fast-skip'; shift; continue ;;
		--) shift; break ;;
		--*) guest_need_value "$@" ;;
		*) break ;;
		esac
		case $1 in
		--mem) guest_mem=$2 ;;
		--smp) guest_smp=$2 ;;
		--append) guest_append=$2 ;;
		--timeout) guest_timeout=$2 ;;
		--name) guest_name=$2 ;;
		--out) guest_out=$2 ;;
		--cid) guest_cid=$2 ;;
		*) die "lab guest: unknown option $1 (lab guest --help)" ;;
		esac
		shift 2
	done
	guest_used=$((guest_all - $#))
}

# Make an initramfs that contains the script and its arguments. A shell runs the script, unless
# the script is an ELF file or names its own interpreter.
guest_initrd()
{
	mkdir -p "$guest_dir/tree/lab" "$guest_dir/tree/bin"
	cp "$1" "$guest_dir/tree/lab/script"
	chmod 755 "$guest_dir/tree/lab/script"
	[ ! -e /bin/vmtoll ] || cp /bin/vmtoll "$guest_dir/tree/bin/"
	shift
	case $(head -c 2 "$guest_dir/tree/lab/script") in
	'#!' | "$(printf '\177E')") printf '%s\0' /lab/script "$@" ;;
	*) printf '%s\0' /bin/sh /lab/script "$@" ;;
	esac >"$guest_dir/tree/lab/arguments"
	[ -z "$guest_cid" ] || cp -r /usr/guest/vsock "$guest_dir/tree/lab/" ||
		die "lab guest: the guest's kernel has no vsock"
	(cd "$guest_dir/tree" && find . | cpio -o -H newc 2>/dev/null) |
		cat /usr/guest/root.cpio - >"$guest_dir/initrd"
	guest_pad "$guest_dir/initrd"
}

# guest_pad INITRD: Pad the file to four bytes more than a multiple of the page size. QEMU puts
# the initrd at the end of memory, and the firmware puts the ACPI tables into the last page. On a
# PC, QEMU leaves space for the tables. On a microvm, it does not, so an initrd that fills too
# much of the last page overwrites the tables. The guest then finds no devices, or reads a table
# of absurd length. With the padding, only four zero bytes of the initrd are in the last page.
guest_pad()
{
	truncate -s $(((($(stat -c %s "$1") + 4095) & ~4095) + 4)) "$1"
}

# Load the modules for vsock, which the VMM needs to open /dev/vhost-vsock.
guest_vsock()
{
	[ -e /usr/vsock/order ] || die "lab guest: this machine's kernel has no vhost_vsock"
	while read -r guest_module; do
		[ -d "/sys/module/$(echo "$guest_module" | tr - _)" ] || insmod "/usr/vsock/$guest_module.ko" ||
			die "lab guest: cannot load $guest_module"
	done </usr/vsock/order
}

guest_run()
{
	# Bochs emulates REP one iteration at a time. QEMU runs in the emulated machine, so keep
	# its C library from copying memory with REP instructions.
	export GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=2000000000:glibc.cpu.x86_rep_stosb_threshold=2000000000
	# shellcheck disable=SC2086  # two words or none
	/lab/receive --timeout "$guest_timeout" --linger 20 ${guest_out:+--files "$guest_out"} \
		--log "$guest_dir/log" --lost "$guest_dir/lost" -- \
		qemu-system-x86_64 -name "${guest_name:-guest}" -M microvm,rtc=on -accel kvm \
		-cpu "$config_guest_cpu" -smp "$guest_smp" -m "$guest_mem" \
		-nodefaults -no-user-config -no-reboot -display none \
		-serial "file:$guest_dir/console" \
		-chardev file,id=wire,path=/proc/self/fd/1 \
		-device virtio-serial-device -device virtserialport,chardev=wire \
		${guest_cid:+-device "vhost-vsock-device,guest-cid=$guest_cid"} \
		-kernel /usr/guest/kernel -initrd "$guest_dir/initrd" \
		-append "$(cmdline_of guest $guest_kind) $guest_append" &
	guest_pid=$!
	trap 'kill $guest_pid; wait $guest_pid; rm -rf "$guest_dir"; exit 143' TERM INT HUP
	guest_status=0
	wait $guest_pid || guest_status=$?
}

guest_explain_loss()
{
	[ -e "$guest_dir/lost" ] || return 0
	say "guest ${guest_name:+$guest_name }lost: $(cat "$guest_dir/lost")"
	tail -n 10 "$guest_dir/log" | sed 's/^/lab: emulator: /' >&2
	grep -m 3 -E "Kernel panic|BUG:|Oops:|lockup" "$guest_dir/console" | sed "s/^/lab: console: /" >&2
	tail -n 20 "$guest_dir/console" | sed 's/^/lab: console: /' >&2
}

verb_guest()
{
	. /lab/cmdline_table.sh
	guest_options "$@"
	shift "$guest_used"
	[ $# -gt 0 ] || die "lab guest: no script given (lab guest --help)"
	[ -r "$1" ] || die "lab guest: cannot read $1"
	[ -c /dev/kvm ] || die "lab guest: no /dev/kvm: KVM is not loaded (lab kvm)"
	guest_dir=$(mktemp -d /tmp/guest.XXXXXX)
	[ -z "$guest_out" ] || mkdir -p "$guest_out"
	guest_initrd "$@"
	[ -z "$guest_cid" ] || guest_vsock
	guest_run
	guest_explain_loss
	rm -rf "$guest_dir"
	exit "$guest_status"
}
