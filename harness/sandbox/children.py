"""What our own child programs (uv, apt, mmdebstrap, dockerd) may see of our environment, and how they are run.

Refuses to pass anything that is not on the allow-list: a provider's key never reaches a child.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PASSED = """
    PATH HOME USER LANG LC_ALL TMPDIR XDG_CACHE_HOME XDG_CONFIG_HOME NETRC
    SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
    HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
    UV_DEFAULT_INDEX UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_INDEX_STRATEGY UV_INSECURE_HOST
    UV_NATIVE_TLS UV_SYSTEM_CERTS UV_CONFIG_FILE UV_KEYRING_PROVIDER UV_HTTP_TIMEOUT UV_HTTP_RETRIES
    UV_CONCURRENT_DOWNLOADS UV_OFFLINE UV_CACHE_DIR
"""
PASSED = frozenset(_PASSED.split())
# pip's own names, for machines that are set up for pip only; an index of uv's own wins over all of pip's
_PIP_INDEX = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_EXTRA_INDEX_URL"}
_UV_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX")
_CA_BUNDLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Finished:
    """A child that ended. `returncode` None = killed by us at its deadline."""

    returncode: int | None
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.returncode == 0


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Keep only what children need: CA bundle, proxies, package-index settings, locale."""
    kept = {key: value for key, value in environ.items() if key in PASSED or _index_login(key)}
    if not any(kept.get(name) for name in _UV_INDEX):
        kept.update({uv_key: environ[pip_key] for pip_key, uv_key in _PIP_INDEX.items() if environ.get(pip_key)})
    if not kept.get("SSL_CERT_FILE"):  # the one bundle setting that uv reads
        bundle = next((environ[name] for name in _CA_BUNDLES if environ.get(name)), None)
        kept.update({"SSL_CERT_FILE": bundle} if bundle else {})
    kept.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return kept


def _index_login(key: str) -> bool:
    """uv's way to log in to a named index: UV_INDEX_<NAME>_USERNAME and _PASSWORD."""
    return key.startswith("UV_INDEX_") and key.endswith(("_USERNAME", "_PASSWORD"))


def run_child(
    argv: Sequence[str | Path], environ: Mapping[str, str], timeout_s: float, stdin: str | None = None, cwd: str = "/"
) -> Finished:
    """Run a child to its end: filtered environment, umask 022 and a deadline; OSError if it cannot start."""
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            env=child_environment(environ),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            cwd=cwd,
            umask=0o022,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return Finished(None, _text(error.stdout), _text(error.stderr))
    return Finished(done.returncode, done.stdout, done.stderr)


def _text(raw: bytes | str | None) -> str:
    """TimeoutExpired carries bytes even in text mode."""
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw or ""
