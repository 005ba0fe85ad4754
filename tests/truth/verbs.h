/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that implement the verbs of the command line. They return an exit status. On
 * failure, they store an error text with fail() and return a negative errno. If a function returns
 * -EINVAL without an error text, main() prints the usage. argv[0] is the name of the verb.
 */
#ifndef TRUTH_VERBS_H
#define TRUTH_VERBS_H

enum {
	EXIT_OK = 0,
	EXIT_WRONG = 1, /* a test failed */
	EXIT_TROUBLE = 2, /* wrong usage, no KVM, or no module */
	EXIT_LOST = 125, /* the canary failed, so the machine is broken */
};

int verb_list(int argc, char **argv);
int verb_run(int argc, char **argv);
int verb_loop(int argc, char **argv);
int verb_cost(int argc, char **argv);
int verb_alternate(int argc, char **argv);
int verb_crowd(int argc, char **argv);
int verb_idle(int argc, char **argv);
int verb_recreate(int argc, char **argv);
int verb_device(int argc, char **argv);
int verb_fuzz(int argc, char **argv);
int verb_cpuid_dump(int argc, char **argv);
int verb_classic(int argc, char **argv);
int verb_native(int argc, char **argv);
int verb_bound(int argc, char **argv);
int verb_adopt(int argc, char **argv);
int verb_faulting(int argc, char **argv);
int verb_defined(int argc, char **argv);
int verb_isolation(int argc, char **argv);
int verb_switching(int argc, char **argv);
int verb_orphaned(int argc, char **argv);
int verb_books(int argc, char **argv);
int verb_busy(int argc, char **argv);
int verb_ended(int argc, char **argv);
int verb_read(int argc, char **argv);
int verb_forking(int argc, char **argv);
int verb_fill(int argc, char **argv);
int verb_frozen(int argc, char **argv);
int verb_failing(int argc, char **argv);
int verb_hostile(int argc, char **argv);
int verb_events(int argc, char **argv);
int verb_knock(int argc, char **argv);
int verb_migrate(int argc, char **argv);

#endif
