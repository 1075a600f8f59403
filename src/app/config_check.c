/* SPDX-License-Identifier: Apache-2.0 */
/* config_check.c - what no single key can tell: values that exclude or need each other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "base/text.h"
#include "sink/sink.h"

static int
check_write(const struct config *c, char err[BASE_ERROR_LEN])
{
	const struct config_write *w = &c->write;
	bool rotates = w->rotate_bytes || w->rotate_ns;

	if (!*w->path && (rotates || w->rotate_files))
		snprintf(err, BASE_ERROR_LEN,
			 "-C, -G and -W rotate the file of -w: give -w FILE as well");
	else if (w->rotate_files && !rotates)
		snprintf(err, BASE_ERROR_LEN,
			 "-W counts rotated files: give -C SIZE or -G SECONDS as well");
	else if (strcmp(w->path, "-") == 0 && rotates)
		snprintf(err, BASE_ERROR_LEN,
			 "-w - writes one stream, which -C and -G cannot rotate");
	else
		return 0;
	return -EINVAL;
}

/* The part of a URL that names the row: "-", or what stands before the colon. */
static int
check_output(const char *url, char err[BASE_ERROR_LEN])
{
	const char *names[64], *nearest;
	char scheme[64], quoted[TEXT_QUOTED];
	size_t n = 0;

	snprintf(scheme, sizeof(scheme), "%.*s", (int)strcspn(url, ":"), url);
	for (const struct sink_ops *const *row = sink_table; *row && n < ARRAY_LEN(names); row++) {
		if (strcmp((*row)->scheme, scheme) == 0)
			return 0;
		names[n++] = (*row)->scheme;
	}
	nearest = option_nearest(scheme, names, n);
	snprintf(err, BASE_ERROR_LEN,
		 "-o '%s': there is no output of that name%s%s%s; 'weir list sinks' names them",
		 text_quote(quoted, url), nearest ? "; did you mean '" : "", nearest ? nearest : "",
		 nearest ? "'?" : "");
	return -EINVAL;
}

static int
check_outputs(const struct config *c, char err[BASE_ERROR_LEN])
{
	const struct option_list *outputs = &c->run.outputs;
	bool write_stdout = strcmp(c->write.path, "-") == 0;
	uint32_t n_stdout = 0;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < outputs->n; i++) {
		n_stdout += strcmp(outputs->item[i], "-") == 0;
		rc = check_output(outputs->item[i], err);
	}
	if (rc == 0 && n_stdout + write_stdout > 1) {
		snprintf(err, BASE_ERROR_LEN,
			 "standard output can be given once only: to one -o - or to -w -");
		rc = -EINVAL;
	}
	return rc;
}

/* Kinds and fields, by those who know them. */
static int
check_events(struct config *c, char err[BASE_ERROR_LEN])
{
	struct event_encoder_config wanted = {
		.dialect = config_dialect(c, false),
		.fields = c->run.fields,
	};
	struct event_encoder *encoder;
	char why[BASE_ERROR_LEN];

	c->kinds = *c->run.events ? event_kinds_parse(c->run.events, why) : 0;
	if (*c->run.events && c->kinds == 0) {
		snprintf(err, BASE_ERROR_LEN, "--events: %s", why);
		return -EINVAL;
	}
	if (!*c->run.fields)
		return 0;
	wanted.kinds = c->kinds ? c->kinds : (UINT32_C(1) << EVENT_KINDS) - 1;
	encoder = event_encoder_new(&wanted, why);
	if (!encoder) {
		snprintf(err, BASE_ERROR_LEN, "--fields: %s", why);
		return -EINVAL;
	}
	event_encoder_free(encoder);
	return 0;
}

static int
make_sources(struct config *c, char err[BASE_ERROR_LEN])
{
	static const char *const live[] = { "af_packet", "libpcap" }; /* as capture.method */
	const struct option_list *ifaces = &c->run.interfaces, *files = &c->run.files;
	char a[TEXT_QUOTED], b[TEXT_QUOTED];
	uint32_t n_stdin = 0;

	if (ifaces->n && files->n) {
		snprintf(err, BASE_ERROR_LEN,
			 "both -i %s and -r %s are given: a run is live or reads files",
			 text_quote(a, ifaces->item[0]), text_quote(b, files->item[0]));
		return -EINVAL;
	}
	c->n_sources = 0;
	for (uint32_t i = 0; i < ifaces->n; i++)
		c->source[c->n_sources++] = (struct config_source){
			live[c->capture.method < ARRAY_LEN(live) ? c->capture.method : 0],
			ifaces->item[i],
		};
	for (uint32_t i = 0; i < files->n; i++) {
		n_stdin += strcmp(files->item[i], "-") == 0;
		c->source[c->n_sources++] = (struct config_source){ "file", files->item[i] };
	}
	if (n_stdin > 1) {
		snprintf(err, BASE_ERROR_LEN, "standard input can be read once only: one -r -");
		return -EINVAL;
	}
	return 0;
}

int
config_finish(struct config *c, char err[BASE_ERROR_LEN])
{
	int rc = check_write(c, err);

	if (rc == 0)
		rc = check_outputs(c, err);
	if (rc == 0)
		rc = make_sources(c, err);
	if (rc == 0)
		rc = check_events(c, err);
	if (rc == 0 && strcmp(c->run.listen, "none") != 0) {
		snprintf(err, BASE_ERROR_LEN, "--listen: this build has no dashboard: give none");
		rc = -EINVAL;
	}
	if (rc == 0 && !*c->sensor.id && gethostname(c->sensor.id, sizeof(c->sensor.id)) < 0)
		memcpy(c->sensor.id, "weir", sizeof("weir"));
	c->sensor.id[sizeof(c->sensor.id) - 1] = '\0';
	return rc;
}
