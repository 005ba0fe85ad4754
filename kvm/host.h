/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gather facts about this machine from its files: the kernel, the CPU, KVM, the requirements for
 * building and loading the module, and the loaded module. source/probe.h gathers the other
 * facts.
 */
#ifndef VMTOLL_KVM_HOST_H
#define VMTOLL_KVM_HOST_H

#include "model/host.h"

/*
 * Fill in @host from the files below the directory @root ("" for this machine). If a file cannot
 * be read, the facts in it stay unknown. The members @version, @abi, @device, @bpf, @counts,
 * @leaves, @share and @vsock of @host are not changed.
 */
void host_gather(const char *root, struct host *host);

/*
 * Each of these functions gathers one group of facts. host_gather_kvm() and
 * host_gather_tracepoints() fill in different members of struct host_kvm.
 */
void host_gather_kernel(const char *root, struct host_kernel *kernel);
void host_gather_cpu(const char *root, struct host_cpu *cpu);
void host_gather_kvm(const char *root, struct host_kvm *kvm);
void host_gather_tracepoints(const char *root, struct host_kvm *kvm);
void host_gather_security(const char *root, struct host_security *security);
void host_gather_file(const char *root, const char *release, struct host_module_file *file);
void host_gather_dkms(const char *root, const char *release, struct host_dkms *dkms);
void host_gather_module(const char *root, struct host_module *module);

/* Gather the facts about the module file that is installed or built for the running kernel. */
void host_gather_running_file(struct host_module_file *file);

/* Get the permissions of the device node @path, and check whether this process may open it. */
void host_gather_node(const char *root, const char *path, struct host_node *node);

/* Set @id to the ID of the group @name in /etc/group. Return false if there is no such group. */
bool host_find_group(const char *root, const char *name, unsigned int *id);

/* Find the processes that have opened the device @path. */
void host_gather_users(const char *root, const char *path, struct host_users *users);

#endif
