// SPDX-License-Identifier: GPL-2.0
/* Test process/signals.c with signals that arrive while the program is not waiting for them. */
#include "test.h"
#include <signal.h>
#include "process/signals.h"

static void suspend(void)
{
}

/*
 * signals_stop() must not consume the requests to flush and to reload. signals_wait() returns
 * them.
 */
static void requests_stay_pending(void **state)
{
	(void)state;
	signals_hold(suspend);
	signals_hold_flush();
	signals_hold_reload();
	raise(SIGUSR1);
	raise(SIGHUP);
	assert_int_equal(signals_stop(), 0);
	assert_int_equal(signals_wait(0) + signals_wait(0), SIGUSR1 + SIGHUP);
	assert_int_equal(signals_wait(0), 0);
	assert_int_equal(signals_stop(), 0);
}

static void first_stop_is_returned(void **state)
{
	(void)state;
	raise(SIGTERM);
	assert_int_equal(signals_stop(), SIGTERM);
	raise(SIGINT);
	assert_int_equal(signals_stop(), SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_stay_pending),
		cmocka_unit_test(first_stop_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
