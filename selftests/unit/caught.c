// SPDX-License-Identifier: GPL-2.0
/*
 * A standard stream turned into a file in memory for a while.
 */

#include "caught.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

void caught_begin(struct caught *c, int fd)
{
	fflush(stdout);
	fflush(stderr);
	c->fd = fd;
	c->saved = dup(fd);
	c->file = memfd_create("caught", 0);
	assert_true(c->saved >= 0 && c->file >= 0);
	assert_true(dup2(c->file, fd) >= 0);
}

const char *caught_end(struct caught *c)
{
	ssize_t n;

	fflush(stdout);
	fflush(stderr);
	dup2(c->saved, c->fd);
	close(c->saved);
	n = pread(c->file, c->text, sizeof(c->text) - 1, 0);
	close(c->file);
	assert_true(n >= 0 && (size_t)n < sizeof(c->text) - 1);
	c->text[n] = '\0';
	return c->text;
}
