/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - one line, drawn, taken away, drawn again. */
#include "app/status.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/summary.h"
#include "base/text.h"

enum { PARTS = 8, PRESET_WIDTH = 80, MIN_WIDTH = 20 };

#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"
#define CLEAR "\r\033[K"

/* What stands between two bars; the less important ones come last and go first. */
struct part {
	char text[128];
	bool alarm;
};

static double
rate(const struct status_sample *now, const struct status_sample *before, enum event_counter c)
{
	if (now->time_ns <= before->time_ns || now->value[c] < before->value[c])
		return 0;
	return (double)(now->value[c] - before->value[c]) * 1e9 /
	       (double)(now->time_ns - before->time_ns);
}

static size_t
make_parts(struct part part[PARTS], const struct status_sample *now,
	   const struct status_sample *before)
{
	uint64_t lost = summary_losses(now->value);
	char number[TEXT_NUMBER];
	size_t n = 0;

	if (*now->note) {
		text_escape(part[n].text, sizeof(part[n].text), now->note);
		part[n++].alarm = true;
	}
	text_duration(part[n].text, sizeof(part[n].text), now->time_ns);
	n++;
	text_count(number, sizeof(number), now->value[COUNT_CAPTURE_PACKETS]);
	snprintf(part[n++].text, sizeof(part[0].text), "%s packets", number);
	text_rate(number, sizeof(number), rate(now, before, COUNT_CAPTURE_PACKETS), "pkt/s");
	snprintf(part[n++].text, sizeof(part[0].text), "%s", number);
	text_rate(number, sizeof(number), 8 * rate(now, before, COUNT_CAPTURE_BYTES), "bit/s");
	snprintf(part[n++].text, sizeof(part[0].text), "%s", number);
	text_count(number, sizeof(number), now->value[COUNT_FLOWS_ACTIVE]);
	snprintf(part[n++].text, sizeof(part[0].text), "%s flows", number);
	text_count(number, sizeof(number), lost);
	part[n].alarm = lost > 0;
	snprintf(part[n++].text, sizeof(part[0].text), "%s lost", number);
	if (now->bytes_total > 0) {
		double share = (double)now->bytes_done / (double)now->bytes_total;

		snprintf(part[n++].text, sizeof(part[0].text), "%.0f %%",
			 share < 1 ? 100 * share : 100);
	}
	return n;
}

/* Letters a terminal shows, with one column each. */
static size_t
columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

size_t
status_format(char buf[STATUS_LINE], const struct status_sample *now,
	      const struct status_sample *before, size_t width, bool colour)
{
	static const char bar[] = " | ";
	struct part part[PARTS] = { 0 };
	size_t n = make_parts(part, now, before), at = 0, used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t need = columns(part[i].text) + (used ? sizeof(bar) - 1 : 0);
		const char *shade = part[i].alarm ? RED BOLD : "";

		if (used + need > width)
			break;
		at += (size_t)snprintf(buf + at, STATUS_LINE - at, "%s%s%s%s", used ? bar : "",
				       colour ? shade : "", part[i].text,
				       colour && *shade ? PLAIN : "");
		used += need;
	}
	return at;
}

static void
put(const struct status *s, const char *text, size_t len)
{
	/* A terminal that is gone is noticed by those who have something to say. */
	if (write(s->fd, text, len) < 0)
		return;
}

static void
draw(struct status *s)
{
	if (!s->on || s->len == 0)
		return;
	put(s, s->line, s->len);
	s->shown = true;
}

static void
clear(struct status *s)
{
	if (s->shown)
		put(s, CLEAR, sizeof(CLEAR) - 1);
	s->shown = false;
}

void
status_init(struct status *s, int fd, bool enabled, bool colour)
{
	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	s->fd = fd;
	s->on = enabled && isatty(fd);
	s->colour = colour;
}

/* The last column stays free: a terminal may go on to the next line after it. */
static size_t
width_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return PRESET_WIDTH - 1;
	return size.ws_col > MIN_WIDTH ? (size_t)size.ws_col - 1 : MIN_WIDTH - 1;
}

void
status_update(struct status *s, const struct status_sample *now)
{
	char text[STATUS_LINE];

	if (!s->on)
		return;
	pthread_mutex_lock(&s->lock);
	status_format(text, now, &s->before, width_of(s->fd), s->colour);
	s->len = (size_t)snprintf(s->line, sizeof(s->line), CLEAR "%s", text);
	/* Rates are over a second or so: less would only flicker. */
	if (now->time_ns >= s->before.time_ns + NS_PER_SEC)
		s->before = *now;
	draw(s);
	pthread_mutex_unlock(&s->lock);
}

void
status_hold(struct status *s)
{
	pthread_mutex_lock(&s->lock);
	clear(s);
}

void
status_go_on(struct status *s)
{
	draw(s);
	pthread_mutex_unlock(&s->lock);
}

void
status_fini(struct status *s)
{
	pthread_mutex_lock(&s->lock);
	clear(s);
	s->on = false;
	pthread_mutex_unlock(&s->lock);
}
