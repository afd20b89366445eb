"""The base image for real: made from packages, and pulled from a registry that the test itself serves."""

import hashlib
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import docker
import pytest

from harness.errors import InfrastructureFault
from harness.sandbox.engine import connect
from harness.sandbox.images import RECIPE, base_reference, ensure_base, find_base

pytestmark = pytest.mark.docker
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(os.environ)) as connected:
        yield connected


@pytest.fixture
def recipe(tmp_path: Path, client: docker.DockerClient) -> Iterator[Path]:
    """The real recipe, changed by a comment that makes it one of its own: its image is removed afterwards."""
    folder = tmp_path / "base"
    shutil.copytree(RECIPE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "packages.txt").open("a") as out:
        out.write(f"# {os.getpid()} {tmp_path.name}\n")
    yield folder
    if find_base(client, folder):
        client.images.remove(base_reference(folder), force=True)


@pytest.mark.slow
def test_without_a_registry_the_image_is_made_once_by_many_and_works(
    client: docker.DockerClient, recipe: Path, tmp_path: Path
) -> None:
    environ = {**os.environ, "HARNESS_NO_PULL": "1", "HARNESS_CACHE": str(tmp_path / "cache"), "CANARY": "leak"}
    said: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: ensure_base(client, said.append, environ, recipe), range(2))
    assert one == two == find_base(client, recipe)
    assert one.made == "mmdebstrap"
    assert [line for line in said if "making" in line] == ["making the base image from Debian packages (about 20 s)"]
    usual = ensure_base(client, print, os.environ)
    if usual.made == "mmdebstrap":
        assert one.digest == usual.digest  # same packages, same content, whenever it was made
    shown = client.containers.run(
        one.reference,
        ["sh", "-c", "python -V; ls -d /app /data /probe /opt/env /opt/harness; cat /etc/apt/sources.list.d/* || true"],
        remove=True,
        network_mode="none",
        read_only=True,
        user="65534",
        stderr=False,
    ).decode()
    assert shown.splitlines()[0].startswith("Python 3.11.")
    assert shown.splitlines()[1:] == ["/app", "/data", "/opt/env", "/opt/harness", "/probe"]


@pytest.mark.parametrize("sent", ["whole", "half", "nothing"])
def test_a_maker_that_fails_leaves_no_image_however_much_it_sent(
    client: docker.DockerClient, recipe: Path, tmp_path: Path, sent: str
) -> None:
    packed = tmp_path / "root.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(RECIPE, "etc")
    with packed.open("r+b") as partial:
        partial.truncate({"whole": packed.stat().st_size, "half": 700, "nothing": 0}[sent])
    tool = tmp_path / "bin" / "mmdebstrap"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\ncat {packed}\necho 'E: Unable to locate package' >&2\nexit 25\n")
    tool.chmod(0o755)
    environ = {**os.environ, "HARNESS_NO_PULL": "1", "HARNESS_CACHE": str(tmp_path / "cache")}
    environ["PATH"] = f"{tool.parent}:{environ['PATH']}"
    ours = {"dangling": True, "label": "harness.made"}
    before = {image.id for image in client.images.list(filters=ours)}
    with pytest.raises(InfrastructureFault) as fault:
        ensure_base(client, print, environ, recipe)
    assert fault.value.code == "image_build_failed"
    assert "Unable to locate package" in fault.value.message
    assert find_base(client, recipe) is None
    assert {image.id for image in client.images.list(filters=ours)} <= before


class _Registry(BaseHTTPRequestHandler):
    """Just enough of the registry API, version 2, to be pulled from."""

    blobs: dict[str, tuple[str, bytes]]

    def do_GET(self) -> None:
        digest = self.path.rpartition("/")[2]
        kind, content = ("application/json", b"{}") if self.path == "/v2/" else self.blobs.get(digest, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", digest)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def registry(blobs: dict[str, tuple[str, bytes]]) -> Iterator[int]:
    handler = type("Registry", (_Registry,), {"blobs": blobs})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _tiny_image(architecture: str) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """One layer with one file, as a registry serves it: digest of the manifest, and all blobs by digest."""
    layer = BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        member = tarfile.TarInfo("proof")
        member.size = 5
        archive.addfile(member, BytesIO(b"proof"))
    diff = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    config = json.dumps(
        {"architecture": architecture, "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}}
    ).encode()
    blobs = {}
    parts = []
    for kind, content in (
        ("application/vnd.docker.container.image.v1+json", config),
        ("application/vnd.docker.image.rootfs.diff.tar", layer.getvalue()),
    ):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        blobs[digest] = (kind, content)
        parts.append({"mediaType": kind, "size": len(content), "digest": digest})
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:]}).encode()
    digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
    blobs[digest] = (MANIFEST, manifest)
    return digest, blobs


def test_where_a_registry_answers_the_pinned_image_is_pulled(
    client: docker.DockerClient, recipe: Path, tmp_path: Path
) -> None:
    digest, blobs = _tiny_image(client.version()["Arch"])
    said: list[str] = []
    with registry(blobs) as port:  # engines trust a registry on their own loopback without TLS
        (recipe / "pinned.txt").write_text(f"127.0.0.1:{port}/python:3.11@{digest}\n")
        environ = {**os.environ, "HARNESS_CACHE": str(tmp_path)}
        environ.pop("HARNESS_NO_PULL", None)
        made = ensure_base(client, said.append, environ, recipe)
    assert made.made == "pulled"
    assert made.python_home == "/usr/local/bin"
    assert said[0].startswith("pulling 127.0.0.1:")
    client.images.remove(f"127.0.0.1:{port}/python@{digest}", force=False)
    assert find_base(client, recipe) == made  # the tag of our own keeps it
