#!/bin/sh
# Makes what nobody may know: passwords, tokens, and the broker's certificate, into deploy/secrets/.
#   sh deploy/make-secrets.sh [HOST…]      HOST: a name or IP address by which stations reach the broker
#                                          (default: this machine's name)
# What is there and whole stays as it is, so that it may be run again: only what is missing is made, also what a run
# that failed did not come to. To change a secret: sh deploy/rotate-secret.sh. Needs openssl, and mosquitto_passwd or
# docker.
set -eu
cd "$(dirname "$0")"
. ./secret-files.sh

byte='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
part='[0-9A-Fa-f]{1,4}'
is_address() { # HOST: IPv4; or IPv6, also with IPv4 at its end
    printf '%s' "$1" | grep -Eqx "($byte\.){3}$byte" && return
    plain=$(printf '%s' "$1" | sed -E "s/:($byte\.){3}$byte\$/:0:0/")
    printf '%s' "$plain" | grep -Eqx "($part:){7}$part" && return
    printf '%s' "$plain" | grep -Ex "($part(:$part)*)?::($part(:$part)*)?" | grep -Eqv "($part:+){7}$part"
}

is_name() { # HOST
    printf '%s' "$1" | grep -Eqx '[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?' &&
        ! printf '%s' "$1" | grep -Eqx '([0-9]+\.)+[0-9]+'
}

alternative() { # HOST: how a certificate names it
    if is_address "$1"; then
        printf 'IP:%s' "$1"
    elif is_name "$1"; then
        printf 'DNS:%s' "$1"
    else
        echo "make-secrets: '$1' is neither a host name nor an IP address" >&2
        return 2
    fi
}

asked="$*"
[ $# -gt 0 ] || set -- "$(hostname)"
host=$1
alternatives=DNS:mosquitto,DNS:localhost,IP:127.0.0.1
for name; do
    alternatives=$(alternative "$name"),$alternatives || exit 2
done

mkdir -p secrets/mosquitto
chmod 700 secrets
chmod 755 secrets/mosquitto # the broker's container sees this folder only, as a user of its own
tidy
on_any_end tidy

for name in influxdb_token influxdb_admin_password influxdb_password influxdb_reader_password grafana_admin_password; do
    if ! [ -s "secrets/$name" ]; then
        value=$(new_secret)
        put "secrets/$name" "$value"
    fi
done
derive_files

# Accounts of the broker: an account is its file and its hash, and the file comes last.
missing=
for user in liangqu simulate duty gateway; do
    if ! [ -s "secrets/mqtt_$user" ]; then
        missing="$missing$user:$(new_secret)
"
    elif ! has_account "$user"; then
        missing="$missing$user:$(cat "secrets/mqtt_$user")
"
    fi
done
if [ -n "$missing" ]; then
    set_accounts "$missing"
    for account in $missing; do
        put "secrets/mqtt_${account%%:*}" "${account#*:}"
    done
fi

# A certificate authority of your own; stations are given ca.crt. Ten years, the server's two.
new_key() { # FILE
    quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"
}
server=secrets/mosquitto/server
has_certificate() { # whole: one that was killed may have made a new key without its certificate
    [ -s $server.key ] && [ -s $server.crt ] &&
        [ "$(openssl pkey -in $server.key -pubout)" = "$(openssl x509 -in $server.crt -noout -pubkey)" ]
}
if ! has_certificate; then
    if ! [ -s secrets/ca.key ] && [ -s secrets/ca.crt ]; then
        fail "deploy/secrets/ca.key is not there: without it no certificate is made that stations trust"
    fi
    if ! [ -s secrets/ca.key ]; then
        new_key secrets/.new
        mv -f secrets/.new secrets/ca.key
    fi
    if ! [ -s secrets/ca.crt ]; then
        quietly openssl req -x509 -key secrets/ca.key -days 3650 -subj "/CN=liangqu $(printf '%.56s' "$host")" \
            -out secrets/.new
        chmod 644 secrets/.new
        mv -f secrets/.new secrets/ca.crt
    fi
    new_key secrets/.request.key
    quietly openssl req -new -key secrets/.request.key -subj "/CN=$(printf '%.64s' "$host")" -out secrets/.request
    printf 'subjectAltName=%s\n' "$alternatives" >secrets/.request.ext
    quietly openssl x509 -req -in secrets/.request -days 730 -CA secrets/ca.crt -CAkey secrets/ca.key \
        -CAserial secrets/.request.serial -CAcreateserial -extfile secrets/.request.ext -out secrets/.request.crt
    chmod 644 secrets/.request.key secrets/.request.crt
    mv -f secrets/.request.key $server.key
    mv -f secrets/.request.crt $server.crt
fi
for name in $asked; do
    case $(alternative "$name") in
    IP:*) check=-checkip ;;
    *) check=-checkhost ;;
    esac
    openssl x509 -in $server.crt -noout $check "$name" | grep -q 'does match' ||
        fail "the broker's certificate is not for $name: rm deploy/$server.*, run this again," \
            "docker compose restart mosquitto"
done

echo "deploy/secrets: passwords, tokens and a certificate for ${asked:-$host} are there"
echo "boards: user admin, password in deploy/secrets/grafana_admin_password"
