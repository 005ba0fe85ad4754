// SPDX-License-Identifier: GPL-2.0
/* The user interface of `vmtoll top`, see top_ui.h. The screen is drawn with ncurses. */
#include "cmd/top_ui.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/top_replay.h"
#include "model/array.h"
#include "process/clock.h"
#include "view/format.h"
#include "view/top_screen.h"

#define LEAST_LINES	  8
#define MOST_WIDTH	  1000
#define LEAST_INTERVAL_NS 100000000ull
#define MOST_INTERVAL_NS  86400000000000ull
#define KEY_ESCAPE	  27
#define FIRST_LINE	  (TOP_HEAD_LINES + 2) /* the line below the titles */

enum color { COLOR_OF_GUEST = 1, COLOR_OF_KVM, COLOR_OF_VMM, COLOR_OF_HALTED, COLOR_OF_READY };

/* The text that the user is typing. */
enum prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_TIME };

/**
 * struct ui - the state of the user interface
 * @selected: index of the selected line
 * @first: index of the first visible line
 * @paused: the display does not advance to the next interval. A replay begins in this state.
 * @was: the filter before the user began to edit it; Escape restores this filter
 * @time: the time that the user types; Enter moves the cursor of the replay to this time
 * @problem: why @time is invalid, or ""
 * @next_ns: monotonic time of the next snapshot
 * @line_x, @line_width: position and width of the line that replay_line() writes, in columns
 */
struct ui {
	struct top_data *data;
	struct top_layout layout;
	uint64_t interval_ns;
	uint64_t next_ns;
	size_t selected;
	size_t first;
	bool paused;
	bool help;
	enum prompt prompt;
	bool quit;
	bool colors;
	char was[64];
	char time[64];
	char problem[100];
	size_t line_x;
	size_t line_width;
};

static volatile sig_atomic_t stopped_by;

static void stop(int signal)
{
	stopped_by = signal;
}

/*
 * Install the signal handlers before ncurses starts. Otherwise, ncurses would install its own
 * handlers, which terminate the program with exit status 1. The handlers are installed without
 * SA_RESTART, so that a signal interrupts the wait for a key.
 */
static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = stop };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

static const char *const help_lines[] = {
	"Up Down PgUp PgDn  select a line",
	"Enter, Right       show the reasons of the VM or vCPU",
	"v                  show the vCPUs of the VM",
	"Left               hide them",
	"T E K M H          sort by toll, exits, KVM, VMM, halted",
	"W A L N P          sort by ready, mean, longest, name, pid",
	"s, R               next sort key, reverse the order",
	"/                  filter by name or process",
	"Esc                remove the filter",
	"p                  pause",
	"r, Space           refresh now",
	"c                  show totals since counting started",
	"+ -                double or halve the interval",
	"q                  quit",
	"",
	"Toll: the share of the time lost in KVM and in the VMM",
	"p50, ..., p99.9: at most twice the true value",
	"Mouse: select and expand lines, sort by a title",
};

static const char *const replay_help_lines[] = {
	". ,                next or previous interval",
	"> <                forward or back by a minute",
	"] [                forward or back by an hour",
	"} {                last or first interval",
	"t                  go to a time: 14:30, yesterday or -2h",
	"p, Space           play or pause",
	"+ -                play more slowly or faster",
	"Up Down PgUp PgDn  select a line",
	"Enter, Right, v    show the reasons, show the vCPUs",
	"Left               hide them",
	"T E K M H          sort by toll, exits, KVM, VMM, halted",
	"W A L N P          sort by ready, mean, longest, name, pid",
	"s, R               next sort key, reverse the order",
	"/, Esc             filter by name or process, show all",
	"c                  sums since the first interval",
	"q                  quit",
	"p50, ..., p99.9: at most twice the true value",
	"Mouse: select and expand lines, sort, move in time",
};

static size_t list_lines(void)
{
	return LINES > FIRST_LINE + 1 ? (size_t)LINES - FIRST_LINE - 1 : 0;
}

static size_t screen_width(void)
{
	return COLS < MOST_WIDTH ? (size_t)COLS : MOST_WIDTH;
}

