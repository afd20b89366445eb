"""One agent as a definition file gives it, before imports are read and tools named: what every format comes down to.

Refuses to read files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.errors import UsageError

MAX_NAME = 200


@dataclass(frozen=True)
class Draft:
    """An agent's prompt as written, and whatever stands beside it.

    also: files that its format says to add; prompt_file: the file that holds what `body` does not.
    """

    name: str  # empty = the file's own name
    body: str
    values: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    format: str = "Markdown"
    also: tuple[str, ...] = ()
    prompt_file: str = ""


def named_apart(drafts: Sequence[Draft]) -> list[Draft]:
    """The same with a name for each and no name twice: the n-th of a name is called `name-n`."""
    seen: dict[str, int] = {}
    named = []
    for number, draft in enumerate(drafts, start=1):
        name = draft.name or str(number)
        seen[name] = seen.get(name, 0) + 1
        named.append(replace(draft, name=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return named


def chosen(drafts: Sequence[Draft], name: str | None, source: str) -> Draft:
    """The agent called `name`, or the only one; UsageError lists the names. Case, spaces and `_` do not count."""
    names = ", ".join(repr(draft.name) for draft in drafts)
    if name is None:
        if len(drafts) == 1:
            return drafts[0]
        first = drafts[0].name
        raise UsageError(
            "several_agents", f"{source} holds {len(drafts)} agents: {names}; say which, for example '{source}#{first}'"
        )
    exact = [draft for draft in drafts if draft.name == name]
    alike = exact or [draft for draft in drafts if _plain(draft.name) == _plain(name)]
    if len(alike) != 1:
        raise UsageError("no_such_agent", f"{source} holds no agent {name!r}; it holds {names or 'none'}")
    return alike[0]


def _plain(name: str) -> str:
    return "".join(name.casefold().replace("_", "-").replace(" ", "-").split())
