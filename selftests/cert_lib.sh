# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Authorities and certificates for guest scripts, by openssl(1): right ones,
# and such as should be refused. Everything is in $pki.

pki=$work/pki

# authority NAME [ISSUER]: a root, or an authority below another one.
authority()
{
	mkdir -p "$pki/new"
	cat >"$pki/$1.cnf" <<END
[ca]
default_ca = this
[this]
database = $pki/$1.index
serial = $pki/$1.serial
crlnumber = $pki/$1.crlnumber
new_certs_dir = $pki/new
certificate = $pki/$1.pem
private_key = $pki/$1.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
[dn]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[list]
authorityKeyIdentifier = keyid:always
[end]
keyUsage = digitalSignature
subjectAltName = \${ENV::SAN}
nsComment = \${ENV::COMMENT}
END
	: >"$pki/$1.index"
	printf "%04x\n" "$((RANDOM % 30000 + 4096))" >"$pki/$1.serial"
	echo 01 >"$pki/$1.crlnumber"
	if [ $# -eq 1 ]; then
		new_key "$1" rsa &&
		SAN=- COMMENT=- openssl req -x509 -new -config "$pki/$1.cnf" \
			-extensions authority -days 30 -key "$pki/$1.key" \
			-subj "/O=Example/CN=$1" -out "$pki/$1.pem"
	else
		issue "$2" "$1" authority rsa "/O=Example/CN=$1"
	fi
}

# new_key NAME rsa|p256|p384
new_key()
{
	case $2 in
	rsa) openssl genpkey -quiet -algorithm RSA \
		-pkeyopt rsa_keygen_bits:2048 -out "$pki/$1.key" ;;
	p*) openssl genpkey -quiet -algorithm EC \
		-pkeyopt "ec_paramgen_curve:P-${2#p}" -out "$pki/$1.key" ;;
	esac && chmod 0600 "$pki/$1.key"
}

# issue ISSUER NAME SECTION KEY SUBJECT [openssl-ca options...]
issue()
{
	local issuer=$1 name=$2 section=$3 key=$4 subject=$5

	shift 5
	export SAN=${SAN-DNS:none} COMMENT=${COMMENT-none}
	new_key "$name" "$key" &&
	openssl req -new -config "$pki/$issuer.cnf" -key "$pki/$name.key" \
		-subj "$subject" -out "$pki/$name.csr" &&
	openssl ca -batch -notext -config "$pki/$issuer.cnf" \
		-in "$pki/$name.csr" -extensions "$section" \
		-out "$pki/$name.pem" "$@" 2>"$pki/openssl.log" ||
		fail "openssl ca: $(tail -n 3 "$pki/openssl.log")"
}

# revoke ISSUER NAME
revoke()
{
	SAN=- COMMENT=- openssl ca -config "$pki/$1.cnf" \
		-revoke "$pki/$2.pem" 2>"$pki/openssl.log"
}

# crl ISSUER: $pki/ISSUER.crl. strongSwan finds it by its issuer's key.
crl()
{
	SAN=- COMMENT=- openssl ca -config "$pki/$1.cnf" -gencrl \
		-crlexts list -out "$pki/$1.crl" 2>"$pki/openssl.log" ||
		fail "openssl ca -gencrl: $(tail -n 3 "$pki/openssl.log")"
}
