// SPDX-License-Identifier: GPL-2.0
/*
 * A peer that holds the keys of the IKE SA and lies in IKE_AUTH: certificates,
 * requests for them and signatures, damaged in every way that has a name and,
 * always the same, at random. The message is sealed as it should be; who
 * receives it refuses with a cause, or is not impressed, and goes on.
 */

#include "cert_world.h"

#include <stdlib.h>
#include <string.h>

#include "ike/fragment.h"
#include "ike/sa.h"
#include "ike/tunnel.h"
#include "lots.h"
#include "util/err.h"

#define PARTS_MAX	80

/** struct part - a payload; struct content: those of a message */
struct part {
	uint8_t type;
	struct buf body;
};

struct content {
	struct part part[PARTS_MAX];
	unsigned int count;
	/* Octets that no longer fit into payloads that are well-formed. */
	struct buf raw;
};

/** enum verdict - what must become of the message */
enum verdict { REFUSED, ACCEPTED, EITHER };

/**
 * struct lie - one way to lie
 * @tell: the @n-th of @count variants
 * @verdict: of a responder
 * @by_b: of an initiator
 */
struct lie {
	const char *name;
	void (*tell)(struct content *c, unsigned int n);
	unsigned int count;
	enum verdict verdict, by_b;
};

static struct {
	const struct lie *lie, *last;
	unsigned int n;
	bool by_b, told;
} hostile;

/* ------------------------------------------------------------ taking apart */

static struct part *part_of(struct content *c, uint8_t type, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < c->count; i++)
		if (c->part[i].type == type && !n--)
			return &c->part[i];
	fail_msg("no payload of type %u", type);
	return NULL;
}

static void add_part(struct content *c, uint8_t type, const void *p,
		     size_t len)
{
	struct part *part = &c->part[c->count++];

	assert_true(c->count <= PARTS_MAX);
	part->type = type;
	buf_init(&part->body, MSG_MAX_LEN);
	buf_put(&part->body, p, len);
}

static void replace(struct part *part, const void *p, size_t len)
{
	buf_reset(&part->body);
	buf_put(&part->body, p, len);
}

static void take_apart(struct content *c, const struct inner *in)
{
	struct pl_chain chain;
	unsigned int i;

	memset(c, 0, sizeof(*c));
	buf_init(&c->raw, MSG_MAX_LEN);
	assert_int_equal(pl_chain_parse(in->first, in->plain, true, &chain), 0);
	for (i = 0; i < chain.count; i++)
		add_part(c, chain.pl[i].type, chain.pl[i].body.p,
			 chain.pl[i].body.len);
}

static void put_together(const struct content *c, struct buf *out)
{
	unsigned int i;

	for (i = 0; i < c->count; i++) {
		buf_put_u8(out, i + 1 < c->count ? c->part[i + 1].type : 0);
		buf_put_u8(out, 0);
		buf_put_u16(out, (uint16_t)(4 + c->part[i].body.len));
		buf_put_view(out, buf_view(&c->part[i].body));
	}
}

static void content_fini(struct content *c)
{
	while (c->count)
		buf_fini(&c->part[--c->count].body);
	buf_fini(&c->raw);
}

/* The linker leads calls here: the last place where it is in clear. */
int __real_fragment_seal(struct ike_sa *sa, const struct inner *in,
			 struct buf *out);
int __wrap_fragment_seal(struct ike_sa *sa, const struct inner *in,
			 struct buf *out);

int __wrap_fragment_seal(struct ike_sa *sa, const struct inner *in,
			 struct buf *out)
{
	struct inner lied = *in;
	struct content c;
	struct buf plain;
	int err;

