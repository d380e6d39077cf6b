// SPDX-License-Identifier: GPL-2.0
/*
 * The world of the key source client's tests: real sockets, real time.
 */

#include "sks_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS	60000

char place[64];
struct loop *loop;
struct sks *sks;

/* ------------------------------------------------------------------- files */

const char *put_file(const char *name, const char *fmt, ...)
{
	static char path[160];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", place, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fchmod(fileno(f), 0600);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
	return path;
}

unsigned int count_lines(const char *name, const char *prefix)
{
	char path[160], line[512];
	unsigned int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", place, name);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		n += strncmp(line, prefix, strlen(prefix)) == 0;
	if (f)
		fclose(f);
	return n;
}

static const char make_certificates[] =
	"cd \"$PLACE\" && exec 2>/dev/null && new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes' && "
	"openssl req -x509 $new -keyout ca.key -out ca.pem -days 2 -subj /CN=ca && "
	"openssl req -x509 $new -keyout other.key -out other.pem -days 2 -subj /CN=other && "
	"for n in kp-a kp-b router1 router2; do "
	"openssl req $new -keyout $n.key -out $n.csr -subj /CN=$n && "
	"echo subjectAltName=DNS:$n,IP:127.0.0.1 >ext && "
	"openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out $n.pem && "
	"chmod 600 $n.key || exit 1; done";

/* --------------------------------------------------------------- processes */

static void read_until(int fd, const char *ready)
{
	char text[8192];
	size_t len = 0;
	ssize_t n;

	text[0] = '\0';
	while (!strstr(text, ready)) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			fail_msg("the server did not say '%s': %s", ready, text);
		len += (size_t)n;
		text[len] = '\0';
	}
}

void start_server(struct server_process *s, const char *ready,
		  const char *const *argv)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	s->pid = fork();
	if (s->pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	s->out = fds[0];
	read_until(s->out, ready);
	/* What it says later must not stop it. */
	fcntl(s->out, F_SETPIPE_SZ, 1 << 20);
}

void stop_server(struct server_process *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
	close(s->out);
	s->pid = 0;
}

unsigned short free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

/* -------------------------------------------------------------------- loop */

/** struct waiting - what run_until() waits for */
struct waiting {
	bool (*ready)(void *arg);
	void *arg;
	struct timer timer;
	unsigned int left_ms;
};

#define STEP_MS	5

static void on_step(void *arg)
{
	struct waiting *w = arg;

	if ((w->ready && w->ready(w->arg)) || w->left_ms < STEP_MS) {
		loop_stop(loop);
		return;
	}
	w->left_ms -= STEP_MS;
	timer_set(&w->timer, STEP_MS);
}

static bool run(bool (*ready)(void *arg), void *arg, unsigned int ms)
{
	struct waiting w = { .ready = ready, .arg = arg, .left_ms = ms };

	timer_init(&w.timer, loop_timers(loop), on_step, &w);
	timer_set(&w.timer, 0);
	assert_int_equal(loop_run(loop), 0);
	timer_cancel(&w.timer);
	return ready && ready(arg);
}

void run_until(bool (*ready)(void *arg), void *arg)
{
	assert_true(run(ready, arg, PATIENCE_MS));
}

void run_for(unsigned int ms)
{
	run(NULL, NULL, ms);
}

/* ---------------------------------------------------------------- requests */

static void on_done(struct ppk_request *rq)
{
	struct asked *a = rq->arg;

	a->done++;
}

static int begin(struct asked *a, const char *source, enum ppk_want want)
{
	a->rq.want = want;
	a->rq.source = source;
	a->rq.label = "tunnel-ip1";
	a->rq.done = on_done;
	a->rq.arg = a;
	a->done = 0;
	return sks_ops.start(sks, &a->rq);
}

int begin_new(struct asked *a, const char *source)
{
	memset(a, 0, sizeof(*a));
	return begin(a, source, PPK_NEW);
}

int begin_by_id(struct asked *a, const char *source, const char *id)
{
	memset(a, 0, sizeof(*a));
	a->rq.id_len = strlen(id);
	memcpy(a->rq.id, id, a->rq.id_len);
	addr_parse("192.0.2.7", &a->rq.peer);
	return begin(a, source, PPK_BY_ID);
}

static bool is_done(void *arg)
{
	return ((struct asked *)arg)->done;
}

void wait_for(struct asked *a)
{
	run_until(is_done, a);
	assert_int_equal(a->done, 1);
	/* A key or a reason, not both. */
	assert_true(!a->rq.err == !!a->rq.key);
	assert_true(!a->rq.err || *a->rq.why);
	assert_null(a->rq.job);
}

int ask_new(struct asked *a, const char *source)
{
	int err = begin_new(a, source);

	if (err)
		return err;
	assert_int_equal(a->done, 0);
	wait_for(a);
	return a->rq.err;
}

int ask_by_id(struct asked *a, const char *source, const char *id)
{
	int err = begin_by_id(a, source, id);

	if (err)
		return err;
	assert_int_equal(a->done, 0);
	wait_for(a);
	return a->rq.err;
}

/* -------------------------------------------------------------------- views */

/** struct looked - the profile of a name */
struct looked {
	const char *name;
	struct sks_counters count;
	const char *state;
	unsigned int ready;
};

static void look(void *arg, const struct sks_view *v)
{
	struct looked *l = arg;

	if (strcmp(v->options->name, l->name))
		return;
	l->count = v->count;
	l->state = v->state_word;
	l->ready = v->ready;
}

static struct looked look_at(const char *name)
{
	struct looked l = { .name = name, .state = "missing" };

	sks_view(sks, look, &l);
	return l;
}

struct sks_counters counters_of(const char *name)
{
	return look_at(name).count;
}

const char *state_of(const char *name)
{
	return look_at(name).state;
}

unsigned int ready_of(const char *name)
{
	return look_at(name).ready;
}

static bool has_state(void *arg)
{
	const char *const *want = arg;

	return strcmp(state_of(want[0]), want[1]) == 0;
}

void wait_state(const char *name, const char *state)
{
	const char *want[2] = { name, state };

	run_until(has_state, want);
}

/* ------------------------------------------------------------------- whole */

void fill_options(struct sks_options *o, struct sks_server *server,
		  const char *name, unsigned short port)
{
	memset(o, 0, sizeof(*o));
	memset(server, 0, sizeof(*server));
	strcpy(server->host, "127.0.0.1");
	server->port = port;
	strcpy(o->name, name);
	o->servers = server;
	o->server_count = 1;
	strcpy(o->remote_system, "KP_B");
	o->key_bits = 256;
	o->connect_timeout_ms = 5000;
	o->timeout_ms = 10000;
	o->sync_wait_ms = 900;
	o->prefetch_lifetime = 3600;
	snprintf(o->tls.ca, SKS_PATH, "%s/ca.pem", place);
	snprintf(o->tls.certificate, SKS_PATH, "%s/router1.pem", place);
	snprintf(o->tls.key, SKS_PATH, "%s/router1.key", place);
}

int world_begin(void **state)
{
	strcpy(place, "/tmp/sks-test.XXXXXX");
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(place));
	setenv("PLACE", place, 1);
	assert_int_equal(system(make_certificates), 0);
	loop = loop_new(&clock_system);
	sks = sks_new(loop);
	assert_non_null(sks);
	return 0;
}

int world_end(void **state)
{
	sks_free(sks);
	loop_free(loop);
	return system("rm -rf \"$PLACE\"");
}
