// SPDX-License-Identifier: GPL-2.0
/*
 * libcurl in the event loop, and TLS 1.3 with an external PSK, which libcurl
 * has no option for: its hook for the SSL_CTX installs OpenSSL's callback.
 */

#include "ppk/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "log/log.h"
#include "util/err.h"
#include "util/list.h"

/* The suite that the SKIP draft requires, and its code point. */
#define SUITE	"TLS_AES_256_GCM_SHA384"
static const unsigned char suite_id[2] = { 0x13, 0x02 };

struct http {
	struct loop *loop;
	const struct sks_options *o;
	CURLM *multi;
	struct timer timer;
	struct timer reap;
	struct list sockets;
};

/** struct http_socket - one of libcurl's descriptors, watched */
struct http_socket {
	struct list list;
	struct http *http;
	curl_socket_t fd;
	struct loop_fd *watch;
};

/* --------------------------------------------------- memory of the library */

/*
 * Answers pass through buffers of libcurl's: whatever it gives back is wiped.
 * The length stands before the block.
 */
union block {
	size_t len;
	max_align_t align;
};

static void *wiping_malloc(size_t len)
{
	union block *b = len > SIZE_MAX - sizeof(*b) ? NULL :
			 malloc(sizeof(*b) + len);

	if (!b)
		return NULL;
	b->len = len;
	return b + 1;
}

static void wiping_free(void *p)
{
	union block *b = p;

	if (!b)
		return;
	b--;
	wipe(b + 1, b->len);
	free(b);
}

static void *wiping_calloc(size_t n, size_t len)
{
	void *p = len && n > SIZE_MAX / len ? NULL : wiping_malloc(n * len);

	return p ? memset(p, 0, n * len) : NULL;
}

static void *wiping_realloc(void *old, size_t len)
{
	size_t had = old ? ((union block *)old)[-1].len : 0;
	void *p = wiping_malloc(len);

	if (p && old) {
		memcpy(p, old, had < len ? had : len);
		wiping_free(old);
	}
	return p;
}

static char *wiping_strdup(const char *text)
{
	size_t len = strlen(text) + 1;
	char *p = wiping_malloc(len);

	return p ? memcpy(p, text, len) : NULL;
}

static bool library_ready(void)
{
	static bool ready;

	if (!ready)
		ready = curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_malloc,
					     wiping_free, wiping_realloc,
					     wiping_strdup, wiping_calloc) ==
			CURLE_OK;
	return ready;
}

/* --------------------------------------------------------------------- TLS */

static int options_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

/*
 * An external PSK of TLS 1.3 is a session that was never negotiated (RFC 8446
 * section 4.2.11). @md is set after a HelloRetryRequest, when the server has
 * chosen a suite: it must have our hash.
 */
static int use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id,
		   size_t *id_len, SSL_SESSION **out)
{
	const struct sks_options *o =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), options_index());
	const SSL_CIPHER *suite = SSL_CIPHER_find(ssl, suite_id);
	SSL_SESSION *s;

	*out = NULL;
	if (!suite || (md && md != SSL_CIPHER_get_handshake_digest(suite)))
		return 0;
	s = SSL_SESSION_new();
	if (!s || SSL_SESSION_set1_master_key(s, secret_bytes(o->tls.psk),
					      secret_len(o->tls.psk)) != 1 ||
	    SSL_SESSION_set_cipher(s, suite) != 1 ||
	    SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION) != 1) {
		SSL_SESSION_free(s);
		return 0;
	}
	*id = (const unsigned char *)o->tls.identity;
	*id_len = strlen(o->tls.identity);
	*out = s;
	return 1;
}

/* Who does not know the PSK shows a certificate instead: not with us. */
static int no_certificate(X509_STORE_CTX *store, void *arg)
{
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static CURLcode set_up_tls(CURL *easy, void *ssl_ctx, void *arg)
{
	const struct sks_options *o = arg;
	SSL_CTX *ctx = ssl_ctx;

	SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (!o->tls.psk)
		return CURLE_OK;
	if (options_index() < 0 ||
	    SSL_CTX_set_ex_data(ctx, options_index(), (void *)o) != 1)
		return CURLE_OUT_OF_MEMORY;
	SSL_CTX_set_psk_use_session_callback(ctx, use_psk);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, no_certificate, NULL);
	return CURLE_OK;
}

/* -------------------------------------------------------------- event loop */

static void reap(struct http *h)
{
	/* From the loop, where nothing of libcurl is on the stack. */
	if (timer_set(&h->reap, 0))
		log_error(NULL, "out of memory: an answer of a key source waits");
}

static void act(struct http *h, curl_socket_t fd, int mask)
{
	int running;

	curl_multi_socket_action(h->multi, fd, mask, &running);
	reap(h);
}

