// SPDX-License-Identifier: GPL-2.0
/*
 * The exit reasons of Intel VMX: the basic exit reasons that the manual defines, failed
 * VM entries with bit 31. What KVM does with each is from arch/x86/kvm/vmx/vmx.c
 * (kvm_vmx_exit_handlers, vmx_exec_control(), vmx_secondary_exec_control()) of 6.1 to 7.2.
 */
#include "model/array.h"
#include "model/reason.h"

#define BASIC_REASONS "Intel SDM vol. 3, 'VMX Basic Exit Reasons' (appendix C)"
#define SDM(title)    BASIC_REASONS "; '" title "'"
#define SDM_ALWAYS    SDM("Instructions That Cause VM Exits Unconditionally")
#define SDM_IF_SET    SDM("Instructions That Cause VM Exits Conditionally")

/* Instructions of a hypervisor that runs inside the guest. */
#define NESTED_CAUSE(what)                    \
	"A hypervisor inside the guest " what \
	". With nested=0 KVM answers with #UD, so only a probing program gets here."

const struct reason reasons_vmx[] = {
	{
		.code = 0,
		.class = REASON_MEMORY,
		.name = "EXCEPTION_NMI",
		.summary = "An exception that KVM intercepts, or a non-maskable interrupt of the "
			   "host",
		.cause = "Under shadow paging (ept=0) nearly all are #PF: KVM sees every page "
			 "fault of the guest to build its shadow page tables or to pass the fault "
			 "on. Accesses to the memory of emulated devices come here too. Under "
			 "nested paging a few are left: NMIs of the host (perf, watchdog), #UD, "
			 "#DB and #AC, #MC, #NM when the guest uses AMX state, and all exceptions "
			 "of real mode without unrestricted_guest.",
		.lower = "Nested paging (ept=1) takes the page faults away. Under shadow paging: "
			 "fewer new processes and mappings, huge pages in guest and host. Fewer "
			 "NMIs: no perf session and no NMI watchdog on the host (nmi_watchdog=0).",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 1,
		.class = REASON_INTERRUPT,
		.name = "EXTERNAL_INTERRUPT",
		.summary = "An interrupt for the host arrived while the guest ran",
		.cause = "The host's own interrupts: its timer tick, inter-processor interrupts, "
			 "devices whose interrupts are handled on this CPU, and the kick that "
			 "makes a vCPU notice an event from another CPU. Mostly the host's doing, "
			 "not the guest's.",
		.lower = "Keep interrupts off the CPUs that run guests: isolcpus and nohz_full on "
			 "the host, IRQ affinity. Posted interrupts (enable_apicv=1, VT-d with "
			 "intremap) deliver virtual and assigned devices' interrupts without an "
			 "exit.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 2,
		.class = REASON_OTHER,
		.name = "TRIPLE_FAULT",
		.summary =
			"The guest's CPU shut down: an exception while delivering a double fault",
		.cause = "A guest kernel that crashed early or reboots on purpose through an empty "
			 "interrupt table (Linux: reboot=t, or as its last resort). KVM reports "
			 "shutdown to user space, and QEMU resets the machine.",
		.lower = "One per such reboot is normal. More than that means a guest that "
			 "crashes: read its console.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 3,
		.class = REASON_OTHER,
		.name = "INIT_SIGNAL",
		.summary = "A physical INIT signal arrived while the guest ran",
		.cause = "The host or its firmware sends INIT to a CPU that runs a guest. INITs "
			 "that a guest sends to its own vCPUs are emulated and do not appear here.",
		.lower = "Should never be seen; KVM has no handler for it and stops the VM with an "
			 "internal error.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 4,
		.class = REASON_OTHER,
		.name = "SIPI_SIGNAL",
		.summary = "A physical start-up IPI arrived while the vCPU was in wait-for-SIPI "
			   "state",
		.cause = "Only a vCPU whose VMCS has the activity state wait-for-SIPI can take it. "
			 "KVM waits for start-up IPIs in software, so only a nested guest could "
			 "come near.",
		.lower = "Should never be seen.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 5,
		.class = REASON_OTHER,
		.name = "IO_SMI",
		.summary = "A system-management interrupt right after an I/O instruction",
		.cause = "Only under the dual-monitor treatment of SMM, where firmware installs a "
			 "monitor of its own (STM). KVM does not use it.",
		.lower = "Should never be seen.",
		.manual = SDM("Dual-Monitor Treatment of SMIs and SMM"),
	},
	{
		.code = 6,
		.class = REASON_OTHER,
		.name = "OTHER_SMI",
		.summary = "A system-management interrupt, not caused by an I/O instruction",
		.cause = "While a TDX guest runs, an SMI of the host leaves through the TDX module "
			 "with this reason. For other guests only under the dual-monitor treatment "
			 "of SMM, which KVM does not use: there an SMI is invisible.",
		.lower = "Firmware settings: whatever makes the platform raise SMIs (power "
			 "capping, legacy USB, error logging).",
		.manual = SDM("Dual-Monitor Treatment of SMIs and SMM"),
	},
	{
		.code = 7,
		.class = REASON_INTERRUPT,
		.name = "INTERRUPT_WINDOW",
		.summary = "The guest is ready to take an interrupt that KVM holds for it",
		.cause = "An interrupt was pending while the guest had interrupts off (CLI, an "
			 "interrupt handler, the instruction after STI); KVM asked to be told when "
			 "they are on again. Only without APICv's virtual-interrupt delivery.",
		.lower = "APICv (kvm_intel enable_apicv=1, in-kernel irqchip): the hardware then "
			 "delivers pending interrupts itself. Otherwise fewer interrupts: a "
			 "tickless guest, virtio with event index, multiple queues.",
		.manual = SDM("Interrupt-Window Exiting and Virtual-Interrupt Delivery"),
	},
	{
		.code = 8,
		.class = REASON_INTERRUPT,
		.name = "NMI_WINDOW",
		.summary = "The guest is ready to take a non-maskable interrupt that KVM holds for "
			   "it",
		.cause = "A second NMI came while the guest still handled one, mostly from the "
			 "guest's perf or NMI watchdog with a virtual PMU; KVM waits for the "
			 "guest's IRET.",
		.lower = "Less sampling in the guest, nmi_watchdog=0 in the guest.",
		.manual = SDM("NMI-Window Exiting"),
	},
	{
		.code = 9,
		.class = REASON_INSTRUCTION,
		.name = "TASK_SWITCH",
		.summary = "The guest switches tasks by hardware, through a task gate or a TSS",
		.cause = "A far CALL or JMP to a TSS, an IRET from a nested task, or an interrupt "
			 "through a task gate. 32-bit systems only (old ones, and the double-fault "
			 "handler of 32-bit Linux); 64-bit mode has no task switches.",
		.lower = "A 64-bit guest. KVM emulates the whole switch, so each is slow.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 10,
		.class = REASON_INSTRUCTION,
		.name = "CPUID",
		.summary = "CPUID was executed",
		.cause = "Always exits. The guest's kernel and firmware ask while booting; the "
			 "dynamic linker and the C library ask some dozens of times at the start "
			 "of every process; some programs use it to serialize or to find their "
			 "CPU. Reading vmtoll's own leaves also comes here, but is booked on the "
			 "observer row.",
		.lower = "Nothing switches it off. Start fewer processes; do not use CPUID in "
			 "loops (RDTSCP, RDPID, getcpu() or SERIALIZE do not exit).",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 11,
		.class = REASON_INSTRUCTION,
		.name = "GETSEC",
		.summary = "GETSEC was executed",
		.cause = "Trusted execution (TXT) inside a guest. It needs CR4.SMXE, which KVM "
			 "lets no guest set: the guest gets #UD instead.",
		.lower = "Should never be seen.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 12,
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
		.manual = SDM_IF_SET,
	},
	{
		.code = 13,
		.class = REASON_INSTRUCTION,
		.name = "INVD",
		.summary = "INVD was executed: invalidate caches without writing them back",
		.cause = "Always exits. Firmware before memory is set up; no operating system uses "
			 "it. KVM skips the instruction.",
		.lower = "A few at power-on at most; nothing to do.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 14,
		.class = REASON_MEMORY,
		.name = "INVLPG",
		.summary = "The guest drops one page's translation: INVLPG was executed",
		.cause = "Shadow paging only (ept=0): KVM must drop the shadow entry too. The "
			 "guest's unmapping, copy-on-write, swapping and permission changes.",
		.lower = "Nested paging (ept=1): it then never exits. Under shadow paging: huge "
			 "pages in the guest, fewer forks and unmappings.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 15,
		.class = REASON_INSTRUCTION,
		.name = "RDPMC",
		.summary = "A performance counter is read: RDPMC was executed",
		.cause = "perf in the guest, or programs that read counters through mmap, with a "
			 "virtual PMU. Always intercepted where KVM emulates the PMU.",
		.lower = "Stop the guest's profiling, or take the PMU away (QEMU -cpu "
			 "...,pmu=off). Recent kernels can hand the PMU to the guest (mediated "
			 "vPMU), and then it does not exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 16,
		.class = REASON_INSTRUCTION,
		.name = "RDTSC",
		.summary = "The time-stamp counter is read: RDTSC was executed",
		.cause = "KVM lets RDTSC run without an exit. It appears for a nested guest whose "
			 "own hypervisor asked for these exits.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 17,
		.class = REASON_INSTRUCTION,
		.name = "RSM",
		.summary = "RSM was executed in system-management mode",
		.cause = "Only under the dual-monitor treatment of SMM. KVM emulates a guest's SMM "
			 "in software, including its RSM, which reaches KVM as #UD.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 18,
		.class = REASON_INSTRUCTION,
		.name = "VMCALL",
		.summary = "The guest calls the hypervisor: VMCALL was executed",
		.cause = "Paravirtual services of KVM: sending IPIs to many vCPUs at once, waking "
			 "a waiter on a spinlock, yielding to another vCPU, telling of shared "
			 "pages under memory encryption; Hyper-V calls of Windows guests.",
		.lower = "Mostly a saving: one call stands for many other exits. Too many kicks "
			 "(KVM_HC_KICK_CPU) mean more vCPUs than CPUs: give the guest fewer vCPUs, "
			 "or with dedicated CPUs kvm-hint-dedicated=on, which turns paravirtual "
			 "spinlocks off.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 19,
		.class = REASON_INSTRUCTION,
		.name = "VMCLEAR",
		.summary = "VMCLEAR of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("gives up or moves a VMCS, as when a vCPU changes CPU"),
		.lower = "In the guest: pin the vCPUs of its own guests, destroy fewer VMs.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 20,
		.class = REASON_INSTRUCTION,
		.name = "VMLAUNCH",
		.summary = "VMLAUNCH of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("enters its guest for the first time with a VMCS"),
		.lower = "The same as for VMRESUME: every exit that the nested guest avoids.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 21,
		.class = REASON_INSTRUCTION,
		.name = "VMPTRLD",
		.summary = "VMPTRLD of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("makes a VMCS current, at each switch between its vCPUs"),
		.lower = "In the guest: fewer vCPUs of nested guests per CPU, pinned.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 22,
		.class = REASON_INSTRUCTION,
		.name = "VMPTRST",
		.summary = "VMPTRST of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("asks which VMCS is current, which hardly any does"),
		.lower = "Rare; nothing to do.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 23,
		.class = REASON_INSTRUCTION,
		.name = "VMREAD",
		.summary = "VMREAD of a hypervisor inside the guest",
		.cause = NESTED_CAUSE(
			"reads a VMCS field that is not in the shadow VMCS, several times "
			"per exit of its own guest"),
		.lower = "Hardware with VMCS shadowing (kvm_intel enable_shadow_vmcs=1); for "
			 "Hyper-V in the guest the enlightened VMCS (QEMU hv-evmcs).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 24,
		.class = REASON_INSTRUCTION,
		.name = "VMRESUME",
		.summary = "VMRESUME of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("enters its guest again, once per exit that the nested guest "
				      "makes to it"),
		.lower = "Every exit that the nested guest avoids saves one: nested paging in the "
			 "inner hypervisor (ept=1 there too), virtio, few timers.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 25,
		.class = REASON_INSTRUCTION,
		.name = "VMWRITE",
		.summary = "VMWRITE of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("writes a VMCS field that is not in the shadow VMCS"),
		.lower = "Hardware with VMCS shadowing (kvm_intel enable_shadow_vmcs=1); for "
			 "Hyper-V in the guest the enlightened VMCS (QEMU hv-evmcs).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 26,
		.class = REASON_INSTRUCTION,
		.name = "VMOFF",
		.alias = "VMXOFF",
		.summary = "VMXOFF of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("leaves VMX operation, as when its module is unloaded"),
		.lower = "Rare; nothing to do.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 27,
		.class = REASON_INSTRUCTION,
		.name = "VMON",
		.alias = "VMXON",
		.summary = "VMXON of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("enters VMX operation, once per vCPU"),
		.lower = "Rare; nothing to do.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 28,
		.class = REASON_MEMORY,
		.name = "CR_ACCESS",
		.summary = "A control register is accessed: MOV to or from CR, CLTS or LMSW",
		.cause = "Under shadow paging (ept=0) every MOV to CR3, that is every switch of "
			 "the guest's address space, and changes of CR4.PGE: the bulk. Under "
			 "nested paging only changes of the bits of CR0 and CR4 that KVM keeps "
			 "(mode switches, caching, features), and CR8 without a TPR shadow.",
		.lower = "Nested paging (ept=1). Under shadow paging: fewer context switches "
			 "between processes, threads instead of processes, no page-table isolation "
			 "in the guest (pti=off, if the guest can do without), which switches CR3 "
			 "at each system call.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 29,
		.class = REASON_INSTRUCTION,
		.name = "DR_ACCESS",
		.summary = "A debug register is accessed: MOV to or from DR",
		.cause = "Debuggers and hardware breakpoints in the guest, and kernels that read "
			 "or clear DR6 and DR7 at boot and in debug exceptions. KVM intercepts "
			 "only the first access after an exit and then hands the registers over "
			 "until the next exit.",
		.lower = "No hardware breakpoints or watchpoints in the guest.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 30,
		.class = REASON_IO,
		.name = "IO_INSTRUCTION",
		.summary = "An I/O port is accessed: IN, OUT, INS or OUTS",
		.cause = "Emulated devices: serial port, IDE, PS/2, PCI configuration "
			 "(0xcf8/0xcfc), the ACPI PM timer, the CMOS clock (0x70/0x71), legacy "
			 "virtio. Booting firmware makes most of them. Many go out to user space, "
			 "which costs several times an exit that stays in KVM.",
		.lower = "Modern virtio devices (their doorbells are memory-mapped and go through "
			 "ioeventfd), no serial console in daily use, clocksource kvm-clock or tsc "
			 "instead of acpi_pm, machine type microvm or fewer legacy devices, an "
			 "in-kernel irqchip and PIT.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 31,
		.class = REASON_INSTRUCTION,
		.name = "MSR_READ",
		.summary = "A model-specific register (MSR) that is not passed through is read: "
			   "RDMSR",
		.cause = "The guest's drivers for power, temperature and performance counters, "
			 "x2APIC registers without APICv, Hyper-V time and reference counters, "
			 "tools such as rdmsr. Frequent registers (FS and GS base and the like) "
			 "are passed through by the MSR bitmap.",
		.lower = "x2APIC with APICv (enable_apicv=1); unload the guest's monitoring "
			 "drivers; pmu=off if nobody needs the counters.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 32,
		.class = REASON_INTERRUPT,
		.name = "MSR_WRITE",
		.summary = "A model-specific register (MSR) that is not passed through is written: "
			   "WRMSR",
		.cause = "Mostly the guest's timer (IA32_TSC_DEADLINE, at each tick or sleep), and "
			 "in x2APIC mode the sending of IPIs and, without APICv, each end of "
			 "interrupt. Also performance counters and Hyper-V timers.",
		.lower = "A tickless guest with fewer timers (nohz=on, HZ=100, coarser polling); "
			 "x2APIC with APICv (enable_apicv=1) for the end of interrupt; IPI "
			 "virtualization (enable_ipiv=1, newer CPUs) for IPIs.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 36,
		.class = REASON_INTERRUPT,
		.name = "MWAIT_INSTRUCTION",
		.alias = "MWAIT",
		.summary = "The vCPU waits for a memory write: MWAIT was executed",
		.cause = "An idle loop that uses MWAIT although the guest's CPUID does not offer "
			 "it. KVM treats it as a no-operation, so the guest spins.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests with "
			 "QEMU's -overcommit cpu-pm=on: then it does not exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 37,
		.class = REASON_OTHER,
		.name = "MONITOR_TRAP_FLAG",
		.alias = "MTF",
		.summary = "The guest executed one instruction in single step for its hypervisor",
		.cause = "The monitor trap flag of a nested guest, set by the hypervisor inside "
			 "the guest (its debugger or introspection). KVM does not set it for its "
			 "own guests.",
		.lower = "Should not be seen in plain guests; stop the inner debugger.",
		.manual = SDM("Monitor Trap Flag"),
	},
	{
		.code = 39,
		.class = REASON_INTERRUPT,
		.name = "MONITOR_INSTRUCTION",
		.alias = "MONITOR",
		.summary = "An address to wait on is set up: MONITOR was executed",
		.cause = "An idle loop that uses MONITOR and MWAIT although the guest's CPUID does "
			 "not offer them. KVM treats it as a no-operation.",
		.lower = "Make the guest idle with HLT (idle=halt), or allow MWAIT in guests with "
			 "QEMU's -overcommit cpu-pm=on.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 40,
		.class = REASON_INTERRUPT,
		.name = "PAUSE_INSTRUCTION",
		.alias = "PAUSE",
		.summary = "The vCPU spins: a loop of PAUSE ran longer than the limit",
		.cause = "Spinning on a lock whose holder, another vCPU, does not run: more vCPUs "
			 "than CPUs, or a host that is busy. KVM then yields to another vCPU of "
			 "the VM.",
		.lower = "Fewer vCPUs than CPUs, pinned vCPUs; paravirtual spinlocks in the guest. "
			 "On dedicated CPUs raise ple_window or turn it off (kvm_intel ple_gap=0), "
			 "or -overcommit cpu-pm=on.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 43,
		.class = REASON_INTERRUPT,
		.name = "TPR_BELOW_THRESHOLD",
		.summary =
			"The guest lowered its task priority so that a held interrupt may come in",
		.cause = "With a TPR shadow but without APICv, a guest that masks interrupts by "
			 "priority: Windows writes CR8 or the TPR all the time; Linux does not.",
		.lower = "APICv (enable_apicv=1): the hardware then delivers the interrupt itself.",
		.manual = SDM("VM Exits Induced by the TPR Threshold"),
	},
	{
		.code = 44,
		.class = REASON_INTERRUPT,
		.name = "APIC_ACCESS",
		.summary = "The memory-mapped local APIC is accessed (xAPIC mode)",
		.cause = "A guest that does not use x2APIC: reading and writing APIC registers, "
			 "above all end of interrupt, interrupt command and timer. With APICv only "
			 "the accesses are left that the hardware cannot serve.",
		.lower = "x2APIC in the guest (QEMU -cpu ...,x2apic=on; do not boot with "
			 "nox2apic), APICv (enable_apicv=1), paravirtual end of interrupt "
			 "(kvm-pv-eoi).",
		.manual = SDM("Virtualizing Memory-Mapped APIC Accesses"),
	},
	{
		.code = 45,
		.class = REASON_INTERRUPT,
		.name = "EOI_INDUCED",
		.summary = "End of an interrupt that KVM must hear of (APICv)",
		.cause = "With APICv the end of a level-triggered interrupt of the emulated I/O "
			 "APIC: legacy devices, INTx, assigned devices without MSI, the PIT where "
			 "ticks are reinjected.",
		.lower = "Message-signalled interrupts (MSI, MSI-X): virtio-pci uses them by "
			 "itself.",
		.manual = SDM("EOI Virtualization"),
	},
	{
		.code = 46,
		.class = REASON_INSTRUCTION,
		.name = "GDTR_IDTR",
		.summary = "A descriptor-table register is accessed: LGDT, LIDT, SGDT or SIDT",
		.cause = "Only where KVM emulates UMIP: the CPU lacks it, the guest was offered it "
			 "and set CR4.UMIP. The loads come from a guest kernel that switches "
			 "tables, the stores from programs that probe.",
		.lower = "A CPU with UMIP, or do not offer it (QEMU -cpu ...,umip=off).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 47,
		.class = REASON_INSTRUCTION,
		.name = "LDTR_TR",
		.summary = "The LDT or task register is accessed: LLDT, LTR, SLDT or STR",
		.cause = "Only where KVM emulates UMIP: the CPU lacks it, the guest was offered it "
			 "and set CR4.UMIP.",
		.lower = "A CPU with UMIP, or do not offer it (QEMU -cpu ...,umip=off).",
		.manual = SDM_IF_SET,
	},
	{
		.code = 48,
		.class = REASON_MEMORY,
		.name = "EPT_VIOLATION",
		.summary = "Guest memory is not mapped, or not so, in the EPT (nested paging)",
		.cause = "The first touch of each guest page (or huge page), and each touch after "
			 "the host took it away: swapping, KSM, NUMA balancing, page migration, "
			 "splitting for execution (nx_huge_pages), write protection for dirty "
			 "logging, ballooning. Also writes to ROM and the first touch of device "
			 "memory.",
		.lower = "Huge pages for guest memory (hugetlbfs or transparent), memory touched "
			 "in advance (QEMU prealloc=on), locked against swapping; no automatic "
			 "NUMA balancing for pinned VMs. After warm-up few are left.",
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
			 "tables, PCI configuration in memory, HPET, VGA. Doorbells with ioeventfd "
			 "stay in KVM and are cheap; the others go out to user space.",
		.lower = "vhost, or vDPA and assigned devices whose registers are mapped into the "
			 "guest; virtio's event index and larger batches for fewer doorbells; "
			 "kvm-clock or tsc instead of hpet.",
		.manual = SDM("EPT Misconfigurations"),
	},
	{
		.code = 50,
		.class = REASON_MEMORY,
		.name = "INVEPT",
		.summary = "INVEPT of a hypervisor inside the guest",
		.cause = NESTED_CAUSE("changes its own EPT: its guests' memory is remapped"),
		.lower = "In the guest: huge pages and touched memory for its own guests.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 51,
		.class = REASON_INSTRUCTION,
		.name = "RDTSCP",
		.summary = "The time-stamp counter and CPU number are read: RDTSCP was executed",
		.cause = "KVM lets RDTSCP run without an exit. It appears for a nested guest whose "
			 "own hypervisor asked for these exits.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 52,
		.class = REASON_INTERRUPT,
		.name = "PREEMPTION_TIMER",
		.summary = "The VMX preemption timer ran out: a timer of the guest is due",
		.cause = "KVM runs the guest's APIC timer on it while the vCPU runs; each is a "
			 "tick or timer of the guest. KVM also sets it to zero to force an "
			 "immediate exit.",
		.lower = "A tickless guest with fewer timers (nohz_full or HZ=100 in the guest). "
			 "preemption_timer=0 only turns these exits into external interrupts.",
		.manual = SDM("VMX-Preemption Timer"),
	},
	{
		.code = 53,
		.class = REASON_MEMORY,
		.name = "INVVPID",
		.summary = "INVVPID of a hypervisor inside the guest",
		.cause = NESTED_CAUSE(
			"drops translations of its guest, often if it uses shadow paging"),
		.lower = "In the guest: nested paging (ept=1) for its own guests.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 54,
		.class = REASON_INSTRUCTION,
		.name = "WBINVD",
		.alias = "WBNOINVD",
		.summary = "Caches are written back: WBINVD or WBNOINVD was executed",
		.cause = "Firmware and kernels that set up memory types (MTRR, PAT), suspend, or "
			 "stop a CPU; graphics drivers. KVM flushes the caches only if a device "
			 "assigned to the guest does not snoop them, else it does nothing.",
		.lower = "Rare; with an assigned device that snoops (the IOMMU enforces it) each "
			 "is at least cheap.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 55,
		.class = REASON_INSTRUCTION,
		.name = "XSETBV",
		.summary = "An extended control register is written: XSETBV was executed",
		.cause = "Always exits. The guest's kernel chooses the FPU features to save, once "
			 "per vCPU at boot; a hypervisor inside the guest at each switch.",
		.lower = "Nothing to do.",
		.manual = SDM_ALWAYS,
	},
	{
		.code = 56,
		.class = REASON_INTERRUPT,
		.name = "APIC_WRITE",
		.summary = "A write to the virtual APIC page that KVM must act on (APICv)",
		.cause = "With APICv a register that has effects: interrupt command (sending "
			 "IPIs), timer count and divider, local vector table. The exit comes after "
			 "the write.",
		.lower = "IPI virtualization (enable_ipiv=1, newer CPUs); x2APIC with the TSC "
			 "deadline timer in the guest; fewer timers and wake-ups between vCPUs.",
		.manual = SDM("APIC-Write VM Exits"),
	},
	{
		.code = 57,
		.class = REASON_INSTRUCTION,
		.name = "RDRAND",
		.summary = "A hardware random number is asked for: RDRAND was executed",
		.cause = "Only where the guest's CPUID does not offer RDRAND: KVM answers with "
			 "#UD. A program that does not check first.",
		.lower = "Offer it to the guest (QEMU -cpu ...,rdrand=on): then it does not exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 58,
		.class = REASON_MEMORY,
		.name = "INVPCID",
		.summary =
			"The guest drops translations by process-context id: INVPCID was executed",
		.cause = "Shadow paging only (ept=0), in guests that were offered it: global "
			 "flushes, and flushes of other address spaces where the guest uses PCID.",
		.lower = "Nested paging (ept=1): it then never exits. QEMU -cpu ...,invpcid=off "
			 "only moves the cost to CR accesses.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 59,
		.class = REASON_INSTRUCTION,
		.name = "VMFUNC",
		.summary = "VMFUNC asked for a VM function that is off or that failed",
		.cause = "EPT switching by a guest of a hypervisor inside the guest, which KVM "
			 "emulates; a plain guest gets #UD.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM("VM Functions"),
	},
	{
		.code = 60,
		.class = REASON_INSTRUCTION,
		.name = "ENCLS",
		.summary = "An SGX system function is executed: ENCLS",
		.cause = "The guest's kernel builds or loads enclaves. With SGX offered KVM "
			 "intercepts only the leaves that it must check (ECREATE, and EINIT "
			 "without launch control); without SGX it answers with #UD.",
		.lower = "Start fewer enclaves; nothing switches it off.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 61,
		.class = REASON_INSTRUCTION,
		.name = "RDSEED",
		.summary = "A hardware random seed is asked for: RDSEED was executed",
		.cause = "Only where the guest's CPUID does not offer RDSEED: KVM answers with "
			 "#UD. A program that does not check first.",
		.lower = "Offer it to the guest (QEMU -cpu ...,rdseed=on): then it does not exit.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 62,
		.class = REASON_MEMORY,
		.name = "PML_FULL",
		.summary = "The hardware's log of dirtied pages is full",
		.cause = "While dirty pages are logged (live migration, snapshots): one per 512 "
			 "pages that the guest dirties between two other exits.",
		.lower = "It ends with the migration. pml=0 replaces it by far more EPT "
			 "violations.",
		.manual = SDM("Page-Modification Logging"),
	},
	{
		.code = 63,
		.class = REASON_INSTRUCTION,
		.name = "XSAVES",
		.summary = "XSAVES touched supervisor state that is to exit",
		.cause = "KVM asks for no such exit. It can appear for a nested guest whose own "
			 "hypervisor set the XSS-exiting bitmap.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 64,
		.class = REASON_INSTRUCTION,
		.name = "XRSTORS",
		.summary = "XRSTORS touched supervisor state that is to exit",
		.cause = "KVM asks for no such exit. It can appear for a nested guest whose own "
			 "hypervisor set the XSS-exiting bitmap.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 65,
		.class = REASON_INSTRUCTION,
		.name = "PCONFIG",
		.summary = "A platform feature is configured: PCONFIG was executed",
		.cause = "Memory-encryption keys. KVM does not let guests use it: they get #UD.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 66,
		.class = REASON_MEMORY,
		.name = "SPP_EVENT",
		.summary = "Sub-page write permissions are missing or wrong in their table",
		.cause = "Write protection of parts of a page by the EPT, which KVM does not use.",
		.lower = "Should never be seen.",
		.manual = SDM("Sub-Page Write Permissions"),
	},
	{
		.code = 67,
		.class = REASON_INTERRUPT,
		.name = "UMWAIT",
		.summary = "A program waits for a memory write: UMWAIT was executed",
		.cause = "It exits only together with RDTSC exiting, which KVM does not set: a "
			 "nested guest whose own hypervisor did.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 68,
		.class = REASON_INTERRUPT,
		.name = "TPAUSE",
		.summary = "A program pauses until a time: TPAUSE was executed",
		.cause = "It exits only together with RDTSC exiting, which KVM does not set: a "
			 "nested guest whose own hypervisor did.",
		.lower = "Should not be seen in plain guests.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 69,
		.class = REASON_INSTRUCTION,
		.name = "LOADIWKEY",
		.summary = "A wrapping key of Key Locker is loaded: LOADIWKEY was executed",
		.cause = "Key Locker in the guest. KVM does not offer it.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 70,
		.class = REASON_INSTRUCTION,
		.name = "ENCLV",
		.summary = "An SGX virtualization function is executed: ENCLV",
		.cause = "A hypervisor's function for oversubscribing enclave memory, executed in "
			 "a guest. KVM does not set the control for it. Not all editions of the "
			 "manual have it.",
		.lower = "Should never be seen.",
		.manual = SDM("ENCLV-Exiting Bitmap"),
	},
	{
		.code = 72,
		.class = REASON_IO,
		.name = "ENQCMD_PASID",
		.summary = "ENQCMD: the process's address-space id could not be translated",
		.cause = "Work submitted to an accelerator with PASID translation on, which KVM "
			 "does not use.",
		.lower = "Should never be seen.",
		.manual = SDM("PASID Translation"),
	},
	{
		.code = 73,
		.class = REASON_IO,
		.name = "ENQCMDS_PASID",
		.summary = "ENQCMDS: the given address-space id could not be translated",
		.cause = "Work submitted to an accelerator with PASID translation on, which KVM "
			 "does not use.",
		.lower = "Should never be seen.",
		.manual = SDM("PASID Translation"),
	},
	{
		.code = 74,
		.class = REASON_MEMORY,
		.name = "BUS_LOCK",
		.summary = "The guest took a bus lock, which stalls all CPUs",
		.cause = "An atomic instruction across two cache lines, or on uncached memory. "
			 "Only if the VMM asked for these exits (KVM_CAP_X86_BUS_LOCK_EXIT; QEMU "
			 "-machine bus-lock-ratelimit=N). The exit comes after the instruction.",
		.lower = "Repair the program: align what it locks. A kernel that can watch for it "
			 "(split_lock_detect=warn) names the program.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 75,
		.class = REASON_OTHER,
		.name = "NOTIFY",
		.summary = "The CPU could not take an event for too long inside the guest",
		.cause = "A malicious or broken guest that keeps the CPU in endless microcode "
			 "(nested exceptions); in principle also a very slow instruction. Only if "
			 "the VMM asked for it, as QEMU does where the CPU can (-accel "
			 "kvm,notify-vmexit=run,notify-window=N). The manual calls it instruction "
			 "timeout.",
		.lower = "Should not be seen; find out what the guest does before widening the "
			 "window.",
		.manual = SDM("Other Causes of VM Exits"),
	},
	{
		.code = 76,
		.class = REASON_INSTRUCTION,
		.name = "SEAMCALL",
		.summary = "A call to the TDX module from a guest: SEAMCALL was executed",
		.cause = "A guest that takes itself for a TDX host. KVM answers with #UD.",
		.lower = "Should not be seen.",
		.manual = BASIC_REASONS "; 'Intel TDX Module Base Architecture Specification'",
	},
	{
		.code = 77,
		.class = REASON_INSTRUCTION,
		.name = "TDCALL",
		.summary = "A TDX guest calls its hypervisor: TDCALL (TDG.VP.VMCALL)",
		.cause = "Everything a TDX guest asks of KVM: CPUID, MSRs, port and device "
			 "accesses, HLT, conversion of pages. In other guests KVM answers with "
			 "#UD.",
		.lower = "As for the exits that it stands for: virtio, fewer timers, less device "
			 "access; fewer conversions between private and shared memory.",
		.manual = BASIC_REASONS "; 'Intel TDX Module Base Architecture Specification'",
	},
	{
		.code = 78,
		.class = REASON_INSTRUCTION,
		.name = "RDMSRLIST",
		.summary = "A list of model-specific registers is read: RDMSRLIST",
		.cause = "It needs a control that KVM does not set: guests get #UD.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 79,
		.class = REASON_INSTRUCTION,
		.name = "WRMSRLIST",
		.summary = "A list of model-specific registers is written: WRMSRLIST",
		.cause = "It needs a control that KVM does not set: guests get #UD.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 80,
		.class = REASON_INSTRUCTION,
		.name = "URDMSR",
		.summary = "A program reads a model-specific register: URDMSR",
		.cause = "User-mode MSR access of newer CPUs, which KVM does not offer to guests.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 81,
		.class = REASON_INSTRUCTION,
		.name = "UWRMSR",
		.summary = "A program writes a model-specific register: UWRMSR",
		.cause = "User-mode MSR access of newer CPUs, which KVM does not offer to guests.",
		.lower = "Should never be seen.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 84,
		.class = REASON_INSTRUCTION,
		.name = "MSR_READ_IMM",
		.summary = "An MSR that KVM does not pass through is read: RDMSR with an immediate",
		.cause = "As MSR_READ, in the form of the instruction that names the register "
			 "itself (newer CPUs and kernels).",
		.lower = "As for MSR_READ.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 85,
		.class = REASON_INTERRUPT,
		.name = "MSR_WRITE_IMM",
		.summary = "An MSR that KVM does not pass through is written: WRMSRNS with an "
			   "immediate",
		.cause = "As MSR_WRITE, in the form of the instruction that names the register "
			 "itself (newer CPUs and kernels).",
		.lower = "As for MSR_WRITE.",
		.manual = SDM_IF_SET,
	},
	{
		.code = 0x80000021,
		.class = REASON_OTHER,
		.name = "INVALID_STATE",
		.summary = "A VM entry failed: the guest's state is not valid",
		.cause = "The state that KVM or the VMM loaded breaks a rule for VM entries; on "
			 "old hosts a guest in real or protected mode without unrestricted_guest "
			 "that KVM does not emulate (emulate_invalid_guest_state=0). The VM stops "
			 "(KVM_EXIT_FAIL_ENTRY). A hypervisor inside the guest can get it for its "
			 "own guest.",
		.lower = "Should never be seen: a fault of KVM, the VMM or a damaged migration. "
			 "kvm_intel dump_invalid_vmcs=1 logs the state.",
		.manual = SDM("VM-Entry Failures During or After Loading Guest State"),
	},
	{
		.code = 0x80000022,
		.class = REASON_OTHER,
		.name = "MSR_LOAD_FAIL",
		.summary = "A VM entry failed: a model-specific register could not be loaded",
		.cause = "An entry of the VM-entry MSR-load area is not allowed or its value is "
			 "not valid. The VM stops, or a hypervisor inside the guest gets it.",
		.lower = "Should never be seen: a fault of KVM or of the inner hypervisor.",
		.manual = SDM("VM-Entry Failures During or After Loading Guest State"),
	},
	{
		.code = 0x80000029,
		.class = REASON_OTHER,
		.name = "MCE_DURING_VMENTRY",
		.summary = "A VM entry failed: a machine check came during it",
		.cause = "A hardware error of the host at the moment of a VM entry. KVM passes it "
			 "to the host's machine-check handler and stops the VM.",
		.lower = "Look into the host's machine-check log (rasdaemon, mcelog); replace the "
			 "hardware.",
		.manual = SDM("Machine-Check Events During VM Entry"),
	},
};

const size_t reasons_vmx_count = ARRAY_SIZE(reasons_vmx);
