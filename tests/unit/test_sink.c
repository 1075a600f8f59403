/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink.c - URLs, rotation, complete lines, and a disk that is full. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/sink.h"

static char dir[64];

static int
make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s/weir-sink-XXXXXX", P_tmpdir);
	return mkdtemp(dir) ? 0 : -1;
}

static int
remove_dir(void **state)
{
	char path[512];
	DIR *d = opendir(dir);

	(void)state;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	return rmdir(dir);
}

/* Files in the folder, their bytes, and whether each ends with a newline. */
static size_t
count_files(size_t *bytes, bool *whole)
{
	char path[512];
	DIR *d = opendir(dir);
	size_t n = 0;

	*bytes = 0;
	*whole = true;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		FILE *f;
		int last = '\n', c;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "r");
		assert_non_null(f);
		while ((c = getc(f)) != EOF) {
			last = c;
			++*bytes;
		}
		fclose(f);
		*whole = *whole && last == '\n';
		n++;
	}
	closedir(d);
	return n;
}

static struct sink *
open_file_sink(const char *options)
{
	char url[256], err[BASE_ERROR_LEN] = "";
	struct sink *s = NULL;

	snprintf(url, sizeof(url), "file:%s%s", dir, options);
	if (sink_open(&s, url, "a/b", EVENT_DIALECT_NATIVE, err) < 0)
		print_message("%s\n", err);
	assert_non_null(s);
	return s;
}

static void
an_unknown_scheme_names_the_nearest(void **state)
{
	char err[BASE_ERROR_LEN] = "";
	struct sink *s = NULL;

	(void)state;
	assert_int_equal(sink_open(&s, "fiel:/tmp", "s", EVENT_DIALECT_NATIVE, err), -ENOENT);
	assert_non_null(strstr(err, "'file'"));
	assert_null(s);
}

static void
a_bad_option_is_refused(void **state)
{
	char url[256], err[BASE_ERROR_LEN] = "";
	struct sink *s = NULL;

	(void)state;
	snprintf(url, sizeof(url), "file:%s?rotate_sise=1", dir);
	assert_int_equal(sink_open(&s, url, "s", EVENT_DIALECT_NATIVE, err), -EINVAL);
	assert_non_null(strstr(err, "rotate_sise"));
	snprintf(url, sizeof(url), "file:%s?compress=rar", dir);
	assert_int_equal(sink_open(&s, url, "s", EVENT_DIALECT_NATIVE, err), -EINVAL);
	assert_non_null(strstr(err, "rar"));
	snprintf(url, sizeof(url), "file:%s/no/such", dir);
	assert_int_equal(sink_open(&s, url, "s", EVENT_DIALECT_NATIVE, err), -ENOENT);
	assert_non_null(strstr(err, "/no/such"));
}

static void
files_rotate_by_size_and_hold_whole_lines(void **state)
{
	struct sink *s = open_file_sink("?rotate_size=300KiB&rotate_time=0");
	struct event ev = { .ts_ns = 1000 * NS_PER_SEC };
	char line[1000];
	uint64_t lost = 0;
	size_t bytes;
	bool whole;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 1000; i++)
		assert_int_equal(sink_write(s, &ev, line, sizeof(line), &lost), 0);
	assert_int_equal(sink_close(s, &lost), 0);
	assert_int_equal(lost, 0);
	assert_int_equal(count_files(&bytes, &whole), 4);
	assert_int_equal(bytes, 1000 * sizeof(line));
	assert_true(whole);
}

static void
files_rotate_by_time_of_events(void **state)
{
	struct sink *s = open_file_sink("?rotate_time=10s");
	struct event ev = { 0 };
	uint64_t lost = 0;
	size_t bytes;
	bool whole;

	(void)state;
	for (uint64_t i = 0; i < 35; i++) {
		ev.ts_ns = i * NS_PER_SEC;
		assert_int_equal(sink_write(s, &ev, "{}\n", 3, &lost), 0);
	}
	sink_close(s, &lost);
	assert_int_equal(count_files(&bytes, &whole), 4);
	assert_int_equal(bytes, 35 * 3);
}

static void
a_full_disk_is_counted_and_leaves_whole_lines(void **state)
{
	struct sink *s = open_file_sink("?rotate_size=0");
	struct rlimit before, small;
	struct event ev = { .ts_ns = 5 };
	char line[1000];
	uint64_t lost = 0;
	size_t bytes;
	bool whole;
	int failures = 0;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 500 * 1000;
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 1000; i++)
		failures += sink_write(s, &ev, line, sizeof(line), &lost) < 0;
	assert_true(failures > 0);
	assert_non_null(strstr(sink_message(s), "File too large"));
	setrlimit(RLIMIT_FSIZE, &before);
	sink_close(s, &lost);
	count_files(&bytes, &whole);
	assert_true(whole);
	assert_int_equal(bytes / sizeof(line) + lost, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_unknown_scheme_names_the_nearest, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(a_bad_option_is_refused, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(files_rotate_by_size_and_hold_whole_lines, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(files_rotate_by_time_of_events, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(a_full_disk_is_counted_and_leaves_whole_lines,
						make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
