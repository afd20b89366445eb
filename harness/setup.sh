#!/bin/sh
# Creates .venv from requirements.lock (hashes checked) with uv, and installs this package into it.
# Needs Python >= 3.11; uv itself is fetched from the package index when it is not there. Proxy, CA bundle and index
# settings of the host are honoured: pip's settings are handed to uv, which does not read them by itself.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

find_python() {
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

PY=$(find_python) || { say "no Python >= 3.11 found; install one (Debian: apt-get install python3 python3-venv)"; exit 1; }

setting() { "$PY" -m pip config get "global.$1" 2>/dev/null || true; }
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index=${PIP_INDEX_URL:-$(setting index-url)}
    if [ -n "$index" ]; then UV_DEFAULT_INDEX=$index; export UV_DEFAULT_INDEX; fi
fi
if [ -z "${SSL_CERT_FILE:-}" ]; then
    bundle=${PIP_CERT:-${REQUESTS_CA_BUNDLE:-$(setting cert)}}
    if [ -n "$bundle" ]; then SSL_CERT_FILE=$bundle; export SSL_CERT_FILE; fi
fi

UV=$(command -v uv || true)
if [ -z "$UV" ]; then
    if [ ! -x .venv-uv/bin/uv ]; then
        say "fetching uv"
        awk '/^uv==/ {keep = 1; print; next} /^[^ ]/ {keep = 0} keep && !/#/' requirements.lock >.uv-pin.txt
        "$PY" -m venv .venv-uv 2>/dev/null || {
            say "Python's venv module is missing; install it (Debian: apt-get install python3-venv)"; exit 1; }
        .venv-uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .uv-pin.txt
        rm -f .uv-pin.txt
    fi
    UV=.venv-uv/bin/uv
fi

say "creating .venv from requirements.lock (a few seconds when cached)"
[ -x .venv/bin/python ] || "$UV" venv --quiet --python "$PY" .venv
"$UV" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock
"$UV" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
touch .venv/.synced
say "environment ready: .venv/bin/harness"
