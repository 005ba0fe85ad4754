// SPDX-License-Identifier: GPL-2.0
/* Test scopes: sets of processes, and whether a vCPU is in scope. */
#include "test.h"

#include <errno.h>

#include "model/scope.h"

static bool has(const struct scope *scope, uint32_t pid, uint32_t vcpu)
{
	struct snapshot_vm vm = { .pid = pid };
	struct snapshot_vcpu of = { .index = vcpu };

	return scope_has_vcpu(scope, &vm, &of);
}

static void pids_are_a_sorted_set(void **state)
{
	static const uint32_t pids[] = { 901, 240, 901, 188, 240, 1000 };
	struct scope scope = SCOPE_ALL;

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_int_equal(scope_add_pid(&scope, pids[i]), 0);
	assert_int_equal(scope.pids, 4);
	assert_int_equal(scope.pid[0], 188);
	assert_int_equal(scope.pid[1], 240);
	assert_int_equal(scope.pid[2], 901);
	assert_int_equal(scope.pid[3], 1000);
}

static void full_scope_rejects_more(void **state)
{
	struct scope scope = SCOPE_ALL;

	(void)state;
	for (uint32_t pid = SCOPE_PIDS; pid; pid--)
		assert_int_equal(scope_add_pid(&scope, pid), 0);
	assert_int_equal(scope_add_pid(&scope, SCOPE_PIDS + 1), -E2BIG);
	assert_int_equal(scope_add_pid(&scope, 5), 0);
	assert_int_equal(scope.pids, SCOPE_PIDS);
	assert_int_equal(scope.pid[SCOPE_PIDS - 1], SCOPE_PIDS);
}

static void vcpus_are_selected(void **state)
{
	struct scope scope = scope_of(240, -1);

	(void)state;
	assert_false(scope_is_all(&scope));
	assert_true(has(&scope, 240, 3));
	assert_false(has(&scope, 188, 0));
	scope_add_pid(&scope, 188);
	assert_true(has(&scope, 188, 0));
	assert_true(has(&scope, 240, 0));
	assert_false(has(&scope, 200, 0));
	assert_false(has(&scope, 241, 0));
	assert_true(has(&SCOPE_ALL, 241, 7));
	scope = scope_of(0, 1);
	assert_false(scope_is_all(&scope));
	assert_true(has(&scope, 5, 1));
	assert_false(has(&scope, 5, 0));
}

static void pids_become_text(void **state)
{
	struct scope scope = SCOPE_ALL;
	char text[SCOPE_TEXT];

	(void)state;
	assert_string_equal(scope_pids_text(&scope, ", ", " and ", text, sizeof(text)), "");
	scope_add_pid(&scope, 9);
	assert_string_equal(scope_pids_text(&scope, ", ", " and ", text, sizeof(text)), "9");
	scope_add_pid(&scope, 7);
	assert_string_equal(scope_pids_text(&scope, ", ", " and ", text, sizeof(text)), "7 and 9");
	scope_add_pid(&scope, 8);
	assert_string_equal(scope_pids_text(&scope, ", ", " and ", text, sizeof(text)),
			    "7, 8 and 9");
	assert_string_equal(scope_pids_text(&scope, "+", "+", text, 4), "7+8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pids_are_a_sorted_set),
		cmocka_unit_test(full_scope_rejects_more),
		cmocka_unit_test(vcpus_are_selected),
		cmocka_unit_test(pids_become_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
