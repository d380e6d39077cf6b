// SPDX-License-Identifier: GPL-2.0
/*
 * Text of the error codes.
 */

#include "util/err.h"

const char *err_text(int err)
{
	switch (err) {
	case ERR_OK:
		return "success";
#define X(name, num, text) case ERR_##name: return text;
	ERR_LIST(X)
#undef X
	default:
		return "unknown error";
	}
}
