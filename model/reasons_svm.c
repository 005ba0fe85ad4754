// SPDX-License-Identifier: GPL-2.0
/*
 * The exit reasons of AMD SVM: the exit codes that the manual defines, and the request codes
 * that SEV-ES guests pass to KVM with VMGEXIT. KVM's behavior is described as implemented in
 * arch/x86/kvm/svm/svm.c (init_vmcb(), svm_exit_handlers) and sev.c in Linux 6.1 to 7.2.
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

#define NEVER		  "Such an exit should never occur."
#define NOT_UNLESS_NESTED "Such an exit should not occur in guests that are not nested."

/*
 * The .cause of an exit that KVM does not request for its own purposes. Such an exit occurs only
 * while a nested guest is running, and only if the nested guest's hypervisor has requested it.
 */
#define ONLY_NESTED(what)                                                                  \
	what " KVM does not request this exit. It can occur for a nested guest whose own " \
	     "hypervisor requested it."

/* The .cause of an exit on an instruction that only hypervisors execute. */
#define NESTED_CAUSE(what)                    \
	"A hypervisor inside the guest " what \
	". With nested=0 KVM injects #UD, so only programs that probe for it cause this exit."

/*
 * Entries for control registers that do not exist. On an access, the processor raises #UD before
 * it checks for an intercept.
 */
#define READ_NO_CR(n)                                                                           \
	{                                                                                       \
		.code = 0x000 + (n), .class = REASON_OTHER, .name = "READ_CR" #n,               \
		.alias = "CR" #n "_READ", .summary = "CR" #n ", which does not exist, is read", \
		.cause = "This code is reserved for reads of CR" #n                             \
			 ". A read of a control register that does not exist raises #UD in "    \
			 "the guest. KVM does not request this exit.",                          \
		.lower = NEVER, .manual = APM_INSTRUCTION,                                      \
	}
#define WRITE_NO_CR(n)                                                                        \
	{                                                                                     \
		.code = 0x010 + (n), .class = REASON_OTHER, .name = "WRITE_CR" #n,            \
		.alias = "CR" #n "_WRITE",                                                    \
		.summary = "CR" #n ", which does not exist, is written",                      \
		.cause = "This code is reserved for writes of CR" #n                          \
			 ". A write of a control register that does not exist raises #UD in " \
			 "the guest. KVM does not request this exit.",                        \
		.lower = NEVER, .manual = APM_INSTRUCTION,                                    \
	}

/* Debug registers. KVM intercepts the first access after an exit, see dr_interception(). */
#define DR_CAUSE(use)                                                                           \
	use " KVM intercepts only the first access to a debug register after an exit. It then " \
	    "gives the registers to the guest until the next exit."
#define DR_LOWER "Use no hardware breakpoints or watchpoints, and no debugger, in the guest."
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

/* Debug registers that do not exist. */
#define READ_NO_DR(n)                                                                           \
	{                                                                                       \
		.code = 0x020 + (n), .class = REASON_OTHER, .name = "READ_DR" #n,               \
		.alias = "DR" #n "_READ", .summary = "DR" #n ", which does not exist, is read", \
		.cause = "This code is reserved for reads of DR" #n                             \
			 ". A read of a debug register that does not exist raises #UD in "      \
			 "the guest. KVM does not request this exit.",                          \
		.lower = NEVER, .manual = APM_INSTRUCTION,                                      \
	}
#define WRITE_NO_DR(n)                                                                      \
	{                                                                                   \
		.code = 0x030 + (n), .class = REASON_OTHER, .name = "WRITE_DR" #n,          \
		.alias = "DR" #n "_WRITE",                                                  \
		.summary = "DR" #n ", which does not exist, is written",                    \
		.cause = "This code is reserved for writes of DR" #n                        \
			 ". A write of a debug register that does not exist raises #UD in " \
			 "the guest. KVM does not request this exit.",                      \
		.lower = NEVER, .manual = APM_INSTRUCTION,                                  \
	}

#define BREAKPOINT_ADDRESS                                                               \
	"Debuggers and perf in the guest access this register when they set a hardware " \
	"breakpoint."
#define OLD_NAME_OF_DR6 \
	"DR4 is the old name of DR6 while CR4.DE is off. Hardly any software uses this name."
#define OLD_NAME_OF_DR7 \
	"DR5 is the old name of DR7 while CR4.DE is off. Hardly any software uses this name."

/* Exceptions that KVM intercepts only for nested guests. */
#define EXCEPTION(n, mnemonic, what)                                                  \
	{                                                                             \
		.code = 0x040 + (n), .class = REASON_OTHER, .name = "EXCP_" mnemonic, \
		.alias = mnemonic " excp,EXCP" #n,                                    \
		.summary = "#" mnemonic ", vector " #n ": " what,                     \
		.cause = ONLY_NESTED("The guest raised #" mnemonic ": " what "."),    \
		.lower = NOT_UNLESS_NESTED, .manual = APM_EXCEPTION,                  \
	}

/* Exception vectors that the architecture reserves. */
#define NO_EXCEPTION(n)                                                                      \
	{                                                                                    \
		.code = 0x040 + (n), .class = REASON_OTHER, .name = "EXCP_" #n,              \
		.alias = "EXCP" #n, .summary = "Exception vector " #n ", which is reserved", \
		.cause = "No event has vector " #n ", so there is nothing to intercept.",    \
		.lower = NEVER, .manual = APM_EXCEPTION,                                     \
	}

/*
 * The entry for the trap after a write to control register @n. Such a trap occurs only if the
 * guest's registers are encrypted. Use this macro only for traps that KVM does not request.
 */
#define NO_CR_TRAP(n)                                                                      \
	{                                                                                  \
		.code = 0x090 + (n), .class = REASON_OTHER, .name = "CR" #n "_WRITE_TRAP", \
		.alias = "write_cr" #n "_trap",                                            \
		.summary = "CR" #n " was written (a trap, after the instruction)",         \
		.cause = "This code is reserved for traps after writes of CR" #n           \
			 ". KVM does not request this exit.",                              \
		.lower = NEVER, .manual = APM_TRAP,                                        \
	}

