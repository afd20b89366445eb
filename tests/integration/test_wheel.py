"""A wheel is whole: in an empty folder it knows the built-in suites, and a run of them has the same lock as here."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import uv

from harness.config.places import builtin

LOCKS = """
from pathlib import Path
from harness import plugins
from harness.config.places import builtin, find_suite
from harness.config.suite import Overrides, load_suite
from harness.runner.plan import make_lock, plan_trials, probes_needed
from harness.sandbox.docker_sandbox import IMAGES, _digest

for name in ("smoke", "nightly", "release"):
    suite, expected = load_suite(find_suite(Path(name)), plugins.names("scorers"), Overrides())
    scorers = [plugins.scorer(scorer) for scorer in suite.scorers]
    probes = [plugins.probe(probe) for probe in probes_needed(scorers)]
    tools = {f"image:{path.name}": _digest(path) for path in sorted(IMAGES.iterdir()) if path.is_dir()}
    print(name, make_lock(suite, plan_trials(suite), scorers, probes, {"images": {}, "tools": tools, "host": {}}).hash)
print(builtin())
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel of this checkout holds. Nothing is downloaded: the build back end is among our own tools."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--wheel", "--no-build-isolation", "--offline", "--quiet", "--python", sys.executable]
    command = [uv.find_uv_bin(), "build", *options, "--out-dir", str(folder / "dist"), str(builtin())]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(arguments: list[str], cwd: Path, site: Path | None = None) -> list[str]:
    environ = {**os.environ, **({"PYTHONPATH": str(site)} if site else {})}
    done = subprocess.run(
        [sys.executable, "-P", *arguments], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_run_from_a_wheel_has_the_lock_of_a_run_from_a_checkout(unpacked: Path, tmp_path: Path) -> None:
    *installed, place = run(["-c", LOCKS], tmp_path, unpacked)
    *here, _ = run(["-c", LOCKS], tmp_path)
    assert place == str(unpacked / "harness/builtin")
    assert installed == here


def test_the_built_in_tasks_are_listed_in_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    listed = run(["-c", "from harness.cli.main import entry; entry()", "task", "list"], tmp_path, unpacked)
    assert [line.split()[0] for line in listed] == ["accounts", "orders", "shortlinks"]
