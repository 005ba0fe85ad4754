/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Facts about a machine that determine whether vmtoll works there. kvm/host.h and source/probe.h
 * gather these facts, and analysis/check.h judges them. A string is "" if the fact is unknown or
 * does not apply.
 */
#ifndef VMTOLL_HOST_H
#define VMTOLL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A fact that is true, false or not known. */
enum known { KNOWN_NOT, KNOWN_NO, KNOWN_YES };

/**
 * struct host_kernel - the running kernel
 * @release: the output of uname -r
 * @version: the output of uname -v
 * @loads_modules: the kernel was built with support for loadable modules
 * @has_headers: the headers that a module needs are installed
 */
struct host_kernel {
	char release[80];
	char version[160];
	bool loads_modules;
	bool has_headers;
};

/**
 * struct host_cpu - features of the CPU, and the clock that the kernel uses
 * @is_guest: the machine is a virtual machine
 * @isa: the instruction set with which this CPU can run VMs, or NULL if there is none
 * @clocksource: the current clock source of the kernel
 * @offers_tsc: the TSC is one of the available clock sources
 */
struct host_cpu {
	bool is_guest;
	const struct isa *isa;
	bool constant_tsc;
	bool nonstop_tsc;
	char clocksource[32];
	bool offers_tsc;
};

struct isa;

/*
 * The KVM modules, in the order in which they must be loaded. The first one is the common part of
 * KVM, and the others are vendor modules: HOST_KVM_VENDOR is the first of them.
 */
enum host_kvm_module {
	HOST_KVM,
	HOST_KVM_INTEL,
	HOST_KVM_AMD,
	HOST_KVM_MODULES,
	HOST_KVM_VENDOR = HOST_KVM_INTEL,
};

/* The names of the modules in enum host_kvm_module. */
extern const char *const host_kvm_modules[HOST_KVM_MODULES];

/* The tracepoints that the module uses. Without the first two, the module counts no exits. */
enum host_tracepoint {
	HOST_KVM_EXIT,
	HOST_KVM_ENTRY,
	HOST_KVM_FPU,
	HOST_KVM_WAKEUP,
	HOST_TRACEPOINTS,
};

/* The names of the tracepoints in enum host_tracepoint. */
extern const char *const host_tracepoints[HOST_TRACEPOINTS];

/**
 * struct host_kvm - KVM on this machine
 * @other: a vendor module other than kvm_intel and kvm_amd, such as "kvm_pvm"
 * @tracepoints_known: @tracepoint is valid
 */
struct host_kvm {
	bool loaded[HOST_KVM_MODULES];
	bool built_in[HOST_KVM_MODULES];
	bool has_btf[HOST_KVM_MODULES];
	char other[32];
	bool tracepoints_known;
	bool tracepoint[HOST_TRACEPOINTS];
};

/**
 * struct host_node - a device node and the permissions of this process
 * @mode: the permission bits
 * @readable, @writable: whether this process may open the node
 */
struct host_node {
	bool exists;
	unsigned int mode;
	char owner[36];
	char group[36];
	bool readable;
	bool writable;
};

/**
 * struct host_security - what the kernel requires of a module before loading it
 * @secure_boot: KNOWN_NOT if the machine has no EFI
 * @lockdown: "none", "integrity" or "confidentiality"
 * @enforces_signatures: the kernel loads signed modules only
 * @has_btf: the kernel has BTF
 */
struct host_security {
	enum known secure_boot;
	char lockdown[24];
	bool enforces_signatures;
	bool has_btf;
};

/**
 * struct host_module_file - the file from which the module vmtoll can be loaded
 * @path: "" if there is no such file
 * @installed: modprobe finds the file
 * @release: the release of the kernel that the module was built for; "" if the file is
 *	     compressed
 * @is_signed: KNOWN_NOT if the file is compressed
 */
struct host_module_file {
	char path[160];
	bool installed;
	char release[80];
	enum known is_signed;
};

/**
 * struct host_dkms - the module's state in DKMS
 * @installed: the program dkms is installed
 * @version: the version of vmtoll that is registered
 * @built: that version was built for the running kernel
 */
struct host_dkms {
	bool installed;
	char version[32];
	bool built;
};

/**
 * struct host_module - the loaded module
 * @leaves: the value of the parameter `leaves`, "Y" or "N"
 * @leaves_off: number of entries in the parameter `leaves_off`, which only root can read; valid
 *		only if @leaves_off_known is true
 */
