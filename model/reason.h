/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The catalogue of exit reasons. It has an entry for every exit that VMX or SVM hardware can
 * report. An entry has the name of the exit, its meaning, its cause in the guest, advice on how
 * to reduce such exits, and the section of the manual. The catalogue is constant data. The
 * lookup functions do no I/O, allocate no memory and cannot fail.
 *
 * Names are taken from the kernel's UAPI headers (arch/x86/include/uapi/asm/vmx.h and svm.h),
 * without the prefix EXIT_REASON_, SVM_EXIT_ or SVM_: EPT_VIOLATION, WRITE_CR3, NPF,
 * VMGEXIT_PSC. For exceptions on SVM, the header defines only a base number
 * (SVM_EXIT_EXCP_BASE). The name of such an exit is EXCP_ followed by the mnemonic of the
 * vector, or by the vector's decimal number if it has no mnemonic: EXCP_PF, EXCP_9. If the
 * headers do not name an exit, its name is the one in the manual, without the prefix VMEXIT_:
 * INVLPGB, BUSY.
 *
 * Codes are the same as in the rows of a ledger (see "Codes" in uapi/vmtoll.h). The code of a
 * failed VM entry on VMX has bit 31 set.
 */
#ifndef VMTOLL_REASON_H
#define VMTOLL_REASON_H

#include <stddef.h>
#include <stdint.h>

/*
 * The instruction set of a code. The values are the same as VMTOLL_ISA_* in uapi/vmtoll.h. The
 * table in isa.c describes each of them.
 */
enum reason_isa {
	REASON_VMX = 1,
	REASON_SVM = 2,
};

/*
 * Classes of exit reasons. `vmtoll compare` sums exits by class. A reason with several causes
 * is in the class of its most frequent cause:
 * - Control-register accesses and VMX exceptions are in `memory`, because most of them occur
 *   when a guest under shadow paging switches or fills page tables.
 * - MSR writes are in `timer and interrupt`, because most of them go to the local APIC and its
 *   timer.
 */
enum reason_class {
	REASON_MEMORY,
	REASON_INTERRUPT,
	REASON_IO,
	REASON_INSTRUCTION,
	REASON_OTHER,
	REASON_CLASSES,
};

/**
 * struct reason - one exit reason
 * @code: exit code
 * @class: class of the most frequent cause
 * @name: name, as described above
 * @alias: other names that reason_find_name() accepts, separated by commas, or NULL. They
 *	   include the name that perf and trace-cmd print, unless it differs from @name only in
 *	   case.
 * @summary: meaning of the exit, in one line
 * @cause: cause in the guest, and the settings under which the exit occurs
 * @lower: advice on how to reduce the number of exits, or why it cannot be reduced
 * @manual: section of the manual that describes the exit
 *
 * The texts have no line breaks; views wrap them.
 */
struct reason {
	uint32_t code;
	enum reason_class class;
	const char *name;
	const char *alias;
	const char *summary;
	const char *cause;
	const char *lower;
	const char *manual;
};

/*
 * Return the reason with this code, or NULL if there is none. A failed VM entry can also be
 * looked up by its basic exit reason, as listed in the manual: 33 finds 0x80000021.
 */
const struct reason *reason_find(enum reason_isa isa, uint32_t code);

/*
 * Return the reason with this name, or NULL if there is none. Case is ignored, and the prefixes
 * of the headers and manuals (EXIT_REASON_, SVM_EXIT_, VMEXIT_, SVM_) are optional.
 */
const struct reason *reason_find_name(enum reason_isa isa, const char *name);

/*
 * Iterate over the reasons of @isa in ascending order by code. reason_count() returns their
 * number. reason_at() returns the reason at index @i, or NULL if @i is out of range.
 */
size_t reason_count(enum reason_isa isa);
const struct reason *reason_at(enum reason_isa isa, size_t i);

/*
 * Return the name of a class: "memory", "timer and interrupt", "I/O", "instruction" or "other".
 */
const char *reason_class_name(enum reason_class class);

/* The tables in reasons_vmx.c and reasons_svm.c. Both are sorted by code in ascending order. */
extern const struct reason reasons_vmx[];
extern const size_t reasons_vmx_count;
extern const struct reason reasons_svm[];
extern const size_t reasons_svm_count;

#endif /* VMTOLL_REASON_H */
