/* SPDX-License-Identifier: Apache-2.0 */
/* topology.c - opens everything, lays the rings, starts and joins the threads. */
#include "app/topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/epoch.h"
#include "app/exit.h"
#include "proto/proto.h"

/* A live ring has to outlast a hiccup of what follows; a file's only has to stay in the cache. */
static const uint64_t live_ring_bytes = UINT64_C(8) << 20, file_ring_bytes = UINT64_C(2) << 20,
		      tap_ring_bytes = UINT64_C(4) << 20;
static const uint64_t live_drain_ns = 5 * NS_PER_SEC;
enum { TALKERS = 4096, FIXED_SEED = 1, MIN_FLOWS = 1024 };

static int
out_of_memory(char err[BASE_ERROR_LEN])
{
	snprintf(err, BASE_ERROR_LEN,
		 "no memory for the tables and rings; lower flow.max or --threads");
	return EXIT_FAILED;
}

static int
new_fd(struct topology *t)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd >= 0)
		t->fd[t->n_fds++] = fd;
	return fd;
}

/* Zeroed and given back by topology_close. */
static void *
new_ring(struct topology *t, uint64_t capacity)
{
	size_t bytes = ring_footprint(capacity);
	void *mem = aligned_alloc(CACHE_LINE, bytes);

	if (!mem)
		return NULL;
	memset(mem, 0, sizeof(struct ring));
	t->ring_memory[t->n_rings++] = mem;
	t->memory_bytes += bytes;
	return mem;
}

/* Lays a ring between two ends; fds: what producer and consumer sleep on. */
static bool
connect_ring(struct topology *t, uint64_t capacity, struct ring_end *in, struct ring_end *out,
	     int consumer_fd)
{
	void *mem = new_ring(t, capacity);
	int producer_fd = new_fd(t);

	return mem && producer_fd >= 0 && consumer_fd >= 0 &&
	       ring_attach(in, mem, capacity, producer_fd, consumer_fd) == 0 &&
	       ring_attach(out, mem, capacity, consumer_fd, producer_fd) == 0;
}

