/* SPDX-License-Identifier: Apache-2.0 */
/* config_table.c - the settings of the application itself, and the groups of all stages. */
#include <stddef.h>

#include "app/config.h"

#define AT(of, field) .offset = offsetof(struct of, field)
#define TEXT_AT(of, field)                                                                         \
	.type = OPTION_STRING, AT(of, field), .size = sizeof(((struct of *)NULL)->field)

static const struct option general_options[] = {
	{ "deterministic", OPTION_BOOL, AT(config_general, deterministic), .preset = "false",
	  .doc = "Fix seeds and run identifiers, so that two runs over one file give the same "
		 "bytes." },
};

static const struct option_group general_group = {
	.prefix = "",
	.doc = "The run as a whole.",
	.options = general_options,
	.n_options = ARRAY_LEN(general_options),
	.size = sizeof(struct config_general),
};

static const struct option run_options[] = {
	{ "interfaces", OPTION_LIST, AT(config_run, interfaces), .preset = "",
	  .doc = "Interfaces to listen on; any stands for all of them." },
	{ "files", OPTION_LIST, AT(config_run, files), .preset = "",
	  .doc = "Capture files to read, one after the other; - is standard input." },
	{ "outputs", OPTION_LIST, AT(config_run, outputs), .preset = "",
	  .doc = "Where events go, as URLs; without any, to standard output." },
	{ "filter", TEXT_AT(config_run, filter), .preset = "",
	  .doc = "Only packets this filter matches are looked at; see pcap-filter(7)." },
	{ "count", OPTION_UINT, AT(config_run, count), .preset = "0",
	  .doc = "End after so many packets; 0 means no limit." },
	{ "duration", OPTION_DURATION, AT(config_run, duration_ns), .preset = "0s",
	  .doc = "End after this time; 0 means no limit." },
	{ "threads", OPTION_UINT, AT(config_run, threads), .min = 1, .max = CONFIG_THREADS,
	  .preset = "1", .doc = "Packet threads; a conversation always stays with one of them." },
	{ "stats_interval", OPTION_DURATION, AT(config_run, stats_interval_ns), .preset = "10s",
	  .doc = "Time between two stats events; with 0 there is only the one at the end." },
	{ "events", TEXT_AT(config_run, events), .preset = "",
	  .doc = "Kinds of events wanted, separated by commas; without any, the usual ones." },
	{ "fields", TEXT_AT(config_run, fields), .preset = "",
	  .doc = "Fields to add (+NAME) and to leave out (-NAME), separated by commas." },
	{ "schema", OPTION_CHOICE, AT(config_run, schema),
	  .choices = "auto|native|layered|flow-sample|line", .preset = "auto",
	  .doc = "How events are written; auto is line on a terminal and native elsewhere." },
	{ "color", OPTION_CHOICE, AT(config_run, colour), .choices = "auto|always|never",
	  .preset = "auto",
	  .doc = "Whether text is coloured; auto means on a terminal, unless NO_COLOR is set." },
	{ "quiet", OPTION_BOOL, AT(config_run, quiet), .preset = "false",
	  .doc = "No status line and no summary." },
	{ "verbose", OPTION_BOOL, AT(config_run, verbose), .preset = "false",
	  .doc = "Say more about what is done." },
	{ "state", TEXT_AT(config_run, state), .preset = "",
	  .doc = "Directory for what outlives a run; without one, nothing does." },
	{ "listen", TEXT_AT(config_run, listen), .preset = "none",
	  .doc = "Address and port of the dashboard; this build has none, so only none is "
		 "allowed." },
};

static const struct option_group run_group = {
	.prefix = "run",
	.doc = "Sources, outputs and the length of a run.",
	.options = run_options,
	.n_options = ARRAY_LEN(run_options),
	.size = sizeof(struct config_run),
};

static const struct option write_options[] = {
	{ "path", TEXT_AT(config_write, path), .preset = "",
	  .doc = "Write the packets to this file; .pcapng and .pcap choose the format, a further "
		 ".zst or .gz compresses." },
	{ "rotate_size", OPTION_SIZE, AT(config_write, rotate_bytes), .preset = "0",
	  .doc = "Begin a new file when this size is reached; 0 means never." },
	{ "rotate_time", OPTION_DURATION, AT(config_write, rotate_ns), .preset = "0s",
	  .doc = "Begin a new file after this time; 0 means never." },
	{ "rotate_files", OPTION_UINT, AT(config_write, rotate_files), .preset = "0",
	  .doc = "Keep so many files, the latest ones; 0 means all." },
};

static const struct option_group write_group = {
	.prefix = "write",
	.doc = "The capture file that is written.",
	.options = write_options,
	.n_options = ARRAY_LEN(write_options),
	.size = sizeof(struct config_write),
};

static const struct option sensor_options[] = {
	{ "id", TEXT_AT(config_sensor, id), .preset = "",
	  .doc = "Name of this sensor in every event; without one, the name of the host." },
	{ "community_id_seed", OPTION_UINT, AT(config_sensor, community_id_seed), .max = UINT16_MAX,
	  .preset = "0", .doc = "Seed of Community IDs; the same in all tools that compare them." },
};

static const struct option_group sensor_group = {
	.prefix = "sensor",
	.doc = "Who reports.",
	.options = sensor_options,
	.n_options = ARRAY_LEN(sensor_options),
	.size = sizeof(struct config_sensor),
};

static const struct option bench_options[] = {
	{ "stages", OPTION_BOOL, AT(config_bench, stages), .preset = "false",
	  .doc = "Measure the time per packet of each stage and tell it at the end." },
};

static const struct option_group bench_group = {
	.prefix = "bench",
	.doc = "Measuring weir itself.",
	.options = bench_options,
	.n_options = ARRAY_LEN(bench_options),
	.size = sizeof(struct config_bench),
};

const struct config_group config_table[] = {
	{ &general_group, offsetof(struct config, general) },
	{ &run_group, offsetof(struct config, run) },
	{ &write_group, offsetof(struct config, write) },
	{ &sensor_group, offsetof(struct config, sensor) },
	{ &capture_option_group, offsetof(struct config, capture) },
	{ &decode_option_group, offsetof(struct config, decode) },
	{ &flow_option_group, offsetof(struct config, flow) },
	{ &bench_group, offsetof(struct config, bench) },
	{ NULL, 0 },
};
