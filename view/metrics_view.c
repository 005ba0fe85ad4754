// SPDX-License-Identifier: GPL-2.0
/* Write metrics for Prometheus, see metrics_view.h. */
#include "view/metrics_view.h"

#include <inttypes.h>
#include <string.h>

#include "analysis/percentile.h"
#include "model/array.h"
#include "model/isa.h"
#include "model/text.h"
#include "model/units.h"
#include "view/reason_label.h"

enum family_type { FAMILY_COUNTER, FAMILY_GAUGE, FAMILY_INFO, FAMILY_HISTOGRAM };

struct page;

/**
 * struct family - one metric family
 * @name: the name without the suffix _total or _info
 * @unit: the unit, which is also the last part of @name; NULL if there is none
 * @put: write the samples
 */
struct family {
	const char *name;
	enum family_type type;
	const char *unit;
	const char *help;
	void (*put)(struct page *page);
};

#define LABEL_BYTES  (4 * 96 + 8) /* the size of an escaped name */
#define LABELS_BYTES (4 * LABEL_BYTES)

/**
 * struct page - a page of metrics while it is being written
 * @family: the current family
 * @has_header: true if put_header() has written the lines above the samples of the family
 * @series: number of samples that have been written
 * @labels: the labels of the current VM or vCPU
 */
struct page {
	const struct metrics_view *view;
	const struct tally *tally;
	enum metrics_format format;
	FILE *out;
	const struct family *family;
	bool has_header;
	uint64_t series;
	char labels[LABELS_BYTES];
};

static const char *const type_names[METRICS_FORMATS][4] = {
	[METRICS_TEXT] = { "counter", "gauge", "gauge", "histogram" },
	[METRICS_OPENMETRICS] = { "counter", "gauge", "info", "histogram" },
};

static const char *type_suffix(enum family_type type)
{
	switch (type) {
	case FAMILY_COUNTER:
		return "_total";
	case FAMILY_INFO:
		return "_info";
	case FAMILY_GAUGE:
	case FAMILY_HISTOGRAM:
		break;
	}
	return "";
}

/*
 * Write the lines that precede the samples of the current family, unless they have been written
 * already. In the text format of Prometheus, the name in these lines ends with the suffix of the
 * samples, such as _total. In OpenMetrics, it does not.
 */
static void put_header(struct page *page)
{
	const struct family *family = page->family;
	const char *suffix = page->format == METRICS_TEXT ? type_suffix(family->type) : "";

	if (page->has_header)
		return;
	page->has_header = true;
	fprintf(page->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", family->name, suffix, family->help,
		family->name, suffix, type_names[page->format][family->type]);
	if (family->unit && page->format == METRICS_OPENMETRICS)
		fprintf(page->out, "# UNIT %s %s\n", family->name, family->unit);
}

/* Write one sample. @more are labels in addition to those of the page. */
static void put_sample(struct page *page, const char *suffix, const char *more, const char *value)
{
	const char *separator = page->labels[0] && *more ? "," : "";
	bool has_labels = page->labels[0] || *more;

	put_header(page);
	fputs_unlocked(page->family->name, page->out);
	fputs_unlocked(suffix, page->out);
	if (has_labels) {
		fputs_unlocked("{", page->out);
		fputs_unlocked(page->labels, page->out);
		fputs_unlocked(separator, page->out);
		fputs_unlocked(more, page->out);
		fputs_unlocked("}", page->out);
	}
	fputs_unlocked(" ", page->out);
	fputs_unlocked(value, page->out);
	fputs_unlocked("\n", page->out);
	page->series++;
}

static void put_count(struct page *page, const char *more, uint64_t count)
{
	char value[24];

	snprintf(value, sizeof(value), "%" PRIu64, count);
	put_sample(page, type_suffix(page->family->type), more, value);
}

static const char *seconds_text(uint64_t ns, char *text, size_t bytes)
{
	snprintf(text, bytes, "%" PRIu64 ".%09" PRIu64, ns / 1000000000u, ns % 1000000000u);
	return text;
}

static void put_ns(struct page *page, const char *more, uint64_t ns)
{
	char value[40];

	put_sample(page, type_suffix(page->family->type), more,
		   seconds_text(ns, value, sizeof(value)));
}

static void put_tsc(struct page *page, const char *more, uint64_t tsc)
{
	put_ns(page, more, tsc_to_ns(tsc, page->tally->origin.tsc_khz));
}