static void on_socket(void *arg, unsigned int events)
{
	struct http_socket *s = arg;

	act(s->http, s->fd, (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
			    (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0) |
			    (events & LOOP_HANGUP ? CURL_CSELECT_ERR : 0));
}

static void on_timer(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void forget_socket(struct http_socket *s)
{
	loop_fd_del(s->watch);
	list_del(&s->list);
	free(s);
}

static struct http_socket *watch_socket(struct http *h, curl_socket_t fd,
					unsigned int events)
{
	struct http_socket *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->http = h;
	s->fd = fd;
	s->watch = loop_fd_add(h->loop, fd, events, on_socket, s);
	if (!s->watch) {
		free(s);
		return NULL;
	}
	list_add_tail(&h->sockets, &s->list);
	curl_multi_assign(h->multi, fd, s);
	return s;
}

/* libcurl wants a descriptor watched, otherwise, or no more. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		       void *socket_arg)
{
	unsigned int events = (what & CURL_POLL_IN ? LOOP_READ : 0) |
			      (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	struct http_socket *s = socket_arg;
	struct http *h = arg;

	if (what == CURL_POLL_REMOVE) {
		if (s)
			forget_socket(s);
		return 0;
	}
	if (s)
		return loop_fd_set(s->watch, events) ? -1 : 0;
	return watch_socket(h, fd, events) ? 0 : -1;
}

static int want_timer(CURLM *multi, long ms, void *arg)
{
	struct http *h = arg;

	if (ms >= 0)
		return timer_set(&h->timer, (uint64_t)ms) ? -1 : 0;
	timer_cancel(&h->timer);
	return 0;
}

/* ----------------------------------------------------------------- answers */

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_request *rq = arg;
	size_t len = size * n;

	if (!rq->body)
		rq->body = secret_alloc(HTTP_BODY_MAX);
	rq->too_long = len > HTTP_BODY_MAX - rq->body_len;
	if (rq->body && !rq->too_long) {
		memcpy(secret_writable(rq->body) + rq->body_len, p, len);
		rq->body_len += len;
	}
	/* The library's copy of a key lives no longer than needed. */
	wipe(p, len);
	return rq->body && !rq->too_long ? len : 0;
}

static bool is_tls_error(CURLcode code)
{
	return code == CURLE_SSL_CONNECT_ERROR ||
	       code == CURLE_PEER_FAILED_VERIFICATION ||
	       code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CIPHER ||
	       code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_SSL_ISSUER_ERROR;
}

static enum http_result judge(struct http_request *rq, CURLcode code)
{
	long sent = 0;

	if (rq->too_long)
		return HTTP_TOO_LONG;
	if (code == CURLE_OK)
		return HTTP_ANSWERED;
	curl_easy_getinfo(rq->easy, CURLINFO_REQUEST_SIZE, &sent);
	if (sent > 0)
		return HTTP_LOST;
	return is_tls_error(code) ? HTTP_TLS : HTTP_UNREACHED;
}

/* The body as long as it is, and room for a NUL behind it. */
static int trim_body(struct http_request *rq)
{
	struct secret *whole = rq->body;

	if (!whole)
		rq->body = secret_alloc(0);
	else
		rq->body = secret_slice(whole, 0, rq->body_len);
	secret_free(whole);
	return rq->body ? 0 : ERR_NOMEM;
}

static uint64_t now_ms(const struct http *h)
{
	return clock_mono_ms(timers_clock(loop_timers(h->loop)));
}

static void release(struct http_request *rq)
{
	curl_multi_remove_handle(rq->http->multi, rq->easy);
	curl_easy_cleanup(rq->easy);
	curl_slist_free_all(rq->connect_to);
	rq->easy = NULL;
	rq->connect_to = NULL;
}

static void explain(struct http_request *rq, CURLcode code)
{
	const char *text = curl_easy_strerror(code);

	switch (rq->result) {
	case HTTP_ANSWERED:
		break;
	case HTTP_TOO_LONG:
		snprintf(rq->why, sizeof(rq->why),
			 "the answer is longer than %u octets", HTTP_BODY_MAX);
		break;
	case HTTP_LOST:
		snprintf(rq->why, sizeof(rq->why),
			 "the request was sent, no whole answer came: %s", text);
		break;
	default:
		/* The library put the better sentence there, if it had one. */
		if (!*rq->why)
			snprintf(rq->why, sizeof(rq->why), "%s", text);
	}
}

static void finish(struct http_request *rq, CURLcode code)
{
	rq->result = judge(rq, code);
	rq->took_ms = now_ms(rq->http) - rq->begun_ms;
	curl_easy_getinfo(rq->easy, CURLINFO_RESPONSE_CODE, &rq->status);
	if (rq->result == HTTP_ANSWERED && trim_body(rq)) {
		rq->result = HTTP_LOST;
		code = CURLE_OUT_OF_MEMORY;
	}
	if (rq->result != HTTP_ANSWERED)
		secret_clear(&rq->body);
	explain(rq, code);
	release(rq);
	rq->done(rq);
}

static void on_reap(void *arg)
{
	struct http *h = arg;
	struct http_request *rq;
	CURLMsg *msg;
	char *owner;
	int left;

	msg = curl_multi_info_read(h->multi, &left);
	if (!msg)
		return;
	/* One at a time: done() may free @h. */
	reap(h);
	curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &owner);
	rq = (struct http_request *)(void *)owner;
	finish(rq, msg->data.result);
}

