// SPDX-License-Identifier: GPL-2.0
/*
 * NAT detection.
 */

#include "ike/natt.h"

#include <string.h>

#include "crypto/crypto.h"
#include "ike/exchange.h"
#include "proto/ids.h"
#include "util/err.h"

static void put_u64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 7; i >= 0; i--) {
		p[i] = (uint8_t)v;
		v >>= 8;
	}
}

/* SHA-1( SPIi | SPIr | address | port ) */
static int natt_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *e,
		     uint8_t out[SHA1_LEN])
{
	uint8_t spis[2 * IKE_SPI_LEN];
	uint8_t port[2] = { (uint8_t)(e->port >> 8), (uint8_t)e->port };
	struct view parts[] = {
		{ spis, sizeof(spis) },
		{ e->addr.octets, addr_len(&e->addr) },
		{ port, sizeof(port) },
	};

	put_u64(spis, spi_i);
	put_u64(spis + IKE_SPI_LEN, spi_r);
	return sha1(parts, 3, out);
}

int natt_put(struct msg_writer *w, const struct net_path *path, uint64_t spi_i,
	     uint64_t spi_r)
{
	uint8_t hash[SHA1_LEN];
	int err;

	err = natt_hash(spi_i, spi_r, &path->local, hash);
	if (err)
		return err;
	notify_pl_put_simple(w, N_NAT_DETECTION_SOURCE_IP,
			     (struct view){ hash, sizeof(hash) });
	err = natt_hash(spi_i, spi_r, &path->remote, hash);
	if (err)
		return err;
	notify_pl_put_simple(w, N_NAT_DETECTION_DESTINATION_IP,
			     (struct view){ hash, sizeof(hash) });
	return 0;
}

bool natt_asked(const struct rx *rx)
{
	struct notify_pl n;

	return rx_notify(rx, N_NAT_DETECTION_SOURCE_IP, &n) ||
	       rx_notify(rx, N_NAT_DETECTION_DESTINATION_IP, &n);
}

/* Is there such a notify, and if so, does none carry our hash? */
static bool differs(const struct rx *rx, uint16_t type,
		    const struct endpoint *e)
{
	uint8_t hash[SHA1_LEN];
	struct notify_pl n;
	const struct pl *pl;
	bool seen = false;

	if (natt_hash(rx->hdr.spi_i, rx->hdr.spi_r, e, hash))
		return false;
	for (pl = pl_find(&rx->chain, PL_N); pl;
	     pl = pl_next(&rx->chain, pl)) {
		if (notify_pl_parse(pl->body, &n) || n.type != type)
			continue;
		seen = true;
		if (n.data.len == SHA1_LEN &&
		    memcmp(n.data.p, hash, SHA1_LEN) == 0)
			return false;
	}
	return seen;
}

void natt_take(struct ike_sa *sa, const struct rx *rx)
{
	sa->nat_local = differs(rx, N_NAT_DETECTION_DESTINATION_IP,
				&rx->path->local);
	sa->nat_remote = differs(rx, N_NAT_DETECTION_SOURCE_IP,
				 &rx->path->remote);
	if (sa->nat_local || sa->nat_remote)
		log_info(&sa->log, "NAT detected: %s%s%s",
			 sa->nat_local ? "we are behind it" : "",
			 sa->nat_local && sa->nat_remote ? ", " : "",
			 sa->nat_remote ? "the peer is behind it" : "");
}
