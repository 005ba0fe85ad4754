# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lab guest: the stock kernel as a guest under QEMU/KVM, with an initramfs that has busybox,
# vmtoll and the caller's script.

guest_usage()
{
	cat <<-'USAGE'
	usage: lab guest [OPTION]... SCRIPT [ARGUMENT]...
	  --mem MIB         memory (128)
	  --smp N           vCPUs (1)
	  --append WORDS    more kernel parameters
	  --fast            kernel parameters that make it boot faster, and with other exits
	  --timeout S       lost after so long (300)
	  --name NAME       QEMU's -name
	  --out DIR         where the files go that SCRIPT left in $OUT
	Runs SCRIPT as root in a guest; its output and exit status are the guest's. 125: lost.
	USAGE
}

guest_need_value()
{
	[ $# -gt 1 ] || die "$1 needs a value (lab guest --help)"
}

guest_options()
{
	guest_mem=128 guest_smp=1 guest_append='' guest_kind='' guest_timeout=300
	guest_name='' guest_out='' guest_used=0
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
		*) die "lab guest: no option $1 (lab guest --help)" ;;
		esac
		shift 2
	done
	guest_used=$((guest_all - $#))
}

# The script goes in with its arguments; a shell runs it unless it says itself what does.
guest_top()
{
	mkdir -p "$guest_dir/top/lab" "$guest_dir/top/bin"
	cp "$1" "$guest_dir/top/lab/script"
	chmod 755 "$guest_dir/top/lab/script"
	[ ! -e /bin/vmtoll ] || cp /bin/vmtoll "$guest_dir/top/bin/"
	shift
	case $(head -c 2 "$guest_dir/top/lab/script") in
	'#!' | "$(printf '\177E')") printf '%s\0' /lab/script "$@" ;;
	*) printf '%s\0' /bin/sh /lab/script "$@" ;;
	esac >"$guest_dir/top/lab/arguments"
	(cd "$guest_dir/top" && find . | cpio -o -H newc 2>/dev/null) |
		cat /usr/guest/root.cpio - >"$guest_dir/initrd"
	guest_pad "$guest_dir/initrd"
}

# The firmware leaves ACPI's tables in the last page of memory. QEMU loads an initrd right up to the end of it,
# where it leaves room for them on a PC but not on a microvm: with the wrong length it overwrites them, and the
# guest finds no devices, if it finds the end of a table at all. So the last page gets four bytes of zero.
guest_pad()
{
	truncate -s $(((($(stat -c %s "$1") + 4095) & ~4095) + 4)) "$1"
}

guest_run()
{
	# Bochs runs REP one iteration at a time: QEMU itself shall not prefer it either.
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
	[ $# -gt 0 ] || die "lab guest: which script? (lab guest --help)"
	[ -r "$1" ] || die "lab guest: cannot read $1"
	[ -c /dev/kvm ] || die "lab guest: no /dev/kvm: KVM is not loaded (lab kvm)"
	guest_dir=$(mktemp -d /tmp/guest.XXXXXX)
	[ -z "$guest_out" ] || mkdir -p "$guest_out"
	guest_top "$@"
	guest_run
	guest_explain_loss
	rm -rf "$guest_dir"
	exit "$guest_status"
}
