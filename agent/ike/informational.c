// SPDX-License-Identifier: GPL-2.0
/*
 * INFORMATIONAL (RFC 7296 section 1.4): deletes of either kind, liveness, and
 * the peer's word that it rejects us.
 *
 *   I: HDR, SK { [D], [N] }
 *   R: HDR, SK { [D] }
 */

#include <stdio.h>

#include "ike/exchange.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/qcd.h"
#include "ike/refuse.h"
#include "ike/tunnel.h"
#include "util/err.h"

/**
 * informational_send - a Delete or a liveness check
 *
 * Return: 0 or ERR_* with nothing sent.
 */
int informational_send(struct ike_sa *sa, const struct task *task)
{
	struct child_sa *child;
	struct reply r;
	int err;

	reply_init(&r);
	if (task->kind == TASK_DELETE_CHILD) {
		child = child_find(sa, task->child_id);
		if (!child) {
			reply_fini(&r);
			return ERR_NOT_FOUND;
		}
		child->state = CHILD_DELETING;
		delete_pl_put_esp(&r.w, &child->spi_in, 1);
	} else if (task->kind == TASK_DELETE_IKE) {
		delete_pl_put_ike(&r.w);
	} else if (task->kind == TASK_QCD_TOKEN && qcd_put(sa, &r.w)) {
		reply_fini(&r);
		return ERR_CRYPTO;
	}
	err = reply_send_request(sa, EXCHANGE_INFORMATIONAL, &r);
	reply_fini(&r);
	if (!err && task->kind == TASK_DELETE_IKE)
		ike_sa_set_state(sa, IKE_DELETING);
	return err;
}

/* --------------------------------------------------------------- responder */

/** struct deletes - our side of the pairs the peer deletes */
struct deletes {
	uint32_t spi[DELETE_MAX_SPIS];
	unsigned int count;
	bool ike;
};

/* The last one is what the tunnel went down for. */
static void end_deleted(struct child_sa *child)
{
	struct tunnel *t = child->tunnel;
	bool served = t && t->child == child;
	struct ike_sa *sa = child->sa;

	child_free(child);
	if (served && !t->child)
		tunnel_fail(t, &sa->log, FAILURE_DELETED_BY_PEER,
			    STAGE_INFORMATIONAL, NULL, NULL, NULL);
}

/*
 * Delete names the peer's inbound SPIs: our outbound ones. The peer may have taken
 * the children to the IKE SA of its own rekey, which here waits for an answer.
 */
static struct child_sa *find_deleted(struct ike_sa *sa, uint32_t spi)
{
	struct child_sa *child = child_find_spi_out(sa, spi);
	struct ike_sa *old = child ? NULL : ike_sa_undecided(sa);

	return old ? child_find_spi_out(old, spi) : child;
}

static void delete_children(struct ike_sa *sa, const struct delete_pl *d,
			    struct deletes *out)
{
	struct child_sa *child;
	unsigned int i;

	for (i = 0; i < d->count && out->count < DELETE_MAX_SPIS; i++) {
		child = find_deleted(sa, delete_pl_spi32(d, i));
		if (!child)
			continue;
		/* When both delete at once, each answers without (1.4.1). */
		if (child->state != CHILD_DELETING)
			out->spi[out->count++] = child->spi_in;
		log_info(&sa->log, "the peer deletes child %08x/%08x",
			 child->spi_in, child->spi_out);
		create_child_old_deleted(child->sa, child);
		child_uninstall(child, true);
		end_deleted(child);
	}
}

static void take_deletes(struct ike_sa *sa, struct rx *rx, struct deletes *out)
{
	const struct pl *pl;
	struct delete_pl d;

	for (pl = pl_find(&rx->chain, PL_D); pl;
	     pl = pl_next(&rx->chain, pl)) {
		if (delete_pl_parse(pl->body, &d))
			continue;
		if (d.protocol == PROTO_IKE)
			out->ike = true;
		else if (d.protocol == PROTO_ESP)
			delete_children(sa, &d, out);
	}
}

/*
 * The peer got ESP on an SA that it does not have (RFC 7296 section 1.5). What
 * is being replaced or deleted is left to that; any other child is lost.
 */
static void take_invalid_spi(struct ike_sa *sa, const struct rx *rx)
{
	struct child_sa *child;
	struct notify_pl n;
	struct rd rd;

	if (!rx_notify(rx, N_INVALID_SPI, &n) || n.data.len != ESP_SPI_LEN)
		return;
	rd_init(&rd, n.data.p, n.data.len);
	child = child_find_spi_out(sa, rd_u32(&rd));
	if (!child || child->state != CHILD_INSTALLED)
		return;
	tunnel_fail(child->tunnel, &sa->log, FAILURE_PEER_ERROR,
		    STAGE_INFORMATIONAL, NULL,
		    "sent INVALID_SPI: it has lost the child SA", NULL);
	child_end(child);
}

int informational_request(struct ike_sa *sa, struct rx *rx)
{
	struct deletes deletes = { .count = 0 };
	struct notify_pl n;
	struct reply r;
	int err;

	take_deletes(sa, rx, &deletes);
	qcd_take(sa, rx);
	reply_init(&r);
	if (!deletes.ike && deletes.count)
		delete_pl_put_esp(&r.w, deletes.spi, deletes.count);
	err = reply_send_response(sa, EXCHANGE_INFORMATIONAL, &r);
	reply_fini(&r);
	if (deletes.ike) {
		rekey_ike_old_deleted(sa);
		refuse_close(sa, FAILURE_DELETED_BY_PEER, NULL);
	} else if (rx_notify(rx, N_AUTHENTICATION_FAILED, &n)) {
		refuse_close_unproven(sa);
	} else if (rx_notify(rx, N_INVALID_SYNTAX, &n)) {
		refuse_close(sa, FAILURE_PEER_ERROR, "sent INVALID_SYNTAX");
	} else {
		take_invalid_spi(sa, rx);
	}
	return err;
}

/* --------------------------------------------------------------- initiator */

int informational_response(struct ike_sa *sa, struct rx *rx)
{
	struct task task = ike_sa_task_done(sa);
	struct tunnel *t = sa->tunnel;
	struct child_sa *child;
	bool again;

	switch (task.kind) {
	case TASK_DELETE_CHILD:
		child = child_find(sa, task.child_id);
		if (child) {
			child_uninstall(child, true);
			child_free(child);
		}
		return 0;
	case TASK_DELETE_IKE:
		again = sa->cleared && t;
		ike_sa_free(sa);
		if (t && !t->sa)
			tunnel_retry(t, again);
		return 0;
	default:
		return 0;
	}
}
