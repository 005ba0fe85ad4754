/* SPDX-License-Identifier: GPL-2.0 */
/* What cmocka wants included, in its order. */
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
