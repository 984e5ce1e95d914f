#!/bin/sh
# Makes what nobody may know, once: passwords, tokens, and the broker's certificate, into deploy/secrets/.
#   sh deploy/make-secrets.sh [HOST]       HOST: the name by which stations reach the broker (default: this machine's)
# A file that is there is left as it is, so that it may be run again. `rm deploy/secrets/FILE` first to renew one.
# Needs openssl, and mosquitto_passwd or docker.
set -eu
cd "$(dirname "$0")"
host=${1:-$(hostname)}
image=eclipse-mosquitto:2.0.22

# Containers run as users of their own and have to read their file; the folder keeps everybody else out.
umask 022
mkdir -p secrets/mosquitto
chmod 700 secrets

secret() { # FILE: 32 random signs, no line end
    [ -s "secrets/$1" ] || openssl rand -hex 16 | tr -d '\n' >"secrets/$1"
}

for name in mqtt_liangqu mqtt_simulate mqtt_duty influxdb_token influxdb_admin_password \
    influxdb_password influxdb_reader_password grafana_admin_password; do
    secret "$name"
done

if ! [ -s secrets/grafana.env ]; then
    printf 'INFLUXDB_PASSWORD=%s\n' "$(cat secrets/influxdb_reader_password)" >secrets/grafana.env
fi

# InfluxDB 1.x knows no secret files; compose.influxdb1.yml gives it these.
if ! [ -s secrets/influxdb1.env ]; then
    for pair in ADMIN:admin USER: READ_USER:reader; do
        name=${pair#*:}
        printf 'INFLUXDB_%s_PASSWORD=%s\n' "${pair%%:*}" "$(cat "secrets/influxdb_${name:+${name}_}password")"
    done >secrets/influxdb1.env
fi

if ! [ -s secrets/mosquitto/passwords ]; then
    for user in liangqu simulate duty; do
        printf '%s:%s\n' "$user" "$(cat "secrets/mqtt_$user")"
    done >secrets/mosquitto/passwords
    if command -v mosquitto_passwd >/dev/null 2>&1; then
        mosquitto_passwd -U secrets/mosquitto/passwords
    else
        docker run --rm --user "$(id -u)" -v "$PWD/secrets/mosquitto:/secrets" "$image" \
            mosquitto_passwd -U /secrets/passwords
    fi
    chmod 644 secrets/mosquitto/passwords
fi

# A certificate authority of your own; stations are given ca.crt. Ten years, the server's two.
if ! [ -s secrets/ca.key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=liangqu $host" \
        -keyout secrets/ca.key -out secrets/ca.crt 2>/dev/null
    chmod 600 secrets/ca.key
fi
if ! [ -s secrets/mosquitto/server.crt ]; then
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$host" \
        -keyout secrets/mosquitto/server.key -out secrets/server.csr 2>/dev/null
    printf 'subjectAltName=DNS:%s,DNS:mosquitto,DNS:localhost,IP:127.0.0.1\n' "$host" >secrets/server.ext
    openssl x509 -req -in secrets/server.csr -days 730 -CA secrets/ca.crt -CAkey secrets/ca.key -CAcreateserial \
        -extfile secrets/server.ext -out secrets/mosquitto/server.crt 2>/dev/null
    rm -f secrets/server.csr secrets/server.ext secrets/ca.srl
    chmod 644 secrets/mosquitto/server.key
fi

echo "deploy/secrets: passwords, tokens and a certificate for $host are there"
echo "boards: user admin, password in deploy/secrets/grafana_admin_password"
