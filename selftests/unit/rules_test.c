// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto/rules.c: which payloads may stand in which message, one row for
 * each message that must pass or must not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/rules.h"
#include "util/err.h"

#define REQUEST		false
#define RESPONSE	true
#define CLEAR		false
#define PROTECTED	true

/* Notifies are written as their type, which no payload type collides with. */
#define NOTIFY(type)	(0x10000 | N_##type)
#define MAX_PAYLOADS	10

/** struct message - what stands in it; 0 ends the list; @why when refused */
struct message {
	uint8_t exchange;
	bool response;
	bool protected;
	int payloads[MAX_PAYLOADS];
	const char *why;
};

static int check(const struct message *m, char why[RULES_WHY])
{
	uint8_t notify[MAX_PAYLOADS][4] = { { 0 } };
	struct pl_chain chain = { .count = 0 };
	unsigned int i;

	for (i = 0; i < MAX_PAYLOADS && m->payloads[i]; i++) {
		struct pl *pl = &chain.pl[chain.count++];
		int type = m->payloads[i];

		if (type < 0x10000) {
			pl->type = (uint8_t)type;
			continue;
		}
		notify[i][2] = (uint8_t)(type >> 8);
		notify[i][3] = (uint8_t)type;
		*pl = (struct pl){ .type = PL_N, .body = { notify[i], 4 } };
	}
	return rules_check(m->exchange, m->response, m->protected, &chain, why);
}

static void check_all(const struct message *list, size_t count)
{
	char why[RULES_WHY];
	size_t i;

	for (i = 0; i < count; i++) {
		int err = check(&list[i], why);

		if (strcmp(why, list[i].why ? list[i].why : "") ||
		    err != (list[i].why ? ERR_PAYLOADS : 0))
			fail_msg("case %zu: \"%s\" instead of \"%s\"", i, why,
				 list[i].why ? list[i].why : "");
	}
}

#define CHECK_ALL(list)	check_all(list, sizeof(list) / sizeof((list)[0]))

static void ike_sa_init(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE }, NULL },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { NOTIFY(COOKIE), PL_SA, PL_KE, PL_NONCE, PL_N, PL_N, PL_V,
		    PL_V }, NULL },
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE, PL_CERTREQ, PL_N, PL_N }, NULL },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR, { PL_KE, PL_NONCE },
		  "IKE_SA_INIT request lacks payload SA" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR, { PL_SA, PL_NONCE },
		  "IKE_SA_INIT request lacks payload KE" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR, { PL_SA, PL_KE },
		  "IKE_SA_INIT request lacks payload NONCE" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE, PL_KE },
		  "IKE_SA_INIT request repeats payload KE" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE, PL_AUTH },
		  "IKE_SA_INIT request must not have payload AUTH" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE, PL_SK },
		  "IKE_SA_INIT request must not have payload SK" },
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE, PL_CERTREQ, PL_CERTREQ }, NULL },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { PL_SA, PL_SA, PL_KE, PL_NONCE },
		  "IKE_SA_INIT request repeats payload SA" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { PL_SA, PL_KE, PL_NONCE, PL_NONCE },
		  "IKE_SA_INIT request repeats payload NONCE" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, PROTECTED,
		  { PL_SA, PL_KE, PL_NONCE },
		  "IKE_SA_INIT is never sent protected" },
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR, { 0 },
		  "IKE_SA_INIT request lacks payload SA" },
	};

	CHECK_ALL(list);
}

