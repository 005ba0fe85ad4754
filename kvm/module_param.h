/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that read and write the parameters of loaded kernel modules. A parameter is a file
 * SYS/MODULE/parameters/NAME.
 */
#ifndef VMTOLL_MODULE_PARAM_H
#define VMTOLL_MODULE_PARAM_H

#include <stdbool.h>
#include <stddef.h>

/* Write the path of a parameter's file to @path. @sys is the modules' directory, "/sys/module". */
void module_param_path(const char *sys, const char *module, const char *name, char *path,
		       size_t bytes);

/*
 * Read the text of a parameter, including its newlines. The text is NUL-terminated, and
 * truncated if it does not fit into @bytes. Returns a negative errno if the file cannot be
 * opened or read.
 */
int module_param_read(const char *sys, const char *module, const char *name, char *text,
		      size_t bytes);

/* Return 0 if the parameter's file can be opened for writing, else a negative errno. */
int module_param_try_write(const char *sys, const char *module, const char *name);

/*
 * Write @value to a parameter. Returns a negative errno if the file cannot be opened or if the
 * module rejects the value.
 */
int module_param_write(const char *sys, const char *module, const char *name, const char *value);

/*
 * Return true if the parameter can be changed at run time, that is, if its file has a write
 * permission bit.
 */
bool module_param_is_writable(const char *sys, const char *module, const char *name);

#endif