struct host_module {
	bool loaded;
	char version[32];
	char leaves[8];
	char dialect[24];
	unsigned int leaves_off;
	bool leaves_off_known;
};

/**
 * struct host_device - the first page of the device
 * @error: 0, or a negative errno if the device cannot be opened or mapped. If @error is not 0,
 *	   no later member is valid
 * @is_vmtoll: the page starts with vmtoll's magic number. If @is_vmtoll is false, no later
 *	       member is valid
 * @abi: the module's ABI. If it differs from the ABI of this tool, no later member is valid
 * @mismatch: KVM's structures differ from those that the module was built for
 * @layout_checked: the module has seen a vCPU and has checked some members of KVM's structures
 * @layout_compared: the module has compared all members of KVM's structures that it uses with the
 *		     kernel's BTF
 * @emulated: the host is a virtual machine
 */
struct host_device {
	int error;
	bool is_vmtoll;
	uint32_t abi;
	bool attached;
	bool mismatch;
	bool layout_checked;
	bool layout_compared;
	bool emulated;
};

/**
 * struct host_bpf - the BPF programs that `vmtoll attach` loads
 * @built_in: this tool contains the programs
 * @error: a negative errno if this process may not look for attached programs, otherwise 0.
 *	   @attached is valid only if @error is 0
 * @attached: the programs are attached: the map with their ledgers is pinned
 * @foreign: a user other than root and this user can replace the programs and the ledgers
 */
struct host_bpf {
	bool built_in;
	int error;
	bool attached;
	bool foreign;
};

/**
 * struct host_counts - a summary of the module's ledgers, or of the ledgers of the BPF programs if
 *			the module is not loaded
 * @read: the ledgers could be read. The other members are valid only if this is true
 * @uncounted: number of VMs without a ledger; @vms does not include them
 * @lost: exits that could not be recorded, including those of VMs that have ended
 */
struct host_counts {
	bool read;
	size_t vms;
	size_t uncounted;
	uint64_t lost;
};

/**
 * struct host_leaves - vmtoll's CPUID leaves on this machine, if the machine is itself a guest
 * @asked: CPUID was executed. The other members are valid only if @asked is true
 * @hypervisor: the signature of the hypervisor
 * @native: the hypervisor implements the native leaves
 * @abi: ABI version of the native leaves
 * @dialect: dialect of the classic leaves; "off" if they are not implemented
 */
struct host_leaves {
	bool asked;
	char hypervisor[13];
	bool native;
	uint32_t abi;
	char dialect[24];
};

/**
 * struct host_share - `vmtoll share` on this machine
 * @has_vhost: the kernel provides /dev/vhost-vsock
 * @pid: the ID of a process that runs `vmtoll share`, or 0
 * @cids_known: @cids and @ambiguous are complete
 * @cids: number of CIDs that processes claim, see share/cid.h
 * @ambiguous: number of CIDs that several processes claim
 */
struct host_share {
	bool has_vhost;
	uint32_t pid;
	bool cids_known;
	size_t cids;
	size_t ambiguous;
};

/**
 * struct host_vsock - `vmtoll share` on this machine's host, if this machine is itself a guest
 * @asked: this machine tried to connect to `vmtoll share` on its host. The other members are valid
 *	   only if this is true
 * @is_reached: the host accepted the connection
 * @answers: the host sent figures
 * @why: if the host accepted the connection but sent no figures, the reason; otherwise ""
 */
struct host_vsock {
	bool asked;
	bool is_reached;
	bool answers;
	char why[200];
};

/**
 * struct host_users - the other processes that have the device open
 * @complete: this process was allowed to inspect all processes of the machine
 * @text: a list of the first few processes that have the device open
 */
struct host_users {
	bool complete;
	size_t count;
	char text[256];
};

/**
 * struct host - all facts about a machine and about this tool
 * @version, @abi: the version and the ABI of this tool
 * @user: name of the user who runs the tool
 */
struct host {
	char version[32];
	uint32_t abi;
	char user[36];
	struct host_kernel kernel;
	struct host_cpu cpu;
	struct host_kvm kvm;
	struct host_node dev_kvm;
	struct host_security security;
	struct host_module_file file;
	struct host_dkms dkms;
	struct host_module module;
	struct host_node dev_vmtoll;
	struct host_device device;
	struct host_bpf bpf;
	struct host_counts counts;
	struct host_leaves leaves;
	struct host_share share;
	struct host_vsock vsock;
	struct host_users users;
};

#endif
