#!/bin/sh
# Installs liangqu from this folder, which ./do bundle has made: no network is asked. As install.sh in the bundle.
#   sudo sh liangqu-bundle/install.sh [FOLDER]      /opt/liangqu by default, then also the command liangqu
# Every file of the bundle is compared with its sum first, and pip compares every package with the sum in requirements.lock.
# For an upgrade: systemctl stop liangqu, this, systemctl start liangqu.
set -eu
cd "$(dirname "$0")"
folder=${1:-/opt/liangqu}

fail() { # WORDS…
    echo "install: $*" >&2
    exit 1
}

case $folder in
-*) fail "sudo sh install.sh [FOLDER]" ;;
esac
sha256sum --quiet -c SHA256SUMS || fail "the bundle is not as it was made; nothing was installed"
python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || fail "the bundle is for Python 3.11, as Debian 12 has it"
python3 -c 'import ensurepip' 2>/dev/null || fail "python3-venv is not installed: apt-get install python3-venv"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links wheels --require-hashes -r requirements.lock
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links wheels --require-hashes --no-deps \
    --force-reinstall -r liangqu.lock
if [ "$folder" = /opt/liangqu ]; then install -m 755 deploy/liangqu-command.sh /usr/local/bin/liangqu; fi
"$folder/bin/liangqu" --version
