#!/bin/sh
# The command line on a server without containers, as /usr/local/bin/liangqu: with the service's settings unless others
# are named. Most of what it reads is root's or the service's: `sudo liangqu …`.
if [ -z "${LIANGQU_CONFIG:-}" ] && [ -e /etc/liangqu/liangqu.toml ]; then
    LIANGQU_CONFIG=/etc/liangqu/liangqu.toml
    export LIANGQU_CONFIG
fi
exec /opt/liangqu/bin/liangqu "$@"
