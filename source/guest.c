// SPDX-License-Identifier: GPL-2.0
/*
 * The source `guest` reads the CPUID leaves that vmtoll on the host provides to this virtual
 * machine. The native leaves report all figures. If the native leaves are off, the classic
 * leaves report only some of the figures, and origin.protocol describes which ones.
 */
#include "source/source.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/abi.h"
#include "model/isa.h"
#include "source/cpuid.h"
#include "source/dialect.h"
#include "uapi/vmtoll.h"

struct guest {
	bool native;
	bool assumed; /* the dialect is either split or split-swapped */
	unsigned int dialect;
	unsigned int isa;
};

bool source_native_present(void)
{
	struct cpuid_regs regs = cpuid_read(VMTOLL_LEAF_BASE, 0);

	return regs.ebx == VMTOLL_SIGNATURE_EBX && regs.ecx == VMTOLL_SIGNATURE_ECX &&
	       regs.edx == VMTOLL_SIGNATURE_EDX && regs.eax >= VMTOLL_LEAF_LAST;
}

bool source_guest_present(void)
{
	return source_native_present() || classic_detect();
}

static int wrong_abi(uint32_t theirs, struct complaint *complaint)
{
	char text[120];

	abi_mismatch(ABI_MODULE_ON_HOST, theirs, VMTOLL_ABI_VERSION, text, sizeof(text));
	return complain(complaint, -EPROTO, "%s: %s", text,
			abi_cure(ABI_MODULE_ON_HOST, theirs, VMTOLL_ABI_VERSION));
}

static int open_native(struct guest *guest, struct complaint *complaint)
{
	struct cpuid_regs info = cpuid_read(VMTOLL_LEAF_INFO, 0);

	if (info.eax != VMTOLL_ABI_VERSION)
		return wrong_abi(info.eax, complaint);
	if (!isa_find(info.edx) || !info.ecx)
		return complain(complaint, -EPROTO,
				"leaf 0x%x reports an invalid instruction set or TSC frequency "
				"(isa %u, %u kHz)",
				VMTOLL_LEAF_INFO, info.edx, info.ecx);
	guest->isa = info.edx;
	guest->dialect = VMTOLL_FEATURE_DIALECT(info.ebx);
	return 0;
}

/*
 * Return the dialect that the native leaves report, or detect it if there are no native leaves.
 */
static unsigned int dialect_here(void)
{
	if (source_native_present())
		return VMTOLL_FEATURE_DIALECT(cpuid_read(VMTOLL_LEAF_INFO, 0).ebx);
	return classic_detect();
}

static int open_classic(struct guest *guest, unsigned int dialect, struct complaint *complaint)
{
	char hypervisor[13];

	guest->isa = cpuid_isa();
	guest->dialect = dialect ? dialect : dialect_here();
	guest->assumed =
		!dialect && !source_native_present() && guest->dialect == VMTOLL_DIALECT_SPLIT;
	cpuid_hypervisor_name(hypervisor);
	if (!guest->dialect && !cpuid_is_guest())
		return complain(complaint, -ENODEV,
				"this is not a virtual machine: there are no CPUID leaves to read "
				"(on a host, use --source kmod)");
	if (!guest->dialect)
		return complain(complaint, -ENODEV,
				"the hypervisor of this virtual machine (\"%s\") implements no "
				"classic leaf (0x%x) %s",
				hypervisor, VMTOLL_CLASSIC_LAST,
				source_native_present()
					? "but the native ones: use --source guest"
					: "and no native one: " SOURCE_TURN_LEAVES_ON);
	if (!guest->isa)
		return complain(complaint, -EPROTO,
				"the CPU vendor is neither Intel nor AMD: the exit numbers of the "
				"classic leaves cannot be interpreted");
	if (guest->dialect > VMTOLL_DIALECT_REVERSED)
		return complain(
			complaint, -EPROTO,
			"vmtoll on the host reports dialect %u of the classic leaves, which this "
			"vmtoll does not know: use the tool of the host's release, or name the "
			"dialect with --dialect",
			guest->dialect);
	return 0;
}

static int guest_open(const char *path, const struct source_options *options, void **state,
		      struct complaint *complaint)
{
	bool classic = path && !strcmp(path, "classic");
	struct guest *guest;
	int error;

