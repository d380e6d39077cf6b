// SPDX-License-Identifier: GPL-2.0
/*
 * Tokens of crashed peers.
 */

#include "ike/qcd.h"

#include "ike/exchange.h"
#include "ike/lifetime.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

/*
 * HMAC( secret, SPIi | SPIr | our address ), RFC 6290 section 5. With the
 * address, who shares the secret by mistake shows no token of another.
 */
static int make_token(const struct ike *ike, uint64_t spi_i, uint64_t spi_r,
		      const struct addr *local, uint8_t out[SHA256_LEN])
{
	struct view key = { secret_bytes(ike->qcd_secret),
			    secret_len(ike->qcd_secret) };
	struct buf text;
	struct view part;
	int err;

	buf_init(&text, 2 * IKE_SPI_LEN + sizeof(local->octets));
	buf_put_u64(&text, spi_i);
	buf_put_u64(&text, spi_r);
	buf_put(&text, local->octets, addr_len(local));
	part = buf_view(&text);
	err = buf_ok(&text) ? hmac_sha256(key, &part, 1, out) : ERR_NOMEM;
	buf_fini(&text);
	return err;
}

static int put_token(const struct ike *ike, uint64_t spi_i, uint64_t spi_r,
		     const struct addr *local, struct msg_writer *w)
{
	uint8_t token[SHA256_LEN];
	int err = make_token(ike, spi_i, spi_r, local, token);

	if (!err)
		notify_pl_put(w, PROTO_IKE, nothing, N_QUICK_CRASH_DETECTION,
			      (struct view){ token, QCD_TOKEN_LEN });
	wipe(token, sizeof(token));
	return err;
}

int qcd_put(const struct ike_sa *sa, struct msg_writer *w)
{
	if (!sa->ike->cfg->quick_crash_detection)
		return 0;
	return put_token(sa->ike, sa->spi_i, sa->spi_r, &sa->path.local.addr, w);
}

void qcd_take(struct ike_sa *sa, const struct rx *rx)
{
	struct notify_pl n;

	if (!sa->ike->cfg->quick_crash_detection ||
	    !rx_notify(rx, N_QUICK_CRASH_DETECTION, &n) ||
	    n.data.len < QCD_TOKEN_MIN || n.data.len > QCD_TOKEN_MAX)
		return;
	secret_free(sa->qcd_token);
	sa->qcd_token = secret_new(n.data.p, n.data.len);
}

/* ------------------------------------------------------------------ showing */

static bool is_protected(const struct rx *rx)
{
	uint8_t type;

	if (!rx->chain.count)
		return false;
	type = rx->chain.pl[rx->chain.count - 1].type;
	return type == PL_SK || type == PL_SKF;
}

/*
 * A token kills the IKE SA that it belongs to: it must not leave while we have
 * that, whichever of the two SPIs is called ours (RFC 6290 section 9.4).
 */
static bool may_show(const struct ike *ike, const struct rx *rx)
{
	const struct ike_hdr *hdr = &rx->hdr;

	return ike->cfg->quick_crash_detection && is_protected(rx) &&
	       hdr->spi_i && hdr->spi_r &&
	       !table_find(&ike->by_spi, hdr->spi_i) &&
	       !table_find(&ike->by_spi, hdr->spi_r);
}

void qcd_show(struct ike *ike, const struct rx *rx)
{
	struct msg_writer w;
	struct buf msg;

	buf_init(&msg, MSG_MAX_LEN);
	if (may_show(ike, rx)) {
		ike_reply_begin(&w, &msg, &rx->hdr);
		notify_pl_put_simple(&w, N_INVALID_IKE_SPI, nothing);
		if (!put_token(ike, rx->hdr.spi_i, rx->hdr.spi_r,
			       &rx->path->local.addr, &w) &&
		    !msg_end(&w) && msg.len <= rx->datagram.len) {
			if (ike_reply_send(ike, rx->path, &msg))
				ike->count.qcd_shown++;
			buf_fini(&msg);
			return;
		}
	}
	buf_fini(&msg);
	ike_reply_notify(ike, rx->path, &rx->hdr, N_INVALID_IKE_SPI, nothing);
}

/* ---------------------------------------------------------------- believing */

static bool carries_token(const struct ike_sa *sa, const struct rx *rx)
{
	struct notify_pl n;
	const struct pl *pl;

	if (!sa->qcd_token)
		return false;
	for (pl = pl_find(&rx->chain, PL_N); pl; pl = pl_next(&rx->chain, pl))
		if (!notify_pl_parse(pl->body, &n) &&
		    n.type == N_QUICK_CRASH_DETECTION &&
		    n.data.len == secret_len(sa->qcd_token) &&
		    equal_ct(n.data.p, secret_bytes(sa->qcd_token), n.data.len))
			return true;
	return false;
}

/* RFC 6290 section 4.5: silently, whatever address it came from. */
static void believe(struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	bool served = t && t->sa == sa;

	sa->ike->count.qcd_believed++;
	if (served)
		tunnel_fail(t, &sa->log, FAILURE_PEER_RESTARTED,
			    STAGE_INFORMATIONAL, NULL,
			    "shows its token for an IKE SA that it has lost",
			    NULL);
	ike_sa_free(sa);
	if (served)
		tunnel_retry(t, true);
}

/*
 * Anybody could have sent it: the peer is asked, and not too often. Only what
 * we are deleting anyway needs no more proof than that.
 */
static void take_hint(struct ike_sa *sa)
{
	uint64_t now = ike_now_ms(sa->ike);

	sa->ike->count.rx_hints++;
	if (sa->state == IKE_DELETING) {
		lifetime_no_answer(sa);
		return;
	}
	if (sa->state != IKE_ESTABLISHED)
		return;
	if (sa->tx_busy) {
		sa->hinted = true;
		return;
	}
	if (sa->hint_ms && now - sa->hint_ms < QCD_HINT_MS)
		return;
	sa->hint_ms = now;
	log_info(&sa->log, "unprotected INVALID_IKE_SPI: asking the peer");
	ike_sa_queue(sa, TASK_LIVENESS, 0);
	ike_sa_run_tasks(sa);
}

void qcd_receive_clear(struct ike_sa *sa, const struct rx *rx)
{
	struct notify_pl n;

	count_received(&sa->ike->messages, &rx->hdr, &rx->chain);
	if (sa->state < IKE_ESTABLISHED || sa->state == IKE_CLOSED ||
	    !rx_notify(rx, N_INVALID_IKE_SPI, &n)) {
		sa->ike->count.rx_drop_payloads++;
		return;
	}
	if (carries_token(sa, rx)) {
		believe(sa);
		return;
	}
	if (sa->qcd_token && rx_notify(rx, N_QUICK_CRASH_DETECTION, &n))
		sa->ike->count.qcd_wrong++;
	take_hint(sa);
}
