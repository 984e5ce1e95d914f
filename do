#!/bin/sh
# Everything a contributor needs, one word each: ./do demo | test | quick | check | docs | pictures | boards | prove | soak | bench | lock | bundle | setup
# Works on a fresh Debian 12 (as root it installs what is missing, otherwise it says the line to type).
set -eu
from=$(pwd)
cd "$(dirname "$0")"
here=$(pwd)
venv="$here/.venv"

say() { printf '%s\n' "$*" >&2; }

python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$name"
            return
        fi
    done
    say "liangqu needs Python 3.11 or newer. On Debian 12: sudo apt-get install -y python3 python3-venv"
    exit 2
}

install_debian() { # PACKAGE... : installs as root, otherwise says the one line
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing $*"
        DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1 || true
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        say "missing: $*. Please type: sudo apt-get install -y $*"
        exit 2
    fi
}

setup() { # [EXTRA]: the virtual environment with liangqu in it, made anew when pyproject.toml changed
    stamp="$venv/.made-from-$1"
    if [ -f "$stamp" ] && cmp -s pyproject.toml "$stamp"; then return; fi
    py=$(python)
    if ! [ -x "$venv/bin/pip" ]; then
        rm -rf "$venv"
        if ! "$py" -c 'import ensurepip, venv' 2>/dev/null; then install_debian python3-venv; fi
        "$py" -m venv "$venv"
    fi
    say "installing liangqu into .venv (the first time takes a minute)"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -e ".${1:+[$1]}"
    cp pyproject.toml "$stamp"
}

servers() { # what the tests start for themselves: broker, database, browser, and who watches disk, scripts and units
    PATH="$PATH:/usr/sbin"
    export PATH
    missing=""
    command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
    command -v nats-server >/dev/null 2>&1 || missing="$missing nats-server"
    command -v influxd >/dev/null 2>&1 || missing="$missing influxdb"
    command -v chromedriver >/dev/null 2>&1 || missing="$missing chromium chromium-driver"
    command -v influx >/dev/null 2>&1 || missing="$missing influxdb-client"
    command -v strace >/dev/null 2>&1 || missing="$missing strace"
    /sbin/ldconfig -p | grep -q libpangoft2 || missing="$missing libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
    command -v shellcheck >/dev/null 2>&1 || missing="$missing shellcheck"
    command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
    command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
    # shellcheck disable=SC2086
    [ -z "$missing" ] || install_debian $missing
}

prove_tools() { # what the heavy proofs make a machine with, and run docker-compose.yml by (as root only)
    command -v debootstrap >/dev/null 2>&1 || set -- debootstrap
    command -v mosquitto_pub >/dev/null 2>&1 || set -- "$@" mosquitto-clients
    if [ "$(id -u)" = 0 ]; then
        for name in podman buildah runc netavark aardvark-dns catatonit iptables; do
            dpkg -s "$name" >/dev/null 2>&1 || set -- "$@" "$name"
        done
    fi
    [ $# -eq 0 ] || install_debian "$@"
}

lock() { # every package of the image, with its sums, as pyproject.toml allows it today
    set -- --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-header
    "$venv/bin/pip-compile" "$@" --upgrade --extra cluster --extra pdf --extra dashboards --output-file deploy/requirements.lock pyproject.toml
    "$venv/bin/pip-compile" "$@" --upgrade --only-build-deps --build-deps-for wheel \
        --output-file deploy/requirements-build.lock pyproject.toml
}

check() {
    "$venv/bin/ruff" format --check .
    "$venv/bin/ruff" check .
    "$venv/bin/mypy"
    "$venv/bin/lint-imports"
}

workers() { # two a core: half of what a test lasts it waits, for a server, a deadline or a child
    echo $((2 * $(nproc 2>/dev/null || echo 2)))
}

compile_once() { # tests and rooms, so that no worker and no process of a test has to; beside the checks, which use one core
    PYTHONDONTWRITEBYTECODE='' "$venv/bin/python" -m pytest --collect-only -q >/dev/null 2>&1 || true
}

run_tests() { # what pytest is given besides
    "$venv/bin/python" -m pytest --numprocesses="$(workers)" --dist=loadfile --no-loadscope-reorder \
        --durations=40 --cov --cov-report=term "$@"
}

what=${1:-help}
[ $# -eq 0 ] || shift
case "$what" in
demo) setup "" && cd "$from" && exec "$venv/bin/liangqu" demo "$@" ;;
setup) setup dev && servers ;;
check) setup dev && check ;;
quick) setup dev && exec "$venv/bin/python" -m pytest -q -m "not server" "$@" ;;
pictures) setup dev && servers && exec "$venv/bin/python" -m tests.docs.pictures "$@" ;;
docs) setup dev && exec "$venv/bin/python" -m tests.docs.generate "$@" ;;
boards)
    setup dev
    servers
    npm install --prefix docs/boards/drawing --no-audit --no-fund --ignore-scripts --no-package-lock
    exec "$venv/bin/python" -m tests.docs.board_pictures docs/boards "$@"
    ;;
test)
    setup dev
    servers
    compile_once &
    check
    wait
    run_tests "$@"
    ;;
prove) setup dev && servers && prove_tools && LIANGQU_PROVE=full exec "$venv/bin/python" -m pytest -q -s --timeout=3600 "$@" ;;
lock) setup dev && lock ;;
bundle) PYTHON=$(python) exec sh deploy/make-bundle.sh "$@" ;;
soak) setup dev && servers && exec "$venv/bin/python" -m tests.soak "$@" ;;
bench) setup dev && servers && exec "$venv/bin/python" -m benchmarks "$@" ;;
*)
    say "usage: ./do demo    the demo, from MQTT to a live table, in one terminal"
    say "       ./do test    install what is missing, then every check and every test (what CI runs)"
    say "       ./do quick   the tests that need no server"
    say "       ./do check   format, lint, types, layers"
    say "       ./do docs    bring docs/reference up to date with the code"
    say "       ./do pictures  the pictures of READMEs and guide, from today's program"
    say "       ./do boards  draw the guide's pictures of the boards anew; needs node 20 and npm"
    say "       ./do prove   the heavy proofs in full"
    say "       ./do soak    half an hour at 200 messages/s: memory, files, counts (./do soak MINUTES)"
    say "       ./do bench   what a message costs, beside an empty callback and the build before (./do bench NAME: others)"
    say "       ./do lock    deploy/requirements.lock anew: the packages of image and bundle, with their sums"
    say "       ./do bundle  one archive that installs without a network: dist/liangqu-bundle.tar (x86-64 and arm64)"
    say "       ./do setup   only the environment"
    exit 2
    ;;
esac