	if (in->exchange != EXCHANGE_IKE_AUTH || !hostile.lie ||
	    in->response != hostile.by_b)
		return __real_fragment_seal(sa, in, out);
	take_apart(&c, in);
	/* A refusal has nothing that could be made worse. */
	if (c.count < 4) {
		content_fini(&c);
		return __real_fragment_seal(sa, in, out);
	}
	hostile.told = true;
	hostile.lie->tell(&c, hostile.n);
	buf_init(&plain, MSG_MAX_LEN);
	if (c.raw.len)
		buf_put_view(&plain, buf_view(&c.raw));
	else
		put_together(&c, &plain);
	lied.first = c.part[0].type;
	lied.plain = buf_view(&plain);
	err = __real_fragment_seal(sa, &lied, out);
	buf_fini(&plain);
	content_fini(&c);
	return err;
}

/* ------------------------------------------------------------------ the lies */

/* CERT: one octet of encoding, then the certificate. */
static void cut_certificate(struct content *c, unsigned int n)
{
	struct part *cert = part_of(c, PL_CERT, 0);

	/* At both ends octet by octet, in between in steps. */
	buf_truncate(&cert->body, n < 20 ? n : n < 40 ?
		     cert->body.len - (n - 19) :
		     20 + (n - 40) * (cert->body.len - 40) / 40);
}

static void flip_certificate(struct content *c, unsigned int n)
{
	struct part *cert = part_of(c, PL_CERT, 0);
	size_t at = 1 + random_below((uint32_t)cert->body.len - 1);

	cert->body.p[at] ^= (uint8_t)(1 << n % 8);
}

/* A length within the DER says something else. */
static void lie_about_length(struct content *c, unsigned int n)
{
	static const uint8_t lengths[][5] = {
		{ 0x80 }, { 0x00 }, { 0x84, 0xff, 0xff, 0xff, 0xff },
		{ 0x84, 0x7f, 0xff, 0xff, 0xff }, { 0x82, 0xff, 0xff },
		{ 0x81, 0x00 }, { 0x89 }, { 0xff },
	};
	struct part *cert = part_of(c, PL_CERT, 0);
	const uint8_t *l = lengths[n % 8];
	/* The certificate, what is signed, its version, its serial number ... */
	size_t at = 2 + n / 8 * 4;

	memcpy(cert->body.p + at, l, l[0] == 0x84 ? 5 : l[0] == 0x82 ? 3 : 1);
}

static void other_encoding(struct content *c, unsigned int n)
{
	struct part *cert = part_of(c, PL_CERT, 0);

	/* Those that have a meaning, and a few that have none. */
	if (n > 16)
		n = n * 11 % 256;
	cert->body.p[0] = (uint8_t)(n < CERT_X509_SIGNATURE ? n : n + 1);
}

/* Nothing is fetched: neither encoding of RFC 7296 section 3.6 is known. */
static void hash_and_url(struct content *c, unsigned int n)
{
	uint8_t text[300] = { (uint8_t)(12 + n % 2) };
	static const char *const urls[] = {
		"http://127.0.0.1/cert", "file:///etc/passwd", "", "%s%n%s%n",
	};
	const char *url = urls[n / 2 % 4];

	memset(text + 1, 0x5a, 20);
	memcpy(text + 21, url, strlen(url));
	replace(part_of(c, PL_CERT, 0), text,
		n < 8 ? 21 + strlen(url) : n % 21);
}

static void nested(struct content *c, unsigned int n)
{
	static uint8_t deep[60000];
	size_t i, len = n < 4 ? 400 : n < 8 ? 4000 : sizeof(deep) / 2;

	deep[0] = CERT_X509_SIGNATURE;
	for (i = 1; i + 4 < len; i += n % 4 == 1 ? 4 : 2) {
		deep[i] = n % 4 == 3 ? 0xa0 : 0x30;
		deep[i + 1] = 0x80;
		if (n % 4 == 1) {
			deep[i + 1] = 0x82;
			deep[i + 2] = (uint8_t)((len - i - 4) >> 8);
			deep[i + 3] = (uint8_t)(len - i - 4);
		}
	}
	replace(part_of(c, PL_CERT, 0), deep, len);
}

