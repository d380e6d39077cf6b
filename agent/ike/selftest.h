/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Known-answer tests of the key derivation, run at every start.
 */
#ifndef AGENT_IKE_SELFTEST_H
#define AGENT_IKE_SELFTEST_H

/**
 * ike_selftest - derive keys whose values are known
 *
 * Between crypto_init() and the first IKE SA, in FIPS mode or not: an agent
 * that derives other keys than its peers is of no use to anybody.
 *
 * Return: 0, or ERR_CRYPTO with the test that failed logged.
 */
int ike_selftest(void);

#endif
