// SPDX-License-Identifier: GPL-2.0
/*
 * What FIPS mode admits, and what is below us.
 */

#include <fcntl.h>
#include <openssl/provider.h>
#include <unistd.h>

#include "crypto/alg.h"
#include "fips/fips.h"

#define KERNEL_FLAG	"/proc/sys/crypto/fips_enabled"

bool fips_admits_transform(uint8_t type, uint16_t id, uint16_t key_bits)
{
	const struct alg_encr *encr = alg_encr(id, key_bits);
	const struct alg_integ *integ = alg_integ(id);
	const struct alg_prf *prf = alg_prf(id);
	const struct alg_ke *ke = alg_ke(id);

	switch (type) {
	case XFORM_ENCR:
		return encr && encr->fips;
	case XFORM_PRF:
		return prf && prf->fips;
	case XFORM_INTEG:
		return !id || (integ && integ->fips);
	case XFORM_ESN:
		return true;
	default:
		return !id || (ke && ke->fips);
	}
}

bool fips_admits_key(const struct secret *key)
{
	return !key || secret_len(key) >= FIPS_KEY_MIN;
}

static bool kernel_flag(void)
{
	int fd = open(KERNEL_FLAG, O_RDONLY | O_CLOEXEC);
	char c = '0';

	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c == '1';
}

void fips_look_below(struct fips_below *out)
{
	out->provider = OSSL_PROVIDER_available(NULL, "fips") == 1;
	out->kernel = kernel_flag();
}