static void response_may_refuse_with_a_notify_alone(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { NOTIFY(COOKIE) }, NULL },
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { PL_V, NOTIFY(INVALID_KE_PAYLOAD) }, NULL },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { NOTIFY(AUTHENTICATION_FAILED) }, NULL },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { PL_IDr, PL_AUTH, NOTIFY(TS_UNACCEPTABLE) }, NULL },
		{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, PROTECTED,
		  { NOTIFY(TEMPORARY_FAILURE) }, NULL },
		/* A status notify refuses nothing. */
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { NOTIFY(INITIAL_CONTACT) },
		  "IKE_SA_INIT response lacks payload SA" },
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR, { PL_N },
		  "IKE_SA_INIT response lacks payload SA" },
		/* A cookie is asked for in the first exchange only. */
		{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, PROTECTED,
		  { NOTIFY(COOKIE) },
		  "IKE SA rekey response lacks payload SA" },
		/* Requests do not refuse. */
		{ EXCHANGE_IKE_SA_INIT, REQUEST, CLEAR,
		  { NOTIFY(INVALID_KE_PAYLOAD) },
		  "IKE_SA_INIT request lacks payload SA" },
		/* A refusal excuses what is missing, not what is there. */
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { PL_KE, PL_KE, NOTIFY(COOKIE) },
		  "IKE_SA_INIT response repeats payload KE" },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { PL_NONCE, NOTIFY(AUTHENTICATION_FAILED) },
		  "childless IKE_AUTH response must not have payload NONCE" },
	};

	CHECK_ALL(list);
}

/* Handlers read what the table promises; who agrees must say to what. */
static void response_with_sa_must_be_complete_whatever_it_notifies(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { PL_SA, NOTIFY(COOKIE) },
		  "IKE_SA_INIT response lacks payload KE" },
		{ EXCHANGE_IKE_SA_INIT, RESPONSE, CLEAR,
		  { PL_SA, PL_KE, NOTIFY(NO_PROPOSAL_CHOSEN) },
		  "IKE_SA_INIT response lacks payload NONCE" },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { PL_SA, PL_TSi, PL_TSr, NOTIFY(TS_UNACCEPTABLE) },
		  "IKE_AUTH response lacks payload IDr" },
		{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, PROTECTED,
		  { PL_SA, NOTIFY(TEMPORARY_FAILURE) },
		  "IKE SA rekey response lacks payload NONCE" },
	};

	CHECK_ALL(list);
}

static void ike_auth(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_N, PL_IDr, PL_AUTH, PL_SA, PL_TSi, PL_TSr, PL_N },
		  NULL },
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_CERT, PL_CERT, PL_CERTREQ, PL_AUTH, PL_CP, PL_SA,
		    PL_TSi, PL_TSr }, NULL },
		/* Who wants EAP sends no AUTH: that is for the engine. */
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_SA, PL_TSi, PL_TSr }, NULL },
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_AUTH }, NULL },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { PL_IDr, PL_AUTH, PL_SA, PL_TSi, PL_TSr }, NULL },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED, { PL_IDr, PL_AUTH },
		  NULL },
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_AUTH, PL_SA, PL_TSi, PL_TSr },
		  "IKE_AUTH request lacks payload IDi" },
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_AUTH, PL_AUTH },
		  "childless IKE_AUTH request repeats payload AUTH" },
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_AUTH, PL_SA, PL_TSi },
		  "IKE_AUTH request lacks payload TSr" },
		{ EXCHANGE_IKE_AUTH, REQUEST, PROTECTED,
		  { PL_IDi, PL_AUTH, PL_TSi, PL_TSr },
		  "childless IKE_AUTH request must not have payload TSi" },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { PL_IDr, PL_SA, PL_TSi, PL_TSr },
		  "IKE_AUTH response lacks payload AUTH" },
		{ EXCHANGE_IKE_AUTH, RESPONSE, PROTECTED,
		  { PL_IDr, PL_IDi, PL_AUTH },
		  "childless IKE_AUTH response must not have payload IDi" },
		{ EXCHANGE_IKE_AUTH, REQUEST, CLEAR, { PL_IDi, PL_AUTH },
		  "IKE_AUTH is never sent in the clear" },
	};

	CHECK_ALL(list);
}

