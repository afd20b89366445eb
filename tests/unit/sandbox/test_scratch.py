"""Temporary folders: gone when done, swept when their owner was killed, left alone while it lives."""

import os
import subprocess
import sys
from pathlib import Path

from harness.sandbox.clean import clean_folders
from harness.sandbox.ownership import current_owner
from harness.sandbox.scratch import scratch, scratch_owner

ROOT = Path(__file__).parents[3]
HOLDER = """
from harness.sandbox.scratch import scratch
with scratch("install") as folder:
    (folder / "requirements.txt").write_text("x")
    print(folder, flush=True)
    input()
"""


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_holds_is_not(tmp_path: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    folders = [Path(holder.stdout.readline().strip()) for holder in holders if holder.stdout]
    assert all(folder.parent == tmp_path and folder.is_dir() for folder in folders)
    holders[0].kill()
    holders[0].communicate()
    assert clean_folders(tmp_path) == (f"folder {folders[0]}",)
    assert [path.name for path in tmp_path.iterdir()] == [folders[1].name]
    holders[1].communicate("\n")
    assert list(tmp_path.iterdir()) == []


def test_a_name_tells_its_owner() -> None:
    with scratch("check") as folder:
        assert scratch_owner(folder.name) == current_owner()
    assert not folder.exists()
    for name in ("harness-install-0u9_26t0", "harness-pod.", "harness-pod.not.an.owner.x", "other.a.b.1.2.x"):
        assert scratch_owner(name) is None
