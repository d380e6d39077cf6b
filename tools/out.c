// SPDX-License-Identifier: GPL-2.0
/*
 * Writing screens.
 */

#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define RULE_LENGTH	60

void out_timestamp(void)
{
	struct timespec ts;
	char day[32], zone[16];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(day, sizeof(day), "%a %b %e %H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%Z", &tm);
	printf("%s.%03ld %s\n", day, ts.tv_nsec / 1000000, zone);
}

const char *out_time(uint64_t wall_ms, char buf[OUT_TIME])
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(buf, OUT_TIME, "%b %e %H:%M:%S", &tm);
	return buf;
}

void out_field(int width, const char *label, const char *fmt, ...)
{
	va_list ap;

	printf("%-*s : ", width, label);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void out_line(const char *text)
{
	puts(text);
}

void out_rule(char c)
{
	int i;

	for (i = 0; i < RULE_LENGTH; i++)
		putchar(c);
	putchar('\n');
}
