#!/bin/sh
# usage: requirements/install.sh run|test
# Makes .venv and installs the lock of that name into it, once: a second call with the same lock does nothing.
# Needs sh and Python 3.11 or newer; takes uv when it is there or can be had, and pip otherwise.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/$1.txt

fail() { printf '%s\n' "$*" >&2; exit 1; }

find_python() {
    for name in ${ASTRALYTIQ_PYTHON:-} python3.13 python3.12 python3.11 python3.14 python3 python; do
        command -v "$name" >/dev/null 2>&1 || continue
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { printf '%s' "$name"; return; }
    done
}

stamp=$(cksum "$lock" "$0" | cksum)
[ -f ".venv/installed-$1" ] && [ "$(cat ".venv/installed-$1")" = "$stamp" ] && [ -x .venv/bin/python ] && exit 0

python=$(find_python)
[ -n "$python" ] || fail "AstralytiQ needs Python 3.11 or newer, and found $(python3 --version 2>/dev/null || echo none). Install one, or name it in ASTRALYTIQ_PYTHON."

{ [ -w . ] && { [ ! -e .venv ] || [ -w .venv ]; }; } || fail "AstralytiQ cannot be installed into $(pwd): it may not be written. Make it yours, or run a copy that is."

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf .venv
    "$python" -m venv .venv 2>/dev/null || fail "Python's venv module cannot make .venv here: install it (Debian: apt-get install python3-venv) and see that $(pwd) may be written."
fi
printf 'Installing what %s names. The first time takes a minute or two.\n' "$lock" >&2
rm -f .venv/installed-*
sync() { # sync UV: with the certificates that uv brings, and where those are not enough (a company's proxy) with the system's
    "$1" pip sync -q --python .venv/bin/python --require-hashes "$lock" 2>.venv/uv-said && return
    UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 "$1" pip sync -q --python .venv/bin/python --require-hashes "$lock" || { cat .venv/uv-said >&2; return 1; }
}

if command -v uv >/dev/null 2>&1; then
    sync uv
elif .venv/bin/python -m pip install -q --disable-pip-version-check --target .venv/uv uv 2>/dev/null; then
    sync .venv/uv/bin/uv
else
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$lock"
fi || fail "Installing $lock failed: see the lines above. Is a package index within reach?"
printf '%s' "$stamp" > ".venv/installed-$1"
# The test lock holds everything that running needs.
[ "$1" = run ] || cksum requirements/run.txt "$0" | cksum > .venv/installed-run