static uint64_t
new_seed(const struct config *c)
{
	uint64_t seed = FIXED_SEED;

	if (!c->general.deterministic && getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed ^= (uint64_t)(uintptr_t)&seed;
	return seed;
}

static int
source_exit_status(int error)
{
	switch (error) {
	case -EPERM:
		return EXIT_PRIVILEGE;
	case -EINVAL:
		return EXIT_USAGE;
	case -ENOMEM:
		return EXIT_FAILED;
	default:
		return EXIT_SOURCE;
	}
}

/* Files are opened one after the other; that a later one is not there is told before the first. */
static bool
is_readable(const char *path, char err[BASE_ERROR_LEN])
{
	if (strcmp(path, "-") == 0 || access(path, R_OK) == 0)
		return true;
	snprintf(err, BASE_ERROR_LEN, "%s: %s: check its name", path,
		 errno == ENOENT ? "there is no such file" : strerror(errno));
	return false;
}

/* The requests of worker i: all files, or its interface. */
static int
open_source(struct topology *t, struct worker *w, char err[BASE_ERROR_LEN])
{
	const struct config *c = t->config;
	size_t source = t->live ? w->index / c->run.threads : 0;
	int result;

	w->n_requests = t->live ? 1 : c->n_sources;
	w->requests = calloc(w->n_requests, sizeof(*w->requests));
	if (!w->requests)
		return out_of_memory(err);
	for (size_t i = 0; i < w->n_requests; i++)
		w->requests[i] = (struct capture_request){
			.what = c->source[source + i].name,
			.filter = c->run.filter,
			.options = &c->capture,
			.thread = t->live ? w->index % (uint32_t)c->run.threads : 0,
			.n_threads = t->live ? (uint32_t)c->run.threads : 1,
			.fanout_group = ((uint32_t)getpid() + (uint32_t)source) & 0xffff,
		};
	w->row = c->source[source].capture;
	for (size_t i = 1; i < w->n_requests; i++)
		if (!is_readable(w->requests[i].what, err))
			return EXIT_SOURCE;
	w->interface_base = (uint16_t)source;
	w->flow_interface = w->n_requests > 1 ? WORKER_NO_INTERFACE : (uint16_t)source;
	result = capture_open(&w->source, w->row, &w->requests[0], err);
	w->next_request = 1;
	return result < 0 ? source_exit_status(result) : 0;
}

static int
open_worker(struct topology *t, uint32_t index, char err[BASE_ERROR_LEN])
{
	const struct config *c = t->config;
	uint64_t flows = c->flow.max / t->n_workers,
		 ring = t->live ? live_ring_bytes : file_ring_bytes;
	struct worker *w = aligned_alloc(CACHE_LINE,
					 (sizeof(*w) + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1));
	int status;

	if (!w)
		return out_of_memory(err);
	memset(w, 0, sizeof(*w));
	t->worker[index] = w;
	w->shared = &t->shared;
	w->index = index;
	w->n_workers = (uint32_t)t->n_workers;
	w->patient = !t->live;
	w->box = &t->box[index];
	status = open_source(t, w, err);
	if (status != 0)
		return status;
	flows = flows < MIN_FLOWS ? MIN_FLOWS : flows;
	w->decoder = decode_new(&c->decode, new_seed(c));
	w->flows = flow_table_new(&c->flow, flows, new_seed(c));
	if (!w->decoder || !w->flows ||
	    !connect_ring(t, ring, &w->out, &t->analysis.merge.in[index],
			  index == 0 ? new_fd(t) : t->analysis.merge.in[0].own_fd))
		return out_of_memory(err);
	flow_set_app_names(w->flows, proto_name);
	t->memory_bytes += decode_memory(&c->decode) + flow_table_memory(flows);
	return 0;
}

/* Whether standard output is the terminal on which the status line is. */
static struct status *
shared_terminal(const struct topology *t, const char *url)
{
	return strcmp(url, "-") == 0 && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) ? t->status
										       : NULL;
}

static uint32_t
kinds_of(const struct config *c, enum event_dialect dialect)
{
	uint32_t kinds = c->kinds ? c->kinds : event_kinds_preset(dialect);

	return kinds & event_dialect_kinds(dialect);
}

static int
open_sink(struct topology *t, size_t index, const char *url, char err[BASE_ERROR_LEN])
{
	const struct config *c = t->config;
	bool terminal = strcmp(url, "-") == 0 && isatty(STDOUT_FILENO);
	struct event_encoder_config config = {
		.dialect = config_dialect(c, terminal),
		.fields = c->run.fields[0] ? c->run.fields : NULL,
		.colour = terminal && config_is_coloured(c, STDOUT_FILENO),
		.identity = { .epoch = t->epoch,
			      .community_seed = (uint16_t)c->sensor.community_id_seed,
			      .interfaces = t->interfaces,
			      .n_interfaces = c->n_sources },
	};
	struct analysis_out *out = &t->analysis.out[index];
	struct sink_thread *s = calloc(1, sizeof(*s));

	if (!s)
		return out_of_memory(err);
	t->sink[index] = s;
	t->n_sinks++;
	snprintf(config.identity.sensor_id, sizeof(config.identity.sensor_id), "%s", c->sensor.id);
	config.kinds = out->kinds = kinds_of(c, config.dialect);
	s->encoder = event_encoder_new(&config, err);
	if (!s->encoder)
		return EXIT_USAGE;
	switch (sink_open(&s->sink, url, c->sensor.id, config.dialect, err)) {
	case 0:
		break;
	case -EINVAL:
	case -ENOENT:
		return EXIT_USAGE;
	default:
		return EXIT_FAILED;
	}
	snprintf(s->name, sizeof(s->name), "%s", sink_name(s->sink));
	s->box = &t->box[MERGE_INPUTS + index];
	s->notes = t->notes;
	s->stop = &t->stop;
	s->status = shared_terminal(t, url);
	out->box = s->box;
	t->shared.kinds |= out->kinds;
	if (!connect_ring(t, t->live ? live_ring_bytes : file_ring_bytes, &out->ring, &s->in,
			  new_fd(t)))
		return out_of_memory(err);
	return 0;
}

