// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine as data: which message is legal in which state, and who
 * handles it. A message passes in this order: message ID, decrypt and verify,
 * legality, payload set, handler. Until it is verified it changes nothing.
 */

#include "ike/fsm.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ike/addke.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/fragment.h"
#include "ike/intermediate.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/park.h"
#include "ike/path.h"
#include "ike/qcd.h"
#include "ike/reassembly.h"
#include "ike/refuse.h"
#include "ike/tunnel.h"
#include "proto/rules.h"
#include "util/err.h"

/**
 * struct transition - one legal message
 * @story: what it is, for the log
 * @state: of the IKE SA that receives it
 * @exchange: exchange type
 * @response: a response to our request
 * @handler: takes it; may free the IKE SA
 * @prepare: the public-key work to be done first, NULL when there is none (any
 *	more); changes nothing
 */
struct transition {
	const char *story;
	enum ike_state state;
	uint8_t exchange;
	bool response;
	int (*handler)(struct ike_sa *sa, struct rx *rx);
	struct rx_work *(*prepare)(struct ike_sa *sa, const struct rx *rx);
};

/*
 * RFC 7296 sections 1.2 to 1.4. IKE_SA_INIT requests have no IKE SA yet and
 * pass through here only when one was made for them. A superseded or closing IKE SA still answers
 * Deletes, so that both ends get rid of it.
 */
static const struct transition transitions[] = {
	{ "IKE_SA_INIT request", IKE_INIT_RECEIVED, EXCHANGE_IKE_SA_INIT,
	  false, sa_init_answer, sa_init_answer_work },
	{ "IKE_SA_INIT response", IKE_INIT_SENT, EXCHANGE_IKE_SA_INIT, true,
	  sa_init_response, sa_init_response_work },
	{ "IKE_INTERMEDIATE request", IKE_INIT_DONE, EXCHANGE_IKE_INTERMEDIATE,
	  false, intermediate_request, addke_request_work },
	{ "IKE_INTERMEDIATE response", IKE_INTERMEDIATE_SENT,
	  EXCHANGE_IKE_INTERMEDIATE, true, intermediate_response,
	  addke_response_work },
	{ "IKE_AUTH request", IKE_INIT_DONE, EXCHANGE_IKE_AUTH, false,
	  auth_request, NULL },
	{ "IKE_AUTH response", IKE_AUTH_SENT, EXCHANGE_IKE_AUTH, true,
	  auth_response, auth_response_work },
	{ "peer creates or rekeys", IKE_ESTABLISHED, EXCHANGE_CREATE_CHILD_SA,
	  false, create_child_request, create_child_request_work },
	{ "answer to our create or rekey", IKE_ESTABLISHED,
	  EXCHANGE_CREATE_CHILD_SA, true, create_child_response,
	  create_child_response_work },
	{ "answer that came after the peer's own rekey", IKE_REKEYED,
	  EXCHANGE_CREATE_CHILD_SA, true, create_child_response,
	  create_child_response_work },
	{ "peer goes on with key exchanges", IKE_ESTABLISHED,
	  EXCHANGE_IKE_FOLLOWUP_KE, false, followup_request,
	  followup_request_work },
	{ "answer to our further key exchange", IKE_ESTABLISHED,
	  EXCHANGE_IKE_FOLLOWUP_KE, true, followup_response,
	  followup_response_work },
	{ "peer informs or deletes", IKE_ESTABLISHED, EXCHANGE_INFORMATIONAL,
	  false, informational_request, NULL },
	{ "peer deletes the superseded IKE SA", IKE_REKEYED,
	  EXCHANGE_INFORMATIONAL, false, informational_request, NULL },
	{ "peer deletes while we do", IKE_DELETING, EXCHANGE_INFORMATIONAL,
	  false, informational_request, NULL },
	{ "answer to our INFORMATIONAL", IKE_ESTABLISHED,
	  EXCHANGE_INFORMATIONAL, true, informational_response, NULL },
	{ "answer on a superseded IKE SA", IKE_REKEYED,
	  EXCHANGE_INFORMATIONAL, true, informational_response, NULL },
	{ "answer to our Delete", IKE_DELETING, EXCHANGE_INFORMATIONAL, true,
	  informational_response, NULL },
};

