/* SPDX-License-Identifier: Apache-2.0 */
/* exit.h - what the exit status of weir says; part of its interface, so never renumbered. */
#ifndef APP_EXIT_H
#define APP_EXIT_H

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,        /* while running: a source was cut, a sink could not be written */
	EXIT_USAGE = 2,         /* wrong usage or configuration */
	EXIT_PRIVILEGE = 3,     /* a privilege is missing */
	EXIT_SOURCE = 4,        /* a source was not found or is unreadable */
	EXIT_INTERRUPTED = 130, /* interrupted twice: left at once */
};

#endif
