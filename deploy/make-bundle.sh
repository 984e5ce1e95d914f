#!/bin/sh
# Everything that a machine without a network needs to install liangqu, in one archive: ./do bundle
#   sh deploy/make-bundle.sh [ARCHITECTURE…]     x86_64 and aarch64 by default; dist/liangqu-bundle.tar and .sha256
# Every package is the one whose sum stands in deploy/requirements.lock, as a wheel for Python 3.11 (Debian 12).
# PYTHON names an interpreter, 3.11 or newer; pip needs an index of packages.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
[ $# -gt 0 ] || set -- x86_64 aarch64
python=${PYTHON:-python3}
newest=36 # of Debian 12's C library, 2.36

fail() { # WORDS…
    echo "make-bundle: $*" >&2
    exit 1
}

quietly() { # COMMAND…: what it says is shown only if it fails
    "$@" >"$made/said" 2>&1 || {
        cat "$made/said" >&2
        fail "failed: $1 $2 $3"
    }
}

platforms() { # ARCHITECTURE: every tag of a wheel that such a machine takes
    printf -- '--platform manylinux1_%s --platform manylinux2010_%s --platform manylinux2014_%s ' "$1" "$1" "$1"
    number=5
    while [ $number -le $newest ]; do
        printf -- '--platform manylinux_2_%s_%s ' $number "$1"
        number=$((number + 1))
    done
}

for architecture; do
    case $architecture in
    x86_64 | aarch64) ;;
    *) fail "$architecture: only x86_64 and aarch64 have wheels of every package" ;;
    esac
done
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
trap 'exit 1' HUP INT TERM
bundle=$made/liangqu-bundle
# A list first: a pipe would hide that git failed.
git ls-files deploy docs dashboards/boards dashboards/provisioning README.md README.zh-CN.md CHANGELOG.md LICENSE SECURITY.md >"$made/files" ||
    fail "git does not list the files; it is made in a checkout"
[ -s "$made/files" ] || fail "git knows none of the files; it is made in a checkout"
mkdir -p "$bundle/wheels" dist

quietly "$python" -m venv "$made/build"
for architecture; do
    echo "packages for $architecture" >&2
    # shellcheck disable=SC2046 # a word each
    quietly "$made/build/bin/pip" download --no-deps --require-hashes --only-binary=:all: --implementation cp \
        --python-version 3.11 --abi cp311 --abi abi3 --abi none $(platforms "$architecture") \
        -r deploy/requirements.lock -d "$bundle/wheels"
done
echo "liangqu itself" >&2
quietly "$made/build/bin/pip" install --require-hashes -r deploy/requirements-build.lock
quietly "$made/build/bin/pip" wheel --no-index --no-build-isolation --no-deps --wheel-dir "$bundle/wheels" .
wheel=$(cd "$bundle/wheels" && ls liangqu-*.whl)
version=$(printf '%s' "$wheel" | cut -d- -f2)
sum=$(sha256sum "$bundle/wheels/$wheel" | cut -d' ' -f1)
cp deploy/requirements.lock "$bundle/"
printf 'liangqu==%s --hash=sha256:%s\n' "$version" "$sum" >"$bundle/liangqu.lock"

tar -cf "$made/files.tar" -T "$made/files"
tar -xf "$made/files.tar" -C "$bundle"
cp deploy/bundle-install.sh "$bundle/install.sh"
# shellcheck disable=SC2094
(cd "$bundle" && find . -type f ! -name SHA256SUMS -exec sha256sum {} + | sort -k 2 >SHA256SUMS)
tar -C "$made" --sort=name --owner=0 --group=0 --numeric-owner --mtime='2026-01-01 00:00Z' -cf dist/liangqu-bundle.tar liangqu-bundle
(cd dist && sha256sum liangqu-bundle.tar >liangqu-bundle.tar.sha256)
echo "dist/liangqu-bundle.tar: liangqu $version for $*, $(find "$bundle/wheels" -name '*.whl' | wc -l) wheels, $(du -h dist/liangqu-bundle.tar | cut -f1)"