/* Behind the right ones: so many more, of this and that. */
static void many_more(struct content *c, unsigned int n)
{
	struct view own = buf_view(&part_of(c, PL_CERT, 0)->body);
	uint8_t tiny[2] = { CERT_X509_SIGNATURE, 0x30 };
	unsigned int i, more = n % 3 == 0 ? 5 : n % 3 == 1 ? 20 : 48;

	for (i = 0; i < more; i++) {
		if (n < 3)
			add_part(c, PL_CERT, own.p, own.len);
		else if (n < 6)
			add_part(c, PL_CERT, tiny, sizeof(tiny));
		else if (n < 9)
			add_part(c, PL_CERT, tiny, n % 2);
		else
			add_part(c, PL_CERT, (uint8_t []){ (uint8_t)i }, 1);
	}
}

/* More payloads than anybody looks at. */
static void too_many(struct content *c, unsigned int n)
{
	uint8_t tiny[2] = { CERT_X509_SIGNATURE, 0x30 };

	while (c->count < PARTS_MAX - n)
		add_part(c, n % 2 ? PL_CERT : PL_CERTREQ, tiny, sizeof(tiny));
}

/* The end entity's is not the first, or not there at all. */
static void other_order(struct content *c, unsigned int n)
{
	struct part *first = part_of(c, PL_CERT, 0);
	struct part *second = part_of(c, PL_CERT, 1);
	struct part swap = *first;

	if (n == 0) {
		*first = *second;
		*second = swap;
	} else if (n == 1) {
		first->type = PL_V;
	} else if (n == 2) {
		replace(first, buf_view(&second->body).p, second->body.len);
	} else {
		first->type = second->type = PL_V;
	}
}

static void certreq(struct content *c, unsigned int n)
{
	static const size_t lengths[] = { 0, 1, 2, 19, 20, 21, 22, 41, 5000,
					  60000 };
	static uint8_t octets[60000];
	unsigned int i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random_below(256);
	octets[0] = (uint8_t)(n < 20 ? CERT_X509_SIGNATURE : n);
	/* 60,000 of them do not fit beside the rest in one message, twice. */
	add_part(c, PL_CERTREQ, octets, lengths[n % 10]);
	for (i = 0; n >= 10 && lengths[n % 10] < 100 && i < 30; i++)
		add_part(c, PL_CERTREQ, octets, lengths[n % 10]);
}

static void other_method(struct content *c, unsigned int n)
{
	struct part *auth = part_of(c, PL_AUTH, 0);

	if (n > 16)
		n = n * 11 % 256;
	auth->body.p[0] = (uint8_t)(n < AUTH_DIGITAL_SIGNATURE ? n : n + 1);
}

/* RFC 7427: the length of the AlgorithmIdentifier, it, and the signature. */
static void other_algorithm(struct content *c, unsigned int n)
{
#define OID(...) { 0x30, 2 + sizeof((char []){ __VA_ARGS__ }), 0x06, \
		   sizeof((char []){ __VA_ARGS__ }), __VA_ARGS__ }
	static const uint8_t algs[][40] = {
		OID(0x2b, 0x65, 0x70),			/* Ed25519 */
		OID(0x2b, 0x65, 0x71),			/* Ed448 */
		OID(0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03),	/* DSA */
		OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01),	/* SHA-1 */
		OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04), /* MD5 */
		OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a), /* PSS */
		OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12), /* ML-DSA */
		OID(0x80, 0x80, 0x80, 0x80, 0x01),	/* padded */
		OID(0xff, 0xff, 0xff, 0xff, 0xff, 0xff),	/* without end */
		/* PSS with a salt that is huge, and one below zero. */
		{ 0x30, 0x13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1,
		  10, 0x30, 6, 0xa2, 4, 2, 2, 0x7f, 0xff },
		{ 0x30, 0x12, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1,
		  10, 0x30, 5, 0xa2, 3, 2, 1, 0xff },
		{ 0x30, 0x80, 0x06, 0x80 }, { 0x30, 0x00 }, { 0x05, 0x00 },
	};
