#!/bin/sh
# A certificate for a client that comes by deploy/mosquitto/remote.conf: liangqu, its gateway, a phone of `duty`.
#   sh deploy/make-service-certificate.sh NAME      makes deploy/secrets/services-NAME.crt and .key, for two years
# At the first run also the authority of that door, deploy/secrets/services.crt (ten years). Again: a new one. Stations
# are given none of it. Needs openssl.
set -eu
LC_ALL=C
export LC_ALL
if [ $# -ne 1 ] || ! printf '%s' "$1" | grep -Eqx '[A-Za-z0-9][A-Za-z0-9_.-]{0,63}'; then
    echo "make-service-certificate: a name is needed: letters, digits, _ . and -, a letter or digit first" >&2
    exit 2
fi
cd "$(dirname "$0")"
. ./secret-files.sh
if ! [ -d secrets ]; then
    echo "make-service-certificate: no deploy/secrets yet; first sh deploy/make-secrets.sh" >&2
    exit 2
fi
tidy
on_any_end tidy

request() { # NAME KEY WORDS…
    name=$1 key=$2
    shift 2
    quietly openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -keyout "$key" "$@"
}

if ! [ -s secrets/services.crt ] || ! [ -s secrets/services.key ]; then
    request "liangqu services" secrets/.request.key -x509 -days 3650 -out secrets/.request.crt
    mv -f secrets/.request.key secrets/services.key
    mv -f secrets/.request.crt secrets/services.crt
fi
request "$1" secrets/.request.key -out secrets/.request.csr
quietly openssl x509 -req -days 730 -in secrets/.request.csr -CA secrets/services.crt -CAkey secrets/services.key \
    -set_serial "0x$(openssl rand -hex 16)" -out secrets/.request.crt
mv -f secrets/.request.key "secrets/services-$1.key"
mv -f secrets/.request.crt "secrets/services-$1.crt"
echo "deploy/secrets: services-$1.crt and .key are there; mosquitto trusts services.crt"
