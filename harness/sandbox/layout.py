"""Turn a folder of unpacked wheels into an environment that works at its mount point, like a virtual environment.

Refuses to run or import anything it finds, and to follow links: wheels are strangers' files.

    <environment>/pyvenv.cfg                        home = folder of the image's interpreter
    <environment>/bin/python -> /usr/local/bin/python   console scripts beside it, first line `#!<mount>/bin/python`
    <environment>/lib/python3.11/site-packages      the wheels, byte-compiled by the builder
"""

import os
import shutil
from pathlib import Path

SITE = "lib/python3.11/site-packages"
SUBMISSION_MOUNT = "/opt/env"
_PROJECT_PTH = "harness_project.pth"
# the submission's own packages (project_folder.py); an environment is shared by submissions that have none
_LOOK_FOR_PROJECT = "import os, site; os.path.isdir('/opt/project/site') and site.addsitedir('/opt/project/site')\n"
_INTERPRETER = "/usr/local/bin/python"  # in every base image, see harness/images/base/customize.sh


def shape_environment(staging: Path, mount: str, python_home: str) -> None:
    """Finish `staging`, whose `SITE` holds what uv unpacked, for use at `mount`."""
    site = staging / SITE
    site.mkdir(parents=True, exist_ok=True)
    (site / ".lock").unlink(missing_ok=True)  # uv's own
    _drop_shipped_bytecode(site)
    scripts = staging / "bin"
    scripts.mkdir()
    unpacked = site / "bin"
    if unpacked.is_dir() and not unpacked.is_symlink():
        for script in sorted(unpacked.iterdir()):
            if script.is_file() and not script.is_symlink():
                _install_script(script, scripts / script.name, f"{mount}/bin/python")
        shutil.rmtree(unpacked)
    for name in ("python", "python3", "python3.11"):
        (scripts / name).unlink(missing_ok=True)  # no wheel brings its own interpreter
        (scripts / name).symlink_to(_INTERPRETER)
    if mount == SUBMISSION_MOUNT:  # written last: no wheel brings its own
        (site / _PROJECT_PTH).unlink(missing_ok=True)
        (site / _PROJECT_PTH).write_text(_LOOK_FOR_PROJECT)
        (site / _PROJECT_PTH).chmod(0o644)
    settings = f"home = {python_home}\ninclude-system-site-packages = false\nversion = 3.11\n"
    (staging / "pyvenv.cfg").write_text(settings)
    for folder in (staging, *(staging / part for part in ("bin", "lib", "lib/python3.11", SITE))):
        folder.chmod(0o755)
    (staging / "pyvenv.cfg").chmod(0o644)


def _install_script(source: Path, target: Path, interpreter: str) -> None:
    """Copy a script with its first line pointing at the environment's interpreter; binaries unchanged.

    A copy, never a change in place: the source may share its inode with uv's cache.
    """
    content = source.read_bytes()
    first, _, rest = content.partition(b"\n")
    if first.startswith(b"#!") and b"python" in first:
        content = f"#!{interpreter}\n".encode() + rest
    elif first == b"#!/bin/sh" and rest.startswith(b"'''exec'"):  # the form for long interpreter paths: two lines more
        content = f"#!{interpreter}\n".encode() + rest.split(b"\n", 2)[-1]
    target.write_bytes(content)
    target.chmod(0o755)


def _drop_shipped_bytecode(site: Path) -> None:
    """Wheels may ship .pyc files that differ from their source; ours are compiled afresh."""
    for parent, folders, _ in os.walk(site):
        if "__pycache__" in folders:
            folders.remove("__pycache__")
            stale = Path(parent) / "__pycache__"
            stale.unlink() if stale.is_symlink() else shutil.rmtree(stale)
