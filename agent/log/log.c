// SPDX-License-Identifier: GPL-2.0
/*
 * Formatting and delivery of log lines. Reads the clock itself, because the
 * clock's layer lies above this one.
 */

#include "log/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "util/err.h"

#define LINE_MAX_LEN	1024

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR]	= { "error", LOG_ERR },
	[LOG_LEVEL_WARNING]	= { "warning", LOG_WARNING },
	[LOG_LEVEL_NOTICE]	= { "notice", LOG_NOTICE },
	[LOG_LEVEL_INFO]	= { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG]	= { "debug", LOG_DEBUG },
};
#define LEVELS	(sizeof(levels) / sizeof(levels[0]))

static void sink_stderr(void *arg, enum log_level level, const char *line);

static enum log_level active_level = LOG_LEVEL_INFO;
static log_sink_fn sink = sink_stderr;
static void *sink_arg;

/* The journal takes a priority prefix; a person wants the time instead. */
static void sink_stderr(void *arg, enum log_level level, const char *line)
{
	struct timespec ts;
	char stamp[32];
	struct tm tm;

	if (getenv("JOURNAL_STREAM")) {
		fprintf(stderr, "<%d>%s\n", levels[level].priority, line);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%b %d %H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ld %s: %s\n", stamp, ts.tv_nsec / 1000000,
		levels[level].name, line);
}

static void sink_syslog(void *arg, enum log_level level, const char *line)
{
	syslog(levels[level].priority, "%s", line);
}

void log_to(log_sink_fn fn, void *arg)
{
	sink = fn;
	sink_arg = arg;
}

void log_to_stderr(void)
{
	log_to(sink_stderr, NULL);
}

void log_to_syslog(const char *ident)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	log_to(sink_syslog, NULL);
}

void log_set_level(enum log_level level)
{
	active_level = level;
}

enum log_level log_get_level(void)
{
	return active_level;
}

int log_level_parse(const char *name, enum log_level *out)
{
	size_t i;

	for (i = 0; i < LEVELS; i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return ERR_NOT_FOUND;
}

/* The chain of names, outermost first, each followed by ": ". */
static size_t put_names(char *line, size_t size, const struct log_obj *obj)
{
	size_t at;
	int n;

	if (!obj)
		return 0;
	at = put_names(line, size, obj->parent);
	n = snprintf(line + at, size - at, "%s: ", obj->name);
	if (n < 0)
		return at;
	return at + (size_t)n < size ? at + (size_t)n : size - 1;
}

/* A line is one line, whatever found its way into it. */
static void keep_printable(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = '?';
}

static void write_va(enum log_level level, const struct log_obj *obj,
		     const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void write_va(enum log_level level, const struct log_obj *obj,
		     const char *fmt, va_list ap)
{
	char line[LINE_MAX_LEN];
	size_t at;

	if (level > active_level)
		return;
	at = put_names(line, sizeof(line), obj);
	vsnprintf(line + at, sizeof(line) - at, fmt, ap);
	keep_printable(line);
	sink(sink_arg, level, line);
}

void log_write(enum log_level level, const struct log_obj *obj,
	       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_va(level, obj, fmt, ap);
	va_end(ap);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void log_write_limited(struct log_limit *limit, enum log_level level,
		       const struct log_obj *obj, const char *fmt, ...)
{
	uint64_t now = now_ms();
	va_list ap;

	if (level > active_level)
		return;
	if (now - limit->window_ms >= 1000) {
		if (limit->suppressed)
			log_write(level, obj, "%u similar lines suppressed",
				  limit->suppressed);
		*limit = (struct log_limit){ .window_ms = now };
	}
	if (limit->count++ >= LOG_LIMIT_BURST) {
		limit->suppressed++;
		return;
	}
	va_start(ap, fmt);
	write_va(level, obj, fmt, ap);
	va_end(ap);
}

const char *log_escape(const void *p, size_t len, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *in = p;
	size_t at = 0, i;

	for (i = 0; i < len; i++) {
		/* Room for "\xHH", "..." and the end. */
		if (at + 8 > size) {
			at += (size_t)snprintf(out + at, size - at, "...");
			return out;
		}
		if (in[i] >= 0x20 && in[i] < 0x7f && in[i] != '\\') {
			out[at++] = (char)in[i];
			continue;
		}
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = hex[in[i] >> 4];
		out[at++] = hex[in[i] & 15];
	}
	out[at] = '\0';
	return out;
}