/* Color a bar. Each part also has its own character, so the bar is readable without colors. */
static void color_bar(const struct ui *ui, int y, size_t x, size_t width)
{
	static const struct {
		char symbol;
		enum color color;
	} symbols[] = {
		{ TOP_BAR_GUEST, COLOR_OF_GUEST }, { TOP_BAR_KVM, COLOR_OF_KVM },
		{ TOP_BAR_VMM, COLOR_OF_VMM },	   { TOP_BAR_HALTED, COLOR_OF_HALTED },
		{ TOP_BAR_READY, COLOR_OF_READY },
	};

	for (size_t i = 0; ui->colors && i < width; i++)
		for (size_t j = 0; j < ARRAY_SIZE(symbols); j++)
			if ((char)(mvinch(y, (int)(x + i)) & A_CHARTEXT) == symbols[j].symbol)
				mvchgat(y, (int)(x + i), 1, A_BOLD, (short)symbols[j].color, NULL);
}

static void draw_head(const struct ui *ui, const struct top_view *view)
{
	char text[TOP_SCREEN_BYTES];

	for (int i = 0; i < TOP_HEAD_LINES; i++) {
		const char *end;

		mvaddstr(i, 0, top_screen_head(view, screen_width(), i, text, sizeof(text)));
		end = strrchr(text, ']');
		if (i == TOP_HEAD_LINES - 1 && end)
			color_bar(ui, i, 1, (size_t)(end - text) - 1);
	}
}

static void add_reversed(const char *text)
{
	attron(A_REVERSE);
	addstr(text);
	attroff(A_REVERSE);
}

/* Draw the sort key and the filter. */
static void draw_order(const struct top_data *data)
{
	printw("sorted by %s%s", data->sort, data->reverse ? " (reversed)" : "");
	if (*data->filter)
		printw(", filter: %s", data->filter);
}

/*
 * Draw the status line of a replay: the time at the cursor, whether the replay is paused, the sort
 * key, the filter, and a bar that represents the whole recording.
 */
static void draw_replay(struct ui *ui)
{
	const struct top_data *data = ui->data;
	char text[TOP_SCREEN_BYTES];

	printw("%s ", replay_text(&data->replay, data->cursor, text, sizeof(text)));
	add_reversed(ui->paused ? "PAUSED" : "PLAYING");
	addstr(data->cumulative ? " since the first interval, " : " ");
	draw_order(data);
	ui->line_x = (size_t)getcurx(stdscr) + 1;
	ui->line_width = screen_width() > ui->line_x ? screen_width() - ui->line_x : 0;
	if (getcury(stdscr) == TOP_HEAD_LINES)
		mvaddstr(TOP_HEAD_LINES, (int)ui->line_x,
			 replay_line(&data->replay, data->cursor, ui->line_width, text,
				     sizeof(text)));
}

/*
 * Draw the status line. While the user is typing, it shows the prompt. Otherwise, it shows an
 * error or the state of the display.
 */
static void draw_state(struct ui *ui)
{
	const struct top_data *data = ui->data;

	move(TOP_HEAD_LINES, 0);
	ui->line_width = 0;
	if (ui->prompt == PROMPT_FILTER)
		printw("filter: %s_", data->filter);
	else if (ui->prompt == PROMPT_TIME)
		printw("go to: %s_", ui->time);
	else if (*ui->problem)
		add_reversed(ui->problem);
	else if (top_data_is_replay(data))
		draw_replay(ui);
	if (ui->prompt || *ui->problem || top_data_is_replay(data))
		return;
	draw_order(data);
	if (data->cumulative || !data->number)
		addstr(", since counting started");
	if (ui->paused) {
		addstr(", ");
		add_reversed("PAUSED");
	}
}

static char mark_of(const struct ui *ui, const struct toll *toll)
{
	const struct top_fold *fold = top_data_fold(ui->data, toll);

	if (toll->kind == TOLL_REASON)
		return ' ';
	return ui->data->all_vcpus || (fold && (fold->reasons || fold->vcpus)) ? '-' : '+';
}

