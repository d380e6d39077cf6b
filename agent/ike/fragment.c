// SPDX-License-Identifier: GPL-2.0
/*
 * SK and SKF payloads of an IKE SA.
 */

#include "ike/fragment.h"

#include <stdlib.h>

#include "ike/reassembly.h"
#include "util/err.h"

#define HDR_LENGTH	24	/* offset of the length in the header */
#define UDP_LEN		8
#define NON_ESP_MARKER	4

/* The sizes tried one after the other when a message gets no answer. */
static const size_t steps[] = { 1280, FRAGMENT_SIZE_MIN };

/* ------------------------------------------------------------------- sizes */

/* Octets around a message in the IP datagram. */
static size_t around(const struct ike_sa *sa)
{
	return (sa->path.remote.addr.family == AF_INET6 ? 40 : 20) + UDP_LEN +
	       (sa->path.local.port == IKE_NATT_PORT ? NON_ESP_MARKER : 0);
}

/* The largest IP datagram we send, by experience, setting and path. */
static size_t datagram_size(const struct ike_sa *sa)
{
	const struct ike_env *env = &sa->ike->env;
	size_t size = sa->ike->cfg->fragment_size;
	size_t mtu = env->net->path_mtu(env->net_arg, &sa->path);

	if (sa->fragment_size && sa->fragment_size < size)
		size = sa->fragment_size;
	if (mtu && mtu < size)
		size = mtu;
	return size > FRAGMENT_SIZE_MIN ? size : FRAGMENT_SIZE_MIN;
}

/* Does a message of @len octets fit whatever the path is? */
static bool fits_anywhere(const struct ike_sa *sa, size_t len)
{
	return len + around(sa) <= FRAGMENT_SIZE_MIN;
}

/* Inner octets of a fragment in a message of @max octets. */
static size_t chunk_size(const struct ike_sa *sa, size_t max)
{
	size_t head = IKE_HDR_LEN + SK_HDR_LEN + SKF_HEAD_LEN;
	size_t chunk = max - head - sk_overhead(sa->sk_out, 0);

	while (head + chunk + sk_overhead(sa->sk_out, chunk) > max)
		chunk--;
	return chunk;
}

/* ------------------------------------------------------------------ sending */

void fragment_put_head(const struct ike_sa *sa, const struct inner *in,
		       uint8_t next, size_t total, struct buf *out)
{
	buf_put_u64(out, sa->spi_i);
	buf_put_u64(out, sa->spi_r);
	buf_put_u8(out, next);
	buf_put_u8(out, IKE_VERSION);
	buf_put_u8(out, in->exchange);
	buf_put_u8(out, (sa->initiator ? IKE_FLAG_INITIATOR : 0) |
			(in->response ? IKE_FLAG_RESPONSE : 0));
	buf_put_u32(out, in->msgid);
	buf_put_u32(out, (uint32_t)total);
}

/*
 * Header, SK generic header, IV, ciphertext, ICV (RFC 7296 section 3.14). The
 * lengths are known before sealing, because they are authenticated.
 */
static int seal_whole(struct ike_sa *sa, const struct inner *in,
		      struct buf *out)
{
	size_t start = out->len;
	size_t sk_len = SK_HDR_LEN + in->plain.len +
			sk_overhead(sa->sk_out, in->plain.len);

	if (IKE_HDR_LEN + sk_len > MSG_MAX_LEN)
		return ERR_LIMIT;
	fragment_put_head(sa, in, PL_SK, IKE_HDR_LEN + sk_len, out);
	buf_put_u8(out, in->first);
	buf_put_u8(out, 0);
	buf_put_u16(out, (uint16_t)sk_len);
	if (!buf_ok(out))
		return ERR_NOMEM;
	return sk_seal(sa->sk_out, out, start, in->plain);
}

/* The same with numbers behind the generic header (RFC 7383 section 2.5). */
static int seal_piece(struct ike_sa *sa, const struct inner *in,
		      const struct skf_pl *skf, struct view piece,
		      struct buf *out)
{
	size_t start = out->len;
	size_t skf_len = SK_HDR_LEN + SKF_HEAD_LEN + piece.len +
			 sk_overhead(sa->sk_out, piece.len);

