// SPDX-License-Identifier: GPL-2.0
/*
 * Write the ledgers of a synthetic host, as a file that `vmtoll serve --source kmod:FILE` reads.
 * load.h describes the exits of this host.
 *
 * synthetic_host set FILE svm|vmx VMS VCPUS SECONDS
 *	Create or change FILE, so that the VMs in it have run for SECONDS seconds.
 * synthetic_host follow FILE svm|vmx VMS VCPUS SECONDS
 *	Do the same, print "ready", and let the VMs run until a signal ends this program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void follow(struct fixture *fixture, uint64_t us)
{
	uint64_t began_us = now_us();

	puts("ready");
	fflush(stdout);
	for (;;) {
		usleep(20000);
		load_set(fixture, us + now_us() - began_us, 0);
	}
}

int main(int argc, char **argv)
{
	struct fixture fixture;
	uint64_t us;
	uint32_t isa;

	if (argc != 7 || (strcmp(argv[1], "set") && strcmp(argv[1], "follow"))) {
		fprintf(stderr,
			"Usage: synthetic_host set|follow FILE svm|vmx VMS VCPUS SECONDS\n");
		return 2;
	}
	isa = strcmp(argv[3], "vmx") ? VMTOLL_ISA_SVM : VMTOLL_ISA_VMX;
	us = strtoull(argv[6], NULL, 10) * 1000000;
	if (access(argv[2], F_OK))
		load_create(&fixture, argv[2], isa, (uint32_t)atoi(argv[4]),
			    (uint32_t)atoi(argv[5]));
	else
		fixture_open(&fixture, argv[2]);
	load_set(&fixture, us, 0);
	if (!strcmp(argv[1], "follow"))
		follow(&fixture, us);
	fixture_unmap(&fixture);
	return 0;
}
