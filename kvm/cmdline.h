/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line of a process. The process can overwrite its own command line, so its contents
 * cannot be trusted.
 */
#ifndef VMTOLL_CMDLINE_H
#define VMTOLL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvm/small_file.h"

#define CMDLINE_BYTES 65536 /* longer command lines are cut off */
#define CMDLINE_NAMES 3 /* the maximum number of names of an option */

/**
 * struct cmdline - the arguments of a process
 * @file: the arguments, each followed by a NUL
 * @program: the first argument without its directory
 * @end: the end of the last complete argument
 */
struct cmdline {
	struct small_file file;
	const char *program;
	const char *end;
};

/*
 * Read the command line of process @pid. Returns 0 on success. Returns -ENODATA if the command
 * line is empty, or another negative errno. The caller must release @cmdline with
 * cmdline_release().
 */
int cmdline_read(const char *proc, uint32_t pid, struct cmdline *cmdline);
void cmdline_release(struct cmdline *cmdline);

/*
 * Find the next option with one of the names @names, such as "-name" and "--name", and return
 * its value. The search starts after @value, or at the start of the command line if @value is
 * NULL. The value of an option is the next argument, or the text after "=" as in --name=NAME.
 * Returns NULL if there is no further option.
 */
const char *cmdline_option(const struct cmdline *cmdline, const char *const names[CMDLINE_NAMES],
			   const char *value);

/*
 * Find the suboption @key in @value, and copy the value of the suboption to @text. @value is the
 * value of an option and consists of suboptions separated by commas, as in "guest=web,process=vm".
 * A double comma stands for a comma. If @is_first is true, "@key=" may be omitted from the first
 * suboption. If several suboptions match, use the last one. @text must be at least as large as
 * @value. Returns false if no suboption matches or if the value of the suboption is empty.
 */
bool cmdline_suboption(const char *value, const char *key, bool is_first, char *text);

#endif