	fragment_put_head(sa, in, PL_SKF, IKE_HDR_LEN + skf_len, out);
	buf_put_u8(out, skf->number == 1 ? in->first : PL_NONE);
	buf_put_u8(out, 0);
	buf_put_u16(out, (uint16_t)skf_len);
	buf_put_u16(out, skf->number);
	buf_put_u16(out, skf->total);
	if (!buf_ok(out))
		return ERR_NOMEM;
	sa->ike->count.tx_fragments++;
	return sk_seal(sa->sk_out, out, start, piece);
}

static int seal_pieces(struct ike_sa *sa, const struct inner *in, size_t chunk,
		       struct buf *out)
{
	size_t total = (in->plain.len + chunk - 1) / chunk, at;
	struct skf_pl skf = { .number = 0 };
	int err = 0;

	/* No more than we would take ourselves. */
	if (total > REASSEMBLY_FRAGMENTS || in->plain.len > REASSEMBLY_OCTETS)
		return ERR_LIMIT;
	skf.total = (uint16_t)total;
	for (at = 0; !err && at < in->plain.len; at += chunk) {
		size_t left = in->plain.len - at;
		struct view piece = { in->plain.p + at,
				      left < chunk ? left : chunk };

		skf.number++;
		err = seal_piece(sa, in, &skf, piece, out);
	}
	return err;
}

int fragment_seal(struct ike_sa *sa, const struct inner *in, struct buf *out)
{
	size_t len = IKE_HDR_LEN + SK_HDR_LEN + in->plain.len +
		     sk_overhead(sa->sk_out, in->plain.len);
	size_t max;

	if (!sa->fragmentation || fits_anywhere(sa, len))
		return seal_whole(sa, in, out);
	max = datagram_size(sa) - around(sa);
	if (len <= max)
		return seal_whole(sa, in, out);
	return seal_pieces(sa, in, chunk_size(sa, max), out);
}

bool fragment_next(struct view *rest, struct view *datagram)
{
	struct rd rd;
	uint32_t len;

	rd_init(&rd, rest->p, rest->len);
	rd_bytes(&rd, HDR_LENGTH);
	len = rd_u32(&rd);
	if (!rd_ok(&rd) || len > rest->len)
		return false;
	*datagram = (struct view){ rest->p, len };
	rest->p += len;
	rest->len -= len;
	return true;
}

/* ------------------------------------------------------------ cutting anew */

/* Octets of the longest of the datagrams. */
static size_t longest(const struct buf *msgs)
{
	struct view rest = buf_view(msgs), one;
	size_t max = 0;

	while (fragment_next(&rest, &one))
		if (one.len > max)
			max = one.len;
	return max;
}

/*
 * What we sealed we can open: keeping the clear text of every message for the
 * case that it has to be cut anew would be a waste.
 */
static int open_own(struct ike_sa *sa, const struct buf *msgs,
		    struct inner *in, struct buf *plain)
{
	struct view rest = buf_view(msgs), one;
	struct pl_chain chain;
	struct ike_hdr hdr;
	struct buf piece;
	int err = 0;

	buf_init(&piece, MSG_MAX_LEN);
	while (!err && fragment_next(&rest, &one)) {
		struct view body = { one.p + IKE_HDR_LEN,
				     one.len - IKE_HDR_LEN };
		size_t head;

		err = ike_hdr_parse(one, &hdr);
		if (!err)
			err = pl_chain_parse(hdr.next, body, false, &chain);
		if (err)
			break;
		if (!plain->len)
			in->first = chain.sk_first;
		head = chain.pl[0].type == PL_SKF ? SKF_HEAD_LEN : 0;
		err = sk_open(sa->sk_out, one,
			      IKE_HDR_LEN + SK_HDR_LEN + head, &piece);
		buf_put_view(plain, buf_view(&piece));
	}
	buf_fini(&piece);
	in->exchange = hdr.exchange;
	in->response = hdr.flags & IKE_FLAG_RESPONSE;
	in->msgid = hdr.msgid;
	in->plain = buf_view(plain);
	return err ? err : buf_ok(plain) ? 0 : ERR_NOMEM;
}

/* On failure @msgs stays what it is. */
static void cut_anew(struct ike_sa *sa, struct buf *msgs)
{
	struct inner in = { .first = PL_NONE };
	struct buf plain, out;

	buf_init(&plain, REASSEMBLY_OCTETS);
	buf_init(&out, DATAGRAMS_MAX);
	if (!open_own(sa, msgs, &in, &plain) && !fragment_seal(sa, &in, &out)) {
		buf_fini(msgs);
		buf_take(msgs, &out);
	}
	buf_fini(&plain);
	buf_fini(&out);
}

