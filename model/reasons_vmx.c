// SPDX-License-Identifier: GPL-2.0
/*
 * The exit reasons of Intel VMX: the basic exit reasons that the manual defines. Failed VM
 * entries have bit 31 set. KVM's behavior is described as implemented in arch/x86/kvm/vmx/vmx.c
 * in Linux 6.1 to 7.2 (kvm_vmx_exit_handlers, vmx_exec_control(), vmx_secondary_exec_control()).
 */
#include "model/array.h"
#include "model/reason.h"

#define BASIC_REASONS "Intel SDM vol. 3, 'VMX Basic Exit Reasons' (appendix C)"
#define SDM(title)    BASIC_REASONS "; '" title "'"
#define SDM_ALWAYS    SDM("Instructions That Cause VM Exits Unconditionally")
#define SDM_IF_SET    SDM("Instructions That Cause VM Exits Conditionally")

/* The .cause of an exit on an instruction that only hypervisors execute. */
#define NESTED_CAUSE(what)                    \
	"A hypervisor inside the guest " what \
	". With nested=0 KVM injects #UD, so only programs that probe for it cause this exit."

const struct reason reasons_vmx[] = {
	{
		.code = 0,
		.class = REASON_MEMORY,
		.name = "EXCEPTION_NMI",
		.summary = "The guest raised an intercepted exception, or an NMI for the host "
			   "arrived",
		.cause = "Under shadow paging (ept=0) nearly all of these exits are #PF. KVM "
			 "intercepts every page fault of the guest, to build its shadow page "
			 "tables or to forward the fault to the guest. Accesses to the memory of "
			 "emulated devices also cause #PF. Under nested paging few remain: NMIs "
			 "of the host (perf, watchdog); #UD, #DB, #AC and #MC; #NM when the "
			 "guest uses AMX state; and all exceptions in real mode without "
			 "unrestricted_guest.",
		.lower = "Use nested paging (ept=1), which removes the page faults. Under shadow "
			 "paging, start fewer processes, create fewer mappings, and use huge "
			 "pages in guest and host. For fewer NMIs, run no perf session and no "
			 "NMI watchdog on the host (nmi_watchdog=0).",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 1,
		.class = REASON_INTERRUPT,
		.name = "EXTERNAL_INTERRUPT",
		.summary = "An interrupt for the host arrived while the guest ran",
		.cause = "The host's own interrupts: its timer tick, inter-processor interrupts, "
			 "devices whose interrupts are handled on this CPU, and the IPI that "
			 "makes a vCPU notice an event from another CPU. Most of them are caused "
			 "by the host and not by the guest.",
		.lower = "Keep interrupts off the CPUs that run guests: use isolcpus, nohz_full "
			 "and IRQ affinity on the host. Posted interrupts (enable_apicv=1, VT-d "
			 "with intremap) deliver interrupts of virtual and assigned devices "
			 "without an exit.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 2,
		.class = REASON_OTHER,
		.name = "TRIPLE_FAULT",
		.summary = "The guest's CPU shut down: an exception occurred while delivering #DF",
		.cause = "A guest kernel crashed early, or it reboots on purpose through an "
			 "empty interrupt table (Linux: reboot=t, or as the last resort). KVM "
			 "reports a shutdown to user space, and QEMU resets the machine.",
		.lower = "One exit per such reboot is normal. More exits mean that the guest "
			 "crashes: read its console.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 3,
		.class = REASON_OTHER,
		.name = "INIT_SIGNAL",
		.summary = "A physical INIT signal arrived while the guest ran",
		.cause = "The host or its firmware sends INIT to a CPU that runs a guest. INITs "
			 "that a guest sends to its own vCPUs are emulated and cause no such "
			 "exit.",
		.lower = "Such an exit should never occur. KVM has no handler for it and stops "
			 "the VM with an internal error.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 4,
		.class = REASON_OTHER,
		.name = "SIPI_SIGNAL",
		.summary = "A physical start-up IPI arrived while the vCPU was in the "
			   "wait-for-SIPI state",
		.cause = "Only a vCPU whose VMCS has the activity state wait-for-SIPI can "
			 "receive it. KVM waits for start-up IPIs in software, so only a nested "
			 "guest could be in that state.",
		.lower = "Such an exit should never occur.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 5,
		.class = REASON_OTHER,
		.name = "IO_SMI",
		.summary = "A system-management interrupt arrived right after an I/O instruction",
		.cause = "This exit occurs only under the dual-monitor treatment of SMM, where "
			 "firmware installs a monitor of its own (STM). KVM does not use it.",
		.lower = "Such an exit should never occur.",
		.manual = SDM("Dual-Monitor Treatment of SMIs and SMM"),
	},
	{
		.code = 6,
		.class = REASON_OTHER,
		.name = "OTHER_SMI",
		.summary = "A system-management interrupt arrived that no I/O instruction caused",
		.cause = "While a TDX guest runs, an SMI of the host exits through the TDX "
			 "module with this reason. For other guests it occurs only under the "
			 "dual-monitor treatment of SMM, which KVM does not use; their SMIs "
			 "cause no exit.",
		.lower = "Change firmware settings that make the platform raise SMIs (power "
			 "capping, legacy USB, error logging).",
		.manual = SDM("Dual-Monitor Treatment of SMIs and SMM"),
	},
	{
		.code = 7,
		.class = REASON_INTERRUPT,
		.name = "INTERRUPT_WINDOW",
		.summary = "The guest is ready to receive an interrupt that KVM holds for it",
		.cause = "An interrupt was pending while the guest had interrupts disabled (CLI, "
			 "an interrupt handler, the instruction after STI). KVM requested this "
			 "exit for the moment when they are enabled again. It occurs only "
			 "without virtual-interrupt delivery of APICv.",
		.lower = "Use APICv (kvm_intel enable_apicv=1, in-kernel irqchip): the hardware "
			 "then delivers pending interrupts itself. Otherwise reduce interrupts: "
			 "a tickless guest, virtio with event index, multiple queues.",
		.manual = SDM("Interrupt-Window Exiting and Virtual-Interrupt Delivery"),
	},
	{
		.code = 8,
		.class = REASON_INTERRUPT,
		.name = "NMI_WINDOW",
		.summary = "The guest is ready to receive a non-maskable interrupt that KVM holds "
			   "for it",
		.cause = "A second NMI arrived while the guest still handled one. Most come from "
			 "perf or the NMI watchdog of a guest with a virtual PMU. KVM waits for "
			 "the guest's IRET.",
		.lower = "Sample less in the guest, and set nmi_watchdog=0 in the guest.",
		.manual = SDM("NMI-Window Exiting"),
	},
	{
		.code = 9,
		.class = REASON_INSTRUCTION,
		.name = "TASK_SWITCH",
		.summary = "The guest switches tasks in hardware, through a task gate or a TSS",
		.cause = "The guest executes a far CALL or JMP to a TSS or an IRET from a nested "
			 "task, or an interrupt goes through a task gate. Only 32-bit systems do "
			 "so (old ones, and the double-fault handler of 32-bit Linux); 64-bit "
			 "mode has no task switches.",
		.lower = "Use a 64-bit guest. KVM emulates the whole switch, so each one is "
			 "slow.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 10,
		.class = REASON_INSTRUCTION,
		.name = "CPUID",
		.summary = "CPUID was executed",
		.cause = "CPUID always exits. The guest's kernel and firmware execute it during "
			 "boot. The dynamic linker and the C library execute it several dozen "
			 "times at the start of every process. Some programs use it to serialize "
			 "or to identify their CPU. Reads of vmtoll's own leaves also cause this "
			 "exit, but they are counted in the observer row.",
		.lower = "No setting avoids this exit. Start fewer processes, and do not use "
			 "CPUID in loops (RDTSCP, RDPID, getcpu() and SERIALIZE do not exit).",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 11,
		.class = REASON_INSTRUCTION,
		.name = "GETSEC",
		.summary = "GETSEC was executed",
		.cause = "The guest attempts trusted execution (TXT). GETSEC needs CR4.SMXE, "
			 "which KVM does not let a guest set, so the guest gets #UD instead.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 12,
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
		.manual = SDM_IF_SET,
	},
	{
		.code = 13,
		.class = REASON_INSTRUCTION,
		.name = "INVD",
		.summary = "INVD was executed: invalidate caches without writing them back",
		.cause = "INVD always exits. Firmware executes it before memory is set up; no "
			 "operating system uses it. KVM skips the instruction.",
		.lower = "Nothing needs to be done: there are at most a few at power-on.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 14,
		.class = REASON_MEMORY,
		.name = "INVLPG",
		.summary = "The guest flushes the translation of one page: INVLPG was executed",
		.cause = "This exit occurs only under shadow paging (ept=0), where KVM must "
			 "flush the shadow entry too. The guest executes INVLPG for unmapping, "
			 "copy-on-write, swapping and permission changes.",
		.lower = "Use nested paging (ept=1): INVLPG then never exits. Under shadow "
			 "paging, use huge pages in the guest, fork less and unmap less.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 15,
		.class = REASON_INSTRUCTION,
		.name = "RDPMC",
		.summary = "A performance counter is read: RDPMC was executed",
		.cause = "perf in the guest, or programs that read counters through mmap, use a "
			 "virtual PMU. RDPMC is always intercepted if KVM emulates the PMU.",
		.lower = "Stop profiling in the guest, or remove the PMU (QEMU -cpu "
			 "...,pmu=off). Recent kernels can give the PMU to the guest (mediated "
			 "vPMU); RDPMC then does not exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 16,
		.class = REASON_INSTRUCTION,
		.name = "RDTSC",
		.summary = "The time-stamp counter is read: RDTSC was executed",
		.cause = "KVM lets RDTSC run without an exit. The exit occurs for a nested guest "
			 "whose own hypervisor requested it.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 17,
		.class = REASON_INSTRUCTION,
		.name = "RSM",
		.summary = "RSM was executed in system-management mode",
		.cause = "This exit occurs only under the dual-monitor treatment of SMM. KVM "
			 "emulates the SMM of a guest in software. This includes RSM, which "
			 "reaches KVM as #UD.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 18,
		.class = REASON_INSTRUCTION,
		.name = "VMCALL",
		.summary = "The guest calls the hypervisor: VMCALL was executed",
		.cause = "Paravirtual services of KVM: send IPIs to many vCPUs at once, wake a "
			 "waiter on a spinlock, yield to another vCPU, report shared pages under "
			 "memory encryption. Windows guests make Hyper-V calls.",
		.lower = "Most of these calls save exits: one call replaces many other exits. "
			 "Too many kicks (KVM_HC_KICK_CPU) mean that there are more vCPUs than "
			 "CPUs. Give the guest fewer vCPUs or, with dedicated CPUs, set "
			 "kvm-hint-dedicated=on, which turns paravirtual spinlocks off.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 19,
		.class = REASON_INSTRUCTION,
		.name = "VMCLEAR",
		.summary = "A hypervisor inside the guest executed VMCLEAR",
		.cause = NESTED_CAUSE(
			"gives up or moves a VMCS, for example when a vCPU moves to another CPU"),
		.lower = "Inside the guest, pin the vCPUs of its own guests and destroy fewer "
			 "VMs.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 20,
		.class = REASON_INSTRUCTION,
		.name = "VMLAUNCH",
		.summary = "A hypervisor inside the guest executed VMLAUNCH",
		.cause = NESTED_CAUSE("enters its guest for the first time with a VMCS"),
		.lower = "The same as for VMRESUME applies: avoid exits of the nested guest.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 21,
		.class = REASON_INSTRUCTION,
		.name = "VMPTRLD",
		.summary = "A hypervisor inside the guest executed VMPTRLD",
		.cause = NESTED_CAUSE("makes a VMCS current, at each switch between its vCPUs"),
		.lower = "Inside the guest, run fewer vCPUs of nested guests per CPU, and pin "
			 "them.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 22,
		.class = REASON_INSTRUCTION,
		.name = "VMPTRST",
		.summary = "A hypervisor inside the guest executed VMPTRST",
		.cause = NESTED_CAUSE(
			"asks which VMCS is current, which hardly any hypervisor does"),
		.lower = "Nothing needs to be done: this exit is rare.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 23,
		.class = REASON_INSTRUCTION,
		.name = "VMREAD",
		.summary = "A hypervisor inside the guest executed VMREAD",
		.cause = NESTED_CAUSE(
			"reads a VMCS field that is not in the shadow VMCS, several times "
			"per exit of its own guest"),
		.lower = "Use hardware with VMCS shadowing (kvm_intel enable_shadow_vmcs=1). For "
			 "Hyper-V in the guest, use the enlightened VMCS (QEMU hv-evmcs).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 24,
		.class = REASON_INSTRUCTION,
		.name = "VMRESUME",
		.summary = "A hypervisor inside the guest executed VMRESUME",
		.cause = NESTED_CAUSE("enters its guest again, once per exit that the nested guest "
				      "makes to it"),
		.lower = "Avoid exits of the nested guest, because each one costs one VMRESUME: "
			 "use nested paging in the inner hypervisor too (ept=1), virtio, and few "
			 "timers.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 25,
		.class = REASON_INSTRUCTION,
		.name = "VMWRITE",
		.summary = "A hypervisor inside the guest executed VMWRITE",
		.cause = NESTED_CAUSE("writes a VMCS field that is not in the shadow VMCS"),
		.lower = "Use hardware with VMCS shadowing (kvm_intel enable_shadow_vmcs=1). For "
			 "Hyper-V in the guest, use the enlightened VMCS (QEMU hv-evmcs).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 26,
		.class = REASON_INSTRUCTION,
		.name = "VMOFF",
		.alias = "VMXOFF",
		.summary = "A hypervisor inside the guest executed VMXOFF",
		.cause = NESTED_CAUSE(
			"leaves VMX operation, for example when its module is unloaded"),
		.lower = "Nothing needs to be done: this exit is rare.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 27,
		.class = REASON_INSTRUCTION,
		.name = "VMON",
		.alias = "VMXON",
		.summary = "A hypervisor inside the guest executed VMXON",
		.cause = NESTED_CAUSE("enters VMX operation, once per vCPU"),
		.lower = "Nothing needs to be done: this exit is rare.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 28,
		.class = REASON_MEMORY,
		.name = "CR_ACCESS",
		.summary = "A control register is accessed: MOV to or from CR, CLTS or LMSW",
		.cause = "Under shadow paging (ept=0) most of these exits are MOVs to CR3, that "
			 "is switches of the guest's address space, and changes of CR4.PGE. "
			 "Under nested paging only changes of the bits of CR0 and CR4 that KVM "
			 "owns exit (mode switches, caching, features), and CR8 without a TPR "
			 "shadow.",
		.lower = "Use nested paging (ept=1). Under shadow paging, switch less between "
			 "processes and use threads instead of processes. Turn off page-table "
			 "isolation in the guest, which switches CR3 at each system call, if the "
			 "guest does not need it (pti=off).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 29,
		.class = REASON_INSTRUCTION,
		.name = "DR_ACCESS",
		.summary = "A debug register is accessed: MOV to or from DR",
		.cause = "Debuggers and hardware breakpoints in the guest access debug "
			 "registers, and kernels read or clear DR6 and DR7 at boot and in debug "
			 "exceptions. KVM intercepts only the first access after an exit. It "
			 "then gives the registers to the guest until the next exit.",
		.lower = "Use no hardware breakpoints or watchpoints in the guest.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 30,
		.class = REASON_IO,
		.name = "IO_INSTRUCTION",
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
		.manual = SDM_IF_SET,
	},
	{
		.code = 31,
		.class = REASON_INSTRUCTION,
		.name = "MSR_READ",
		.summary = "A model-specific register (MSR) that is not passed through is read: "
			   "RDMSR",
		.cause = "Drivers for power, temperature and performance counters in the guest; "
			 "x2APIC registers without APICv; Hyper-V time and reference counters; "
			 "tools such as rdmsr. The MSR bitmap passes frequently used registers "
			 "through (FS and GS base, for example).",
		.lower = "Use x2APIC with APICv (enable_apicv=1). Unload monitoring drivers in "
			 "the guest. Set pmu=off if the counters are not needed.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 32,
		.class = REASON_INTERRUPT,
		.name = "MSR_WRITE",
		.summary = "A model-specific register (MSR) that is not passed through is written: "
			   "WRMSR",
		.cause = "Most writes set the guest's timer (IA32_TSC_DEADLINE, at each tick or "
			 "sleep). In x2APIC mode, sending IPIs and, without APICv, each end of "
			 "interrupt is a write too. Performance counters and Hyper-V timers "
			 "cause the rest.",
		.lower = "Use a tickless guest with fewer timers (nohz=on, HZ=100, coarser "
			 "polling), x2APIC with APICv (enable_apicv=1) for the end of interrupt, "
			 "and IPI virtualization (enable_ipiv=1, newer CPUs) for IPIs.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 36,
		.class = REASON_INTERRUPT,
		.name = "MWAIT_INSTRUCTION",
		.alias = "MWAIT",
		.summary = "The vCPU waits for a memory write: MWAIT was executed",
		.cause = "An idle loop uses MWAIT although the guest's CPUID does not offer it. "
			 "KVM treats the instruction as a no-operation, so the guest spins.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests "
			 "with -overcommit cpu-pm=on of QEMU; MWAIT then does not exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 37,
		.class = REASON_OTHER,
		.name = "MONITOR_TRAP_FLAG",
		.alias = "MTF",
		.summary = "The guest executed one instruction in single-step mode for its "
			   "hypervisor",
		.cause = "The hypervisor inside the guest (its debugger or introspection) set "
			 "the monitor trap flag for a nested guest. KVM does not set it for its "
			 "own guests.",
		.lower = "Such an exit should not occur in guests that are not nested. Stop the "
			 "debugger of the inner hypervisor.",
		.manual = SDM("Monitor Trap Flag"),
	},
	{
		.code = 39,
		.class = REASON_INTERRUPT,
		.name = "MONITOR_INSTRUCTION",
		.alias = "MONITOR",
		.summary = "The address for a wait is set up: MONITOR was executed",
		.cause = "An idle loop uses MONITOR and MWAIT although the guest's CPUID does "
			 "not offer them. KVM treats MONITOR as a no-operation.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests "
			 "with -overcommit cpu-pm=on of QEMU.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 40,
		.class = REASON_INTERRUPT,
		.name = "PAUSE_INSTRUCTION",
		.alias = "PAUSE",
		.summary = "The vCPU spins: a loop of PAUSE ran longer than the limit",
		.cause = "The vCPU spins on a lock whose holder, another vCPU, does not run, "
			 "because there are more vCPUs than CPUs or the host is busy. KVM then "
			 "yields to another vCPU of the VM.",
		.lower = "Use fewer vCPUs than CPUs, pinned vCPUs, and paravirtual spinlocks in "
			 "the guest. On dedicated CPUs, increase ple_window, turn the exit off "
			 "(kvm_intel ple_gap=0), or use -overcommit cpu-pm=on.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 43,
		.class = REASON_INTERRUPT,
		.name = "TPR_BELOW_THRESHOLD",
		.summary = "The guest lowered its task priority below that of a pending interrupt",
		.cause = "The guest masks interrupts by priority, with a TPR shadow but without "
			 "APICv. Windows writes CR8 or the TPR constantly; Linux does not.",
		.lower = "Use APICv (enable_apicv=1): the hardware then delivers the interrupt "
			 "itself.",
		.manual = SDM("VM Exits Induced by the TPR Threshold"),
	},
	{
		.code = 44,
		.class = REASON_INTERRUPT,
		.name = "APIC_ACCESS",
		.summary = "The memory-mapped local APIC is accessed (xAPIC mode)",
		.cause = "A guest that does not use x2APIC reads and writes APIC registers, "
			 "mostly end of interrupt, interrupt command and timer. With APICv only "
			 "those accesses exit that the hardware cannot handle.",
		.lower = "Use x2APIC in the guest (QEMU -cpu ...,x2apic=on; do not boot with "
			 "nox2apic), APICv (enable_apicv=1), and paravirtual end of interrupt "
			 "(kvm-pv-eoi).",
		.manual = SDM("Virtualizing Memory-Mapped APIC Accesses"),
	},
	{
		.code = 45,
		.class = REASON_INTERRUPT,
		.name = "EOI_INDUCED",
		.summary = "The guest ended an interrupt, and KVM must be notified (APICv)",
		.cause = "With APICv this exit occurs at the end of a level-triggered interrupt "
			 "of the emulated I/O APIC: legacy devices, INTx, assigned devices "
			 "without MSI, and the PIT if ticks are reinjected.",
		.lower = "Use message-signalled interrupts (MSI, MSI-X). virtio-pci uses them by "
			 "default.",
		.manual = SDM("EOI Virtualization"),
	},
	{
		.code = 46,
		.class = REASON_INSTRUCTION,
		.name = "GDTR_IDTR",
		.summary = "A descriptor-table register is accessed: LGDT, LIDT, SGDT or SIDT",
		.cause = "This exit occurs only if KVM emulates UMIP: the CPU lacks UMIP, and "
			 "the guest was offered it and set CR4.UMIP. The loads come from a guest "
			 "kernel that switches tables, the stores from programs that probe.",
		.lower = "Use a CPU with UMIP, or do not offer it (QEMU -cpu ...,umip=off).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 47,
		.class = REASON_INSTRUCTION,
		.name = "LDTR_TR",
		.summary = "The LDT or task register is accessed: LLDT, LTR, SLDT or STR",
		.cause = "This exit occurs only if KVM emulates UMIP: the CPU lacks UMIP, and "
			 "the guest was offered it and set CR4.UMIP.",
		.lower = "Use a CPU with UMIP, or do not offer it (QEMU -cpu ...,umip=off).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 48,
		.class = REASON_MEMORY,
		.name = "EPT_VIOLATION",
		.summary = "Nested paging: the EPT does not map the page or does not permit the "
			   "access",
		.cause = "The guest touches a page (or huge page) for the first time, or after "
			 "the host removed the mapping: swapping, KSM, NUMA balancing, page "
			 "migration, splitting for execution (nx_huge_pages), write protection "
			 "for dirty logging, ballooning. Writes to ROM and the first access to "
			 "device memory also cause this exit.",
		.lower = "Use huge pages for guest memory (hugetlbfs or transparent), allocate "
			 "it in advance (QEMU prealloc=on), and lock it against swapping. Turn "
			 "off automatic NUMA balancing for pinned VMs. After warm-up few such "
			 "exits remain.",
		.manual = SDM("EPT Violations"),
	},
	{
		.code = 49,
		.class = REASON_IO,
		.name = "EPT_MISCONFIG",
		.alias = "EPT_MISCONFIGURATION",
		.summary = "Device memory is accessed (KVM marks it by a deliberate EPT "
			   "misconfiguration)",
		.cause = "Memory-mapped registers of emulated devices: virtio doorbells, MSI-X "
			 "tables, PCI configuration in memory, HPET, VGA. Doorbells with "
			 "ioeventfd stay in KVM and are cheap; the others go to user space.",
		.lower = "Use vhost, or vDPA or assigned devices whose registers are mapped into "
			 "the guest. Use the event index of virtio and larger batches for fewer "
			 "doorbells, and kvm-clock or tsc instead of hpet.",
		.manual = SDM("EPT Misconfigurations"),
	},
	{
		.code = 50,
		.class = REASON_MEMORY,
		.name = "INVEPT",
		.summary = "A hypervisor inside the guest executed INVEPT",
		.cause = NESTED_CAUSE(
			"changes its own EPT, because the memory of its guests is remapped"),
		.lower = "Inside the guest, use huge pages and preallocated memory for its own "
			 "guests.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 51,
		.class = REASON_INSTRUCTION,
		.name = "RDTSCP",
		.summary = "The time-stamp counter and CPU number are read: RDTSCP was executed",
		.cause = "KVM lets RDTSCP run without an exit. The exit occurs for a nested "
			 "guest whose own hypervisor requested it.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 52,
		.class = REASON_INTERRUPT,
		.name = "PREEMPTION_TIMER",
		.summary = "The VMX preemption timer expired: a timer of the guest is due",
		.cause = "KVM uses the VMX preemption timer for the guest's APIC timer while the "
			 "vCPU runs, so each exit is a tick or a timer of the guest. KVM also "
			 "sets it to zero to force an immediate exit.",
		.lower = "Use a tickless guest with fewer timers (nohz_full or HZ=100 in the "
			 "guest). preemption_timer=0 only turns these exits into external "
			 "interrupts.",
		.manual = SDM("VMX-Preemption Timer"),
	},
	{
		.code = 53,
		.class = REASON_MEMORY,
		.name = "INVVPID",
		.summary = "A hypervisor inside the guest executed INVVPID",
		.cause = NESTED_CAUSE(
			"drops translations of its guest, often if it uses shadow paging"),
		.lower = "Inside the guest, use nested paging (ept=1) for its own guests.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 54,
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
		.manual = SDM_IF_SET,
	},
	{
		.code = 55,
		.class = REASON_INSTRUCTION,
		.name = "XSETBV",
		.summary = "An extended control register is written: XSETBV was executed",
		.cause = "XSETBV always exits. The guest's kernel selects the FPU features to "
			 "save, once per vCPU at boot. A hypervisor inside the guest does so at "
			 "each switch.",
		.lower = "Nothing needs to be done.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 56,
		.class = REASON_INTERRUPT,
		.name = "APIC_WRITE",
		.summary = "The virtual APIC page is written, and KVM must handle the write "
			   "(APICv)",
		.cause = "With APICv this exit occurs for registers whose writes have effects: "
			 "interrupt command (sending IPIs), timer count and divider, local "
			 "vector table. The exit comes after the write.",
		.lower = "Use IPI virtualization (enable_ipiv=1, newer CPUs), x2APIC with the "
			 "TSC deadline timer in the guest, fewer timers, and fewer wake-ups "
			 "between vCPUs.",
		.manual = SDM("APIC-Write VM Exits"),
	},
	{
		.code = 57,
		.class = REASON_INSTRUCTION,
		.name = "RDRAND",
		.summary = "A hardware random number is requested: RDRAND was executed",
		.cause = "This exit occurs only if the guest's CPUID does not offer RDRAND; KVM "
			 "injects #UD. A program executed RDRAND without checking CPUID.",
		.lower = "Offer RDRAND to the guest (QEMU -cpu ...,rdrand=on); it then does not "
			 "exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 58,
		.class = REASON_MEMORY,
		.name = "INVPCID",
		.summary = "The guest flushes translations of a PCID: INVPCID was executed",
		.cause = "This exit occurs only under shadow paging (ept=0), in guests that were "
			 "offered INVPCID: global flushes, and flushes of other address spaces "
			 "if the guest uses PCID.",
		.lower = "Use nested paging (ept=1): INVPCID then never exits. QEMU -cpu "
			 "...,invpcid=off only moves the cost to CR accesses.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 59,
		.class = REASON_INSTRUCTION,
		.name = "VMFUNC",
		.summary = "VMFUNC requested a VM function that is off or that failed",
		.cause = "A guest of a hypervisor inside the guest switches EPTs, which KVM "
			 "emulates. A guest that is not nested gets #UD.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM("VM Functions"),
	},
	{
		.code = 60,
		.class = REASON_INSTRUCTION,
		.name = "ENCLS",
		.summary = "An SGX system function is executed: ENCLS",
		.cause = "The guest's kernel builds or loads enclaves. If SGX is offered, KVM "
			 "intercepts only the leaves that it must check (ECREATE, and EINIT "
			 "without launch control). Without SGX it injects #UD.",
		.lower = "Start fewer enclaves. No setting avoids this exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 61,
		.class = REASON_INSTRUCTION,
		.name = "RDSEED",
		.summary = "A hardware random seed is requested: RDSEED was executed",
		.cause = "This exit occurs only if the guest's CPUID does not offer RDSEED; KVM "
			 "injects #UD. A program executed RDSEED without checking CPUID.",
		.lower = "Offer RDSEED to the guest (QEMU -cpu ...,rdseed=on); it then does not "
			 "exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 62,
		.class = REASON_MEMORY,
		.name = "PML_FULL",
		.summary = "The hardware's log of dirty pages is full",
		.cause = "This exit occurs while dirty pages are logged (live migration, "
			 "snapshots): once per 512 pages that the guest dirties between two "
			 "other exits.",
		.lower = "The exits end with the migration. pml=0 replaces them by far more EPT "
			 "violations.",
		.manual = SDM("Page-Modification Logging"),
	},
	{
		.code = 63,
		.class = REASON_INSTRUCTION,
		.name = "XSAVES",
		.summary = "XSAVES accessed supervisor state that is configured to exit",
		.cause = "KVM does not request this exit. It can occur for a nested guest whose "
			 "own hypervisor set the XSS-exiting bitmap.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 64,
		.class = REASON_INSTRUCTION,
		.name = "XRSTORS",
		.summary = "XRSTORS accessed supervisor state that is configured to exit",
		.cause = "KVM does not request this exit. It can occur for a nested guest whose "
			 "own hypervisor set the XSS-exiting bitmap.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 65,
		.class = REASON_INSTRUCTION,
		.name = "PCONFIG",
		.summary = "A platform feature is configured: PCONFIG was executed",
		.cause = "The guest configures memory-encryption keys. KVM does not let guests "
			 "use PCONFIG: they get #UD.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 66,
		.class = REASON_MEMORY,
		.name = "SPP_EVENT",
		.summary = "Sub-page write permissions are missing from their table or wrong",
		.cause = "The EPT can write-protect parts of a page. KVM does not use this "
			 "feature.",
		.lower = "Such an exit should never occur.",
		.manual = SDM("Sub-Page Write Permissions"),
	},
	{
		.code = 67,
		.class = REASON_INTERRUPT,
		.name = "UMWAIT",
		.summary = "A program waits for a memory write: UMWAIT was executed",
		.cause = "UMWAIT exits only together with RDTSC exiting, which KVM does not set. "
			 "The exit can occur for a nested guest whose own hypervisor set it.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 68,
		.class = REASON_INTERRUPT,
		.name = "TPAUSE",
		.summary = "A program pauses until a given time: TPAUSE was executed",
		.cause = "TPAUSE exits only together with RDTSC exiting, which KVM does not set. "
			 "The exit can occur for a nested guest whose own hypervisor set it.",
		.lower = "Such an exit should not occur in guests that are not nested.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 69,
		.class = REASON_INSTRUCTION,
		.name = "LOADIWKEY",
		.summary = "A wrapping key of Key Locker is loaded: LOADIWKEY was executed",
		.cause = "The guest uses Key Locker. KVM does not offer it.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 70,
		.class = REASON_INSTRUCTION,
		.name = "ENCLV",
		.summary = "An SGX virtualization function is executed: ENCLV",
		.cause = "A guest executed a hypervisor's function for oversubscribing enclave "
			 "memory. KVM does not set the control for it. Not all editions of the "
			 "manual contain this exit.",
		.lower = "Such an exit should never occur.",
		.manual = SDM("ENCLV-Exiting Bitmap"),
	},
	{
		.code = 72,
		.class = REASON_IO,
		.name = "ENQCMD_PASID",
		.summary = "ENQCMD: the address-space identifier of the process could not be "
			   "translated",
		.cause = "Work is submitted to an accelerator with PASID translation enabled, "
			 "which KVM does not use.",
		.lower = "Such an exit should never occur.",
		.manual = SDM("PASID Translation"),
	},
	{
		.code = 73,
		.class = REASON_IO,
		.name = "ENQCMDS_PASID",
		.summary = "ENQCMDS: the given address-space identifier could not be translated",
		.cause = "Work is submitted to an accelerator with PASID translation enabled, "
			 "which KVM does not use.",
		.lower = "Such an exit should never occur.",
		.manual = SDM("PASID Translation"),
	},
	{
		.code = 74,
		.class = REASON_MEMORY,
		.name = "BUS_LOCK",
		.summary = "The guest acquired a bus lock, which stalls all CPUs",
		.cause = "An atomic instruction accessed two cache lines or uncached memory. The "
			 "exit occurs only if the VMM requested it (KVM_CAP_X86_BUS_LOCK_EXIT; "
			 "QEMU -machine bus-lock-ratelimit=N). It comes after the instruction.",
		.lower = "Fix the program: align the data that it locks. A kernel that can "
			 "detect bus locks (split_lock_detect=warn) names the program.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 75,
		.class = REASON_OTHER,
		.name = "NOTIFY",
		.summary = "The CPU could not deliver an event for too long while it ran the guest",
		.cause = "A malicious or broken guest keeps the CPU in endless microcode (nested "
			 "exceptions). In principle, a very slow instruction can do so too. The "
			 "exit occurs only if the VMM requested it, as QEMU does if the CPU "
			 "supports it (-accel kvm,notify-vmexit=run,notify-window=N). The manual "
			 "calls this exit instruction timeout.",
		.lower = "Such an exit should not occur. Find out what the guest does before you "
			 "widen the window.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 76,
		.class = REASON_INSTRUCTION,
		.name = "SEAMCALL",
		.summary = "A guest calls the TDX module: SEAMCALL was executed",
		.cause = "The guest behaves as a TDX host. KVM injects #UD.",
		.lower = "Such an exit should not occur.",
		.manual = BASIC_REASONS "; 'Intel TDX Module Base Architecture Specification'",
	},
	{
		.code = 77,
		.class = REASON_INSTRUCTION,
		.name = "TDCALL",
		.summary = "A TDX guest calls its hypervisor: TDCALL (TDG.VP.VMCALL)",
		.cause = "A TDX guest uses this call for every request to KVM: CPUID, MSRs, port "
			 "and device accesses, HLT, conversion of pages. Other guests get #UD "
			 "from KVM.",
		.lower = "Apply what is listed for the exits that the call replaces: virtio, "
			 "fewer timers, fewer device accesses, and fewer conversions between "
			 "private and shared memory.",
		.manual = BASIC_REASONS "; 'Intel TDX Module Base Architecture Specification'",
	},
	{
		.code = 78,
		.class = REASON_INSTRUCTION,
		.name = "RDMSRLIST",
		.summary = "A list of model-specific registers is read: RDMSRLIST",
		.cause = "RDMSRLIST needs a control that KVM does not set: guests get #UD.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 79,
		.class = REASON_INSTRUCTION,
		.name = "WRMSRLIST",
		.summary = "A list of model-specific registers is written: WRMSRLIST",
		.cause = "WRMSRLIST needs a control that KVM does not set: guests get #UD.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 80,
		.class = REASON_INSTRUCTION,
		.name = "URDMSR",
		.summary = "A program reads a model-specific register: URDMSR",
		.cause = "Newer CPUs let user programs access MSRs. KVM does not offer this "
			 "feature to guests.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 81,
		.class = REASON_INSTRUCTION,
		.name = "UWRMSR",
		.summary = "A program writes a model-specific register: UWRMSR",
		.cause = "Newer CPUs let user programs access MSRs. KVM does not offer this "
			 "feature to guests.",
		.lower = "Such an exit should never occur.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 84,
		.class = REASON_INSTRUCTION,
		.name = "MSR_READ_IMM",
		.summary = "An MSR that KVM does not pass through is read: RDMSR with an immediate",
		.cause = "The causes are those of MSR_READ. This form of the instruction has the "
			 "register number as an immediate (newer CPUs and kernels).",
		.lower = "Apply what is listed for MSR_READ.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 85,
		.class = REASON_INTERRUPT,
		.name = "MSR_WRITE_IMM",
		.summary = "An MSR that KVM does not pass through is written: WRMSRNS with an "
			   "immediate",
		.cause = "The causes are those of MSR_WRITE. This form of the instruction has "
			 "the register number as an immediate (newer CPUs and kernels).",
		.lower = "Apply what is listed for MSR_WRITE.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 0x80000021,
		.class = REASON_OTHER,
		.name = "INVALID_STATE",
		.summary = "A VM entry failed: the guest's state is not valid",
		.cause = "The state that KVM or the VMM loaded breaks a rule for VM entries. On "
			 "old hosts, a guest in real or protected mode without "
			 "unrestricted_guest has this effect if KVM does not emulate it "
			 "(emulate_invalid_guest_state=0). The VM stops (KVM_EXIT_FAIL_ENTRY). A "
			 "hypervisor inside the guest can get this exit for its own guest.",
		.lower = "Such an exit should never occur: it means a bug in KVM or in the VMM, "
			 "or a damaged migration. kvm_intel dump_invalid_vmcs=1 logs the state.",
		.manual = SDM("VM-Entry Failures During or After Loading Guest State"),
	},
	{
		.code = 0x80000022,
		.class = REASON_OTHER,
		.name = "MSR_LOAD_FAIL",
		.summary = "A VM entry failed: a model-specific register could not be loaded",
		.cause = "An entry of the VM-entry MSR-load area is not allowed, or its value is "
			 "not valid. The VM stops, or a hypervisor inside the guest gets this "
			 "exit.",
		.lower = "Such an exit should never occur: it means a bug in KVM or in the inner "
			 "hypervisor.",
		.manual = SDM("VM-Entry Failures During or After Loading Guest State"),
	},
	{
		.code = 0x80000029,
		.class = REASON_OTHER,
		.name = "MCE_DURING_VMENTRY",
		.summary = "A VM entry failed: a machine check occurred during the entry",
		.cause = "The host had a hardware error at the moment of a VM entry. KVM passes "
			 "it to the host's machine-check handler and stops the VM.",
		.lower = "Read the host's machine-check log (rasdaemon, mcelog), and replace the "
			 "hardware.",
		.manual = SDM("Machine-Check Events During VM Entry"),
	},
};

const size_t reasons_vmx_count = ARRAY_SIZE(reasons_vmx);
