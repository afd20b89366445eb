"""Install what the machine lacks from its own package sources: as root, on Debian or Ubuntu, unless forbidden.

Refuses to install when HARNESS_NO_INSTALL is set, without root, or on another system: it then says exactly what is
missing and how to get it. Starts no service: the engine is started by `start_engine`.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.errors import InfrastructureFault
from harness.sandbox.cache import cache_folder, exclusive
from harness.sandbox.children import Finished, child_environment, run_child

ENGINE_PACKAGES = ("docker.io", "mmdebstrap", "debian-archive-keyring")
_LOCK_WAIT = "DPkg::Lock::Timeout=300"  # another apt may be running


def install_packages(
    packages: Sequence[str],
    purpose: str,
    say: Callable[[str], None],
    environ: Mapping[str, str],
    os_release: Path = Path("/etc/os-release"),
) -> None:
    """apt-get install, without recommended packages; does nothing that is not needed when all are there already.

    Raises InfrastructureFault: `missing_tool` when we may not or cannot install, `install_failed` when apt failed.
    """
    obstacle = why_not(environ, os.geteuid(), os_release)
    if obstacle:
        raise InfrastructureFault(
            "missing_tool",
            f"{' '.join(packages)} needed {purpose}, but {obstacle}. Install by hand: "
            f"`apt-get install --no-install-recommends {' '.join(packages)}` as root, or what your system calls them.",
        )
    with exclusive(cache_folder(environ), "apt"):
        say(f"installing {' '.join(packages)} {purpose}")
        first = _apt_get(environ, "install", "--yes", "--no-install-recommends", *packages)
        if not first.ok:  # most often: package lists missing or out of date
            updated = _apt_get(environ, "update")
            first = (
                _apt_get(environ, "install", "--yes", "--no-install-recommends", *packages) if updated.ok else updated
            )
    if not first.ok:
        said = "\n".join((first.stdout + first.stderr).splitlines()[-12:])
        raise InfrastructureFault("install_failed", f"apt-get could not install {' '.join(packages)}:\n{said}")


def why_not(environ: Mapping[str, str], euid: int, os_release: Path) -> str:
    """Why we may not install here, "" if we may."""
    if environ.get("HARNESS_NO_INSTALL", "") not in ("", "0"):
        return "HARNESS_NO_INSTALL forbids system installation"
    system = _os_ids(os_release)
    if not system & {"debian", "ubuntu"} or shutil.which("apt-get", path=child_environment(environ)["PATH"]) is None:
        return f"this is not Debian or Ubuntu (it says {' '.join(sorted(system)) or 'nothing'!r})"
    if euid != 0:
        return "we are not root"
    return ""


def _os_ids(os_release: Path) -> set[str]:
    """ID and ID_LIKE of os-release(5)."""
    ids: set[str] = set()
    for line in os_release.read_text().splitlines() if os_release.is_file() else ():
        key, _, value = line.partition("=")
        if key in ("ID", "ID_LIKE"):
            ids |= set(value.strip("\"'").split())
    return ids


def _apt_get(environ: Mapping[str, str], *arguments: str) -> Finished:
    argv = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", _LOCK_WAIT, *arguments]
    return run_child(argv, environ, 900.0)
