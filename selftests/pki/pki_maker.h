/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A certification authority for tests: keys, certificates and revocation
 * lists as they are wanted, right or wrong, and files of them in a directory
 * that goes away with the program.
 */
#ifndef SELFTESTS_PKI_MAKER_H
#define SELFTESTS_PKI_MAKER_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#define MAKER_PATH	256
#define MAKER_DAY	86400
/* Seconds since 1970 at which all that is made is meant to be looked at. */
extern int64_t maker_now;

/** struct made - a certificate and its key; lives until maker_fini() */
struct made {
	EVP_PKEY *key;
	X509 *cert;
};

/**
 * struct wish - what a certificate is to be; zero is an ordinary end entity
 * @dn: of the subject, "O=Example,CN=a"; NULL: CN=end
 * @issuer: NULL: itself
 * @key: "rsa2048" if NULL; rsa1024, rsa3072, rsa4096, rsapss, rsa-e3, p256,
 *	p384, p521, p224, ed25519
 * @own_key: use this one instead
 * @san: "DNS:a.example.com,IP:198.51.100.1"
 * @usage, @eku, @constraints: extensions, in the library's words
 * @ca: it may issue certificates
 * @pathlen: of a CA, plus one; 0: none
 * @from, @to: days from maker_now; both 0: -1 and 365
 * @hash: "SHA2-256" if NULL
 * @critical: an extension that nobody knows
 */
struct wish {
	const char *dn;
	const struct made *issuer;
	const char *key;
	EVP_PKEY *own_key;
	const char *san, *usage, *eku, *constraints;
	bool ca;
	int pathlen;
	int from, to;
	const char *hash;
	bool critical;
	bool pss_signed;
	unsigned int padding;	/* octets of a comment, to make it long */
};

const struct made *make_cert(const struct wish *w);
EVP_PKEY *make_key(const char *kind);
/* DER of a certificate; the caller's octets. */
size_t made_der(const struct made *m, uint8_t *out, size_t size);

/* Files in the directory; the path is put into @path and returned. */
const char *maker_dir(void);
const char *write_certs(const char *name, const struct made *const *list,
			char path[MAKER_PATH]);
/* @how: "pem", "pkcs1", "der", "encrypted" (with "secret"). */
const char *write_key(const char *name, EVP_PKEY *key, const char *how,
		      char path[MAKER_PATH]);
/**
 * struct crl_wish - a revocation list
 * @revoked: NULL behind the last
 * @next: days from maker_now of the next update; 0: 30
 * @damaged: signed with another key
 */
struct crl_wish {
	const struct made *issuer;
	const struct made *const *revoked;
	int next;
	bool damaged;
};
/* Lists one behind the other, NULL behind the last. */
const char *write_crls(const char *name, const struct crl_wish *const *list,
		       char path[MAKER_PATH]);
const char *write_octets(const char *name, const void *p, size_t len,
			 unsigned int mode, char path[MAKER_PATH]);

void maker_init(void);
void maker_fini(void);

#endif