static bool can_cut(const struct ike_sa *sa, const struct buf *msgs)
{
	struct view rest = buf_view(msgs), one;
	struct ike_hdr hdr;

	return sa->fragmentation && sa->sk_out && fragment_next(&rest, &one) &&
	       !ike_hdr_parse(one, &hdr) &&
	       hdr.exchange != EXCHANGE_IKE_SA_INIT;
}

void fragment_lower(struct ike_sa *sa, bool last)
{
	size_t now, i;

	if (!can_cut(sa, &sa->tx.last))
		return;
	now = longest(&sa->tx.last) + around(sa);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i] >= now || (last && steps[i] > FRAGMENT_SIZE_MIN))
			continue;
		sa->fragment_size = (uint32_t)steps[i];
		sa->ike->count.fragment_lowered++;
		log_info(&sa->log, "no answer to datagrams of %zu octets, next of %zu",
			 now, steps[i]);
		cut_anew(sa, &sa->tx.last);
		return;
	}
}

/* The peer's pieces show what passes: ours need not be longer. */
static void follow(struct ike_sa *sa, size_t octets)
{
	size_t size = octets + around(sa);

	if (size < FRAGMENT_SIZE_MIN)
		size = FRAGMENT_SIZE_MIN;
	if (!sa->fragment_size || size < sa->fragment_size)
		sa->fragment_size = (uint32_t)size;
}

/* A response asked for again, in smaller pieces than before. */
static void follow_again(struct ike_sa *sa, size_t octets)
{
	follow(sa, octets);
	if (can_cut(sa, &sa->rx.last) &&
	    longest(&sa->rx.last) + around(sa) > sa->fragment_size)
		cut_anew(sa, &sa->rx.last);
}

/* ---------------------------------------------------------------- receiving */

void fragment_drop(struct ike_sa *sa, struct window *w)
{
	if (!w->parts)
		return;
	if (w->parts_unproven)
		sa->ike->unproven_octets -= w->parts->octets;
	w->parts_unproven = false;
	reassembly_fini(w->parts);
	free(w->parts);
	w->parts = NULL;
	if (!sa->tx.parts && !sa->rx.parts)
		timer_cancel(&sa->fragment_idle);
}

static void on_idle(void *arg)
{
	struct ike_sa *sa = arg;

	sa->ike->count.rx_drop_fragment_timeout++;
	log_notice(&sa->log, "the rest of a fragmented message did not come");
	fragment_drop(sa, &sa->rx);
	fragment_drop(sa, &sa->tx);
}

void fragment_init(struct ike_sa *sa)
{
	timer_init(&sa->fragment_idle, sa->ike->env.timers, on_idle, sa);
}

static int begin(struct ike_sa *sa, struct window *w, const struct rx *rx,
		 const struct skf_pl *skf)
{
	if (w->parts && w->parts->msgid == rx->hdr.msgid)
		sa->ike->count.fragment_restarts++;
	fragment_drop(sa, w);
	w->parts = malloc(sizeof(*w->parts));
	if (!w->parts)
		return ERR_NOMEM;
	reassembly_init(w->parts, rx->hdr.msgid, skf->total);
	w->parts_unproven = sa->state < IKE_ESTABLISHED;
	return 0;
}

/* What cannot be wanted is dropped before it costs a decryption. */
static int judge(struct ike_sa *sa, const struct window *w,
		 const struct rx *rx, const struct skf_pl *skf)
{
	struct ike_counters *c = &sa->ike->count;

	switch (reassembly_judge(w->parts, rx->hdr.msgid, skf)) {
	case REASSEMBLY_DUPLICATE:
		c->rx_drop_fragment_duplicate++;
		return ERR_AGAIN;
	case REASSEMBLY_STALE:
		c->rx_drop_fragment_total++;
		return ERR_AGAIN;
	case REASSEMBLY_LIMIT:
		c->rx_drop_fragment_limit++;
		log_write_limited(&sa->ike->strange.lines, LOG_LEVEL_NOTICE, &sa->log,
				  "message %u in %u fragments dropped: %u are accepted",
				  rx->hdr.msgid, skf->total,
				  REASSEMBLY_FRAGMENTS);
		return ERR_AGAIN;
	default:
		return 0;
	}
}

