/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TUNIP_CRYPTO_SELFTEST_H
#define TUNIP_CRYPTO_SELFTEST_H

int tunip_crypto_selftest(void);

#endif
