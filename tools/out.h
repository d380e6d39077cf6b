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
/* "Nov 23 19:30:00", for lines about the past. */
#define OUT_TIME	32
const char *out_time(uint64_t wall_ms, char buf[OUT_TIME]);
/* "Label          : value"; labels of a screen share a width. */
void out_field(int width, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void out_line(const char *text);
void out_rule(char c);

#endif
