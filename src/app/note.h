/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - the few sentences threads have for the person who runs weir.
 *
 * Any thread leaves a note; the main thread prints them.  Traffic never causes
 * one: an interface that went down does, or a sink whose disk is full.
 */
#ifndef APP_NOTE_H
#define APP_NOTE_H

#include "base/base.h"

enum note_level { NOTE_INFO, NOTE_WARNING, NOTE_ERROR };

struct note_box;

/* NULL when memory is short.  fd: an eventfd written for each note; -1: none. */
struct note_box *note_new(int fd);
void note_free(struct note_box *b);

/* Never blocks for long; when the box is full the note is counted only. */
void note_put(struct note_box *b, enum note_level level, const char *format, ...) BASE_PRINTF(3, 4);

/* The oldest note, or false.  Notes that did not fit are told as a last one. */
bool note_take(struct note_box *b, enum note_level *level, char text[BASE_ERROR_LEN]);

#endif
