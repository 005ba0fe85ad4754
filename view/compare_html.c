// SPDX-License-Identifier: GPL-2.0
/* `vmtoll compare` as an HTML page, which contains the comparison as JSON. */
#include "view/compare_view.h"
#include "view/page.h"
#include "view/page_write.h"

bool compare_has_html(void)
{
	return page_is_built();
}

int compare_html(const struct comparison *comparison, FILE *out)
{
	return page_write(compare_object(comparison), page_tail, page_tail_bytes, out);
}
