// SPDX-License-Identifier: GPL-2.0
/*
 * Loading private keys.
 */

#include "pki/key.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdio.h>
#include <string.h>

#define KEY_FILE_MAX	65536

/** struct asked - the library wants the password */
struct asked {
	const struct secret *password;
	bool was;
};

static int give_password(char *buf, int size, int writing, void *arg)
{
	struct asked *a = arg;
	size_t len = a->password ? secret_len(a->password) : 0;

	a->was = true;
	if (!len || len > (size_t)size)
		return -1;
	memcpy(buf, secret_bytes(a->password), len);
	return (int)len;
}

bool key_is_uri(const char *where)
{
	size_t len = 0;

	while (isalnum((unsigned char)where[len]) ||
	       (len && strchr("+-.", where[len]) && where[len]))
		len++;
	return len > 1 && where[len] == ':';
}

static void explain(const struct asked *a, const char *otherwise,
		    char why[PKI_WHY])
{
	if (a->was && !a->password)
		snprintf(why, PKI_WHY, "is encrypted; expected private-key-password beside it");
	else if (a->was)
		snprintf(why, PKI_WHY, "cannot be decrypted with private-key-password");
	else
		snprintf(why, PKI_WHY, "%s", otherwise);
}

static EVP_PKEY *from_octets(struct view text, struct asked *a)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.len);
	EVP_PKEY *key = NULL;

	if (!bio)
		return NULL;
	key = PEM_read_bio_PrivateKey(bio, NULL, give_password, a);
	/* Not PEM: DER, of any kind that the library knows. */
	if (!key && !a->was && text.len && text.p[0] == 0x30) {
		BIO_reset(bio);
		key = d2i_PKCS8PrivateKey_bio(bio, NULL, give_password, a);
	}
	if (!key && !a->was && text.len && text.p[0] == 0x30) {
		BIO_reset(bio);
		key = d2i_PrivateKey_bio(bio, NULL);
	}
	BIO_free(bio);
	return key;
}

static EVP_PKEY *from_file(const char *path, struct asked *a,
			   char why[PKI_WHY])
{
	EVP_PKEY *key = NULL;
	struct buf text;

	buf_init(&text, KEY_FILE_MAX);
	if (!pki_file_read(path, true, &text, why)) {
		key = from_octets(buf_view(&text), a);
		if (!key)
			explain(a, "holds no private key that can be read; expected PEM or DER",
				why);
	}
	buf_fini(&text);
	return key;
}

/* A store does not say why it shows nothing. */
static void explain_store(const struct asked *a, char why[PKI_WHY])
{
	if (a->was && !a->password)
		snprintf(why, PKI_WHY, "asks for a password or PIN; expected private-key-password beside it");
	else if (a->was)
		snprintf(why, PKI_WHY, "shows no private key: it has none of this name, or private-key-password is not its password or PIN");
	else
		snprintf(why, PKI_WHY, "shows no private key: there is no such token, or no key on it");
}

/* The first private key that the store shows. */
static EVP_PKEY *from_store(const char *uri, struct asked *a,
			    char why[PKI_WHY])
{
	UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(give_password, 0);
	OSSL_STORE_CTX *store = ui ? OSSL_STORE_open(uri, ui, a, NULL, NULL) :
				     NULL;
	EVP_PKEY *key = NULL;
	OSSL_STORE_INFO *info;

	if (!store)
		snprintf(why, PKI_WHY, "cannot be opened; expected a provider for %.*s: in openssl.cnf",
			 (int)strcspn(uri, ":"), uri);
	while (store && !key && !OSSL_STORE_eof(store)) {
		info = OSSL_STORE_load(store);
		if (!info)
			break;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	if (store && !key)
		explain_store(a, why);
	OSSL_STORE_close(store);
	UI_destroy_method(ui);
	return key;
}

EVP_PKEY *key_load(const char *where, const struct secret *password,
		   char why[PKI_WHY])
{
	struct asked a = { .password = password };
	EVP_PKEY *key;

	if (strncmp(where, "file:", 5) == 0) {
		snprintf(why, PKI_WHY, "is a file: URI; expected the path alone");
		return NULL;
	}
	ERR_clear_error();
	key = key_is_uri(where) ? from_store(where, &a, why) :
			      from_file(where, &a, why);
	ERR_clear_error();
	return key;
}
