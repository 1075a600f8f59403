/* SPDX-License-Identifier: Apache-2.0 */
/* epoch.c - write, fsync, rename, fsync of the folder. */
#include "app/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint32_t
read_stored(int dir)
{
	char text[16] = "";
	int fd = openat(dir, "epoch", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	/* A damaged file counts as none: the time decides. */
	return (uint32_t)strtoul(text, NULL, 10);
}

static int
write_stored(int dir, uint32_t epoch)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u\n", epoch), result = 0;
	int fd = openat(dir, "epoch.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0600);

	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) != len || fsync(fd) < 0)
		result = errno ? -errno : -ENOSPC;
	if (close(fd) < 0 && result == 0)
		result = -errno;
	if (result == 0 && renameat(dir, "epoch.new", dir, "epoch") < 0)
		result = -errno;
	if (result == 0 && fsync(dir) < 0)
		result = -errno;
	return result;
}

int
epoch_next(const char *state_dir, uint32_t *epoch, char err[BASE_ERROR_LEN])
{
	uint32_t now = (uint32_t)time(NULL), stored;
	int dir, result;

	*epoch = now;
	if (!state_dir[0])
		return 0;
	if (mkdir(state_dir, 0700) < 0 && errno != EEXIST) {
		result = -errno;
	} else {
		dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0) {
			result = -errno;
		} else {
			stored = read_stored(dir);
			*epoch = stored >= now ? stored + 1 : now;
			result = write_stored(dir, *epoch);
			close(dir);
		}
	}
	if (result < 0)
		snprintf(err, BASE_ERROR_LEN,
			 "cannot keep the start number in '%s': %s; name another folder with "
			 "--state DIR",
			 state_dir, strerror(-result));
	return result;
}
