// SPDX-License-Identifier: GPL-2.0
/*
 * Setters of settings whose value is a word. The words of algorithms come
 * from the tables of crypto/alg, so that a new row there is a new word here.
 */

#include <stdio.h>
#include <string.h>

#include "config/load.h"
#include "config/suggest.h"
#include "config/value.h"

#define FIXED_WORDS(function, ...)					\
const char *function(size_t i)						\
{									\
	static const char *const words[] = { __VA_ARGS__ };		\
									\
	return i < sizeof(words) / sizeof(words[0]) ? words[i] : NULL;	\
}

/*
 * In the order of enum log_level, of the values of df, of enum cfg_auth, of
 * enum trust_revocation, of the values of pss.
 */
FIXED_WORDS(words_log_level, "error", "warning", "notice", "info", "debug")
FIXED_WORDS(words_ppk_exchange, "auth", "intermediate", "prefer-intermediate")
FIXED_WORDS(words_ppk_rekey, "ike", "child")
FIXED_WORDS(words_df, "copy", "set", "clear")
FIXED_WORDS(words_auth, "pre-shared", "rsa-signature", "ecdsa-signature")
FIXED_WORDS(words_revocation, "none", "crl none", "crl")
FIXED_WORDS(words_rsa_padding, "pkcs1", "pss")
FIXED_WORDS(words_esp_mode, "tunnel")
FIXED_WORDS(words_tunnel_mode, "ipsec ipv4", "ipsec ipv6",
	    "ipsec ipv4 v6-overlay", "ipsec ipv6 v4-overlay",
	    "ipsec dual-overlay")
/* In the order of enum cfg_fallback. */
FIXED_WORDS(words_fallback, "unreachable", "none")

static const char *or_empty(const char *word)
{
	return word ? word : "";
}

const char *words_ike_encr(size_t i)
{
	return alg_encr_at(i) ? or_empty(alg_encr_at(i)->ike_word) : NULL;
}

const char *words_ike_integ(size_t i)
{
	return alg_integ_at(i) ? or_empty(alg_integ_at(i)->ike_word) : NULL;
}

const char *words_prf(size_t i)
{
	return alg_prf_at(i) ? or_empty(alg_prf_at(i)->ike_word) : NULL;
}

/* What the crypto library at hand has, and what may stand alone. */
static bool is_offered(const struct alg_ke *ke)
{
	return alg_ke(ke->id) && ke->id < KE_ML_KEM_512;
}

const char *words_ke(size_t i)
{
	const struct alg_ke *ke = alg_ke_at(i);

	return ke ? or_empty(is_offered(ke) ? ke->word : NULL) : NULL;
}

/* All there are, so that one which is lacking here is told from a mistake. */
const char *words_addke(size_t i)
{
	return alg_ke_at(i) ? alg_ke_at(i)->addke_word : NULL;
}

const char *words_pfs(size_t i)
{
	const struct alg_ke *ke = alg_ke_at(i);

	return ke ? or_empty(is_offered(ke) ? ke->pfs_word : NULL) : NULL;
}

/* The ciphers, and behind them the integrity algorithms. */
const char *words_esp(size_t i)
{
	size_t ciphers = 0;

	while (alg_encr_at(ciphers))
		ciphers++;
	if (i < ciphers)
		return or_empty(alg_encr_at(i)->esp_word);
	i -= ciphers;
	return alg_integ_at(i) ? or_empty(alg_integ_at(i)->esp_word) : NULL;
}

/* All words, for a message: "a", "b" or "c". */
static void list_words(const struct key *key, char *buf, size_t size)
{
	const char *mark = key->shape == SHAPE_INTS ? "" : "\"";
	const char *word, *before = NULL;
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; (word = key->words(i)) && len < size; i++) {
		if (!*word)
			continue;
		if (before)
			len += (size_t)snprintf(buf + len, size - len,
						"%s%s%s%s", len ? ", " : "",
						mark, before, mark);
		before = word;
	}
	if (before && len < size)
		snprintf(buf + len, size - len, "%s%s%s%s",
			 len ? " or " : "", mark, before, mark);
}

bool value_choose(struct loader *ld, const struct value *v, const char *typed,
		  size_t *index)
{
	bool number = v->key->shape == SHAPE_INTS;
	char buf[QUOTE], all[256];
	struct suggest near;
	const char *word;
	size_t i;

	suggest_init(&near, typed);
	for (i = 0; (word = v->key->words(i)); i++) {
		if (*word && strcmp(word, typed) == 0) {
			*index = i;
			return true;
		}
		if (*word)
			suggest_offer(&near, word);
	}
	list_words(v->key, all, sizeof(all));
	if (number)
		value_problem(ld, v, "is %s; expected %s", typed, all);
	else if (near.best)
		value_problem(ld, v, "is \"%s\"; did you mean \"%s\"? expected "
			      "%s", quote(typed, buf), near.best, all);
	else
		value_problem(ld, v, "is \"%s\"; expected %s",
			      quote(typed, buf), all);
	return false;
}

