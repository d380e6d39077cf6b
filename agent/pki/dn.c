// SPDX-License-Identifier: GPL-2.0
/*
 * Distinguished names.
 */

#include "pki/dn.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

#include "pki/internal.h"

#define DN_DER_MAX	4096
#define VALUE_MAX	256

static X509_NAME *from_der(struct view der)
{
	const unsigned char *p = der.p;
	X509_NAME *name = NULL;

	if (der.len && der.len <= DN_DER_MAX)
		name = d2i_X509_NAME(NULL, &p, (long)der.len);
	if (name && p != der.p + der.len) {
		X509_NAME_free(name);
		name = NULL;
	}
	ERR_clear_error();
	return name;
}

const char *dn_str(struct view der, char *out, size_t size)
{
	X509_NAME *name = from_der(der);

	if (name)
		cert_name_str(name, out, size);
	else
		snprintf(out, size, "(malformed name)");
	X509_NAME_free(name);
	return out;
}

/** struct attr - one "TYPE=VALUE" of a written name */
struct attr {
	int nid;
	char value[VALUE_MAX];
};

static const char *skip_blanks(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* The value up to a comma that has no backslash before it, without blanks. */
static const char *take_value(const char *at, char value[VALUE_MAX])
{
	size_t len = 0;

	at = skip_blanks(at);
	for (; *at && *at != ','; at++) {
		if (*at == '\\' && at[1])
			at++;
		if (len + 1 >= VALUE_MAX)
			return NULL;
		value[len++] = *at;
	}
	while (len && isspace((unsigned char)value[len - 1]))
		len--;
	value[len] = '\0';
	return len ? at : NULL;
}

/*
 * The next attribute. Return: what is behind it, NULL when it cannot be read.
 */
static const char *take_attr(const char *at, struct attr *out)
{
	char type[64];
	size_t len;

	at = skip_blanks(at);
	len = strcspn(at, "=,");
	if (at[len] != '=' || !len || len >= sizeof(type))
		return NULL;
	memcpy(type, at, len);
	while (len && isspace((unsigned char)type[len - 1]))
		len--;
	type[len] = '\0';
	out->nid = OBJ_txt2nid(type);
	if (out->nid == NID_undef && strcasecmp(type, "E") == 0)
		out->nid = NID_pkcs9_emailAddress;
	at = take_value(at + strcspn(at, "=") + 1, out->value);
	if (!at || out->nid == NID_undef)
		return NULL;
	return *at == ',' ? at + 1 : at;
}

bool dn_valid(const char *text)
{
	struct attr a;

	if (!*skip_blanks(text))
		return false;
	do {
		text = take_attr(text, &a);
	} while (text && *skip_blanks(text));
	ERR_clear_error();
	return text;
}

/* Both in upper and lower case and with blanks as the comparison wants them. */
static bool entry_matches(const X509_NAME_ENTRY *entry, const struct attr *a)
{
	X509_NAME *want, *have;
	bool same = false;

	if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != a->nid)
		return false;
	if (strcmp(a->value, "*") == 0)
		return true;
	want = X509_NAME_new();
	have = X509_NAME_new();
	if (want && have &&
	    X509_NAME_add_entry_by_NID(want, a->nid, MBSTRING_UTF8,
				       (const unsigned char *)a->value, -1, -1,
				       0) &&
	    X509_NAME_add_entry(have, entry, -1, 0))
		same = X509_NAME_cmp(want, have) == 0;
	X509_NAME_free(want);
	X509_NAME_free(have);
	return same;
}

bool dn_matches(const char *text, struct view der)
{
	X509_NAME *name = from_der(der);
	int i, count = name ? X509_NAME_entry_count(name) : 0;
	struct attr a;

	for (i = 0; text && i < count && *skip_blanks(text); i++) {
		text = take_attr(text, &a);
		if (!text || !entry_matches(X509_NAME_get_entry(name, i), &a))
			text = NULL;
	}
	if (text && (i < count || *skip_blanks(text)))
		text = NULL;
	X509_NAME_free(name);
	ERR_clear_error();
	return text && count;
}