static void draw_line(const struct ui *ui, const struct top_view *view, size_t index)
{
	const struct toll *toll = &view->toll[index];
	const struct top_field *bar = top_layout_bar(&ui->layout);
	bool selected = index == ui->selected;
	int y = FIRST_LINE + (int)(index - ui->first);
	char text[TOP_SCREEN_BYTES];

	if (selected)
		attron(A_BOLD);
	if (toll->vm->ended)
		attron(A_DIM);
	mvaddstr(y, 0,
		 top_screen_line(&ui->layout, view, toll, selected, mark_of(ui, toll), text,
				 sizeof(text)));
	attroff(A_BOLD | A_DIM);
	if (bar && toll->kind != TOLL_REASON)
		color_bar(ui, y, bar->x, bar->width);
}

/* Scroll so that the selected line is visible. */
static void scroll_to_selected(struct ui *ui)
{
	size_t lines = list_lines();

	if (ui->data->tolls && ui->selected >= ui->data->tolls)
		ui->selected = ui->data->tolls - 1;
	if (!ui->data->tolls)
		ui->selected = 0;
	if (ui->selected < ui->first)
		ui->first = ui->selected;
	if (lines && ui->selected >= ui->first + lines)
		ui->first = ui->selected - lines + 1;
	if (ui->first && ui->first + lines > ui->data->tolls)
		ui->first = ui->data->tolls > lines ? ui->data->tolls - lines : 0;
}

static void draw_list(struct ui *ui, const struct top_view *view)
{
	char text[TOP_SCREEN_BYTES];

	attron(A_REVERSE);
	mvaddstr(FIRST_LINE - 1, 0, top_screen_titles(&ui->layout, text, sizeof(text)));
	attroff(A_REVERSE);
	scroll_to_selected(ui);
	for (size_t i = ui->first; i < view->tolls && i < ui->first + list_lines(); i++)
		draw_line(ui, view, i);
	if (!view->tolls)
		mvaddstr(FIRST_LINE, 2,
			 view->vms ? "no VM matches the filter" : "no VM is running");
}

static void draw_help(const struct ui *ui)
{
	bool replay = top_data_is_replay(ui->data);
	const char *const *lines = replay ? replay_help_lines : help_lines;
	size_t count = replay ? ARRAY_SIZE(replay_help_lines) : ARRAY_SIZE(help_lines);

	for (size_t i = 0; i < count && (int)i < LINES - 1; i++)
		mvaddnstr((int)i, 0, lines[i], COLS);
	mvaddnstr(LINES - 1, 0, "press any key to return", COLS);
}

static void draw_screen(struct ui *ui)
{
	struct top_view view = top_data_view(ui->data);

	top_layout_make(screen_width(), &ui->layout);
	draw_head(ui, &view);
	draw_state(ui);
	draw_list(ui, &view);
	mvaddnstr(LINES - 1, 0,
		  top_data_is_replay(ui->data)
			  ? "q quit . , step > < minute ] [ hour t time p play ? help"
			  : "q quit Enter reasons v vCPUs s sort / filter p pause ? help",
		  COLS);
}

static void draw(struct ui *ui)
{
	erase();
	if (COLS < TOP_LEAST_WIDTH || LINES < LEAST_LINES)
		mvprintw(0, 0, "smaller than %d x %d", TOP_LEAST_WIDTH, LEAST_LINES);
	else if (ui->help)
		draw_help(ui);
	else
		draw_screen(ui);
	refresh();
}

static const struct toll *selected_line(const struct ui *ui)
{
	return ui->selected < ui->data->tolls ? &ui->data->toll[ui->selected] : NULL;
}

/*
 * The VM, vCPU or reason that a line shows. It is used to find the line again after the order of
 * the lines has changed.
 */
struct identity {
	bool valid;
	enum toll_kind kind;
	uint32_t vm;
	int64_t vcpu;
	struct snapshot_row reason;
};

static struct identity identity_of(const struct toll *toll)
{
	struct identity identity = { .valid = toll };

	if (!toll)
		return identity;
	identity.kind = toll->kind;
	identity.vm = toll->vm->vm->id;
	identity.vcpu = toll_vcpu_index(toll);
	if (toll->reason)
		identity.reason = *toll->reason;
	return identity;
}

