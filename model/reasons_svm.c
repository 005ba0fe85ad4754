// SPDX-License-Identifier: GPL-2.0
/*
 * The exit reasons of AMD SVM: the exit codes that the manual defines, and those that
 * SEV-ES guests hand over by VMGEXIT. What KVM does with each is from
 * arch/x86/kvm/svm/svm.c (init_vmcb(), svm_exit_handlers) and sev.c of 6.1 to 7.2.
 */
#include "model/array.h"
#include "model/reason.h"

#define EXIT_CODES	"AMD APM vol. 2, 'SVM Intercept Exit Codes' (appendix C)"
#define APM(section)	EXIT_CODES "; " section
#define APM_INSTRUCTION APM("15.9 'Instruction Intercepts'")
#define APM_EXCEPTION	APM("15.12 'Exception Intercepts'")
#define APM_INTERRUPT	APM("15.13 'Interrupt Intercepts'")
#define APM_TRAP	APM("15.35 'Encrypted State (SEV-ES)'")
#define GHCB                                                                            \
	"SEV-ES Guest-Hypervisor Communication Block Standardization; AMD APM vol. 2, " \
	"15.35 'Encrypted State (SEV-ES)'"

#define NOT_SEEN  "Should never be seen."
#define NOT_PLAIN "Should not be seen in plain guests."

/* What KVM itself leaves alone, and only a nested guest's own hypervisor intercepts. */
#define ONLY_NESTED(what)                                                                 \
	what " KVM does not intercept it; the exit appears for a nested guest whose own " \
	     "hypervisor does."

/* Instructions of a hypervisor that runs inside the guest. */
#define NESTED_CAUSE(what)                    \
	"A hypervisor inside the guest " what \
	". With nested=0 KVM answers with #UD, so only a probing program gets here."

/* Control registers that do not exist: the access raises #UD before the intercept counts. */
#define READ_NO_CR(n)                                                                           \
	{                                                                                       \
		.code = 0x000 + (n), .class = REASON_OTHER, .name = "READ_CR" #n,               \
		.alias = "CR" #n "_READ", .summary = "CR" #n ", which does not exist, is read", \
		.cause = "The code is reserved for a read of CR" #n                             \
			 ". Reading a control register that does not exist raises #UD in the "  \
			 "guest; KVM sets no such intercept.",                                  \
		.lower = NOT_SEEN, .manual = APM_INSTRUCTION,                                   \
	}
#define WRITE_NO_CR(n)                                                                         \
	{                                                                                      \
		.code = 0x010 + (n), .class = REASON_OTHER, .name = "WRITE_CR" #n,             \
		.alias = "CR" #n "_WRITE",                                                     \
		.summary = "CR" #n ", which does not exist, is written",                       \
		.cause = "The code is reserved for a write of CR" #n                           \
			 ". Writing a control register that does not exist raises #UD in the " \
			 "guest; KVM sets no such intercept.",                                 \
		.lower = NOT_SEEN, .manual = APM_INSTRUCTION,                                  \
	}

/* Debug registers: KVM intercepts the first access after an exit, see dr_interception(). */
#define DR_CAUSE(use)                                                                        \
	use " KVM intercepts only the first access to a debug register after an exit, then " \
	    "hands the registers over until the next exit."
#define DR_LOWER "No hardware breakpoints or watchpoints, and no debugger, in the guest."
#define READ_DR(n, use)                                                                 \
	{                                                                               \
		.code = 0x020 + (n), .class = REASON_INSTRUCTION, .name = "READ_DR" #n, \
		.alias = "DR" #n "_READ", .summary = "Debug register DR" #n " is read", \
		.cause = DR_CAUSE(use), .lower = DR_LOWER, .manual = APM_INSTRUCTION,   \
	}
#define WRITE_DR(n, use)                                                                    \
	{                                                                                   \
		.code = 0x030 + (n), .class = REASON_INSTRUCTION, .name = "WRITE_DR" #n,    \
		.alias = "DR" #n "_WRITE", .summary = "Debug register DR" #n " is written", \
		.cause = DR_CAUSE(use), .lower = DR_LOWER, .manual = APM_INSTRUCTION,       \
	}
#define READ_NO_DR(n)                                                                           \
	{                                                                                       \
		.code = 0x020 + (n), .class = REASON_OTHER, .name = "READ_DR" #n,               \
		.alias = "DR" #n "_READ", .summary = "DR" #n ", which does not exist, is read", \
		.cause = "The code is reserved for a read of DR" #n                             \
			 ". Reading a debug register that does not exist raises #UD in the "    \
			 "guest; KVM sets no such intercept.",                                  \
		.lower = NOT_SEEN, .manual = APM_INSTRUCTION,                                   \
	}
#define WRITE_NO_DR(n)                                                                       \
	{                                                                                    \
		.code = 0x030 + (n), .class = REASON_OTHER, .name = "WRITE_DR" #n,           \
		.alias = "DR" #n "_WRITE",                                                   \
		.summary = "DR" #n ", which does not exist, is written",                     \
		.cause = "The code is reserved for a write of DR" #n                         \
			 ". Writing a debug register that does not exist raises #UD in the " \
			 "guest; KVM sets no such intercept.",                               \
		.lower = NOT_SEEN, .manual = APM_INSTRUCTION,                                \
	}

#define BREAKPOINT_ADDRESS "Debuggers and perf in the guest that set a hardware breakpoint."

/* Exceptions that KVM does not intercept for its own guests. */
#define EXCEPTION(n, mnemonic, what)                                                        \
	{                                                                                   \
		.code = 0x040 + (n), .class = REASON_OTHER, .name = "EXCP_" mnemonic,       \
		.alias = mnemonic " excp,EXCP" #n,                                          \
		.summary = "#" mnemonic ", vector " #n ": " what,                           \
		.cause = ONLY_NESTED("Raised in the guest: " what "."), .lower = NOT_PLAIN, \
		.manual = APM_EXCEPTION,                                                    \
	}
#define NO_EXCEPTION(n)                                                                      \
	{                                                                                    \
		.code = 0x040 + (n), .class = REASON_OTHER, .name = "EXCP_" #n,              \
		.alias = "EXCP" #n, .summary = "Exception vector " #n ", which is reserved", \
		.cause = "No event has vector " #n ", so nothing can be intercepted there.", \
		.lower = NOT_SEEN, .manual = APM_EXCEPTION,                                  \
	}

/* Traps after a write of a control register, for guests whose registers are encrypted. */
#define NO_CR_TRAP(n)                                                                      \
	{                                                                                  \
		.code = 0x090 + (n), .class = REASON_OTHER, .name = "CR" #n "_WRITE_TRAP", \
		.alias = "write_cr" #n "_trap", .summary = "CR" #n " was written (trap)",  \
		.cause = "The code is reserved for a trap after a write of CR" #n          \
			 ". KVM does not ask for it.",                                     \
		.lower = NOT_SEEN, .manual = APM_TRAP,                                     \
	}

