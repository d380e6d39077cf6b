# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Authorities and certificates for guest scripts, by openssl(1): right ones,
# and such as should be refused. Everything is in $pki. The subject of NAME is
# O=Example, CN=NAME. Keys take an emulated machine longest: a key has a name
# too, which ends in its kind (-rsa, -rsa3, -p256, -p384), and may serve several
# certificates. -rsa3 has three primes: found in a quarter of the time, but NSS
# has no such private keys.

pki=$work/pki

# authority NAME KEY [ISSUER]: a root, or an authority below another one.
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
	if [ $# -eq 2 ]; then
		use_key "$1" "$2" &&
		SAN=- COMMENT=- openssl req -x509 -new -config "$pki/$1.cnf" \
			-extensions authority -days 30 -key "$pki/$1.key" \
			-subj "/O=Example/CN=$1" -out "$pki/$1.pem"
	else
		issue "$3" "$1" authority "$2"
	fi
}

# use_key NAME KEY: KEY, which is made if there is none yet, is NAME's.
use_key()
{
	local file=$pki/keys/$2.key

	mkdir -p "$pki/keys"
	[ -e "$file" ] || case $2 in
	*-rsa) openssl genpkey -quiet -algorithm RSA \
		-pkeyopt rsa_keygen_bits:2048 -out "$file" ;;
	*-rsa3) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_primes:3 \
		-pkeyopt rsa_keygen_bits:2048 -out "$file" ;;
	*-p*) openssl genpkey -quiet -algorithm EC \
		-pkeyopt "ec_paramgen_curve:P-${2##*-p}" -out "$file" ;;
	esac && install -m 0600 "$file" "$pki/$1.key"
}

# issue ISSUER NAME SECTION KEY [openssl-ca options...]
issue()
{
	local issuer=$1 name=$2 section=$3 key=$4

	shift 4
	export SAN=${SAN-DNS:none} COMMENT=${COMMENT-none}
	use_key "$name" "$key" || return 1
	[ -e "$pki/keys/$key.csr" ] ||
		openssl req -new -config "$pki/$issuer.cnf" -key "$pki/$name.key" \
			-subj "/CN=-" -out "$pki/keys/$key.csr" || return 1
	openssl ca -batch -notext -config "$pki/$issuer.cnf" \
		-in "$pki/keys/$key.csr" -subj "/O=Example/CN=$name" \
		-extensions "$section" -out "$pki/$name.pem" "$@" 2>"$pki/openssl.log" ||
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
