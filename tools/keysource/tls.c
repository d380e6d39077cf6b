// SPDX-License-Identifier: GPL-2.0
/*
 * wolfSSL behind a few names.
 */

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE	"TLS13-AES256-GCM-SHA384"

struct tls_context {
	WOLFSSL_CTX *ctx;
	bool server;
	const struct conf_client *clients;
	unsigned int count;
};

struct tls {
	struct tls_context *context;
	WOLFSSL *ssl;
	char peer[CONF_IDENTITY];
	char why[TLS_WHY];
};

/* --------------------------------------------------------------------- PSK */

static const struct conf_client *find(const struct tls_context *c,
				      const char *identity)
{
	unsigned int i;

	for (i = 0; i < c->count; i++)
		if (strcmp(c->clients[i].identity, identity) == 0)
			return &c->clients[i];
	return NULL;
}

static unsigned int psk_of(WOLFSSL *ssl, const char *identity,
			   unsigned char *key, unsigned int max,
			   const char **suite)
{
	struct tls *t = wolfSSL_get_ex_data(ssl, 0);
	const struct conf_client *client = find(t->context, identity);
	size_t len = client ? secret_len(client->psk) : 0;

	if (!len || len > max)
		return 0;
	memcpy(key, secret_bytes(client->psk), len);
	snprintf(t->peer, sizeof(t->peer), "%s", identity);
	*suite = SUITE;
	return (unsigned int)len;
}

/* ---------------------------------------------------------------- contexts */

static struct tls_context *context_new(bool server, char why[TLS_WHY])
{
	struct tls_context *c = calloc(1, sizeof(*c));

	snprintf(why, TLS_WHY, "out of memory");
	if (!c || wolfSSL_Init() != WOLFSSL_SUCCESS) {
		free(c);
		return NULL;
	}
	c->server = server;
	c->ctx = wolfSSL_CTX_new(server ? wolfTLSv1_3_server_method() :
				 wolfTLSv1_3_client_method());
	if (!c->ctx ||
	    wolfSSL_CTX_set_cipher_list(c->ctx, SUITE) != WOLFSSL_SUCCESS) {
		tls_context_free(c);
		return NULL;
	}
	/* A ticket would be a key that outlives the connection. */
	if (server)
		wolfSSL_CTX_no_ticket_TLSv13(c->ctx);
	return c;
}

struct tls_context *tls_context_psk(const struct conf_client *clients,
				    unsigned int count, char why[TLS_WHY])
{
	struct tls_context *c = context_new(true, why);

	if (!c)
		return NULL;
	c->clients = clients;
	c->count = count;
	wolfSSL_CTX_set_psk_server_tls13_callback(c->ctx, psk_of);
	return c;
}

struct tls_context *tls_context_files(const struct conf_files *f, bool server,
				      char why[TLS_WHY])
{
	struct tls_context *c = context_new(server, why);
	const char *bad = NULL;

	if (!c)
		return NULL;
	if (wolfSSL_CTX_load_verify_locations(c->ctx, f->ca, NULL) !=
	    WOLFSSL_SUCCESS)
		bad = f->ca;
	else if (wolfSSL_CTX_use_certificate_chain_file(c->ctx,
			f->certificate) != WOLFSSL_SUCCESS)
		bad = f->certificate;
	else if (wolfSSL_CTX_use_PrivateKey_file(c->ctx, f->key,
			SSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
		 wolfSSL_CTX_check_private_key(c->ctx) != WOLFSSL_SUCCESS)
		bad = f->key;
	if (bad) {
		snprintf(why, TLS_WHY, "%.60s cannot be used: expected PEM, %s",
			 bad, bad == f->key ? "the key of certificate-file" :
			 "one or more certificates");
		tls_context_free(c);
		return NULL;
	}
	wolfSSL_CTX_set_verify(c->ctx, WOLFSSL_VERIFY_PEER |
			       WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return c;
}

void tls_context_free(struct tls_context *c)
{
	if (!c)
		return;
	wolfSSL_CTX_free(c->ctx);
	free(c);
}

/* ------------------------------------------------------------- connections */

struct tls *tls_new(struct tls_context *c, int fd, const char *name)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->context = c;
	t->ssl = wolfSSL_new(c->ctx);
	if (!t->ssl || wolfSSL_set_fd(t->ssl, fd) != WOLFSSL_SUCCESS ||
	    wolfSSL_set_ex_data(t->ssl, 0, t) != WOLFSSL_SUCCESS ||
	    (name && *name &&
	     wolfSSL_check_domain_name(t->ssl, name) != WOLFSSL_SUCCESS)) {
		tls_free(t);
		return NULL;
	}
	wolfSSL_set_using_nonblock(t->ssl, 1);
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	wolfSSL_free(t->ssl);
	free(t);
}

static enum tls_result result(struct tls *t, int ret)
{
	int err = wolfSSL_get_error(t->ssl, ret);
	char text[WOLFSSL_MAX_ERROR_SZ];

	switch (err) {
	case WOLFSSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case WOLFSSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case WOLFSSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		snprintf(t->why, sizeof(t->why), "%.120s",
			 wolfSSL_ERR_error_string((unsigned long)err, text));
		return TLS_FAILED;
	}
}

static void note_peer(struct tls *t)
{
	WOLFSSL_X509 *cert = wolfSSL_get_peer_certificate(t->ssl);
	const char *name = cert ? wolfSSL_X509_get_subjectCN(cert) : NULL;

	if (name)
		snprintf(t->peer, sizeof(t->peer), "%s", name);
	wolfSSL_X509_free(cert);
}

enum tls_result tls_handshake(struct tls *t)
{
	int ret = t->context->server ? wolfSSL_accept(t->ssl) :
				       wolfSSL_connect(t->ssl);

	if (ret != WOLFSSL_SUCCESS)
		return result(t, ret);
	if (!t->context->clients)
		note_peer(t);
	if (*t->peer)
		return TLS_OK;
	snprintf(t->why, sizeof(t->why), "the peer has no name");
	return TLS_FAILED;
}

enum tls_result tls_read(struct tls *t, void *p, size_t len, size_t *n)
{
	int ret = wolfSSL_read(t->ssl, p, (int)len);

	*n = ret > 0 ? (size_t)ret : 0;
	return ret > 0 ? TLS_OK : result(t, ret);
}

enum tls_result tls_write(struct tls *t, const void *p, size_t len, size_t *n)
{
	int ret = wolfSSL_write(t->ssl, p, (int)len);

	*n = ret > 0 ? (size_t)ret : 0;
	return ret > 0 ? TLS_OK : result(t, ret);
}

void tls_shutdown(struct tls *t)
{
	wolfSSL_shutdown(t->ssl);
}

const char *tls_peer(const struct tls *t)
{
	return t->peer;
}

const char *tls_why(const struct tls *t)
{
	return t->why;
}