	if (path && !classic)
		return complain(
			complaint, -EINVAL,
			"--source guest:%s: no such source (available: guest, guest:classic)",
			path);
	guest = calloc(1, sizeof(*guest));
	if (!guest)
		return complain(complaint, -ENOMEM, "opening source guest: out of memory");
	guest->native = !classic && source_native_present();
	if (guest->native)
		error = open_native(guest, complaint);
	else
		error = open_classic(guest, options->dialect, complaint);
	if (error)
		free(guest);
	else
		*state = guest;
	return error;
}

static void guest_close(void *state)
{
	free(state);
}

/* The previous CPU affinity of the thread, for unpin(). */
struct pin {
	cpu_set_t *set;
	size_t bytes;
};

#define PIN_CPUS 8192

/* Pin the thread to its current CPU, because each vCPU has its own latch. */
static int pin_here(struct pin *pin, struct complaint *complaint)
{
	int cpu = sched_getcpu();
	cpu_set_t *one = CPU_ALLOC(PIN_CPUS);
	int error = 0;

	pin->bytes = CPU_ALLOC_SIZE(PIN_CPUS);
	pin->set = CPU_ALLOC(PIN_CPUS);
	if (!one || !pin->set) {
		error = ENOMEM;
	} else if (cpu < 0 || cpu >= PIN_CPUS || sched_getaffinity(0, pin->bytes, pin->set)) {
		error = errno;
	} else {
		CPU_ZERO_S(pin->bytes, one);
		CPU_SET_S(cpu, pin->bytes, one);
		if (sched_setaffinity(0, pin->bytes, one))
			error = errno;
	}
	CPU_FREE(one);
	if (!error)
		return 0;
	CPU_FREE(pin->set);
	return complain(complaint, -error, "pinning to CPU %d to read the leaves: %s", cpu,
			strerror(error));
}

static void unpin(struct pin *pin)
{
	sched_setaffinity(0, pin->bytes, pin->set);
	CPU_FREE(pin->set);
}

/* A subleaf returns two 64-bit values: the first in EBX:EAX, the second in EDX:ECX. */
struct two {
	uint64_t first;
	uint64_t second;
};

static struct two read_two(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs regs = cpuid_read(leaf, subleaf);

	return (struct two){ cpuid_pair(regs.eax, regs.ebx), cpuid_pair(regs.ecx, regs.edx) };
}

static void read_row(uint32_t index, struct snapshot_row *row)
{
	struct cpuid_regs head = cpuid_read(VMTOLL_LEAF_ROWS, 4 * index + VMTOLL_PART_EXITS);
	struct two kvm = read_two(VMTOLL_LEAF_ROWS, 4 * index + VMTOLL_PART_KVM);

	row->code = head.eax;
	row->flags = (head.ebx & VMTOLL_ROW_NESTED ? ROW_NESTED : 0) |
		     (head.ebx & VMTOLL_ROW_OTHER ? ROW_OTHER : 0) |
		     (head.ebx & VMTOLL_ROW_OBSERVER ? ROW_OBSERVER : 0);
	row->exits = cpuid_pair(head.ecx, head.edx);
	row->kvm_tsc = kvm.first;
	row->longest_tsc = kvm.second;
	if (head.ebx & VMTOLL_ROW_AWAY) {
		struct two away = read_two(VMTOLL_LEAF_ROWS, 4 * index + VMTOLL_PART_AWAY);

		row->vmm_tsc = away.first;
		row->halt_tsc = away.second;
	}
}

/*
 * Read the audit's figures. Without VMTOLL_FEATURE_UNSEEN, the module reports only the sum of
 * emulated and unseen exits. In this case, count all of these exits as unseen.
 */
static void read_audit(const struct origin *origin, struct snapshot_vcpu *vcpu)
{
	struct two audit = read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_AUDIT);
	uint64_t unseen = read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL).second;

	vcpu->audit.kvm_exits = audit.first;
	vcpu->audit.unseen = audit.second;
	if (!(origin->knows & KNOWS_EMULATED))
		return;
	vcpu->audit.unseen = unseen;
	vcpu->audit.emulated = audit.second - unseen;
}

static void read_totals(struct snapshot *snapshot, struct snapshot_vcpu *vcpu)
{
	struct two kvm = read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM);
	struct two observer = read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_OBSERVER);
	struct two time = read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_TIME);

	vcpu->has_total_exits = true;
	vcpu->total_exits = kvm.first;
	vcpu->total_kvm_tsc = kvm.second;
	vcpu->lost = observer.second;
	vcpu->wall_tsc = time.first;
	snapshot->clock_tsc = time.second;
	vcpu->audit.exits = kvm.first + observer.first;
	read_audit(&snapshot->origin, vcpu);
	if (snapshot->origin.knows & KNOWS_BOOKS) {
		struct two books = read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_BOOKS);

		vcpu->guest_tsc = books.first;
		vcpu->ready_tsc = books.second;
	}
}