static int
open_sinks(struct topology *t, char err[BASE_ERROR_LEN])
{
	const struct option_list *outputs = &t->config->run.outputs;
	int status = 0;

	/* A run that only writes a capture file prints no events unless told to. */
	if (outputs->n == 0 && t->config->write.path[0])
		return 0;
	if (outputs->n == 0)
		return open_sink(t, 0, "-", err);
	for (size_t i = 0; i < outputs->n && i < ANALYSIS_SINKS && status == 0; i++)
		status = open_sink(t, i, outputs->item[i], err);
	return status;
}

static bool
is_a_source(const struct topology *t, const char *path)
{
	struct stat out, in;

	if (t->live || stat(path, &out) < 0 || !S_ISREG(out.st_mode))
		return false;
	for (size_t i = 0; i < t->config->n_sources; i++)
		if (stat(t->config->source[i].name, &in) == 0 && in.st_dev == out.st_dev &&
		    in.st_ino == out.st_ino)
			return true;
	return false;
}

static int
open_writer(struct topology *t, char err[BASE_ERROR_LEN])
{
	const struct config *c = t->config;
	struct capture_writer_config config = {
		.path = c->write.path,
		.snaplen = (uint32_t)c->capture.snaplen,
		.rotate_bytes = c->write.rotate_bytes,
		.rotate_ns = c->write.rotate_ns,
		.rotate_files = c->write.rotate_files,
		.interfaces = t->interfaces,
		.n_interfaces = c->n_sources,
	};
	size_t n = t->live ? t->n_workers : 1;
	int fd = -1;

	if (!config.path[0])
		return 0;
	if (is_a_source(t, config.path)) {
		snprintf(err, BASE_ERROR_LEN,
			 "'%s' is read and written at once, which would destroy it; name another "
			 "file with -w",
			 config.path);
		return EXIT_USAGE;
	}
	if (capture_writer_open(&t->writer.writer, &config, err) < 0)
		return EXIT_FAILED;
	t->writer.box = &t->box[TOPOLOGY_BOXES - 2];
	t->writer.notes = t->notes;
	t->writer.stop = &t->stop;
	fd = new_fd(t);
	for (size_t i = 0; i < n; i++)
		if (!connect_ring(t, tap_ring_bytes, &t->worker[i]->tap, &t->writer.in[i], fd))
			return out_of_memory(err);
	t->writer.n = n;
	return 0;
}

static void
list_boxes(struct topology *t)
{
	struct analysis *a = &t->analysis;
	size_t n = 0;

	for (size_t i = 0; i < t->n_workers; i++)
		t->worker_box_list[i] = t->box_list[n++] = t->worker[i]->box;
	if (t->writer.writer)
		a->writer_box = t->box_list[n++] = t->writer.box;
	a->boxes = t->box_list;
	a->n_boxes = n;
	a->worker_boxes = t->worker_box_list;
	a->n_workers = a->merge.n = t->n_workers;
	a->n_out = t->n_sinks;
	a->box = &t->box[TOPOLOGY_BOXES - 1];
}

static void
set_up(struct topology *t, const struct config *c, struct note_box *notes, struct status *status)
{
	memset(t, 0, sizeof(*t));
	t->config = c;
	t->notes = notes;
	t->status = status;
	t->live = strcmp(c->source[0].capture, "file") != 0;
	t->n_workers = c->run.threads * (t->live ? c->n_sources : 1);
	for (size_t i = 0; i < c->n_sources; i++)
		t->interfaces[i] = c->source[i].name;
	t->shared = (struct worker_shared){
		.stop = &t->stop,
		.notes = notes,
		.count_limit = c->run.count ? c->run.count : UINT64_MAX,
		.duration_ns = t->live ? 0 : c->run.duration_ns,
		.kinds = 1u << EVENT_FLOW,
		.sharded = !t->live && t->n_workers > 1,
		.stages = c->bench.stages,
	};
	counter_budget_init(&t->shared.budget, t->shared.count_limit);
	t->analysis.patient = !t->live;
	t->analysis.filtered = t->live && c->run.filter[0];
	t->analysis.stopped = t->shared.sharded ? &t->stop : NULL;
	t->analysis.stats_interval_ns = c->run.stats_interval_ns;
	t->analysis.drain_deadline_ns = t->live ? live_drain_ns : 0;
}

