"""From unpacked wheels to an environment: scripts, interpreter, and nothing that a wheel could slip in."""

from pathlib import Path

from harness.sandbox.layout import SITE, shape_environment


def _script(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_scripts_start_the_environments_interpreter(tmp_path: Path) -> None:
    unpacked = tmp_path / SITE / "bin"
    _script(unpacked / "tool", b"#!/home/u/.venv/bin/python\nprint(1)\n")
    _script(unpacked / "long", b"#!/bin/sh\n'''exec' '/very long/python' \"$0\" \"$@\"\n' '''\nprint(2)\n")
    _script(unpacked / "plain.sh", b"#!/bin/sh\necho 3\n")
    _script(unpacked / "binary", b"\x7fELF\0")
    shape_environment(tmp_path, "/opt/env", "/usr/bin")
    assert (tmp_path / "bin/tool").read_bytes() == b"#!/opt/env/bin/python\nprint(1)\n"
    assert (tmp_path / "bin/long").read_bytes() == b"#!/opt/env/bin/python\nprint(2)\n"
    assert (tmp_path / "bin/plain.sh").read_bytes() == b"#!/bin/sh\necho 3\n"
    assert (tmp_path / "bin/binary").read_bytes() == b"\x7fELF\0"
    assert (tmp_path / "bin/tool").stat().st_mode & 0o777 == 0o755
    assert not unpacked.exists()


def test_a_script_shared_with_the_download_cache_is_copied_not_changed(tmp_path: Path) -> None:
    cached = tmp_path / "cache"
    cached.write_bytes(b"#!python\nprint(1)\n")
    target = tmp_path / "env" / SITE / "bin/tool"
    target.parent.mkdir(parents=True)
    target.hardlink_to(cached)
    shape_environment(tmp_path / "env", "/opt/env", "/usr/bin")
    assert cached.read_bytes() == b"#!python\nprint(1)\n"


def test_links_interpreters_and_bytecode_of_a_wheel_are_dropped(tmp_path: Path) -> None:
    site = tmp_path / SITE
    _script(site / "bin/python", b"#!/bin/sh\nevil\n")
    (site / "bin/passwd").symlink_to("/etc/passwd")
    _script(site / "package/__pycache__/module.cpython-311.pyc", b"evil")
    (site / "other").mkdir()
    (site / "other/__pycache__").symlink_to("/tmp")
    shape_environment(tmp_path, "/opt/env", "/usr/local/bin")
    assert (tmp_path / "bin/python").readlink() == Path("/usr/local/bin/python")
    assert not (tmp_path / "bin/passwd").exists()
    assert not (site / "package/__pycache__").exists()
    assert not (site / "other/__pycache__").is_symlink()
    assert "home = /usr/local/bin\n" in (tmp_path / "pyvenv.cfg").read_text()


def test_an_environment_without_packages_is_whole(tmp_path: Path) -> None:
    shape_environment(tmp_path, "/opt/env", "/usr/bin")
    assert (tmp_path / SITE).is_dir()
    assert (tmp_path / "bin/python3").is_symlink()
