"""What a definition promises, and what became of each promise: claims, measurements, results.

Refuses to read definitions (claims/extract) and to judge (claims/hold): values only.
"""

from dataclasses import dataclass
from typing import Literal

Op = Literal["<", "<=", ">", ">=", "=", "present"]
Modality = Literal["promise", "limit", "example", "skill"]
Verdict = Literal["kept", "broken", "not_measured"]


@dataclass(frozen=True)
class Claim:
    """One statement of a definition that could be true or false of a delivery.

    metric: name with its unit (`p95_ms`, `coverage_pct`, ...; capabilities are `capability.<word>`, behaviours
    `behaviour.<word>`); op and value: what is claimed (op `present` has no value); span: characters in `part`;
    line: 1-based in `part` (front matter has none: 0); modality: only promise and limit are ever held against a
    delivery, an example or a skill is not.
    """

    id: str  # stable across edits elsewhere: metric and a digest of the quote
    quote: str
    span: tuple[int, int]
    line: int
    metric: str
    op: Op
    value: float | None
    unit: str
    source: Literal["auto", "manual"] = "auto"
    modality: Modality = "promise"
    part: Literal["body", "front_matter", "description"] = "body"
    note: str = ""  # what was assumed, e.g. "percentile not stated: p95 assumed"

    @property
    def text(self) -> str:
        """`p95_ms < 100`, the form used in tables."""
        return self.metric if self.value is None else f"{self.metric} {self.op} {self.value:g}"


@dataclass(frozen=True)
class DefinitionFinding:
    """Something wrong inside a definition itself; `claims` names the ids that contradict each other."""

    code: str  # definition_conflict
    message: str
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """A figure with the interval it is known to lie in (90 %, i.e. 95 % on each side; None = unbounded).

    `why_not` says why there is no figure; then value, low and high are None. `basis` is the denominator in words.
    """

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    basis: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class PromiseResult:
    """A claim held against a measurement. `why` is one sentence; it never changes `accepted`."""

    claim: Claim
    verdict: Verdict
    measured: Measured | None
    why: str


@dataclass(frozen=True)
class PromiseTally:
    """`promises: kept / broken / not measured of n`."""

    kept: int
    broken: int
    not_measured: int

    @property
    def total(self) -> int:
        """n: every claim that was held."""
        return self.kept + self.broken + self.not_measured
