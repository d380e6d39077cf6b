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

/**
 * struct msg_rule - one kind of message; the list ends with type 0
 * @what: what the message is, for the log
 * @with: the payload that tells it from the other kinds of its exchange; the
 *	last kind has none
 */
struct msg_rule {
	const char *what;
	uint8_t exchange;
	bool response;
	bool protected;
	uint8_t with;
	struct pl_rule pl[12];
};

#define ONE(t)		{ PL_##t, 1, 1 }
#define OPTIONAL(t)	{ PL_##t, 0, 1 }
#define MANY(t)		{ PL_##t, 0, ANY_NUMBER }
#define ALWAYS		MANY(N), MANY(V)

#define REQUEST(x)	EXCHANGE_##x, false
#define RESPONSE(x)	EXCHANGE_##x, true
#define CLEAR		false
#define PROTECTED	true

/*
 * RFC 7296 sections 1.2 to 1.4, RFC 9242, RFC 9370. A child SA has both traffic
 * selectors; a CREATE_CHILD_SA without any rekeys the IKE SA, and an IKE_AUTH
 * without SA creates no child.
 */
static const struct msg_rule rules[] = {
	{ "IKE_SA_INIT request", REQUEST(IKE_SA_INIT), CLEAR, PL_NONE,
	  { ONE(SA), ONE(KE), ONE(NONCE), ALWAYS } },
	{ "IKE_SA_INIT response", RESPONSE(IKE_SA_INIT), CLEAR, PL_NONE,
	  { ONE(SA), ONE(KE), ONE(NONCE), MANY(CERTREQ), ALWAYS } },

	{ "IKE_AUTH request", REQUEST(IKE_AUTH), PROTECTED, PL_SA,
	  { ONE(IDi), MANY(CERT), MANY(CERTREQ), OPTIONAL(IDr), OPTIONAL(AUTH),
	    ONE(SA), ONE(TSi), ONE(TSr), OPTIONAL(CP), ALWAYS } },
	{ "childless IKE_AUTH request", REQUEST(IKE_AUTH), PROTECTED, PL_NONE,
	  { ONE(IDi), MANY(CERT), MANY(CERTREQ), OPTIONAL(IDr), OPTIONAL(AUTH),
	    OPTIONAL(CP), ALWAYS } },
	{ "IKE_AUTH response", RESPONSE(IKE_AUTH), PROTECTED, PL_SA,
	  { ONE(IDr), MANY(CERT), ONE(AUTH), ONE(SA), ONE(TSi), ONE(TSr),
	    OPTIONAL(CP), ALWAYS } },
	{ "childless IKE_AUTH response", RESPONSE(IKE_AUTH), PROTECTED, PL_NONE,
	  { ONE(IDr), MANY(CERT), ONE(AUTH), OPTIONAL(CP), ALWAYS } },

	{ "child SA request", REQUEST(CREATE_CHILD_SA), PROTECTED, PL_TSi,
	  { ONE(SA), ONE(NONCE), OPTIONAL(KE), ONE(TSi), ONE(TSr), ALWAYS } },
	{ "IKE SA rekey request", REQUEST(CREATE_CHILD_SA), PROTECTED, PL_NONE,
	  { ONE(SA), ONE(NONCE), ONE(KE), ALWAYS } },
	{ "child SA response", RESPONSE(CREATE_CHILD_SA), PROTECTED, PL_TSi,
	  { ONE(SA), ONE(NONCE), OPTIONAL(KE), ONE(TSi), ONE(TSr), ALWAYS } },
	{ "IKE SA rekey response", RESPONSE(CREATE_CHILD_SA), PROTECTED,
	  PL_NONE, { ONE(SA), ONE(NONCE), ONE(KE), ALWAYS } },

	{ "INFORMATIONAL request", REQUEST(INFORMATIONAL), PROTECTED, PL_NONE,
	  { MANY(D), OPTIONAL(CP), ALWAYS } },
	{ "INFORMATIONAL response", RESPONSE(INFORMATIONAL), PROTECTED, PL_NONE,
	  { MANY(D), OPTIONAL(CP), ALWAYS } },

	{ "IKE_INTERMEDIATE request", REQUEST(IKE_INTERMEDIATE), PROTECTED,
	  PL_NONE, { OPTIONAL(KE), ALWAYS } },
	{ "IKE_INTERMEDIATE response", RESPONSE(IKE_INTERMEDIATE), PROTECTED,
	  PL_NONE, { OPTIONAL(KE), ALWAYS } },
	{ "IKE_FOLLOWUP_KE request", REQUEST(IKE_FOLLOWUP_KE), PROTECTED,
	  PL_NONE, { ONE(KE), ALWAYS } },
	{ "IKE_FOLLOWUP_KE response", RESPONSE(IKE_FOLLOWUP_KE), PROTECTED,
	  PL_NONE, { ONE(KE), ALWAYS } },
};

static const struct msg_rule *find_rule(uint8_t exchange, bool response,
					bool protected,
					const struct pl_chain *chain)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].exchange == exchange &&
		    rules[i].response == response &&
		    rules[i].protected == protected &&
		    (!rules[i].with || pl_find(chain, rules[i].with)))
			return &rules[i];
	return NULL;
}

/*
 * A response may refuse: with an error notify, or with a cookie in the first
 * exchange, it may lack what it would otherwise have to carry. One with an SA
 * payload agrees, whatever else it says, and must be complete.
 */
static bool refuses(const struct msg_rule *rule, const struct pl_chain *chain)
{
	const struct pl *pl;
	uint16_t type;
	struct rd rd;

	if (!rule->response || pl_find(chain, PL_SA))
		return false;
	for (pl = pl_find(chain, PL_N); pl; pl = pl_next(chain, pl)) {
		rd_init(&rd, pl->body.p, pl->body.len);
		rd_u16(&rd);
		type = rd_u16(&rd);
		if (!rd_ok(&rd))
			continue;
		if (type < NOTIFY_STATUS_MIN ||
		    (type == N_COOKIE && !rule->protected))
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

static int explain(const struct msg_rule *rule, const char *verb, uint8_t type,
		   char why[RULES_WHY])
{
	char name[ID_NAME_STR];

	snprintf(why, RULES_WHY, "%s %s payload %s", rule->what, verb,
		 payload_name(type, name));
	return ERR_PAYLOADS;
}

int rules_check(uint8_t exchange, bool response, bool protected,
		const struct pl_chain *chain, char why[RULES_WHY])
{
	const struct msg_rule *rule =
		find_rule(exchange, response, protected, chain);
	const struct pl_rule *pl;
	char name[ID_NAME_STR];
	unsigned int i, n;
	bool lenient;

	why[0] = '\0';
	if (!rule) {
		snprintf(why, RULES_WHY, "%s is never sent %s",
			 exchange_name(exchange, name),
			 protected ? "protected" : "in the clear");
		return ERR_PAYLOADS;
	}
	lenient = refuses(rule, chain);
	for (i = 0; i < chain->count; i++)
		if (!find_pl(rule, chain->pl[i].type))
			return explain(rule, "must not have",
				       chain->pl[i].type, why);
	for (pl = rule->pl; pl->type; pl++) {
		n = pl_count(chain, pl->type);
		if (n > pl->max)
			return explain(rule, "repeats", pl->type, why);
		if (n < pl->min && !lenient)
			return explain(rule, "lacks", pl->type, why);
	}
	return 0;
}
