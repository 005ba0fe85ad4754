// SPDX-License-Identifier: GPL-2.0
/* Test the table of instruction sets against the ABI and against the other tables. */
#include "test.h"

#include "model/isa.h"
#include "model/paging.h"
#include "uapi/vmtoll.h"

static void test_abi(void **state)
{
	const struct isa *vmx = isa_find(VMTOLL_ISA_VMX);
	const struct isa *svm = isa_find(VMTOLL_ISA_SVM);

	(void)state;
	assert_string_equal(vmx->name, "vmx");
	assert_string_equal(svm->name, "svm");
	assert_int_equal(vmx->halt, VMTOLL_VMX_HLT);
	assert_int_equal(svm->halt, VMTOLL_SVM_HLT);
	assert_int_equal(vmx->failed_entry, VMTOLL_VMX_FAILED_ENTRY);
	assert_int_equal(svm->failed_entry, 0);
	assert_true(vmx->emulates);
	assert_false(svm->emulates);
}

/* Check that each entry is found by its number and its name, and that both are unique. */
static void test_lookups(void **state)
{
	const struct isa *isa;
	size_t i;

	(void)state;
	for (i = 0; (isa = isa_at(i)); i++) {
		assert_ptr_equal(isa_find(isa->id), isa);
		assert_ptr_equal(isa_find_name(isa->name), isa);
		assert_string_equal(isa_name(isa->id), isa->name);
		assert_string_equal(isa_title(isa->id), isa->title);
	}
	assert_int_equal(i, 2);
	assert_null(isa_find(0));
	assert_null(isa_find(i + 1));
	assert_null(isa_find_name("VMX"));
	assert_null(isa_find_name(""));
	assert_string_equal(isa_name(0), "unknown");
	assert_string_equal(isa_title(0), "unknown");
}

/* Check that a halt has an exit reason, and that the paging modes are those of the same module. */
static void test_other_tables(void **state)
{
	const struct isa *isa;

	(void)state;
	for (size_t i = 0; (isa = isa_at(i)); i++) {
		const struct paging *paging = paging_find(isa->id);

		assert_string_equal(reason_find(isa->id, isa->halt)->name, "HLT");
		assert_non_null(paging);
		assert_string_equal(paging->module, host_kvm_modules[isa->module]);
		assert_in_range(isa->module, HOST_KVM_VENDOR, HOST_KVM_MODULES - 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abi),
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_other_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
