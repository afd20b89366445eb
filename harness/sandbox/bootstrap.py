"""Make a Debian bookworm root file system from the machine's own package sources, as a tar stream.

Refuses to name a package mirror: on a bookworm machine its own sources are used, elsewhere the tool's default. Nothing
of the building machine stays inside (see `harness/images/base/customize.sh`).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import InfrastructureFault
from harness.sandbox.children import child_environment, run_child
from harness.sandbox.install import install_packages
from harness.sandbox.scratch import scratch

SUITE = "bookworm"
_SUITES = {SUITE, f"{SUITE}-updates", f"{SUITE}-security"}
_EPOCH = "1735689600"  # newest modification time inside, so that two builds of the same packages are one image
_CHUNK = 1 << 20
_SLIM = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/lintian/*")


class RootMaker:
    """A running mmdebstrap, read through `chunks()`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def chunks(self) -> Iterator[bytes]:
        """The root as tar, in pieces of at most 1 MiB; complete only if the iterator ends by itself.

        Raises InfrastructureFault `image_build_failed` in place of the end when the tool failed: whoever is sending the
        pieces on then breaks off, and a half-made root is never accepted at the other end.
        """
        assert self._process.stdout is not None
        while piece := self._process.stdout.read(_CHUNK):
            yield piece
        self._check()

    def _check(self) -> None:
        code = self._process.wait()
        if code != 0:
            said = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise InfrastructureFault(
                "image_build_failed",
                f"mmdebstrap ended with {code} while making the base image; it needs the Debian package mirror of this "
                f"machine's apt sources (try `apt-get update`). Its last lines:\n{said}",
            )


@contextmanager
def make_root(recipe: Path, say: Callable[[str], None], environ: Mapping[str, str]) -> Iterator[RootMaker]:
    """Start making a root by the recipe's folder; the maker is stopped when the block ends, however it ends."""
    if shutil.which("mmdebstrap", path=child_environment(environ)["PATH"]) is None:
        install_packages(("mmdebstrap", "debian-archive-keyring"), "to make the base image", say, environ)
    say("making the base image from Debian packages (about 20 s)")
    with scratch("image") as folder:
        log = folder / "log"
        argv = _argv(recipe, folder, environ)
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                argv,
                env={**child_environment(environ), "SOURCE_DATE_EPOCH": _EPOCH},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd="/",
                umask=0o022,
                start_new_session=True,
            )
        try:
            with process:
                try:
                    yield RootMaker(process, log)
                finally:
                    if process.poll() is None:
                        process.terminate()  # it unmounts and removes its own chroot
        finally:
            process.wait()


def _argv(recipe: Path, scratch: Path, environ: Mapping[str, str]) -> list[str]:
    lines = (recipe / "packages.txt").read_text().splitlines()
    packages = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    argv = ["mmdebstrap", "--variant=minbase", "--format=tar", f"--include={','.join(packages)}"]
    argv += [f"--dpkgopt=path-exclude={pattern}" for pattern in _SLIM]
    argv += [f"--aptopt={option}" for option in _apt_options(environ)]
    argv += [f'--customize-hook=sh {recipe / "customize.sh"} "$1"', SUITE, "-"]
    sources = bookworm_sources(Path("/etc/apt"))
    if sources:
        path = scratch / "host.sources"
        path.write_text(sources)
        argv.append(str(path))
    return argv


def _apt_options(environ: Mapping[str, str]) -> list[str]:
    """The machine's own way to its mirror: proxies and certificates of its apt settings, as apt.conf lines."""
    if shutil.which("apt-config") is None:
        return []
    dumped = run_child(["apt-config", "dump", "Acquire"], environ, 10.0).stdout.splitlines()
    wanted = re.compile(
        r'Acquire::(https?|ftp)::(Proxy|Proxy-Auto-Detect|CaInfo|CaPath|SslCert|SslKey)\S* "[^"]+";', re.I
    )
    return [line for line in dumped if wanted.fullmatch(line.strip())]


def bookworm_sources(apt: Path) -> str:
    """Debian bookworm's stanzas of the sources under `apt`, as deb822 text; "" on another release.

    Third-party repositories are left out: the image must not depend on what else the machine has.
    """
    stanzas = []
    for path in sorted((apt / "sources.list.d").glob("*.sources")) if os.access(apt, os.R_OK) else []:
        for stanza in re.split(r"\n\s*\n", path.read_text(errors="replace")):
            lines = [line for line in stanza.splitlines() if line.strip() and not line.startswith("#")]
            if _is_ours(lines):
                stanzas.append("\n".join(lines))
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        for line in path.read_text(errors="replace").splitlines() if path.is_file() else []:
            converted = _from_one_line(line)
            if converted:
                stanzas.append(converted)
    main = any(re.search(rf"^Suites:.*\b{SUITE}(\s|$)", stanza, re.M) for stanza in stanzas)
    return "\n\n".join(stanzas) + "\n" if main else ""


def _is_ours(lines: list[str]) -> bool:
    fields = {key.strip().lower(): value.split() for key, _, value in (line.partition(":") for line in lines)}
    suites = fields.get("suites", [])
    return (
        "deb" in fields.get("types", [])
        and bool(suites)
        and set(suites) <= _SUITES
        and "main" in fields.get("components", [])
        and fields.get("enabled", ["yes"]) != ["no"]
    )


def _from_one_line(line: str) -> str:
    """`deb [signed-by=…] URI suite main …` -> a deb822 stanza, "" if it is none of ours."""
    match = re.fullmatch(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)", line.split("#")[0].strip())
    if not match or match[3] not in _SUITES or "main" not in match[4].split():
        return ""
    stanza = f"Types: deb\nURIs: {match[2]}\nSuites: {match[3]}\nComponents: main"
    signed = re.search(r"signed-by=(\S+)", match[1] or "")
    return stanza + (f"\nSigned-By: {signed[1]}" if signed else "")