#define BUSY_NS	    1000000
#define LATCH_STEPS 10000 /* more than a VM with thousands of vCPUs needs */

/*
 * Latch the counters. For a large VM, this takes several steps. If another process on this vCPU
 * discards the snapshot between two steps, the returned status is VMTOLL_LATCH_BUSY.
 */
static struct cpuid_regs latch_all_steps(uint32_t scope)
{
	struct cpuid_regs latch = cpuid_read(VMTOLL_LEAF_LATCH, scope);
	int steps = 0;

	while (latch.edx == VMTOLL_LATCH_PENDING && steps++ < LATCH_STEPS)
		latch = cpuid_read(VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM_NEXT);
	if (steps && latch.edx == VMTOLL_LATCH_NO_VCPU)
		latch.edx = VMTOLL_LATCH_BUSY;
	return latch;
}

static int latch_complain(uint32_t status, uint32_t scope, struct complaint *complaint)
{
	if (status == VMTOLL_LATCH_NO_VCPU)
		return complain(
			complaint, -ENOENT,
			"this virtual machine has no vCPU %u, or that vCPU has not run since vmtoll "
			"was attached",
			scope & ~0x80000000u);
	if (status == VMTOLL_LATCH_TOO_MANY)
		return complain(complaint, -E2BIG,
				"this virtual machine has more than 64 vCPUs, too many for one "
				"snapshot: select one with --vcpu N");
	return complain(complaint, -EPROTO, "latching the counters failed with status %u", status);
}

/*
 * Latch the counters and read all of them. Returns 1 if they are consistent. Returns 0 if
 * another reader latched the counters in the meantime or if a vCPU was busy; the caller may then
 * try again. Returns a negative errno on failure.
 */
static int native_try(uint32_t scope, struct snapshot *snapshot, struct snapshot_vcpu *vcpu,
		      struct complaint *complaint)
{
	struct cpuid_regs latch = latch_all_steps(scope);

	if (latch.edx == VMTOLL_LATCH_BUSY || latch.edx == VMTOLL_LATCH_PENDING) {
		/* Sleep, because the busy vCPU may need this CPU to finish its exit. */
		nanosleep(&(struct timespec){ .tv_nsec = BUSY_NS }, NULL);
		return 0;
	}
	if (latch.edx != VMTOLL_LATCH_OK)
		return latch_complain(latch.edx, scope, complaint);
	if (latch.eax > 65536)
		return complain(complaint, -EPROTO, "the leaves claim %u rows", latch.eax);
	if (snapshot_rows_alloc(snapshot, vcpu, latch.eax))
		return complain(complaint, -ENOMEM, "reading the leaves: out of memory");
	for (uint32_t i = 0; i < latch.eax; i++)
		read_row(i, &vcpu->row[i]);
	read_totals(snapshot, vcpu);
	vcpu->vcpus = latch.ecx;
	return read_two(VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL).first == latch.ebx;
}

#define LATCH_TRIES 100

/* Return the KNOWS_* bits for the VMTOLL_FEATURE_* bits of the host. */
static unsigned int native_knows(uint32_t features)
{
	unsigned int knows = KNOWS_ROW_TIME | KNOWS_LONGEST | KNOWS_LOST | KNOWS_AUDIT |
			     KNOWS_OBSERVER | KNOWS_WALL | KNOWS_OPEN_TIME;

	if (features & VMTOLL_FEATURE_VMM_TIME)
		knows |= KNOWS_VMM_TIME;
	if (features & VMTOLL_FEATURE_HALT_TIME)
		knows |= KNOWS_HALT_TIME;
	if (features & VMTOLL_FEATURE_BOOKS)
		knows |= KNOWS_BOOKS;
	if (features & VMTOLL_FEATURE_READY_TIME)
		knows |= KNOWS_READY;
	if (features & VMTOLL_FEATURE_UNSEEN)
		knows |= KNOWS_EMULATED;
	return knows;
}

static int read_native(const struct scope *scope, struct snapshot *snapshot,
		       struct snapshot_vcpu *vcpu, struct complaint *complaint)
{
	struct cpuid_regs info = cpuid_read(VMTOLL_LEAF_INFO, 0);
	uint32_t ecx = scope->vcpu < 0 ? VMTOLL_SCOPE_VM : VMTOLL_SCOPE_VCPU((uint32_t)scope->vcpu);
	struct origin *origin = &snapshot->origin;
	int done = 0;