void value_word(struct loader *ld, const struct value *v, void *obj)
{
	size_t i;

	value_choose(ld, v, v->text, &i);
}

void value_log_level(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg *cfg = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		cfg->log_level = (enum log_level)i;
}

void value_ppk_exchange(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_peer *peer = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		peer->ppk.exchange = (enum cfg_ppk_exchange)i;
}

void value_ppk_rekey(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_peer *peer = obj;
	size_t i;

	if (!value_choose(ld, v, v->text, &i))
		return;
	if (i == 0)
		peer->ppk.rekey_ike = true;
	else
		peer->ppk.rekey_child = true;
}

void value_mode(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_iface *iface = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		iface->mode = (uint8_t)i;
}

/* By the place of the word; AF_UNSPEC: the addresses say. */
static const struct {
	sa_family_t underlay;
	unsigned int overlay;
} modes[] = {
	{ AF_INET, CFG_OVERLAY_IPV4 },
	{ AF_INET6, CFG_OVERLAY_IPV6 },
	{ AF_INET, CFG_OVERLAY_IPV6 },
	{ AF_INET6, CFG_OVERLAY_IPV4 },
	{ AF_UNSPEC, CFG_OVERLAY_IPV4 | CFG_OVERLAY_IPV6 },
};

sa_family_t cfg_underlay(const struct cfg_iface *iface)
{
	sa_family_t family = modes[iface->mode].underlay;

	return family != AF_UNSPEC ? family : iface->destination.family;
}

unsigned int cfg_overlay(const struct cfg_iface *iface)
{
	return modes[iface->mode].overlay;
}

void value_df(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_iface *iface = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		iface->df = (uint8_t)i;
}

void value_fallback(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ipsec_profile *p = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		p->reverse_route_fallback = (uint8_t)i;
}

static const enum cfg_auth auths[] = { CFG_AUTH_PSK, CFG_AUTH_RSA,
					    CFG_AUTH_ECDSA };

void value_auth_local(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ike_profile *profile = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		profile->auth_local = auths[i];
}

void value_auth_remote(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ike_profile *profile = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		profile->auth_remote |= auths[i];
}

void value_revocation(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_trustpoint *t = obj;
	size_t i;

	if (!value_choose(ld, v, v->text, &i))
		return;
	t->has_revocation = true;
	t->revocation = (enum trust_revocation)i;
}

void value_rsa_padding(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_trustpoint *t = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		t->pss = i;
}

void value_encr(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_proposal *p = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		p->encr[p->encr_count++] = alg_encr_at(i);
}

void value_integ(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_proposal *p = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		p->integ[p->integ_count++] = alg_integ_at(i);
}

void value_prf(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_proposal *p = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		p->prf[p->prf_count++] = alg_prf_at(i);
}

void value_ke(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_proposal *p = obj;
	char number[24];
	size_t i;

	snprintf(number, sizeof(number), "%lld", (long long)v->number);
	if (value_choose(ld, v, number, &i))
		p->ke[p->ke_count++] = alg_ke_at(i);
}

void value_addke(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_addke *a = (void *)((char *)obj + v->key->offset);
	size_t i;

	if (!value_choose(ld, v, v->text, &i))
		return;
	if (!alg_ke(alg_ke_at(i)->id)) {
		value_problem(ld, v, "is \"%s\", which this libcrypto does not have; expected OpenSSL 3.5 or later below tunneld for ML-KEM",
			      v->text);
		return;
	}
	a->ke[a->count++] = alg_ke_at(i);
}

void value_pfs(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ipsec_profile *p = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		p->pfs = alg_ke_at(i);
}

void value_transform(struct loader *ld, const struct value *v, void *obj)
{
	const struct alg_encr *encr = alg_encr_by_esp_word(v->text);
	struct cfg_transform_set *set = obj;
	size_t i;

	if (!value_choose(ld, v, v->text, &i))
		return;
	if (encr ? set->encr != NULL : set->integ != NULL)
		value_problem(ld, v, "names \"%s\" beside another %s; expected "
			      "one of each", v->text,
			      encr ? "cipher" : "integrity algorithm");
	else if (encr)
		set->encr = encr;
	else
		set->integ = alg_integ_by_esp_word(v->text);
}
