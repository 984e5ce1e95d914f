# How a file of deploy/secrets/ comes to be: whole, or not at all. Read by make-secrets.sh and rotate-secret.sh, in
# deploy/. No secret is ever a word of a command line, where `ps` would show it to everybody.
# shellcheck shell=sh disable=SC2016
umask 077
accounts=secrets/mosquitto/passwords

fail() { # WORDS…
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

quietly() { # COMMAND…: what it says is shown only if it fails
    "$@" >secrets/.said 2>&1 || {
        cat secrets/.said >&2
        fail "failed: $1 $2"
    }
}

tidy() { # at the start and the end: what a run, also one that was killed, has left
    rm -f secrets/.said secrets/.new secrets/.request* secrets/mosquitto/.new secrets/mosquitto/.accounts*
}

new_secret() { # 32 random characters
    made=$(openssl rand -hex 16)
    [ ${#made} -eq 32 ] || fail "openssl gives no random number"
    printf '%s' "$made"
}

put() { # FILE TEXT [MODE]: at once, in place of what was there. Containers run as users of their own and have to read
    # their file (644); the folder keeps everybody else out.
    printf '%s' "$2" >"$(dirname "$1")/.new"
    chmod "${3:-644}" "$(dirname "$1")/.new"
    mv -f "$(dirname "$1")/.new" "$1"
}

mosquitto_hash() { # FILE in secrets/mosquitto, of lines USER:PASSWORD
    if command -v mosquitto_passwd >/dev/null 2>&1; then
        quietly mosquitto_passwd -U "secrets/mosquitto/$1"
    else
        image=$(sed -n 's/^ *image: \(eclipse-mosquitto:.*\)/\1/p' ../docker-compose.yml)
        quietly docker run --rm --user "$(id -u)" -v "$PWD/secrets/mosquitto:/secrets" "$image" \
            mosquitto_passwd -U "/secrets/$1"
    fi
    ! grep -qv '^[^:]*:\$[67]\$' "secrets/mosquitto/$1" || fail "mosquitto_passwd has left a password in clear"
}

has_account() { # USER: with a hash
    grep -qs "^$1:\$[67]\\$" $accounts
}

set_accounts() { # lines USER:PASSWORD: all of them at once, in place of the accounts of these names
    printf '%s' "$1" >secrets/mosquitto/.accounts
    mosquitto_hash .accounts
    if [ -e $accounts ]; then
        awk -F: 'NR == FNR { set[$1]; next } !($1 in set)' secrets/mosquitto/.accounts $accounts \
            >secrets/mosquitto/.accounts.kept
        cat secrets/mosquitto/.accounts.kept >>secrets/mosquitto/.accounts
    fi
    chmod 644 secrets/mosquitto/.accounts
    mv -f secrets/mosquitto/.accounts $accounts
}

on_any_end() { # COMMAND: done however this ends
    # shellcheck disable=SC2064
    trap "$1" EXIT
    trap 'exit 1' HUP INT TERM
}

derive() { # FILE TEXT: made from other secrets, for a program that knows no secret files
    if ! [ -s "$1" ] || [ "$(cat "$1")" != "$2" ]; then
        put "$1" "$2
"
    fi
}

derive_files() {
    derive secrets/grafana.env "INFLUXDB_PASSWORD=$(cat secrets/influxdb_reader_password)"
    derive secrets/influxdb1.env "INFLUXDB_ADMIN_PASSWORD=$(cat secrets/influxdb_admin_password)
INFLUXDB_USER_PASSWORD=$(cat secrets/influxdb_password)
INFLUXDB_READ_USER_PASSWORD=$(cat secrets/influxdb_reader_password)"
}
