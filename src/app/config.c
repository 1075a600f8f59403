/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - keys to values, from every origin but the command line. */
#include "app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/yaml.h"

enum { MAX_KEYS = 128 };

#define ENVIRONMENT "WEIR_"

/* A key's row and the struct its value is in. */
struct place {
	const struct option_group *group;
	const struct option *option;
	void *values;
};

/* What stands behind the prefix and its dot; NULL when the key is not of this group. */
static const char *
below(const struct option_group *group, const char *key)
{
	size_t n = strlen(group->prefix);

	if (n == 0)
		return strchr(key, '.') ? NULL : key;
	return strncmp(key, group->prefix, n) == 0 && key[n] == '.' ? key + n + 1 : NULL;
}

static bool
find(struct config *c, const char *key, struct place *out)
{
	for (const struct config_group *row = config_table; row->group; row++) {
		const char *name = below(row->group, key);

		for (size_t i = 0; name && i < row->group->n_options; i++)
			if (strcmp(row->group->options[i].name, name) == 0) {
				*out = (struct place){ row->group, &row->group->options[i],
						       (char *)c + row->offset };
				return true;
			}
	}
	return false;
}

/* The nearest of all keys, in room that belongs to the caller; NULL when none is near. */
static const char *
nearest_key(const char *key, char room[YAML_MAX_KEY])
{
	char full[MAX_KEYS][YAML_MAX_KEY];
	const char *names[MAX_KEYS], *nearest;
	size_t n = 0;

	for (const struct config_group *row = config_table; row->group; row++)
		for (size_t i = 0; i < row->group->n_options && n < MAX_KEYS; i++) {
			const char *prefix = row->group->prefix;

			snprintf(full[n], sizeof(full[n]), "%s%s%s", prefix, *prefix ? "." : "",
				 row->group->options[i].name);
			names[n] = full[n];
			n++;
		}
	nearest = option_nearest(key, names, n);
	if (!nearest)
		return NULL;
	snprintf(room, YAML_MAX_KEY, "%s", nearest);
	return room;
}

static int
refuse_key(const char *key, char err[BASE_ERROR_LEN])
{
	char quoted[TEXT_QUOTED], room[YAML_MAX_KEY];
	const char *nearest = nearest_key(key, room);

	text_quote(quoted, key);
	if (nearest)
		snprintf(err, BASE_ERROR_LEN, "unknown key '%s'; did you mean '%s'?", quoted,
			 nearest);
	else
		snprintf(err, BASE_ERROR_LEN,
			 "unknown key '%s'; 'weir list options' names all of them", quoted);
	return -ENOENT;
}

void
config_presets(struct config *c)
{
	memset(c, 0, sizeof(*c));
	for (const struct config_group *row = config_table; row->group; row++)
		option_presets(row->group, (char *)c + row->offset);
}

int
config_set(struct config *c, const char *key, const char *text, char err[BASE_ERROR_LEN])
{
	struct place p;
	char why[BASE_ERROR_LEN];
	int rc;

	if (!find(c, key, &p))
		return refuse_key(key, err);
	rc = option_set(p.group, p.values, p.option->name, text, why);
	if (rc < 0)
		snprintf(err, BASE_ERROR_LEN, "%s: %s", key, why);
	return rc;
}

struct option_list *
config_list(struct config *c, const char *key)
{
	struct place p;

	if (!find(c, key, &p) || p.option->type != OPTION_LIST)
		return NULL;
	return (struct option_list *)(void *)((char *)p.values + p.option->offset);
}

static bool
is_prefix(const char *key)
{
	for (const struct config_group *row = config_table; row->group; row++)
		if (strcmp(row->group->prefix, key) == 0)
			return true;
	return false;
}

static int
set_entry(struct config *c, const struct yaml_entry *entry, char err[BASE_ERROR_LEN])
{
	struct option_list *list = config_list(c, entry->key);
	struct place p;

	/* A group whose lines are all comments. */
	if (entry->kind == YAML_NONE && is_prefix(entry->key))
		return 0;
	if (is_prefix(entry->key)) {
		snprintf(err, BASE_ERROR_LEN, "%s holds keys, not a value", entry->key);
		return -EINVAL;
	}
	if (!find(c, entry->key, &p))
		return refuse_key(entry->key, err);
	if (entry->kind == YAML_NONE) {
		snprintf(err, BASE_ERROR_LEN, "%s has no value; \"\" is an empty text", entry->key);
		return -EINVAL;
	}
	if (entry->kind == YAML_TEXT)
		return config_set(c, entry->key, entry->text, err);
	if (!list) {
		snprintf(err, BASE_ERROR_LEN, "%s takes one value, not a list", entry->key);
		return -EINVAL;
	}
	if (entry->kind == YAML_LIST)
		list->n = 0;
	return entry->kind == YAML_ITEM ? option_list_add(list, entry->text, err) : 0;
}

