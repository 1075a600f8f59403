/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c - where values come from, who wins, and what is said about mistakes. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "app/letter.h"

static char *const no_env[] = { NULL };

struct fixture {
	struct config config;
	char err[BASE_ERROR_LEN];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	config_presets(&f->config);
	return 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

/* Obeys a command line given as one text, words separated by single spaces. */
static int
obey_with(struct fixture *f, char *const *env, const char *text)
{
	char copy[1024], *argv[64] = { NULL };
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = copy, *word; (word = strsep(&p, " ")) != NULL;)
		argv[argc++] = word;
	*f->err = '\0';
	return config_obey(&f->config, argc, argv, env, f->err);
}

static void
obey(struct fixture *f, const char *text)
{
	int rc = obey_with(f, no_env, text);

	if (rc != 0)
		fail_msg("'%s': %d %s", text, rc, f->err);
}

static void
refuse(struct fixture *f, const char *text, const char *message)
{
	assert_true(obey_with(f, no_env, text) < 0);
	assert_string_equal(f->err, message);
}

static void
yaml(struct fixture *f, const char *text, int rc)
{
	*f->err = '\0';
	assert_int_equal(config_read_yaml(&f->config, "w.yaml", text, strlen(text), f->err), rc);
}

/* A file that is gone when its number is closed. */
static const char *
temporary(char path[64], const char *text)
{
	int fd;

	snprintf(path, 64, "weir-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void
every_preset_is_valid_and_every_option_is_documented(void **state)
{
	struct fixture *f = *state;

	for (const struct config_group *row = config_table; row->group; row++) {
		assert_null(strchr(row->group->prefix, '.'));
		assert_true(row->group->doc && *row->group->doc);
		for (size_t i = 0; i < row->group->n_options; i++) {
			const struct option *o = &row->group->options[i];
			size_t len = strlen(o->doc);

			assert_true(len > 3 && o->doc[len - 1] == '.');
			assert_true(o->offset < row->group->size);
			assert_true(o->type != OPTION_STRING || o->size > 0);
		}
	}
	assert_int_equal(config_finish(&f->config, f->err), 0);
	assert_true(*f->config.sensor.id);
}

static void
every_letter_stands_for_a_key_or_says_why_not(void **state)
{
	struct fixture *f = *state;

	assert_true(letter_count <= LETTER_MAX);
	for (size_t i = 0; i < letter_count; i++) {
		const struct letter *l = &letter_table[i];

		assert_true(l->letter || l->name);
		assert_true(l->doc && *l->doc);
		for (size_t j = 0; j < i; j++) {
			assert_true(!l->letter || l->letter != letter_table[j].letter);
			assert_true(!l->name || !letter_table[j].name ||
				    strcmp(l->name, letter_table[j].name) != 0);
		}
		if (l->does != LETTER_SETS)
			continue;
		assert_true(!l->argument == !!l->value);
		assert_int_not_equal(config_set(&f->config, l->key, "\001", f->err), -ENOENT);
	}
}

static void
the_letters_mean_what_they_mean_to_tcpdump(void **state)
{
	struct fixture *f = *state;
	struct config *c = &f->config;

	obey(f,
	     "run -i lo -p -c5 -s 96 -Q in -B 1024 -w out.pcap -C 3 -G 60 -W 9 -q -v udp port 53");
	assert_int_equal(c->n_sources, 1);
	assert_string_equal(c->source[0].capture, "af_packet");
	assert_string_equal(c->source[0].name, "lo");
	assert_false(c->capture.promiscuous);
	assert_int_equal(c->run.count, 5);
	assert_int_equal(c->capture.snaplen, 96);
	assert_int_equal(c->capture.direction, 1);
	assert_int_equal(c->capture.ring_bytes, 1 << 20);
	assert_string_equal(c->write.path, "out.pcap");
	assert_int_equal(c->write.rotate_bytes, 3000000);
	assert_int_equal(c->write.rotate_ns, 60 * NS_PER_SEC);
	assert_int_equal(c->write.rotate_files, 9);
	assert_true(c->run.quiet && c->run.verbose);
	assert_string_equal(c->run.filter, "udp port 53");
	obey(f,
	     "run -pqc 7 -r a.pcap -r - --threads=2 --duration 90 --schema layered --color never");
	assert_int_equal(c->run.count, 7);
	assert_int_equal(c->n_sources, 2);
	assert_string_equal(c->source[1].capture, "file");
	assert_string_equal(c->source[1].name, "-");
	assert_int_equal(c->run.duration_ns, 90 * NS_PER_SEC);
	assert_int_equal(config_dialect(c, true), EVENT_DIALECT_LAYERED);
	obey(f, "run -i any --set capture.method=libpcap -- -r");
	assert_string_equal(c->source[0].capture, "libpcap");
	assert_string_equal(c->run.filter, "-r");
}

static void
the_schema_follows_the_output_unless_told(void **state)
{
	static const char *const name[] = { "native", "layered", "flow-sample", "line" };
	struct fixture *f = *state;
	char choices[128];

	snprintf(choices, sizeof(choices), "auto|native|layered|flow-sample|line");
	for (const struct config_group *row = config_table; row->group; row++)
		for (size_t i = 0; i < row->group->n_options; i++)
			if (strcmp(row->group->options[i].name, "schema") == 0)
				assert_string_equal(row->group->options[i].choices, choices);
	obey(f, "run -i lo");
	assert_int_equal(config_dialect(&f->config, true), EVENT_DIALECT_LINE);
	assert_int_equal(config_dialect(&f->config, false), EVENT_DIALECT_NATIVE);
	for (int i = 0; i < EVENT_DIALECTS; i++) {
		assert_int_equal(config_set(&f->config, "run.schema", name[i], f->err), 0);
		assert_int_equal(config_dialect(&f->config, true), i);
	}
}

static void
letters_win_over_set_over_environment_over_file(void **state)
{
	struct fixture *f = *state;
	struct config *c = &f->config;
	char path[64], line[256];
	char env_line[] = "WEIR_RUN__COUNT=2", env_other[] = "WEIR_RUN__THREADS=2";
	char *const env[] = { env_line, env_other, NULL };

	temporary(path, "run: {count: 1, threads: 1, duration: 1, files: [x]}\n");
	snprintf(line, sizeof(line), "run -c 4 --set run.count=3 --config %s --set run.threads=3",
		 path);
	assert_int_equal(obey_with(f, env, line), 0);
	assert_int_equal(c->run.count, 4);
	assert_int_equal(c->run.threads, 3);
	assert_int_equal(c->run.duration_ns, NS_PER_SEC);
	snprintf(line, sizeof(line), "run --config=%s", path);
	assert_int_equal(obey_with(f, env, line), 0);
	assert_int_equal(c->run.count, 2);
	unlink(path);
}

static void
a_source_on_the_command_line_takes_the_place_of_others(void **state)
{
	struct fixture *f = *state;

	obey(f, "run --set run.files=a,b -i lo");
	assert_int_equal(f->config.n_sources, 1);
	assert_string_equal(f->config.source[0].name, "lo");
	obey(f, "run --set run.files=a,b -r x,y -r z");
	assert_int_equal(f->config.n_sources, 2);
	assert_string_equal(f->config.source[0].name, "x,y");
	obey(f, "run --set run.outputs=file:a,file:b -r x -o file:c");
	assert_int_equal(f->config.run.outputs.n, 1);
}

static void
unknown_options_name_the_nearest(void **state)
{
	struct fixture *f = *state;

	refuse(f, "run --evnts dns", "unknown option '--evnts'; did you mean '--events'?");
	refuse(f, "run --evnts=dns", "unknown option '--evnts'; did you mean '--events'?");
	refuse(f, "run --zzz", "unknown option '--zzz'; --help names all of them");
	refuse(f, "run --even x", "unknown option '--even'; did you mean '--events'?");
	refuse(f, "run -y", "unknown option '-y'; --help names all of them");
	refuse(f, "run --\033[2J", "unknown option '--\\x1b[2J'; --help names all of them");
	refuse(f, "run -\xc3", "unknown option '-\\xc3'; --help names all of them");
	refuse(f, "run -q=1", "unknown option '-='; --help names all of them");
}

static void
mistakes_are_told_with_the_option_and_what_is_allowed(void **state)
{
	struct fixture *f = *state;

	refuse(f, "run -i", "-i: it needs a value: IFACE");
	refuse(f, "run --read", "--read: it needs a value: FILE");
	refuse(f, "run -c -r x", "-c: it needs a value: COUNT");
	refuse(f, "run --quiet=yes", "--quiet: it takes no value");
	refuse(f, "run -c x", "-c: 'x' is not allowed here: give a whole number");
	refuse(f, "run -c -1", "-c: '-1' is not allowed here: give a whole number");
	refuse(f, "run -i ", "-i: an empty item is not allowed in a list");
	refuse(f, "run --threads 0", "--threads: '0' is out of bounds: 1 to 64 are allowed");
	refuse(f, "run -Q up", "-Q: 'up' is none of the values allowed: inout|in|out");
	refuse(f, "run --set x", "--set: 'x' is not of the form KEY=VALUE");
	refuse(f, "run --set =x", "--set: '=x' is not of the form KEY=VALUE");
	refuse(f, "run --set run.cuont=3",
	       "--set: unknown key 'run.cuont'; did you mean 'run.count'?");
	refuse(f, "run --set deterministik=true",
	       "--set: unknown key 'deterministik'; did you mean 'deterministic'?");
	refuse(f, "run --set run.count=\033",
	       "--set: run.count: '\\x1b' is not allowed here: give a whole number");
	refuse(f, "run --config nowhere.yaml", "--config: nowhere.yaml: No such file or directory");
	refuse(f, "run -F nowhere.bpf", "-F: nowhere.bpf: No such file or directory");
	refuse(f, "run -D", "-D: interfaces are listed by 'weir list interfaces'");
	refuse(f, "run -n", "-n: addresses are never turned into names here: leave it out");
}

static void
options_that_exclude_each_other_are_refused(void **state)
{
	struct fixture *f = *state;

	refuse(f, "run -i lo -r x", "both -i lo and -r x are given: a run is live or reads files");
	refuse(f, "run -r - -r -", "standard input can be read once only: one -r -");
	refuse(f, "run -r x -f tcp udp",
	       "the filter is given twice: -f and words at the end, from udp");
	refuse(f, "run -r x -o - -o -",
	       "standard output can be given once only: to one -o - or to -w -");
	refuse(f, "run -r x -o - -w -",
	       "standard output can be given once only: to one -o - or to -w -");
	refuse(f, "run -r x -C 3", "-C, -G and -W rotate the file of -w: give -w FILE as well");
	refuse(f, "run -r x -w a -W 3",
	       "-W counts rotated files: give -C SIZE or -G SECONDS as well");
	refuse(f, "run -r x -w - -C 1", "-w - writes one stream, which -C and -G cannot rotate");
	refuse(f, "run -r x -o fil:d",
	       "-o 'fil:d': there is no output of that name; did you mean 'file'?; 'weir list "
	       "sinks' names them");
	refuse(f, "run -r x --listen :80", "--listen: this build has no dashboard: give none");
}

static void
kinds_are_parsed_where_they_are_given(void **state)
{
	struct fixture *f = *state;

	obey(f, "run -r x");
	assert_int_equal(f->config.kinds, 0);
	obey(f, "run -r x --events dns,flow");
	assert_int_equal(f->config.kinds, 1u << EVENT_DNS | 1u << EVENT_FLOW);
	assert_true(obey_with(f, no_env, "run -r x --events dsn") < 0);
	assert_int_equal(strncmp(f->err, "--events: ", 10), 0);
	assert_true(obey_with(f, no_env, "run -r x --fields +no_such_field_at_all") < 0);
	assert_int_equal(strncmp(f->err, "--fields: ", 10), 0);
}

static void
a_filter_comes_from_a_file_too(void **state)
{
	struct fixture *f = *state;
	char path[64], line[128];

	temporary(path, "tcp and\n  port 80 \n\n");
	snprintf(line, sizeof(line), "run -r x -F %s", path);
	obey(f, line);
	assert_string_equal(f->config.run.filter, "tcp and\n  port 80");
	snprintf(line, sizeof(line), "run -r x -F %s udp", path);
	refuse(f, line, "the filter is given twice: -F and words at the end, from udp");
	snprintf(line, sizeof(line), "run -r x -F %s -f udp", path);
	refuse(f, line, "the filter is given twice: -f and -F");
	unlink(path);
}

static void
yaml_sets_keys_and_names_the_place_of_mistakes(void **state)
{
	struct fixture *f = *state;

	yaml(f, "deterministic: on\nrun:\n  count: 9\n  outputs: [-, 'file:a,b']\nflow:\n", 0);
	assert_true(f->config.general.deterministic);
	assert_int_equal(f->config.run.count, 9);
	assert_int_equal(f->config.run.outputs.n, 2);
	assert_string_equal(f->config.run.outputs.item[1], "file:a,b");
	yaml(f, "run:\n  outputs: []\n  files: a\n", 0);
	assert_int_equal(f->config.run.outputs.n, 0);
	assert_int_equal(f->config.run.files.n, 1);
	yaml(f, "run:\n  cuont: 9\n", -ENOENT);
	assert_string_equal(f->err,
			    "w.yaml:2:10: unknown key 'run.cuont'; did you mean 'run.count'?");
	yaml(f, "run:\n  count: many\n", -EINVAL);
	assert_string_equal(
		f->err, "w.yaml:2:10: run.count: 'many' is not allowed here: give a whole number");
	yaml(f, "run:\n  count: [1]\n", -EINVAL);
	assert_string_equal(f->err, "w.yaml:2:10: run.count takes one value, not a list");
	yaml(f, "run: 3\n", -EINVAL);
	assert_string_equal(f->err, "w.yaml:1:6: run holds keys, not a value");
	yaml(f, "run:\n  count:\n", -EINVAL);
	assert_string_equal(f->err, "w.yaml:2:9: run.count has no value; \"\" is an empty text");
	yaml(f, "\"\\e[2J\": 1\n", -ENOENT);
	assert_string_equal(
		f->err,
		"w.yaml:1:10: unknown key '\\x1b[2J'; 'weir list options' names all of them");
}

static void
the_environment_reaches_every_key(void **state)
{
	struct fixture *f = *state;
	char good[] = "WEIR_CAPTURE__BLOCK_TIMEOUT=7ms", top[] = "WEIR_DETERMINISTIC=yes",
	     other[] = "WEIR_NEED=no", strange[] = "PATH=x";
	char bad_key[] = "WEIR_RUN__CUONT=1", bad_value[] = "WEIR_RUN__COUNT=x";
	char *const env[] = { strange, good, other, top, NULL };
	char *const unknown[] = { bad_key, NULL }, *const wrong[] = { bad_value, NULL };

	assert_int_equal(config_read_environment(&f->config, env, f->err), 0);
	assert_int_equal(f->config.capture.block_timeout_ns, 7 * NS_PER_MS);
	assert_true(f->config.general.deterministic);
	assert_true(config_read_environment(&f->config, unknown, f->err) < 0);
	assert_string_equal(f->err,
			    "environment variable WEIR_RUN__CUONT: unknown key 'run.cuont'; "
			    "did you mean 'run.count'?");
	assert_true(config_read_environment(&f->config, wrong, f->err) < 0);
	assert_string_equal(f->err, "environment variable WEIR_RUN__COUNT: run.count: 'x' is not "
				    "allowed here: give a whole number");
}

static void
wishes_are_told_apart_from_runs(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(obey_with(f, no_env, "run -h"), CONFIG_HELP);
	assert_int_equal(obey_with(f, no_env, "run -c x --help"), CONFIG_HELP);
	assert_int_equal(obey_with(f, no_env, "run --dump-config"), CONFIG_DUMP);
	assert_int_equal(obey_with(f, no_env, "run -T -r x"), CONFIG_TEST);
	assert_int_equal(obey_with(f, no_env, "run"), 0);
	assert_int_equal(f->config.n_sources, 0);
}

/* All values as text, from a dump. */
static char *
dumped(const struct config *c, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	config_dump(c, out);
	fclose(out);
	return text;
}

static void
a_dump_is_read_back_to_the_same_values(void **state)
{
	struct fixture *f = *state;
	struct config *again = calloc(1, sizeof(*again));
	char *text, *text2;
	size_t len, len2;

	snprintf(f->config.run.filter, CONFIG_FILTER, "%s",
		 "a \"quoted\" \\ back\nline\ttab gr\xc3\xbc\xc3\x9f \xc2\x85 "
		 "\xe2\x80\xae \xe2\x80\xac \xe2\x81\xa7 \xe2\x81\xa9 \xe2\x86\x92 \x7f");
	assert_int_equal(option_list_add(&f->config.run.outputs, "file:a,b: c # d", f->err), 0);
	f->config.run.count = UINT64_MAX;
	f->config.write.rotate_ns = 1;
	text = dumped(&f->config, &len);
	for (size_t i = 0; i < len; i++)
		assert_true(text[i] == '\n' || (unsigned char)text[i] >= 0x20);
	config_presets(again);
	if (config_read_yaml(again, "dump", text, len, f->err) < 0)
		fail_msg("%s", f->err);
	assert_string_equal(again->run.filter, f->config.run.filter);
	text2 = dumped(again, &len2);
	assert_string_equal(text, text2);
	free(text);
	free(text2);
	free(again);
}

static void
the_example_file_holds_the_presets(void **state)
{
	struct fixture *f = *state;
	struct config *again = calloc(1, sizeof(*again));
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	config_write_example(out);
	fclose(out);
	memset(again, 0, sizeof(*again));
	assert_int_equal(config_read_yaml(again, "example", text, len, f->err), 0);
	assert_memory_equal(again, &f->config, sizeof(*again));
	free(text);
	free(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(every_preset_is_valid_and_every_option_is_documented),
		TEST(every_letter_stands_for_a_key_or_says_why_not),
		TEST(the_letters_mean_what_they_mean_to_tcpdump),
		TEST(the_schema_follows_the_output_unless_told),
		TEST(letters_win_over_set_over_environment_over_file),
		TEST(a_source_on_the_command_line_takes_the_place_of_others),
		TEST(unknown_options_name_the_nearest),
		TEST(mistakes_are_told_with_the_option_and_what_is_allowed),
		TEST(options_that_exclude_each_other_are_refused),
		TEST(kinds_are_parsed_where_they_are_given),
		TEST(a_filter_comes_from_a_file_too),
		TEST(yaml_sets_keys_and_names_the_place_of_mistakes),
		TEST(the_environment_reaches_every_key),
		TEST(wishes_are_told_apart_from_runs),
		TEST(a_dump_is_read_back_to_the_same_values),
		TEST(the_example_file_holds_the_presets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
