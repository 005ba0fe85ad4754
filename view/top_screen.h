/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of `vmtoll top` on a terminal. The functions only create text, so they need no
 * terminal. All texts are UTF-8 without control characters.
 */
#ifndef VMTOLL_TOP_SCREEN_H
#define VMTOLL_TOP_SCREEN_H

#include "view/top_view.h"

#define TOP_SCREEN_BYTES 4096 /* a buffer of this size is large enough for every line */
#define TOP_FIELDS	 18
#define TOP_HEAD_LINES	 3
#define TOP_LEAST_WIDTH	 40

/* The characters of a bar that shows where time went. */
#define TOP_BAR_GUEST  '='
#define TOP_BAR_KVM    '#'
#define TOP_BAR_VMM    '+'
#define TOP_BAR_HALTED '.'
#define TOP_BAR_READY  '~'

/**
 * struct top_field - a column on the screen
 * @key: key of the column in top_column(), or "bar"
 * @sort: the key of toll_sort() that sorts by this column, or NULL
 * @title: title of the column
 * @x: position on the line of the terminal where the column begins
 */
struct top_field {
	const char *key;
	const char *sort;
	const char *title;
	size_t x;
	size_t width;
	bool left;
};

/* The columns that fit into a line of @width characters. */
struct top_layout {
	size_t width;
	struct top_field field[TOP_FIELDS];
	size_t fields;
};

void top_layout_make(size_t width, struct top_layout *layout);

/* Return the column at @x, or NULL. */
const struct top_field *top_layout_at(const struct top_layout *layout, size_t x);

/* Return the column that shows the bar, or NULL if the line is too short for a bar. */
const struct top_field *top_layout_bar(const struct top_layout *layout);

/* Write line @line of the head, from 0 to TOP_HEAD_LINES - 1. Returns @text. */
const char *top_screen_head(const struct top_view *view, size_t width, int line, char *text,
			    size_t bytes);

/* Write the titles of the columns. Returns @text. */
const char *top_screen_titles(const struct top_layout *layout, char *text, size_t bytes);

/*
 * Write a line of the list. @selected marks the line with ">". @mark is '+' if the line can be
 * expanded, '-' if it is expanded, or a blank. Returns @text.
 */
const char *top_screen_line(const struct top_layout *layout, const struct top_view *view,
			    const struct toll *toll, bool selected, char mark, char *text,
			    size_t bytes);

/*
 * Write a bar of @width characters that shows where the time went. If the time is unknown, the bar
 * is blank. Returns @text.
 */
const char *top_bar(const struct toll_places *places, size_t width, char *text, size_t bytes);

#endif