	origin->knows = native_knows(info.ebx);
	for (int tries = 0; tries < LATCH_TRIES && !done; tries++)
		done = native_try(ecx, snapshot, vcpu, complaint);
	if (!done)
		return complain(
			complaint, -EAGAIN,
			"reading the leaves failed %d times: another process latched the counters in "
			"between, or a vCPU was in the middle of an exit; stop other readers on this "
			"machine",
			LATCH_TRIES);
	if (done < 0)
		return done;
	if (scope->vcpu < 0)
		vcpu->flags = VCPU_SUM;
	else
		vcpu->index = (uint32_t)scope->vcpu;
	origin->tsc_khz = info.ecx;
	origin->emulated = info.ebx & VMTOLL_FEATURE_EMULATED;
	origin->tsc_unreliable = info.ebx & VMTOLL_FEATURE_TSC_UNRELIABLE;
	snprintf(origin->source, sizeof(origin->source), "guest (CPUID leaf 0x%x)",
		 VMTOLL_LEAF_BASE);
	return 0;
}

static void classic_row(const struct guest *guest, uint32_t code, struct snapshot_vcpu *vcpu)
{
	struct classic_value value = classic_read_one(guest->dialect, code);
	struct snapshot_row *row = &vcpu->row[vcpu->rows];

	if (value.undefined || (!value.exits && !value.cycles))
		return;
	*row = (struct snapshot_row){ .code = code, .exits = value.exits, .kvm_tsc = value.cycles };
	vcpu->rows++;
}

/*
 * Read the classic leaves. They do not list the exit numbers that occurred, so read the leaves
 * for every exit reason in the catalogue.
 */
static int read_classic(const struct guest *guest, const struct scope *scope,
			struct snapshot *snapshot, struct snapshot_vcpu *vcpu,
			struct complaint *complaint)
{
	size_t names = reason_count(guest->isa);
	struct origin *origin = &snapshot->origin;
	struct classic_value all;

	if (scope->vcpu >= 0)
		return complain(
			complaint, -EINVAL,
			"--vcpu: the classic leaves cover the whole VM only, and the native "
			"leaves are off");
	if (snapshot_rows_alloc(snapshot, vcpu, names))
		return complain(complaint, -ENOMEM, "reading the leaves: out of memory");
	vcpu->rows = 0;
	for (size_t i = 0; i < names; i++)
		classic_row(guest, reason_at(guest->isa, i)->code, vcpu);
	all = classic_read_all(guest->dialect);
	vcpu->total_exits = all.exits;
	vcpu->total_kvm_tsc = all.cycles;
	vcpu->flags = VCPU_SUM;
	vcpu->vcpus = 0; /* the classic leaves do not report it */
	if (classic_has_row_time(guest->dialect))
		origin->knows |= KNOWS_ROW_TIME;
	snprintf(origin->source, sizeof(origin->source),
		 "guest (classic CPUID leaves, dialect %s%s)", dialect_name(guest->dialect),
		 guest->assumed ? " or split-swapped" : "");
	snprintf(
		origin->protocol, sizeof(origin->protocol),
		"the native leaves are off or were not requested; the classic leaves give exits by "
		"reason and cycles in KVM%s, at most 2^32 - 1 exits each, not all read at one "
		"moment, and no other times, no lost exits and no audit",
		origin->knows & KNOWS_ROW_TIME ? "" : " (the total only)");
	return 0;
}

static int guest_read(void *state, const struct scope *scope, struct snapshot *snapshot,
		      struct complaint *complaint)
{
	struct guest *guest = state;
	struct snapshot_vcpu *vcpu;
	struct snapshot_vm *vm;
	struct pin pin;
	int error;

	if (scope->pids)
		return complain(complaint, -EINVAL,
				"-p: a guest sees only its own VM, which has no pid here");
	vm = snapshot_vm_get(snapshot, 0, 0);
	vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
	if (!vcpu)
		return complain(complaint, -ENOMEM, "reading the leaves: out of memory");
	snapshot->origin.isa = guest->isa;
	error = pin_here(&pin, complaint);
	if (error)
		return error;
	if (guest->native)
		error = read_native(scope, snapshot, vcpu, complaint);
	else
		error = read_classic(guest, scope, snapshot, vcpu, complaint);
	unpin(&pin);
	return error;
}

const struct source_ops source_guest = {
	.name = "guest",
	.live = true,
	.open = guest_open,
	.read = guest_read,
	.close = guest_close,
};
