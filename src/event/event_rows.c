/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_rows.c - the fields of all kinds in one sequence, those of the stats
 * event among them, which are the rows of event_counter_table.
 */
#include "event/event_step.h"

static void
put_path(struct event_row *row, const char *object, const char *name)
{
	size_t n = object ? strlen(object) : 0, len = strlen(name);

	memset(row->path, 0, sizeof(row->path));
	if (n + len + 2 > sizeof(row->path))
		return;
	if (object) {
		memcpy(row->path, object, n);
		row->path[n++] = '.';
	}
	memcpy(row->path + n, name, len);
}

static bool
stats_row(size_t i, struct event_row *row)
{
	if (i < EVENT_COUNTERS) {
		const struct event_counter_row *c = &event_counter_table[i];

		row->field = (struct event_field){
			.number = (uint16_t)(i + 1),
			.name = c->name,
			.type = EVENT_U64,
			.offset = (uint16_t)(offsetof(struct event, stats) + i * sizeof(uint64_t)),
			.size = sizeof(uint64_t),
			.doc = c->doc,
		};
		put_path(row, "stats", c->name);
		return true;
	}
	i -= EVENT_COUNTERS;
	if (i >= event_n_ledger_rows)
		return false;
	row->field = (struct event_field){
		.number = (uint16_t)(1000 + i),
		.name = event_ledger_table[i].name,
		.type = EVENT_SPECIAL,
		.offset = (uint16_t)(EVENT_SPECIAL_RESIDUAL + i),
		.doc = event_ledger_table[i].doc,
	};
	row->aux = (uint16_t)i;
	put_path(row, "stats.ledger.residual", event_ledger_table[i].name);
	return true;
}

bool
event_row_at(size_t i, struct event_row *row)
{
	row->aux = 0;
	row->kind = -1;
	if (i < event_n_head_fields) {
		row->field = event_head_fields[i];
		put_path(row, NULL, row->field.name);
		return true;
	}
	i -= event_n_head_fields;
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		const struct event_schema *schema = &event_table[kind];
		size_t n = kind == EVENT_STATS ? EVENT_COUNTERS + event_n_ledger_rows
					       : schema->n_fields;

		row->kind = kind;
		if (i >= n) {
			i -= n;
			continue;
		}
		if (kind == EVENT_STATS)
			return stats_row(i, row);
		row->field = schema->fields[i];
		put_path(row, schema->name, row->field.name);
		return true;
	}
	return false;
}

bool
event_row_is_kept(const struct event_row *row)
{
	uint16_t what = row->field.offset;

	if (row->kind >= 0)
		return false;
	if (row->field.type == EVENT_TIME)
		return true;
	return row->field.type == EVENT_SPECIAL &&
	       (what == EVENT_SPECIAL_TYPE || what == EVENT_SPECIAL_SCHEMA_VERSION ||
		what == EVENT_SPECIAL_ENC_RAW);
}

bool
event_row_applies(const struct event_row *row, enum event_kind kind)
{
	if (row->kind >= 0)
		return row->kind == (int)kind;
	/* Events about weir itself have no packet behind them. */
	if (kind != EVENT_STATS && kind != EVENT_LOSS)
		return true;
	return row->field.when == EVENT_ALWAYS || event_row_is_kept(row);
}
