#!/bin/sh
# Accounts of Debian's InfluxDB 1.x on this machine, with the passwords of deploy/secrets/ (make-secrets.sh): admin; liangqu,
# which has the database liangqu; and reader, which may read it. From then on whoever comes has to log in, and only from
# this machine. Run again it changes nothing.
set -eu
cd "$(dirname "$0")"

fail() { # WORDS…
    echo "influxdb1-accounts: $*" >&2
    exit 1
}

[ $# -eq 0 ] || fail "takes no arguments"
for name in admin_password password reader_password; do
    [ -s "secrets/influxdb_$name" ] || fail "deploy/secrets/influxdb_$name is not there: sh deploy/make-secrets.sh"
done
command -v influx >/dev/null || fail "influx is not installed: apt-get install influxdb-client"

ask() { # statements on standard input: no password is a word of a command line, where ps would show it
    INFLUX_USERNAME=admin INFLUX_PASSWORD=$(cat secrets/influxdb_admin_password)
    export INFLUX_USERNAME INFLUX_PASSWORD
    said=$(influx 2>&1) || fail "$said"
    ! printf '%s' "$said" | grep -q '^ERR' || fail "$(printf '%s' "$said" | grep '^ERR')"
}

wait_for_it() { # it answers some seconds after its start
    tries=0
    while influx -execute 'SHOW DATABASES' 2>&1 | grep -q 'Failed to connect'; do
        tries=$((tries + 1))
        [ $tries -lt 60 ] || fail "no InfluxDB answers on this machine: systemctl status influxdb"
        sleep 1
    done
}

wait_for_it
ask <<END
CREATE USER "admin" WITH PASSWORD '$(cat secrets/influxdb_admin_password)' WITH ALL PRIVILEGES;
CREATE DATABASE "liangqu";
CREATE USER "liangqu" WITH PASSWORD '$(cat secrets/influxdb_password)';
CREATE USER "reader" WITH PASSWORD '$(cat secrets/influxdb_reader_password)';
GRANT ALL ON "liangqu" TO "liangqu";
GRANT READ ON "liangqu" TO "reader";
END
touch /etc/default/influxdb
for line in INFLUXDB_HTTP_AUTH_ENABLED=true INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:8086 INFLUXDB_REPORTING_DISABLED=true; do
    grep -qx "$line" /etc/default/influxdb || echo "$line" >>/etc/default/influxdb
done
systemctl restart influxdb
wait_for_it
echo "InfluxDB has the accounts admin, liangqu and reader, and lets nobody in without a password"
