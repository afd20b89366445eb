"""Which rows a check has, what they are made of, and what looks at them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from harness.errors import UsageError
from harness.model.probe import NotPlanned, ProbeCommand
from harness.model.task import MutantSpec, Task
from harness.probes.acceptance import PROBE as ACCEPTANCE
from harness.probes.static import PROBE as STATIC
from harness.scorers.acceptance import SCORER as ACCEPTANCE_SCORER
from harness.scorers.static import SCORER as STATIC_SCORER
from harness.selfcheck.task_check_plan import columns, mutated, plan_rows

Mutant = Callable[..., MutantSpec]
SampleTask = Callable[..., Task]


@dataclass(frozen=True)
class Soak:
    """A probe that only the full profile has."""

    name: str = "soak"
    version: int = 1

    def command(self, task: Task, profile: str) -> ProbeCommand | NotPlanned:
        return ProbeCommand("soak", "soak") if profile == "full" else NotPlanned("no soak here")

    def observe(self, output: Any) -> Any:
        raise AssertionError("nothing is run here")


@dataclass(frozen=True)
class SoakScorer:
    """Its scorer."""

    name: str = "soak"
    version: int = 1
    probes: tuple[str, ...] = ("soak",)

    def score(self, task: Any, observations: Any, reference: Any) -> Any:
        raise AssertionError("nothing is scored here")


SCORERS = (STATIC_SCORER, SoakScorer(), ACCEPTANCE_SCORER)
PROBES = (ACCEPTANCE, STATIC, Soak())


def test_a_mutant_is_the_reference_with_files_laid_over_and_files_gone(sample_task: SampleTask, mutant: Mutant) -> None:
    task = sample_task()
    files = mutated(task, replace(mutant(), removed=("app/old.py",)))
    assert files == {"requirements.txt": b"", "app/main.py": b"# broken"}


def test_the_reference_comes_first_and_stubs_last(sample_task: SampleTask, mutant: Mutant) -> None:
    task = sample_task(mutant())
    rows = plan_rows(task, columns(task, SCORERS, PROBES, "full"), quick=False)
    assert [row.label for row in rows] == [
        "reference",
        "variant@other",
        "mutant@broken",
        "stub@do-nothing",
        "stub@schema-echo",
    ]
    assert {row.scorers for row in rows} == {("acceptance", "static", "soak")}


def test_what_a_profile_does_not_plan_is_no_column_and_no_mistake_of_a_mutant(
    sample_task: SampleTask, mutant: Mutant
) -> None:
    task = sample_task(mutant(expected="soak"))
    table = columns(task, SCORERS, PROBES, "smoke")
    assert (table.names, table.unplanned) == (("acceptance", "static"), ("soak",))
    assert plan_rows(task, table, quick=True)[2].scorers == ("acceptance", "static")


def test_only_named_rows(sample_task: SampleTask, mutant: Mutant) -> None:
    task = sample_task(mutant("one"), mutant("two"))
    table = columns(task, SCORERS, PROBES, "smoke")
    for only in (["two"], ["mutant@two"], ["two", "mutant@two"]):
        assert [row.name for row in plan_rows(task, table, quick=True, only=only)] == ["reference", "two"]
    several = plan_rows(task, table, quick=True, only=["variant@other", "stub@do-nothing", "mutant@one"])
    assert [row.label for row in several] == ["reference", "variant@other", "mutant@one", "stub@do-nothing"]
    known = r"reference, variant@other, mutant@one, mutant@two, stub@do-nothing"
    for wrong in ("three", "mutant@other"):
        with pytest.raises(UsageError, match=rf"no row '{wrong}'; its rows: {known}"):
            plan_rows(task, table, quick=True, only=[wrong])


@pytest.mark.parametrize("key", ["expected_scorer", "also_allowed"])
def test_a_scorer_that_is_not_installed_is_refused(sample_task: SampleTask, mutant: Mutant, key: str) -> None:
    odd = replace(mutant(), **{key: "beauty" if key == "expected_scorer" else ("beauty",)})  # type: ignore[arg-type]
    task = sample_task(odd)
    with pytest.raises(UsageError, match=rf"mutants/broken/mutant.toml: key {key} names 'beauty', expected one of"):
        plan_rows(task, columns(task, SCORERS, PROBES, "smoke"), quick=False)
