#!/bin/sh
# Brings back what deploy/backup.sh has copied, where nothing is yet.
#   sh deploy/restore.sh compose FOLDER                   docker-compose.yml: new or empty volumes, its secrets or none
# Without containers: liangqu restore.
# First it looks at the backup and at the place: where a file of the backup is missing or altered, or where a journal
# or a database is, nothing is touched. Then it stops at the first thing that fails, and says what to remove before
# another try. At the end the values are counted and compared, and every account is tried. Deletes nothing that holds
# anything. Settings that are there already are kept beside the backup's, as ….before-restore.
# shellcheck disable=SC2016 # what a shell or Python in a container reads
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
. "$here/deployment.sh"

usage() {
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

refuse() { # WORDS…: nothing was touched
    echo "restore: $*" >&2
    exit 2
}

manifest() { # WORD: what it says of the backup
    sed -n "s/^$1 //p" "$folder/manifest"
}

check_backup() {
    if ! [ -s "$folder/SHA256SUMS" ] || ! [ -s "$folder/manifest" ]; then
        fail "$folder has no manifest or no SHA256SUMS: not a whole backup, or made by an earlier backup.sh"
    fi
    (cd "$folder" && sha256sum --quiet -c SHA256SUMS >&2) || fail "$folder is not as it was made; nothing was touched"
    for number in "$(wc -l <"$folder/SHA256SUMS")" "$(find "$folder" -type f ! -name SHA256SUMS | wc -l)"; do
        [ "$number" -eq "$(manifest files)" ] || fail "$folder has $number files of $(manifest files); nothing was touched"
    done
    [ "$(manifest what)" = "$what" ] || refuse "$folder is a backup of $(manifest what), not of $what"
}

compare() { # FILE: what was counted now
    wrong=$(outside_of "$folder/manifest" "$1")
    [ -z "$wrong" ] || fail "not what was copied: $wrong"
}

restored_shards() { # LOG of influxd: it ends well also where the file of a shard is missing
    [ "$(grep -c 'Restoring shard' "$1")" -eq "$(shards "$folder/influxdb")" ] ||
        fail "of $(shards "$folder/influxdb") shards only $(grep -c 'Restoring shard' "$1") came back"
}

check_version() {
    case $(setting COMPOSE_FILE "$(sed -n 's/^COMPOSE_FILE=//p' "$folder/env" 2>/dev/null)") in
    *compose.influxdb1.yml*) here_is=1 database=influxdb1-data ;;
    *) here_is=2 database=influxdb-data ;;
    esac
    [ "$(manifest influxdb)" = "$here_is" ] ||
        refuse "$folder is of InfluxDB $(manifest influxdb).x, this deployment of $here_is.x (COMPOSE_FILE in .env)"
}

check_volumes() { # none holds a journal or a database
    docker volume ls -q >"$log" || fail "docker does not answer; nothing was touched"
    image=$(sed -n 's/^ *image: \(eclipse-mosquitto:.*\)/\1/p' docker-compose.yml)
    for volume in liangqu-state $database; do
        volume=${project}_$volume
        grep -qx "$volume" "$log" || continue
        held=$(docker run --rm --network none -v "$volume:/volume:ro" --entrypoint ls "$image" -A /volume)
        case $volume-$held in
        *-state-*journal.db* | *-state-*liangqu.db* | *-data-?*)
            refuse "the volume $volume holds something already: nothing was touched. If it is what a restore left that" \
                "did not finish, or is needed by nobody: docker compose down; docker volume rm $volume"
            ;;
        esac
    done
}

unpack_deployment() { # beside its place
    rm -rf deploy/.restoring
    mkdir -p deploy/.restoring/settings
    tar --numeric-owner -xpf "$folder/secrets.tar" -C deploy/.restoring
    tar --numeric-owner -xpf "$folder/settings.tar" -C deploy/.restoring/settings
    settings=$(setting LIANGQU_SETTINGS "$(sed -n 's/^LIANGQU_SETTINGS=//p' "$folder/env" 2>/dev/null)")
    settings=${settings:-deploy/settings}
    if [ -e deploy/secrets ]; then
        diff -rq deploy/secrets deploy/.restoring/secrets >&2 ||
            refuse "deploy/secrets is there already, and is not the backup's: nothing was touched. Move it away first"
    fi
    if [ -e "$settings.before-restore" ] && ! diff -rq "$settings" deploy/.restoring/settings >/dev/null; then
        refuse "$settings.before-restore is there already: nothing was touched. Move it away first"
    fi
}

place() { # NEW PLACE: with owners and modes; what is in that place already and equal gets those
    if [ -e "$2" ] && diff -rq "$2" "$1" >/dev/null; then
        cp -pR "$1/." "$2/"
        return
    fi
    [ ! -e "$2" ] || mv -nT "$2" "$2.before-restore"
    mkdir -p "$(dirname "$2")"
    mv -nT "$1" "$2"
}