static void create_child_sa(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_NONCE, PL_TSi, PL_TSr }, NULL },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { NOTIFY(REKEY_SA), PL_SA, PL_NONCE, PL_KE, PL_TSi, PL_TSr },
		  NULL },
		{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, PROTECTED,
		  { PL_SA, PL_NONCE, PL_KE, PL_TSi, PL_TSr }, NULL },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_NONCE, PL_KE }, NULL },
		{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, PROTECTED,
		  { PL_SA, PL_NONCE, PL_KE }, NULL },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_NONCE },
		  "IKE SA rekey request lacks payload KE" },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_NONCE, PL_TSi },
		  "child SA request lacks payload TSr" },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_NONCE, PL_KE, PL_TSr },
		  "IKE SA rekey request must not have payload TSr" },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_TSi, PL_TSr },
		  "child SA request lacks payload NONCE" },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_SA, PL_NONCE, PL_TSi, PL_TSr },
		  "child SA request repeats payload SA" },
		{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, PROTECTED,
		  { PL_SA, PL_NONCE, PL_TSi, PL_TSi, PL_TSr },
		  "child SA response repeats payload TSi" },
		{ EXCHANGE_CREATE_CHILD_SA, REQUEST, PROTECTED,
		  { PL_SA, PL_NONCE, PL_TSi, PL_TSr, PL_D },
		  "child SA request must not have payload D" },
	};

	CHECK_ALL(list);
}

static void informational(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_INFORMATIONAL, REQUEST, PROTECTED, { 0 }, NULL },
		{ EXCHANGE_INFORMATIONAL, RESPONSE, PROTECTED, { 0 }, NULL },
		{ EXCHANGE_INFORMATIONAL, REQUEST, PROTECTED,
		  { PL_D, PL_D, PL_N, PL_V, PL_CP }, NULL },
		{ EXCHANGE_INFORMATIONAL, RESPONSE, PROTECTED, { PL_D, PL_N },
		  NULL },
		{ EXCHANGE_INFORMATIONAL, REQUEST, PROTECTED, { PL_SA },
		  "INFORMATIONAL request must not have payload SA" },
		{ EXCHANGE_INFORMATIONAL, REQUEST, CLEAR, { PL_D },
		  "INFORMATIONAL is never sent in the clear" },
	};

	CHECK_ALL(list);
}

static void later_exchanges_have_rows(void **state)
{
	static const struct message list[] = {
		{ EXCHANGE_IKE_INTERMEDIATE, REQUEST, PROTECTED,
		  { PL_KE, PL_N }, NULL },
		{ EXCHANGE_IKE_INTERMEDIATE, RESPONSE, PROTECTED, { PL_N },
		  NULL },
		{ EXCHANGE_IKE_INTERMEDIATE, RESPONSE, PROTECTED,
		  { PL_KE, PL_KE },
		  "IKE_INTERMEDIATE response repeats payload KE" },
		{ EXCHANGE_IKE_FOLLOWUP_KE, REQUEST, PROTECTED,
		  { PL_KE, NOTIFY(ADDITIONAL_KEY_EXCHANGE) }, NULL },
		{ EXCHANGE_IKE_FOLLOWUP_KE, RESPONSE, PROTECTED,
		  { NOTIFY(STATE_NOT_FOUND) }, NULL },
		{ EXCHANGE_IKE_FOLLOWUP_KE, RESPONSE, PROTECTED, { PL_N },
		  "IKE_FOLLOWUP_KE response lacks payload KE" },
		{ 99, REQUEST, PROTECTED, { 0 },
		  "exchange 99 is never sent protected" },
	};

	CHECK_ALL(list);
}

/**
 * struct content - what RFC 7296 appendix C lets a protected message contain
 *
 * A notify and a vendor ID may stand in all of them any number of times.
 */
struct content {
	uint8_t exchange;
	bool response;
	uint8_t required[6], optional[6], any[3];
};

