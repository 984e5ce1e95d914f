#!/bin/sh
# Gives an account a new secret: at the server, in its file of deploy/secrets/, and to the containers that use it.
#   sh deploy/rotate-secret.sh mqtt_liangqu | mqtt_simulate | mqtt_duty | mqtt_gateway
#   sh deploy/rotate-secret.sh influxdb_reader_password | influxdb_password | influxdb_admin_password
#   sh deploy/rotate-secret.sh influxdb_token | grafana_admin_password
# One that failed is run again: the server then takes another new secret. Stations: sh deploy/station.sh rotate ID.
# shellcheck disable=SC2016 # what a shell in a container expands
set -eu
cd "$(dirname "$0")"
. ./secret-files.sh

compose() {
    (cd .. && docker compose "$@")
}

runs() { # SERVICE
    command -v docker >/dev/null 2>&1 && [ -n "$(compose ps -q "$1")" ]
}

restart_users() { # SERVICE…: those that run get what is new in their files and environment
    for service; do
        if runs "$service"; then compose up -d --no-deps --force-recreate "$service"; fi
    done
}

in_influxdb() { # COMMANDS: there, with the new secret as NEW and the administrator's as ADMIN
    runs influxdb || fail "influxdb does not run: docker compose up -d influxdb"
    # The clients of InfluxDB 2 take a password as a word only: for a moment, and inside the container.
    printf '%s\n%s\n' "$new" "$admin" | compose exec -T influxdb sh -eu -c "read -r NEW; read -r ADMIN; export NEW
        if influxd version | grep -q 'InfluxDB v2'; then
            export INFLUX_TOKEN=\"\$(cat /run/secrets/influxdb_token)\"
            $1
        else
            export INFLUX_USERNAME=admin INFLUX_PASSWORD=\"\$ADMIN\"
            $2
        fi"
}

set_password() { # USER: of InfluxDB 1.x
    printf 'printf "SET PASSWORD FOR \\"%s\\" = '"'%%s'"'" "$NEW" | influx' "$1"
}

name=${1:-}
case $name in
*/* | .*) name= ;;
mqtt_* | influxdb_* | grafana_*) [ -s "secrets/$name" ] || name= ;;
*) name= ;;
esac
if [ $# -ne 1 ] || [ -z "$name" ]; then
    sed -n '2,6s/^# \{0,1\}//p' rotate-secret.sh >&2
    exit 2
fi
tidy
on_any_end tidy
new=$(new_secret)
admin=$(cat secrets/influxdb_admin_password)

case $name in
mqtt_*)
    user=${name#mqtt_}
    set_accounts "$user:$new
"
    put "secrets/$name" "$new"
    if runs mosquitto; then
        compose kill --signal HUP mosquitto
        case $user in
        liangqu) restart_users liangqu desk ;;
        simulate) restart_users simulate ;;
        esac
    else
        echo "Install deploy/secrets/mosquitto/passwords again and reload mosquitto: docs/guide.md, chapter 9."
    fi
    ;;
influxdb_reader_password)
    in_influxdb 'influx v1 auth set-password --username reader --password "$NEW"' "$(set_password reader)"
    put "secrets/$name" "$new"
    derive_files
    restart_users grafana
    ;;
influxdb_password) # of the service at InfluxDB 1.x; 2.x has the token
    in_influxdb : "$(set_password liangqu)"
    put "secrets/$name" "$new"
    derive_files
    restart_users liangqu desk backup
    ;;
influxdb_admin_password)
    in_influxdb 'influx user password --name admin --password "$NEW"' "$(set_password admin)"
    put "secrets/$name" "$new"
    derive_files
    ;;
influxdb_token)
    in_influxdb 'influx auth create --operator --org liangqu --description "liangqu, rotated" --json' \
        'echo "InfluxDB 1.x has no tokens" >&2; exit 2' >secrets/.request
    former=$(cat "secrets/$name")
    new=$(sed -n 's/^[^"]*"token": *"\([^"]*\)".*/\1/p' secrets/.request)
    [ -n "$new" ] || fail "InfluxDB has made no token; the former one stays"
    put "secrets/$name" "$new"
    restart_users influxdb liangqu desk backup
    # The former one ends last, with the new one: found by its text, deleted by its id.
    printf '%s' "$former" | compose exec -T influxdb sh -eu -c 'former=$(cat)
        export INFLUX_TOKEN="$(cat /run/secrets/influxdb_token)"
        until influx ping >/dev/null 2>&1; do sleep 1; done
        for id in $(influx auth list --hide-headers | grep -F "$former" | cut -f1); do
            influx auth delete --id "$id"
        done'
    ;;
grafana_admin_password)
    runs grafana || fail "grafana does not run: docker compose up -d grafana"
    printf '%s\n' "$new" | compose exec -T grafana grafana cli admin reset-admin-password --password-from-stdin
    put "secrets/$name" "$new"
    ;;
*)
    fail "$name is no secret of an account"
    ;;
esac
echo "deploy/secrets/$name is new; whoever else uses it has to be told"
