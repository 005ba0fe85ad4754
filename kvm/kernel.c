// SPDX-License-Identifier: GPL-2.0
/* Identify the running kernel and its known vulnerabilities, see kernel.h. */
#include "kvm/kernel.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "model/array.h"

/*
 * For each stable branch that received all three fixes, the first version that contains them.
 * Branches newer than the last entry have contained the fixes since their first release.
 */
static const struct {
	int major;
	int minor;
	int patch;
} fixed[] = {
	{ 6, 1, 183 }, { 6, 6, 152 }, { 6, 12, 104 }, { 6, 18, 45 }, { 7, 1, 9 },
};

#define BRANCHES ARRAY_SIZE(fixed)

struct version {
	int major;
	int minor;
	int patch;
};

static bool version_parse(const char *release, const char *version, struct version *parsed)
{
	const char *debian = strstr(version, "Debian ");

	*parsed = (struct version){ 0 };
	if (debian &&
	    sscanf(debian, "Debian %d.%d.%d", &parsed->major, &parsed->minor, &parsed->patch) >= 2)
		return true;
	return sscanf(release, "%d.%d.%d", &parsed->major, &parsed->minor, &parsed->patch) >= 2;
}

static bool is_later(const struct version *version, size_t branch)
{
	if (version->major != fixed[branch].major)
		return version->major > fixed[branch].major;
	return version->minor > fixed[branch].minor;
}

bool kernel_has_shadow_escapes(const char *release, const char *version, char *why, size_t bytes)
{
	static const char cves[] = "CVE-2026-53359, CVE-2026-64561, CVE-2026-80726";
	struct version parsed;

	if (!version_parse(release, version, &parsed)) {
		snprintf(why, bytes,
			 "the version of kernel %s is unknown, so it may be affected by %s",
			 release, cves);
		return true;
	}
	if (is_later(&parsed, BRANCHES - 1))
		return false;
	for (size_t i = 0; i < BRANCHES; i++) {
		if (parsed.major != fixed[i].major || parsed.minor != fixed[i].minor)
			continue;
		snprintf(why, bytes, "kernel %s (%d.%d.%d) is older than %d.%d.%d, which fixes %s",
			 release, parsed.major, parsed.minor, parsed.patch, fixed[i].major,
			 fixed[i].minor, fixed[i].patch, cves);
		return parsed.patch < fixed[i].patch;
	}
	snprintf(why, bytes,
		 "kernel %s is from branch %d.%d, which did not receive the fixes for %s", release,
		 parsed.major, parsed.minor, cves);
	return true;
}

void kernel_read(const struct host_paths *host, const char *file, char *text, size_t bytes)
{
	char path[PATH_MAX];
	FILE *in;

	snprintf(path, sizeof(path), "%s/sys/kernel/%s", host->proc, file);
	in = fopen(path, "re");
	if (!in || !fgets(text, (int)bytes, in))
		snprintf(text, bytes, "unknown");
	if (in)
		fclose(in);
	text[strcspn(text, "\n")] = '\0';
}

void kernel_running(const struct host_paths *host, char *release, char *version, size_t bytes)
{
	kernel_read(host, "osrelease", release, bytes);
	kernel_read(host, "version", version, bytes);
}
