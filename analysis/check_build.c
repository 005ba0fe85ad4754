// SPDX-License-Identifier: GPL-2.0
/* Check the requirements for building and loading the module, see check_judges.h. */
#include "analysis/check_judges.h"

#include <string.h>

bool judge_headers(const struct host *host, struct check_line *line)
{
	if (!host->kernel.loads_modules)
		return false;
	if (host->kernel.has_headers)
		check_set(line, CHECK_OK, "installed");
	else if (host->module.loaded || host_file_matches(host))
		check_set(line, CHECK_OK, "not installed; the module is already built");
	else
		check_set(line, CHECK_PROBLEM, "not installed, so the module cannot be built");
	if (line->state != CHECK_OK)
		check_cure(line, "install linux-headers-%s", host->kernel.release);
	return true;
}

bool judge_dkms(const struct host *host, struct check_line *line)
{
	const struct host_dkms *dkms = &host->dkms;

	if (!host->kernel.loads_modules)
		return false;
	if (!dkms->installed) {
		check_set(line, CHECK_OK,
			  "not installed; build the module again for each new kernel");
	} else if (!*dkms->version) {
		check_set(line, CHECK_OK,
			  "vmtoll is not registered; build it again for each new kernel");
	} else if (dkms->built) {
		check_set(line, CHECK_OK, "vmtoll %s is built for this kernel", dkms->version);
	} else {
		bool needed = !host->module.loaded && !host_file_matches(host);

		check_set(line, needed ? CHECK_PROBLEM : CHECK_WARNING,
			  "vmtoll %s is not built for this kernel", dkms->version);
		check_cure(line, "%srun dkms autoinstall",
			   host->kernel.has_headers ? "" : "install the headers, then ");
	}
	return true;
}

/* Return true if the module is not loaded yet, so the kernel may still refuse it. */
static bool may_be_refused(const struct host *host)
{
	return !host->module.loaded && host->kernel.loads_modules;
}

#define ENROLL_KEY "run mokutil --import /var/lib/dkms/mok.pub, reboot and confirm"

bool judge_secure_boot(const struct host *host, struct check_line *line)
{
	switch (host->security.secure_boot) {
	case KNOWN_NOT:
		check_set(line, CHECK_OK, "not supported, or its EFI variable cannot be read");
		return true;
	case KNOWN_NO:
		check_set(line, CHECK_OK, "off");
		return true;
	case KNOWN_YES:
		break;
	}
	check_set(line, CHECK_OK, "on");
	if (!may_be_refused(host))
		return true;
	check_set(line, CHECK_WARNING, "on; the key that signs the module must be enrolled");
	check_cure(line, ENROLL_KEY);
	return true;
}

/*
 * Fill in the line of a setting that makes the kernel refuse modules without a valid signature.
 * @what is the value of this setting, such as "enforced".
 */
static void judge_refusal(const struct host *host, const char *what, struct check_line *line)
{
	if (!may_be_refused(host)) {
		check_set(line, CHECK_OK, "%s", what);
	} else if (host->file.is_signed == KNOWN_NO) {
		check_set(line, CHECK_PROBLEM, "%s: the kernel refuses %s, which is not signed",
			  what, host->file.path);
		if (host->dkms.built)
			check_cure(line,
				   "run dkms build --force and dkms install --force for vmtoll/%s",
				   host->dkms.version);
		else
			check_cure(line, "install vmtoll-dkms, which signs the module");
	} else {
		check_set(line, CHECK_WARNING,
			  "%s: the kernel refuses modules without a valid signature", what);
		check_cure(line, ENROLL_KEY);
	}
}

bool judge_lockdown(const struct host *host, struct check_line *line)
{
	const char *lockdown = host->security.lockdown;

	if (!*lockdown)
		check_set(line, CHECK_OK, "not supported, or securityfs is not mounted");
	else if (!strcmp(lockdown, "none"))
		check_set(line, CHECK_OK, "none");
	else
		judge_refusal(host, lockdown, line);
	return true;
}

bool judge_signatures(const struct host *host, struct check_line *line)
{
	if (host->security.enforces_signatures)
		judge_refusal(host, "enforced", line);
	else
		check_set(line, CHECK_OK, "not enforced");
	return true;
}
