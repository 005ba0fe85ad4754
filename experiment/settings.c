// SPDX-License-Identifier: GPL-2.0
/* Functions that save, change and restore the host's KVM settings, see settings.h. */
#include "experiment/settings.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm/module.h"
#include "kvm/vms.h"
#include "model/host.h"

/*
 * Return the parameter of @side that has the same name as @param, or NULL if the side does not
 * set this parameter.
 */
static const struct param *side_param(const struct param_list *side, const struct param *param)
{
	for (size_t i = 0; i < side->count; i++)
		if (param_same_name(&side->param[i], param))
			return &side->param[i];
	return NULL;
}

static int save_one(const char *module, const char *name, const struct param_list side[2],
		    struct settings *settings)
{
	struct setting setting = { .writable = false };
	struct setting *grown;

	snprintf(setting.saved.module, sizeof(setting.saved.module), "%s", module);
	if (strlen(name) >= sizeof(setting.saved.name))
		return 0; /* no parameter of KVM has such a long name */
	memcpy(setting.saved.name, name, strlen(name));
	if (param_read(settings->host, &setting.saved, setting.saved.value,
		       sizeof(setting.saved.value)))
		return 0; /* a parameter that cannot be read cannot be restored */
	setting.writable = param_writable(settings->host, &setting.saved);
	setting.touched =
		side_param(&side[0], &setting.saved) || side_param(&side[1], &setting.saved);
	grown = reallocarray(settings->list, settings->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	settings->list = grown;
	grown[settings->count++] = setting;
	return 0;
}

static int save_module(const char *module, const struct param_list side[2],
		       struct settings *settings)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;
	int error = 0;

	snprintf(path, sizeof(path), "%s/%s/parameters", settings->host->sys, module);
	directory = opendir(path);
	if (!directory)
		return 0; /* not loaded */
	while (!error && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			error = save_one(module, entry->d_name, side, settings);
	closedir(directory);
	return error;
}

bool settings_detach_programs(const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		if (setting->touched && !setting->writable && !strcmp(setting->saved.module, "kvm"))
			return settings->bpf.vcpus;
	}
	return false;
}

bool settings_need_reload(const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		if (settings->list[i].touched && !settings->list[i].writable)
			return true;
	return false;
}

/*
 * Fail if the experiment may change a value that could not be restored. A value with a space, such
 * as "not required" in kvm_intel.vmentry_l1d_flush, cannot be restored: the parameter rejects it
 * at run time, and it cannot be passed to the module when the module is loaded.
 */
static int check_restorable(const struct settings *settings, struct complaint *complaint)
{
	bool reload = settings_need_reload(settings);

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];
		const struct param *saved = &setting->saved;

		if (!strchr(saved->value, ' ') ||
		    !(setting->touched || (reload && !setting->writable)))
			continue;
		return complain(complaint, -EINVAL,
				"%s.%s reads '%s', which cannot be %s, so it could not be "
				"restored after the experiment",
				saved->module, saved->name, saved->value,
				setting->writable ? "written to it"
						  : "passed when the module is loaded again");
	}
	return 0;
}

int settings_save(const struct host_paths *host, const struct param_list side[2],
		  struct settings *settings, struct complaint *complaint)
{
	*settings = (struct settings){ .host = host };
	restart_save(&settings->bpf);
	for (size_t i = 0; i < HOST_KVM_MODULES; i++)
		if (save_module(host_kvm_modules[i], side, settings))
			return complain(complaint, -ENOMEM,
					"cannot save KVM's settings: out of memory");
	return check_restorable(settings, complaint);
}

void settings_release(struct settings *settings)
{
	free(settings->list);
	settings->list = NULL;
	settings->count = 0;
}

/* Return the parameter with the value that @side sets, or with its saved value. */
static struct param desired(const struct setting *setting, const struct param_list *side)
{
	const struct param *param = side_param(side, &setting->saved);

	return param ? *param : setting->saved;
}

