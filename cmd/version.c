// SPDX-License-Identifier: GPL-2.0
/* The output of `vmtoll --version`, see version.h. */
#include "cmd/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kvm/host.h"
#include "model/host.h"
#include "source/probe.h"
#include "uapi/vmtoll.h"

static void put_module(void)
{
	struct host_module module = { 0 };
	struct host_device device;

	host_gather_module("", &module);
	if (!module.loaded) {
		puts("module: not loaded");
		return;
	}
	probe_device(VMTOLL_DEVICE, &device);
	if (device.error)
		printf("module: %s, ABI unknown (" VMTOLL_DEVICE ": %s)\n", module.version,
		       strerror(-device.error));
	else
		printf("module: %s, ABI %" PRIu32 "\n", module.version, device.abi);
}

static void put_kvm(void)
{
	struct host_kvm kvm = { 0 };
	const char *separator = "";

	host_gather_kvm("", &kvm);
	fputs("KVM: ", stdout);
	for (size_t i = 0; i < HOST_KVM_MODULES; i++) {
		if (!kvm.loaded[i])
			continue;
		printf("%s%s", separator, host_kvm_modules[i]);
		separator = ", ";
	}
	if (*kvm.other)
		printf("%s%s", separator, kvm.other);
	else if (!*separator)
		fputs("not loaded", stdout);
	putchar('\n');
}

void version_put(void)
{
	struct host_kernel kernel = { 0 };

	host_gather_kernel("", &kernel);
	printf("vmtoll " VMTOLL_VERSION "\nABI: %d\n", VMTOLL_ABI_VERSION);
	put_module();
	printf("kernel: %s\n", kernel.release);
	put_kvm();
}
