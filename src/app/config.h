/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - what a run is told to do, and by whom.
 *
 * A setting has one name, a dotted key such as "flow.idle_timeout", and one
 * row in the option table of the stage that uses it.  Its value comes from, in
 * rising precedence: the row's preset, the file given by --config, the
 * environment (WEIR_FLOW__IDLE_TIMEOUT), --set, and the letters of the command
 * line, each of which stands for one key.
 *
 * A list given by one of them takes the place of the list given by the one
 * before.  A source given on the command line takes the place of all sources
 * given elsewhere.
 *
 * Thread: read and written by the main thread before others start; constant
 * from then on.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdio.h>

#include "capture/capture.h"
#include "decode/decode.h"
#include "event/event.h"
#include "flow/flow.h"

enum { CONFIG_PATH = 1024, CONFIG_FILTER = 65536, CONFIG_SOURCES = OPTION_LIST_MAX };
enum { CONFIG_THREADS = 64 };

/* Keys on top. */
struct config_general {
	bool deterministic; /* fixed seeds and run ids: two runs give the same bytes */
};

enum config_colour { CONFIG_COLOUR_AUTO, CONFIG_COLOUR_ALWAYS, CONFIG_COLOUR_NEVER };

/* "run." */
struct config_run {
	struct option_list interfaces; /* -i */
	struct option_list files;      /* -r */
	struct option_list outputs;    /* -o; empty: "-", or nowhere when write.path is "-" */
	char filter[CONFIG_FILTER];    /* -f, -F or trailing words; "": everything */
	uint64_t count;                /* -c; 0: no limit */
	uint64_t duration_ns;          /* --duration; 0: no limit */
	uint64_t threads;              /* packet threads, at least 1 */
	uint64_t stats_interval_ns;    /* between two stats events; 0: only the last one */
	char events[256];              /* --events as given; see config.kinds */
	char fields[4096];             /* --fields; "": the preset ones */
	uint32_t schema;               /* see config_dialect */
	uint32_t colour;               /* enum config_colour */
	bool quiet;                    /* no status line, no summary */
	bool verbose;
	char state[CONFIG_PATH]; /* directory for what outlives a run; "": nothing does */
	char listen[256];        /* "none": no dashboard */
};

/* "write.": the capture file of -w */
struct config_write {
	char path[CONFIG_PATH]; /* -w; "": none */
	uint64_t rotate_bytes;  /* -C */
	uint64_t rotate_ns;     /* -G */
	uint64_t rotate_files;  /* -W */
};

struct config_sensor {
	char id[64]; /* never empty once read: the host's name when it was not given */
	uint64_t community_id_seed; /* at most 65535 */
};

struct config_bench {
	bool stages; /* measure the time of each stage */
};

struct config_source {
	const char *capture; /* row of capture_table: "file", "af_packet", "libpcap" */
	const char *name;    /* path, "-" or interface; points into the same config */
};

struct config {
	struct config_general general;
	struct config_run run;
	struct config_write write;
	struct config_sensor sensor;
	struct config_bench bench;
	struct capture_options capture;
	struct decode_options decode;
	struct flow_options flow;

	/* Made from the above once all of it is there. */
	struct config_source source[CONFIG_SOURCES];
	size_t n_sources; /* at least 1 after CONFIG_RUN; all files or all live */
	uint32_t kinds;   /* bits of enum event_kind of --events; 0: not given */
};

/* An option group and where in struct config its values are. */
struct config_group {
	const struct option_group *group;
	size_t offset;
};
/* config_table.c: all groups there are. */
extern const struct config_group config_table[]; /* ended by a row without group */

enum { CONFIG_RUN = -1 };

/* Reads the command line of `weir run`, argv[0] being the subcommand's name, and everything it
 * refers to.  CONFIG_RUN to go on; otherwise the exit status: what there was to say has been said
 * (help and dumps on standard output, errors on standard error).  *c is written either way and
 * large: allocate it.  May block on the configuration file. */
int config_from_command_line(struct config *c, int argc, char **argv);

/* The same for `weir check`, which reads everything and runs nothing; returns the exit status. */
int config_check_command_line(struct config *c, int argc, char **argv);

/* The steps of it, for `weir check`, documents and tests.  Each returns 0 or a negative errno with
 * one line in err, which holds no control character whatever was in its input. */
void config_presets(struct config *c);
int config_set(struct config *c, const char *key, const char *text, char err[BASE_ERROR_LEN]);
/* The list a key stands for; NULL when it is none. */
struct option_list *config_list(struct config *c, const char *key);
/* name is for messages: the path of the file. */
int config_read_yaml(struct config *c, const char *name, const char *text, size_t len,
		     char err[BASE_ERROR_LEN]);
int config_read_file(struct config *c, const char *path, char err[BASE_ERROR_LEN]);
/* run.filter from a file. */
int config_read_filter(struct config *c, const char *path, char err[BASE_ERROR_LEN]);
int config_read_environment(struct config *c, char *const *env, char err[BASE_ERROR_LEN]);
/* All of a command line: 0, or what it asks for instead of a run, or a negative errno. */
enum config_wish { CONFIG_HELP = 1, CONFIG_DUMP, CONFIG_TEST };
int config_obey(struct config *c, int argc, char **argv, char *const *env,
		char err[BASE_ERROR_LEN]);
/* Checks what no single key can tell, and makes the derived fields. */
int config_finish(struct config *c, char err[BASE_ERROR_LEN]);

/* All values as YAML that config_read_yaml reads back to the same values: --dump-config. */
void config_dump(const struct config *c, FILE *out);
/* contrib/weir.yaml and docs/options.md. */
void config_write_example(FILE *out);
void config_write_markdown(FILE *out);

/* The dialect of one output: as run.schema says, else line on a terminal and native otherwise. */
enum event_dialect config_dialect(const struct config *c, bool terminal);

/* Whether to colour what goes to fd. */
bool config_is_coloured(const struct config *c, int fd);

#endif