/* Return true if the parameter has the value @param->value on the host. */
static bool is_set(const struct settings *settings, const struct param *param)
{
	char value[sizeof(param->value)];

	return !param_read(settings->host, param, value, sizeof(value)) &&
	       param_same_value(value, param->value);
}

/*
 * Collect the parameters to pass when @module is loaded for @side: those that any side sets, and
 * those that would otherwise lose their saved values.
 */
static void collect_arguments(const struct settings *settings, const char *module,
			      const struct param_list *side, struct module_arguments *arguments)
{
	arguments->count = 0;
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];
		struct param param = desired(setting, side);

		if (strcmp(setting->saved.module, module) || !(setting->touched || setting->given))
			continue;
		module_argument_add(arguments, &param);
	}
}

/*
 * Determine which modules must be loaded after a reload: all modules that are loaded now, and all
 * modules that have a parameter in the settings.
 */
static void modules_needed(const struct settings *settings, bool needed[HOST_KVM_MODULES])
{
	for (size_t i = 0; i < HOST_KVM_MODULES; i++) {
		needed[i] = module_is_loaded(settings->host, host_kvm_modules[i]);
		for (size_t j = 0; j < settings->count; j++)
			needed[i] |= !strcmp(settings->list[j].saved.module, host_kvm_modules[i]);
	}
}

/* Remove a module, or explain which VMs use it. */
static int remove_module(const struct host_paths *host, const char *module,
			 struct complaint *complaint)
{
	int error = module_remove(host, module, complaint);
	struct processes vms;

	if ((error != -EBUSY && error != -EPERM) || vms_find(host, &vms) || !vms.count)
		return error;
	return complain(complaint, -EBUSY,
			"cannot remove %s: it is in use by %zu VM%s (pid%s %s); stop %s or use "
			"--wait",
			module, vms.count, vms.count == 1 ? "" : "s", vms.count == 1 ? "" : "s",
			vms.text, vms.count == 1 ? "it" : "them");
}

/*
 * Remove the KVM modules and load them again with the values of @side. If @whole is true, reload
 * both kvm and the vendor's module, which is necessary to change a parameter of kvm. Otherwise,
 * reload only the vendor's module. If @whole is true, also detach the BPF programs; the caller
 * must attach them again.
 */
static int reload(struct settings *settings, const struct param_list *side, bool whole,
		  struct complaint *complaint)
{
	struct module_arguments arguments;
	size_t first = whole ? 0 : 1;
	bool needed[HOST_KVM_MODULES];
	int error = 0;

	modules_needed(settings, needed);
	if (whole)
		error = restart_detach(&settings->bpf, complaint);
	for (size_t i = HOST_KVM_MODULES; i-- > first && !error;)
		error = remove_module(settings->host, host_kvm_modules[i], complaint);
	for (size_t i = first; i < HOST_KVM_MODULES && !error; i++) {
		if (!needed[i])
			continue;
		collect_arguments(settings, host_kvm_modules[i], side, &arguments);
		error = module_load(settings->host, host_kvm_modules[i], &arguments, complaint);
	}
	return error;
}

/* The modules that have to be loaded again. */
enum need { NEED_NOTHING, NEED_VENDOR, NEED_ALL };

static enum need reload_needed(const struct settings *settings, const struct param_list *side)
{
	enum need need = NEED_NOTHING;

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];
		struct param param = desired(setting, side);

		if (!setting->touched || setting->writable || is_set(settings, &param))
			continue;
		if (!strcmp(param.module, "kvm"))
			need = NEED_ALL;
		else if (need == NEED_NOTHING)
			need = NEED_VENDOR;
	}
	return need;
}

static int write_writable(const struct settings *settings, const struct param_list *side,
			  struct complaint *complaint)
{
	for (size_t i = 0; i < settings->count; i++) {
		struct param param = desired(&settings->list[i], side);
		int error = 0;

		if (settings->list[i].writable && !is_set(settings, &param))
			error = param_write(settings->host, &param, complaint);
		if (error && settings->list[i].touched)
			return error;
	}
	return 0;
}

