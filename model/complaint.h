/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The error message that accompanies a negative errno. The function that detects the error
 * writes the message, which says what failed, why, and what to do. If a verb fails for several
 * VMs, cmd/message.c prints all messages except the last. cmd/main.c prints the last or only
 * message.
 */
#ifndef VMTOLL_COMPLAINT_H
#define VMTOLL_COMPLAINT_H

/**
 * struct complaint - an error message
 * @text: the message, or "" if there was no error
 * @error: the negative errno that @text describes
 */
struct complaint {
	char text[640];
	int error;
};

/* Format the message into @complaint, and store and return @error, a negative errno. */
int complain(struct complaint *complaint, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
