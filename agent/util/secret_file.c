// SPDX-License-Identifier: GPL-2.0
/*
 * Secrets in files.
 */

#include "util/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/err.h"

static int check_owner(int fd, size_t len)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode) || st.st_mode & 077 ||
	    (st.st_uid != geteuid() && st.st_uid != 0))
		return ERR_DENIED;
	return st.st_size == (off_t)len ? 0 : ERR_SYNTAX;
}

int secret_file_read(const char *path, size_t len, struct secret **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err;

	*out = NULL;
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND :
		       errno == ELOOP || errno == EACCES ? ERR_DENIED : ERR_IO;
	err = check_owner(fd, len);
	if (!err) {
		*out = secret_alloc(len);
		err = *out ? 0 : ERR_NOMEM;
	}
	if (!err && read(fd, secret_writable(*out), len) != (ssize_t)len) {
		secret_clear(out);
		err = ERR_IO;
	}
	close(fd);
	return err;
}

int secret_file_write(const char *path, const struct secret *s)
{
	char temp[PATH_MAX];
	size_t len = secret_len(s);
	bool ok;
	int fd;

	if (snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp))
		return ERR_IO;
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_IO;
	ok = write(fd, secret_bytes(s), len) == (ssize_t)len && !fsync(fd);
	close(fd);
	if (ok && !rename(temp, path))
		return 0;
	unlink(temp);
	return ERR_IO;
}
