// SPDX-License-Identifier: GPL-2.0
/*
 * tsc_khz prints the frequency of this host's TSC in kHz. A machine in QEMU without
 * acceleration uses the host's TSC. Without this frequency, the machine's kernel would
 * calibrate the TSC with the emulated PIT. On a busy host, the result of the calibration, and
 * thus the kernel's clock, could be wrong by a factor of five.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define INTERVAL_NS 40000000
#define TRIES	    50

struct moment {
	uint64_t ns;
	uint64_t tsc;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/*
 * Read both clocks several times in pairs, and return the pair of readings that took the least
 * time.
 */
static struct moment moment_read(void)
{
	uint64_t best = UINT64_MAX;
	struct moment moment = { 0, 0 };

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = now_ns(), tsc = __builtin_ia32_rdtsc(), after = now_ns();

		if (after - before >= best)
			continue;
		best = after - before;
		moment = (struct moment){ .ns = before + best / 2, .tsc = tsc };
	}
	return moment;
}

int main(void)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	struct moment start = moment_read(), end;

	nanosleep(&interval, NULL);
	end = moment_read();
	if (end.ns <= start.ns || end.tsc <= start.tsc) {
		fprintf(stderr, "tsc_khz: the TSC of this host is unstable\n");
		return 1;
	}
	printf("%.0f\n", (end.tsc - start.tsc) * 1e6 / (end.ns - start.ns));
	return fflush(stdout) ? 1 : 0;
}
