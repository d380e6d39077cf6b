// SPDX-License-Identifier: GPL-2.0
/*
 * Making certificates for tests.
 */

#include "pki_maker.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MADE_MAX	1024
#define POOL		4	/* keys of a kind: making them takes long */

int64_t maker_now;

static struct made made[MADE_MAX];
static unsigned int made_count;
static char directory[MAKER_PATH / 2];

static struct {
	const char *kind;
	EVP_PKEY *key[POOL];
	unsigned int next;
} pools[12];

/* -------------------------------------------------------------------- keys */

static EVP_PKEY *rsa(const char *type, int bits, unsigned long exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *e = BN_new();

	assert_true(ctx && e && BN_set_word(e, exponent));
	assert_true(EVP_PKEY_keygen_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) > 0 &&
		    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0 &&
		    EVP_PKEY_generate(ctx, &key) > 0);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *new_key(const char *kind)
{
	if (strcmp(kind, "rsapss") == 0)
		return rsa("RSA-PSS", 2048, RSA_F4);
	if (strcmp(kind, "rsa-e3") == 0)
		return rsa("RSA", 2048, 3);
	if (strncmp(kind, "rsa", 3) == 0)
		return rsa("RSA", atoi(kind + 3), RSA_F4);
	if (strcmp(kind, "ed25519") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC",
				 strcmp(kind, "p224") == 0 ? "P-224" :
				 strcmp(kind, "p256") == 0 ? "P-256" :
				 strcmp(kind, "p384") == 0 ? "P-384" : "P-521");
}

EVP_PKEY *make_key(const char *kind)
{
	unsigned int i, at;

	for (i = 0; pools[i].kind && strcmp(pools[i].kind, kind); i++)
		assert_true(i + 1 < sizeof(pools) / sizeof(pools[0]));
	pools[i].kind = kind;
	at = pools[i].next++ % POOL;
	if (!pools[i].key[at])
		pools[i].key[at] = new_key(kind);
	assert_non_null(pools[i].key[at]);
	return pools[i].key[at];
}

/* ------------------------------------------------------------ certificates */

static void set_name(X509_NAME *name, const char *dn)
{
	char text[256], *at = text, *attr, *value;

	snprintf(text, sizeof(text), "%s", dn);
	while ((attr = strsep(&at, ","))) {
		value = strchr(attr, '=');
		assert_non_null(value);
		*value++ = '\0';
		assert_true(X509_NAME_add_entry_by_txt(
			name, attr, MBSTRING_UTF8,
			(const unsigned char *)value, -1, -1, 0));
	}
}

