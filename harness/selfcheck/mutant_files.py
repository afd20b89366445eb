"""Makes a mutant's files: change.patch from a changed copy of the reference, and anew when the reference has changed.

Refuses to guess where a change belongs: a hunk goes where it says, or to the only place that holds its lines, or where
a three-way merge with the content it was made for puts it without a conflict; else it says what does not apply.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.config.mutants import PATCH, SETTINGS, load_mutant, patches_of
from harness.config.unified import FilePatch, PatchError, applied, blob_id, lines_of, make_patch
from harness.documents import read_toml, tree_bytes
from harness.errors import UsageError
from harness.store.atomic import storage_errors

GIT_LIMIT_S = 30


@dataclass(frozen=True)
class Settings:
    """What mutant.toml says; None and "" = not given."""

    defect_class: str = ""
    scorer: str = ""
    summary: str = ""
    also: tuple[str, ...] = ()
    cwe: int | None = None
    late: bool = False


@dataclass(frozen=True)
class Refreshed:
    """One mutant's fate. `how`: as it was | moved | merged | lost; `why` says what does not apply."""

    name: str
    how: str
    why: str = ""


def new_mutant(task: Path, name: str, changed: Path, settings: Settings) -> tuple[Path, ...]:
    """Write mutants/NAME from `changed`, a whole copy of solution/ with the defect in it; returns the files written.

    A mutant.toml that is there already stays as it is, but for what has been removed.
    """
    solution, copy = tree_bytes(task / "solution"), tree_bytes(changed)
    removed = sorted(set(solution) - set(copy))
    if not copy or len(removed) == len(solution):
        raise UsageError(
            "invalid_input", f"{changed}: no copy of {task}/solution; copy all of it, then change the copy"
        )
    folder = task / "mutants" / name
    try:
        patch = make_patch(solution, copy)
    except PatchError as error:
        raise UsageError("invalid_input", f"{changed}: {error}") from None
    if not patch and not removed:
        raise UsageError("invalid_input", f"{changed}: equals {task}/solution; a mutant has one defect")
    text = _kept(folder / SETTINGS, removed) if (folder / SETTINGS).exists() else _settings(name, settings, removed)
    with storage_errors(folder, "write"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS).write_text(text, encoding="utf-8")
        if patch:
            (folder / PATCH).write_text(patch, encoding="utf-8", newline="\n")
        else:
            (folder / PATCH).unlink(missing_ok=True)
    load_mutant(folder, solution)
    return tuple(sorted(path for path in folder.iterdir() if path.is_file()))


def refresh_mutant(folder: Path, solution: Mapping[str, bytes]) -> Refreshed:
    """Make change.patch of one mutant anew for the present reference."""
    missing = [path for path in read_toml(folder / SETTINGS, "mutant").get("removed", ()) if path not in solution]
    if missing:
        return Refreshed(folder.name, "lost", f"{SETTINGS} removes {missing[0]!r}, which solution/ no longer has")
    patches = patches_of(folder)
    how, overlay = "as it was", {}
    for patch in patches:
        try:
            way, overlay[patch.path] = _placed(patch, solution, folder)
        except PatchError as error:
            return Refreshed(folder.name, "lost", str(error))
        how = max(how, way, key=("as it was", "moved", "merged").index)
        if overlay[patch.path] == solution.get(patch.path):
            return Refreshed(folder.name, "lost", f"{patch.path}: solution/ has the defect itself now")
    text = make_patch(solution, overlay)
    if patches and text.encode() != (folder / PATCH).read_bytes():
        with storage_errors(folder, "write"):
            (folder / PATCH).write_text(text, encoding="utf-8", newline="\n")
    return Refreshed(folder.name, how)


def _placed(patch: FilePatch, solution: Mapping[str, bytes], folder: Path) -> tuple[str, bytes]:
    """How, and the changed file; PatchError tells the first hunk that fits nowhere."""
    present = solution.get(patch.path)
    if patch.added:
        if present is not None:
            raise PatchError("the patch adds it, and solution/ has it now", patch.path)
        return "as it was", applied(patch, b"")
    if present is None:
        raise PatchError("solution/ has no such file any more", patch.path)
    try:
        return "as it was", applied(patch, present)
    except PatchError as misfit:
        moved = _moved(patch, present)
        if moved is not None:
            return "moved", moved
        return "merged", _merged(patch, present, folder, misfit)


def _moved(patch: FilePatch, present: bytes) -> bytes | None:
    """With every hunk at the one place that holds its lines; None when there is none, or several."""
    lines = lines_of(present, patch.path)
    hunks = []
    for hunk in patch.hunks:
        size = len(hunk.old)
        places = [n for n in range(len(lines) - size + 1) if tuple(lines[n : n + size]) == hunk.old] if size else []
        if len(places) != 1:
            return None
        hunks.append(replace(hunk, index=places[0]))
    try:
        return applied(replace(patch, hunks=tuple(hunks)), present)
    except PatchError:
        return None


def _merged(patch: FilePatch, present: bytes, folder: Path, misfit: PatchError) -> bytes:
    """A three-way merge by git with the content that the patch was made for; PatchError when it cannot be had."""
    git = shutil.which("git")
    base = _git(git, folder, "cat-file", "blob", patch.base) if git and patch.base else None
    if git is None or base is None or not blob_id(base).startswith(patch.base):
        why = "git is not installed" if git is None else "git does not have the content that it was made for"
        raise PatchError(f"{misfit.why}; no three-way merge: {why}", misfit.file, misfit.hunk)
    with tempfile.TemporaryDirectory() as place:
        versions = {"present": present, "base": base, "defect": applied(patch, base)}
        for name, content in versions.items():
            (Path(place) / name).write_bytes(content)
        merged = _git(git, Path(place), "merge-file", "-p", *versions)
    if merged is None:
        raise PatchError(f"{misfit.why}; a three-way merge conflicts", misfit.file, misfit.hunk)
    return merged


def _git(git: str, place: Path, *arguments: str) -> bytes | None:
    """What git prints; None when it fails."""
    try:
        run = subprocess.run(
            [git, *arguments],
            cwd=place,
            capture_output=True,
            timeout=GIT_LIMIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout if run.returncode == 0 else None


def _settings(name: str, given: Settings, removed: Sequence[str]) -> str:
    needed = {"--class": given.defect_class, "--scorer": given.scorer, "--summary": given.summary}
    absent = [flag for flag, value in needed.items() if not value]
    if absent:
        raise UsageError("usage", f"task mutant new: {', '.join(absent)} missing; mutants/{name}/{SETTINGS} needs them")
    values: dict[str, object] = {"schema": 1, "class": given.defect_class}
    values |= {} if given.cwe is None else {"cwe": given.cwe}
    values |= {"expected_scorer": given.scorer, "also_allowed": list(given.also), "summary": given.summary}
    values |= {"late": given.late} | ({"removed": list(removed)} if removed else {})
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _kept(path: Path, removed: Sequence[str]) -> str:
    """The file with its `removed` brought up to date."""
    stated = sorted(read_toml(path, "mutant").get("removed", ()))
    text = path.read_text(encoding="utf-8")
    if stated == list(removed):
        return text
    lines = [line for line in text.splitlines() if not line.startswith("removed")]
    return "\n".join([*lines, f"removed = {json.dumps(list(removed))}"] if removed else lines) + "\n"
