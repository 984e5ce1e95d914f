#!/bin/sh
# A copy of everything that cannot be made again, while all goes on running.
#   sh deploy/backup.sh compose FOLDER      the deployment of docker-compose.yml, with the secrets of all its servers
# Without containers: liangqu backup.
# FOLDER must not exist; it appears when the copy is whole, with the sums of its files (SHA256SUMS) and the numbers of
# values (manifest), by which restore.sh sees that all came back. Nothing to copy is a failure, not a backup.
# The journal comes first: what it still has to deliver is written again after a restore, which does no harm; a store
# older than its journal would lack what the journal believes delivered.
# shellcheck disable=SC2016 # what a shell or Python in a container reads
set -eu
umask 077 # secrets go in too
here=$(cd "$(dirname "$0")" && pwd)
. "$here/deployment.sh"

usage() {
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

put_away() { # however this ends
    rm -rf "$part"
    [ -z "$in_container" ] || (cd "$here/.." && docker compose exec -T influxdb rm -rf "$in_container" </dev/null) || true
}

copy_deployment() { # secrets and settings with owner and mode, without which no container reads them
    [ -d deploy/secrets ] || fail "deploy/secrets is not there"
    tar --numeric-owner -cf "$part/secrets.tar" -C deploy secrets
    tar --numeric-owner -cf "$part/settings.tar" -C "$(setting LIANGQU_SETTINGS deploy/settings)" .
    [ ! -e .env ] || cp -p .env "$part/env"
}

copy_state() { # what else is in the service's volume: users of the desk, reports; the journal goes by itself
    in_liangqu '
import pathlib, sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
    for each in sorted(pathlib.Path("/var/lib/liangqu").iterdir()):
        if not each.name.startswith((".", "journal.db", "liangqu.db")):
            archive.add(each, each.name)
' </dev/null >"$part/state.tar"
}

copy_influxdb() { # of the compose deployment, in its container, then from there
    in_container=/tmp/$(basename "$part")
    version=$(docker compose exec -T influxdb influxd version </dev/null)
    case $version in
    *'InfluxDB v2'*)
        echo 'influxdb 2' >>"$part/manifest"
        docker compose exec -T influxdb sh -euc 'INFLUX_TOKEN=$(cat /run/secrets/influxdb_token)
            export INFLUX_TOKEN
            influx backup "$1" --bucket liangqu' sh "$in_container" </dev/null >&2
        ;;
    *)
        echo 'influxdb 1' >>"$part/manifest"
        docker compose exec -T influxdb influxd backup -portable -database liangqu -host 127.0.0.1:8088 \
            "$in_container" </dev/null >&2
        ;;
    esac
    docker compose cp "influxdb:$in_container" "$part/influxdb" >&2
}

[ $# -ge 2 ] || usage
what=$1
shift
for folder; do
    case $folder in
    -*)
        echo "backup: $folder is not an option; a file or folder of that name is ./$folder" >&2
        exit 2
        ;;
    esac
done
if [ -e "$folder" ]; then
    echo "backup: $folder is there already" >&2
    exit 2
fi
[ "$what-$#" = compose-1 ] || usage
mkdir -p "$(dirname "$folder")"
folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
in_container=
part=$(mktemp -d "$folder.unfinished.XXXXXX")
trap put_away EXIT
trap 'exit 1' HUP INT TERM
printf 'what %s\nmade %s\n' "$what" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$part/manifest"

cd "$here/.."
in_liangqu "$(cat "$here/copy_sqlite.py")" /var/lib/liangqu/journal.db - </dev/null >"$part/journal.db"
[ -s "$part/journal.db" ] || fail "the journal could not be copied"
copy_state
count_in_compose </dev/null >"$part/.before"
copy_influxdb
count_in_compose </dev/null >"$part/.after"
copy_deployment
[ "$(shards "$part/influxdb")" -gt 0 ] || fail "the database liangqu holds nothing"
range_of "$part/.before" "$part/.after" >>"$part/manifest"
rm "$part/.before" "$part/.after"
grep -q '^values' "$part/manifest" || fail "the database liangqu holds nothing"
cd "$part"
echo "files $(find . -type f | wc -l)" >>manifest
# shellcheck disable=SC2094
find . -type f ! -name SHA256SUMS -exec sha256sum {} + >SHA256SUMS
sync -f SHA256SUMS
cd /
mv -T "$part" "$folder"
echo "backup: $folder"