static bool is_same(const struct identity *a, const struct toll *toll)
{
	struct identity b = identity_of(toll);

	return a->kind == b.kind && a->vm == b.vm && a->vcpu == b.vcpu &&
	       (a->kind != TOLL_REASON || row_has_same_key(&a->reason, &b.reason));
}

/* Select the line with this identity. If there is no such line, do not change ui->selected. */
static void select_identity(struct ui *ui, const struct identity *identity)
{
	for (size_t i = 0; identity->valid && i < ui->data->tolls; i++) {
		if (!is_same(identity, &ui->data->toll[i]))
			continue;
		ui->selected = i;
		return;
	}
}

/*
 * Compute the lines again. If the first line was selected, select the new first line. Otherwise,
 * select the same VM, vCPU or reason as before, even if its line has moved.
 */
static int update(struct ui *ui, int (*compute)(struct top_data *data, struct complaint *complaint),
		  struct complaint *complaint)
{
	struct identity identity = identity_of(ui->selected ? selected_line(ui) : NULL);
	int error = compute(ui->data, complaint);

	if (!error)
		select_identity(ui, &identity);
	return error;
}

static int read_and_compute(struct top_data *data, struct complaint *complaint)
{
	struct complaint problem = { "" };
	int error = top_data_read(data, &problem);

	if (!error)
		return top_data_compute(data, complaint);
	*complaint = problem;
	return error;
}

/* Show interval @i of the recording. */
static int seek(struct ui *ui, size_t i, struct complaint *complaint)
{
	struct identity identity = identity_of(ui->selected ? selected_line(ui) : NULL);
	int error = top_data_seek(ui->data, i, complaint);

	ui->next_ns = clock_monotonic_ns() + ui->interval_ns;
	if (!error)
		error = top_data_compute(ui->data, complaint);
	if (!error)
		select_identity(ui, &identity);
	return error;
}

/* Show the next interval of the recording, and pause after the last one. */
static int play(struct ui *ui, struct complaint *complaint)
{
	const struct top_data *data = ui->data;
	size_t next = replay_step(&data->replay, data->cursor, 1);

	if (next + 1 == data->replay.intervals)
		ui->paused = true;
	return next == data->cursor ? 0 : seek(ui, next, complaint);
}

static int refresh_now(struct ui *ui, struct complaint *complaint)
{
	if (top_data_is_replay(ui->data))
		return play(ui, complaint);
	/*
	 * Do not read the snapshot here, because this would drop the lines. update() saves the
	 * identity of the selected line before it reads the snapshot.
	 */
	ui->next_ns = clock_monotonic_ns() + ui->interval_ns;
	return update(ui, read_and_compute, complaint);
}

static int arrange(struct ui *ui, struct complaint *complaint)
{
	return update(ui, top_data_arrange, complaint);
}

static int toggle(struct ui *ui, bool vcpus, struct complaint *complaint)
{
	const struct toll *line = selected_line(ui);
	struct toll target;

	if (!line || line->kind == TOLL_REASON || (vcpus && line->kind != TOLL_VM))
		return 0;
	target = *line;
	if (top_data_toggle(ui->data, &target, vcpus))
		return complain(complaint, -ENOMEM, "cannot expand the line: out of memory");
	return top_data_arrange(ui->data, complaint);
}

/*
 * Collapse the selected line. If it shows a reason, first select the VM or vCPU that the reason
 * belongs to. If the selected line is then a vCPU that is not expanded, select its VM.
 */
static int collapse(struct ui *ui, struct complaint *complaint)
{
	const struct toll *line;
	struct top_fold *fold;

	while (ui->selected && ui->data->toll[ui->selected].kind == TOLL_REASON)
		ui->selected--;
	line = selected_line(ui);
	fold = line ? top_data_fold(ui->data, line) : NULL;
	if (line && !(fold && (fold->reasons || fold->vcpus)))
		while (ui->selected && ui->data->toll[ui->selected].kind != TOLL_VM)
			ui->selected--;
	line = selected_line(ui);
	fold = line ? top_data_fold(ui->data, line) : NULL;
	if (fold)
		fold->reasons = fold->vcpus = false;
	return top_data_arrange(ui->data, complaint);
}

