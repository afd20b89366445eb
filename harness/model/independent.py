"""Independent solutions of a task: work by people or models who saw nothing of it but the prompt.

They tell how often right work loses points; what each loses is judged by the task's rules, once, and kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

INTAKE, START = "intake", "start"  # where a solution may be lost before any scorer sees it


@dataclass(frozen=True)
class Solution:
    """One reply as intake reads it. `refusal` says why there are no files, "" = there are."""

    number: str
    files: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()
    refusal: str = ""


@dataclass(frozen=True)
class Lost:
    """A point that a solution lost: who took it (a scorer, `intake` or `start`) and the title it was given."""

    scorer: str
    point: str


@dataclass(frozen=True)
class First:
    """What a solution lost when it was measured first; written once. `measured`: the scorers that came to a result."""

    number: str
    when: str  # YYYY-MM-DD
    accepted: str
    measured: tuple[str, ...]
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Verdict:
    """Whose fault a lost point is. `point`: how its title begins; either `rule` or `ours` is given, the other is ""."""

    number: str
    scorer: str
    point: str
    rule: str  # the number of the rule that the solution broke
    ours: str  # instruction | contract | test | scorer | intake: what was wrong, and changed
    why: str

    def about(self, number: str, lost: Lost) -> bool:
        """Whether this is the verdict on that point."""
        return (self.number, self.scorer) == (number, lost.scorer) and lost.point.startswith(self.point)


@dataclass(frozen=True)
class Independents:
    """All of a task."""

    solutions: tuple[Solution, ...] = ()
    first: Mapping[str, First] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()

    def rule_for(self, number: str, lost: Lost) -> str:
        """The rule to which a point is adjudicated, "" = none: then the solution is taken to be right."""
        return next((verdict.rule for verdict in self.verdicts if verdict.about(number, lost)), "")

    def unbacked(self, number: str, lost: tuple[Lost, ...]) -> tuple[Lost, ...]:
        """The points that no stated rule backs."""
        return tuple(point for point in lost if not self.rule_for(number, point))
