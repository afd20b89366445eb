"""Byte-compile an environment in a limited container: no network, read-only mounts, the result on its stdout.

Refuses to let the builder write to the host: it sends compiled files as a tar stream, and only those are written whose
source we know, beside that source. Refuses to import anything: the builder's driver calls `compile()` and no more.
"""

import socket
import tarfile
import tempfile
import time
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path
from typing import IO

from harness.errors import EngineFault, InfrastructureFault
from harness.sandbox.containers import Containers
from harness.sandbox.containment import Box
from harness.sandbox.images import RECIPE
from harness.sandbox.streams import STDOUT, Frames, Tail

COMPILED_CAP = 1_000_000_000  # bytes on the builder's stdout
_TAG = "cpython-311"
_READ = 1 << 16


def compile_environment(
    containers: Containers, image: str, staging: Path, mount: str, labels: Mapping[str, str], timeout_s: float
) -> int:
    """Add `__pycache__` files to the environment in `staging`, which will be mounted at `mount`; returns how many.

    Raises EngineFault, or InfrastructureFault `builder_failed` when the builder does not end well in `timeout_s`.
    """
    inside = f"{mount}/lib/python3.11/site-packages"
    box = Box(
        role="builder",
        image=image,
        argv=("/usr/local/bin/python", "-I", "-S", "/builder/compile.py", inside),
        labels=labels,
        ttl_s=int(timeout_s) + 5,
        read_only={staging: mount, RECIPE: "/builder"},
        memory_mb=1024,
        cpus=2.0,
        pids=64,
    )
    container = containers.create(box)
    try:
        with tempfile.TemporaryFile() as spool:
            said = _collect(containers, container, spool, timeout_s)
            code = containers.wait(container, 30.0)
            if code != 0:
                raise InfrastructureFault("builder_failed", f"byte-compiling ended with {code}: {said[-2000:]}")
            spool.seek(0)
            return _write(spool, staging / "lib/python3.11/site-packages")
    finally:
        containers.remove(container)


def _collect(containers: Containers, container: str, spool: IO[bytes], timeout_s: float) -> str:
    """Start the builder and copy its stdout to `spool`; returns the end of its stderr."""
    deadline = time.monotonic() + timeout_s
    frames, stderr, size = Frames(), Tail(8192), 0
    with containers.attach(container) as stream:
        containers.start(container)
        while piece := _receive(stream, deadline):
            for number, payload in frames.feed(piece):
                if number != STDOUT:
                    stderr.add(payload)
                    continue
                size += len(payload)
                if size > COMPILED_CAP:
                    raise InfrastructureFault("builder_failed", f"more than {COMPILED_CAP} bytes of compiled code")
                spool.write(payload)
    return stderr.value().decode(errors="replace")


def _receive(stream: socket.socket, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        raise InfrastructureFault("builder_failed", "byte-compiling took too long; is this machine overloaded?")
    stream.settimeout(left)
    try:
        return stream.recv(_READ)
    except TimeoutError:
        return _receive(stream, 0.0)
    except OSError as error:
        raise EngineFault("engine_unreachable", f"the builder's output broke off ({error})") from error


def _write(spool: IO[bytes], site: Path) -> int:
    """Write each compiled file beside its source; anything unexpected in the stream is an error."""
    expected = {
        str(Path(cache_from_source(str(source))).relative_to(site).with_suffix("").with_suffix(f".{_TAG}.pyc"))
        for source in site.rglob("*.py")
        if source.is_file() and not source.is_symlink()
    }
    written, complete = 0, False
    try:
        with tarfile.open(fileobj=spool, mode="r|") as tar:
            for member in tar:
                if member.name == ".done":
                    complete = True
                    continue
                content = tar.extractfile(member) if member.isreg() and member.name in expected else None
                if content is None:
                    raise InfrastructureFault("builder_failed", f"unexpected file {member.name!r} from the builder")
                target = site / member.name
                target.parent.mkdir(mode=0o755, exist_ok=True)
                with target.open("xb") as out:
                    out.write(content.read())
                target.chmod(0o644)
                written += 1
    except tarfile.TarError as error:
        raise InfrastructureFault("builder_failed", f"the builder's output is no tar stream ({error})") from error
    if not complete:
        raise InfrastructureFault("builder_failed", f"the builder's output ends after {written} files")
    return written