into_influxdb() { # COMMANDS of version 1.x, of 2.x
    in_container=/tmp/restore.$$
    docker compose cp "$folder/influxdb" "influxdb:$in_container" >&2
    docker compose exec -T influxdb sh -euc "
        copy=$in_container
        if influxd version | grep -q 'InfluxDB v2'; then
            $2
        else
            $1
        fi
        " </dev/null >"$log" 2>&1 || {
        cat "$log" >&2
        fail "the database did not take it"
    }
}

take_journals_place() { # with a file that no service takes for its journal: none starts before all is there
    in_liangqu '
import os, pathlib, sqlite3
os.umask(0o077)  # it holds the secret of the links
place = pathlib.Path("/var/lib/liangqu/journal.db")
place.touch(exist_ok=False)
sqlite3.connect(place).execute("PRAGMA user_version = 2147483647")
' </dev/null
}

put_journal() {
    in_liangqu '
import hashlib, os, shutil, sys
os.umask(0o077)
place = "/var/lib/liangqu/journal.db"
with open(f"{place}.restoring", "wb") as file:
    shutil.copyfileobj(sys.stdin.buffer, file)
    os.fsync(file.fileno())
with open(f"{place}.restoring", "rb") as file:
    if hashlib.file_digest(file, "sha256").hexdigest() != sys.argv[1]:
        sys.exit("the journal did not arrive whole")
os.replace(f"{place}.restoring", place)
' "$(sed -n 's/ .*journal\.db$//p' "$folder/SHA256SUMS")" <"$folder/journal.db"
}

put_state() { # a backup of before has none
    [ -e "$folder/state.tar" ] || return 0
    in_liangqu '
import sys, tarfile
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
    archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 has none
    archive.extractall("/var/lib/liangqu")
' <"$folder/state.tar"
}

restore_compose() {
    cd "$here/.."
    project=$(setting COMPOSE_PROJECT_NAME liangqu)
    check_version
    check_volumes
    unpack_deployment
    begun=yes
    place deploy/.restoring/secrets deploy/secrets
    place deploy/.restoring/settings "$settings"
    if [ -e "$folder/env" ] && ! [ -e .env ]; then cp -p "$folder/env" .env; fi
    take_journals_place
    docker compose up -d --wait influxdb >&2
    in_liangqu "$(cat "$here/points.py")" wait </dev/null
    count_in_compose </dev/null >"$log"
    [ ! -s "$log" ] || fail "the database liangqu holds something already"
    into_influxdb "$restore_1x" "$restore_2x"
    [ "$here_is" = 2 ] || restored_shards "$log"
    count_in_compose </dev/null >"$log"
    compare "$log"
    in_liangqu "$(cat "$here/points.py")" try </dev/null
    in_liangqu "$(cat "$here/points.py")" try reader <deploy/secrets/influxdb_reader_password
    put_state
    put_journal
}

# DROP DATABASE takes the grants too; both accounts were made when the container started for the first time.
restore_1x='
    export INFLUX_USERNAME=admin INFLUX_PASSWORD="$INFLUXDB_ADMIN_PASSWORD"
    influx -execute "DROP DATABASE liangqu"
    influxd restore -portable -db liangqu -host 127.0.0.1:8088 "$copy"
    influx -execute "GRANT ALL ON liangqu TO liangqu"
    influx -execute "GRANT READ ON liangqu TO reader"
'
restore_2x='
    INFLUX_TOKEN=$(cat /run/secrets/influxdb_token)
    export INFLUX_TOKEN
    influx bucket delete --name liangqu --org liangqu
    influx restore "$copy" --bucket liangqu
    bucket=$(influx bucket list --name liangqu --org liangqu --hide-headers | cut -f1)
    influx v1 dbrp create --org liangqu --bucket-id "$bucket" --db liangqu --rp autogen --default
    influx v1 auth delete --username reader
    influx v1 auth create --org liangqu --read-bucket "$bucket" --username reader \
        --password "$(cat /run/secrets/influxdb_reader_password)"
'

put_away() { # however this ends
    status=$?
    rm -rf "$log" "$here/.restoring"
    [ -z "$in_container" ] || docker compose exec -T influxdb rm -rf "$in_container" </dev/null || true
    [ -z "$begun" ] || [ $status -eq 0 ] || cat >&2 <<END
restore: NOT finished: what is there now is not whole, and the service does not start with it. Mend what stands above,
remove what this try has made, and try again:
    docker compose down; docker volume rm ${project}_liangqu-state ${project}_$database
END
}

[ "${1:-}-$#" = compose-2 ] || usage
what=$1
folder=$(cd "$2" && pwd)
check_backup
begun=
in_container=
log=$(mktemp)
trap put_away EXIT
trap 'exit 1' HUP INT TERM
restore_compose
echo "restore: done"
