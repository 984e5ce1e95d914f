#!/bin/bash
# As init-influxdb.sh of the image: users, database and grants at the first start, before the port is open.
set -e
if ! [ -d /var/lib/influxdb/meta ]; then
    INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:9999 influxd &
    first=$!
    until curl -fsS http://127.0.0.1:9999/ping; do sleep 0.1; done
    say() { influx -host 127.0.0.1 -port 9999 "$@"; }
    say -execute "CREATE USER \"$INFLUXDB_ADMIN_USER\" WITH PASSWORD '$INFLUXDB_ADMIN_PASSWORD' WITH ALL PRIVILEGES"
    export INFLUX_USERNAME="$INFLUXDB_ADMIN_USER" INFLUX_PASSWORD="$INFLUXDB_ADMIN_PASSWORD"
    say -execute "CREATE DATABASE $INFLUXDB_DB"
    say -execute "CREATE USER \"$INFLUXDB_USER\" WITH PASSWORD '$INFLUXDB_USER_PASSWORD'"
    say -execute "GRANT ALL ON $INFLUXDB_DB TO \"$INFLUXDB_USER\""
    say -execute "CREATE USER \"$INFLUXDB_READ_USER\" WITH PASSWORD '$INFLUXDB_READ_USER_PASSWORD'"
    say -execute "GRANT READ ON $INFLUXDB_DB TO \"$INFLUXDB_READ_USER\""
    kill $first
    wait $first || true
    unset INFLUX_USERNAME INFLUX_PASSWORD
fi
exec "$@"
