/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that check_host() calls to check each requirement, and their shared helpers.
 * Only check*.c include this header.
 */
#ifndef VMTOLL_CHECK_JUDGES_H
#define VMTOLL_CHECK_JUDGES_H

#include "analysis/check.h"

/* Set the state of a line, and the text that states what was found. */
void check_set(struct check_line *line, enum check_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Set the text that explains how to fix the problem of a line (check_line.cure). */
void check_cure(struct check_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Write the owner, the group and the mode of @node to @text. */
void check_node(const struct host_node *node, char *text, size_t bytes);

/*
 * Explain in @line->cure how the user can get access to @node. @needed is the set of permission
 * bits that the group of @node must have.
 */
void check_cure_access(const struct host *host, const struct host_node *node, unsigned int needed,
		       struct check_line *line);

/*
 * Return the instruction set whose KVM module is loaded, or NULL if there is none. If KVM has no
 * separate module for the instruction set, this is the module kvm.
 */
const struct isa *host_kvm_isa(const struct host *host);

/* Return true if KVM can run VMs on an instruction set that vmtoll knows. */
bool host_has_kvm(const struct host *host);

/*
 * Return the name of the KVM module for this CPU: "kvm_amd" or "kvm_intel". Return "kvm" if the
 * CPU cannot run VMs.
 */
const char *host_kvm_vendor(const struct host *host);

/*
 * Return true if this machine is a guest that can read its exits from CPUID leaves of the host.
 */
bool host_reads_leaves(const struct host *host);

/*
 * Return true if this machine is a guest that can read its exits from its host: from CPUID leaves,
 * or over vsock.
 */
bool host_reads_own_exits(const struct host *host);

/*
 * Return true if the machine is only a guest: it can read its exits from its host, and it runs no
 * VMs itself. It needs neither KVM nor the module.
 */
bool host_is_guest_only(const struct host *host);

/* Return true if the module file was built for the running kernel. */
bool host_file_matches(const struct host *host);

/* Return why vmtoll attach cannot attach the BPF programs to this kernel, or NULL if it can. */
const char *host_bpf_obstacle(const struct host *host);

/*
 * Return true if the module is not needed, because the BPF programs are attached or can be
 * attached instead.
 */
bool host_can_use_bpf(const struct host *host);

/* Return true if the module's pages have the layout that this tool expects. */
bool host_has_pages(const struct host *host);

/*
 * Each function fills in the line of one requirement. It returns false if the requirement does not
 * apply to the machine. The functions are defined in check_machine.c, check_build.c and
 * check_module.c.
 */
bool judge_tool(const struct host *host, struct check_line *line);
bool judge_kernel(const struct host *host, struct check_line *line);
bool judge_cpu(const struct host *host, struct check_line *line);
bool judge_kvm(const struct host *host, struct check_line *line);
bool judge_dev_kvm(const struct host *host, struct check_line *line);
bool judge_tracepoints(const struct host *host, struct check_line *line);
bool judge_tsc(const struct host *host, struct check_line *line);
bool judge_btf(const struct host *host, struct check_line *line);
bool judge_headers(const struct host *host, struct check_line *line);
bool judge_dkms(const struct host *host, struct check_line *line);
bool judge_secure_boot(const struct host *host, struct check_line *line);
bool judge_lockdown(const struct host *host, struct check_line *line);
bool judge_signatures(const struct host *host, struct check_line *line);
bool judge_module(const struct host *host, struct check_line *line);
bool judge_bpf(const struct host *host, struct check_line *line);
bool judge_layout(const struct host *host, struct check_line *line);
bool judge_dev_vmtoll(const struct host *host, struct check_line *line);
bool judge_counts(const struct host *host, struct check_line *line);
bool judge_leaves(const struct host *host, struct check_line *line);
bool judge_share(const struct host *host, struct check_line *line);
bool judge_users(const struct host *host, struct check_line *line);
bool judge_guest(const struct host *host, struct check_line *line);
bool judge_vsock(const struct host *host, struct check_line *line);

#endif
