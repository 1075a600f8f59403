/* SPDX-License-Identifier: Apache-2.0 */
/* test_yaml.c - what a settings file may hold, and the place of what it may not. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

/* Reads all of text; entries become lines in out; returns the last result. */
static int
read_bytes(const char *text, size_t len, char *out, size_t size, char err[BASE_ERROR_LEN])
{
	struct yaml_reader *r = yaml_reader_new("f.yaml", text, len);
	struct yaml_entry e;
	size_t at = 0;
	int rc;

	assert_non_null(r);
	*out = '\0';
	*err = '\0';
	while ((rc = yaml_reader_next(r, &e, err)) > 0)
		at += (size_t)snprintf(out + at, at < size ? size - at : 0, "%c %s=%s@%zu:%zu\n",
				       "TNLI"[e.kind], e.key, e.text, e.line, e.column);
	yaml_reader_free(r);
	return rc;
}

static void
expect(const char *text, const char *entries)
{
	char out[1024], err[BASE_ERROR_LEN];

	assert_int_equal(read_bytes(text, strlen(text), out, sizeof(out), err), 0);
	assert_string_equal(out, entries);
}

static void
refuse(const char *text, const char *message)
{
	char out[1024], err[BASE_ERROR_LEN];

	assert_int_equal(read_bytes(text, strlen(text), out, sizeof(out), err), -EINVAL);
	if (strncmp(err, message, strlen(message)) != 0)
		fail_msg("got '%s', wanted '%s'", err, message);
}

static void
nested_maps_become_dotted_keys(void **state)
{
	(void)state;
	expect("a: 1\nb:\n  c: two words\n  d: {e: \"x\"}\nf: 3\n",
	       "T a=1@1:4\nT b.c=two words@3:6\nT b.d.e=x@4:10\nT f=3@5:4\n");
	expect("a.b: 1\n", "T a.b=1@1:6\n");
}

static void
a_list_is_announced_and_its_items_follow(void **state)
{
	(void)state;
	expect("a: [x, \"y,z\"]\nb:\n  - p\nc: []\nd: 1\n",
	       "L a=@1:4\nI a=x@1:5\nI a=y,z@1:8\nL b=@3:3\nI b=p@3:5\nL c=@4:4\nT d=1@5:4\n");
}

static void
a_key_without_value_is_not_an_empty_text(void **state)
{
	(void)state;
	expect("a:\nb: ''\nc: ~\nd: null\ne: \"null\"\n",
	       "N a=@1:3\nT b=@2:4\nN c=@3:4\nN d=@4:4\nT e=null@5:4\n");
}

static void
a_file_of_comments_is_empty(void **state)
{
	(void)state;
	expect("", "");
	expect("# nothing\n\n", "");
	expect("---\n", "");
	expect("---\n...\n", "");
}

static void
what_settings_do_not_need_is_refused(void **state)
{
	(void)state;
	refuse("a: &x 1\n", "f.yaml:1:4: anchors are not supported: '&x'");
	refuse("a: *x\n", "f.yaml:1:4: aliases are not supported");
	refuse("a: !!str 1\n", "f.yaml:1:4: tags are not supported");
	refuse("a: !x {b: 1}\n", "f.yaml:1:4: tags are not supported");
	refuse("a: &l [1]\n", "f.yaml:1:4: anchors are not supported");
	refuse("a: 1\n---\nb: 2\n", "f.yaml:2:1: only one document");
	refuse("- a\n", "f.yaml:1:1: keys with values are expected");
	refuse("just text\n", "f.yaml:1:1: keys with values are expected");
	refuse("a: [[1]]\n", "f.yaml:1:5: a list may hold only plain values");
	refuse("a: [{b: 1}]\n", "f.yaml:1:5: a list may hold only plain values");
	refuse("a: [~]\n", "f.yaml:1:5: an item of a list may not be empty");
	refuse("? {a: 1}\n: 2\n", "f.yaml:1:3: a map cannot be a key");
	refuse("? [a]\n: 2\n",
	       "f.yaml:1:3: a list may hold only plain values, and cannot be a key");
	refuse("'': 1\n", "f.yaml:1:1: a key may not be empty");
	refuse("a: \"x\\0y\"\n", "f.yaml:1:4: a value may not hold a zero byte");
	refuse("\"x\\0y\": 1\n", "f.yaml:1:1: a key may not be empty or hold a zero byte");
}

