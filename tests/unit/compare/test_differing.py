"""What differs besides the definition: refused where it decides, said first elsewhere, never guessed of older runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.compare.arms import Arm, arm
from harness.compare.comparison import compare
from harness.compare.differing import DECISIVE, SHOWN, refused, unlike, words_of
from harness.compare.latency import latency_differences
from harness.errors import UsageError
from harness.gate.decide import decide
from harness.gate.policy import NonInferiority, Policy
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

Edit = Callable[[Arm], Arm]
POLICY = Policy("release", "0" * 64, SECOND, non_inferiority=NonInferiority(("accepted",)))


def pair(truth: Truth | None = None) -> tuple[Arm, Arm]:
    lock, records = synthetic_records(truth or Truth(families=14, attempts=6, rate=0.98, spread=0.01), 1)
    return arm("run", lock, records, FIRST), arm("run", replace(lock), records, SECOND)


def agent(**keys: Any) -> Edit:
    return lambda side: replace(
        side,
        lock=replace(side.lock, agents={**side.lock.agents, side.label: {**side.lock.agents[side.label], **keys}}),
    )


def lock(**keys: Any) -> Edit:
    return lambda side: replace(side, lock=replace(side.lock, **keys))


def host(**keys: Any) -> Edit:
    return lambda side: replace(side, lock=replace(side.lock, host={**side.lock.host, **keys}))


DIFFERENT: list[tuple[str, Edit, Edit]] = [
    ("model", agent(model="large-1"), agent(model="large-2")),
    ("model", agent(model=None), agent(model="large-2")),
    ("adapter", agent(adapter="replay"), agent(adapter="chat")),
    ("mode", agent(), agent(mode="workspace")),
    ("tools", agent(tools=["read"]), agent(tools=["read", "shell"])),
    ("tools", lock(tools={"locust": "2.1"}), lock(tools={"locust": "2.2"})),
    ("isolation", host(isolation="full"), host(isolation="none")),
    ("scorers", lock(scorers={"load": 1}), lock(scorers={"load": 2})),
    ("profile", lock(profile="full"), lock(profile="smoke")),
    ("seed", lock(seed=1), lock(seed=2)),
    ("parameters", agent(parameters={"temperature": 0.1}), agent(parameters={"temperature": 0.9})),
    ("caps", agent(caps={"max_cost_usd": 1}), agent(caps={"max_cost_usd": 2})),
    ("host", host(cpus=2, machine="a"), host(cpus=4, machine="a")),
    ("host", host(machine="a"), host(machine="b")),
    ("day", lambda side: replace(side, day="2026-11-01"), lambda side: replace(side, day="2026-11-28")),
    ("harness version", lock(harness_version="1"), lock(harness_version="2")),
    ("images", lock(images={"base": {"digest": "1"}}), lock(images={"base": {"digest": "2"}})),
    ("attempts", lock(attempts=5), lock(attempts=6)),
]


@pytest.mark.parametrize(("what", "one", "other"), DIFFERENT)
def test_each_difference_is_named_and_decides_as_it_should(what: str, one: Edit, other: Edit) -> None:
    first, second = pair()
    found = unlike(one(first), other(second))
    assert [difference.what for difference in found] == [what]
    assert [difference.what for difference in refused(found)] == ([what] if what in DECISIVE else [])
    assert refused(found, (what,)) == ()
    assert unlike(one(first), one(second)) == ()


@pytest.mark.parametrize(("what", "one", "other"), DIFFERENT)
def test_a_gate_judges_no_pair_that_differs_in_what_its_policy_does_not_name(what: str, one: Edit, other: Edit) -> None:
    first, second = pair()
    sides = other(second), one(first)
    strict = decide(*sides, POLICY)
    assert (strict.outcome == "INVALID") == (what != "day"), "a pinned baseline is of another day by its nature"
    lenient = decide(*sides, replace(POLICY, may_differ=(what,)))
    assert "manifest" not in [r.rule for r in lenient.reasons if r.finding.startswith("invalid")]
    (said,) = [r.text for r in lenient.reasons if r.rule == "manifest"]
    assert what in said


@pytest.mark.parametrize("key", ["parameters", "caps"])
def test_what_an_older_run_did_not_record_is_no_difference(key: str) -> None:
    first, second = pair()
    assert unlike(first, agent(**{key: {"temperature": 1}})(second)) == ()
    assert unlike(host(cpus=2)(first), host(cpus=2, machine="a")(second)) == ()


def test_decisive_things_come_first_and_short_values_are_told() -> None:
    first, second = pair()
    one = agent(model="a", parameters={"temperature": 0.1, "top": 1})(first)
    other = lock(profile="smoke")(agent(model="b", parameters={"temperature": 0.9, "top": 1})(second))
    found = unlike(one, other)
    assert [difference.what for difference in found] == ["model", "profile", "parameters"]
    assert found[2].detail == "changed: temperature (0.1 against 0.9)"


@pytest.mark.parametrize("text", ["modell", "model,,weather", "", " , ", "agent", "definition"])
def test_an_unknown_word_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(UsageError, match="choose from model, adapter") as refusal:
        words_of(text, (*DECISIVE, *SHOWN), "--allow")
    assert "--allow" in refusal.value.message


def test_words_may_be_written_with_blanks_and_dashes() -> None:
    assert words_of(" model , harness-version,", (*DECISIVE, *SHOWN), "x") == ("model", "harness version")
    assert words_of("hosts,isolation-level,days", (*DECISIVE, *SHOWN), "x") == ("host", "isolation", "day")


@pytest.mark.parametrize("change", ["gone", "new", "changed"])
def test_a_changed_task_set_compares_the_common_tasks(change: str) -> None:
    first, second = pair(Truth(families=14, attempts=6, change=-0.6, slower=1.5))
    tasks = dict(second.lock.tasks)
    if change == "changed":
        tasks["task-01"] = "another digest"
    elif change == "new":
        first = replace(first, lock=replace(first.lock, tasks={k: v for k, v in tasks.items() if k != "task-01"}))
    else:
        del tasks["task-01"]
    second = replace(second, lock=replace(second.lock, tasks=tasks))
    found = compare(first, second)
    assert [difference.what for difference in found.unlike] == ["tasks"]
    assert not found.unlike[0].decisive
    for endpoint in found.endpoints:
        assert "task-01" not in {task.task for task in endpoint.pairing.tasks}
        assert (endpoint.pairing.first.n, endpoint.pairing.second.n) == (78, 78)
    assert "task-01" not in {difference.task for difference in found.latency}
    assert found.endpoints[0].verdict == "WORSE"


def test_times_of_different_hosts_decide_nothing() -> None:
    first, second = pair(Truth(families=2, attempts=6, slower=3))
    assert [found.pace for found in latency_differences(first, second)] == ["SLOWER", "SLOWER"]
    elsewhere = latency_differences(host(machine="a")(first), host(machine="b")(second))
    assert [found.pace for found in elsewhere] == ["INCONCLUSIVE", "INCONCLUSIVE"]


def test_a_gate_decides_no_times_of_different_hosts_either_way() -> None:
    policy = replace(POLICY, non_inferiority=NonInferiority(("accepted", "load"), margin=0.3), may_differ=("host",))
    first, second = pair()
    here = decide(second, first, policy)
    assert here.outcome == "PASS"
    elsewhere = decide(host(machine="b")(second), host(machine="a")(first), policy)
    assert elsewhere.outcome == "INCONCLUSIVE"
    assert elsewhere.decided_by == ("load.non_inferiority",)
    (text,) = [r.text for r in elsewhere.reasons if r.finding == "open"]
    assert "different hosts" in text
    alone = replace(policy, non_inferiority=NonInferiority(("load",)))
    assert decide(host(machine="b")(second), host(machine="a")(first), alone).outcome == "INCONCLUSIVE"


def test_an_endpoint_that_rests_on_times_is_not_decided_across_hosts() -> None:
    first, second = pair(Truth(families=40, attempts=10, rate=0.98, spread=0.01))
    here, elsewhere = (
        {e.name: e for e in compare(a, b).endpoints}
        for a, b in ((first, second), (host(machine="a")(first), host(machine="b")(second)))
    )
    assert (here["load"].verdict, elsewhere["load"].verdict) == ("EQUIVALENT", "INCONCLUSIVE")
    assert "different hosts" in elsewhere["load"].why
    assert here["accepted"].verdict == elsewhere["accepted"].verdict


@pytest.mark.parametrize("name", ["accepted", "acceptance", "nothing of the kind"])
def test_the_suite_names_the_primary_endpoint(name: str) -> None:
    first, second = (lock(primary=name)(side) for side in pair())
    found = compare(first, second)
    assert found.primary.name == (name if name == "acceptance" else "accepted")