/* Escape the value of a label: backslashes, quotes and newlines. Invalid UTF-8 is replaced. */
static const char *escape(const char *from, char *to, size_t bytes)
{
	char text[LABEL_BYTES];
	size_t used = 0;

	text_copy(from, text, sizeof(text));
	for (const char *c = text; *c && used + 3 < bytes; c++) {
		if (*c == '\\' || *c == '"' || *c == '\n')
			to[used++] = '\\';
		to[used++] = *c == '\n' ? 'n' : *c;
	}
	to[used] = '\0';
	return to;
}

/* Use the labels of a VM, or of one of its vCPUs, for the following samples. */
static void use_vm(struct page *page, const struct tally_vm *vm, const struct tally_unit *unit)
{
	char label[2 * LABEL_BYTES];
	size_t used = (size_t)snprintf(page->labels, sizeof(page->labels), "vm=\"%s\"",
				       escape(vm->label, label, sizeof(label)));

	if (unit && page->tally->options.per_vcpu)
		snprintf(page->labels + used, sizeof(page->labels) - used, ",vcpu=\"%u\"",
			 unit->vcpu);
}

/* Call @put for each VM, with the labels of this VM. */
static void each_vm(struct page *page, void (*put)(struct page *page, const struct tally_vm *vm))
{
	for (size_t i = 0; i < page->tally->vms; i++) {
		if (!page->tally->vm[i].units)
			continue;
		use_vm(page, &page->tally->vm[i], NULL);
		put(page, &page->tally->vm[i]);
	}
	page->labels[0] = '\0';
}

/* Call @put for the totals of each VM or vCPU. */
static void each_unit(struct page *page,
		      void (*put)(struct page *page, const struct tally_unit *unit))
{
	for (size_t i = 0; i < page->tally->vms; i++) {
		const struct tally_vm *vm = &page->tally->vm[i];

		for (size_t j = 0; j < vm->units; j++) {
			use_vm(page, vm, &vm->unit[j]);
			put(page, &vm->unit[j]);
		}
	}
	page->labels[0] = '\0';
}

const char *metrics_class(enum reason_class class)
{
	static const char *const names[REASON_CLASSES] = {
		[REASON_MEMORY] = "memory", [REASON_INTERRUPT] = "interrupt",
		[REASON_IO] = "io",	    [REASON_INSTRUCTION] = "instruction",
		[REASON_OTHER] = "other",
	};

	return names[class];
}

typedef void (*put_row)(struct page *page, const char *labels, const struct snapshot_row *row);

/*
 * Call @put for each named reason, and then for each class, with the sum of the class's other
 * reasons. Skip classes whose sum has neither exits nor time.
 */
static void each_row(struct page *page, const struct tally_unit *unit, put_row put)
{
	const char *reason_of_rest =
		page->tally->options.mode == TALLY_CLASSES ? "" : "reason=\"other\",";
	char labels[160];
	char name[64];

	for (size_t i = 0; i < unit->reasons; i++) {
		const struct tally_reason *reason = &unit->reason[i];

		if (!reason->is_named)
			continue;
		reason_label(page->tally->origin.isa, &reason->row, name, sizeof(name));
		snprintf(labels, sizeof(labels), "reason=\"%s\",class=\"%s\"", name,
			 metrics_class(reason->class));
		put(page, labels, &reason->row);
	}
	for (int class = 0; class < REASON_CLASSES; class ++) {
		const struct snapshot_row *row = &unit->rest[class];

		if (!row->exits && !row_whole_tsc(row))
			continue;
		snprintf(labels, sizeof(labels), "%sclass=\"%s\"", reason_of_rest,
			 metrics_class((enum reason_class) class));
		put(page, labels, row);
	}
}

static void put_row_exits(struct page *page, const char *labels, const struct snapshot_row *row)
{
	put_count(page, labels, row->exits);
}

static void put_unit_exits(struct page *page, const struct tally_unit *unit)
{
	each_row(page, unit, put_row_exits);
}

static void put_exits(struct page *page)
{
	each_unit(page, put_unit_exits);
}

static void put_place(struct page *page, const char *labels, const char *place, uint64_t tsc)
{
	char more[200];

	snprintf(more, sizeof(more), "%s,place=\"%s\"", labels, place);
	put_tsc(page, more, tsc);
}

/*
 * Leave out the time in the VMM and the halted time while they are 0, because most exits take no
 * such time.
 */
