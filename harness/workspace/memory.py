"""A workspace that keeps submissions in memory: the fake that ships, for tests of everything above this door.

Refuses the same submissions as the real one; it differs in nothing but where the bytes go.
"""

from pathlib import Path

from harness.errors import StorageFault
from harness.model.submission import Submission
from harness.workspace.folder import check_paths


class MemoryWorkspace:
    """`written[folder][path]` is (content, mode), mode being 0o644 or 0o755."""

    def __init__(self) -> None:
        self.written: dict[Path, dict[str, tuple[bytes, int]]] = {}

    def write(self, submission: Submission, folder: Path) -> None:
        """Keep every file of `submission` under `folder`; errors as FolderWorkspace raises them."""
        check_paths(submission)
        if self.written.get(folder):
            raise StorageFault("workspace_not_empty", f"{folder}: not empty; a submission is written to a new folder")
        self.written[folder] = {f.path: (f.content, 0o755 if f.executable else 0o644) for f in submission.files}