const struct reason reasons_svm[] = {
	{
		.code = 0x000,
		.class = REASON_MEMORY,
		.name = "READ_CR0",
		.alias = "CR0_READ",
		.summary = "CR0 is read",
		.cause = "Shadow paging (npt=0), where the CR0 in use is not the guest's; under "
			 "nested paging only while the two differ (caches off during boot). Mode "
			 "switches, and kernels that switch the FPU lazily.",
		.lower = "Nested paging (npt=1).",
		.manual = APM_INSTRUCTION,
	},
	READ_NO_CR(1),
	{
		.code = 0x002,
		.class = REASON_MEMORY,
		.name = "READ_CR2",
		.alias = "CR2_READ",
		.summary = "CR2, the address of the last page fault, is read",
		.cause = ONLY_NESTED("Every page-fault handler reads it."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x003,
		.class = REASON_MEMORY,
		.name = "READ_CR3",
		.alias = "CR3_READ",
		.summary = "CR3, the root of the page tables, is read",
		.cause = "Shadow paging only (npt=0): the guest's kernel looks which page tables "
			 "are in use, in page faults of kernel memory and when it flushes "
			 "translations.",
		.lower = "Nested paging (npt=1): it then does not exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x004,
		.class = REASON_MEMORY,
		.name = "READ_CR4",
		.alias = "CR4_READ",
		.summary = "CR4 is read",
		.cause = "Always intercepted, except for SEV-ES guests. Linux keeps a copy of CR4 "
			 "and reads it at boot only; some kernels read it for each global flush.",
		.lower = "Rare in Linux guests; nothing to do.",
		.manual = APM_INSTRUCTION,
	},
	READ_NO_CR(5),
	READ_NO_CR(6),
	READ_NO_CR(7),
	{
		.code = 0x008,
		.class = REASON_INTERRUPT,
		.name = "READ_CR8",
		.alias = "CR8_READ",
		.summary = "CR8, the task priority, is read",
		.cause = ONLY_NESTED("Windows reads it all the time."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	READ_NO_CR(9),
	READ_NO_CR(10),
	READ_NO_CR(11),
	READ_NO_CR(12),
	READ_NO_CR(13),
	READ_NO_CR(14),
	READ_NO_CR(15),
	{
		.code = 0x010,
		.class = REASON_MEMORY,
		.name = "WRITE_CR0",
		.alias = "CR0_WRITE",
		.summary = "CR0 is written",
		.cause = "Shadow paging (npt=0): turning paging or write protection on or off, "
			 "mode switches of firmware, lazy FPU switching. Under nested paging only "
			 "while caches are off during boot; other changes come as CR0_SEL_WRITE.",
		.lower = "Nested paging (npt=1).",
		.manual = APM_INSTRUCTION,
	},
	WRITE_NO_CR(1),
	{
		.code = 0x012,
		.class = REASON_MEMORY,
		.name = "WRITE_CR2",
		.alias = "CR2_WRITE",
		.summary = "CR2 is written",
		.cause = ONLY_NESTED("Hardly any software writes it."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x013,
		.class = REASON_MEMORY,
		.name = "WRITE_CR3",
		.alias = "CR3_WRITE",
		.summary = "CR3 is written: the guest switches its address space or flushes "
			   "translations",
		.cause = "Shadow paging only (npt=0): each switch between processes, each full "
			 "flush, and with page-table isolation each system call. With #PF it is "
			 "the main cost of shadow paging.",
		.lower = "Nested paging (npt=1): it then never exits. Under shadow paging: fewer "
			 "context switches, threads instead of processes, pti=off in the guest if "
			 "it can do without.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x014,
		.class = REASON_MEMORY,
		.name = "WRITE_CR4",
		.alias = "CR4_WRITE",
		.summary = "CR4 is written",
		.cause = "Always intercepted, except for SEV-ES guests: features turned on at "
			 "boot, and kernels that toggle CR4.PGE for a global flush (Linux without "
			 "INVPCID).",
		.lower = "Offer INVPCID to the guest where the CPU has it: Linux then flushes with "
			 "it. Under nested paging it does not exit.",
		.manual = APM_INSTRUCTION,
	},
	WRITE_NO_CR(5),
	WRITE_NO_CR(6),
	WRITE_NO_CR(7),
	{
		.code = 0x018,
		.class = REASON_INTERRUPT,
		.name = "WRITE_CR8",
		.alias = "CR8_WRITE",
		.summary =
			"CR8, the task priority, is written while an interrupt is held back by it",
		.cause = "A guest that masks interrupts by priority (Windows). KVM intercepts it "
			 "only while an interrupt waits for a lower priority, and not with AVIC.",
		.lower = "AVIC (kvm_amd avic=1 and an in-kernel irqchip).",
		.manual = APM_INSTRUCTION,
	},
	WRITE_NO_CR(9),
	WRITE_NO_CR(10),
	WRITE_NO_CR(11),
	WRITE_NO_CR(12),
	WRITE_NO_CR(13),
	WRITE_NO_CR(14),
	WRITE_NO_CR(15),
	READ_DR(0, BREAKPOINT_ADDRESS),
	READ_DR(1, BREAKPOINT_ADDRESS),
	READ_DR(2, BREAKPOINT_ADDRESS),
	READ_DR(3, BREAKPOINT_ADDRESS),
	READ_DR(4, "The old name of DR6 while CR4.DE is off, which hardly any software uses."),
	READ_DR(5, "The old name of DR7 while CR4.DE is off, which hardly any software uses."),
	READ_DR(6, "Debug-exception handlers of the guest, which ask what happened."),
	READ_DR(7, "Kernels that save breakpoints: on debug exceptions, NMIs and task switches."),
	READ_NO_DR(8),
	READ_NO_DR(9),
	READ_NO_DR(10),
	READ_NO_DR(11),
	READ_NO_DR(12),
	READ_NO_DR(13),
	READ_NO_DR(14),
	READ_NO_DR(15),
	WRITE_DR(0, BREAKPOINT_ADDRESS),
	WRITE_DR(1, BREAKPOINT_ADDRESS),
	WRITE_DR(2, BREAKPOINT_ADDRESS),
	WRITE_DR(3, BREAKPOINT_ADDRESS),
	WRITE_DR(4, "The old name of DR6 while CR4.DE is off, which hardly any software uses."),
	WRITE_DR(5, "The old name of DR7 while CR4.DE is off, which hardly any software uses."),
	WRITE_DR(6, "Kernels that clear it at boot and after each debug exception."),
	WRITE_DR(7,
		 "Kernels that switch breakpoints on or off, per task or in exception handlers."),
	WRITE_NO_DR(8),
	WRITE_NO_DR(9),
	WRITE_NO_DR(10),
	WRITE_NO_DR(11),
	WRITE_NO_DR(12),
	WRITE_NO_DR(13),
	WRITE_NO_DR(14),
	WRITE_NO_DR(15),
	EXCEPTION(0, "DE", "division by zero or overflow of a quotient"),
	{
		.code = 0x041,
		.class = REASON_INSTRUCTION,
		.name = "EXCP_DB",
		.alias = "DB excp,EXCP1",
		.summary = "#DB, vector 1: a debug exception",
		.cause = "Single stepping and hardware breakpoints in the guest. KVM intercepts it "
			 "for its own stepping (NMI windows, the VMM's gdb stub) and against "
			 "endless delivery, and passes the guest's own on.",
		.lower = "No debugger in the guest or on the VMM's gdb stub.",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x042,
		.class = REASON_OTHER,
		.name = "EXCP_2",
		.alias = "EXCP2",
		.summary = "Vector 2 as an exception: NMIs have a code of their own",
		.cause = "NMIs are intercepted as NMI (0x61), not through the exception vector.",
		.lower = NOT_SEEN,
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x043,
		.class = REASON_INSTRUCTION,
		.name = "EXCP_BP",
		.alias = "BP excp,EXCP3",
		.summary = "#BP, vector 3: a software breakpoint (INT3)",
		.cause = "Intercepted only while the VMM's debugger uses software breakpoints "
			 "(QEMU -s, KVM_GUESTDBG_USE_SW_BP).",
		.lower = "Detach the debugger from the VMM.",
		.manual = APM_EXCEPTION,
	},
	EXCEPTION(4, "OF", "overflow, from INTO in 32-bit code"),
	EXCEPTION(5, "BR", "an index out of bounds, from BOUND in 32-bit code"),
	{
		.code = 0x046,
		.class = REASON_INSTRUCTION,
		.name = "EXCP_UD",
		.alias = "UD excp,EXCP6",
		.summary = "#UD, vector 6: an invalid instruction",
		.cause = "Always intercepted, so that KVM can emulate some instructions that the "
			 "CPU lacks and VMCALL on AMD (as after migration from Intel). The rest "
			 "goes back to the guest: Linux kernels raise it on purpose for WARN().",
		.lower = "Look for programs that probe or trap on #UD in loops.",
		.manual = APM_EXCEPTION,
	},
	EXCEPTION(7, "NM", "the FPU is not available (CR0.TS or CR0.EM)"),
	EXCEPTION(8, "DF", "double fault: an exception while another was delivered"),
	{
		.code = 0x049,
		.class = REASON_OTHER,
		.name = "EXCP_9",
		.alias = "EXCP9",
		.summary = "Exception vector 9: coprocessor segment overrun of old CPUs",
		.cause = "No CPU with SVM raises it.",
		.lower = NOT_SEEN,
		.manual = APM_EXCEPTION,
	},
	EXCEPTION(10, "TS", "an invalid task-state segment"),
	EXCEPTION(11, "NP", "a segment that is not present"),
	EXCEPTION(12, "SS", "a stack address or stack segment that is not valid"),
	{
		.code = 0x04d,
		.class = REASON_INSTRUCTION,
		.name = "EXCP_GP",
		.alias = "GP excp,EXCP13",
		.summary = "#GP, vector 13: a general-protection fault",
		.cause = "Intercepted only with kvm enable_vmware_backdoor=1, or while a guest "
			 "runs as a hypervisor on a CPU whose VMRUN, VMLOAD and VMSAVE wrongly "
			 "fault on some addresses.",
		.lower = "enable_vmware_backdoor=0 (the default).",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x04e,
		.class = REASON_MEMORY,
		.name = "EXCP_PF",
		.alias = "PF excp,EXCP14",
		.summary = "#PF, vector 14: a page fault of the guest",
		.cause = "Shadow paging only (npt=0): KVM sees each page fault. Either the shadow "
			 "page tables lack what the guest's have (first use after a switch, a "
			 "guest page table written to), and KVM fills it in, or the fault is the "
			 "guest's own and is passed on. Accesses to the memory of emulated devices "
			 "come here too. With CR3 writes it is the main cost of shadow paging.",
		.lower = "Nested paging (npt=1): it then never exits, and what is left of it "
			 "appears as NPF. Under shadow paging: fewer new processes and mappings, "
			 "huge pages.",
		.manual = APM_EXCEPTION,
	},
	NO_EXCEPTION(15),
	EXCEPTION(16, "MF", "a pending x87 floating-point exception"),
	{
		.code = 0x051,
		.class = REASON_OTHER,
		.name = "EXCP_AC",
		.alias = "AC excp,EXCP17",
		.summary = "#AC, vector 17: an unaligned access while alignment checking is on",
		.cause = "Intercepted so that a guest cannot lock up the CPU by endless delivery; "
			 "then passed on. Programs that set EFLAGS.AC.",
		.lower = "Rare; nothing to do.",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x052,
		.class = REASON_OTHER,
		.name = "EXCP_MC",
		.alias = "MC excp,EXCP18",
		.summary = "#MC, vector 18: a machine check of the host",
		.cause = "A hardware error while the guest ran. KVM passes it to the host's "
			 "machine-check handler.",
		.lower = "Look into the host's machine-check log (rasdaemon, mcelog); replace the "
			 "hardware.",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x053,
		.class = REASON_OTHER,
		.name = "EXCP_XM",
		.alias = "XF excp,XM excp,EXCP_XF,EXCP19",
		.summary = "#XF, vector 19: a SIMD floating-point exception",
		.cause = ONLY_NESTED(
			"An SSE or AVX instruction raised an unmasked numeric exception."),
		.lower = NOT_PLAIN,
		.manual = APM_EXCEPTION,
	},
	NO_EXCEPTION(20),
	EXCEPTION(21, "CP", "a shadow-stack violation"),
	NO_EXCEPTION(22),
	NO_EXCEPTION(23),
	NO_EXCEPTION(24),
	NO_EXCEPTION(25),
	NO_EXCEPTION(26),
	NO_EXCEPTION(27),
	EXCEPTION(28, "HV", "an event injected by the hypervisor of an SEV-SNP guest"),
	EXCEPTION(29, "VC", "an SEV-ES guest did what would need the hypervisor"),
	EXCEPTION(30, "SX", "a security exception, a redirected INIT"),
	NO_EXCEPTION(31),
	{
		.code = 0x060,
		.class = REASON_INTERRUPT,
		.name = "INTR",
		.alias = "interrupt",
		.summary = "An interrupt for the host arrived while the guest ran",
		.cause = "The host's own interrupts: its timer tick and the high-resolution timers "
			 "that emulate the guest's, inter-processor interrupts, devices, and the "
			 "kick that makes a vCPU notice an event from another CPU. Mostly the "
			 "host's doing.",
		.lower = "Keep interrupts off the CPUs that run guests: isolcpus and nohz_full on "
			 "the host, IRQ affinity; fewer timers in the guest. AVIC (avic=1, with an "
			 "IOMMU that supports it) delivers virtual and assigned devices' "
			 "interrupts without an exit.",
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x061,
		.class = REASON_INTERRUPT,
		.name = "NMI",
		.summary = "A non-maskable interrupt for the host arrived while the guest ran",
		.cause = "The host's perf (also perf kvm) and its NMI watchdog, backtraces, or a "
			 "hardware error.",
		.lower = "No perf session and no NMI watchdog on the host (nmi_watchdog=0).",
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x062,
		.class = REASON_INTERRUPT,
		.name = "SMI",
		.summary = "A system-management interrupt arrived while the guest ran",
		.cause = "The host's firmware: power capping, legacy USB, error logging. The "
			 "firmware runs after this exit, and its time is in it.",
		.lower = "Firmware settings that raise SMIs; kvm_amd intercept_smi=0 hides the "
			 "exits, not their cost.",
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x063,
		.class = REASON_OTHER,
		.name = "INIT",
		.summary = "A physical INIT signal arrived while the guest ran",
		.cause = "KVM does not ask for it. INITs that a guest sends to its own vCPUs are "
			 "emulated and do not appear here.",
		.lower = NOT_SEEN,
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x064,
		.class = REASON_INTERRUPT,
		.name = "VINTR",
		.summary = "The guest is ready to take an interrupt that KVM holds for it",
		.cause = "An interrupt was pending while the guest had interrupts off (CLI, an "
			 "interrupt handler, the instruction after STI); KVM asked to be told when "
			 "they are on again. Only without AVIC.",
		.lower = "AVIC (kvm_amd avic=1): the hardware then delivers pending interrupts "
			 "itself. Otherwise fewer interrupts: a tickless guest, virtio with event "
			 "index.",
		.manual = APM("15.21.6 'Virtual Interrupt Intercept'"),
	},
	{
		.code = 0x065,
		.class = REASON_MEMORY,
		.name = "CR0_SEL_WRITE",
		.summary = "CR0 is written, and more than its TS and MP bits change",
		.cause = "Mode switches of firmware and boot loaders, the kernel turning paging, "
			 "caching or write protection on or off (Linux patching its own code on "
			 "old versions).",
		.lower = "Some dozens per boot; nothing to do.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x066,
		.class = REASON_INSTRUCTION,
		.name = "IDTR_READ",
		.alias = "read_idtr",
		.summary = "The interrupt table's register is read: SIDT",
		.cause = ONLY_NESTED("Kernels and probing programs execute SIDT."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x067,
		.class = REASON_INSTRUCTION,
		.name = "GDTR_READ",
		.alias = "read_gdtr",
		.summary = "The descriptor table's register is read: SGDT",
		.cause = ONLY_NESTED("Kernels and probing programs execute SGDT."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x068,
		.class = REASON_INSTRUCTION,
		.name = "LDTR_READ",
		.alias = "read_ldtr",
		.summary = "The local descriptor table's register is read: SLDT",
		.cause = ONLY_NESTED("Kernels and probing programs execute SLDT."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x069,
		.class = REASON_INSTRUCTION,
		.name = "TR_READ",
		.alias = "read_rt,read_tr",
		.summary = "The task register is read: STR",
		.cause = ONLY_NESTED("Kernels and probing programs execute STR."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06a,
		.class = REASON_INSTRUCTION,
		.name = "IDTR_WRITE",
		.alias = "write_idtr",
		.summary = "The interrupt table's register is loaded: LIDT",
		.cause = ONLY_NESTED("Kernels load it while booting."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06b,
		.class = REASON_INSTRUCTION,
		.name = "GDTR_WRITE",
		.alias = "write_gdtr",
		.summary = "The descriptor table's register is loaded: LGDT",
		.cause = ONLY_NESTED("Kernels load it while booting."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06c,
		.class = REASON_INSTRUCTION,
		.name = "LDTR_WRITE",
		.alias = "write_ldtr",
		.summary = "The local descriptor table's register is loaded: LLDT",
		.cause =
			ONLY_NESTED("Kernels load it when switching to a process that has an LDT."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06d,
		.class = REASON_INSTRUCTION,
		.name = "TR_WRITE",
		.alias = "write_rt,write_tr",
		.summary = "The task register is loaded: LTR",
		.cause = ONLY_NESTED("Kernels load it once per CPU."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06e,
		.class = REASON_INSTRUCTION,
		.name = "RDTSC",
		.summary = "The time-stamp counter is read: RDTSC was executed",
		.cause = ONLY_NESTED("Clocks of kernels and programs read it all the time."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06f,
		.class = REASON_INSTRUCTION,
		.name = "RDPMC",
		.summary = "A performance counter is read: RDPMC was executed",
		.cause = "perf in the guest, or programs that read counters through mmap, with a "
			 "virtual PMU. Always intercepted where KVM emulates the PMU.",
		.lower = "Stop the guest's profiling, or take the PMU away (QEMU -cpu "
			 "...,pmu=off). Recent kernels can hand the PMU to the guest (mediated "
			 "vPMU), and then it does not exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x070,
		.class = REASON_INSTRUCTION,
		.name = "PUSHF",
		.summary = "The flags are pushed: PUSHF was executed",
		.cause = ONLY_NESTED("Kernels save the interrupt flag with it all the time."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x071,
		.class = REASON_INSTRUCTION,
		.name = "POPF",
		.summary = "The flags are popped: POPF was executed",
		.cause = ONLY_NESTED("Kernels restore the interrupt flag with it."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x072,
		.class = REASON_INSTRUCTION,
		.name = "CPUID",
		.summary = "CPUID was executed",
		.cause = "Always intercepted. The guest's kernel and firmware ask while booting; "
			 "the dynamic linker and the C library ask some dozens of times at the "
			 "start of every process; some programs use it to serialize or to find "
			 "their CPU. Reading vmtoll's own leaves also comes here, but is booked on "
			 "the observer row.",
		.lower = "Nothing switches it off. Start fewer processes; do not use CPUID in "
			 "loops (RDTSCP, RDPID and getcpu() do not exit).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x073,
		.class = REASON_INSTRUCTION,
		.name = "RSM",
		.summary = "The guest's firmware leaves system-management mode: RSM was executed",
		.cause = "UEFI firmware with SMM in the guest (secure boot, variable storage): one "
			 "per SMI that the guest raises.",
		.lower = "QEMU -machine smm=off where the firmware does without.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x074,
		.class = REASON_INTERRUPT,
		.name = "IRET",
		.summary = "The guest leaves its NMI handler: IRET, watched for by KVM",
		.cause = "An NMI was injected and KVM waits for the handler's end before the next "
			 "one: perf and the NMI watchdog in the guest, with a virtual PMU. Not "
			 "with virtual NMI (vnmi).",
		.lower = "Virtual NMI (kvm_amd vnmi=1, newer CPUs and kernels); less sampling in "
			 "the guest.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x075,
		.class = REASON_INSTRUCTION,
		.name = "SWINT",
		.summary = "A software interrupt is raised: INT n was executed",
		.cause = ONLY_NESTED("Old system calls and BIOS calls."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x076,
		.class = REASON_INSTRUCTION,
		.name = "INVD",
		.summary = "INVD was executed: invalidate caches without writing them back",
		.cause = "Firmware before memory is set up; no operating system uses it. KVM skips "
			 "the instruction.",
		.lower = "A few at power-on at most; nothing to do.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x077,
		.class = REASON_INTERRUPT,
		.name = "PAUSE",
		.summary = "The vCPU spins: a loop of PAUSE ran longer than the limit",
		.cause = "Spinning on a lock whose holder, another vCPU, does not run: more vCPUs "
			 "than CPUs, or a host that is busy. KVM then yields to another vCPU of "
			 "the VM.",
		.lower = "Fewer vCPUs than CPUs, pinned vCPUs; paravirtual spinlocks in the guest. "
			 "On dedicated CPUs raise kvm_amd pause_filter_count, or -overcommit "
			 "cpu-pm=on.",
		.manual = APM("15.14.4 'Pause Intercept Filtering'"),
	},
	{
		.code = 0x078,
		.class = REASON_INTERRUPT,
		.name = "HLT",
		.summary = "The vCPU is idle: HLT was executed",
		.cause = "The guest's idle loop. The time of this exit is mostly sleep, which "
			 "vmtoll books as halted and not as a cost in KVM; many short ones mean "
			 "work that wakes and sleeps often (network request and reply, locks "
			 "between processes).",
		.lower = "In the guest cpuidle-haltpoll or idle=poll, on the host QEMU's "
			 "-overcommit cpu-pm=on (HLT then does not exit; the CPU looks busy). "
			 "halt_poll_ns does not lower the count, it makes the wake-up faster.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x079,
		.class = REASON_MEMORY,
		.name = "INVLPG",
		.summary = "The guest drops one page's translation: INVLPG was executed",
		.cause = "Shadow paging only (npt=0): KVM must drop the shadow entry too. The "
			 "guest's unmapping, copy-on-write, swapping and permission changes.",
		.lower = "Nested paging (npt=1): it then never exits. Under shadow paging: huge "
			 "pages in the guest, fewer forks and unmappings.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x07a,
		.class = REASON_MEMORY,
		.name = "INVLPGA",
		.summary = "A page's translation is dropped in a given address space: INVLPGA",
		.cause = NESTED_CAUSE("drops translations of its guest, with shadow paging in it"),
		.lower = "In the guest: nested paging (npt=1) for its own guests.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x07b,
		.class = REASON_IO,
		.name = "IOIO",
		.alias = "io",
		.summary = "An I/O port is accessed: IN, OUT, INS or OUTS",
		.cause = "Emulated devices: serial port, IDE, PS/2, PCI configuration "
			 "(0xcf8/0xcfc), the ACPI PM timer, the CMOS clock (0x70/0x71), legacy "
			 "virtio. Booting firmware makes most of them. Many go out to user space, "
			 "which costs several times an exit that stays in KVM.",
		.lower = "Modern virtio devices (their doorbells are memory-mapped and go through "
			 "ioeventfd), no serial console in daily use, clocksource kvm-clock or tsc "
			 "instead of acpi_pm, machine type microvm or fewer legacy devices, an "
			 "in-kernel irqchip and PIT.",
		.manual = APM("15.10 'IOIO Intercepts'"),
	},
	{
		.code = 0x07c,
		.class = REASON_INTERRUPT,
		.name = "MSR",
		.summary = "A model-specific register (MSR) that is not passed through: RDMSR or "
			   "WRMSR",
		.cause = "Mostly the guest's timer (TSC deadline, or the x2APIC timer), and in "
			 "x2APIC mode without AVIC each end of interrupt and IPI. Also performance "
			 "counters, power and temperature drivers, Hyper-V timers, tools such as "
			 "rdmsr.",
		.lower = "A tickless guest with fewer timers (nohz=on, HZ=100, coarser polling); "
			 "x2AVIC (avic=1 on newer CPUs) for the APIC's registers; no monitoring "
			 "drivers, pmu=off if nobody needs the counters.",
		.manual = APM("15.11 'MSR Intercepts'"),
	},
	{
		.code = 0x07d,
		.class = REASON_INSTRUCTION,
		.name = "TASK_SWITCH",
		.summary = "The guest switches tasks by hardware, through a task gate or a TSS",
		.cause = "A far CALL or JMP to a TSS, an IRET from a nested task, or an interrupt "
			 "through a task gate. 32-bit systems only (old ones, and the double-fault "
			 "handler of 32-bit Linux); 64-bit mode has no task switches.",
		.lower = "A 64-bit guest. KVM emulates the whole switch, so each is slow.",
		.manual = APM("15.14.1 'Task Switch Intercept'"),
	},
	{
		.code = 0x07e,
		.class = REASON_OTHER,
		.name = "FERR_FREEZE",
		.summary = "The CPU froze in an x87 instruction, waiting for an interrupt (FERR)",
		.cause = "Numeric errors of very old systems that report them through the "
			 "interrupt controller (CR0.NE off). KVM does not ask for it.",
		.lower = NOT_SEEN,
		.manual = APM("15.14.2 'Ferr_Freeze Intercept'"),
	},
	{
		.code = 0x07f,
		.class = REASON_OTHER,
		.name = "SHUTDOWN",
		.summary =
			"The guest's CPU shut down: an exception while delivering a double fault",
		.cause = "A guest kernel that crashed early or reboots on purpose through an empty "
			 "interrupt table (Linux: reboot=t, or as its last resort). KVM reports "
			 "shutdown to user space, and QEMU resets the machine.",
		.lower = "One per such reboot is normal. More than that means a guest that "
			 "crashes: read its console.",
		.manual = APM("15.14.3 'Shutdown Intercept'"),
	},
	{
		.code = 0x080,
		.class = REASON_INSTRUCTION,
		.name = "VMRUN",
		.summary = "VMRUN of a hypervisor inside the guest",
		.cause = NESTED_CAUSE(
			"enters its guest, once per exit that the nested guest makes to it"),
		.lower = "Every exit that the nested guest avoids saves one: nested paging in the "
			 "inner hypervisor (npt=1 there too), virtio, few timers.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x081,
		.class = REASON_INSTRUCTION,
		.name = "VMMCALL",
		.alias = "hypercall",
		.summary = "The guest calls the hypervisor: VMMCALL was executed",
		.cause = "Paravirtual services of KVM: sending IPIs to many vCPUs at once, waking "
			 "a waiter on a spinlock, yielding to another vCPU, telling of shared "
			 "pages under memory encryption; Hyper-V calls of Windows guests.",
		.lower = "Mostly a saving: one call stands for many other exits. Too many kicks "
			 "(KVM_HC_KICK_CPU) mean more vCPUs than CPUs: give the guest fewer vCPUs, "
			 "or with dedicated CPUs kvm-hint-dedicated=on, which turns paravirtual "
			 "spinlocks off.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x082,
		.class = REASON_INSTRUCTION,
		.name = "VMLOAD",
		.summary = "VMLOAD of a hypervisor inside the guest",
		.cause = NESTED_CAUSE(
			"loads segment and system-call state around an entry of its guest"),
		.lower = "Virtualized VMLOAD and VMSAVE (kvm_amd vls=1, the default where the CPU "
			 "has it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x083,
		.class = REASON_INSTRUCTION,
		.name = "VMSAVE",
		.summary = "VMSAVE of a hypervisor inside the guest",
		.cause = NESTED_CAUSE(
			"saves segment and system-call state around an entry of its guest"),
		.lower = "Virtualized VMLOAD and VMSAVE (kvm_amd vls=1, the default where the CPU "
			 "has it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x084,
		.class = REASON_INSTRUCTION,
		.name = "STGI",
		.summary = "STGI: a hypervisor inside the guest allows interrupts again",
		.cause = NESTED_CAUSE(
			"sets the global interrupt flag after leaving its guest; KVM also asks "
			"for it while an event waits for that"),
		.lower = "Virtual GIF (kvm_amd vgif=1, the default where the CPU has it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x085,
		.class = REASON_INSTRUCTION,
		.name = "CLGI",
		.summary = "CLGI: a hypervisor inside the guest holds back all interrupts",
		.cause = NESTED_CAUSE("clears the global interrupt flag before entering its guest"),
		.lower = "Virtual GIF (kvm_amd vgif=1, the default where the CPU has it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x086,
		.class = REASON_INSTRUCTION,
		.name = "SKINIT",
		.summary = "A measured launch is asked for: SKINIT was executed",
		.cause = "Secure startup inside a guest. KVM answers with #UD.",
		.lower = "Should not be seen.",
		.manual = APM("15.27 'Secure Startup with SKINIT'"),
	},
	{
		.code = 0x087,
		.class = REASON_INSTRUCTION,
		.name = "RDTSCP",
		.summary = "The time-stamp counter and CPU number are read: RDTSCP was executed",
		.cause = "Only where the guest's CPUID does not offer RDTSCP: KVM answers with "
			 "#UD. A program that does not check first.",
		.lower = "Offer it to the guest (QEMU -cpu ...,rdtscp=on): then it does not exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x088,
		.class = REASON_INSTRUCTION,
		.name = "ICEBP",
		.summary = "The undocumented breakpoint is executed: ICEBP (INT1, opcode 0xf1)",
		.cause = ONLY_NESTED("Debuggers and copy protection use it."),
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x089,
		.class = REASON_INSTRUCTION,
		.name = "WBINVD",
		.alias = "WBNOINVD",
		.summary = "Caches are written back: WBINVD or WBNOINVD was executed",
		.cause = "Firmware and kernels that set up memory types (MTRR, PAT), suspend, or "
			 "stop a CPU; graphics drivers. KVM flushes the caches only if a device "
			 "assigned to the guest does not snoop them, else it does nothing.",
		.lower = "Rare; with an assigned device that snoops (the IOMMU enforces it) each "
			 "is at least cheap.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08a,
		.class = REASON_INTERRUPT,
		.name = "MONITOR",
		.alias = "MONITORX",
		.summary = "An address to wait on is set up: MONITOR or MONITORX was executed",
		.cause = "An idle loop that uses MONITOR and MWAIT although the guest's CPUID does "
			 "not offer them. KVM treats it as a no-operation.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests with "
			 "QEMU's -overcommit cpu-pm=on.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08b,
		.class = REASON_INTERRUPT,
		.name = "MWAIT",
		.alias = "MWAITX",
		.summary = "The vCPU waits for a memory write: MWAIT or MWAITX was executed",
		.cause = "An idle loop that uses MWAIT although the guest's CPUID does not offer "
			 "it. KVM treats it as a no-operation, so the guest spins.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests with "
			 "QEMU's -overcommit cpu-pm=on: then it does not exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08c,
		.class = REASON_INTERRUPT,
		.name = "MWAIT_COND",
		.alias = "MWAIT_CONDITIONAL",
		.summary = "The vCPU waits for a memory write, and the monitor is armed",
		.cause = "MWAIT or MWAITX after a MONITOR that still holds. KVM does not ask for "
			 "this form; a nested guest's own hypervisor may.",
		.lower = NOT_PLAIN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08d,
		.class = REASON_INSTRUCTION,
		.name = "XSETBV",
		.summary = "An extended control register is written: XSETBV was executed",
		.cause = "Always intercepted, except for SEV-ES guests. The guest's kernel chooses "
			 "the FPU features to save, once per vCPU at boot; a hypervisor inside the "
			 "guest at each switch.",
		.lower = "Nothing to do.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08e,
		.class = REASON_INSTRUCTION,
		.name = "RDPRU",
		.summary =
			"A program reads a processor register (MPERF, APERF): RDPRU was executed",
		.cause = "KVM does not offer it and answers with #UD. A program that does not "
			 "check first.",
		.lower = "Repair the program; nothing to set.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08f,
		.class = REASON_MEMORY,
		.name = "EFER_WRITE_TRAP",
		.alias = "write_efer_trap",
		.summary = "EFER was written (trap, after the instruction)",
		.cause = "SEV-ES guests, whose registers KVM cannot read: it follows their mode "
			 "switches in this manner. Once or twice per vCPU at boot.",
		.lower = "Nothing to do.",
		.manual = APM_TRAP,
	},
	{
		.code = 0x090,
		.class = REASON_MEMORY,
		.name = "CR0_WRITE_TRAP",
		.alias = "write_cr0_trap",
		.summary = "CR0 was written (trap, after the instruction)",
		.cause = "SEV-ES guests, whose registers KVM cannot read: it follows their mode "
			 "switches in this manner. At boot, and when caching or write protection "
			 "is toggled.",
		.lower = "Nothing to do.",
		.manual = APM_TRAP,
	},
	NO_CR_TRAP(1),
	NO_CR_TRAP(2),
	NO_CR_TRAP(3),
	{
		.code = 0x094,
		.class = REASON_MEMORY,
		.name = "CR4_WRITE_TRAP",
		.alias = "write_cr4_trap",
		.summary = "CR4 was written (trap, after the instruction)",
		.cause = "SEV-ES guests, whose registers KVM cannot read: features turned on at "
			 "boot, and kernels that toggle CR4.PGE for a global flush.",
		.lower = "Offer INVPCID to the guest where the CPU has it: Linux then flushes with "
			 "it.",
		.manual = APM_TRAP,
	},
	NO_CR_TRAP(5),
	NO_CR_TRAP(6),
	NO_CR_TRAP(7),
	{
		.code = 0x098,
		.class = REASON_INTERRUPT,
		.name = "CR8_WRITE_TRAP",
		.alias = "write_cr8_trap",
		.summary = "CR8, the task priority, was written (trap, after the instruction)",
		.cause = "SEV-ES guests that mask interrupts by priority; Linux does so at boot "
			 "only.",
		.lower = "Nothing to do.",
		.manual = APM_TRAP,
	},
	NO_CR_TRAP(9),
	NO_CR_TRAP(10),
	NO_CR_TRAP(11),
	NO_CR_TRAP(12),
	NO_CR_TRAP(13),
	NO_CR_TRAP(14),
	NO_CR_TRAP(15),
	{
		.code = 0x0a0,
		.class = REASON_MEMORY,
		.name = "INVLPGB",
		.summary = "Translations are dropped on all CPUs: INVLPGB was executed",
		.cause = "KVM does not offer it to guests, nor asks for this exit.",
		.lower = NOT_SEEN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a1,
		.class = REASON_MEMORY,
		.name = "INVLPGB_ILLEGAL",
		.summary = "INVLPGB was executed with an operand that a guest may not use",
		.cause = "KVM neither offers INVLPGB to guests nor asks for this exit.",
		.lower = NOT_SEEN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a2,
		.class = REASON_MEMORY,
		.name = "INVPCID",
		.summary =
			"The guest drops translations by process-context id: INVPCID was executed",
		.cause = "Shadow paging (npt=0), in guests that were offered it: global flushes, "
			 "and flushes of other address spaces where the guest uses PCID. Under "
			 "nested paging only where it is not offered: KVM then answers with #UD.",
		.lower = "Nested paging (npt=1). QEMU -cpu ...,invpcid=off only moves the cost to "
			 "CR4 and CR3 writes.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a3,
		.class = REASON_INSTRUCTION,
		.name = "MCOMMIT",
		.summary = "Stores are committed to memory: MCOMMIT was executed",
		.cause = "Persistent memory. KVM lets no guest turn the instruction on "
			 "(EFER.MCOMMIT): guests get #UD.",
		.lower = NOT_SEEN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a4,
		.class = REASON_MEMORY,
		.name = "TLBSYNC",
		.summary = "Wait for INVLPGB to be done on all CPUs: TLBSYNC was executed",
		.cause = "KVM does not offer it to guests, nor asks for this exit.",
		.lower = NOT_SEEN,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a5,
		.class = REASON_MEMORY,
		.name = "BUS_LOCK",
		.alias = "buslock",
		.summary = "The guest is about to take a bus lock, which stalls all CPUs",
		.cause = "An atomic instruction across two cache lines, or on uncached memory, "
			 "when the threshold counter is 0. Only if the VMM asked for it "
			 "(KVM_CAP_X86_BUS_LOCK_EXIT; QEMU -machine bus-lock-ratelimit=N; newer "
			 "CPUs and kernels).",
		.lower = "Repair the program: align what it locks. A kernel that can watch for it "
			 "(split_lock_detect=warn) names the program.",
		.manual = APM("15.14.5 'Bus Lock Threshold'"),
	},
	{
		.code = 0x0a6,
		.class = REASON_INTERRUPT,
		.name = "IDLE_HLT",
		.alias = "idle-halt",
		.summary = "The vCPU is idle: HLT was executed and no virtual interrupt is pending",
		.cause = "The same as HLT, on newer CPUs and kernels: a HLT that a pending "
			 "interrupt would end at once no longer exits.",
		.lower = "As for HLT: cpuidle-haltpoll or idle=poll in the guest, -overcommit "
			 "cpu-pm=on on the host.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x400,
		.class = REASON_MEMORY,
		.name = "NPF",
		.summary = "Nested page fault: guest memory is not mapped, or not so, by the host",
		.cause = "The first touch of each guest page (or huge page), and each touch after "
			 "the host took it away: swapping, KSM, NUMA balancing, page migration, "
			 "write protection for dirty logging, ballooning. Also each access to the "
			 "registers of emulated memory-mapped devices (virtio doorbells, MSI-X "
			 "tables, HPET, VGA), which VMX reports apart.",
		.lower = "Huge pages for guest memory (hugetlbfs or transparent), memory touched "
			 "in advance (QEMU prealloc=on), locked against swapping. For devices: "
			 "vhost, virtio's event index, assigned devices, kvm-clock or tsc instead "
			 "of hpet.",
		.manual = APM("15.25 'Nested Paging'"),
	},
	{
		.code = 0x401,
		.class = REASON_INTERRUPT,
		.name = "AVIC_INCOMPLETE_IPI",
		.summary = "AVIC could not deliver an IPI of the guest by itself",
		.cause = "With AVIC: the target vCPU does not run (KVM must wake it), or the IPI "
			 "is of a kind that the hardware leaves to software (INIT, start-up, NMI, "
			 "level-triggered).",
		.lower = "Fewer sleeping vCPUs: pin them, cpuidle-haltpoll in the guest; less "
			 "wake-up traffic between vCPUs.",
		.manual = APM("15.29 'Advanced Virtual Interrupt Controller'"),
	},
	{
		.code = 0x402,
		.class = REASON_INTERRUPT,
		.name = "AVIC_UNACCELERATED_ACCESS",
		.alias = "AVIC_NOACCEL",
		.summary = "An APIC register is accessed that AVIC does not serve by itself",
		.cause = "With AVIC: timer count and configuration, local vector table, and the "
			 "end of a level-triggered interrupt.",
		.lower = "The TSC deadline timer (QEMU -cpu ...,tsc-deadline=on), "
			 "message-signalled interrupts (MSI, MSI-X) instead of INTx, a tickless "
			 "guest.",
		.manual = APM("15.29 'Advanced Virtual Interrupt Controller'"),
	},
	{
		.code = 0x403,
		.class = REASON_INSTRUCTION,
		.name = "VMGEXIT",
		.summary =
			"An SEV-ES guest asks the hypervisor for something: VMGEXIT was executed",
		.cause = "Everything that an SEV-ES or SEV-SNP guest needs from KVM after #VC: "
			 "CPUID, MSRs, ports, device memory, page-state changes. What it asked for "
			 "is in a page shared with the hypervisor.",
		.lower = "As for the exits that it stands for: virtio, fewer timers, less device "
			 "access; fewer changes between private and shared memory.",
		.manual = APM_TRAP,
	},
	{
		.code = 0x80000001,
		.class = REASON_IO,
		.name = "VMGEXIT_MMIO_READ",
		.summary = "An SEV-ES guest asks to read device memory",
		.cause = "A device register read in the guest's #VC handler. It is the guest's "
			 "request, not a hardware exit: the exit itself is VMGEXIT (0x403); KVM "
			 "copies the request's number over it while it serves the request.",
		.lower = "virtio with event index, vhost, message-signalled interrupts.",
		.manual = GHCB,
	},
	{
		.code = 0x80000002,
		.class = REASON_IO,
		.name = "VMGEXIT_MMIO_WRITE",
		.summary = "An SEV-ES guest asks to write device memory",
		.cause = "A device register written in the guest's #VC handler, as virtio's "
			 "doorbells. A request within VMGEXIT (0x403), not an exit code of the "
			 "hardware.",
		.lower = "virtio with event index, vhost, larger batches.",
		.manual = GHCB,
	},
	{
		.code = 0x80000003,
		.class = REASON_INTERRUPT,
		.name = "VMGEXIT_NMI_COMPLETE",
		.summary = "An SEV-ES guest tells that its NMI handler is done",
		.cause = "KVM cannot watch for the guest's IRET, so the guest tells. A request "
			 "within VMGEXIT (0x403).",
		.lower = "Less sampling in the guest, nmi_watchdog=0 in the guest.",
		.manual = GHCB,
	},
	{
		.code = 0x80000004,
		.class = REASON_INTERRUPT,
		.name = "VMGEXIT_AP_HLT_LOOP",
		.alias = "VMGEXIT_AP_RESET_HOLD",
		.summary = "An SEV-ES guest parks a vCPU until it is started again",
		.cause = "A vCPU that waits for its start-up IPI, at boot or after being taken "
			 "offline. A request within VMGEXIT (0x403).",
		.lower = "One per vCPU and boot; nothing to do.",
		.manual = GHCB,
	},
	{
		.code = 0x80000005,
		.class = REASON_OTHER,
		.name = "VMGEXIT_AP_JUMP_TABLE",
		.summary =
			"An SEV-ES guest sets or asks for the table through which its vCPUs start",
		.cause = "Firmware and kernel at boot. A request within VMGEXIT (0x403).",
		.lower = "A few per boot; nothing to do.",
		.manual = GHCB,
	},
	{
		.code = 0x80000010,
		.class = REASON_MEMORY,
		.name = "VMGEXIT_PSC",
		.alias = "vmgexit_page_state_change",
		.summary = "An SEV-SNP guest changes pages between private and shared",
		.cause = "Accepting memory at boot, and bounce buffers for devices. A request "
			 "within VMGEXIT (0x403).",
		.lower = "Accept memory lazily or in huge pages; a bounce buffer of fixed size "
			 "(swiotlb=).",
		.manual = GHCB,
	},
	{
		.code = 0x80000011,
		.class = REASON_OTHER,
		.name = "VMGEXIT_GUEST_REQUEST",
		.summary = "An SEV-SNP guest sends a message to the security processor",
		.cause = "Attestation reports and derived keys. A request within VMGEXIT (0x403).",
		.lower = "Ask for fewer reports; they are rate-limited by the host.",
		.manual = GHCB,
	},
	{
		.code = 0x80000012,
		.class = REASON_OTHER,
		.name = "VMGEXIT_EXT_GUEST_REQUEST",
		.summary = "An SEV-SNP guest asks for a report together with certificates",
		.cause = "Attestation reports with the host's certificates. A request within "
			 "VMGEXIT (0x403).",
		.lower = "Ask for fewer reports; keep the certificates.",
		.manual = GHCB,
	},
	{
		.code = 0x80000013,
		.class = REASON_OTHER,
		.name = "VMGEXIT_AP_CREATION",
		.summary = "An SEV-SNP guest creates or destroys a vCPU's state",
		.cause = "Starting and stopping vCPUs. A request within VMGEXIT (0x403).",
		.lower = "A few per vCPU and boot; nothing to do.",
		.manual = GHCB,
	},
	{
		.code = 0x80000018,
		.class = REASON_OTHER,
		.name = "VMGEXIT_SNP_RUN_VMPL",
		.summary = "An SEV-SNP guest asks to run at another privilege level (VMPL)",
		.cause = "Calls to a secure service module (SVSM) inside the guest. A request "
			 "within VMGEXIT (0x403).",
		.lower = "Fewer calls to the service module.",
		.manual = GHCB,
	},
	{
		.code = 0x8000001a,
		.class = REASON_INTERRUPT,
		.name = "VMGEXIT_SAVIC",
		.summary = "An SEV-SNP guest registers its own APIC page (Secure AVIC)",
		.cause = "A guest with Secure AVIC, once per vCPU at boot. A request within "
			 "VMGEXIT (0x403).",
		.lower = "Nothing to do.",
		.manual = GHCB,
	},
	{
		.code = 0x8000fffd,
		.class = REASON_OTHER,
		.name = "VMGEXIT_HV_FEATURES",
		.alias = "vmgexit_hypervisor_feature",
		.summary = "An SEV-ES guest asks what the hypervisor supports",
		.cause = "Firmware and kernel at boot. A request within VMGEXIT (0x403).",
		.lower = "A few per boot; nothing to do.",
		.manual = GHCB,
	},
	{
		.code = 0x8000fffe,
		.class = REASON_OTHER,
		.name = "VMGEXIT_TERM_REQUEST",
		.summary = "An SEV-ES guest asks to be terminated",
		.cause = "The guest found that it cannot go on safely: a wrong CPUID table, a "
			 "feature that is missing. A request within VMGEXIT (0x403).",
		.lower = "Once, and the VM ends: read the guest's console and the host's log for "
			 "the reason.",
		.manual = GHCB,
	},
	{
		.code = 0x8000ffff,
		.class = REASON_OTHER,
		.name = "VMGEXIT_UNSUPPORTED_EVENT",
		.summary = "An SEV-ES guest reports a #VC that it cannot handle",
		.cause = "The guest did something that needs the hypervisor and has no protocol. A "
			 "request within VMGEXIT (0x403).",
		.lower = "Should not be seen; read the guest's log.",
		.manual = GHCB,
	},
	{
		.code = 0xf0000000,
		.class = REASON_OTHER,
		.name = "SW",
		.summary =
			"A code set aside for the hypervisor's own use; hardware never reports it",
		.cause = "Software that fakes an exit to a hypervisor inside the guest: KVM when a "
			 "nested guest enters system-management mode, Hyper-V's enlightened "
			 "flushes. It stays inside KVM.",
		.lower = "Should not be seen.",
		.manual = EXIT_CODES,
	},
	{
		.code = 0xfffffffc,
		.class = REASON_OTHER,
		.name = "INVALID_PMC",
		.summary = "A VM entry failed: the performance counters' state is not valid",
		.cause = "Only with virtualized performance counters, from a bad value in the "
			 "guest's saved state.",
		.lower = NOT_SEEN,
		.manual = EXIT_CODES,
	},
	{
		.code = 0xfffffffd,
		.class = REASON_OTHER,
		.name = "IDLE_REQUIRED",
		.summary = "A VM entry failed: the sibling hardware thread is not idle",
		.cause = "SEV-SNP guests that ask for protection against the other thread of their "
			 "core.",
		.lower = "Run without SMT, or with core scheduling that keeps the sibling idle.",
		.manual = APM("15.36 'Secure Nested Paging (SEV-SNP)'"),
	},
	{
		.code = 0xfffffffe,
		.class = REASON_OTHER,
		.name = "BUSY",
		.summary = "A VM entry failed: the guest's encrypted state is in use",
		.cause = "SEV-SNP guests with alternate injection: the state is marked busy, by "
			 "the guest's service module while it changes it or by an exit in the "
			 "middle of delivering an event. With Secure AVIC also while the guest's "
			 "APIC page is not mapped.",
		.lower = "Nothing to set: the service module (SVSM) clears the mark.",
		.manual = APM("15.36 'Secure Nested Paging (SEV-SNP)'"),
	},
	{
		.code = 0xffffffff,
		.class = REASON_OTHER,
		.name = "ERR",
		.alias = "invalid_guest_state,INVALID",
		.summary = "A VM entry failed: the guest's state is not valid (the manual's "
			   "VMEXIT_INVALID)",
		.cause = "The state that KVM or the VMM loaded breaks a rule of VMRUN. The VM "
			 "stops (KVM_EXIT_FAIL_ENTRY). A hypervisor inside the guest can get it "
			 "for its own guest.",
		.lower = "Should never be seen: a fault of KVM, the VMM or a damaged migration. "
			 "kvm_amd dump_invalid_vmcb=1 logs the state.",
		.manual = APM("15.5 'VMRUN Instruction'"),
	},
};

const size_t reasons_svm_count = ARRAY_SIZE(reasons_svm);