static void put_row_seconds(struct page *page, const char *labels, const struct snapshot_row *row)
{
	put_place(page, labels, "kvm", row->kvm_tsc);
	if (row->vmm_tsc)
		put_place(page, labels, "vmm", row->vmm_tsc);
	if (row->halt_tsc)
		put_place(page, labels, "halt", row->halt_tsc);
}

static void put_unit_seconds(struct page *page, const struct tally_unit *unit)
{
	each_row(page, unit, put_row_seconds);
}

static void put_seconds(struct page *page)
{
	if (page->tally->origin.knows & KNOWS_ROW_TIME && page->tally->origin.tsc_khz)
		each_unit(page, put_unit_seconds);
}

static void put_bucket(struct page *page, const char *labels, const char *le, uint64_t count)
{
	char more[220];
	char value[24];

	snprintf(more, sizeof(more), "%s,le=\"%s\"", labels, le);
	snprintf(value, sizeof(value), "%" PRIu64, count);
	put_sample(page, "_bucket", more, value);
}

static void put_row_histogram(struct page *page, const char *labels, const struct snapshot_row *row)
{
	uint32_t tsc_khz = page->tally->origin.tsc_khz;
	uint64_t count = 0;
	char text[40];

	for (int i = 0; i < SNAPSHOT_BUCKETS; i++) {
		count += row->hist[i];
		if (i == SNAPSHOT_BUCKETS - 1)
			break;
		snprintf(text, sizeof(text), "%.9g",
			 (double)bucket_end_tsc(i) / (1000.0 * tsc_khz));
		put_bucket(page, labels, text, count);
	}
	put_bucket(page, labels, "+Inf", count);
	put_sample(page, "_sum", labels,
		   seconds_text(tsc_to_ns(row_whole_tsc(row), tsc_khz), text, sizeof(text)));
	snprintf(text, sizeof(text), "%" PRIu64, count);
	put_sample(page, "_count", labels, text);
}

static void put_unit_histogram(struct page *page, const struct tally_unit *unit)
{
	each_row(page, unit, put_row_histogram);
}

static void put_histograms(struct page *page)
{
	if (page->tally->options.histograms && page->tally->origin.knows & KNOWS_HISTOGRAM &&
	    page->tally->origin.tsc_khz)
		each_unit(page, put_unit_histogram);
}

/*
 * Write the time that a VM or vCPU has spent in each state. Leave out the times that the source
 * does not report.
 */
static void put_unit_states(struct page *page, const struct tally_unit *unit)
{
	static const struct {
		const char *labels;
		unsigned int needs;
	} states[TALLY_STATES] = {
		[TALLY_GUEST] = { "state=\"guest\"", KNOWS_WALL },
		[TALLY_KVM] = { "state=\"kvm\"", 0 },
		[TALLY_VMM] = { "state=\"vmm\"", KNOWS_VMM_TIME },
		[TALLY_HALT] = { "state=\"halt\"", KNOWS_HALT_TIME },
		[TALLY_READY] = { "state=\"ready\"", KNOWS_READY },
	};

	for (int i = 0; i < TALLY_STATES; i++)
		if ((page->tally->origin.knows & states[i].needs) == states[i].needs)
			put_tsc(page, states[i].labels, unit->state_tsc[i]);
}

static void put_states(struct page *page)
{
	if (page->tally->origin.tsc_khz)
		each_unit(page, put_unit_states);
}

static void put_vm_info(struct page *page, const struct tally_vm *vm)
{
	char uuid[LABEL_BYTES];
	char id[LABEL_BYTES];
	char name[LABEL_BYTES];
	char more[3 * LABEL_BYTES + 80];

	snprintf(more, sizeof(more), "name=\"%s\",pid=\"%u\",uuid=\"%s\",manager_id=\"%s\"",
		 escape(vm->vm.name, name, sizeof(name)), vm->vm.pid,
		 escape(vm->vm.uuid, uuid, sizeof(uuid)),
		 escape(vm->vm.manager_id, id, sizeof(id)));
	put_count(page, more, 1);
}

static void put_vm_infos(struct page *page)
{
	each_vm(page, put_vm_info);
}

static void put_vm_vcpu(struct page *page, const struct tally_vm *vm)
{
	put_count(page, "", vm->vcpus);
}

static void put_vm_vcpus(struct page *page)
{
	each_vm(page, put_vm_vcpu);
}

static void put_vm_unbalanced(struct page *page, const struct tally_vm *vm)
{
	put_count(page, "", vm->unbalanced);
}

static void put_unbalanced(struct page *page)
{
	if (page->tally->origin.knows & KNOWS_AUDIT)
		each_vm(page, put_vm_unbalanced);
}

