"""What `harness view` shows at which path: all runs, a run's report, a run's stored files.

Refuses paths that are not exactly a run's name and names of entries below it; made anew at each request from what is
stored, so that a run under way can be watched.
"""

import os
import threading
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote_to_bytes

from harness.cli.ending import bundle_of
from harness.cli.sides import arms_of
from harness.cli.view_http import Answer, moved, page, plain
from harness.errors import HarnessError, UsageError
from harness.report.beside import FOLDER
from harness.report.browse import Entry, RunLine, agents_of, error_page, folder_page, index_page, step
from harness.report.parts import Bundle
from harness.report.render import render, trials_page
from harness.store.evidence import File, look
from harness.store.reader import FolderReader, list_runs
from harness.store.run_folder import open_run

FILES = "files"


class Site:
    """The runs in one folder. `answer` may be called from several threads at once."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._drawing = threading.Lock()  # plots are drawn with settings that all threads share

    def answer(self, target: str) -> Answer:
        """What there is at a request's target, e.g. `/runs/20261121-120301-smoke-1f3a/`; a query is of no account."""
        parts = steps_of(target)
        match parts:
            case [""]:
                return page(index_page(str(self._runs), map(self._line, reversed(list_runs(self._runs)))))
            case ["runs", run, *_] if run not in list_runs(self._runs):
                return _missing(f"there is no run {run!r} in {str(self._runs)!r}")
            case ["runs", run, ""]:
                return self._report(run)
            case ["runs", run, "files", *inner] if inner:
                return self._stored(run, inner)
            case ["runs", run, folder, name] if folder == FOLDER and name:
                return self._beside(run, name)
            case ["runs", _] | ["runs", _, "files"]:
                return moved(path_of(parts))
            case _:
                return _missing("there is nothing at this address")

    def _report(self, run: str) -> Answer:
        try:
            bundle = bundle_of(open_run(self._runs / run))
        except HarnessError as error:
            return page(error_page(f"Run {run} cannot be read", error.message), HTTPStatus.INTERNAL_SERVER_ERROR)
        with self._drawing:
            return page(render(bundle, ["html"], files_at=f"{FILES}/")["report.html"])

    def _beside(self, run: str, name: str) -> Answer:
        """A file of trials beside the report, made anew like it."""
        try:
            bundle = bundle_of(open_run(self._runs / run))
        except HarnessError as error:
            return page(error_page(f"Run {run} cannot be read", error.message), HTTPStatus.INTERNAL_SERVER_ERROR)
        with self._drawing:
            found = trials_page(bundle, f"{FOLDER}/{name}", f"{FILES}/")
        return _missing(f"{name!r} is no file of trials of this run") if found is None else page(found)

    def _stored(self, run: str, inner: Sequence[str]) -> Answer:
        *names, last = inner
        parts = [*names, last] if last else names  # a trailing slash: the folder's entries
        try:
            found = look(self._runs / run, parts)
        except UsageError as error:
            return _missing(error.message)
        if isinstance(found, File):
            if last:
                return Answer(HTTPStatus.OK, found.content, found.size)
            found.content.close()
            return _missing(f"{'/'.join(parts)!r} is a file, not a folder")
        if last:
            return moved(path_of(["runs", run, FILES, *parts]))
        entries = [Entry(e.name, e.kind == "folder", e.kind != "other", e.size) for e in found.entries]
        return page(folder_page(run, parts, entries))

    def _line(self, run: str) -> RunLine:
        reader = FolderReader(self._runs / run)
        try:
            lock, state, decision = reader.lock(), reader.state(), reader.decision()
            counted = state.tally if state.status == "complete" else None  # counts of a run under way change
            tally = counted or Bundle(run, lock, (), arms=arms_of(open_run(self._runs / run))).tally
        except HarnessError as error:
            return RunLine(run, error.message)
        return RunLine(run, "", state.created_utc, state.status, lock.suite, agents_of(lock), tally, decision)


def steps_of(target: str) -> list[str] | None:
    """The steps of a request's path, decoded, the last one empty for a trailing slash; None for what is no plain path.

    Bytes that are not UTF-8 are kept as `os.fsdecode` keeps them in file names.
    """
    path = target.encode("latin-1", "replace").split(b"?", 1)[0].split(b"#", 1)[0]  # as http.server has read it
    if not path.startswith(b"/"):
        return None
    steps = [unquote_to_bytes(raw) for raw in path[1:].split(b"/")]
    if any(raw in (b".", b"..") or b"/" in raw or b"\0" in raw for raw in steps) or b"" in steps[:-1]:
        return None
    return [os.fsdecode(raw) for raw in steps]


def path_of(steps: Sequence[str]) -> str:
    """The path of a folder, from its steps: the inverse of `steps_of`."""
    return "".join(f"/{step(name)}" for name in steps) + "/"


def _missing(message: str) -> Answer:
    return plain(HTTPStatus.NOT_FOUND, message)
