# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Fill $share, the directory that a machine gets as /share. Each run creates a new directory,
# which contains only what the tools of that run need, because the directory is copied into the
# machine's memory.

# share_program PATH: copy a program that the machines lack, together with its libraries. Do
# nothing if the program is not installed on this system.
share_program()
{
	[ -x "$1" ] || return 0
	cp -L "$1" "$share/programs/bin/"
	share_libraries "$1"
}

# share_libraries PATH: copy the shared libraries of a program or library.
share_libraries()
{
	ldd "$1" | awk '/=> \// { print $3 }' | xargs -r cp -L -u -t "$share/programs/lib"
}

# Build and copy the two minimal BPF programs and their loader.
share_minimal()
{
	if ! command -v clang >/dev/null || [ ! -e /usr/include/bpf/libbpf.h ]; then
		echo "bench: clang or libbpf-dev is missing, so the tool libbpf is skipped: run script/setup bench" >&2
		return 0
	fi
	clang -O2 -g -target bpf "-I/usr/include/$(gcc -print-multiarch)" -c "$bench/yardstick/minimal.bpf.c" \
		-o "$share/programs/minimal.bpf.o"
	gcc -O2 -Wall -Wextra -Werror -o "$run/minimal" "$bench/yardstick/minimal.c" -lbpf
	share_program "$run/minimal"
}

# Copy bpftrace and the C headers that it needs to compile its programs.
share_bpftrace()
{
	share_program "$(command -v bpftrace || echo /none)"
	mkdir -p "$share/programs/include"
	cp -R -L /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" \
		"$share/programs/include/"
}

# kernel_headers build|source: print the path of the kernel headers that belong to the newest
# kernel in /lib/modules.
kernel_headers()
{
	find /lib/modules -maxdepth 2 -name "$1" -print | sort -V | tail -n 1
}

# Build floor.ko, the module with two empty probes, and copy it. Kbuild writes its output next to
# the sources. To keep the source tree clean, build in another directory that contains symbolic
# links to the sources.
share_floor()
{
	[ ! -e "$share/programs/floor.ko" ] || return 0
	mkdir -p "$run/floor"
	ln -sf "$bench"/yardstick/floor/* "$run/floor/"
	make -s -C "$(kernel_headers build)" "M=$run/floor" W=1 CONFIG_DEBUG_INFO_BTF_MODULES= modules
	objcopy -g "$run/floor/floor.ko" "$share/programs/floor.ko"
}

# Copy the common kernel headers and the headers for the kernel's configuration into one tree.
share_kernel()
{
	mkdir -p "$share/programs/kernel/arch/x86"
	for tree in source build; do
		folder=$(readlink -f "$(kernel_headers $tree)")
		cp -R -L "$folder/include" "$share/programs/kernel/"
		cp -R -L "$folder/arch/x86/include" "$share/programs/kernel/arch/x86/"
	done
	for unused in dt-bindings sound media drm soc rdma scsi; do
		rm -rf "$share/programs/kernel/include/$unused"
	done
}

# Copy Debian's Python without the modules that bcc does not use.
share_python()
{
	python=$(readlink -f /usr/bin/python3)
	library=$share/programs/python/lib/${python##*/}
	mkdir -p "$share/programs/python/lib"
	cp -L "$python" "$share/programs/bin/python3"
	share_libraries "$python"
	cp -R "/usr/lib/${python##*/}" "$share/programs/python/lib/"
	for unused in test idlelib ensurepip lib2to3 tkinter distutils pydoc_data turtledemo unittest dist-packages sitecustomize.py; do
		rm -rf "${library:?}/$unused"
	done
	rm -rf "$library"/config-*
	cp -R /usr/lib/python3/dist-packages/bcc "$library/"
}

# Make kvmexit use the ordinary tracepoint kvm_exit instead of the raw tracepoint. kvmexit reads
# the exit reason from the first argument of the raw tracepoint. Since Linux 5.16, this argument
# is the vCPU, so an unchanged kvmexit counts nothing. The ordinary tracepoint still works, but
# kvmexit uses it only on kernels without raw tracepoints. Newer releases of bcc always use the
# ordinary tracepoint (bcc's pull request 4654).
kvmexit_on_tracepoint()
{
	sed -i 's/if BPF.support_raw_tracepoint_in_module():/if False:/' "$1"
	grep -q '^    if False:' "$1" ||
		echo "bench: kvmexit-bpfcc does not look for raw tracepoints as in bcc 0.26: it may count nothing" >&2
}

# Copy kvmexit with Python, LLVM and the kernel's headers.
share_bcc()
{
	[ -x /usr/sbin/kvmexit-bpfcc ] || return 0
	share_program /usr/sbin/kvmexit-bpfcc
	kvmexit_on_tracepoint "$share/programs/bin/kvmexit-bpfcc"
	libraries=/usr/lib/$(gcc -print-multiarch)
	cp -L "$libraries/libbcc.so.0" "$libraries/librt.so.1" "$share/programs/lib/"
	share_libraries "$libraries/libbcc.so.0"
	share_python
	share_kernel
}

# share_for TOOLS: create $share with the files for TOOLS, a list of names separated by commas.
share_for()
{
	rm -rf "$share"
	mkdir -p "$share/programs/bin" "$share/programs/lib"
	cp "$bench"/inside/* "$bench/loops" "$bench/crowds" "$share/"
	for tool in $(echo "$1" | tr , ' '); do
		case $tool in
		trace-cmd) share_program "$(command -v trace-cmd || echo /none)" ;;
		bpftrace) share_bpftrace ;;
		bcc-kvmexit) share_bcc ;;
		libbpf) share_minimal ;;
		floor*) share_floor ;;
		esac
	done
}