static void put_vm_lost(struct page *page, const struct tally_vm *vm)
{
	put_count(page, "", vm->lost);
}

static void put_vms_lost(struct page *page)
{
	if (page->tally->origin.knows & KNOWS_LOST)
		each_vm(page, put_vm_lost);
}

static void put_vm_end(struct page *page, const struct tally_vm *vm)
{
	if (vm->ended_ns)
		put_ns(page, "", vm->ended_ns);
}

static void put_vm_ends(struct page *page)
{
	each_vm(page, put_vm_end);
}

static void put_build(struct page *page)
{
	char more[80];

	snprintf(more, sizeof(more), "version=\"%s\"", page->view->version);
	put_count(page, more, 1);
}

static void put_source(struct page *page)
{
	const struct origin *origin = &page->tally->origin;
	char source[2 * sizeof(origin->source)];
	char more[sizeof(source) + 80];

	if (!page->tally->readings)
		return;
	snprintf(more, sizeof(more),
		 "source=\"%s\",isa=\"%s\",emulated=\"%s\",tsc_unreliable=\"%s\"",
		 escape(origin->source, source, sizeof(source)), isa_name(origin->isa),
		 origin->emulated ? "true" : "false", origin->tsc_unreliable ? "true" : "false");
	put_count(page, more, 1);
}

static void put_kvm(struct page *page)
{
	const struct metrics_kvm *kvm = page->view->kvm;
	char kernel[4 * LABEL_BYTES];
	char more[5 * LABEL_BYTES];

	if (!kvm)
		return;
	snprintf(more, sizeof(more), "module=\"%s\",paging=\"%s\",kernel=\"%s\"", kvm->module,
		 kvm->paging, escape(kvm->kernel, kernel, sizeof(kernel)));
	put_count(page, more, 1);
}

static void put_references(struct page *page)
{
	if (page->view->kvm && page->view->kvm->references >= 0)
		put_count(page, "", (uint64_t)page->view->kvm->references);
}

static void put_uptime(struct page *page)
{
	if (page->view->kvm && page->view->kvm->uptime_ns)
		put_ns(page, "", page->view->kvm->uptime_ns);
}

static void put_up(struct page *page)
{
	put_count(page, "", page->view->is_up);
}

static void put_vms(struct page *page)
{
	uint64_t live = 0;

	for (size_t i = 0; i < page->tally->vms; i++)
		live += page->tally->vm[i].vcpus > 0;
	put_count(page, "", live);
}

static void put_lost(struct page *page)
{
	put_count(page, "", page->tally->lost);
}

static void put_unattributed(struct page *page)
{
	put_count(page, "", page->tally->unattributed);
}

static void put_resets(struct page *page)
{
	put_count(page, "", page->tally->resets);
}

static void put_readings(struct page *page)
{
	put_count(page, "", page->tally->readings);
}

static void put_errors(struct page *page)
{
	put_count(page, "", page->view->errors);
}

static void put_read_at(struct page *page)
{
	if (page->view->read_at_ns)
		put_ns(page, "", page->view->read_at_ns);
}

static void put_read_took(struct page *page)
{
	if (page->view->read_at_ns)
		put_ns(page, "", page->view->read_took_ns);
}

static void put_push_accepted(struct page *page)
{
	if (page->view->push)
		put_count(page, "", page->view->push->accepted);
}

static void put_push_dropped(struct page *page)
{
	if (!page->view->push)
		return;
	put_count(page, "cause=\"full\"", page->view->push->dropped);
	put_count(page, "cause=\"rejected\"", page->view->push->rejected);
}

static void put_push_failures(struct page *page)
{
	if (page->view->push)
		put_count(page, "", page->view->push->failures);
}

static void put_push_queued(struct page *page)
{
	if (page->view->push)
		put_count(page, "", page->view->push->queued);
}

static void put_push_bytes(struct page *page)
{
	if (page->view->push)
		put_count(page, "", page->view->push->queued_bytes);
}

static void put_series(struct page *page)
{
	put_count(page, "", page->series + 1);
}

