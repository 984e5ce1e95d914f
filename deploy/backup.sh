#!/bin/sh
# A copy of everything that cannot be made again, while all goes on running.
#   sh deploy/backup.sh compose FOLDER                    the deployment of docker-compose.yml
#   sh deploy/backup.sh sqlite FILE… FOLDER               journal.db, liangqu.db (in this order)
#   sh deploy/backup.sh influxdb1 HOST:8088 FOLDER        an InfluxDB 1.x, through its backup port
# FOLDER is made and must not exist. The journal comes first: what it still has to deliver is written again after a
# restore, which does no harm; a store older than its journal would lack what the journal believes delivered.
set -eu
umask 077 # secrets go in too

copy_sqlite() { # FILE FOLDER: consistent, whatever is being written meanwhile
    "${PYTHON:-python3}" -c '
import sqlite3, sys
source, target = (sqlite3.connect(name) for name in sys.argv[1:])
with target:
    source.backup(target)
(verdict,) = target.execute("PRAGMA integrity_check").fetchone()
sys.exit(0 if verdict == "ok" else f"{sys.argv[2]}: {verdict}")
' "$1" "$2/$(basename "$1")"
}

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -ge 2 ] || usage
what=$1
shift
for folder; do :; done
if [ -e "$folder" ]; then
    echo "backup: $folder is there already" >&2
    exit 2
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

case $what in
sqlite)
    [ $# -ge 2 ] || usage
    while [ $# -gt 1 ]; do
        copy_sqlite "$1" "$folder"
        shift
    done
    ;;
influxdb1)
    [ $# -eq 2 ] || usage
    influxd backup -portable -database liangqu -host "$1" "$folder" >/dev/null
    ;;
compose)
    cd "$(dirname "$0")/.."
    docker compose exec -T liangqu python -c '
import sqlite3, sys
source, target = sqlite3.connect("/var/lib/liangqu/journal.db"), sqlite3.connect("/var/lib/liangqu/backup.db")
source.backup(target)
'
    docker compose cp liangqu:/var/lib/liangqu/backup.db "$folder/journal.db"
    docker compose exec -T liangqu rm -f /var/lib/liangqu/backup.db
    docker compose exec -T influxdb sh -c '
rm -rf /tmp/backup
if influxd version | grep -q "InfluxDB v2"; then
    influx backup /tmp/backup --bucket liangqu --token "$(cat /run/secrets/influxdb_token)"
else
    influxd backup -portable -database liangqu -host 127.0.0.1:8088 /tmp/backup
fi' >/dev/null
    docker compose cp influxdb:/tmp/backup "$folder/influxdb"
    docker compose exec -T influxdb rm -rf /tmp/backup
    cp -R deploy/secrets deploy/settings "$folder/"
    ;;
*) usage ;;
esac
echo "backup: $folder"
