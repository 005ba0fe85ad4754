// SPDX-License-Identifier: GPL-2.0
/* See platform.h. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kvm.h>
#include <asm/svm.h>
#include <asm/vmx.h>

#include "model/array.h"
#include "fail.h"
#include "platform.h"

#define CPUID_HYPERVISOR (1u << 31)
#define CPUID_VMX	 (1u << 5)
#define CPUID_SVM	 (1u << 2)
#define CPUID_OSXSAVE	 (1u << 27)

struct exit_name {
	uint32_t code;
	const char *name;
};

static const struct exit_name vmx_names[] = { VMX_EXIT_REASONS };
static const struct exit_name svm_names[] = { SVM_EXIT_REASONS };

static const struct vendor {
	const char *isa;
	const char *parameter; /* true: nested paging */
	const char *nested; /* true: guests may use SVM or VMX */
	const struct exit_name *names;
	unsigned int count;
} vendors[] = {
	[ISA_VMX] = { "vmx", "/sys/module/kvm_intel/parameters/ept",
		      "/sys/module/kvm_intel/parameters/nested", vmx_names, ARRAY_SIZE(vmx_names) },
	[ISA_SVM] = { "svm", "/sys/module/kvm_amd/parameters/npt",
		      "/sys/module/kvm_amd/parameters/nested", svm_names, ARRAY_SIZE(svm_names) },
};

const char *isa_name(enum isa isa)
{
	return vendors[isa].isa;
}

const char *paging_name(enum paging paging)
{
	return paging == PAGING_NESTED ? "nested" : "shadow";
}

const char *code_name(enum isa isa, uint32_t code)
{
	for (unsigned int i = 0; i < vendors[isa].count; i++) {
		if (vendors[isa].names[i].code == code)
			return vendors[isa].names[i].name;
	}
	return NULL;
}

/* Return true if the names are equal. Ignore case, and let "_" in @text match a space. */
static bool same_name(const char *name, const char *text)
{
	for (; *name && *text; name++, text++) {
		if (tolower((unsigned char)*name) != tolower((unsigned char)*text) &&
		    !(*name == ' ' && *text == '_'))
			return false;
	}
	return *name == *text;
}

int code_parse(enum isa isa, const char *text, uint32_t *code)
{
	char *end;

	for (unsigned int i = 0; i < vendors[isa].count; i++) {
		if (same_name(vendors[isa].names[i].name, text)) {
			*code = vendors[isa].names[i].code;
			return 0;
		}
	}
	*code = strtoul(text, &end, 0);
	return *text && !*end ? 0 : -EINVAL;
}

static int probe_isa(struct platform *platform)
{
	unsigned int a, b, c, d;

	if (__get_cpuid(1, &a, &b, &c, &d) && c & CPUID_VMX) {
		platform->isa = ISA_VMX;
	} else if (__get_cpuid(0x80000001, &a, &b, &c, &d) && c & CPUID_SVM) {
		platform->isa = ISA_SVM;
	} else {
		return fail(-ENODEV,
			    "find hardware virtualization: CPUID reports neither VMX nor SVM");
	}
	return 0;
}

static int read_parameter(const char *path, bool *on)
{
	FILE *f = fopen(path, "re");
	int value;

	if (!f)
		return fail(-errno, "read the parameter %s (is KVM loaded?)", path);
	value = fgetc(f);
	fclose(f);
	*on = value == 'Y' || value == '1';
	return 0;
}

static int probe_parameters(struct platform *platform)
{
	bool paging;
	int err = read_parameter(vendors[platform->isa].parameter, &paging);

	if (err)
		return err;
	platform->paging = paging ? PAGING_NESTED : PAGING_SHADOW;
	return read_parameter(vendors[platform->isa].nested, &platform->nested);
}

/*
 * Return true if the firmware's vendor name contains @name. The firmware is used to detect
 * Bochs, which does not identify itself in the hypervisor leaves of CPUID.
 */
static bool firmware_is(const char *name)
{
	FILE *f = fopen("/sys/class/dmi/id/bios_vendor", "re");
	char line[64] = "";
	bool is;

	if (!f)
		return false;
	is = fgets(line, sizeof(line), f) && strcasestr(line, name);
	fclose(f);
	return is;
}

static void probe_emulator(struct platform *platform)
{
	unsigned int a, b, c, d;

	__cpuid(1, a, b, c, d);
	platform->xsave = c & CPUID_OSXSAVE;
	if (c & CPUID_HYPERVISOR) {
		__cpuid(0x40000000, a, b, c, d);
		memcpy(platform->hypervisor, &b, 4);
		memcpy(platform->hypervisor + 4, &c, 4);
		memcpy(platform->hypervisor + 8, &d, 4);
	}
	strcpy(platform->hardware, !strcmp(platform->hypervisor, "TCGTCGTCGTCG") ? "tcg"
				   : firmware_is("bochs")			 ? "bochs"
										 : "other");
}

int platform_probe(struct platform *platform)
{
	int err;

	*platform = (struct platform){ 0 };
	err = probe_isa(platform) ?: probe_parameters(platform);
	if (!err)
		probe_emulator(platform);
	return err;
}