static const char *const state_names[IKE_STATES] = {
	[IKE_INIT_SENT]		= "INIT-SENT",
	[IKE_INIT_RECEIVED]	= "INIT-RECEIVED",
	[IKE_INIT_DONE]		= "INIT-DONE",
	[IKE_INTERMEDIATE_SENT]	= "INTERMEDIATE-SENT",
	[IKE_KEY_WAIT]		= "KEY-WAIT",
	[IKE_AUTH_SENT]		= "AUTH-SENT",
	[IKE_ESTABLISHED]	= "ESTABLISHED",
	[IKE_REKEYED]		= "REKEYED",
	[IKE_DELETING]		= "DELETING",
	[IKE_CLOSED]		= "CLOSED",
};

const char *ike_state_name(enum ike_state state)
{
	return state_names[state];
}

void ike_sa_set_state(struct ike_sa *sa, enum ike_state state)
{
	if (sa->state == state)
		return;
	log_info(&sa->log, "%s -> %s", ike_state_name(sa->state),
		 ike_state_name(state));
	sa->state = state;
	if (state >= IKE_ESTABLISHED ||
	    (state == IKE_KEY_WAIT && sa->ppk.asked == PPK_ASKING))
		ike_sa_prompt_end(sa);
}

static const struct transition *find_transition(const struct ike_sa *sa,
						const struct ike_hdr *hdr)
{
	bool response = hdr->flags & IKE_FLAG_RESPONSE;
	size_t i;

	for (i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
		const struct transition *t = &transitions[i];

		if (hdr->exchange == EXCHANGE_IKE_INTERMEDIATE &&
		    !sa->inter.agreed)
			return NULL;
		if (t->state == sa->state && t->exchange == hdr->exchange &&
		    t->response == response)
			return t;
	}
	return NULL;
}

/* The flag must say what we know: who began this IKE SA. */
static bool role_ok(const struct ike_sa *sa, const struct ike_hdr *hdr)
{
	return !!(hdr->flags & IKE_FLAG_INITIATOR) != sa->initiator;
}

/* A request that was answered is under the keys that there were then. */
static int open_again(struct ike_sa *sa, struct rx *rx, struct buf *plain)
{
	struct sk_keys *in = sa->sk_in, *out = sa->sk_out;
	int err;

	if (!sa->before_in)
		return fragment_open(sa, rx, MSGID_REPEAT, plain);
	sa->sk_in = sa->before_in;
	sa->sk_out = sa->before_out;
	err = fragment_open(sa, rx, MSGID_REPEAT, plain);
	sa->sk_in = in;
	sa->sk_out = out;
	return err;
}

/* Decrypt, verify, and walk the payloads inside. */
static int open_message(struct ike_sa *sa, struct rx *rx,
			enum msgid_verdict verdict, struct buf *plain)
{
	int err;

	/* What was answered before is not looked into again. */
	if (verdict == MSGID_REPEAT)
		return open_again(sa, rx, plain);
	err = fragment_open(sa, rx, verdict, plain);
	if (err)
		return err;
	rx->first = rx->chain.sk_first;
	return pl_chain_parse(rx->chain.sk_first, buf_view(plain), true,
			      &rx->chain);
}

/* A verified message that is no good has consequences for both sides. */
static void refuse(struct ike_sa *sa, struct rx *rx, int err, const char *why)
{
	if (rx->hdr.flags & IKE_FLAG_RESPONSE)
		refuse_response(sa, rx, err, why);
	else
		refuse_request(sa, rx, err, why);
}

static void count_drop(struct ike_sa *sa, int err)
{
	struct ike_counters *c = &sa->ike->count;

	switch (err) {
	case ERR_ICV:
		c->rx_drop_icv++;
		break;
	case ERR_CRITICAL:
		c->rx_drop_critical++;
		break;
	case ERR_PAYLOADS:
		c->rx_drop_payloads++;
		break;
	default:
		c->rx_drop_malformed++;
	}
}

static void illegal(struct ike_sa *sa, const struct rx *rx)
{
	char name[ID_NAME_STR];

	sa->ike->count.rx_drop_state++;
	log_write_limited(&sa->ike->strange.lines, LOG_LEVEL_NOTICE, &sa->log,
			  "%s not legal in state %s",
			  exchange_name(rx->hdr.exchange, name),
			  ike_state_name(sa->state));
}

/* The peer calls our request malformed: fatal for both (RFC 7296 2.21.3). */
static void cannot_read(struct ike_sa *sa, uint8_t exchange)
{
	char theirs[FAILURE_VALUE];

	failure_answer(N_INVALID_SYNTAX, exchange, theirs);
	refuse_close(sa, FAILURE_PEER_ERROR, theirs);
}

