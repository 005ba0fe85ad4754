/* SPDX-License-Identifier: GPL-2.0 */
/* Include cmocka.h after the headers that it requires, in the required order. */
#ifndef VMTOLL_TEST_H
#define VMTOLL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define assert_has(text, part) assert_non_null(strstr(text, part))

#endif
