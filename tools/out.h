/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Aligned text in the router's manner. JSON is written from the objects
 * themselves; this is the writer for people.
 */
#ifndef TOOLS_OUT_H
#define TOOLS_OUT_H

#include <stdint.h>

/* The line every screen of a router begins with. */
void out_timestamp(void);
/* "Label          : value"; labels of a screen share a width. */
void out_field(int width, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void out_line(const char *text);
void out_rule(char c);
/* "2d16h", "03:24:10": an age in the router's short form. */
#define OUT_AGE	32
const char *out_age(uint64_t seconds, char buf[OUT_AGE]);

#endif
