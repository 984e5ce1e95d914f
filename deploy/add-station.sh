#!/bin/sh
# Gives a station its own password at the broker, and tells a running broker of it.
#   sh deploy/add-station.sh ID            ID: its id in the catalogue, or the MN of an HJ 212 logger
# Prints the password, which is kept nowhere in clear. Again for the same id: a new password.
set -eu
id=${1:?usage: sh deploy/add-station.sh ID}
cd "$(dirname "$0")"
case $id in
*[!A-Za-z0-9_.-]* | liangqu | simulate | duty)
    echo "add-station: $id cannot be a station's name" >&2
    exit 2
    ;;
esac
if ! [ -s secrets/mosquitto/passwords ]; then
    echo "add-station: no deploy/secrets yet; first sh deploy/make-secrets.sh" >&2
    exit 2
fi
password=$(openssl rand -hex 12)
if command -v mosquitto_passwd >/dev/null 2>&1; then
    mosquitto_passwd -b secrets/mosquitto/passwords "$id" "$password"
else
    docker run --rm --user "$(id -u)" -v "$PWD/secrets/mosquitto:/secrets" eclipse-mosquitto:2.0.22 \
        mosquitto_passwd -b /secrets/passwords "$id" "$password"
fi
chmod 644 secrets/mosquitto/passwords
if command -v docker >/dev/null 2>&1; then
    docker compose --project-directory .. kill --signal HUP mosquitto >/dev/null 2>&1 || true
fi
printf 'user %s, password %s\n' "$id" "$password"
