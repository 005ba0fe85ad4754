// SPDX-License-Identifier: GPL-2.0
/* The facts about a made-up host, see host_example.h. */
#include "host_example.h"

#include <errno.h>

#include "model/isa.h"

struct host host_example(void)
{
	return (struct host){
		.version = "0.2.0",
		.abi = HOST_EXAMPLE_ABI,
		.user = "ann",
		.kernel = { "6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026)",
			    true, true },
		.cpu = { .isa = isa_find(REASON_SVM),
			 .constant_tsc = true,
			 .nonstop_tsc = true,
			 .clocksource = "tsc",
			 .offers_tsc = true },
		.kvm = { .loaded = { true, false, true },
			 .has_btf = { true, false, true },
			 .tracepoints_known = true,
			 .tracepoint = { true, true, true, true } },
		.dev_kvm = { true, 0660, "root", "kvm", true, true },
		.security = { KNOWN_NO, "none", false, true },
		.file = { "/lib/modules/6.1.0-56-amd64/updates/dkms/vmtoll.ko", true,
			  "6.1.0-56-amd64", KNOWN_NO },
		.dkms = { true, "0.2.0", true },
		.module = { true, "0.2.0", "Y", "combined", 0, true },
		.dev_vmtoll = { true, 0640, "root", "vmtoll", true, false },
		.device = { .is_vmtoll = true,
			    .abi = HOST_EXAMPLE_ABI,
			    .attached = true,
			    .layout_checked = true,
			    .layout_compared = true },
		.counts = { true, 3, 0, 0 },
		.share = { .has_vhost = true, .pid = 640, .cids_known = true, .cids = 2 },
		.users = { .complete = true },
	};
}

void host_example_unload(struct host *host)
{
	host->module = (struct host_module){ 0 };
	host->device = (struct host_device){ .error = -ENOENT };
	host->dev_vmtoll = (struct host_node){ 0 };
	host->counts.read = false;
}
