/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The agent's error codes. A function that can fail returns 0 or one of these
 * negative codes; what a code means to a peer (which notify, drop or close)
 * is decided in ike/ alone.
 */
#ifndef AGENT_UTIL_ERR_H
#define AGENT_UTIL_ERR_H

#define ERR_LIST(X)							\
	X(NOMEM,	1, "out of memory")				\
	X(IO,		2, "input or output error")			\
	X(AGAIN,	3, "would block")				\
	X(INVALID,	4, "invalid argument")				\
	X(NOT_FOUND,	5, "not found")					\
	X(EXISTS,	6, "exists already")				\
	X(LIMIT,	7, "limit reached")				\
	X(DENIED,	8, "permission denied")				\
	X(CONFIG,	9, "configuration error")			\
	X(TIMEOUT,	10, "timed out")				\
	X(CANCELED,	11, "canceled")					\
	X(KERNEL,	12, "refused by the kernel")			\
	X(CRYPTO,	13, "cryptographic library error")		\
	X(SHORT,	20, "message ends early")			\
	X(SYNTAX,	21, "malformed message")			\
	X(VERSION,	22, "unsupported major version")		\
	X(CRITICAL,	23, "unknown critical payload")			\
	X(PAYLOADS,	24, "payload missing, repeated or out of place") \
	X(ICV,		25, "integrity check failed")			\
	X(MSGID,	26, "message ID outside the window")		\
	X(ILLEGAL,	27, "not legal in this state")		\
	X(COOKIE,	28, "cookie required")				\
	X(NO_PROPOSAL,	29, "no proposal chosen")			\
	X(KE_METHOD,	30, "key exchange method not acceptable")	\
	X(KE_VALUE,	31, "invalid public value")			\
	X(TS,		32, "traffic selectors not acceptable")		\
	X(AUTH,		33, "authentication failed")			\
	X(TEMPORARY,	34, "temporary failure")			\
	X(CHILD,	35, "child SA not found")			\
	X(NO_ADDITIONAL, 36, "no additional SAs")			\
	X(ACL,		37, "the access list is empty")		\
	X(HASH,		38, "no common signature hash")

enum err {
	ERR_OK = 0,
#define X(name, num, text) ERR_##name = -(num),
	ERR_LIST(X)
#undef X
};

/**
 * err_text - the sentence for a code
 * @err: 0 or an ERR_* code
 *
 * Return: a constant string, never NULL.
 */
const char *err_text(int err);

#endif
