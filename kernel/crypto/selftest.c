// SPDX-License-Identifier: GPL-2.0
/*
 * Known-answer tests at load, through the batch call the packet path uses:
 * every suite, key length and sequence-number form, in batches of one and of
 * several, sealed and opened. An engine that fails does not get to see a
 * packet: the module refuses to load.
 */

#include "crypto/selftest.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/slab.h>

#include "crypto/engines.h"
#include "crypto/multi.h"
#include "esp.h"

#define KAT_SPI		0x01020304
#define KAT_SEQ		0x0000000500000006ULL
#define KAT_INNER	61	/* odd, so that there is padding */
#define KAT_ICV		12	/* octets of the ICV compared; the shortest */
#define KAT_TIMEOUT	(5 * HZ)

/*
 * One answer: the first octets of the ICV, which depends on every octet of
 * the ciphertext. The packet is SPI, sequence number, IV a0 a1 ..., inner
 * octets 00 01 ..., padding and next header 4; encryption key and salt are 11
 * 12 ..., the integrity key is 80 81 .... Computed with OpenSSL.
 */
struct kat {
	u16 encr;
	u16 integ;
	u8 key_len;
	bool esn;
	u8 icv[KAT_ICV];
};

static const struct kat kats[] = {
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA1_96, 16, false,
	  { 0x51, 0x78, 0xc7, 0xc4, 0xae, 0xcb, 0x2b, 0x6f, 0xa0, 0x5d, 0x6a, 0xfc } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA1_96, 16, true,
	  { 0xa5, 0xe5, 0x11, 0xab, 0xed, 0xbe, 0x25, 0x45, 0x66, 0x94, 0xf7, 0x11 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA1_96, 24, false,
	  { 0x43, 0xc6, 0x68, 0x08, 0x82, 0xc4, 0x1a, 0x5d, 0x05, 0x2b, 0x5b, 0x12 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA1_96, 24, true,
	  { 0x9a, 0x60, 0xfe, 0xb9, 0x00, 0x0e, 0xc6, 0x62, 0x97, 0x6f, 0xf3, 0x9e } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA1_96, 32, false,
	  { 0x42, 0x33, 0xbf, 0x1b, 0xbe, 0x9b, 0xf5, 0x74, 0xd7, 0xc5, 0x85, 0xf1 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA1_96, 32, true,
	  { 0x41, 0x7e, 0xa3, 0x8a, 0x68, 0xfb, 0x52, 0x57, 0x1f, 0xfc, 0x57, 0xe9 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_256_128, 16, false,
	  { 0x7d, 0xda, 0xbd, 0x9c, 0x65, 0xf3, 0x81, 0xb7, 0xcc, 0xef, 0x09, 0x51 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_256_128, 16, true,
	  { 0x41, 0x78, 0x4e, 0x39, 0x4a, 0x10, 0xb7, 0xa4, 0x80, 0x33, 0x56, 0x7f } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_256_128, 24, false,
	  { 0xc6, 0xd7, 0x60, 0x06, 0x04, 0xa6, 0x89, 0x96, 0x6a, 0xec, 0x61, 0xfa } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_256_128, 24, true,
	  { 0xd5, 0x4d, 0xd4, 0x5a, 0x58, 0xfb, 0xbe, 0xc7, 0x43, 0x4c, 0x6e, 0x9b } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_256_128, 32, false,
	  { 0x84, 0x31, 0x17, 0xf3, 0x74, 0xa4, 0xee, 0xe5, 0x9c, 0x82, 0xb1, 0x64 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_256_128, 32, true,
	  { 0x35, 0xdf, 0xaa, 0xc6, 0x0e, 0x63, 0xcc, 0x7e, 0xb2, 0x01, 0xc6, 0x87 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_384_192, 16, false,
	  { 0x39, 0x40, 0xbd, 0xed, 0x95, 0xa6, 0x2e, 0xb9, 0x13, 0x05, 0xf2, 0x14 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_384_192, 16, true,
	  { 0xaa, 0x92, 0x19, 0x0d, 0xca, 0x43, 0xc4, 0xaa, 0xb2, 0x11, 0xe1, 0x8f } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_384_192, 24, false,
	  { 0x2a, 0xcb, 0x47, 0x1c, 0x92, 0x3b, 0xe4, 0x3f, 0xf5, 0x72, 0x97, 0x68 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_384_192, 24, true,
	  { 0xe3, 0x3c, 0x76, 0x53, 0x0e, 0x02, 0xf9, 0x86, 0x32, 0x28, 0x97, 0x25 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_384_192, 32, false,
	  { 0x8c, 0x28, 0xb2, 0x9e, 0x89, 0xa4, 0x46, 0xab, 0x7f, 0xaa, 0xa8, 0xd0 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_384_192, 32, true,
	  { 0xc3, 0x46, 0x77, 0xa1, 0xa9, 0x80, 0xd4, 0xc1, 0xa0, 0x08, 0x96, 0x4b } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_512_256, 16, false,
	  { 0xcb, 0x38, 0x7a, 0x17, 0xe1, 0xb2, 0xec, 0xba, 0x7e, 0xfb, 0xdd, 0x20 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_512_256, 16, true,
	  { 0x47, 0x68, 0x04, 0x77, 0x5c, 0x69, 0xf8, 0xdb, 0xfe, 0x93, 0x6a, 0x1d } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_512_256, 24, false,
	  { 0x9c, 0x6c, 0xee, 0x79, 0x13, 0x7d, 0x41, 0x5f, 0x5c, 0x5b, 0x45, 0x8d } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_512_256, 24, true,
	  { 0x29, 0x9f, 0xc6, 0x15, 0xe6, 0x26, 0xf3, 0x45, 0x6b, 0x51, 0x2c, 0x61 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_512_256, 32, false,
	  { 0xf6, 0x59, 0x3c, 0x18, 0xc3, 0xa2, 0x85, 0x43, 0x93, 0x7a, 0xf5, 0x76 } },
	{ TUNIP_ENCR_AES_CBC, TUNIP_INTEG_HMAC_SHA2_512_256, 32, true,
	  { 0x16, 0xce, 0x45, 0x1a, 0x3c, 0xd3, 0xd4, 0xea, 0xa3, 0x80, 0x60, 0x13 } },
	{ TUNIP_ENCR_AES_GCM_16, TUNIP_INTEG_NONE, 16, false,
	  { 0x75, 0xd2, 0xac, 0x36, 0x86, 0x54, 0x36, 0x3f, 0x98, 0x65, 0x2d, 0xa5 } },
	{ TUNIP_ENCR_AES_GCM_16, TUNIP_INTEG_NONE, 16, true,
	  { 0x2d, 0x71, 0x46, 0x16, 0xde, 0x01, 0xbf, 0xb1, 0xc9, 0x18, 0x4e, 0x96 } },
	{ TUNIP_ENCR_AES_GCM_16, TUNIP_INTEG_NONE, 24, false,
	  { 0x90, 0x0c, 0x00, 0x04, 0x44, 0x7f, 0x83, 0xa8, 0x52, 0xf7, 0x35, 0x39 } },
	{ TUNIP_ENCR_AES_GCM_16, TUNIP_INTEG_NONE, 24, true,
	  { 0x1d, 0x46, 0x88, 0xff, 0xe2, 0xf1, 0x65, 0x86, 0xee, 0x0b, 0x10, 0xfd } },
	{ TUNIP_ENCR_AES_GCM_16, TUNIP_INTEG_NONE, 32, false,
	  { 0x35, 0x7d, 0x00, 0xb0, 0x6c, 0xbf, 0xca, 0x8a, 0xef, 0x01, 0xbb, 0x87 } },
	{ TUNIP_ENCR_AES_GCM_16, TUNIP_INTEG_NONE, 32, true,
	  { 0xde, 0x34, 0x9a, 0xd3, 0x6a, 0xfd, 0x1e, 0x60, 0x34, 0x8c, 0x6a, 0x67 } },
};

/* A batch being tested, and where its packets are kept when it is done. */
struct kat_run {
	struct tunip_sa *sa;
	struct sk_buff_head skbs;
	struct completion done;
};

static struct kat_run run;

static void kat_done(struct tunip_batch *batch)
{
	skb_queue_splice_init(&batch->skbs, &run.skbs);
	tunip_batch_free(batch);
	complete(&run.done);
}

static void fill(u8 *p, u8 first, u32 len)
{
	while (len--)
		*p++ = first++;
}

static struct tunip_sa *kat_sa(const struct kat *kat)
{
	u8 encr[TUNIP_MAX_ENCR_KEY], integ[TUNIP_MAX_INTEG_KEY];
	struct tunip_sa_params p = {
		.suite = tunip_suite_find(kat->encr, kat->integ),
		.encr_key = encr,
		.integ_key = integ,
		.flags = kat->esn ? TUNIP_SA_F_ESN : 0,
	};
	struct tunip_sa *sa;

	fill(encr, 0x11, sizeof(encr));
	fill(integ, 0x80, sizeof(integ));
	p.encr_key_len = kat->key_len + p.suite->salt_len;
	sa = kzalloc(sizeof(*sa), GFP_KERNEL);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->suite = p.suite;
	sa->flags = p.flags;
	tunip_sa_init(sa);
	sa->tfm = tunip_aead_new(&p, NULL);
	if (IS_ERR(sa->tfm)) {
		struct crypto_aead *err = sa->tfm;

		kfree(sa);
		return ERR_CAST(err);
	}
	return sa;
}

static struct sk_buff *kat_packet(const struct tunip_suite *s)
{
	u32 size = TUNIP_ESP_AAD_ROOM + TUNIP_ESP_HDR_LEN + s->iv_len +
		   KAT_INNER + tunip_esp_tail_len(s, KAT_INNER);
	struct sk_buff *skb = alloc_skb(size, GFP_KERNEL);
	struct tunip_esp_hdr *esp;

	if (!skb)
		return NULL;
	skb_reserve(skb, TUNIP_ESP_AAD_ROOM);
	esp = skb_put(skb, TUNIP_ESP_HDR_LEN);
	esp->spi = htonl(KAT_SPI);
	esp->seq_lo = htonl(lower_32_bits(KAT_SEQ));
	fill(skb_put(skb, s->iv_len), 0xa0, s->iv_len);
	fill(skb_put(skb, KAT_INNER), 0, KAT_INNER);
	tunip_esp_put_trailer(s, skb_put(skb, tunip_esp_tail_len(s, KAT_INNER)),
			      KAT_INNER, IPPROTO_IPIP);
	tunip_cb(skb)->seq = KAT_SEQ;
	return skb;
}

/* Send what is in run.skbs through the engine and wait for it. */
static int kat_batch(void (*call)(struct tunip_batch *batch))
{
	struct tunip_batch *batch;

	local_bh_disable();
	batch = tunip_batch_new(run.sa, kat_done);
	if (!batch) {
		local_bh_enable();
		return -ENOMEM;
	}
	tunip_sa_get(run.sa);
	skb_queue_splice_init(&run.skbs, &batch->skbs);
	reinit_completion(&run.done);
	spin_lock(&run.sa->lock);
	WARN_ON_ONCE(!tunip_batch_enlist(batch));
	spin_unlock(&run.sa->lock);
	call(batch);
	local_bh_enable();
	/* Its requests would outlive the module's text: there is no giving up. */
	while (!wait_for_completion_timeout(&run.done, KAT_TIMEOUT))
		pr_err("self-test: no answer from the crypto engine yet\n");
	return 0;
}

/* Were all packets of the batch sealed to the known answer? */
static bool kat_sealed(const struct kat *kat)
{
	struct sk_buff *skb;

	skb_queue_walk(&run.skbs, skb)
		if (tunip_cb(skb)->err ||
		    memcmp(skb_tail_pointer(skb) - run.sa->suite->icv_len,
			   kat->icv, KAT_ICV))
			return false;
	return true;
}

/* Were they opened again, all but the last one, which was damaged? */
static bool kat_opened(void)
{
	u32 head = TUNIP_ESP_HDR_LEN + run.sa->suite->iv_len;
	struct sk_buff *skb;
	u8 inner[KAT_INNER];

	fill(inner, 0, sizeof(inner));
	skb_queue_walk(&run.skbs, skb) {
		if (skb_queue_is_last(&run.skbs, skb))
			return tunip_cb(skb)->err == -EBADMSG;
		if (tunip_cb(skb)->err ||
		    memcmp(skb->data + head, inner, sizeof(inner)))
			return false;
	}
	return false;
}

static int kat_try(const struct kat *kat, unsigned int n)
{
	struct sk_buff *skb;
	int err;

	while (n--) {
		skb = kat_packet(run.sa->suite);
		if (!skb)
			return -ENOMEM;
		__skb_queue_tail(&run.skbs, skb);
	}
	err = kat_batch(tunip_batch_seal);
	if (err)
		return err;
	if (!kat_sealed(kat))
		return -EBADMSG;
	skb = skb_peek_tail(&run.skbs);
	skb->data[skb->len - 1] ^= 1;
	err = kat_batch(tunip_batch_open);
	if (err)
		return err;
	return kat_opened() ? 0 : -EBADMSG;
}

static int kat_check(const struct kat *kat)
{
	static const unsigned int sizes[] = { 1, 2, 7 };
	unsigned int i;
	int err = 0;

	run.sa = kat_sa(kat);
	if (IS_ERR(run.sa))
		return PTR_ERR(run.sa);
	for (i = 0; !err && i < ARRAY_SIZE(sizes); i++) {
		err = kat_try(kat, sizes[i]);
		__skb_queue_purge(&run.skbs);
	}
	crypto_free_aead(run.sa->tfm);
	/* Whoever delivered the last batch lets go of the SA a moment later. */
	kfree_rcu(run.sa, free_work.rcu);
	return err;
}

/**
 * tunip_crypto_selftest - prove the engine before the first packet
 *
 * May sleep. Return: 0, or an error with the failing suite in the log.
 */
int __init tunip_crypto_selftest(void)
{
	unsigned int i;
	int err;

	__skb_queue_head_init(&run.skbs);
	init_completion(&run.done);
	for (i = 0; i < ARRAY_SIZE(kats); i++) {
		err = kat_check(&kats[i]);
		if (!err)
			continue;
		pr_err("self-test of %s, %u-bit key%s failed: %d\n",
		       tunip_suite_find(kats[i].encr, kats[i].integ)->name,
		       8 * kats[i].key_len, kats[i].esn ? ", ESN" : "", err);
		return err;
	}
	return 0;
}