static const struct content contents[] = {
	{ EXCHANGE_IKE_AUTH, REQUEST, { PL_IDi, PL_SA, PL_TSi, PL_TSr },
	  { PL_IDr, PL_AUTH, PL_CP }, { PL_CERT, PL_CERTREQ } },
	{ EXCHANGE_IKE_AUTH, REQUEST, { PL_IDi },
	  { PL_IDr, PL_AUTH, PL_CP }, { PL_CERT, PL_CERTREQ } },
	{ EXCHANGE_IKE_AUTH, RESPONSE,
	  { PL_IDr, PL_AUTH, PL_SA, PL_TSi, PL_TSr }, { PL_CP },
	  { PL_CERT } },
	{ EXCHANGE_IKE_AUTH, RESPONSE, { PL_IDr, PL_AUTH }, { PL_CP },
	  { PL_CERT } },
	{ EXCHANGE_CREATE_CHILD_SA, REQUEST,
	  { PL_SA, PL_NONCE, PL_TSi, PL_TSr }, { PL_KE }, { 0 } },
	{ EXCHANGE_CREATE_CHILD_SA, RESPONSE,
	  { PL_SA, PL_NONCE, PL_TSi, PL_TSr }, { PL_KE }, { 0 } },
	{ EXCHANGE_CREATE_CHILD_SA, REQUEST, { PL_SA, PL_NONCE, PL_KE },
	  { 0 }, { 0 } },
	{ EXCHANGE_CREATE_CHILD_SA, RESPONSE, { PL_SA, PL_NONCE, PL_KE },
	  { 0 }, { 0 } },
	{ EXCHANGE_INFORMATIONAL, REQUEST, { 0 }, { PL_CP }, { PL_D } },
	{ EXCHANGE_INFORMATIONAL, RESPONSE, { 0 }, { PL_CP }, { PL_D } },
	{ EXCHANGE_IKE_INTERMEDIATE, REQUEST, { 0 }, { PL_KE }, { 0 } },
	{ EXCHANGE_IKE_INTERMEDIATE, RESPONSE, { 0 }, { PL_KE }, { 0 } },
	{ EXCHANGE_IKE_FOLLOWUP_KE, REQUEST, { PL_KE }, { 0 }, { 0 } },
	{ EXCHANGE_IKE_FOLLOWUP_KE, RESPONSE, { PL_KE }, { 0 }, { 0 } },
};

static bool in(const uint8_t *list, size_t size, int type)
{
	return type && memchr(list, type, size);
}

/* The required payloads, but @n of @type instead of as many as should be. */
static void compose(const struct content *c, int type, unsigned int n,
		    struct message *m)
{
	unsigned int count = 0, i;

	*m = (struct message){ c->exchange, c->response, PROTECTED, { 0 }, "" };
	for (i = 0; i < sizeof(c->required) && c->required[i]; i++)
		if (c->required[i] != type)
			m->payloads[count++] = c->required[i];
	while (n--)
		m->payloads[count++] = type;
}

static bool legal(const struct content *c, int type, unsigned int n)
{
	if (type == PL_N || type == PL_V || in(c->any, sizeof(c->any), type))
		return true;
	if (in(c->optional, sizeof(c->optional), type))
		return n <= 1;
	return n == in(c->required, sizeof(c->required), type);
}

static void every_payload_in_every_message_never_once_and_twice(void **state)
{
	char why[RULES_WHY];
	struct message m;
	unsigned int n;
	size_t i;
	int type;

	for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		for (type = PL_SA; type <= PL_SKF; type++) {
			for (n = 0; n <= 2; n++) {
				compose(&contents[i], type, n, &m);
				if (check(&m, why) !=
				    (legal(&contents[i], type, n) ? 0 :
				     ERR_PAYLOADS))
					fail_msg("message %zu, %u of payload %d: \"%s\"",
						 i, n, type, why);
			}
		}
	}
}

/* The notify's type is read before anybody has checked the notify. */
static void notify_too_short_for_a_type_refuses_nothing(void **state)
{
	static const uint8_t body[4] = { 0 };
	struct pl_chain chain = { .count = 1 };
	char why[RULES_WHY];
	size_t len;

	for (len = 0; len < 4; len++) {
		chain.pl[0] = (struct pl){ .type = PL_N, .body = { body, len } };
		assert_int_equal(rules_check(EXCHANGE_IKE_SA_INIT, RESPONSE,
					     CLEAR, &chain, why), ERR_PAYLOADS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ike_sa_init),
		cmocka_unit_test(response_may_refuse_with_a_notify_alone),
		cmocka_unit_test(response_with_sa_must_be_complete_whatever_it_notifies),
		cmocka_unit_test(ike_auth),
		cmocka_unit_test(create_child_sa),
		cmocka_unit_test(informational),
		cmocka_unit_test(later_exchanges_have_rows),
		cmocka_unit_test(
			every_payload_in_every_message_never_once_and_twice),
		cmocka_unit_test(notify_too_short_for_a_type_refuses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
