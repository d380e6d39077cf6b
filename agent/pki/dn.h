/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distinguished names as text, as people write them, and as DER, as identities
 * carry them.
 */
#ifndef AGENT_PKI_DN_H
#define AGENT_PKI_DN_H

#include "util/buf.h"

/* "C=US, O=Example, CN=a.example.com"; escaped and cut. */
const char *dn_str(struct view der, char *out, size_t size);
/*
 * Can it be read? Attributes by their short or long name or by number, in the
 * order of the certificate, between commas; a value of "*" is any value.
 */
bool dn_valid(const char *text);
/**
 * dn_matches - is it the name that is written?
 * @der: of an ID_DER_ASN1_DN identity
 *
 * Attribute by attribute, upper and lower case and runs of blanks being the
 * same (RFC 5280 section 7.1).
 */
bool dn_matches(const char *text, struct view der);

#endif
