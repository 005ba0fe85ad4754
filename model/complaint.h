/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A complaint: the sentence for the user that goes with a negative errno. The
 * one who meets the error writes it (what was tried, what went wrong, what to
 * do); cmd/main.c alone prints it.
 */
#ifndef VMTOLL_COMPLAINT_H
#define VMTOLL_COMPLAINT_H

struct complaint {
	char text[640];
};

/* Writes the sentence and returns @error (a negative errno) for the caller to return. */
int complain(struct complaint *complaint, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