static void add_ext(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext;

	if (!value)
		return;
	ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	if (!ext)
		fail_msg("extension %s", value);
	assert_true(X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static void add_octets(X509 *cert, const char *oid, bool critical, size_t len)
{
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *id = OBJ_txt2obj(oid, 1);
	uint8_t *octets = calloc(1, len);
	X509_EXTENSION *ext;

	assert_true(data && id && octets &&
		    ASN1_OCTET_STRING_set(data, octets, (int)len));
	ext = X509_EXTENSION_create_by_OBJ(NULL, id, critical, data);
	assert_true(ext && X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(id);
	free(octets);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct wish *w)
{
	char constraints[40] = "critical,CA:TRUE";
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	if (w->pathlen)
		snprintf(constraints, sizeof(constraints),
			 "critical,CA:TRUE,pathlen:%d", w->pathlen - 1);
	if (w->ca)
		add_ext(cert, &ctx, NID_basic_constraints, constraints);
	add_ext(cert, &ctx, NID_key_usage, w->usage ? w->usage : w->ca ?
		"critical,keyCertSign,cRLSign" : NULL);
	add_ext(cert, &ctx, NID_ext_key_usage, w->eku);
	add_ext(cert, &ctx, NID_subject_alt_name, w->san);
	add_ext(cert, &ctx, NID_name_constraints, w->constraints);
	add_ext(cert, &ctx, NID_subject_key_identifier, "hash");
	if (w->critical)
		add_octets(cert, "1.3.6.1.4.1.32473.1", true, 4);
	if (w->padding)
		add_octets(cert, "1.3.6.1.4.1.32473.2", false, w->padding);
}

static void sign(X509 *cert, EVP_PKEY *key, const struct wish *w)
{
	EVP_MD *md = EVP_MD_fetch(NULL, w->hash ? w->hash : "SHA2-256", NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	assert_true(md && ctx);
	assert_true(EVP_DigestSignInit(ctx, &pctx,
				       EVP_PKEY_is_a(key, "ED25519") ? NULL :
				       md, NULL, key) > 0);
	if (w->pss_signed)
		assert_true(EVP_PKEY_CTX_set_rsa_padding(
				pctx, RSA_PKCS1_PSS_PADDING) > 0);
	assert_true(X509_sign_ctx(cert, ctx) > 0);
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
}

const struct made *make_cert(const struct wish *w)
{
	struct made *m = &made[made_count++];
	bool ordinary = !w->from && !w->to;

	assert_true(made_count < MADE_MAX);
	m->key = w->own_key ? w->own_key : make_key(w->key ? w->key :
						    "rsa2048");
	EVP_PKEY_up_ref(m->key);
	m->cert = X509_new();
	assert_non_null(m->cert);
	X509_set_version(m->cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(m->cert), made_count);
	ASN1_TIME_set(X509_getm_notBefore(m->cert), (time_t)maker_now +
		      (ordinary ? -1 : w->from) * MAKER_DAY);
	ASN1_TIME_set(X509_getm_notAfter(m->cert), (time_t)maker_now +
		      (ordinary ? 365L : w->to) * MAKER_DAY);
	set_name(X509_get_subject_name(m->cert), w->dn ? w->dn : "CN=end");
	X509_set_issuer_name(m->cert, X509_get_subject_name(
			w->issuer ? w->issuer->cert : m->cert));
	assert_true(X509_set_pubkey(m->cert, m->key));
	add_extensions(m->cert, w->issuer ? w->issuer->cert : m->cert, w);
	sign(m->cert, w->issuer ? w->issuer->key : m->key, w);
	return m;
}

size_t made_der(const struct made *m, uint8_t *out, size_t size)
{
	int len = i2d_X509(m->cert, NULL);

	assert_true(len > 0 && (size_t)len <= size);
	i2d_X509(m->cert, &out);
	return (size_t)len;
}

/* ------------------------------------------------------------------- files */

const char *maker_dir(void)
{
	return directory;
}

static FILE *create(const char *name, unsigned int mode, char path[MAKER_PATH])
{
	FILE *f;

	snprintf(path, MAKER_PATH, "%s/%s", directory, name);
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(chmod(path, mode), 0);
	return f;
}

const char *write_octets(const char *name, const void *p, size_t len,
			 unsigned int mode, char path[MAKER_PATH])
{
	FILE *f = create(name, mode, path);

	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

const char *write_certs(const char *name, const struct made *const *list,
			char path[MAKER_PATH])
{
	FILE *f = create(name, 0644, path);

	for (; *list; list++)
		assert_true(PEM_write_X509(f, (*list)->cert));
	fclose(f);
	return path;
}

const char *write_key(const char *name, EVP_PKEY *key, const char *how,
		      char path[MAKER_PATH])
{
	FILE *f = create(name, 0600, path);
	char secret[] = "secret";
	int ok;

	if (strcmp(how, "encrypted") == 0)
		ok = PEM_write_PKCS8PrivateKey(f, key, EVP_aes_256_cbc(),
					       secret, 6, NULL, NULL);
	else if (strcmp(how, "der") == 0)
		ok = i2d_PrivateKey_fp(f, key);
	else if (strcmp(how, "pkcs1") == 0)
		ok = PEM_write_PrivateKey_ex(f, key, NULL, NULL, 0, NULL, NULL,
					     NULL, NULL);
	else
		ok = PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL,
					       NULL);
	assert_true(ok);
	fclose(f);
	return path;
}

static X509_CRL *make_crl(const struct crl_wish *w)
{
	const struct made *const *r = w->revoked;
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *when = ASN1_TIME_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	assert_true(crl && when && number);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(w->issuer->cert));
	ASN1_TIME_set(when, (time_t)maker_now - 2L * 365 * MAKER_DAY);
	X509_CRL_set1_lastUpdate(crl, when);
	ASN1_TIME_set(when, (time_t)maker_now +
		      (w->next ? w->next : 30) * (time_t)MAKER_DAY);
	X509_CRL_set1_nextUpdate(crl, when);
	for (; r && *r; r++) {
		X509_REVOKED *one = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(
			one, X509_get_serialNumber((*r)->cert));
		ASN1_TIME_set(when, (time_t)maker_now - MAKER_DAY);
		X509_REVOKED_set_revocationDate(one, when);
		X509_CRL_add0_revoked(crl, one);
	}
	ASN1_INTEGER_set(number, 1);
	X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0);
	X509_CRL_sort(crl);
	assert_true(X509_CRL_sign(crl, w->damaged ? make_key("p256") :
				  w->issuer->key, EVP_sha256()) > 0);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
	return crl;
}

const char *write_crls(const char *name, const struct crl_wish *const *list,
		       char path[MAKER_PATH])
{
	FILE *f = create(name, 0644, path);

	for (; *list; list++) {
		X509_CRL *crl = make_crl(*list);

		assert_true(PEM_write_X509_CRL(f, crl));
		X509_CRL_free(crl);
	}
	fclose(f);
	return path;
}

void maker_init(void)
{
	const char *base = getenv("TMPDIR");

	maker_now = time(NULL);
	snprintf(directory, sizeof(directory), "%s/pki-test-XXXXXX",
		 base ? base : "/tmp");
	assert_non_null(mkdtemp(directory));
}

static void remove_files(void)
{
	char path[2 * MAKER_PATH + 256];
	struct dirent *entry;
	DIR *d = opendir(directory);

	while (d && (entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", directory,
			 entry->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(directory);
}

void maker_fini(void)
{
	unsigned int i, k;

	for (i = 0; i < made_count; i++) {
		EVP_PKEY_free(made[i].key);
		X509_free(made[i].cert);
	}
	made_count = 0;
	for (i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		for (k = 0; k < POOL; k++)
			EVP_PKEY_free(pools[i].key[k]);
		memset(&pools[i], 0, sizeof(pools[i]));
	}
	remove_files();
}
