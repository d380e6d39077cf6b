// SPDX-License-Identifier: GPL-2.0
/*
 * Files for the tests of agent/config.
 */

#include "config_files.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

const char *top_path(const char *name, char buf[TOP_PATH])
{
	snprintf(buf, TOP_PATH, "%s/%s", TEST_TOP, name);
	return buf;
}

char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	struct stat st;
	char *text;
	size_t len;

	if (!f || fstat(fileno(f), &st))
		fail_msg("cannot read %s", path);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	len = fread(text, 1, (size_t)st.st_size, f);
	assert_int_equal(len, st.st_size);
	fclose(f);
	return text;
}

const char *make_scratch(char buf[TOP_PATH])
{
	const char *base = getenv("TMPDIR");

	snprintf(buf, TOP_PATH, "%s/config-test-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(buf));
	return buf;
}

void remove_scratch(const char *dir)
{
	char path[2 * TOP_PATH];
	struct dirent *entry;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

const char *write_file(const char *dir, const char *name, const char *text,
		       mode_t mode, char buf[TOP_PATH])
{
	FILE *f;

	if ((size_t)snprintf(buf, TOP_PATH, "%s/%s", dir, name) >= TOP_PATH)
		fail_msg("path too long: %s", name);
	f = fopen(buf, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	/* Whatever the umask is. */
	assert_int_equal(chmod(buf, mode), 0);
	return buf;
}
