#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-pki.sh DIRECTORY: the certificates that router1.conf and router2.conf
# beside this script name, for trying them out: a root, an authority below it,
# a certificate for each router and the revocation lists of both authorities.
# Every router needs pki/ca.pem, pki/crl.pem and its own two files; the keys of
# the authorities stay where they are. An openssl(1) of version 3 does it all.

set -eu
cd "$1"
mkdir -p pki/authority
cd pki/authority

config()
{
	cat >"$1.cnf" <<-END
	[ca]
	default_ca = this
	[this]
	database = $1.index
	serial = $1.serial
	crlnumber = $1.crlnumber
	new_certs_dir = .
	certificate = $1.pem
	private_key = $1.key
	default_md = sha256
	default_days = 825
	default_crl_days = 30
	policy = any
	[any]
	organizationName = supplied
	commonName = supplied
	[req]
	distinguished_name = dn
	[dn]
	[authority]
	basicConstraints = critical, CA:TRUE
	keyUsage = critical, keyCertSign, cRLSign
	[router]
	basicConstraints = critical, CA:FALSE
	keyUsage = critical, digitalSignature
	extendedKeyUsage = 1.3.6.1.5.5.7.3.17
	subjectAltName = \${ENV::SAN}
	END
	: >"$1.index"
	echo 01 >"$1.serial"
	echo 01 >"$1.crlnumber"
}

# issue ISSUER NAME SECTION SUBJECT
issue()
{
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$2.key"
	openssl req -new -config "$1.cnf" -key "$2.key" -subj "$4" -out "$2.csr"
	openssl ca -batch -notext -config "$1.cnf" -in "$2.csr" \
		-extensions "$3" -out "$2.pem" 2>/dev/null
}

umask 077
export SAN=DNS:none
config root
config intermediate
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out root.key
openssl req -x509 -new -config root.cnf -extensions authority -days 3650 \
	-key root.key -subj "/O=Example/CN=Root" -out root.pem
issue root intermediate authority "/O=Example/CN=Routers"
SAN=DNS:router1.example.com,IP:198.51.100.1 \
	issue intermediate router1 router "/O=Example/CN=router1"
SAN=DNS:router2.example.com,IP:198.51.100.19 \
	issue intermediate router2 router "/O=Example/CN=router2"
for name in root intermediate; do
	openssl ca -gencrl -config $name.cnf -out $name.crl 2>/dev/null
done

# What the routers get: their certificate with the one above it.
cp root.pem ../ca.pem
cat root.crl intermediate.crl >../crl.pem
for name in router1 router2; do
	cat $name.pem intermediate.pem >../$name.pem
	mv $name.key ../$name.key
done