static void handle(struct ike_sa *sa, struct rx *rx)
{
	const struct transition *t = find_transition(sa, &rx->hdr);
	bool protected = rx->hdr.exchange != EXCHANGE_IKE_SA_INIT;
	char why[RULES_WHY];
	uint64_t spi = ike_sa_local_spi(sa);
	struct ike *ike = sa->ike;
	struct notify_pl n;

	if (!t) {
		illegal(sa, rx);
		if (!(rx->hdr.flags & IKE_FLAG_RESPONSE) && protected)
			refuse_illegal(sa, rx);
		return;
	}
	if (rules_check(rx->hdr.exchange, t->response, protected, &rx->chain,
			why)) {
		ike->count.rx_drop_payloads++;
		log_write_limited(&ike->strange.lines, LOG_LEVEL_WARNING, &sa->log,
				  "%s: %s", t->story, why);
		if (protected)
			refuse(sa, rx, ERR_PAYLOADS, why);
		return;
	}
	if (t->response && protected && sa->state >= IKE_ESTABLISHED &&
	    rx_notify(rx, N_INVALID_SYNTAX, &n)) {
		cannot_read(sa, rx->hdr.exchange);
		return;
	}
	log_debug(&sa->log, "%s, message %u", t->story, rx->hdr.msgid);
	t->handler(sa, rx);
	/* The handler may have freed it. */
	sa = ike_sa_find(ike, spi);
	if (sa)
		ike_sa_run_tasks(sa);
}

/* Requests are counted when they are handled, not when they come. */
static void deliver(struct ike_sa *sa, struct rx *rx)
{
	if (!(rx->hdr.flags & IKE_FLAG_RESPONSE) &&
	    rx->hdr.exchange != EXCHANGE_IKE_SA_INIT && !rx->accepted)
		msgid_accept_request(sa);
	handle(sa, rx);
}

/* What a message that will be handled needs before that, or NULL. */
static struct rx_work *work_for(struct ike_sa *sa, const struct rx *rx)
{
	const struct transition *t = find_transition(sa, &rx->hdr);
	bool protected = rx->hdr.exchange != EXCHANGE_IKE_SA_INIT;
	char why[RULES_WHY];

	if (!sa->ike->env.work || !t || !t->prepare ||
	    rules_check(rx->hdr.exchange, t->response, protected, &rx->chain,
			why))
		return NULL;
	return t->prepare(sa, rx);
}

/*
 * Return: 0 when it waits; ERR_NOT_FOUND when there is nothing to wait for;
 * ERR_NOMEM when it is dropped, a repetition may have better luck.
 */
static int set_aside(struct ike_sa *sa, struct rx *rx, struct buf *plain)
{
	struct rx_work *work = work_for(sa, rx);

	if (!work)
		return ERR_NOT_FOUND;
	log_debug(&sa->log, "message %u waits for public-key work",
		  rx->hdr.msgid);
	return park(sa, rx, plain, work);
}

static void set_aside_or_deliver(struct ike_sa *sa, struct rx *rx,
				 struct buf *plain)
{
	int err = set_aside(sa, rx, plain);

	if (err == ERR_NOT_FOUND)
		deliver(sa, rx);
	else if (err)
		sa->ike->count.rx_drop_internal++;
}

void fsm_resume(struct ike_sa *sa, struct parked *p)
{
	struct rx_work *work = work_for(sa, &p->rx);
	struct ike *ike = sa->ike;

	if (work) {
		park_again(p, work);
		return;
	}
	deliver(sa, &p->rx);
	parked_free(p);
	ike_check_stopped(ike);
}

/** struct kept_request - what is needed of a request to handle it again */
struct kept_request {
	struct ike_hdr hdr;
	struct net_path path;
	uint8_t first;
	struct buf plain;
	struct rx_work *results;
};

static void free_kept(struct kept_request *k)
{
	struct rx rx = { .results = k->results };

	rx_free_results(&rx);
	buf_fini(&k->plain);
	free(k);
}

int fsm_keep(struct ike_sa *sa, struct rx *rx)
{
	struct kept_request *k = calloc(1, sizeof(*k));

	if (!k)
		return ERR_NOMEM;
	k->hdr = rx->hdr;
	k->path = *rx->path;
	k->first = rx->first;
	buf_init(&k->plain, REASSEMBLY_OCTETS);
	buf_put_view(&k->plain, rx->plain);
	if (!buf_ok(&k->plain)) {
		free_kept(k);
		return ERR_NOMEM;
	}
	fsm_drop_kept(sa);
	k->results = rx->results;
	rx->results = NULL;
	sa->kept = k;
	return 0;
}

void fsm_drop_kept(struct ike_sa *sa)
{
	if (sa->kept)
		free_kept(sa->kept);
	sa->kept = NULL;
}

