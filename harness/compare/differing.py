"""What differs between two sides besides the definition: said before any verdict, and refused where it decides.

Refuses to call two versions comparable when more than the definition differs in what makes an answer or measures it:
another model, adapter, mode, set of tools or isolation is another experiment. Refuses to take what a run did not record
for the same as what another did: only what both recorded can be called a difference, or none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.compare.arms import Arm
from harness.errors import UsageError
from harness.model.suite import Lock

# A difference in these makes scores incomparable unless somebody allows it by name; in the others it may shift scores
# and is the first thing said. Tasks are neither: only those are compared that are the same on both sides.
DECISIVE: Final = ("model", "adapter", "mode", "tools", "isolation", "scorers", "seed", "profile")
SHOWN: Final = ("tasks", "parameters", "caps", "host", "day", "harness version", "images", "attempts")
TIMED: Final = ("load",)  # endpoints that rest on how long things took
# What no policy needs to allow: a pinned baseline was measured another day by its nature.
NEVER_INVALID: Final = ("day",)
_ALSO: Final = {
    "models": "model",
    "adapters": "adapter",
    "modes": "mode",
    "tool": "tools",
    "isolation level": "isolation",
    "hosts": "host",
    "days": "day",
    "version": "harness version",
    "versions": "harness version",
}
_LONGEST: Final = 6  # keys of one difference that are shown


@dataclass(frozen=True)
class Difference:
    """Something besides the definition that differs; `decisive` = scores cannot be compared unless it is allowed."""

    what: str
    detail: str
    decisive: bool


def differences(a: Lock, b: Lock) -> tuple[Difference, ...]:
    """What differs between two locks besides the agents, in a fixed order; empty for one and the same run."""
    return _differing(_of_runs(a, b))


def unlike(first: Arm, second: Arm) -> tuple[Difference, ...]:
    """What differs between two sides: how their agents were run, then their runs; decisive things first."""
    one, other = (side.lock.agents.get(side.label, {}) for side in (first, second))
    agents = tuple((what, one.get(what), other.get(what)) for what in ("model", "adapter", "mode"))
    settings = tuple((what, *_recorded(one.get(what), other.get(what))) for what in ("parameters", "caps"))
    tools = (("tools", _words(one.get("tools")), _words(other.get("tools"))),)
    runs = () if first.lock is second.lock else _of_runs(first.lock, second.lock)
    day = (("day", *_recorded(first.day, second.day)),)
    found = _differing((*agents, *tools, *settings, *day, *runs))
    return tuple(sorted(found, key=lambda difference: not difference.decisive))


def refused(found: Iterable[Difference], allowed: Iterable[str] = ()) -> tuple[Difference, ...]:
    """Those that decide and that nobody allowed."""
    names = frozenset(allowed)
    return tuple(difference for difference in found if difference.decisive and difference.what not in names)


def uncommon_tasks(a: Lock, b: Lock) -> frozenset[str]:
    """Tasks of either side that the other does not have as they are: by id and digest."""
    return frozenset(task for task in {**a.tasks, **b.tasks} if a.tasks.get(task) != b.tasks.get(task))


def other_hosts(first: Arm, second: Arm) -> bool:
    """Whether two sides were surely measured on different hosts, so that no time of theirs can be compared."""
    one, other = _hosts(first.lock, second.lock)
    return one != other


def words_of(text: str, known: Iterable[str], where: str) -> tuple[str, ...]:
    """A comma list of these words; UsageError that lists them for any other. A dash stands for a blank as well."""
    names = tuple(known)
    stated = (word.strip().replace("-", " ").replace("_", " ") for word in text.split(",") if word.strip())
    words = tuple(_ALSO.get(word, word) for word in stated)
    for word in words:
        if word not in names:
            raise UsageError(
                "no_such_difference", f"{where}: {word!r} is nothing that can differ; choose from {', '.join(names)}"
            )
    if not words:
        raise UsageError("no_such_difference", f"{where}: names nothing; choose from {', '.join(names)}")
    return words


def _of_runs(a: Lock, b: Lock) -> tuple[tuple[str, Any, Any], ...]:
    return (
        ("tools", a.tools, b.tools),
        ("isolation", a.host.get("isolation"), b.host.get("isolation")),
        ("scorers", a.scorers, b.scorers),
        ("seed", a.seed, b.seed),
        ("profile", a.profile, b.profile),
        ("tasks", a.tasks, b.tasks),
        ("host", *_hosts(a, b)),
        ("images", a.images, b.images),
        ("harness version", a.harness_version, b.harness_version),
        ("attempts", a.attempts, b.attempts),
    )


def _hosts(a: Lock, b: Lock) -> tuple[dict[str, Any], dict[str, Any]]:
    """What both recorded of their hosts; isolation is asked for itself."""
    shared = [key for key in a.host if key in b.host and key != "isolation"]
    return {key: a.host[key] for key in shared}, {key: b.host[key] for key in shared}


def _recorded(one: Any, other: Any) -> tuple[Any, Any]:
    """Both values, or nothing twice where a run did not record it."""
    return (one, other) if one not in (None, "") and other not in (None, "") else (None, None)


def _words(found: Any) -> Any:
    return sorted(map(str, found)) if isinstance(found, list | tuple) else found


def _differing(pairs: Iterable[tuple[str, Any, Any]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(what, _detail(left, right), what in DECISIVE) for what, left, right in pairs if left != right
    )


def _detail(left: Any, right: Any) -> str:
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return f"{_told(left)} against {_told(right)}"
    only_left, only_right = sorted(set(left) - set(right)), sorted(set(right) - set(left))
    changed = sorted(key for key in set(left) & set(right) if left[key] != right[key])
    told = [_change(key, left[key], right[key]) for key in changed]
    groups = (("changed", told), ("only in the first", only_left), ("only in the second", only_right))
    return "; ".join(f"{word}: {_some(list(map(str, keys)))}" for word, keys in groups if keys)


def _change(key: Any, one: Any, other: Any) -> str:
    """The key, with both values where these are short; digests say nothing to a reader."""
    short = all(isinstance(value, str | int | float | bool) and len(str(value)) <= 30 for value in (one, other))
    return f"{key} ({one} against {other})" if short else str(key)


def _some(keys: list[str]) -> str:
    more = len(keys) - _LONGEST
    return ", ".join(keys[:_LONGEST]) + (f" and {more} more" if more > 0 else "")


def _told(value: Any) -> str:
    return "not stated" if value is None else repr(value)
