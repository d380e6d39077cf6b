// SPDX-License-Identifier: GPL-2.0
/*
 * Formatting and delivery of log lines. Reads the clock itself, because the
 * clock's layer lies above this one.
 */

#include "log/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "util/err.h"

#define LINE_MAX_LEN	1536	/* with its end */
#define ESCAPE_LEN	4	/* \xHH */
#define CUT		"..."

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

static _Atomic enum log_level active_level = LOG_LEVEL_INFO;
static log_sink_fn sink = sink_stderr;
static void *sink_arg;
/* Lines come from the threads of a work pool too, one at a time. */
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;

/* The variable alone proves nothing: it outlives a redirection. */
static bool is_journal(const struct stat *st)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, inode;

	return stream && sscanf(stream, "%ju:%ju", &dev, &inode) == 2 &&
	       dev == st->st_dev && inode == st->st_ino;
}

static void write_stamped(enum log_level level, const char *line)
{
	struct timespec ts;
	char stamp[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%b %d %H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ld %s: %s\n", stamp, ts.tv_nsec / 1000000,
		levels[level].name, line);
}

/*
 * The journal takes a priority and adds the time itself; people and files
 * want the time; what reads a pipe is left to decide.
 */
static void sink_stderr(void *arg, enum log_level level, const char *line)
{
	struct stat st = { 0 };

	fstat(STDERR_FILENO, &st);
	if (is_journal(&st))
		fprintf(stderr, "<%d>%s\n", levels[level].priority, line);
	else if (S_ISREG(st.st_mode) || isatty(STDERR_FILENO))
		write_stamped(level, line);
	else
		fprintf(stderr, "%s: %s\n", levels[level].name, line);
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
static bool line_keeps(uint8_t c)
{
	return c >= 0x20 && c != 0x7f;
}

/* The backslash is escaped too, so that nobody can forge an escape. */
static bool peer_keeps(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

static size_t escaped_len(const uint8_t *in, size_t len, bool (*keeps)(uint8_t))
{
	size_t n = 0, i;

	for (i = 0; i < len; i++)
		n += keeps(in[i]) ? 1 : ESCAPE_LEN;
	return n;
}

static const char *escape(const uint8_t *in, size_t len,
			  bool (*keeps)(uint8_t), char *out, size_t size)
{
	bool fits = escaped_len(in, len, keeps) < size;
	size_t at = 0, i, n;

	for (i = 0; i < len; i++) {
		n = keeps(in[i]) ? 1 : ESCAPE_LEN;
		if (!fits && at + n + sizeof(CUT) > size) {
			snprintf(out + at, size - at, CUT);
			return out;
		}
		snprintf(out + at, n + 1, n == 1 ? "%c" : "\\x%02x", in[i]);
		at += n;
	}
	if (size)
		out[at] = '\0';
	return out;
}

const char *log_escape(const void *p, size_t len, char *out, size_t size)
{
	return escape(p, len, peer_keeps, out, size);
}

static void write_va(enum log_level level, const struct log_obj *obj,
		     const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void write_va(enum log_level level, const struct log_obj *obj,
		     const char *fmt, va_list ap)
{
	/* One octet more than a line holds shows that there was more. */
	char raw[LINE_MAX_LEN + 1], line[LINE_MAX_LEN];
	size_t at;

	if (level > active_level)
		return;
	at = put_names(raw, sizeof(raw), obj);
	vsnprintf(raw + at, sizeof(raw) - at, fmt, ap);
	escape((const uint8_t *)raw, strlen(raw), line_keeps, line,
	       sizeof(line));
	pthread_mutex_lock(&sink_lock);
	sink(sink_arg, level, line);
	pthread_mutex_unlock(&sink_lock);
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
