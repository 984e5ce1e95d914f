#!/bin/sh
# Gives a station its own password at the broker, and tells a running broker of it.
#   sh deploy/add-station.sh ID            ID: its id in the catalogue, or the MN of an HJ 212 logger
# Prints the password, which is kept nowhere in clear. Again for the same id: a new password.
set -eu
LC_ALL=C # the ranges below are ASCII's
export LC_ALL

refuse() {
    printf 'add-station: %s\n' "$1" >&2
    exit 2
}

[ $# -eq 1 ] || refuse "one station at a time: sh deploy/add-station.sh ID"
case $1 in
'' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*)
    refuse "'$1' cannot be a station's id: letters, digits, _ . and -, a letter or digit first"
    ;;
zone-* | river-*) refuse "'$1' cannot be a station's id: zone- and river- are reserved" ;;
liangqu | gateway | simulate | duty) refuse "'$1' is the account of a part of liangqu, not of a station" ;;
esac
[ ${#1} -le 64 ] || refuse "'$1' cannot be a station's id: longer than 64 characters"

cd "$(dirname "$0")"
. ./secret-files.sh
[ -s "$accounts" ] || refuse "no deploy/secrets yet; first sh deploy/make-secrets.sh"
tidy
on_any_end tidy
password=$(new_secret)
set_accounts "$1:$password
"
if command -v docker >/dev/null 2>&1; then
    docker compose --project-directory .. kill --signal HUP mosquitto >/dev/null 2>&1 || true
fi
printf 'user %s, password %s\n' "$1" "$password"
