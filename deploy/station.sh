#!/bin/sh
# Stations of docker-compose.yml: `liangqu station`, with the files of this machine that no container may write.
#   sh deploy/station.sh add my-station --medium air --zh 我的站 --en "My station" --zone city
#   sh deploy/station.sh remove | rename | rotate | disable | enable | list …     sh deploy/station.sh add --help
# A running broker and service take it in at once. The journal is the service's: when each station was heard, and what is
# kept of it, says  docker compose exec liangqu liangqu station list
set -eu
cd "$(dirname "$0")/.."

[ -s deploy/secrets/mosquitto/passwords ] || {
    echo "station: no deploy/secrets yet; first sh deploy/make-secrets.sh" >&2
    exit 2
}
settings=${LIANGQU_SETTINGS:-$(sed -n 's/^LIANGQU_SETTINGS=//p' .env 2>/dev/null | tail -n 1)}
settings=${settings:-deploy/settings}
case $settings in
/*) ;;
*) settings=$PWD/$settings ;;
esac

# As who calls it: both folders are this user's. The journal is the service's, which is told below.
docker compose run --rm --no-deps --user "$(id -u):$(id -g)" \
    --volume "$settings:/settings" --volume "$PWD/deploy/secrets/mosquitto:/broker" \
    --env LIANGQU_CONFIG=/settings/liangqu.toml --env LIANGQU_STATIONS__PASSWORDS=/broker/passwords \
    liangqu station "$@"
case " $* " in
' list '* | *' --help '* | *' -h '*) exit 0 ;;
esac
docker compose kill --signal HUP mosquitto >/dev/null
docker compose exec -T liangqu liangqu reload
