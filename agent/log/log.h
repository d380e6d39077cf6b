/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log lines: a level, the object they are about, one sentence. One sink:
 * standard error, syslog, or a function given by a test. Nothing here accepts
 * a secret; text from a peer is escaped and cut.
 */
#ifndef AGENT_LOG_LOG_H
#define AGENT_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/**
 * struct log_obj - what a line is about
 *
 * The names of the chain from the outermost parent are printed before the
 * sentence: "tunnel-ip1: ike 8a..01/5c..20: message".
 */
struct log_obj {
	const struct log_obj *parent;
	char name[80];
};

/** struct log_limit - at most @burst lines per second; zero-initialised */
struct log_limit {
	uint64_t window_ms;
	unsigned int count;
	unsigned int suppressed;
};
#define LOG_LIMIT_BURST	10

typedef void (*log_sink_fn)(void *arg, enum log_level level, const char *line);

void log_to_stderr(void);
void log_to_syslog(const char *ident);
void log_to(log_sink_fn fn, void *arg);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* Return: 0 or ERR_NOT_FOUND; names are error, warning, notice, info, debug. */
int log_level_parse(const char *name, enum log_level *out);

void log_write(enum log_level level, const struct log_obj *obj,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* For lines that a remote can trigger; says how many were suppressed. */
void log_write_limited(struct log_limit *limit, enum log_level level,
		       const struct log_obj *obj, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#define log_error(obj, ...)	log_write(LOG_LEVEL_ERROR, obj, __VA_ARGS__)
#define log_warning(obj, ...)	log_write(LOG_LEVEL_WARNING, obj, __VA_ARGS__)
#define log_notice(obj, ...)	log_write(LOG_LEVEL_NOTICE, obj, __VA_ARGS__)
#define log_info(obj, ...)	log_write(LOG_LEVEL_INFO, obj, __VA_ARGS__)
/* Arguments are not evaluated below the active level. */
#define log_debug(obj, ...) do {					\
	if (log_get_level() >= LOG_LEVEL_DEBUG)				\
		log_write(LOG_LEVEL_DEBUG, obj, __VA_ARGS__);		\
} while (0)

/**
 * log_escape - octets from a peer as printable ASCII
 * @out: @size octets, always terminated; cut with "..." when too small
 *
 * Return: @out.
 */
const char *log_escape(const void *p, size_t len, char *out, size_t size);

#endif
