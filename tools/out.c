// SPDX-License-Identifier: GPL-2.0
/*
 * Writing screens.
 */

#include "out.h"

#include <inttypes.h>
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

const char *out_age(uint64_t seconds, char buf[OUT_AGE])
{
	uint64_t days = seconds / 86400, hours = seconds / 3600 % 24;

	if (days)
		snprintf(buf, OUT_AGE, "%" PRIu64 "d%02" PRIu64 "h", days,
			 hours);
	else
		snprintf(buf, OUT_AGE, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64,
			 hours, seconds / 60 % 60, seconds % 60);
	return buf;
}
