/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_step.h - how an encoder knows what to write (private to this folder).
 *
 * When an encoder is made, the rows of event_table and of the layered dialect
 * are turned into a list of steps per kind: a piece of fixed text and a value
 * behind it.  Encoding an event is then one loop over its kind's steps.
 */
#ifndef EVENT_EVENT_STEP_H
#define EVENT_EVENT_STEP_H

#include "event/event_put.h"
#include "net/community_id.h"

enum {
	EVENT_STEP_TEXT = 40,
	EVENT_STEPS = 1024, /* of all kinds together */
	EVENT_PATH = 64,
	EVENT_DEPTH = 6,
	EVENT_NAME_MAX = 255, /* bytes shown of the name of an interface or file */
	EVENT_CACHE = 32768,
	EVENT_WORDS = 48,
};

/* Behind the types of event.h: what only steps do. */
enum event_op {
	EVENT_OP_SPECIAL = EVENT_TYPES,                    /* + enum event_special */
	EVENT_OP_NONE = EVENT_OP_SPECIAL + EVENT_SPECIALS, /* text alone */
	EVENT_OP_RESIDUAL,
	EVENT_OP_FIXED, /* text of the encoder: event_fixed */
	/* Of the layered dialect. */
	EVENT_OP_HEX8,
	EVENT_OP_HEX16_U8, /* one byte shown as "0x0012" */
	EVENT_OP_HEX32_U8,
	EVENT_OP_HEX24,
	EVENT_OP_BIT,       /* true or false: aux is the mask */
	EVENT_OP_BIT_DIGIT, /* 1 or 0 */
	EVENT_OP_MILLIS,
	EVENT_OP_PROTOCOLS,
	EVENT_OP_FLAGS_TEXT,
	EVENT_OP_IPV6_PLEN,
	EVENT_OP_EIGHTHS, /* bytes in units of eight, as the header counts them */
	/* No values. */
	EVENT_OP_STRUCTURE,
	EVENT_OP_OPEN, /* the members of an object follow */
	EVENT_OP_CLOSE,
	EVENT_OP_RAW_LIST, /* "enc_raw", when there is something to list */
};

struct event_step {
	char text[EVENT_STEP_TEXT];
	uint8_t len;   /* of text */
	uint8_t op;    /* enum event_type or enum event_op */
	uint8_t when;  /* enum event_when */
	uint8_t quote; /* 1: a quote follows the value */
	uint8_t set;   /* bytes that must not all be zero; 0: not asked */
	uint16_t offset, size;
	uint16_t aux;  /* index of a row, number of names, mask */
	uint16_t path; /* EVENT_TEXT: index into event_encoder.path */
	const struct event_word *words;
};
_Static_assert(sizeof(struct event_step) == 64, "one cache line");

/* Text made ready at the start. */
struct event_fixed {
	uint16_t len;
	bool raw;
	char text[6 * EVENT_NAME_MAX + EVENT_PUT_SLACK];
};

/* A tuple and its Community ID.  Direct-mapped by flow_id, compared as a whole: an id is never
 * taken from the hash alone. */
struct event_cached {
	struct net_tuple tuple;
	char id[NET_COMMUNITY_ID];
	uint8_t used, zero;
};

enum { EVENT_RAW_PATHS = 32, EVENT_ID_PREFIX = 16 + 1 + 8 + 1 + 2 + 1 };

struct event_encoder {
	struct event_put put;
	enum event_dialect dialect;
	uint32_t kinds;
	bool colour;
	uint16_t seed;
	struct event_step *step; /* EVENT_STEPS of them */
	uint32_t n_steps, first[EVENT_KINDS + 1];
	char event_id[EVENT_CLASSES][EVENT_ID_PREFIX + 3]; /* all but the sequence number */
	struct event_fixed sensor;
	struct event_fixed *interface;
	size_t n_interfaces;
	char flags[256][64]; /* TCP flags as a list; the last byte is the length */
	char path[EVENT_RAW_PATHS][EVENT_PATH]; /* names of fields that hold text */
	uint32_t n_paths, n_words;
	struct event_word word[EVENT_WORDS]; /* names of enumerations */
	uint32_t raw; /* bit per path: the field of this event is written byte by byte */
	struct event_cached *cache;
	int64_t quarter; /* of an hour for which offset is right */
	int64_t offset;  /* of local time, seconds */
};

/* One field of any dialect and kind as the lists, schemas and --fields see it. */
struct event_row {
	struct event_field field; /* name is the last part of path */
	int kind;                 /* enum event_kind; -1: head */
	char path[EVENT_PATH];    /* "flow.rtt.syn" */
	uint16_t aux;             /* row of the ledger */
};

/* event_rows.c: row i of the native dialect, in the order of output; false behind the last one.
 * Rows of a kind follow one another. */
bool event_row_at(size_t i, struct event_row *row);

/* Rows that --fields cannot remove. */
bool event_row_is_kept(const struct event_row *row);

/* Whether the row is written at all for this kind. */
bool event_row_applies(const struct event_row *row, enum event_kind kind);

/* event_fields.c: whether a field stays.  also: a second name of it, or NULL. */
bool event_field_is_on(const char *fields, const char *path, const char *also);
bool event_fields_check(const char *fields, char err[BASE_ERROR_LEN]);

/* event_layered.c: one row of the layered dialect. */
struct event_layer_row {
	const char *layer, *name;
	const char *native; /* the field of the native dialect it shows; NULL: none */
	uint8_t op, when;
	uint16_t offset, size, aux;
	const char *type; /* "string" or "boolean" */
};
extern const struct event_layer_row event_layer_rows[];
extern const size_t event_n_layer_rows;
bool event_layer_applies(const struct event_layer_row *row, enum event_kind kind);

/* event_compile.c.  False when there is no room, which the tests rule out. */
struct event_compile {
	struct event_encoder *e;
	char open[EVENT_PATH]; /* path of the object that is open */
};
bool event_step_field(struct event_compile *c, const char *path, const struct event_step *step,
		      bool quoted);
/* A string that is the same in every event of a kind. */
bool event_step_constant(struct event_compile *c, const char *path, const char *value);
bool event_step_end(struct event_compile *c);
bool event_native_compile(struct event_encoder *e, const char *fields, enum event_kind kind);
bool event_layered_compile(struct event_encoder *e, const char *fields, enum event_kind kind);

/* event_run.c: writes the steps of the event's kind; event_when.c: a bit per enum event_when. */
char *event_run(struct event_encoder *e, const struct event *ev, char *p);
uint64_t event_conditions(const struct event_encoder *e, const struct event *ev);
char *event_put_layered(struct event_encoder *e, const struct event_step *s, char *p,
			const struct event *ev);
char *event_put_event_id(const struct event_encoder *e, char *p, const struct event *ev);
char *event_put_community_id(struct event_encoder *e, char *p, const struct event *ev);

/* event_names.c: names of numbers; NULL when there is none. */
const char *event_dns_type_name(uint16_t type);
const char *event_dns_rcode_name(uint16_t rcode);
const char *event_dns_opcode_name(uint16_t flags);
const char *event_arp_op_name(uint16_t op);
const char *event_icmp_name(uint8_t version, uint8_t type, uint8_t code);
const struct event_word *event_direction(const struct event *ev);

/* The other dialects. */
size_t event_sample_encode(struct event_encoder *e, const struct event *ev, char *buf);
size_t event_line_encode(struct event_encoder *e, const struct event *ev, char *buf);

extern const char *const event_tcp_flag_names[9];

#endif
