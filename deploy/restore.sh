#!/bin/sh
# Brings back what deploy/backup.sh has copied. The service must be stopped; nothing that is there is overwritten.
#   sh deploy/restore.sh compose FOLDER                   docker-compose.yml, with new and empty volumes
#   sh deploy/restore.sh sqlite FOLDER TARGET             journal.db, liangqu.db into the folder TARGET
#   sh deploy/restore.sh influxdb1 FOLDER HOST:8088       an InfluxDB 1.x without the database liangqu
set -eu

usage() {
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -ge 2 ] || usage
what=$1
folder=$(cd "$2" && pwd)

case $what in
sqlite)
    [ $# -eq 3 ] || usage
    mkdir -p "$3"
    for file in "$folder"/*.db; do
        if [ -e "$3/$(basename "$file")" ]; then
            echo "restore: $3/$(basename "$file") is there already" >&2
            exit 2
        fi
    done
    cp "$folder"/*.db "$3/"
    ;;
influxdb1)
    [ $# -eq 3 ] || usage
    influxd restore -portable -db liangqu -host "$3" "$folder" >/dev/null
    ;;
compose)
    cd "$(dirname "$0")/.."
    docker compose up -d --wait influxdb
    docker compose cp "$folder/influxdb" influxdb:/tmp/backup
    docker compose exec -T influxdb sh -c '
if influxd version | grep -q "InfluxDB v2"; then
    token=$(cat /run/secrets/influxdb_token)
    influx bucket delete --name liangqu --org liangqu --token "$token"
    influx restore /tmp/backup --bucket liangqu --token "$token"
    bucket=$(influx bucket list --name liangqu --org liangqu --hide-headers --token "$token" | cut -f1)
    influx v1 dbrp create --org liangqu --bucket-id "$bucket" --db liangqu --rp autogen --default --token "$token"
    influx v1 auth delete --username reader --token "$token"
    influx v1 auth create --org liangqu --read-bucket "$bucket" --username reader \
        --password "$(cat /run/secrets/influxdb_reader_password)" --token "$token"
else
    influx -username admin -password "$INFLUXDB_ADMIN_PASSWORD" -execute "DROP DATABASE liangqu"
    influxd restore -portable -db liangqu -host 127.0.0.1:8088 /tmp/backup
fi
rm -rf /tmp/backup' >/dev/null
    docker compose run --rm --no-deps -T --entrypoint python liangqu -c '
import pathlib, shutil, sys
target = pathlib.Path("/var/lib/liangqu/journal.db")
if target.exists():
    sys.exit(f"restore: {target} is there already")
with target.open("xb") as file:
    shutil.copyfileobj(sys.stdin.buffer, file)
' <"$folder/journal.db"
    ;;
*) usage ;;
esac
echo "restore: done"