#undef OID
	struct part *auth = part_of(c, PL_AUTH, 0);
	struct buf made;
	const uint8_t *alg = algs[n % 14];
	size_t len = 2 + (alg[1] < 38 ? alg[1] : 2);

	buf_init(&made, MSG_MAX_LEN);
	buf_put(&made, (uint8_t []){ AUTH_DIGITAL_SIGNATURE, 0, 0, 0 }, 4);
	buf_put_u8(&made, (uint8_t)(n < 14 ? len : n < 28 ? len - 1 :
				    n < 42 ? len + 1 : 255));
	buf_put(&made, alg, len);
	buf_put(&made, auth->body.p + 17, auth->body.len - 17);
	replace(auth, made.p, made.len);
	buf_fini(&made);
}

static void cut_auth(struct content *c, unsigned int n)
{
	buf_truncate(&part_of(c, PL_AUTH, 0)->body, n);
}

static void flip_auth(struct content *c, unsigned int n)
{
	struct part *auth = part_of(c, PL_AUTH, 0);

	/* The three octets behind the method are reserved. */
	auth->body.p[n < 8 ? 0 : n / 8 + 3] ^= (uint8_t)(1 << n % 8);
}

static void huge_auth(struct content *c, unsigned int n)
{
	static uint8_t fill[50000];
	struct part *auth = part_of(c, PL_AUTH, 0);

	memset(fill, (int)n, sizeof(fill));
	buf_put(&auth->body, fill, n % 2 ? sizeof(fill) : n + 1);
}

static void no_identity(struct content *c, unsigned int n)
{
	struct part *id = &c->part[0];

	if (n < 5)
		buf_truncate(&id->body, n);
	else if (n < 10)
		/* The certificate is for a name. */
		id->body.p[0] = (uint8_t)(n == 7 ? ID_DER_ASN1_DN : n);
	else
		id->body.p[4] ^= (uint8_t)n;
}

/* Random octets of the whole, lengths and types of payloads as well. */
static void anything(struct content *c, unsigned int n)
{
	unsigned int i, times = 1 + random_below(8);
	size_t at;

	put_together(c, &c->raw);
	for (i = 0; i < times; i++) {
		at = random_below((uint32_t)c->raw.len);
		if (random_below(2))
			c->raw.p[at] = (uint8_t)random_below(256);
		else
			c->raw.p[at] ^= (uint8_t)(1 << random_below(8));
	}
	if (!random_below(4))
		buf_truncate(&c->raw, random_below((uint32_t)c->raw.len));
}

static const struct lie lies[] = {
	{ "cut certificate", cut_certificate, 80, REFUSED, REFUSED },
	{ "flipped certificate", flip_certificate, 60, REFUSED, REFUSED },
	{ "length within", lie_about_length, 48, REFUSED, REFUSED },
	{ "encoding", other_encoding, 24, REFUSED, REFUSED },
	{ "hash and URL", hash_and_url, 30, REFUSED, REFUSED },
	{ "nested", nested, 12, REFUSED, REFUSED },
	{ "many more", many_more, 12, ACCEPTED, ACCEPTED },
	{ "too many", too_many, 8, REFUSED, REFUSED },
	{ "order", other_order, 4, REFUSED, REFUSED },
	/* It has no place in a response. */
	{ "CERTREQ", certreq, 40, ACCEPTED, REFUSED },
	{ "method", other_method, 24, REFUSED, REFUSED },
	{ "algorithm", other_algorithm, 56, REFUSED, REFUSED },
	{ "cut AUTH", cut_auth, 80, REFUSED, REFUSED },
	{ "flipped AUTH", flip_auth, 120, REFUSED, REFUSED },
	{ "huge AUTH", huge_auth, 6, REFUSED, REFUSED },
	{ "identity", no_identity, 14, REFUSED, REFUSED },
	{ "anything", anything, 200, EITHER, EITHER },
};

