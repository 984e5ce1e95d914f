#!/bin/sh
# Gives a station its own password at the broker, and tells a running broker of it.
#   sh deploy/add-station.sh ID            ID: its id in the catalogue, or the MN of an HJ 212 logger
# Prints the password, which is kept nowhere in clear. Again for the same id: a new password.
set -eu
LC_ALL=C # the ranges below are ASCII's
export LC_ALL
id=${1:?usage: sh deploy/add-station.sh ID}
cd "$(dirname "$0")"

refuse() {
    printf "add-station: %s\n" "$1" >&2
    exit 2
}

[ $# -eq 1 ] || refuse "one station at a time; usage: sh deploy/add-station.sh ID"
case $id in
[!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*)
    refuse "'$id' cannot be a station's id: letters, digits, _ . and -, a letter or digit first"
    ;;
zone-* | river-*) refuse "'$id' cannot be a station's id: zone- and river- are reserved" ;;
liangqu | gateway | simulate | duty) refuse "'$id' is the account of a part of liangqu, no station's" ;;
esac
[ ${#id} -le 64 ] || refuse "'$id' cannot be a station's id: longer than 64 signs"
[ -s secrets/mosquitto/passwords ] || refuse "no deploy/secrets yet; first sh deploy/make-secrets.sh"

# The password goes by files that only we can read: arguments stand in `ps` for everybody.
folder=secrets/mosquitto
new=$folder/.new.$$
trap 'rm -f "$new" "$new.all"' EXIT INT TERM
umask 077
password=$(openssl rand -hex 12)
printf '%s:%s\n' "$id" "$password" >"$new"
if command -v mosquitto_passwd >/dev/null 2>&1; then
    mosquitto_passwd -U "$new"
else
    docker run --rm --user "$(id -u)" -v "$PWD/$folder:/secrets" eclipse-mosquitto:2.0.22 \
        mosquitto_passwd -U "/secrets/${new##*/}"
fi
grep -q "^$id:\\$" "$new" || refuse "mosquitto_passwd has not made a password for '$id'; nothing was changed"
awk -F: -v id="$id" '$1 != id' "$folder/passwords" | cat - "$new" >"$new.all"
chmod 644 "$new.all"
mv "$new.all" "$folder/passwords"
if command -v docker >/dev/null 2>&1; then
    docker compose --project-directory .. kill --signal HUP mosquitto >/dev/null 2>&1 || true
fi
printf 'user %s, password %s\n' "$id" "$password"
