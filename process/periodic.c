// SPDX-License-Identifier: GPL-2.0
/* Call a function at regular intervals, see periodic.h. */
#include "process/periodic.h"

#include <signal.h>

#include "process/clock.h"
#include "process/signals.h"

uint64_t periodic_next(const struct periodic *periodic, uint64_t deadline, uint64_t now)
{
	if (now < deadline)
		return deadline;
	return deadline + ((now - deadline) / periodic->every_ns + 1) * periodic->every_ns;
}

int periodic_call(const struct periodic *periodic, int signal, struct complaint *complaint)
{
	if (signal == SIGUSR1 && periodic->flush)
		return periodic->flush(periodic->context, complaint);
	return periodic->tick(periodic->context, complaint);
}

int periodic_run(const struct periodic *periodic, struct complaint *complaint)
{
	uint64_t next = clock_monotonic_ns() + periodic->every_ns;
	int result = 0;

	while (!result && !signals_stop()) {
		uint64_t now = clock_monotonic_ns();
		int signal = now < next ? signals_wait(next - now) : 0;

		if (signal == SIGHUP && periodic->reload)
			result = periodic->reload(periodic->context, complaint);
		if (now < next && signal != SIGUSR1)
			continue;
		next = periodic_next(periodic, next, clock_monotonic_ns());
		result = periodic_call(periodic, signal, complaint);
	}
	return result;
}
