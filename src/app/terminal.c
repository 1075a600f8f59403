/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - termios without line editing and echo. */
#include "app/terminal.h"

#include <fcntl.h>
#include <unistd.h>

void
terminal_open(struct terminal *t)
{
	struct termios raw;

	t->open = false;
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcgetattr(STDIN_FILENO, &t->before) < 0)
		return;
	raw = t->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	t->open = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void
terminal_close(struct terminal *t)
{
	if (t->open)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
	t->open = false;
}

bool
terminal_asks_to_quit(const struct terminal *t)
{
	char keys[64];
	ssize_t n = t->open ? read(STDIN_FILENO, keys, sizeof(keys)) : 0;

	for (ssize_t i = 0; i < n; i++)
		if (keys[i] == 'q' || keys[i] == 'Q')
			return true;
	return false;
}
