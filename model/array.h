/* SPDX-License-Identifier: GPL-2.0 */
/* The number of elements in an array. */
#ifndef VMTOLL_ARRAY_H
#define VMTOLL_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