int
config_read_yaml(struct config *c, const char *name, const char *text, size_t len,
		 char err[BASE_ERROR_LEN])
{
	struct yaml_reader *r = yaml_reader_new(name, text, len);
	struct yaml_entry entry;
	char why[BASE_ERROR_LEN], quoted[TEXT_QUOTED];
	int rc;

	if (!r) {
		snprintf(err, BASE_ERROR_LEN, "no memory to read %s", text_quote(quoted, name));
		return -ENOMEM;
	}
	while ((rc = yaml_reader_next(r, &entry, err)) > 0) {
		rc = set_entry(c, &entry, why);
		if (rc < 0) {
			snprintf(err, BASE_ERROR_LEN, "%s:%zu:%zu: %s", text_quote(quoted, name),
				 entry.line, entry.column, why);
			break;
		}
	}
	yaml_reader_free(r);
	return rc;
}

/* Up to max + 1 bytes, so that the caller sees when there are more; how many, or -errno. */
static ssize_t
read_up_to(int fd, char *text, size_t max)
{
	size_t at = 0;

	while (at <= max) {
		ssize_t n = read(fd, text + at, max + 1 - at);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	return (ssize_t)at;
}

/* All of a file, bounded and terminated, for the caller to free; NULL with a sentence in err. */
static char *
read_whole(const char *path, size_t max, size_t *len, char err[BASE_ERROR_LEN])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(max + 2);
	char quoted[TEXT_QUOTED];
	ssize_t n = text ? read_up_to(fd, text, max) : -errno;

	if (fd >= 0)
		close(fd);
	if (text && n >= 0 && (size_t)n <= max) {
		text[n] = '\0';
		*len = (size_t)n;
		return text;
	}
	snprintf(err, BASE_ERROR_LEN, "%s: %s", text_quote(quoted, path),
		 strerror(n < 0 ? (int)-n : EFBIG));
	free(text);
	return NULL;
}

int
config_read_file(struct config *c, const char *path, char err[BASE_ERROR_LEN])
{
	size_t len = 0;
	char *text = read_whole(path, YAML_MAX_BYTES, &len, err);
	int rc = text ? config_read_yaml(c, path, text, len, err) : -EIO;

	free(text);
	return rc;
}

/* Spaces at its end are left out: files end in a newline, filters do not. */
static int
take_filter(struct config *c, const char *path, const char *text, size_t len,
	    char err[BASE_ERROR_LEN])
{
	char quoted[TEXT_QUOTED];

	if (strlen(text) != len) {
		snprintf(err, BASE_ERROR_LEN, "%s holds a zero byte: it is no filter",
			 text_quote(quoted, path));
		return -EINVAL;
	}
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	memcpy(c->run.filter, text, len);
	c->run.filter[len] = '\0';
	return 0;
}

int
config_read_filter(struct config *c, const char *path, char err[BASE_ERROR_LEN])
{
	size_t len = 0;
	char *text = read_whole(path, CONFIG_FILTER - 1, &len, err);
	int rc = text ? take_filter(c, path, text, len, err) : -EIO;

	free(text);
	return rc;
}

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* One variable: WEIR_FLOW__IDLE_TIMEOUT is flow.idle_timeout.  Names without "__" are ours only
 * when they are a key on top, because other programs begin names like that too. */
static int
read_variable(struct config *c, const char *variable, char err[BASE_ERROR_LEN])
{
	const char *from = variable + strlen(ENVIRONMENT), *equals = strchr(from, '=');
	char key[YAML_MAX_KEY], why[BASE_ERROR_LEN], quoted[TEXT_QUOTED];
	struct place p;
	size_t at = 0;

	if (!equals)
		return 0;
	for (; from < equals && at + 1 < sizeof(key); from++) {
		bool level = from[0] == '_' && from[1] == '_';

		key[at] = '.';
		if (!level)
			key[at] = lower(*from);
		at++;
		from += level;
	}
	key[at] = '\0';
	if (!strchr(key, '.') && !find(c, key, &p))
		return 0;
	if (config_set(c, key, equals + 1, why) == 0)
		return 0;
	text_escape_bytes(quoted, sizeof(quoted), variable, (size_t)(equals - variable));
	snprintf(err, BASE_ERROR_LEN, "environment variable %s: %s", quoted, why);
	return -EINVAL;
}

int
config_read_environment(struct config *c, char *const *env, char err[BASE_ERROR_LEN])
{
	int rc = 0;

	for (; rc == 0 && *env; env++)
		if (strncmp(*env, ENVIRONMENT, strlen(ENVIRONMENT)) == 0)
			rc = read_variable(c, *env, err);
	return rc;
}

enum event_dialect
config_dialect(const struct config *c, bool terminal)
{
	if (c->run.schema == 0)
		return terminal ? EVENT_DIALECT_LINE : EVENT_DIALECT_NATIVE;
	return (enum event_dialect)(c->run.schema - 1);
}

bool
config_is_coloured(const struct config *c, int fd)
{
	const char *no = getenv("NO_COLOR");

	if (c->run.colour != CONFIG_COLOUR_AUTO)
		return c->run.colour == CONFIG_COLOUR_ALWAYS;
	return isatty(fd) && !(no && *no);
}
