/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h - single keys from the terminal weir was started on.
 *
 * While open, keys arrive without Enter and are not shown.  The terminal is put
 * back by terminal_close, also when the process is about to leave at once.
 */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include <termios.h>

#include "base/base.h"

struct terminal {
	bool open;
	struct termios before;
};

/* Nothing happens when standard input is no terminal, or belongs to another job. */
void terminal_open(struct terminal *t);
void terminal_close(struct terminal *t);

/* Reads what was typed; whether a q was among it. */
bool terminal_asks_to_quit(const struct terminal *t);

#endif