static void move_selection(struct ui *ui, long lines)
{
	long at = (long)ui->selected + lines;
	long last = ui->data->tolls ? (long)ui->data->tolls - 1 : 0;

	ui->selected = (size_t)(at < 0 ? 0 : at > last ? last : at);
}

static int sort_by(struct ui *ui, const char *key, struct complaint *complaint)
{
	ui->data->sort = key;
	return arrange(ui, complaint);
}

static const char *next_sort_key(const char *key)
{
	for (size_t i = 0; i < toll_key_count; i++)
		if (!strcmp(key, toll_keys[i]))
			return toll_keys[(i + 1) % toll_key_count];
	return toll_keys[0];
}

static void change_interval(struct ui *ui, bool longer)
{
	uint64_t ns = longer ? ui->interval_ns * 2 : ui->interval_ns / 2;

	if (ns >= LEAST_INTERVAL_NS && ns <= MOST_INTERVAL_NS)
		ui->interval_ns = ns;
	ui->next_ns = clock_monotonic_ns() + ui->interval_ns;
}

static int click(struct ui *ui, const MEVENT *event, struct complaint *complaint)
{
	const struct top_field *field = top_layout_at(&ui->layout, (size_t)event->x);
	size_t index = ui->first + (size_t)(event->y - FIRST_LINE);

	if (event->y == TOP_HEAD_LINES && ui->line_width && (size_t)event->x >= ui->line_x)
		return seek(ui,
			    replay_at(&ui->data->replay, (size_t)event->x - ui->line_x,
				      ui->line_width),
			    complaint);
	if (event->y == FIRST_LINE - 1 && field && field->sort)
		return sort_by(ui, field->sort, complaint);
	if (event->y < FIRST_LINE || event->y >= LINES - 1 || index >= ui->data->tolls)
		return 0;
	if (index == ui->selected)
		return toggle(ui, false, complaint);
	ui->selected = index;
	return 0;
}

static int handle_mouse(struct ui *ui, struct complaint *complaint)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return 0;
	if (event.bstate & BUTTON4_PRESSED)
		move_selection(ui, -3);
	else if (event.bstate & BUTTON5_PRESSED)
		move_selection(ui, 3);
	else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
		return click(ui, &event, complaint);
	return 0;
}

/*
 * Remove the last character of @text. In UTF-8, a character can have several bytes; all except
 * the first have the form 10xxxxxx.
 */
static void drop_character(char *text)
{
	size_t length = strlen(text);

	while (length && (text[length - 1] & 0xc0) == 0x80)
		length--;
	if (length)
		text[length - 1] = '\0';
}

/* Apply an editing key to @text. getch() returns a UTF-8 character byte by byte. */
static void edit(char *text, size_t bytes, int key)
{
	size_t length = strlen(text);

	if (key == KEY_BACKSPACE || key == '\b' || key == 0x7f) {
		drop_character(text);
	} else if (key >= ' ' && key <= 0xff && length + 1 < bytes) {
		text[length] = (char)key;
		text[length + 1] = '\0';
	}
}

static bool is_enter(int key)
{
	return key == '\n' || key == KEY_ENTER;
}

/* Edit the filter, and update the list after each key. */
static int handle_filter(struct ui *ui, int key, struct complaint *complaint)
{
	if (key == KEY_ESCAPE)
		memcpy(ui->data->filter, ui->was, sizeof(ui->was));
	else
		edit(ui->data->filter, sizeof(ui->data->filter), key);
	if (key == KEY_ESCAPE || is_enter(key))
		ui->prompt = PROMPT_NONE;
	return arrange(ui, complaint);
}

/* Edit the time, and go to this time when the user presses Enter. */
static int handle_time(struct ui *ui, int key, struct complaint *complaint)
{
	const struct top_data *data = ui->data;
	size_t found;

	edit(ui->time, sizeof(ui->time), key);
	if (key != KEY_ESCAPE && !is_enter(key))
		return 0;
	ui->prompt = PROMPT_NONE;
	if (key == KEY_ESCAPE || !*ui->time)
		return 0;
	if (!replay_find(&data->replay, data->cursor, ui->time, &found))
		return seek(ui, found, complaint);
	snprintf(ui->problem, sizeof(ui->problem), "'%s' is not a time such as 14:30 or -2h",
		 ui->time);
	return 0;
}

