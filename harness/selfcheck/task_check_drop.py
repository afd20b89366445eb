"""The one place that says what a drop is, and what full marks are.

    drop   value lower than the reference's, or a flag that the reference does not have
    full   value 1 (`coverage`: at least 0.95, since unreachable lines are honest) and no flag

Points are counted, so one lost point is a drop however many there are: with 55 hidden tests it is 0.018. Only
`coverage` is partly sampled (which faults are planted), and may be lower by 0.02 without having dropped.

Flags that say how well was measured, not what was found, count for neither. Refuses to look at evidence: what was lost
is for people to read, the number and the flags decide.
"""

from harness.model.score import Score

ROUNDING = 1e-9  # far above what sums of shares lose in binary, far below one point
SAMPLED = {"coverage": 0.02}
FULL = {"coverage": 0.95}
STUB_ACCEPTANCE = 0.15  # what an empty service or an echo may get for nothing
# Circumstances of a measurement: too little time, too busy a host, a tool that could not look.
CIRCUMSTANCES = frozenset(
    {"inconclusive", "limit_reached", "version_clash", "unverified_coverage", "strength_unmeasured", "attacks_untried"}
)


def findings(score: Score) -> frozenset[str]:
    """The flags that say something about the submission."""
    return frozenset(score.flags) - CIRCUMSTANCES


def dropped(score: Score, reference: Score) -> bool:
    """Whether `score` is below the reference's."""
    lower = reference.value - score.value > SAMPLED.get(score.scorer, ROUNDING)
    return lower or bool(findings(score) - findings(reference))


def full(score: Score) -> bool:
    """Whether nothing is left to wish for."""
    return score.value >= FULL.get(score.scorer, 1.0) and not findings(score)


def open_question(score: Score) -> bool:
    """Whether a part of the measurement could not be decided."""
    return "inconclusive" in score.flags


def what_changed(score: Score, reference: Score) -> str:
    """`0.8750, reference 1.0000, new flag weak_tests`."""
    new = sorted(findings(score) - findings(reference))
    flags = f", new flag {', '.join(new)}" if new else ""
    return f"{score.value:.4f}, reference {reference.value:.4f}{flags}"
