#!/bin/sh
# Resolves pyproject.toml into requirements.lock, and each probe image's requirements.in into its requirements.lock.
# The locks carry hashes and no index address, so that they work against any mirror.
set -eu
cd "$(dirname "$0")/.."
UV=$(command -v uv || echo .venv/bin/uv)
"$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --extra openai --extra anthropic --group dev pyproject.toml --output-file requirements.lock
for input in harness/images/*/requirements.in; do
    "$UV" pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_36 --only-binary :all: \
        --generate-hashes --no-emit-index-url --no-header "$input" --output-file "${input%.in}.lock"
done
