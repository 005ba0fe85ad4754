// SPDX-License-Identifier: GPL-2.0
/*
 * Write the ledgers of a synthetic host, as a file that `vmtoll serve --source kmod:FILE` reads.
 * load.h describes the exits of this host.
 *
 * synthetic_host set FILE svm|vmx VMS VCPUS SECONDS
 *	Create or change FILE, so that the VMs in it have run for SECONDS seconds.
 * synthetic_host follow FILE svm|vmx VMS VCPUS SECONDS
 *	Do the same, print "ready", and let the VMs run until a signal ends this program.
 * synthetic_host waves FILE svm|vmx VMS VCPUS SECONDS
 *	Do the same as follow, but let the rates of the exits rise and fall within four minutes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define PERIOD_US 240000000

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void set(struct fixture *fixture, uint64_t us, bool has_waves)
{
	if (has_waves)
		load_set_waves(fixture, us, PERIOD_US);
	else
		load_set(fixture, us, 0);
}

static void follow(struct fixture *fixture, uint64_t us, bool has_waves)
{
	uint64_t began_us = now_us();

	puts("ready");
	fflush(stdout);
	for (;;) {
		usleep(20000);
		set(fixture, us + now_us() - began_us, has_waves);
	}
}

int main(int argc, char **argv)
{
	struct fixture fixture;
	bool has_waves;
	uint64_t us;
	uint32_t isa;

	if (argc != 7 ||
	    (strcmp(argv[1], "set") && strcmp(argv[1], "follow") && strcmp(argv[1], "waves"))) {
		fprintf(stderr,
			"Usage: synthetic_host set|follow|waves FILE svm|vmx VMS VCPUS SECONDS\n");
		return 2;
	}
	has_waves = !strcmp(argv[1], "waves");
	isa = strcmp(argv[3], "vmx") ? VMTOLL_ISA_SVM : VMTOLL_ISA_VMX;
	us = strtoull(argv[6], NULL, 10) * 1000000;
	if (access(argv[2], F_OK))
		load_create(&fixture, argv[2], isa, (uint32_t)atoi(argv[4]),
			    (uint32_t)atoi(argv[5]));
	else
		fixture_open(&fixture, argv[2]);
	set(&fixture, us, has_waves);
	if (strcmp(argv[1], "set"))
		follow(&fixture, us, has_waves);
	fixture_unmap(&fixture);
	return 0;
}
