/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLS 1.3 by wolfSSL: on sockets that do not block, each end known to the
 * other. Another implementation than the router's client has, and one that can
 * use an external PSK with SHA-384.
 */
#ifndef KEYSOURCE_TLS_H
#define KEYSOURCE_TLS_H

#include <stddef.h>

#include "conf.h"

#define TLS_WHY		160

/** struct tls_context - keys and certificates of many connections */
struct tls_context;
/** struct tls - one connection */
struct tls;

enum tls_result {
	TLS_OK,
	TLS_WANT_READ,
	TLS_WANT_WRITE,
	TLS_CLOSED,
	TLS_FAILED,
};

/* Routers with PSKs; @clients borrowed. NULL with a sentence. */
struct tls_context *tls_context_psk(const struct conf_client *clients,
				    unsigned int count, char why[TLS_WHY]);
/* Both ends with certificates. */
struct tls_context *tls_context_files(const struct conf_files *f, bool server,
				      char why[TLS_WHY]);
void tls_context_free(struct tls_context *c);

/* On @fd, which stays the caller's. @name: what the peer's certificate names */
struct tls *tls_new(struct tls_context *c, int fd, const char *name);
void tls_free(struct tls *t);
enum tls_result tls_handshake(struct tls *t);
/* TLS_OK: @n octets went through. */
enum tls_result tls_read(struct tls *t, void *p, size_t len, size_t *n);
enum tls_result tls_write(struct tls *t, const void *p, size_t len, size_t *n);
/* Tell the peer that nothing follows; as far as that goes without waiting. */
void tls_shutdown(struct tls *t);
/* PSK identity, or the common name of the peer's certificate. */
const char *tls_peer(const struct tls *t);
/* After TLS_FAILED. */
const char *tls_why(const struct tls *t);

#endif
