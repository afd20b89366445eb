"""Resolve and download Python packages with uv, on the host: wheels only, so nothing that arrives is executed.

Refuses to build a source distribution, to read a project's own settings, and to blame anybody by itself: it says what
uv said, and `index_answers` is the control that tells a bad package from a dead index.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uv

from harness.sandbox.children import Finished, child_environment
from harness.sandbox.scratch import scratch

PYTHON = "3.11"
CONTROL_PACKAGE = "six"  # 11 kB, no dependencies, on every mirror
_PLATFORM = {"amd64": "x86_64-manylinux_2_36", "arm64": "aarch64-manylinux_2_36"}
_POLL_S = 0.2
_TRANSPORT = re.compile(
    r"error sending request|Request failed after|HTTP status server error|dns error|operation timed out"
    r"|connection reset|error decoding response body",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fetched:
    """How a uv run ended. `too_big`: stopped by us at the size cap."""

    finished: Finished
    too_big: bool = False

    @property
    def ok(self) -> bool:
        return self.finished.ok and not self.too_big

    @property
    def transport(self) -> bool:
        """True when uv complains of the network, not of the packages."""
        return bool(_TRANSPORT.search(self.finished.stderr))

    @property
    def reason(self) -> str:
        """uv's own words, at most 20 lines."""
        return "\n".join(self.finished.stderr.strip().splitlines()[:20])


class Uv:
    """uv with our cache and the user's index settings, for one target platform (`amd64` or `arm64`).

    Hold machine-wide locks around `resolve` and `install` (see `_sweep` and the size watch) and give their file
    descriptors as `locks`: if we are killed, uv works on for a moment, and nobody else may begin until it ended.
    `check` is asked again and again while uv works; when it raises, uv is ended.
    """

    def __init__(
        self, cache: Path, environ: Mapping[str, str], architecture: str, check: Callable[[], None] = lambda: None
    ) -> None:
        self._private = not environ.get("UV_CACHE_DIR")
        self._cache = cache / "uv" if self._private else Path(environ["UV_CACHE_DIR"])
        self._environ = {**environ, "UV_CACHE_DIR": str(self._cache)}
        self._check = check
        self._platform = _PLATFORM.get(architecture, _PLATFORM["amd64"])

    def resolve(
        self,
        lines: Sequence[str],
        timeout_s: float,
        locks: Sequence[int] = (),
        constraints: Sequence[str] = (),
        *,
        prerelease: bool = False,
    ) -> tuple[Fetched, str]:
        """Pin requirement lines with hashes; returns the lock's text, without any index address in it."""
        with scratch("resolve") as folder:
            output = folder / "lock"
            asked = folder / "requirements.in"
            asked.write_text("\n".join(lines) + "\n")
            options = ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "-o", str(output)]
            if constraints:
                held = folder / "constraints.txt"
                held.write_text("\n".join(constraints) + "\n")
                options += ["--constraint", str(held)]
            if prerelease:
                options += ["--prerelease", "allow"]
            done = self._run(["pip", "compile", *options, *self._target(), str(asked)], timeout_s, locks=locks)
            return done, output.read_text() if done.ok else ""

    def install(self, lock: str, folder: Path, timeout_s: float, cap_bytes: int, locks: Sequence[int] = ()) -> Fetched:
        """Unpack the wheels of a lock into `folder` (scripts into its `bin`), never more than `cap_bytes` of them.

        The size is watched by what grows in uv's cache meanwhile.
        """
        with scratch("install") as own:
            asked = own / "requirements.txt"
            asked.write_text(lock)
            options = ["--no-deps", "--require-hashes", "--target", str(folder), *self._target()]
            return self._run(["pip", "install", *options, "-r", str(asked)], timeout_s, cap_bytes, locks=locks)

    def index_answers(self, timeout_s: float) -> bool:
        """The control: can a small, known package be fetched afresh, past every cache?

        One try only: a false "no" is a retried infrastructure failure, never charged to an agent.
        """
        with scratch("control") as folder:
            options = ["--no-cache", "--no-deps", "--target", str(folder), *self._target()]
            return self._run(["pip", "install", *options, CONTROL_PACKAGE], timeout_s, retries="0").ok

    def _target(self) -> list[str]:
        python = ["--python", sys.executable, "--python-version", PYTHON, "--python-platform", self._platform]
        return ["--only-binary", ":all:", *python]

    def _run(
        self,
        arguments: Sequence[str],
        timeout_s: float,
        cap_bytes: int | None = None,
        retries: str = "",
        locks: Sequence[int] = (),
    ) -> Fetched:
        started_ns, deadline = time.time_ns(), time.monotonic() + timeout_s
        process = subprocess.Popen(
            [uv.find_uv_bin(), "--quiet", "--color", "never", *arguments],
            env=child_environment({**self._environ, "UV_HTTP_RETRIES": retries} if retries else self._environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd="/",  # no project's uv.toml or pyproject.toml may have a say
            umask=0o022,
            pass_fds=tuple(locks),
            start_new_session=True,
        )
        with process:
            while True:
                try:
                    self._check()
                    stdout, stderr = process.communicate(timeout=_POLL_S)
                    return Fetched(Finished(process.returncode, stdout, stderr))
                except subprocess.TimeoutExpired:
                    too_big = cap_bytes is not None and self._grown_since(started_ns) > cap_bytes
                    if too_big or time.monotonic() > deadline:
                        os.killpg(process.pid, signal.SIGKILL)
                        stdout, stderr = process.communicate()
                        self._sweep()
                        return Fetched(Finished(None, stdout, stderr), too_big)
                except BaseException:  # interrupted: leave no child behind
                    os.killpg(process.pid, signal.SIGKILL)
                    raise

    def _sweep(self) -> None:
        """Remove half-done downloads of the uv we killed; safe because callers run one uv at a time on our cache."""
        if self._private:
            for left in self._cache.glob(".tmp*"):
                shutil.rmtree(left, ignore_errors=True)

    def _grown_since(self, moment_ns: int) -> int:
        """Bytes of everything that appeared in uv's cache since then."""
        total = 0
        for folder in [self._cache, *self._cache.glob("archive-v*"), *self._cache.glob("builds-v*")]:
            for entry in folder.iterdir() if folder.is_dir() else ():
                try:
                    fresh = entry.lstat().st_ctime_ns >= moment_ns and not entry.name.endswith(("-v0", "-v1"))
                except OSError:
                    continue
                total += tree_bytes(entry) if fresh else 0
        return total


def tree_bytes(path: Path) -> int:
    """Sum of file sizes below `path`, links not followed; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, files in os.walk(path):
        for name in files:
            try:
                total += (Path(parent) / name).lstat().st_size
            except OSError:
                continue
    return total
