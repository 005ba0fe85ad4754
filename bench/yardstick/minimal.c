// SPDX-License-Identifier: GPL-2.0
/*
 * The loader of the two BPF programs in minimal.bpf.c.
 *
 * minimal OBJECT COMMAND...
 *	Attach the programs, run the command and print their counts. The exit status is the exit
 *	status of the command, or 125 if an error occurs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define STATUS_FAILED 125
#define CPUS	      64

struct slot {
	uint64_t start;
	uint64_t exits;
	uint64_t ns;
};

static int fail(const char *what)
{
	fprintf(stderr, "minimal: cannot %s: %s\n", what, strerror(errno));
	return STATUS_FAILED;
}

static int attach_all(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		if (!bpf_program__attach(program))
			return fail("attach a program");
	}
	return 0;
}

static int run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return fail("fork");
	if (!pid) {
		execvp(argv[0], argv);
		_exit(fail("run the command"));
	}
	if (waitpid(pid, &status, 0) < 0)
		return fail("wait for the command");
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

static int print_counts(struct bpf_object *object)
{
	struct slot slots[CPUS], sum = { 0 };
	int cpus = libbpf_num_possible_cpus();
	uint32_t key = 0;

	if (cpus < 1 || cpus > CPUS) {
		errno = ERANGE;
		return fail("use this number of CPUs");
	}
	if (bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, "slots"), &key, slots))
		return fail("read the map");
	for (int i = 0; i < cpus; i++) {
		sum.exits += slots[i].exits;
		sum.ns += slots[i].ns;
	}
	printf("minimal exits %" PRIu64 " ns %" PRIu64 "\n", sum.exits, sum.ns);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	int status;

	if (argc < 3) {
		fputs("usage: minimal OBJECT COMMAND [ARGUMENT]...\n", stderr);
		return STATUS_FAILED;
	}
	object = bpf_object__open(argv[1]);
	if (!object || bpf_object__load(object))
		return fail("load the programs");
	status = attach_all(object) ?: run(argv + 2);
	status = status ?: print_counts(object);
	bpf_object__close(object);
	return fflush(stdout) ? fail("write the counts") : status;
}
