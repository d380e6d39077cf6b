/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Catches what a function writes to a standard stream.
 */
#ifndef UNIT_CAUGHT_H
#define UNIT_CAUGHT_H

#define CAUGHT_MAX	16384

/** struct caught - between caught_begin() and caught_end() */
struct caught {
	int fd;		/* the stream's */
	int saved;	/* where it led before */
	int file;	/* where it leads meanwhile */
	char text[CAUGHT_MAX];
};

/* @fd: STDOUT_FILENO or STDERR_FILENO. */
void caught_begin(struct caught *c, int fd);
/* Return: c->text, all that was written. */
const char *caught_end(struct caught *c);

#endif
