// SPDX-License-Identifier: GPL-2.0
/*
 * The table of payload sets.
 */

#include "proto/rules.h"

#include <stdio.h>

#include "util/err.h"

#define ANY_NUMBER	255

/** struct pl_rule - a payload type and how often it may stand in a message */
struct pl_rule {
	uint8_t type;
	uint8_t min;
	uint8_t max;
};

/** struct msg_rule - one kind of message; the list ends with type 0 */
struct msg_rule {
	uint8_t exchange;
	bool response;
	bool protected;
	struct pl_rule pl[12];
};

#define ONE(t)		{ PL_##t, 1, 1 }
#define OPTIONAL(t)	{ PL_##t, 0, 1 }
#define MANY(t)		{ PL_##t, 0, ANY_NUMBER }
#define ALWAYS		MANY(N), MANY(V)

/* RFC 7296 sections 1.2 to 1.4, RFC 9242, RFC 9370. */
static const struct msg_rule rules[] = {
	{ EXCHANGE_IKE_SA_INIT, false, false,
	  { ONE(SA), ONE(KE), ONE(NONCE), ALWAYS } },
	{ EXCHANGE_IKE_SA_INIT, true, false,
	  { ONE(SA), ONE(KE), ONE(NONCE), MANY(CERTREQ), ALWAYS } },
	{ EXCHANGE_IKE_AUTH, false, true,
	  { ONE(IDi), MANY(CERT), MANY(CERTREQ), OPTIONAL(IDr), OPTIONAL(AUTH),
	    OPTIONAL(SA), OPTIONAL(TSi), OPTIONAL(TSr), OPTIONAL(CP), ALWAYS } },
	{ EXCHANGE_IKE_AUTH, true, true,
	  { ONE(IDr), MANY(CERT), ONE(AUTH), OPTIONAL(SA), OPTIONAL(TSi),
	    OPTIONAL(TSr), OPTIONAL(CP), ALWAYS } },
	{ EXCHANGE_CREATE_CHILD_SA, false, true,
	  { ONE(SA), ONE(NONCE), OPTIONAL(KE), OPTIONAL(TSi), OPTIONAL(TSr),
	    ALWAYS } },
	{ EXCHANGE_CREATE_CHILD_SA, true, true,
	  { ONE(SA), ONE(NONCE), OPTIONAL(KE), OPTIONAL(TSi), OPTIONAL(TSr),
	    ALWAYS } },
	{ EXCHANGE_INFORMATIONAL, false, true,
	  { MANY(D), OPTIONAL(CP), ALWAYS } },
	{ EXCHANGE_INFORMATIONAL, true, true,
	  { MANY(D), OPTIONAL(CP), ALWAYS } },
	{ EXCHANGE_IKE_INTERMEDIATE, false, true, { OPTIONAL(KE), ALWAYS } },
	{ EXCHANGE_IKE_INTERMEDIATE, true, true, { OPTIONAL(KE), ALWAYS } },
	{ EXCHANGE_IKE_FOLLOWUP_KE, false, true, { ONE(KE), ALWAYS } },
	{ EXCHANGE_IKE_FOLLOWUP_KE, true, true, { ONE(KE), ALWAYS } },
};

static const struct msg_rule *find_rule(uint8_t exchange, bool response,
					bool protected)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].exchange == exchange &&
		    rules[i].response == response &&
		    rules[i].protected == protected)
			return &rules[i];
	return NULL;
}

/*
 * A response may refuse: with an error notify, or with a cookie, it may lack
 * what it would otherwise have to carry.
 */
static bool refuses(const struct pl_chain *chain)
{
	const struct pl *pl;
	uint16_t type;
	struct rd rd;

	for (pl = pl_find(chain, PL_N); pl; pl = pl_next(chain, pl)) {
		rd_init(&rd, pl->body.p, pl->body.len);
		rd_u16(&rd);
		type = rd_u16(&rd);
		if (rd_ok(&rd) && (type < NOTIFY_STATUS_MIN || type == N_COOKIE))
			return true;
	}
	return false;
}

static const struct pl_rule *find_pl(const struct msg_rule *rule, uint8_t type)
{
	const struct pl_rule *pl;

	for (pl = rule->pl; pl->type; pl++)
		if (pl->type == type)
			return pl;
	return NULL;
}

int rules_check(uint8_t exchange, bool response, bool protected,
		const struct pl_chain *chain, char why[RULES_WHY])
{
	const struct msg_rule *rule = find_rule(exchange, response, protected);
	bool lenient = response && refuses(chain);
	const struct pl_rule *pl;
	char name[ID_NAME_STR];
	unsigned int i, n;

	why[0] = '\0';
	if (!rule) {
		snprintf(why, RULES_WHY, "no such message");
		return ERR_PAYLOADS;
	}
	for (i = 0; i < chain->count; i++) {
		if (find_pl(rule, chain->pl[i].type))
			continue;
		snprintf(why, RULES_WHY, "payload %s is out of place",
			 payload_name(chain->pl[i].type, name));
		return ERR_PAYLOADS;
	}
	for (pl = rule->pl; pl->type; pl++) {
		n = pl_count(chain, pl->type);
		if (n > pl->max || (n < pl->min && !lenient)) {
			snprintf(why, RULES_WHY, "payload %s is %s",
				 payload_name(pl->type, name),
				 n > pl->max ? "repeated" : "missing");
			return ERR_PAYLOADS;
		}
	}
	return 0;
}