static void
a_key_given_twice_is_refused_where_it_is_given_again(void **state)
{
	(void)state;
	refuse("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key 'a' is there twice");
	refuse("a:\n  b: 1\n  b: 2\n", "f.yaml:3:3: key 'a.b' is there twice");
	refuse("a: {b: 1}\na: {c: 2}\n", "f.yaml:2:1: key 'a' is there twice");
	refuse("a: {b: 1}\na.b: 2\n", "f.yaml:2:1: key 'a.b' is there twice");
}

static void
bad_syntax_names_its_place(void **state)
{
	(void)state;
	refuse("a: 1\nb: [1\n", "f.yaml:3:1: ");
	refuse("a: 1\n\tb: 2\n", "f.yaml:2:1: ");
	refuse("a: \"\\q\"\n", "f.yaml:1:5: ");
	refuse("a: \xff\n", "f.yaml:1:1: ");
	refuse("a: %\n  b\n c: {", "f.yaml:1:4: ");
}

static void
messages_hold_no_control_characters(void **state)
{
	char out[1024], err[BASE_ERROR_LEN];
	static const char text[] = "\"\\e[2J\": 1\n\"\\e[2J\": 2\n";

	(void)state;
	assert_int_equal(read_bytes(text, strlen(text), out, sizeof(out), err), -EINVAL);
	assert_string_equal(err, "f.yaml:2:1: key '\\x1b[2J' is there twice");
}

static void
depth_keys_and_size_are_bounded(void **state)
{
	char *text = malloc(YAML_MAX_BYTES + 2), *p = text;
	char out[64], err[BASE_ERROR_LEN];

	(void)state;
	for (int i = 0; i < YAML_MAX_DEPTH + 1; i++)
		p += sprintf(p, "{a%d: ", i);
	assert_int_equal(read_bytes(text, strlen(text), out, sizeof(out), err), -EINVAL);
	assert_non_null(strstr(err, "nested more than 8 deep"));
	memset(text, '[', 100000);
	text[0] = 'a';
	text[1] = ':';
	text[2] = ' ';
	assert_int_equal(read_bytes(text, 100000, out, sizeof(out), err), -EINVAL);
	p = text;
	for (int i = 0; i < YAML_MAX_KEYS + 1; i++)
		p += sprintf(p, "k%d: 1\n", i);
	assert_int_equal(read_bytes(text, strlen(text), out, sizeof(out), err), -EINVAL);
	assert_non_null(strstr(err, ":1025:1: more than 1024 keys"));
	memset(text, 'k', 200);
	snprintf(text + 200, 8, ": 1\n");
	assert_int_equal(read_bytes(text, strlen(text), out, sizeof(out), err), -EINVAL);
	assert_non_null(strstr(err, "a key is longer than 127 bytes"));
	memset(text, '#', YAML_MAX_BYTES + 1);
	assert_int_equal(read_bytes(text, YAML_MAX_BYTES, out, sizeof(out), err), 0);
	assert_int_equal(read_bytes(text, YAML_MAX_BYTES + 1, out, sizeof(out), err), -EINVAL);
	assert_string_equal(err, "f.yaml:1:1: it is larger than 1048576 bytes");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_maps_become_dotted_keys),
		cmocka_unit_test(a_list_is_announced_and_its_items_follow),
		cmocka_unit_test(a_key_without_value_is_not_an_empty_text),
		cmocka_unit_test(a_file_of_comments_is_empty),
		cmocka_unit_test(what_settings_do_not_need_is_refused),
		cmocka_unit_test(a_key_given_twice_is_refused_where_it_is_given_again),
		cmocka_unit_test(bad_syntax_names_its_place),
		cmocka_unit_test(messages_hold_no_control_characters),
		cmocka_unit_test(depth_keys_and_size_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