/* All metric families. The last one counts the samples of all families. */
static const struct family families[] = {
	{ "vmtoll_build", FAMILY_INFO, NULL, "Version of vmtoll.", put_build },
	{ "vmtoll_source", FAMILY_INFO, NULL, "Source of the figures.", put_source },
	{ "vmtoll_kvm", FAMILY_INFO, NULL, "KVM of this host: vendor module, paging and kernel.",
	  put_kvm },
	{ "vmtoll_kvm_references", FAMILY_GAUGE, NULL,
	  "References to the vendor module of KVM; 0 if no VM runs.", put_references },
	{ "vmtoll_host_uptime_seconds", FAMILY_GAUGE, "seconds", "Time since the host was booted.",
	  put_uptime },
	{ "vmtoll_up", FAMILY_GAUGE, NULL,
	  "1 if the last attempt to read the source succeeded, otherwise 0.", put_up },
	{ "vmtoll_last_reading_timestamp_seconds", FAMILY_GAUGE, "seconds",
	  "Time of the last complete reading, since 1970.", put_read_at },
	{ "vmtoll_last_reading_duration_seconds", FAMILY_GAUGE, "seconds",
	  "Duration of the last complete reading.", put_read_took },
	{ "vmtoll_readings", FAMILY_COUNTER, NULL, "Complete readings of the source.",
	  put_readings },
	{ "vmtoll_reading_errors", FAMILY_COUNTER, NULL, "Readings of the source that failed.",
	  put_errors },
	{ "vmtoll_resets", FAMILY_COUNTER, NULL,
	  "Readings that found the counters of the module reset, because it was loaded again.",
	  put_resets },
	{ "vmtoll_lost_exits", FAMILY_COUNTER, NULL,
	  "Exits that could not be recorded because their vCPU had no ledger.", put_lost },
	{ "vmtoll_unattributed_exits", FAMILY_COUNTER, NULL,
	  "Exits of ended vCPUs whose ledgers were not kept. No VM includes them.",
	  put_unattributed },
	{ "vmtoll_vms", FAMILY_GAUGE, NULL, "Live VMs.", put_vms },
	{ "vmtoll_vm", FAMILY_INFO, NULL, "Names and process of a VM.", put_vm_infos },
	{ "vmtoll_vm_vcpus", FAMILY_GAUGE, NULL, "Live vCPUs of a VM; 0 if the VM has ended.",
	  put_vm_vcpus },
	{ "vmtoll_vm_unbalanced_vcpus", FAMILY_GAUGE, NULL,
	  "vCPUs of a VM whose ledger disagrees with KVM's own count of exits.", put_unbalanced },
	{ "vmtoll_vm_lost_exits", FAMILY_COUNTER, NULL, "Exits of a VM that could not be recorded.",
	  put_vms_lost },
	{ "vmtoll_vm_ended_timestamp_seconds", FAMILY_GAUGE, "seconds",
	  "Time when an ended VM was found to have ended, since 1970.", put_vm_ends },
	{ "vmtoll_vcpu_seconds", FAMILY_COUNTER, "seconds",
	  "Time of the vCPUs by state: in the guest, in KVM, in the VMM, halted, or ready to run.",
	  put_states },
	{ "vmtoll_exits", FAMILY_COUNTER, NULL, "VM exits by reason.", put_exits },
	{ "vmtoll_exit_seconds", FAMILY_COUNTER, "seconds",
	  "Time of VM exits by reason and place: in KVM, in the VMM, or halted.", put_seconds },
	{ "vmtoll_exit_duration_seconds", FAMILY_HISTOGRAM, "seconds",
	  "Duration of VM exits, including the time in the VMM and halted.", put_histograms },
	{ "vmtoll_push_requests", FAMILY_COUNTER, NULL, "Requests that the receiver has accepted.",
	  put_push_accepted },
	{ "vmtoll_push_dropped_requests", FAMILY_COUNTER, NULL,
	  "Requests that were dropped: the queue was full, or the receiver rejected them.",
	  put_push_dropped },
	{ "vmtoll_push_failures", FAMILY_COUNTER, NULL,
	  "Attempts to push a request that failed and are repeated.", put_push_failures },
	{ "vmtoll_push_queued_requests", FAMILY_GAUGE, NULL, "Requests in the queue.",
	  put_push_queued },
	{ "vmtoll_push_queued_bytes", FAMILY_GAUGE, "bytes", "Size of the requests in the queue.",
	  put_push_bytes },
	{ "vmtoll_series", FAMILY_GAUGE, NULL, "Series on this page, including this one.",
	  put_series },
};

int metrics_write(const struct metrics_view *view, enum metrics_format format, FILE *out)
{
	struct page page = { .view = view, .tally = view->tally, .format = format, .out = out };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		page.family = &families[i];
		page.has_header = false;
		families[i].put(&page);
	}
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", out);
	return 0;
}