/*
 * Find parameters that lost their saved values when vmtoll reloaded their module. The
 * administrator had passed such a parameter when loading the module, but vmtoll did not pass it,
 * because no side sets it. Set setting->given, so that vmtoll passes the saved value from now on.
 * Return true if a new parameter was found.
 */
static bool find_given(struct settings *settings)
{
	bool found = false;

	for (size_t i = 0; i < settings->count; i++) {
		struct setting *setting = &settings->list[i];

		if (setting->touched || setting->given || setting->writable ||
		    !*setting->saved.value || is_set(settings, &setting->saved))
			continue;
		setting->given = true;
		found = true;
	}
	return found;
}

/*
 * Check the values of all parameters. If a parameter that a side sets does not have the required
 * value, return -EINVAL. Set @follows to a list of the other parameters that do not have their
 * saved values.
 */
static int verify(const struct settings *settings, const struct param_list *side, char *follows,
		  size_t bytes, struct complaint *complaint)
{
	follows[0] = '\0';
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];
		struct param param = desired(setting, side);
		char value[sizeof(param.value)] = "nothing";
		size_t used = strlen(follows);

		if (is_set(settings, &param))
			continue;
		param_read(settings->host, &param, value, sizeof(value));
		if (setting->touched)
			return complain(complaint, -EINVAL,
					"%s did not accept %s=%s: it reads %s (the value may be "
					"invalid, or the processor may lack the feature)",
					param.module, param.name, param.value, value);
		snprintf(follows + used, bytes - used, "%s%s.%s %s -> %s", used ? ", " : "",
			 param.module, param.name, setting->saved.value, value);
	}
	return 0;
}

int settings_apply(struct settings *settings, const struct param_list *side, char *follows,
		   size_t bytes, struct complaint *complaint)
{
	enum need need = reload_needed(settings, side);
	int error = 0;

	if (need != NEED_NOTHING)
		error = reload(settings, side, need == NEED_ALL, complaint);
	if (!error && need != NEED_NOTHING && find_given(settings))
		error = reload(settings, side, need == NEED_ALL, complaint);
	if (!error)
		error = restart_attach(&settings->bpf, complaint);
	if (!error)
		error = write_writable(settings, side, complaint);
	return error ? error : verify(settings, side, follows, bytes, complaint);
}

/*
 * Return which modules must be loaded because they are missing. For example, an earlier reload may
 * have removed them and then failed.
 */
static enum need missing_modules(const struct settings *settings)
{
	enum need need = NEED_NOTHING;
	char value[64];

	for (size_t i = 0; i < settings->count; i++) {
		const struct param *saved = &settings->list[i].saved;

		if (!param_read(settings->host, saved, value, sizeof(value)))
			continue;
		if (!strcmp(saved->module, "kvm"))
			return NEED_ALL;
		need = NEED_VENDOR;
	}
	return need;
}

int settings_restore(struct settings *settings, struct complaint *complaint)
{
	static const struct param_list none;
	enum need need = missing_modules(settings);
	char follows[400];
	int error = 0;

	if (need != NEED_NOTHING)
		error = reload(settings, &none, need == NEED_ALL, complaint);
	if (!error && need != NEED_NOTHING && find_given(settings))
		error = reload(settings, &none, need == NEED_ALL, complaint);
	if (!error)
		error = settings_apply(settings, &none, follows, sizeof(follows), complaint);
	if (!error && *follows)
		error = complain(complaint, -EINVAL,
				 "these parameters differ from their saved values: %s", follows);
	return error;
}

void settings_readback(const struct settings *settings, const struct param_list *side, char *text,
		       size_t bytes)
{
	text[0] = '\0';
	for (size_t i = 0; i < side->count; i++) {
		const struct param *param = &side->param[i];
		char value[sizeof(param->value)] = "?";
		size_t used = strlen(text);

		param_read(settings->host, param, value, sizeof(value));
		snprintf(text + used, bytes - used, "%s%s.%s=%s", used ? " " : "", param->module,
			 param->name, value);
	}
}