void fsm_resume_kept(struct ike_sa *sa)
{
	struct kept_request *k = sa->kept;
	struct rx rx = { .hdr = k->hdr, .path = &k->path,
			 .results = k->results,
			 .plain = buf_view(&k->plain), .first = k->first };

	sa->kept = NULL;
	k->results = NULL;
	if (!pl_chain_parse(k->first, rx.plain, true, &rx.chain))
		handle(sa, &rx);
	rx_free_results(&rx);
	free_kept(k);
}

static void receive_protected(struct ike_sa *sa, struct rx *rx)
{
	enum msgid_verdict verdict = msgid_check(sa, &rx->hdr);
	bool request = !(rx->hdr.flags & IKE_FLAG_RESPONSE);
	struct buf plain;
	int err;

	if (verdict == MSGID_STRAY) {
		/* It is being worked on already. */
		if (sa->kept && request && rx->hdr.msgid == sa->rx.next - 1)
			sa->ike->count.rx_retransmits++;
		else
			sa->ike->count.rx_drop_message_id++;
		return;
	}
	if (verdict == MSGID_WAITS) {
		sa->ike->count.rx_drop_waiting++;
		return;
	}
	buf_init(&plain, MSG_MAX_LEN);
	err = open_message(sa, rx, verdict, &plain);
	if (err == ERR_AGAIN)
		goto out_free_plain;
	if (err && (err == ERR_ICV || !plain.len)) {
		count_drop(sa, err);
		log_write_limited(&sa->ike->strange.lines, LOG_LEVEL_NOTICE, &sa->log,
				  "message %u dropped: %s", rx->hdr.msgid,
				  err_text(err));
		goto out_free_plain;
	}
	/* A peer that is not proven gets no other answer than IKE_AUTH's. */
	if (sa->state < IKE_ESTABLISHED && !find_transition(sa, &rx->hdr)) {
		illegal(sa, rx);
		goto out_free_plain;
	}
	/* Answers go where the question came from (RFC 7296 section 2.11). */
	if (request)
		sa->answer_path = *rx->path;
	sa->rx_count++;
	if (verdict == MSGID_REPEAT) {
		msgid_repeat_response(sa);
		goto out_free_plain;
	}
	path_verified(sa, rx);
	count_received(&sa->ike->messages, &rx->hdr, &rx->chain);
	if (err) {
		if (request)
			msgid_accept_request(sa);
		count_drop(sa, err);
		refuse(sa, rx, err, err_text(err));
		goto out_free_plain;
	}
	rx->plain = buf_view(&plain);
	if (rx->hdr.exchange == EXCHANGE_IKE_INTERMEDIATE &&
	    intermediate_received(sa, rx)) {
		sa->ike->count.rx_drop_internal++;
		goto out_free_plain;
	}
	set_aside_or_deliver(sa, rx, &plain);
	rx_free_results(rx);
out_free_plain:
	buf_fini(&plain);
}

static bool in_clear(const struct rx *rx)
{
	return !pl_find(&rx->chain, PL_SK) && !pl_find(&rx->chain, PL_SKF);
}

int fsm_receive_first(struct ike_sa *sa, struct rx *rx)
{
	int err = set_aside(sa, rx, NULL);

	if (err != ERR_NOT_FOUND)
		return err;
	deliver(sa, rx);
	return 0;
}

/* Only the answer to our first message is unprotected. */
static void receive_init(struct ike_sa *sa, struct rx *rx)
{
	enum msgid_verdict verdict = msgid_check(sa, &rx->hdr);

	if (sa->state == IKE_INIT_SENT && verdict == MSGID_WAITS) {
		sa->ike->count.rx_drop_waiting++;
		return;
	}
	if (sa->state != IKE_INIT_SENT || verdict != MSGID_NEW) {
		sa->ike->count.rx_drop_state++;
		return;
	}
	sa->rx_count++;
	count_received(&sa->ike->messages, &rx->hdr, &rx->chain);
	set_aside_or_deliver(sa, rx, NULL);
}

void fsm_receive(struct ike_sa *sa, struct rx *rx)
{
	if (!role_ok(sa, &rx->hdr)) {
		sa->ike->count.rx_drop_malformed++;
		return;
	}
	/* Nobody leaves his VRF by knowing an SPI, or even the keys. */
	if (rx->path->fvrf != sa->path.fvrf) {
		sa->ike->count.rx_drop_fvrf++;
		return;
	}
	if (rx->hdr.exchange == EXCHANGE_IKE_SA_INIT)
		receive_init(sa, rx);
	else if (in_clear(rx))
		qcd_receive_clear(sa, rx);
	else
		receive_protected(sa, rx);
}
