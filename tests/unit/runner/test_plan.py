"""Plan and lock: versions side by side, seeds shared, order drawn from the seed; and what makes it another run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.claims.extract import extract
from harness.model.agent import AgentSpec, AgentVersion
from harness.model.jsontypes import JsonObject
from harness.model.score import Anchor
from harness.model.suite import Lock, Suite
from harness.model.task import Task
from harness.runner.plan import make_lock, plan_trials, probes_needed, trial_seed
from harness.sandbox.fake import FakeSandbox
from harness.store.codec import lock_from_json, to_json
from harness.store.documents import decode, encode

Change = Callable[[Suite], Suite]


def agent(name: str) -> AgentVersion:
    return AgentVersion(AgentSpec(name, "", "body", "0" * 64, f"/x/{name}.md"), "replay", name[0] * 64)


@pytest.fixture
def suite(greeting: Task) -> Suite:
    tasks = (greeting, replace(greeting, id="other", digest="f" * 64))
    return Suite("s", tasks, (agent("a"), agent("b"), agent("c")), ("acceptance",), 4, 7, "smoke")


def lock_of(suite: Suite, described: dict[str, Any] | None = None) -> Lock:
    scorers = [plugins.scorer(name) for name in suite.scorers]
    probes = [plugins.probe(name) for name in probes_needed(scorers)]
    return make_lock(suite, plan_trials(suite), scorers, probes, described or FakeSandbox().describe())


def test_every_combination_once(suite: Suite) -> None:
    trials = plan_trials(suite)
    assert len({trial.name for trial in trials}) == len(trials) == 2 * 3 * 4


def test_versions_of_one_block_run_next_to_each_other(suite: Suite) -> None:
    trials = plan_trials(suite)
    blocks = [trials[start : start + 3] for start in range(0, len(trials), 3)]
    for block in blocks:
        assert len({(trial.task_id, trial.attempt) for trial in block}) == 1
        assert len({trial.agent_label for trial in block}) == 3


def test_the_seed_is_the_same_for_all_versions_and_different_for_all_else(suite: Suite) -> None:
    by_block: dict[tuple[str, int], set[int]] = {}
    for trial in plan_trials(suite):
        by_block.setdefault((trial.task_id, trial.attempt), set()).add(trial.seed)
    assert all(len(seeds) == 1 for seeds in by_block.values())
    assert len({seed for seeds in by_block.values() for seed in seeds}) == len(by_block)
    assert plan_trials(suite) == plan_trials(suite)
    assert 0 <= trial_seed(7, "orders", 1) < 2**63


def test_the_order_follows_the_seed(suite: Suite) -> None:
    def order(seed: int) -> list[str]:
        return [trial.name for trial in plan_trials(replace(suite, seed=seed))]

    assert order(7) != order(8)
    assert sorted(order(7)) == sorted(order(8))
    firsts = {order(seed)[0].split("__")[1] for seed in range(12)}
    assert len(firsts) == 3, "no version is always first"


@pytest.mark.parametrize(
    "change",
    [
        lambda s: replace(s, name="other"),
        lambda s: replace(s, seed=8),
        lambda s: replace(s, attempts=3),
        lambda s: replace(s, profile="full"),
        lambda s: replace(s, scorers=("acceptance", "static")),
        lambda s: replace(s, tasks=s.tasks[:1]),
        lambda s: replace(s, tasks=(replace(s.tasks[0], digest="e" * 64), s.tasks[1])),
        lambda s: replace(s, agents=s.agents[:2]),
        lambda s: replace(s, agents=(replace(s.agents[0], digest="d" * 64), *s.agents[1:])),
    ],
    ids=["name", "seed", "attempts", "profile", "scorers", "tasks", "task", "agents", "agent"],
)
def test_whatever_changes_a_score_makes_another_lock(suite: Suite, change: Change) -> None:
    assert lock_of(change(suite)).hash != lock_of(suite).hash


@pytest.mark.parametrize("key", ["images", "tools"])
def test_images_and_tools_count_and_the_host_is_only_recorded(suite: Suite, key: str) -> None:
    described = FakeSandbox().describe()
    assert lock_of(suite, {**described, key: {"base": {"digest": "1"}}}).hash != lock_of(suite).hash
    elsewhere = lock_of(suite, {**described, "host": {"engine": "other"}})
    assert elsewhere.hash == lock_of(suite).hash
    assert elsewhere.host == {"engine": "other"}


@pytest.mark.parametrize(
    ("edited", "another"), [("acceptance", True), ("shared", True), ("base", True), ("load", False)]
)
def test_of_the_probe_images_only_those_that_are_run_count(suite: Suite, edited: str, another: bool) -> None:
    def locked(tools: dict[str, str]) -> Lock:
        return lock_of(suite, {**FakeSandbox().describe(), "tools": tools})

    tools = {f"image:{name}": "1" for name in ("acceptance", "base", "load", "shared", "static")} | {"uv": "1"}
    before, after = locked(tools), locked({**tools, f"image:{edited}": "2"})
    assert (after.hash != before.hash) is another
    assert set(before.tools) == {"image:acceptance", "image:base", "image:shared", "uv", "probe:acceptance"}
    assert encode("lock", to_json(before)), "it fits its schema"


def test_an_image_counts_in_the_profile_that_runs_it(suite: Suite, greeting: Task) -> None:
    full = {**greeting.load["profiles"]["full"], "soak_requests": 400}
    task = replace(greeting, load={**greeting.load, "profiles": {**greeting.load["profiles"], "full": full}})
    described = {**FakeSandbox().describe(), "tools": {"image:load": "1"}}
    soak = replace(suite, scorers=("soak",), tasks=(task,))
    assert "image:load" not in lock_of(soak, described).tools, "the smoke profile has no soak"
    assert "image:load" in lock_of(replace(soak, profile="full"), described).tools


def test_a_task_that_cannot_say_how_it_is_measured_is_still_planned(suite: Suite) -> None:
    assert set(lock_of(replace(suite, scorers=("load",), profile="unheard_of")).tools) == {"probe:load"}


def test_how_many_run_at_once_is_no_part_of_the_lock(suite: Suite) -> None:
    assert lock_of(replace(suite, workers=9)).hash == lock_of(suite).hash


def test_load_comes_last() -> None:
    scorers = [plugins.scorer(name) for name in plugins.names("scorers")]
    assert probes_needed(scorers)[-1] == "load"


def test_fitting_anchors_are_sealed_with_the_reasons_of_the_others_and_change_no_hash(suite: Suite) -> None:
    wanted = replace(suite, scorers=("acceptance", "load"))
    entry = {"scorer_version": plugins.scorer("acceptance").version, "stub": 0.25, "reference": 1.0}
    good: JsonObject = {"task_digest": suite.tasks[0].digest, "profile": "smoke", "anchors": {"acceptance": entry}}
    stale = {**good, "task_digest": "0" * 64}
    lock = lock_of(replace(wanted, anchors={"greeting": good, "other": stale}))
    assert lock.anchors == {"greeting": {"acceptance": Anchor(0.25, 1.0)}, "other": {}}
    assert lock.unanchored["greeting"] == {"load": "latency is of one host only"}
    assert "another version of the task" in lock.unanchored["other"]["acceptance"]
    assert lock.hash == lock_of(wanted).hash


def test_the_lock_keeps_what_each_definition_says_in_numbers(suite: Suite) -> None:
    body = 'Use JWT and expertise in Go 1.21+. Maximum 10 files\n```\n"files_count": 15\n```\n'
    first = suite.agents[0]
    lock = lock_of(replace(suite, agents=(replace(first, claims=extract(replace(first.spec, body=body))),)))
    assert [claim.text for claim in lock.claims[first.label]] == ["files <= 10", "files = 15"]
    raw = encode("lock", to_json(lock))
    assert lock_from_json(decode("lock", raw, Path("lock.json"))).claims == lock.claims
