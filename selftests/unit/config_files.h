/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of the source tree, and temporary ones, for the tests of agent/config.
 */
#ifndef SELFTESTS_UNIT_CONFIG_FILES_H
#define SELFTESTS_UNIT_CONFIG_FILES_H

#include <sys/types.h>

/* Room for a path; names are relative to the top of the source tree. */
#define TOP_PATH	512
const char *top_path(const char *name, char buf[TOP_PATH]);
/* The whole file as text; free() it. Fails the test when it cannot be read. */
char *read_text(const char *path);
/* A new directory under the system's one for such things; into @buf. */
const char *make_scratch(char buf[TOP_PATH]);
/* Removes the directory and the files in it. */
void remove_scratch(const char *dir);
/* Writes DIR/NAME with @mode; the path is put into @buf and returned. */
const char *write_file(const char *dir, const char *name, const char *text,
		       mode_t mode, char buf[TOP_PATH]);

#endif
