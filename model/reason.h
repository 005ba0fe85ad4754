/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The catalogue of exit reasons: for every exit that KVM's hardware can report, its
 * name, what it means, what in a guest causes it, what usually lowers it, and where the
 * manual says so. Constant data; nothing here allocates, fails or does I/O.
 *
 * Names are those of the kernel's UAPI headers (arch/x86/include/uapi/asm/vmx.h and
 * svm.h) without EXIT_REASON_, SVM_EXIT_ or SVM_ in front: EPT_VIOLATION, WRITE_CR3,
 * NPF, VMGEXIT_PSC. Where the header has a number for a whole range only
 * (SVM_EXIT_EXCP_BASE + vector), the name is made in the same manner from the vector's
 * mnemonic, or from its decimal number where it has none: EXCP_PF, EXCP_9. Where the
 * header has no name, it is the manual's, without VMEXIT_: INVLPGB, BUSY.
 *
 * Codes are those of a ledger's row (see "Codes" in uapi/vmtoll.h): failed VM entries of
 * VMX keep bit 31.
 */
#ifndef VMTOLL_REASON_H
#define VMTOLL_REASON_H

#include <stddef.h>
#include <stdint.h>

/* As VMTOLL_ISA_* in uapi/vmtoll.h. */
enum reason_isa {
	REASON_VMX = 1,
	REASON_SVM = 2,
};

/*
 * What an exit is usually about, for sums over reasons when two runs are compared. A
 * reason whose exits have several causes is filed under the one that dominates in
 * practice: control registers and VMX's exceptions under memory (their bulk is the guest
 * switching and filling page tables under shadow paging), MSR writes under interrupts
 * (their bulk is the local APIC and its timer).
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
 * @class: what it is usually about
 * @name: see above
 * @alias: further names that reason_find_name() accepts, separated by commas, or NULL;
 *	   among them the spelling of the kernel's string table (which perf and trace-cmd
 *	   print) where it differs from @name in more than case
 * @summary: what the exit means, in one line
 * @cause: what in a guest causes it, and under which settings
 * @lower: what usually lowers it, or why nothing does
 * @manual: where the manual describes it
 *
 * The texts have no line breaks: whoever prints them wraps them.
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
 * NULL for a code that the catalogue does not have. A failed VM entry is also found by
 * its basic exit reason (33 for 0x80000021), as the manual lists it.
 */
const struct reason *reason_find(enum reason_isa isa, uint32_t code);

/*
 * Upper and lower case are one, and the prefixes of the headers and manuals
 * (EXIT_REASON_, SVM_EXIT_, VMEXIT_, SVM_) may be there. NULL for an unknown name.
 */
const struct reason *reason_find_name(enum reason_isa isa, const char *name);

/* All reasons, in ascending order of their codes. NULL beyond the last one. */
size_t reason_count(enum reason_isa isa);
const struct reason *reason_at(enum reason_isa isa, size_t i);

/* "memory", "timer and interrupt", "I/O", "instruction" or "other". */
const char *reason_class_name(enum reason_class class);

/* The tables behind the functions above, ascending by code: reasons_vmx.c, reasons_svm.c. */
extern const struct reason reasons_vmx[];
extern const size_t reasons_vmx_count;
extern const struct reason reasons_svm[];
extern const size_t reasons_svm_count;

#endif /* VMTOLL_REASON_H */
