/* SPDX-License-Identifier: GPL-2.0 */
/* The facts about a made-up host on which vmtoll works. Tests change some of these facts. */
#ifndef VMTOLL_TEST_HOST_EXAMPLE_H
#define VMTOLL_TEST_HOST_EXAMPLE_H

#include "model/host.h"

#define HOST_EXAMPLE_ABI 2 /* the ABI of the tool and of the module */

/* Return a host on which everything is set up and three VMs are counted. */
struct host host_example(void);

/* Unload the module vmtoll. The module file and the state in DKMS do not change. */
void host_example_unload(struct host *host);

#endif
