"""The mutants of a task: mutants/NAME/ with mutant.toml and change.patch, laid over the reference.

Refuses a patch that does not apply to the last byte: a mutant that drifted away from the reference proves nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.config.unified import FilePatch, PatchError, apply_patch, read_patch
from harness.documents import read_toml, tree_bytes
from harness.errors import UsageError
from harness.model.task import MutantSpec

SETTINGS, PATCH = "mutant.toml", "change.patch"


def load_mutants(task: Path, solution: Mapping[str, bytes]) -> tuple[MutantSpec, ...]:
    """Every mutant of the task folder `task`, by name; UsageError names mutant, file and hunk."""
    parent = task / "mutants"
    folders = sorted(each for each in parent.iterdir() if each.is_dir()) if parent.is_dir() else []
    return tuple(load_mutant(folder, solution) for folder in folders)


def load_mutant(folder: Path, solution: Mapping[str, bytes]) -> MutantSpec:
    """One mutant."""
    toml: dict[str, Any] = read_toml(folder / SETTINGS, "mutant")
    removed = tuple(toml.get("removed", ()))
    _check_files(folder, bool(removed))
    unknown = [path for path in removed if path not in solution]
    if unknown:
        raise UsageError("invalid_input", f"{folder}/{SETTINGS}: key removed names {unknown[0]!r}, not in solution/")
    overlay = _overlay(folder, solution)
    both = [path for path in removed if path in overlay]
    if both:
        raise UsageError("invalid_input", f"{folder}: {both[0]!r} is changed and removed; decide for one")
    return MutantSpec(
        name=folder.name,
        defect_class=toml["class"],
        expected_scorer=toml["expected_scorer"],
        also_allowed=tuple(toml.get("also_allowed", ())),
        summary=toml["summary"],
        overlay=overlay,
        removed=removed,
        cwe=toml.get("cwe"),
        late=toml.get("late", False),
    )


def patches_of(folder: Path) -> tuple[FilePatch, ...]:
    """What change.patch of a mutant says, () when there is none; UsageError when it cannot be read."""
    if not (folder / PATCH).is_file():
        return ()
    try:
        return read_patch((folder / PATCH).read_bytes().decode())  # bytes: a line may end in CR LF
    except (PatchError, OSError, UnicodeDecodeError) as error:
        raise UsageError("broken_patch", f"{folder}/{PATCH}: mutant {folder.name}: {error}") from None


def _overlay(folder: Path, solution: Mapping[str, bytes]) -> dict[str, bytes]:
    try:
        return apply_patch(patches_of(folder), solution)
    except PatchError as error:
        remedy = f"run `harness task mutant refresh {folder.parent.parent.name} {folder.name}`, or mend it by hand"
        raise UsageError(
            "broken_patch", f"{folder}/{PATCH}: mutant {folder.name} does not apply to solution/: {error}; {remedy}"
        ) from None


def _check_files(folder: Path, removes: bool) -> None:
    found = set(tree_bytes(folder))
    if not removes and PATCH not in found:
        raise UsageError(
            "invalid_input",
            f"{folder}: it has no {PATCH} and removes nothing; make one from a changed copy of the solution by"
            f" `harness task mutant new {folder.parent.parent.name} {folder.name} FOLDER`",
        )
    strange = sorted(found - {SETTINGS, PATCH})
    if strange:
        raise UsageError("invalid_input", f"{folder}: {strange[0]!r} is not read; a mutant is {SETTINGS} and {PATCH}")