static void begin_prompt(struct ui *ui, enum prompt prompt)
{
	memcpy(ui->was, ui->data->filter, sizeof(ui->was));
	ui->time[0] = '\0';
	ui->prompt = prompt;
}

static int clear_filter(struct ui *ui, struct complaint *complaint)
{
	ui->data->filter[0] = '\0';
	return arrange(ui, complaint);
}

/* Handle a key that moves the selection. Returns false if @key is not such a key. */
static bool handle_motion(struct ui *ui, int key)
{
	long page = (long)list_lines();
	const struct {
		int key;
		long lines;
	} motions[] = {
		{ KEY_UP, -1 },		{ 'k', -1 },
		{ KEY_DOWN, 1 },	{ 'j', 1 },
		{ KEY_PPAGE, -page },	{ KEY_NPAGE, page },
		{ KEY_HOME, -1000000 }, { 'g', -1000000 },
		{ KEY_END, 1000000 },	{ 'G', 1000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(motions); i++) {
		if (motions[i].key != key)
			continue;
		move_selection(ui, motions[i].lines);
		return true;
	}
	return false;
}

/* Return the sort key that @key selects, or NULL if @key selects none. */
static const char *sort_key_of(const struct ui *ui, int key)
{
	static const char letters[] = "TEKMHWALNP"; /* in the order of toll_keys[] */
	const char *letter = key > 0 && key < 0x7f ? strchr(letters, key) : NULL;

	if (key == 's')
		return next_sort_key(ui->data->sort);
	return letter && *letter ? toll_keys[letter - letters] : NULL;
}

static int toggle_cumulative(struct ui *ui, struct complaint *complaint)
{
	ui->data->cumulative = !ui->data->cumulative;
	return update(ui, top_data_compute, complaint);
}

static int reverse(struct ui *ui, struct complaint *complaint)
{
	ui->data->reverse = !ui->data->reverse;
	return arrange(ui, complaint);
}

static void toggle_pause(struct ui *ui)
{
	ui->paused = !ui->paused;
	ui->next_ns = clock_monotonic_ns() + ui->interval_ns;
}

/*
 * Handle a key that is only used in a replay. Set *@handled to false if @key is any other key.
 * Returns 0, or a negative errno with a complaint.
 */
static int handle_replay(struct ui *ui, int key, bool *handled, struct complaint *complaint)
{
	const struct replay *replay = &ui->data->replay;
	size_t cursor = ui->data->cursor;

	*handled = true;
	switch (key) {
	case '.':
	case ',':
		return seek(ui, replay_step(replay, cursor, key == '.' ? 1 : -1), complaint);
	case '>':
	case '<':
		return seek(ui, replay_jump(replay, cursor, key == '>' ? 60 : -60), complaint);
	case ']':
	case '[':
		return seek(ui, replay_jump(replay, cursor, key == ']' ? 3600 : -3600), complaint);
	case '}':
	case '{':
		return seek(ui, key == '}' ? replay->intervals - 1 : 0, complaint);
	case 't':
		begin_prompt(ui, PROMPT_TIME);
		return 0;
	case ' ':
		toggle_pause(ui);
		return 0;
	}
	*handled = false;
	return 0;
}

static int handle_key(struct ui *ui, int key, struct complaint *complaint)
{
	const char *sort = sort_key_of(ui, key);

	if (sort)
		return sort_by(ui, sort, complaint);
	if (handle_motion(ui, key))
		return 0;
	switch (key) {
	case 'q':
		ui->quit = true;
		return 0;
	case '?':
	case 'h':
		ui->help = true;
		return 0;
	case 'p':
		toggle_pause(ui);
		return 0;
	case 'r':
	case ' ':
		return refresh_now(ui, complaint);
	case '\n':
	case KEY_ENTER:
	case KEY_RIGHT:
		return toggle(ui, false, complaint);
	case 'v':
		return toggle(ui, true, complaint);
	case KEY_LEFT:
		return collapse(ui, complaint);
	case 'R':
		return reverse(ui, complaint);
	case 'c':
		return toggle_cumulative(ui, complaint);
	case '/':
		begin_prompt(ui, PROMPT_FILTER);
		return 0;
	case KEY_ESCAPE:
		return clear_filter(ui, complaint);
	case '+':
	case '-':
		change_interval(ui, key == '+');
		return 0;
	case KEY_MOUSE:
		return handle_mouse(ui, complaint);
	}
	return 0;
}

static int handle(struct ui *ui, int key, struct complaint *complaint)
{
	bool handled = false;
	int error = 0;

	if (key == KEY_RESIZE)
		return 0;
	if (ui->help || *ui->problem) {
		ui->help = false;
		ui->problem[0] = '\0';
		return 0;
	}
	if (ui->prompt == PROMPT_FILTER)
		return handle_filter(ui, key, complaint);
	if (ui->prompt == PROMPT_TIME)
		return handle_time(ui, key, complaint);
	if (top_data_is_replay(ui->data))
		error = handle_replay(ui, key, &handled, complaint);
	return handled ? error : handle_key(ui, key, complaint);
}

/* Return the time in milliseconds until the next snapshot, or -1 if the display is paused. */
static int wait_ms(const struct ui *ui)
{
	uint64_t now = clock_monotonic_ns();

	if (ui->paused)
		return -1;
	return ui->next_ns > now ? (int)((ui->next_ns - now) / 1000000 + 1) : 0;
}

static int loop(struct ui *ui, struct complaint *complaint)
{
	int error = top_data_compute(ui->data, complaint);

	while (!error && !ui->quit && !stopped_by) {
		int key;

		draw(ui);
		timeout(wait_ms(ui));
		key = getch();
		if (key != ERR)
			error = handle(ui, key, complaint);
		else if (!stopped_by && !ui->paused && clock_monotonic_ns() >= ui->next_ns)
			error = refresh_now(ui, complaint);
	}
	return error;
}

static void start_colors(struct ui *ui)
{
	const char *no_color = getenv("NO_COLOR");

	ui->colors = has_colors() && !(no_color && *no_color);
	if (!ui->colors)
		return;
	start_color();
	use_default_colors();
	init_pair(COLOR_OF_GUEST, COLOR_GREEN, -1);
	init_pair(COLOR_OF_KVM, COLOR_RED, -1);
	init_pair(COLOR_OF_VMM, COLOR_YELLOW, -1);
	init_pair(COLOR_OF_HALTED, COLOR_BLUE, -1);
	init_pair(COLOR_OF_READY, COLOR_MAGENTA, -1);
}

static void start_terminal(struct ui *ui)
{
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	idlok(stdscr, TRUE); /* scrolling sends fewer characters over a slow line */
	set_escdelay(25);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	start_colors(ui);
}

/*
 * Initialize the terminal. Reject the terminal type "dumb" and similar types: they cannot move the
 * cursor, so ncurses would print all lines on top of each other.
 */
static int open_screen(SCREEN **screen, struct complaint *complaint)
{
	const char *type = getenv("TERM") ?: "";
	const char *cursor_address;

	*screen = newterm(NULL, stdout, stdin);
	if (!*screen)
		return complain(complaint, -ENOTTY,
				"cannot use this terminal: its type (TERM=%s) is unknown; use -b",
				type);
	cursor_address = tigetstr("cup");
	if (cursor_address && cursor_address != (char *)-1)
		return 0;
	endwin();
	delscreen(*screen);
	return complain(complaint, -ENOTTY,
			"cannot use this terminal: its type (TERM=%s) cannot move the cursor; use "
			"-b",
			type);
}

int top_ui_run(struct top_data *data, uint64_t interval_ns, struct complaint *complaint)
{
	struct ui ui = { .data = data,
			 .interval_ns = interval_ns,
			 .paused = top_data_is_replay(data) };
	SCREEN *screen;
	int error;

	catch_signals();
	setlocale(LC_CTYPE, "");
	error = open_screen(&screen, complaint);
	if (error)
		return error;
	ui.next_ns = clock_monotonic_ns() + interval_ns;
	start_terminal(&ui);
	error = loop(&ui, complaint);
	endwin();
	delscreen(screen);
	return error;
}