const struct reason reasons_svm[] = {
	{
		.code = 0x000,
		.class = REASON_MEMORY,
		.name = "READ_CR0",
		.alias = "CR0_READ",
		.summary = "CR0 is read",
		.cause = "Under shadow paging (npt=0) reads exit while the CR0 in use differs "
			 "from the guest's CR0. Under nested paging the two differ only while "
			 "caches are off during boot. Code that switches modes reads CR0, and so "
			 "do kernels that switch the FPU lazily.",
		.lower = "Use nested paging (npt=1).",
		.manual = APM_INSTRUCTION,
	},
	READ_NO_CR(1),
	{
		.code = 0x002,
		.class = REASON_MEMORY,
		.name = "READ_CR2",
		.alias = "CR2_READ",
		.summary = "CR2, the address of the last page fault, is read",
		.cause = ONLY_NESTED("Every page-fault handler reads CR2."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x003,
		.class = REASON_MEMORY,
		.name = "READ_CR3",
		.alias = "CR3_READ",
		.summary = "CR3, the root of the page tables, is read",
		.cause = "This exit occurs only under shadow paging (npt=0). The guest's kernel "
			 "reads CR3 to find the page tables in use, in page faults of kernel "
			 "memory and when it flushes translations.",
		.lower = "Use nested paging (npt=1): reads of CR3 then never exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x004,
		.class = REASON_MEMORY,
		.name = "READ_CR4",
		.alias = "CR4_READ",
		.summary = "CR4 is read",
		.cause = "KVM always intercepts reads of CR4, except for SEV-ES guests. Linux "
			 "keeps a copy of CR4 and reads the register only at boot. Some kernels "
			 "read it for each global flush.",
		.lower = "Nothing needs to be done: this exit is rare in Linux guests.",
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
		.cause = ONLY_NESTED("Windows reads CR8 constantly."),
		.lower = NOT_UNLESS_NESTED,
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
		.cause = "Under shadow paging (npt=0) this exit occurs when the guest turns "
			 "paging or write protection on or off, when its firmware switches "
			 "modes, and when its kernel switches the FPU lazily. Under nested "
			 "paging it occurs only while caches are off during boot; other changes "
			 "of CR0 cause the exit CR0_SEL_WRITE.",
		.lower = "Use nested paging (npt=1).",
		.manual = APM_INSTRUCTION,
	},
	WRITE_NO_CR(1),
	{
		.code = 0x012,
		.class = REASON_MEMORY,
		.name = "WRITE_CR2",
		.alias = "CR2_WRITE",
		.summary = "CR2 is written",
		.cause = ONLY_NESTED("Hardly any software writes CR2."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x013,
		.class = REASON_MEMORY,
		.name = "WRITE_CR3",
		.alias = "CR3_WRITE",
		.summary = "CR3 is written: the guest switches address spaces or flushes "
			   "translations",
		.cause = "This exit occurs only under shadow paging (npt=0): at each switch "
			 "between processes, at each full flush and, with page-table isolation, "
			 "at each system call. Together with #PF it is the main cost of shadow "
			 "paging.",
		.lower = "Use nested paging (npt=1): writes of CR3 then never exit. Under shadow "
			 "paging, switch less between processes and use threads instead of "
			 "processes. Turn off page-table isolation in the guest if the guest "
			 "does not need it (pti=off).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x014,
		.class = REASON_MEMORY,
		.name = "WRITE_CR4",
		.alias = "CR4_WRITE",
		.summary = "CR4 is written",
		.cause = "KVM always intercepts writes of CR4, except for SEV-ES guests. The "
			 "guest turns features on at boot, and some kernels toggle CR4.PGE for a "
			 "global flush (Linux without INVPCID).",
		.lower = "Offer INVPCID to the guest if the CPU supports it: Linux then uses it "
			 "to flush. Under nested paging INVPCID does not exit.",
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
		.summary = "CR8, the task priority, is written while it holds back an "
			   "interrupt",
		.cause = "The guest masks interrupts by priority, as Windows does. KVM "
			 "intercepts writes of CR8 only while an interrupt waits for a lower "
			 "priority, and never with AVIC.",
		.lower = "Use AVIC (kvm_amd avic=1, in-kernel irqchip).",
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
	READ_DR(4, OLD_NAME_OF_DR6),
	READ_DR(5, OLD_NAME_OF_DR7),
	READ_DR(6, "Debug-exception handlers of the guest read DR6 to find out what happened."),
	READ_DR(7, "Kernels read DR7 to save the breakpoints on debug exceptions, "
		   "NMIs and task switches."),
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
	WRITE_DR(4, OLD_NAME_OF_DR6),
	WRITE_DR(5, OLD_NAME_OF_DR7),
	WRITE_DR(6, "Kernels clear DR6 at boot and after each debug exception."),
	WRITE_DR(7, "Kernels write DR7 to turn breakpoints on or off, "
		    "per task or in exception handlers."),
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
		.cause = "The guest uses single-stepping or hardware breakpoints. KVM intercepts "
			 "#DB for its own stepping (NMI windows, the gdb stub of the VMM) and to "
			 "prevent endless delivery. It forwards the guest's own #DB to the "
			 "guest.",
		.lower = "Use no debugger in the guest and none on the gdb stub of the VMM.",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x042,
		.class = REASON_OTHER,
		.name = "EXCP_2",
		.alias = "EXCP2",
		.summary = "Vector 2 as an exception: NMIs have a code of their own",
		.cause = "NMIs are intercepted as NMI (0x61) and not through the exception "
			 "vector.",
		.lower = NEVER,
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x043,
		.class = REASON_INSTRUCTION,
		.name = "EXCP_BP",
		.alias = "BP excp,EXCP3",
		.summary = "#BP, vector 3: a software breakpoint (INT3)",
		.cause = "KVM intercepts #BP only while a debugger of the VMM uses software "
			 "breakpoints (QEMU -s, KVM_GUESTDBG_USE_SW_BP).",
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
		.cause = "KVM always intercepts #UD. It emulates some instructions that the CPU "
			 "lacks, and VMCALL on AMD (for example after a migration from Intel). "
			 "Other #UDs go back to the guest: Linux kernels raise the exception on "
			 "purpose for WARN().",
		.lower = "Look for programs that probe or trap on #UD in loops.",
		.manual = APM_EXCEPTION,
	},
	EXCEPTION(7, "NM", "the FPU is not available (CR0.TS or CR0.EM)"),
	EXCEPTION(8, "DF", "double fault, an exception while another one was delivered"),
	{
		.code = 0x049,
		.class = REASON_OTHER,
		.name = "EXCP_9",
		.alias = "EXCP9",
		.summary = "Exception vector 9: coprocessor segment overrun of old CPUs",
		.cause = "No CPU with SVM raises this exception.",
		.lower = NEVER,
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
		.cause = "KVM intercepts #GP in two cases only: with kvm "
			 "enable_vmware_backdoor=1, or while a guest runs as a hypervisor on a "
			 "CPU whose VMRUN, VMLOAD and VMSAVE wrongly fault on some addresses.",
		.lower = "Set enable_vmware_backdoor=0 (the default).",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x04e,
		.class = REASON_MEMORY,
		.name = "EXCP_PF",
		.alias = "PF excp,EXCP14",
		.summary = "#PF, vector 14: a page fault of the guest",
		.cause = "This exit occurs only under shadow paging (npt=0), where KVM "
			 "intercepts every page fault of the guest. If the shadow page tables "
			 "lack an entry that the guest's tables have (first use after a switch, "
			 "a write to a guest page table), KVM adds it. Otherwise KVM forwards "
			 "the fault to the guest. Accesses to the memory of emulated devices "
			 "also cause #PF. Together with CR3 writes this exit is the main cost of "
			 "shadow paging.",
		.lower = "Use nested paging (npt=1): #PF then never exits, and the remaining "
			 "faults appear as NPF. Under shadow paging, start fewer processes, "
			 "create fewer mappings, and use huge pages.",
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
		.cause = "Programs that set EFLAGS.AC raise #AC. KVM intercepts it so that a "
			 "guest cannot lock up the CPU by endless delivery, and then forwards it "
			 "to the guest.",
		.lower = "Nothing needs to be done: this exit is rare.",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x052,
		.class = REASON_OTHER,
		.name = "EXCP_MC",
		.alias = "MC excp,EXCP18",
		.summary = "#MC, vector 18: a machine check of the host",
		.cause = "The host had a hardware error while the guest ran. KVM passes it to "
			 "the host's machine-check handler.",
		.lower = "Read the host's machine-check log (rasdaemon, mcelog), and replace the "
			 "hardware.",
		.manual = APM_EXCEPTION,
	},
	{
		.code = 0x053,
		.class = REASON_OTHER,
		.name = "EXCP_XM",
		.alias = "XF excp,XM excp,EXCP_XF,EXCP19",
		.summary = "#XF, vector 19: a SIMD floating-point exception",
		.cause = ONLY_NESTED("An SSE or AVX instruction raised an unmasked numeric "
				     "exception."),
		.lower = NOT_UNLESS_NESTED,
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
	EXCEPTION(29, "VC", "an SEV-ES guest did something that needs the hypervisor"),
	EXCEPTION(30, "SX", "a security exception, which is a redirected INIT"),
	NO_EXCEPTION(31),
	{
		.code = 0x060,
		.class = REASON_INTERRUPT,
		.name = "INTR",
		.alias = "interrupt",
		.summary = "An interrupt for the host arrived while the guest ran",
		.cause = "The host's own interrupts: its timer tick, the high-resolution timers "
			 "that emulate the guest's timers, inter-processor interrupts, devices, "
			 "and the IPI that makes a vCPU notice an event from another CPU. Most "
			 "of them are caused by the host and not by the guest.",
		.lower = "Keep interrupts off the CPUs that run guests: use isolcpus, nohz_full "
			 "and IRQ affinity on the host. Use fewer timers in the guest. AVIC "
			 "(avic=1, with an IOMMU that supports it) delivers interrupts of "
			 "virtual and assigned devices without an exit.",
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x061,
		.class = REASON_INTERRUPT,
		.name = "NMI",
		.summary = "A non-maskable interrupt for the host arrived while the guest ran",
		.cause = "The sources are perf on the host (perf kvm too), the host's NMI "
			 "watchdog, backtraces, and hardware errors.",
		.lower = "Run no perf session and no NMI watchdog on the host (nmi_watchdog=0).",
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x062,
		.class = REASON_INTERRUPT,
		.name = "SMI",
		.summary = "A system-management interrupt arrived while the guest ran",
		.cause = "The host's firmware raises SMIs for power capping, legacy USB and "
			 "error logging. The firmware runs after this exit, and the time of the "
			 "exit includes the firmware's time.",
		.lower = "Change firmware settings that make the platform raise SMIs. kvm_amd "
			 "intercept_smi=0 hides the exits, but not their cost.",
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x063,
		.class = REASON_OTHER,
		.name = "INIT",
		.summary = "A physical INIT signal arrived while the guest ran",
		.cause = "KVM does not request this exit. INITs that a guest sends to its own "
			 "vCPUs are emulated and cause no such exit.",
		.lower = NEVER,
		.manual = APM_INTERRUPT,
	},
	{
		.code = 0x064,
		.class = REASON_INTERRUPT,
		.name = "VINTR",
		.summary = "The guest is ready to receive an interrupt that KVM holds for it",
		.cause = "An interrupt was pending while the guest had interrupts disabled (CLI, "
			 "an interrupt handler, the instruction after STI). KVM requested this "
			 "exit for the moment when they are enabled again. It occurs only "
			 "without AVIC.",
		.lower = "Use AVIC (kvm_amd avic=1): the hardware then delivers pending "
			 "interrupts itself. Otherwise reduce interrupts: a tickless guest, "
			 "virtio with event index.",
		.manual = APM("15.21.6 'Virtual Interrupt Intercept'"),
	},
	{
		.code = 0x065,
		.class = REASON_MEMORY,
		.name = "CR0_SEL_WRITE",
		.summary = "CR0 is written, and more than its TS and MP bits change",
		.cause = "Firmware and boot loaders switch modes. Kernels turn paging, caching "
			 "or write protection on or off (old versions of Linux do so when they "
			 "patch their own code).",
		.lower = "Nothing needs to be done: there are several dozen per boot.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x066,
		.class = REASON_INSTRUCTION,
		.name = "IDTR_READ",
		.alias = "read_idtr",
		.summary = "The interrupt descriptor table register is read: SIDT was executed",
		.cause = ONLY_NESTED("Kernels and programs that probe execute SIDT."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x067,
		.class = REASON_INSTRUCTION,
		.name = "GDTR_READ",
		.alias = "read_gdtr",
		.summary = "The global descriptor table register is read: SGDT was executed",
		.cause = ONLY_NESTED("Kernels and programs that probe execute SGDT."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x068,
		.class = REASON_INSTRUCTION,
		.name = "LDTR_READ",
		.alias = "read_ldtr",
		.summary = "The local descriptor table register is read: SLDT was executed",
		.cause = ONLY_NESTED("Kernels and programs that probe execute SLDT."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x069,
		.class = REASON_INSTRUCTION,
		.name = "TR_READ",
		.alias = "read_rt,read_tr",
		.summary = "The task register is read: STR was executed",
		.cause = ONLY_NESTED("Kernels and programs that probe execute STR."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06a,
		.class = REASON_INSTRUCTION,
		.name = "IDTR_WRITE",
		.alias = "write_idtr",
		.summary = "The interrupt descriptor table register is loaded: LIDT was "
			   "executed",
		.cause = ONLY_NESTED("Kernels execute LIDT during boot."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06b,
		.class = REASON_INSTRUCTION,
		.name = "GDTR_WRITE",
		.alias = "write_gdtr",
		.summary = "The global descriptor table register is loaded: LGDT was executed",
		.cause = ONLY_NESTED("Kernels execute LGDT during boot."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06c,
		.class = REASON_INSTRUCTION,
		.name = "LDTR_WRITE",
		.alias = "write_ldtr",
		.summary = "The local descriptor table register is loaded: LLDT was executed",
		.cause = ONLY_NESTED("Kernels execute LLDT when they switch to a process "
				     "that has an LDT."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06d,
		.class = REASON_INSTRUCTION,
		.name = "TR_WRITE",
		.alias = "write_rt,write_tr",
		.summary = "The task register is loaded: LTR was executed",
		.cause = ONLY_NESTED("Kernels execute LTR once per CPU."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06e,
		.class = REASON_INSTRUCTION,
		.name = "RDTSC",
		.summary = "The time-stamp counter is read: RDTSC was executed",
		.cause = ONLY_NESTED("Clocks of kernels and programs execute RDTSC "
				     "constantly."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x06f,
		.class = REASON_INSTRUCTION,
		.name = "RDPMC",
		.summary = "A performance counter is read: RDPMC was executed",
		.cause = "perf in the guest, or programs that read counters through mmap, use a "
			 "virtual PMU. RDPMC is always intercepted if KVM emulates the PMU.",
		.lower = "Stop profiling in the guest, or remove the PMU (QEMU -cpu "
			 "...,pmu=off). Recent kernels can give the PMU to the guest (mediated "
			 "vPMU); RDPMC then does not exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x070,
		.class = REASON_INSTRUCTION,
		.name = "PUSHF",
		.summary = "The flags are pushed: PUSHF was executed",
		.cause = ONLY_NESTED("Kernels constantly save the interrupt flag with "
				     "PUSHF."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x071,
		.class = REASON_INSTRUCTION,
		.name = "POPF",
		.summary = "The flags are popped: POPF was executed",
		.cause = ONLY_NESTED("Kernels restore the interrupt flag with POPF."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x072,
		.class = REASON_INSTRUCTION,
		.name = "CPUID",
		.summary = "CPUID was executed",
		.cause = "KVM always intercepts CPUID. The guest's kernel and firmware execute "
			 "it during boot. The dynamic linker and the C library execute it "
			 "several dozen times at the start of every process. Some programs use "
			 "it to serialize or to identify their CPU. Reads of vmtoll's own leaves "
			 "also cause this exit, but they are counted in the observer row.",
		.lower = "No setting avoids this exit. Start fewer processes, and do not use "
			 "CPUID in loops (RDTSCP, RDPID and getcpu() do not exit).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x073,
		.class = REASON_INSTRUCTION,
		.name = "RSM",
		.summary = "The guest's firmware leaves system-management mode: RSM was "
			   "executed",
		.cause = "UEFI firmware with SMM in the guest (secure boot, variable storage) "
			 "executes RSM once per SMI that the guest raises.",
		.lower = "Use QEMU -machine smm=off if the firmware does not need SMM.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x074,
		.class = REASON_INTERRUPT,
		.name = "IRET",
		.summary = "The guest ends its NMI handler: IRET, which KVM waits for",
		.cause = "KVM injected an NMI and waits for the end of the handler before it "
			 "injects the next one. Most NMIs come from perf or the NMI watchdog of "
			 "a guest with a virtual PMU. The exit does not occur with virtual NMI "
			 "(vnmi).",
		.lower = "Use virtual NMI (kvm_amd vnmi=1, newer CPUs and kernels), and sample "
			 "less in the guest.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x075,
		.class = REASON_INSTRUCTION,
		.name = "SWINT",
		.summary = "A software interrupt is raised: INT n was executed",
		.cause = ONLY_NESTED("Old system calls and BIOS calls use INT n."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x076,
		.class = REASON_INSTRUCTION,
		.name = "INVD",
		.summary = "INVD was executed: invalidate caches without writing them back",
		.cause = "Firmware executes INVD before memory is set up; no operating system "
			 "uses it. KVM skips the instruction.",
		.lower = "Nothing needs to be done: there are at most a few at power-on.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x077,
		.class = REASON_INTERRUPT,
		.name = "PAUSE",
		.summary = "The vCPU spins: a loop of PAUSE ran longer than the limit",
		.cause = "The vCPU spins on a lock whose holder, another vCPU, does not run, "
			 "because there are more vCPUs than CPUs or the host is busy. KVM then "
			 "yields to another vCPU of the VM.",
		.lower = "Use fewer vCPUs than CPUs, pinned vCPUs, and paravirtual spinlocks in "
			 "the guest. On dedicated CPUs, increase kvm_amd pause_filter_count, or "
			 "use -overcommit cpu-pm=on.",
		.manual = APM("15.14.4 'Pause Intercept Filtering'"),
	},
	{
		.code = 0x078,
		.class = REASON_INTERRUPT,
		.name = "HLT",
		.summary = "The vCPU is idle: HLT was executed",
		.cause = "The guest's idle loop executes HLT. Most of the time of this exit is "
			 "sleep, which vmtoll counts as halted and not as a cost in KVM. Many "
			 "short halts mean work that sleeps and wakes often (network requests "
			 "and replies, locks between processes).",
		.lower = "Use cpuidle-haltpoll or idle=poll in the guest, or -overcommit "
			 "cpu-pm=on of QEMU on the host (HLT then does not exit; the CPU looks "
			 "busy). halt_poll_ns does not reduce the number of exits, but makes the "
			 "wake-up faster.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x079,
		.class = REASON_MEMORY,
		.name = "INVLPG",
		.summary = "The guest flushes the translation of one page: INVLPG was executed",
		.cause = "This exit occurs only under shadow paging (npt=0), where KVM must "
			 "flush the shadow entry too. The guest executes INVLPG for unmapping, "
			 "copy-on-write, swapping and permission changes.",
		.lower = "Use nested paging (npt=1): INVLPG then never exits. Under shadow "
			 "paging, use huge pages in the guest, fork less and unmap less.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x07a,
		.class = REASON_MEMORY,
		.name = "INVLPGA",
		.summary = "One translation of a given address space is flushed: INVLPGA was "
			   "executed",
		.cause = NESTED_CAUSE("flushes translations of its guest, which uses shadow "
				      "paging"),
		.lower = "Inside the guest, use nested paging (npt=1) for its own guests.",
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
			 "virtio. Firmware causes most of them during boot. Many of these exits "
			 "go to user space, which costs several times as much as an exit that "
			 "stays in KVM.",
		.lower = "Use modern virtio devices (their doorbells are memory-mapped and go "
			 "through ioeventfd), no serial console in daily use, the clocksource "
			 "kvm-clock or tsc instead of acpi_pm, the machine type microvm or fewer "
			 "legacy devices, and an in-kernel irqchip and PIT.",
		.manual = APM("15.10 'IOIO Intercepts'"),
	},
	{
		.code = 0x07c,
		.class = REASON_INTERRUPT,
		.name = "MSR",
		.summary = "A model-specific register (MSR) not passed through is accessed: "
			   "RDMSR or WRMSR",
		.cause = "Most of these exits set the guest's timer (TSC deadline, or the x2APIC "
			 "timer). In x2APIC mode without AVIC, each end of interrupt and each "
			 "IPI is such an exit too. Performance counters, drivers for power and "
			 "temperature, Hyper-V timers and tools such as rdmsr cause the rest.",
		.lower = "Use a tickless guest with fewer timers (nohz=on, HZ=100, coarser "
			 "polling), and x2AVIC (avic=1 on newer CPUs) for the registers of the "
			 "APIC. Use no monitoring drivers. Set pmu=off if the counters are not "
			 "needed.",
		.manual = APM("15.11 'MSR Intercepts'"),
	},
	{
		.code = 0x07d,
		.class = REASON_INSTRUCTION,
		.name = "TASK_SWITCH",
		.summary = "The guest switches tasks in hardware, through a task gate or a TSS",
		.cause = "The guest executes a far CALL or JMP to a TSS or an IRET from a nested "
			 "task, or an interrupt goes through a task gate. Only 32-bit systems do "
			 "so (old ones, and the double-fault handler of 32-bit Linux); 64-bit "
			 "mode has no task switches.",
		.lower = "Use a 64-bit guest. KVM emulates the whole switch, so each one is "
			 "slow.",
		.manual = APM("15.14.1 'Task Switch Intercept'"),
	},
	{
		.code = 0x07e,
		.class = REASON_OTHER,
		.name = "FERR_FREEZE",
		.summary = "The CPU froze in an x87 instruction and waits for an interrupt "
			   "(FERR)",
		.cause = "Very old systems report numeric errors through the interrupt "
			 "controller (CR0.NE off). KVM does not request this exit.",
		.lower = NEVER,
		.manual = APM("15.14.2 'Ferr_Freeze Intercept'"),
	},
	{
		.code = 0x07f,
		.class = REASON_OTHER,
		.name = "SHUTDOWN",
		.summary = "The guest's CPU shut down: an exception occurred while delivering "
			   "#DF",
		.cause = "A guest kernel crashed early, or it reboots on purpose through an "
			 "empty interrupt table (Linux: reboot=t, or as the last resort). KVM "
			 "reports a shutdown to user space, and QEMU resets the machine.",
		.lower = "One exit per such reboot is normal. More exits mean that the guest "
			 "crashes: read its console.",
		.manual = APM("15.14.3 'Shutdown Intercept'"),
	},
	{
		.code = 0x080,
		.class = REASON_INSTRUCTION,
		.name = "VMRUN",
		.summary = "A hypervisor inside the guest executed VMRUN",
		.cause = NESTED_CAUSE("enters its guest, once per exit that the nested "
				      "guest makes to it"),
		.lower = "Avoid exits of the nested guest, because each one costs one VMRUN: use "
			 "nested paging in the inner hypervisor too (npt=1), virtio, and few "
			 "timers.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x081,
		.class = REASON_INSTRUCTION,
		.name = "VMMCALL",
		.alias = "hypercall",
		.summary = "The guest calls the hypervisor: VMMCALL was executed",
		.cause = "Paravirtual services of KVM: send IPIs to many vCPUs at once, wake a "
			 "waiter on a spinlock, yield to another vCPU, report shared pages under "
			 "memory encryption. Windows guests make Hyper-V calls.",
		.lower = "Most of these calls save exits: one call replaces many other exits. "
			 "Too many kicks (KVM_HC_KICK_CPU) mean that there are more vCPUs than "
			 "CPUs. Give the guest fewer vCPUs or, with dedicated CPUs, set "
			 "kvm-hint-dedicated=on, which turns paravirtual spinlocks off.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x082,
		.class = REASON_INSTRUCTION,
		.name = "VMLOAD",
		.summary = "A hypervisor inside the guest executed VMLOAD",
		.cause = NESTED_CAUSE("loads segment and system-call state around an entry "
				      "of its guest"),
		.lower = "Use virtualized VMLOAD and VMSAVE (kvm_amd vls=1, the default if the "
			 "CPU supports it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x083,
		.class = REASON_INSTRUCTION,
		.name = "VMSAVE",
		.summary = "A hypervisor inside the guest executed VMSAVE",
		.cause = NESTED_CAUSE("saves segment and system-call state around an entry "
				      "of its guest"),
		.lower = "Use virtualized VMLOAD and VMSAVE (kvm_amd vls=1, the default if the "
			 "CPU supports it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x084,
		.class = REASON_INSTRUCTION,
		.name = "STGI",
		.summary = "A hypervisor inside the guest enables interrupts again: STGI was "
			   "executed",
		.cause = NESTED_CAUSE("sets the global interrupt flag after leaving its "
				      "guest. KVM also requests this exit while an event "
				      "waits for the flag"),
		.lower = "Use virtual GIF (kvm_amd vgif=1, the default if the CPU supports it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x085,
		.class = REASON_INSTRUCTION,
		.name = "CLGI",
		.summary = "A hypervisor inside the guest blocks all interrupts: CLGI was "
			   "executed",
		.cause = NESTED_CAUSE("clears the global interrupt flag before entering its "
				      "guest"),
		.lower = "Use virtual GIF (kvm_amd vgif=1, the default if the CPU supports it).",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x086,
		.class = REASON_INSTRUCTION,
		.name = "SKINIT",
		.summary = "A measured launch is requested: SKINIT was executed",
		.cause = "The guest attempts a secure startup. KVM injects #UD.",
		.lower = "Such an exit should not occur.",
		.manual = APM("15.27 'Secure Startup with SKINIT'"),
	},
	{
		.code = 0x087,
		.class = REASON_INSTRUCTION,
		.name = "RDTSCP",
		.summary = "The time-stamp counter and CPU number are read: RDTSCP was "
			   "executed",
		.cause = "This exit occurs only if the guest's CPUID does not offer RDTSCP; KVM "
			 "injects #UD. A program executed RDTSCP without checking CPUID.",
		.lower = "Offer RDTSCP to the guest (QEMU -cpu ...,rdtscp=on); it then does not "
			 "exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x088,
		.class = REASON_INSTRUCTION,
		.name = "ICEBP",
		.summary = "The undocumented breakpoint is executed: ICEBP (INT1, opcode 0xf1)",
		.cause = ONLY_NESTED("Debuggers and copy protection use ICEBP."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x089,
		.class = REASON_INSTRUCTION,
		.name = "WBINVD",
		.alias = "WBNOINVD",
		.summary = "Caches are written back: WBINVD or WBNOINVD was executed",
		.cause = "Firmware and kernels execute these instructions when they set up "
			 "memory types (MTRR, PAT), suspend, or stop a CPU; graphics drivers use "
			 "them too. KVM flushes the caches only if a device assigned to the "
			 "guest does not snoop them. Otherwise it does nothing.",
		.lower = "Such exits are rare. With an assigned device that snoops (the IOMMU "
			 "enforces it), each one is at least cheap.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08a,
		.class = REASON_INTERRUPT,
		.name = "MONITOR",
		.alias = "MONITORX",
		.summary = "The address for a wait is set up: MONITOR or MONITORX was executed",
		.cause = "An idle loop uses MONITOR and MWAIT although the guest's CPUID does "
			 "not offer them. KVM treats MONITOR as a no-operation.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests "
			 "with -overcommit cpu-pm=on of QEMU.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08b,
		.class = REASON_INTERRUPT,
		.name = "MWAIT",
		.alias = "MWAITX",
		.summary = "The vCPU waits for a memory write: MWAIT or MWAITX was executed",
		.cause = "An idle loop uses MWAIT although the guest's CPUID does not offer it. "
			 "KVM treats the instruction as a no-operation, so the guest spins.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests "
			 "with -overcommit cpu-pm=on of QEMU; MWAIT then does not exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08c,
		.class = REASON_INTERRUPT,
		.name = "MWAIT_COND",
		.alias = "MWAIT_CONDITIONAL",
		.summary = "The vCPU waits for a memory write, and the monitor is armed",
		.cause = ONLY_NESTED("MWAIT or MWAITX was executed after a MONITOR that is "
				     "still armed."),
		.lower = NOT_UNLESS_NESTED,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08d,
		.class = REASON_INSTRUCTION,
		.name = "XSETBV",
		.summary = "An extended control register is written: XSETBV was executed",
		.cause = "KVM always intercepts XSETBV, except for SEV-ES guests. The guest's "
			 "kernel selects the FPU features to save, once per vCPU at boot. A "
			 "hypervisor inside the guest does so at each switch.",
		.lower = "Nothing needs to be done.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08e,
		.class = REASON_INSTRUCTION,
		.name = "RDPRU",
		.summary = "A program reads a processor register (MPERF, APERF): RDPRU was "
			   "executed",
		.cause = "KVM does not offer RDPRU to guests and injects #UD. A program executed "
			 "RDPRU without checking CPUID.",
		.lower = "Fix the program; no setting avoids this exit.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x08f,
		.class = REASON_MEMORY,
		.name = "EFER_WRITE_TRAP",
		.alias = "write_efer_trap",
		.summary = "EFER was written (a trap, after the instruction)",
		.cause = "This exit occurs only for SEV-ES guests. KVM cannot read their "
			 "registers and follows their mode switches through this trap. There are "
			 "one or two per vCPU at boot.",
		.lower = "Nothing needs to be done.",
		.manual = APM_TRAP,
	},
	{
		.code = 0x090,
		.class = REASON_MEMORY,
		.name = "CR0_WRITE_TRAP",
		.alias = "write_cr0_trap",
		.summary = "CR0 was written (a trap, after the instruction)",
		.cause = "This exit occurs only for SEV-ES guests. KVM cannot read their "
			 "registers and follows their mode switches through this trap. It occurs "
			 "at boot, and when the guest toggles caching or write protection.",
		.lower = "Nothing needs to be done.",
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
		.summary = "CR4 was written (a trap, after the instruction)",
		.cause = "This exit occurs only for SEV-ES guests, whose registers KVM cannot "
			 "read. The guest turns features on at boot, and some kernels toggle "
			 "CR4.PGE for a global flush.",
		.lower = "Offer INVPCID to the guest if the CPU supports it: Linux then uses it "
			 "to flush.",
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
		.summary = "CR8, the task priority, was written (a trap, after the "
			   "instruction)",
		.cause = "This exit occurs only for SEV-ES guests that mask interrupts by "
			 "priority. Linux does so only at boot.",
		.lower = "Nothing needs to be done.",
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
		.summary = "Translations are flushed on all CPUs: INVLPGB was executed",
		.cause = "KVM does not offer INVLPGB to guests and does not request this exit.",
		.lower = NEVER,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a1,
		.class = REASON_MEMORY,
		.name = "INVLPGB_ILLEGAL",
		.summary = "INVLPGB was executed with an operand that a guest may not use",
		.cause = "KVM does not offer INVLPGB to guests and does not request this exit.",
		.lower = NEVER,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a2,
		.class = REASON_MEMORY,
		.name = "INVPCID",
		.summary = "The guest flushes translations of a PCID: INVPCID was executed",
		.cause = "Under shadow paging (npt=0) this exit occurs in guests that were "
			 "offered INVPCID: global flushes, and flushes of other address spaces "
			 "if the guest uses process-context identifiers (PCID). Under nested "
			 "paging it occurs only if INVPCID is not offered; KVM then injects #UD.",
		.lower = "Use nested paging (npt=1). QEMU -cpu ...,invpcid=off only moves the "
			 "cost to writes of CR4 and CR3.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a3,
		.class = REASON_INSTRUCTION,
		.name = "MCOMMIT",
		.summary = "Stores are committed to memory: MCOMMIT was executed",
		.cause = "The instruction is for persistent memory. KVM does not let a guest "
			 "enable it (EFER.MCOMMIT): guests get #UD.",
		.lower = NEVER,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a4,
		.class = REASON_MEMORY,
		.name = "TLBSYNC",
		.summary = "The guest waits for INVLPGB to finish on all CPUs: TLBSYNC was "
			   "executed",
		.cause = "KVM does not offer TLBSYNC to guests and does not request this exit.",
		.lower = NEVER,
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x0a5,
		.class = REASON_MEMORY,
		.name = "BUS_LOCK",
		.alias = "buslock",
		.summary = "The guest is about to acquire a bus lock, which stalls all CPUs",
		.cause = "An atomic instruction accesses two cache lines or uncached memory "
			 "while the threshold counter is 0. The exit occurs only if the VMM "
			 "requested it (KVM_CAP_X86_BUS_LOCK_EXIT; QEMU -machine "
			 "bus-lock-ratelimit=N; newer CPUs and kernels).",
		.lower = "Fix the program: align the data that it locks. A kernel that can "
			 "detect bus locks (split_lock_detect=warn) names the program.",
		.manual = APM("15.14.5 'Bus Lock Threshold'"),
	},
	{
		.code = 0x0a6,
		.class = REASON_INTERRUPT,
		.name = "IDLE_HLT",
		.alias = "idle-halt",
		.summary = "The vCPU is idle: HLT was executed and no virtual interrupt is "
			   "pending",
		.cause = "The causes are those of HLT. Newer CPUs and kernels use this exit "
			 "instead of HLT: an HLT that a pending interrupt would end at once then "
			 "does not exit.",
		.lower = "Apply what is listed for HLT: cpuidle-haltpoll or idle=poll in the "
			 "guest, or -overcommit cpu-pm=on on the host.",
		.manual = APM_INSTRUCTION,
	},
	{
		.code = 0x400,
		.class = REASON_MEMORY,
		.name = "NPF",
		.summary = "Nested page fault: the NPT does not map the page or does not "
			   "permit the access",
		.cause = "The guest touches a page (or huge page) for the first time, or after "
			 "the host removed the mapping: swapping, KSM, NUMA balancing, page "
			 "migration, write protection for dirty logging, ballooning. Each access "
			 "to the registers of emulated memory-mapped devices also causes this "
			 "exit (virtio doorbells, MSI-X tables, HPET, VGA). VMX reports those "
			 "accesses as a separate reason.",
		.lower = "Use huge pages for guest memory (hugetlbfs or transparent), allocate "
			 "it in advance (QEMU prealloc=on), and lock it against swapping. For "
			 "devices, use vhost, the event index of virtio, assigned devices, and "
			 "kvm-clock or tsc instead of hpet.",
		.manual = APM("15.25 'Nested Paging'"),
	},
	{
		.code = 0x401,
		.class = REASON_INTERRUPT,
		.name = "AVIC_INCOMPLETE_IPI",
		.summary = "AVIC could not deliver an IPI of the guest without KVM",
		.cause = "With AVIC this exit occurs if the target vCPU does not run (KVM must "
			 "wake it), or if the IPI is of a kind that the hardware leaves to "
			 "software (INIT, start-up, NMI, level-triggered).",
		.lower = "Avoid sleeping vCPUs: pin the vCPUs, and use cpuidle-haltpoll in the "
			 "guest. Reduce wake-ups between vCPUs.",
		.manual = APM("15.29 'Advanced Virtual Interrupt Controller'"),
	},
	{
		.code = 0x402,
		.class = REASON_INTERRUPT,
		.name = "AVIC_UNACCELERATED_ACCESS",
		.alias = "AVIC_NOACCEL",
		.summary = "An APIC register that AVIC does not handle itself is accessed",
		.cause = "With AVIC this exit occurs for accesses to timer count and "
			 "configuration and to the local vector table, and at the end of a "
			 "level-triggered interrupt.",
		.lower = "Use the TSC deadline timer (QEMU -cpu ...,tsc-deadline=on), "
			 "message-signalled interrupts (MSI, MSI-X) instead of INTx, and a "
			 "tickless guest.",
		.manual = APM("15.29 'Advanced Virtual Interrupt Controller'"),
	},
	{
		.code = 0x403,
		.class = REASON_INSTRUCTION,
		.name = "VMGEXIT",
		.summary = "An SEV-ES guest requests a service of the hypervisor: VMGEXIT was "
			   "executed",
		.cause = "An SEV-ES or SEV-SNP guest uses this exit for everything that it needs "
			 "from KVM after #VC: CPUID, MSRs, ports, device memory, page-state "
			 "changes. The request itself is in a page that the guest shares with "
			 "the hypervisor.",
		.lower = "Apply what is listed for the exits that the request replaces: virtio, "
			 "fewer timers, fewer device accesses, and fewer conversions between "
			 "private and shared memory.",
		.manual = APM_TRAP,
	},
	{
		.code = 0x80000001,
		.class = REASON_IO,
		.name = "VMGEXIT_MMIO_READ",
		.summary = "An SEV-ES guest requests a read of device memory",
		.cause = "The guest's #VC handler reads a device register. This code is the "
			 "guest's request and not a hardware exit. The exit itself is VMGEXIT "
			 "(0x403). KVM replaces its code by the code of the request while it "
			 "serves the request.",
		.lower = "Use virtio with event index, vhost, and message-signalled interrupts.",
		.manual = GHCB,
	},
	{
		.code = 0x80000002,
		.class = REASON_IO,
		.name = "VMGEXIT_MMIO_WRITE",
		.summary = "An SEV-ES guest requests a write of device memory",
		.cause = "The guest's #VC handler writes a device register, for example a virtio "
			 "doorbell. This is a request within VMGEXIT (0x403) and not an exit "
			 "code of the hardware.",
		.lower = "Use virtio with event index, vhost, and larger batches.",
		.manual = GHCB,
	},
	{
		.code = 0x80000003,
		.class = REASON_INTERRUPT,
		.name = "VMGEXIT_NMI_COMPLETE",
		.summary = "An SEV-ES guest reports that its NMI handler has finished",
		.cause = "KVM cannot intercept the guest's IRET, so the guest reports the end of "
			 "the handler. This is a request within VMGEXIT (0x403).",
		.lower = "Sample less in the guest, and set nmi_watchdog=0 in the guest.",
		.manual = GHCB,
	},
	{
		.code = 0x80000004,
		.class = REASON_INTERRUPT,
		.name = "VMGEXIT_AP_HLT_LOOP",
		.alias = "VMGEXIT_AP_RESET_HOLD",
		.summary = "An SEV-ES guest parks a vCPU until the vCPU is started again",
		.cause = "A vCPU waits for its start-up IPI, at boot or after it was taken "
			 "offline. This is a request within VMGEXIT (0x403).",
		.lower = "Nothing needs to be done: there is one per vCPU and boot.",
		.manual = GHCB,
	},
	{
		.code = 0x80000005,
		.class = REASON_OTHER,
		.name = "VMGEXIT_AP_JUMP_TABLE",
		.summary = "An SEV-ES guest sets or requests the table through which its vCPUs "
			   "start",
		.cause = "Firmware and kernel make this request at boot. This is a request "
			 "within VMGEXIT (0x403).",
		.lower = "Nothing needs to be done: there are a few per boot.",
		.manual = GHCB,
	},
	{
		.code = 0x80000010,
		.class = REASON_MEMORY,
		.name = "VMGEXIT_PSC",
		.alias = "vmgexit_page_state_change",
		.summary = "An SEV-SNP guest converts pages between private and shared",
		.cause = "The guest accepts memory at boot, or uses bounce buffers for devices. "
			 "This is a request within VMGEXIT (0x403).",
		.lower = "Accept memory lazily or in huge pages, and use a bounce buffer of "
			 "fixed size (swiotlb=).",
		.manual = GHCB,
	},
	{
		.code = 0x80000011,
		.class = REASON_OTHER,
		.name = "VMGEXIT_GUEST_REQUEST",
		.summary = "An SEV-SNP guest sends a message to the security processor",
		.cause = "The guest requests attestation reports and derived keys. This is a "
			 "request within VMGEXIT (0x403).",
		.lower = "Request fewer reports; the host limits their rate.",
		.manual = GHCB,
	},
	{
		.code = 0x80000012,
		.class = REASON_OTHER,
		.name = "VMGEXIT_EXT_GUEST_REQUEST",
		.summary = "An SEV-SNP guest requests a report together with certificates",
		.cause = "The guest requests attestation reports with the host's certificates. "
			 "This is a request within VMGEXIT (0x403).",
		.lower = "Request fewer reports, and keep the certificates.",
		.manual = GHCB,
	},
	{
		.code = 0x80000013,
		.class = REASON_OTHER,
		.name = "VMGEXIT_AP_CREATION",
		.summary = "An SEV-SNP guest creates or destroys the state of a vCPU",
		.cause = "The guest starts and stops vCPUs. This is a request within VMGEXIT "
			 "(0x403).",
		.lower = "Nothing needs to be done: there are a few per vCPU and boot.",
		.manual = GHCB,
	},
	{
		.code = 0x80000018,
		.class = REASON_OTHER,
		.name = "VMGEXIT_SNP_RUN_VMPL",
		.summary = "An SEV-SNP guest requests to run at another privilege level (VMPL)",
		.cause = "The guest calls a secure service module (SVSM) inside the guest. This "
			 "is a request within VMGEXIT (0x403).",
		.lower = "Call the service module less often.",
		.manual = GHCB,
	},
	{
		.code = 0x8000001a,
		.class = REASON_INTERRUPT,
		.name = "VMGEXIT_SAVIC",
		.summary = "An SEV-SNP guest registers its own APIC page (Secure AVIC)",
		.cause = "A guest with Secure AVIC makes this request once per vCPU at boot. "
			 "This is a request within VMGEXIT (0x403).",
		.lower = "Nothing needs to be done.",
		.manual = GHCB,
	},
	{
		.code = 0x8000fffd,
		.class = REASON_OTHER,
		.name = "VMGEXIT_HV_FEATURES",
		.alias = "vmgexit_hypervisor_feature",
		.summary = "An SEV-ES guest queries the features of the hypervisor",
		.cause = "Firmware and kernel make this request at boot. This is a request "
			 "within VMGEXIT (0x403).",
		.lower = "Nothing needs to be done: there are a few per boot.",
		.manual = GHCB,
	},
	{
		.code = 0x8000fffe,
		.class = REASON_OTHER,
		.name = "VMGEXIT_TERM_REQUEST",
		.summary = "An SEV-ES guest requests its own termination",
		.cause = "The guest found that it cannot continue safely, for example because of "
			 "a wrong CPUID table or a missing feature. This is a request within "
			 "VMGEXIT (0x403).",
		.lower = "The exit occurs once, and the VM ends. Read the guest's console and "
			 "the host's log for the reason.",
		.manual = GHCB,
	},
	{
		.code = 0x8000ffff,
		.class = REASON_OTHER,
		.name = "VMGEXIT_UNSUPPORTED_EVENT",
		.summary = "An SEV-ES guest reports a #VC that it cannot handle",
		.cause = "The guest did something that needs the hypervisor and for which no "
			 "protocol exists. This is a request within VMGEXIT (0x403).",
		.lower = "Such an exit should not occur. Read the guest's log.",
		.manual = GHCB,
	},
	{
		.code = 0xf0000000,
		.class = REASON_OTHER,
		.name = "SW",
		.summary = "A code reserved for the hypervisor's own use; hardware never "
			   "reports it",
		.cause = "Software fakes an exit to a hypervisor inside the guest: KVM does so "
			 "when a nested guest enters system-management mode, and for the "
			 "enlightened flushes of Hyper-V. The faked exit stays inside KVM.",
		.lower = "Such an exit should not occur.",
		.manual = EXIT_CODES,
	},
	{
		.code = 0xfffffffc,
		.class = REASON_OTHER,
		.name = "INVALID_PMC",
		.summary = "A VM entry failed: the state of the performance counters is not "
			   "valid",
		.cause = "The exit occurs only with virtualized performance counters, because of "
			 "a bad value in the guest's saved state.",
		.lower = NEVER,
		.manual = EXIT_CODES,
	},
	{
		.code = 0xfffffffd,
		.class = REASON_OTHER,
		.name = "IDLE_REQUIRED",
		.summary = "A VM entry failed: the sibling hardware thread is not idle",
		.cause = "The exit occurs only for SEV-SNP guests that request protection "
			 "against the other thread of their core.",
		.lower = "Run without SMT, or use core scheduling that keeps the sibling idle.",
		.manual = APM("15.36 'Secure Nested Paging (SEV-SNP)'"),
	},
	{
		.code = 0xfffffffe,
		.class = REASON_OTHER,
		.name = "BUSY",
		.summary = "A VM entry failed: the guest's encrypted state is in use",
		.cause = "The state of an SEV-SNP guest with alternate injection is marked busy. "
			 "The guest's service module marks the state while it changes it, and so "
			 "does an exit in the middle of event delivery. With Secure AVIC this "
			 "exit also occurs while the guest's APIC page is not mapped.",
		.lower = "No setting avoids this exit: the service module (SVSM) clears the "
			 "mark.",
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
			 "stops (KVM_EXIT_FAIL_ENTRY). A hypervisor inside the guest can get "
			 "this exit for its own guest.",
		.lower = "Such an exit should never occur: it means a bug in KVM or in the VMM, "
			 "or a damaged migration. kvm_amd dump_invalid_vmcb=1 logs the state.",
		.manual = APM("15.5 'VMRUN Instruction'"),
	},
};

const size_t reasons_svm_count = ARRAY_SIZE(reasons_svm);
