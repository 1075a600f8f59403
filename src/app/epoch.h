/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoch.h - the number of this start, which makes event ids of two runs differ.
 *
 * max(stored + 1, Unix seconds at start); stored durably before the first event
 * (delivery contract, words: epoch).  The time keeps it rising when the stored
 * one was lost.
 */
#ifndef APP_EPOCH_H
#define APP_EPOCH_H

#include "base/base.h"

/* state_dir: folder it is kept in, made when missing; "": nowhere, the time alone decides.
 * 0 or a negative errno with a sentence in err. */
int epoch_next(const char *state_dir, uint32_t *epoch, char err[BASE_ERROR_LEN]);

#endif
