/* SPDX-License-Identifier: Apache-2.0 */
/* sink_table.c - to add a sink: write its file, add its row. */
#include "sink/sink.h"

extern const struct sink_ops sink_stdout, sink_file;

const struct sink_ops *const sink_table[] = {
	&sink_stdout,
	&sink_file,
	NULL,
};
