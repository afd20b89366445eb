#!/bin/sh
# Last step of the base image's making; $1 is the new root.
# One interpreter path whatever the image was made from, mount points that need not be created at each start,
# nothing of the building machine left (its package sources, proxies, resolver), and proof that the interpreter is whole.
set -eu
root="$1"
for name in python python3 python3.11; do
    ln -sf /usr/bin/python3.11 "$root/usr/local/bin/$name"
done
mkdir -p "$root/app" "$root/data" "$root/probe" "$root/builder" "$root/opt/env" "$root/opt/harness"
rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
rm -f "$root/etc/resolv.conf" "$root/etc/hostname" "$root"/var/log/apt/* "$root"/var/log/*.log "$root"/var/cache/ldconfig/aux-cache
find "$root/usr/lib/python3" "$root/usr/lib/python3.11" -name '*.pyc' -delete
# -f: starting the interpreter leaves dated bytecode of what it imports, stale as soon as the dates are clamped
chroot "$root" /usr/local/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /usr/lib/python3.11
chroot "$root" /usr/local/bin/python -I -B -c 'import ctypes, multiprocessing, sqlite3, ssl, sys, venv, zlib, zoneinfo; assert sys.version_info[:2] == (3, 11)'
