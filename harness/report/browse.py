"""The pages of `harness view` around the reports: all runs, the entries of a folder, an error.

Refuses scripts and unescaped names like every page here, and links to anything that is not a stored file or folder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from harness.model.decision import Decision
from harness.model.suite import Lock
from harness.model.trial import Tally
from harness.report.page import html_of


@dataclass(frozen=True)
class RunLine:
    """One run of the index. `problem` says why the rest of it could not be read, "" when it could."""

    name: str
    problem: str = ""
    begun_utc: str = ""
    status: str = ""
    suite: str = ""
    agents: tuple[str, ...] = ()
    tally: Tally | None = None
    decision: Decision | None = None

    @property
    def href(self) -> str:
        """Where its report is, from the index."""
        return f"./runs/{step(self.name)}/"

    @property
    def void(self) -> str:
        """`2 (infrastructure 1, task 1)`; `0` when none is void."""
        counts = {blame: count for blame, count in self.tally.void.items() if count} if self.tally else {}
        blames = ", ".join(f"{blame} {count}" for blame, count in counts.items())
        return f"{sum(counts.values())} ({blames})" if counts else "0"


@dataclass(frozen=True)
class Entry:
    """One entry of a folder page; without `linked` (a link, a device, …) its name is only shown."""

    name: str
    folder: bool
    linked: bool
    size: int = 0

    @property
    def href(self) -> str:
        """Where it is, from the folder's page."""
        return f"./{step(self.name)}" + ("/" if self.folder else "")


def step(name: str) -> str:
    """`name` as one step of a URL: no character in it has a meaning. Undecodable bytes come back as they were."""
    return quote(name.encode("utf-8", "surrogateescape"), safe="")


def agents_of(lock: Lock) -> tuple[str, ...]:
    """Versions as people know them: `careful.md (careful@1a2b3c4d)`."""
    return tuple(
        f"{agent['source']} ({label})" if agent.get("source") else label for label, agent in lock.agents.items()
    )


def index_page(where: str, lines: Iterable[RunLine]) -> bytes:
    """All runs, newest first as given; `where` is the folder they lie in."""
    return html_of("index.html.j2", where=where, lines=tuple(lines))


def folder_page(run: str, parts: Sequence[str], entries: Sequence[Entry]) -> bytes:
    """A folder inside a run; `parts` lead to it from the run's folder."""
    return html_of("folder.html.j2", run=run, parts=tuple(parts), entries=tuple(entries))


def error_page(title: str, message: str) -> bytes:
    """What went wrong, with a way back to the index."""
    return html_of("error.html.j2", title=title, message=message)