#define LIES	(sizeof(lies) / sizeof(lies[0]))

/* -------------------------------------------------------------------- both */

static struct tunnel *tunnel_of(struct side *s)
{
	return list_entry(s->ike->tunnels.next, struct tunnel, list);
}

static void try_once(struct world *w, const struct lie *lie, unsigned int n)
{
	struct knl_event traffic = { .type = KNL_EV_ACQUIRE, .ifindex = IFINDEX };
	struct tunnel *a = tunnel_of(&w->a), *b = tunnel_of(&w->b);
	struct tunnel *judge = hostile.by_b ? a : b;
	enum verdict verdict = hostile.by_b ? lie->by_b : lie->verdict;
	unsigned int i;

	random_state = 0x9e3779b97f4a7c15 * (1 + n + 1000 * (uint64_t)(lie - lies));
	hostile.lie = hostile.last = lie;
	hostile.n = n;
	hostile.told = false;
	memset(&a->failure, 0, sizeof(a->failure));
	memset(&b->failure, 0, sizeof(b->failure));
	ike_kernel_event(w->a.ike, &traffic);
	/* An IKE SA that one side alone believed in takes its time to go. */
	for (i = 0; !hostile.told && i < 200; i++)
		world_run(w, 1200);
	world_run(w, 200);
	if (!hostile.told)
		fail_msg("nothing was sent");
	hostile.lie = NULL;
	if (verdict != EITHER && world_up(w) != (verdict == ACCEPTED))
		fail_msg("it came %s: A says %s, B %s",
			 world_up(w) ? "up" : "not up",
			 failure_name(a->failure.reason),
			 failure_name(b->failure.reason));
	/* Not a word is not a reason. */
	if (!world_up(w) && verdict == REFUSED)
		assert_int_not_equal(judge->failure.reason, FAILURE_NONE);
	if (world_up(w) || side_established(&w->a) || side_established(&w->b)) {
		ike_clear(w->a.ike, 0);
		ike_clear(w->b.ike, 0);
		world_run(w, 60);
	}
}

static void tell_all(bool by_b)
{
	static const struct wish p256 = { .key = "p256" };
	const char *ecdsa = "local = \"ecdsa-signature\"; "
			    "remote = [ \"ecdsa-signature\" ];";
	struct cert_setup s = {
		.a = { .cert = &p256, .auth = ecdsa },
		.b = { .cert = &p256, .auth = ecdsa },
	};
	const struct lie *lie;
	unsigned int n;
	struct world w;

	cert_world_init(&w, &s);
	hostile.by_b = by_b;
	/* The interfaces, and no attempt yet. */
	w.a.deaf = true;
	world_start(&w);
	world_run(&w, 1);
	w.a.deaf = false;
	for (lie = lies; lie < lies + LIES; lie++)
		for (n = 0; n < lie->count; n++)
			try_once(&w, lie, n);
	hostile.lie = NULL;
	/* Whatever was said: whoever tells the truth now is let in. */
	world_run(&w, 150000);
	world_assert_one(&w);
	assert_int_equal(side_sas(&w.a), 1);
	assert_int_equal(side_sas(&w.b), 1);
	assert_int_equal(w.b.ike->half_open_count, 0);
	assert_int_equal(w.b.ike->unproven_octets, 0);
	world_fini(&w);
}

static int say(void **state)
{
	print_message("%s lies, last: %s, %u\n", hostile.by_b ? "B" : "A",
		      hostile.last->name, hostile.n);
	hostile.lie = NULL;
	return 0;
}

static void the_initiator_lies(void **state)
{
	tell_all(false);
}

static void the_responder_lies(void **state)
{
	tell_all(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_initiator_lies, say),
		cmocka_unit_test_teardown(the_responder_lies, say),
	};

	return cmocka_run_group_tests_name("cert_fuzz", tests,
					   cert_world_setup,
					   cert_world_teardown);
}