/* The peer did nothing wrong, and will send it again. */
static int short_of_memory(struct ike_sa *sa)
{
	sa->ike->count.rx_drop_internal++;
	return ERR_AGAIN;
}

/* A verified piece of a message that is expected. */
static int keep(struct ike_sa *sa, struct window *w, struct rx *rx,
		const struct skf_pl *skf, struct buf *plain)
{
	size_t *all = &sa->ike->unproven_octets, len = plain->len;

	if (reassembly_judge(w->parts, rx->hdr.msgid, skf) ==
	    REASSEMBLY_RESTART && begin(sa, w, rx, skf))
		return short_of_memory(sa);
	if ((w->parts_unproven && len > FRAGMENT_UNPROVEN_MAX - *all) ||
	    reassembly_add(w->parts, skf, rx->chain.sk_first, rx->datagram.len,
			   plain)) {
		sa->ike->count.rx_drop_fragment_limit++;
		fragment_drop(sa, w);
		return ERR_AGAIN;
	}
	if (w->parts_unproven)
		*all += len;
	sa->ike->count.rx_fragments++;
	timer_set(&sa->fragment_idle, FRAGMENT_IDLE_MS);
	return reassembly_complete(w->parts) ? 0 : ERR_AGAIN;
}

/* All there: hand out the whole, and answer in pieces of the same size. */
static int join(struct ike_sa *sa, struct window *w, struct rx *rx,
		struct buf *plain)
{
	int err = reassembly_join(w->parts, plain);

	rx->chain.sk_first = w->parts->first;
	if (!err && w == &sa->rx && w->parts->total > 1)
		follow(sa, w->parts->largest);
	fragment_drop(sa, w);
	return err ? short_of_memory(sa) : 0;
}

static int open_piece(struct ike_sa *sa, struct rx *rx,
		      enum msgid_verdict verdict, struct view body,
		      struct buf *plain)
{
	struct window *w = rx->hdr.flags & IKE_FLAG_RESPONSE ? &sa->tx :
							       &sa->rx;
	struct skf_pl skf;
	int err;

	if (!sa->fragmentation) {
		sa->ike->count.rx_drop_fragment_unexpected++;
		return ERR_AGAIN;
	}
	if (skf_pl_parse(body, &skf)) {
		sa->ike->count.rx_drop_fragment_malformed++;
		return ERR_AGAIN;
	}
	if (verdict == MSGID_NEW) {
		err = judge(sa, w, rx, &skf);
		if (err)
			return err;
	}
	err = sk_open(sa->sk_in, rx->datagram,
		      (size_t)(body.p - rx->datagram.p) + SKF_HEAD_LEN, plain);
	if (err)
		return err;
	if (verdict == MSGID_NEW) {
		err = keep(sa, w, rx, &skf, plain);
		return err ? err : join(sa, w, rx, plain);
	}
	/* The answer is repeated once, not for every piece (RFC 7383 2.6). */
	if (skf.number > 1) {
		sa->ike->count.rx_drop_fragment_repeat++;
		return ERR_AGAIN;
	}
	if (skf.total > 1)
		follow_again(sa, rx->datagram.len);
	return 0;
}

int fragment_open(struct ike_sa *sa, struct rx *rx, enum msgid_verdict verdict,
		  struct buf *plain)
{
	const struct pl *sk;
	int err;

	if (!rx->chain.count || !sa->sk_in)
		return ERR_PAYLOADS;
	sk = &rx->chain.pl[rx->chain.count - 1];
	if (sk->type == PL_SKF)
		return open_piece(sa, rx, verdict, sk->body, plain);
	if (sk->type != PL_SK)
		return ERR_PAYLOADS;
	rx->sk_at = (size_t)(sk->body.p - rx->datagram.p) - SK_HDR_LEN;
	err = sk_open(sa->sk_in, rx->datagram, rx->sk_at + SK_HDR_LEN, plain);
	if (!err && verdict == MSGID_NEW)
		fragment_drop(sa, rx->hdr.flags & IKE_FLAG_RESPONSE ? &sa->tx :
								       &sa->rx);
	return err;
}
