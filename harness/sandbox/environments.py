"""Content-addressed Python environments: one per resolved lock, base image and mount point; made once, used often.

Refuses to run anything of a wheel on the host, to install from source, and to blame the agent for a dead index: every
failure is settled by a control download. Errors of `ensure`: DependencyRefused `dependency_install_failed` (no such
package or version, or no wheel), `install_timeout`, `limit:disk`; RegistryFault; InfrastructureFault `builder_failed`.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DependencyRefused, HarnessError, InfrastructureFault, RegistryFault, TaskFault
from harness.sandbox.bytecode import compile_environment
from harness.sandbox.cache import cache_folder, exclusive
from harness.sandbox.containers import Containers
from harness.sandbox.images import ImageInfo
from harness.sandbox.layout import SITE, SUBMISSION_MOUNT, shape_environment
from harness.sandbox.uv import PYTHON, Fetched, Uv, tree_bytes

TOOLS_MOUNT = "/opt/harness"
_LAYOUT = 2  # raise when the layout or the compiler's driver changes: old environments are then not found any more
_INDEX_SETTINGS = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "PIP_INDEX_URL",
)


@dataclass(frozen=True)
class EnvironmentLimits:
    """Caps of making one environment: seconds for resolving, downloading and compiling each; bytes when unpacked."""

    resolve_s: float = 60.0
    install_s: float = 180.0
    compile_s: float = 120.0
    size_bytes: int = 1_000_000_000
    control_s: float = 20.0


@dataclass(frozen=True)
class Environment:
    """A finished environment. `lock`: the pinned lines it was made from, for the run's records."""

    path: Path
    lock: str
    digest: str  # the folder's name, 64 hex

    @property
    def packages(self) -> tuple[str, ...]:
        """`name==version`, in the lock's order."""
        return tuple(line.split()[0] for line in self.lock.splitlines() if line and not line.startswith((" ", "#")))


class Environments:
    """Makes and finds environments for one base image. Safe to share between threads and processes.

    `day` (an ISO date) bounds how long a resolution of the same lines is reused; `labels` go on builder containers.
    `check` is asked while uv works or is waited for; it raises when that is to end.
    """

    def __init__(
        self,
        image: ImageInfo,
        containers: Containers,
        environ: Mapping[str, str],
        day: str,
        labels: Mapping[str, str],
        limits: EnvironmentLimits | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._image = image
        self._containers = containers
        self._cache = cache_folder(environ)
        self._uv = Uv(self._cache, environ, image.architecture, check)
        self._check = check
        self._scope = "\n".join([day, image.architecture, *(environ.get(name, "") for name in _INDEX_SETTINGS)])
        self._labels = dict(labels)
        self._limits = limits or EnvironmentLimits()

    def ensure(self, lines: Sequence[str], constraints: Sequence[str] = (), *, prerelease: bool = False) -> Environment:
        """The environment of a submission's (policy-checked) requirement lines, for `/opt/env`."""
        lock = self._lock_of(lines, constraints, prerelease) if lines else ""
        return self._environment(lock, SUBMISSION_MOUNT)

    def ensure_tools(self, lock_file: Path) -> Environment:
        """The environment of a probe's pinned tools, for `/opt/harness`. A lock that does not install is our fault."""
        if not lock_file.is_file():
            raise TaskFault("tools_missing", f"{str(lock_file)!r} does not exist; it must pin the probe's tools")
        try:
            return self._environment(lock_file.read_text(), TOOLS_MOUNT)
        except DependencyRefused as error:
            raise InfrastructureFault("tools_install_failed", f"{lock_file}: {error.message}") from error

    def _lock_of(self, lines: Sequence[str], constraints: Sequence[str], prerelease: bool) -> str:
        """Resolve, or reuse today's resolution of the same lines by the same index."""
        asked = [*lines, *(f"-c {line}" for line in constraints), *(["--pre"] if prerelease else [])]
        key = hashlib.sha256("\n".join([self._scope, *asked]).encode()).hexdigest()
        known = self._cache / "resolutions" / f"{key}.lock"
        if known.is_file():
            return known.read_text()
        with exclusive(self._cache, "uv", self._check) as held:
            done, lock = self._uv.resolve(lines, self._limits.resolve_s, (held,), constraints, prerelease=prerelease)
        if not done.ok:
            raise self._blame(done, "resolve")
        known.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=known.parent, delete=False) as handle:
            handle.write(lock)
        Path(handle.name).replace(known)
        return lock

    def _environment(self, lock: str, mount: str) -> Environment:
        parts = (str(_LAYOUT), self._image.digest, mount, lock)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        path = self._cache / "environments" / digest
        if not path.is_dir():
            with exclusive(self._cache, f"environment-{digest[:16]}", self._check) as held:
                if not path.is_dir():  # somebody else may have made it while we waited
                    self._build(path, lock, mount, held)
        return Environment(path, lock, digest)

    def _build(self, path: Path, lock: str, mount: str, held: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in path.parent.glob(f".{path.name}-*"):  # its maker died: we hold the lock
            shutil.rmtree(abandoned)
        staging = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        try:
            if lock:
                self._install(lock, staging / SITE, held)
            shape_environment(staging, mount, self._image.python_home)
            if lock:
                compile_environment(
                    self._containers, self._image.reference, staging, mount, self._labels, self._limits.compile_s
                )
            staging.rename(path)
        except OSError as error:
            raise InfrastructureFault("environment_failed", f"cannot write {path.parent}: {error}") from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _install(self, lock: str, site: Path, held: int) -> None:
        site.mkdir(parents=True)
        cap = self._limits.size_bytes
        # one uv at a time: it uses every core anyway, and the size watch must not count a neighbour's wheels
        with exclusive(self._cache, "uv", self._check) as busy:
            done = self._uv.install(lock, site, self._limits.install_s, cap, (held, busy))
        size = tree_bytes(site)
        if done.too_big or size > cap:
            raise DependencyRefused(
                "limit:disk",
                f"the dependencies need more than {cap / 1e6:.0f} MB when installed, the limit of an environment; "
                "use smaller packages or fewer of them",
            )
        if not done.ok:
            raise self._blame(done, "install")

    def _blame(self, done: Fetched, stage: str) -> HarnessError:
        """Settle whose failure it was: the index's, if a known small package cannot be fetched either."""
        if not self._uv.index_answers(self._limits.control_s):
            return RegistryFault(
                "registry_unreachable",
                f"the package index answers neither for the submission nor for a control package: {done.reason}",
            )
        if done.finished.returncode is None:
            limit_s = self._limits.resolve_s if stage == "resolve" else self._limits.install_s
            return DependencyRefused(
                "install_timeout", f"could not {stage} the dependencies in {limit_s:g} s; the package index is well"
            )
        if done.transport:
            return RegistryFault("registry_unstable", f"the package index failed during {stage}: {done.reason}")
        return DependencyRefused(
            "dependency_install_failed",
            f"could not {stage} the dependencies from wheels for Python {PYTHON} (nothing is built from source): "
            f"{done.reason}",
        )
