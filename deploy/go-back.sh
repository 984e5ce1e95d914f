#!/bin/sh
# Puts the journal that a migration has kept back into its place, so that the build before the upgrade goes on with it.
#   sh deploy/go-back.sh compose           the journal of docker-compose.yml; service and desk are stopped
#   sh deploy/go-back.sh JOURNAL           a file of this machine; service and desk are stopped
# The newer journal stays beside it as JOURNAL.newer. A run that was killed is run again. How to go back, step by step:
# docs/guide.md, chapter 10.
set -eu

if [ $# -ne 1 ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if [ "$1" = compose ]; then
    here=$(cd "$(dirname "$0")" && pwd)
    cd "$here/.."
    if [ -n "$(docker compose ps -q desk)" ]; then
        echo "go-back: the desk has the journal open: docker compose stop desk; nothing was changed" >&2
        exit 1
    fi
    docker compose run --rm --no-deps -T --entrypoint sh liangqu -euc "$(cat "$here/go-back.sh")" go-back.sh \
        /var/lib/liangqu/journal.db
    exit
fi

journal=$1
fail() { # WORDS…
    echo "go-back: $*" >&2
    exit 1
}

set -- "$journal".version-*
if [ $# -ne 1 ] || ! [ -f "$1" ]; then fail "no migration has kept a journal as $journal.version-N"; fi
kept=$1
if ! [ -e "$journal" ] && ! [ -e "$journal.newer" ]; then fail "$journal is not there"; fi
if [ -e "$journal" ] && [ -e "$journal.newer" ]; then
    fail "$journal.newer is there already, of a time before: move it away, nothing was changed"
fi
# The lock that the service holds, and nobody else for more than a moment.
locked=0
flock -n -E 75 "$journal.lock" true || locked=$?
case $locked in
0) ;;
75) fail "the service has $journal: stop it, nothing was changed" ;;
*) fail "$journal.lock cannot be opened, nothing was changed" ;;
esac
# What a desk or a command wrote from now on would stand in the one that is put away.
user=$(find -L /proc/[0-9]*/fd -maxdepth 1 -samefile "$journal" -print -quit 2>/dev/null || true)
if [ -n "$user" ]; then
    user=${user#/proc/}
    fail "process ${user%%/*} has $journal open, such as a desk: end it, nothing was changed"
fi
for part in -shm -wal ""; do
    if [ -e "$journal$part" ]; then mv "$journal$part" "$journal.newer$part"; fi
done
mv "$kept" "$journal"
echo "$journal is the one of version ${kept##*-} again; the newer one is $journal.newer"