/* ---------------------------------------------------------------- requests */

static void set_credentials(CURL *easy, const struct sks_tls *tls)
{
	if (tls->psk) {
		/* set_up_tls() lets no certificate pass. */
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (*tls->certificate) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->certificate);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key);
		/* A key with a pass phrase fails: nobody is there to ask. */
		curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
	}
}

static void set_tls(CURL *easy, const struct sks_options *o)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(easy, CURLOPT_TLS13_CIPHERS, SUITE);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, o);
	set_credentials(easy, &o->tls);
}

/*
 * A connection of its own for every request: on one that was used before,
 * libcurl would send a request again that got no answer.
 */
static void set_connection(CURL *easy, const struct sks_options *o)
{
	char device[IFNAMSIZ + 4];

	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Or the end of a request would wait for a name server. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)o->connect_timeout_ms);
	if (*o->vrf) {
		snprintf(device, sizeof(device), "if!%s", o->vrf);
		curl_easy_setopt(easy, CURLOPT_INTERFACE, device);
	}
}

/* An IPv6 address stands in brackets. */
static const char *bracket(const char *host, const char *which)
{
	return strchr(host, ':') ? which : "";
}

/*
 * The name the certificate must have is that of the address, unless another is
 * configured: then the address is where its connection goes to. Return: 0, or
 * ERR_NOMEM.
 */
static int set_address(CURL *easy, struct http_request *rq,
		       const struct sks_tls *tls)
{
	const char *host = rq->server->host;
	const char *name = *tls->server_name ? tls->server_name : host;
	char url[2 * SKS_HOST + HTTP_PATH];

	snprintf(url, sizeof(url), "https://%s%s%s:%u%s", bracket(name, "["),
		 name, bracket(name, "]"), rq->server->port, rq->path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	if (name == host)
		return 0;
	snprintf(url, sizeof(url), "::%s%s%s:%u", bracket(host, "["), host,
		 bracket(host, "]"), rq->server->port);
	rq->connect_to = curl_slist_append(NULL, url);
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, rq->connect_to);
	return rq->connect_to ? 0 : ERR_NOMEM;
}

static void set_request(CURL *easy, struct http_request *rq)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)HTTP_BODY_MAX);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, rq);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, rq);
	static_assert(HTTP_WHY >= CURL_ERROR_SIZE, "the library fills it");
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, rq->why);
}

int http_get(struct http *h, struct http_request *rq)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return ERR_NOMEM;
	rq->http = h;
	rq->easy = easy;
	rq->connect_to = NULL;
	rq->body = NULL;
	rq->body_len = 0;
	rq->status = 0;
	rq->too_long = false;
	rq->begun_ms = now_ms(h);
	*rq->why = '\0';
	set_request(easy, rq);
	set_connection(easy, h->o);
	set_tls(easy, h->o);
	if (set_address(easy, rq, &h->o->tls) == 0 &&
	    curl_multi_add_handle(h->multi, easy) == CURLM_OK)
		return 0;
	release(rq);
	return ERR_NOMEM;
}

void http_cancel(struct http_request *rq)
{
	if (!rq->easy)
		return;
	release(rq);
	secret_clear(&rq->body);
}

bool http_busy(const struct http_request *rq)
{
	return rq->easy != NULL;
}

/* ------------------------------------------------------------------- whole */

struct http *http_new(struct loop *loop, const struct sks_options *o)
{
	struct http *h = library_ready() ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return NULL;
	h->loop = loop;
	h->o = o;
	list_init(&h->sockets);
	timer_init(&h->timer, loop_timers(loop), on_timer, h);
	timer_init(&h->reap, loop_timers(loop), on_reap, h);
	h->multi = curl_multi_init();
	if (!h->multi) {
		free(h);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			  (long)HTTP_CONNECTIONS);
	return h;
}

void http_free(struct http *h)
{
	struct http_socket *s, *tmp;

	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	timer_cancel(&h->timer);
	timer_cancel(&h->reap);
	list_for_each_safe(s, tmp, &h->sockets, struct http_socket, list)
		forget_socket(s);
	free(h);
}