int
topology_open(struct topology *t, const struct config *config, struct note_box *notes,
	      struct status *status, char err[BASE_ERROR_LEN])
{
	int result = 0;

	set_up(t, config, notes, status);
	if (t->n_workers > MERGE_INPUTS) {
		snprintf(err, BASE_ERROR_LEN,
			 "%zu packet threads are more than the %d this build can merge; lower "
			 "--threads",
			 t->n_workers, MERGE_INPUTS);
		return EXIT_USAGE;
	}
	t->epoch = 1;
	if (!config->general.deterministic && epoch_next(config->run.state, &t->epoch, err) < 0)
		return EXIT_FAILED;
	t->box = aligned_alloc(CACHE_LINE, TOPOLOGY_BOXES * sizeof(*t->box));
	t->analysis.summary = analyze_summary_new(TALKERS);
	t->done_fd = new_fd(t);
	if (!t->box || !t->analysis.summary || t->done_fd < 0)
		return out_of_memory(err);
	memset(t->box, 0, TOPOLOGY_BOXES * sizeof(*t->box));
	for (uint32_t i = 0; i < t->n_workers && result == 0; i++)
		result = open_worker(t, i, err);
	if (result == 0)
		result = open_sinks(t, err);
	if (result == 0)
		result = open_writer(t, err);
	if (result == 0)
		list_boxes(t);
	return result;
}

static void *
analysis_main(void *arg)
{
	static const uint64_t one = 1;
	struct topology *t = arg;

	analysis_run(&t->analysis);
	if (write(t->done_fd, &one, sizeof(one)) < 0)
		return NULL;
	return NULL;
}

int
topology_start(struct topology *t)
{
	int result = 0;

	/* Consumers first, so that a thread that cannot be started leaves no producer alone. */
	if (t->writer.writer)
		result = pthread_create(&t->writer_pthread, NULL, writer_thread_run, &t->writer);
	for (size_t i = 0; i < t->n_sinks && result == 0; i++)
		result = pthread_create(&t->sink_pthread[i], NULL, sink_thread_run, t->sink[i]);
	if (result == 0)
		result = pthread_create(&t->analysis_thread, NULL, analysis_main, t);
	for (size_t i = 0; i < t->n_workers && result == 0; i++)
		result = pthread_create(&t->worker_thread[i], NULL, worker_run, t->worker[i]);
	return -result;
}

void
topology_join(struct topology *t)
{
	for (size_t i = 0; i < t->n_workers; i++)
		pthread_join(t->worker_thread[i], NULL);
	pthread_join(t->analysis_thread, NULL);
	for (size_t i = 0; i < t->n_sinks; i++)
		pthread_join(t->sink_pthread[i], NULL);
	if (t->writer.writer)
		pthread_join(t->writer_pthread, NULL);
}

void
topology_close(struct topology *t)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < t->n_workers && t->worker[i]; i++) {
		capture_close(t->worker[i]->source);
		decode_free(t->worker[i]->decoder);
		flow_table_free(t->worker[i]->flows);
		free(t->worker[i]->requests);
		free(t->worker[i]);
	}
	for (size_t i = 0; i < t->n_sinks; i++) {
		event_encoder_free(t->sink[i]->encoder);
		(void)sink_close(t->sink[i]->sink, &lost);
		free(t->sink[i]);
	}
	analyze_summary_free(t->analysis.summary);
	for (size_t i = 0; i < t->n_rings; i++)
		free(t->ring_memory[i]);
	for (size_t i = 0; i < t->n_fds; i++)
		close(t->fd[i]);
	free(t->box);
}
