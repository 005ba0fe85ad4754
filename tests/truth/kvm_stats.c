// SPDX-License-Identifier: GPL-2.0
/* See kvm_stats.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "fail.h"
#include "kvm_stats.h"

static int read_at(int fd, void *to, size_t bytes, off_t offset, const char *what)
{
	ssize_t n = pread(fd, to, bytes, offset);

	if (n == (ssize_t)bytes)
		return 0;
	return fail(n < 0 ? -errno : -EIO, "read %s from KVM's statistics", what);
}

/*
 * Return the file offset of the statistic @name, or 0 if there is no such statistic. The file
 * begins with a header, so 0 is never a valid offset.
 */
static off_t find(const struct kvm_stats_header *head, const char *desc, const char *name)
{
	size_t stride = sizeof(struct kvm_stats_desc) + head->name_size;

	for (unsigned int i = 0; i < head->num_desc; i++) {
		const struct kvm_stats_desc *d = (const void *)(desc + i * stride);

		if (!strcmp(d->name, name))
			return head->data_offset + d->offset;
	}
	return 0;
}

static int find_all(struct kvm_stats *stats)
{
	struct kvm_stats_header head;
	int err = read_at(stats->fd, &head, sizeof(head), 0, "the header");
	size_t bytes;
	char *desc;

	if (err)
		return err;
	bytes = head.num_desc * (sizeof(struct kvm_stats_desc) + head.name_size);
	desc = malloc(bytes);
	if (!desc)
		return fail(-ENOMEM, "allocate the names of KVM's statistics");
	err = read_at(stats->fd, desc, bytes, head.desc_offset, "the names");
	if (!err) {
		stats->exits = find(&head, desc, "exits");
		stats->halts = find(&head, desc, "halt_exits");
		stats->poll_success = find(&head, desc, "halt_poll_success_ns");
		stats->poll_fail = find(&head, desc, "halt_poll_fail_ns");
		if (!stats->exits || !stats->halts || !stats->poll_success || !stats->poll_fail)
			err = fail(-ENOENT, "find `exits` and the halts in KVM's statistics");
	}
	free(desc);
	return err;
}

int kvm_stats_open(struct kvm_stats *stats, int vcpu_fd)
{
	int err;

	stats->fd = ioctl(vcpu_fd, KVM_GET_STATS_FD, NULL);
	if (stats->fd < 0)
		return fail(-errno, "open KVM's statistics: KVM_GET_STATS_FD (Linux 5.14)");
	err = find_all(stats);
	if (err)
		kvm_stats_close(stats);
	return err;
}

void kvm_stats_close(struct kvm_stats *stats)
{
	close(stats->fd);
	stats->fd = -1;
}

int kvm_stats_exits(const struct kvm_stats *stats, uint64_t *value)
{
	return read_at(stats->fd, value, sizeof(*value), stats->exits, "exits");
}

int kvm_stats_halts(const struct kvm_stats *stats, uint64_t *value)
{
	return read_at(stats->fd, value, sizeof(*value), stats->halts, "halt_exits");
}

int kvm_stats_polled_ns(const struct kvm_stats *stats, uint64_t *value)
{
	uint64_t success, failure;
	int err = read_at(stats->fd, &success, sizeof(success), stats->poll_success,
			  "halt_poll_success_ns");

	err = err
		      ?: read_at(stats->fd, &failure, sizeof(failure), stats->poll_fail,
				 "halt_poll_fail_ns");
	if (!err)
		*value = success + failure;
	return err;
}
