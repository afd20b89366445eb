"""The cost preview: what is printed, what is refused, who is asked."""

from dataclasses import replace
from typing import Any

import pytest

from harness import plugins
from harness.agents.chat import ChatAgent
from harness.cli.spending import Preview, approve, preview
from harness.errors import UsageError
from harness.model.agent import AgentVersion
from harness.model.suite import Suite
from harness.model.task import Task
from harness.ports import Agent
from harness.runner.plan import plan_trials

PRICES = {"input_per_mtok": 3.0, "output_per_mtok": 15.0}


def shown(task: Task, *versions: AgentVersion, attempts: int = 2) -> Preview:
    suite = Suite("s", (task,), versions, (), attempts, 1, "smoke")

    def agent_of(name: str) -> Agent:
        return ChatAgent({}) if name == "chat" else plugins.agent(name)

    return preview(suite, plan_trials(suite), agent_of)


def live(version: AgentVersion, **parameters: Any) -> AgentVersion:
    return replace(version, adapter="chat", model="m-1", parameters=parameters)


def test_a_preview_is_the_sum_of_prompts_and_longest_replies(greeting: Task, version: AgentVersion) -> None:
    made = shown(greeting, live(version, prices=PRICES, max_tokens=1_000_000))
    assert made.paid
    assert 30.0 < (made.cost_usd or 0) < 30.2, "2 replies of a million tokens, and two short prompts"
    assert "m-1, 2 trials, up to 2 calls" in made.lines[0]
    assert "up to 2000000 received" in made.lines[0]


def test_json_dialects_may_need_a_second_call(greeting: Task, version: AgentVersion) -> None:
    asked = live(replace(version, spec=replace(version.spec, replies_json=True)), prices=PRICES, max_tokens=100)
    assert "2 trials, up to 4 calls" in shown(greeting, asked).lines[0]


def test_one_unknown_price_makes_the_total_unknown(greeting: Task, version: AgentVersion) -> None:
    other = replace(live(version), digest="b" * 64)
    made = shown(greeting, live(version, prices=PRICES), other)
    assert made.cost_usd is None
    assert "price unknown" in made.lines[1]


def test_replays_cost_nothing_and_are_not_shown(greeting: Task, version: AgentVersion) -> None:
    made = shown(greeting, version)
    assert (made.lines, made.paid) == ((), False)
    approve(made, 0.0, lambda question: pytest.fail("nobody is asked about a free run"))


def test_above_the_cap_nothing_begins(capsys: pytest.CaptureFixture[str]) -> None:
    made = Preview(("dev: ...",), 12.5, True)
    with pytest.raises(UsageError, match=r"12\.50 USD, the cap is 10 USD"):
        approve(made, 10.0, None)
    approve(made, 12.5, None)
    assert "cost preview: total at most about 12.50 USD, cap 12.5 USD" in capsys.readouterr().err


def test_an_unknown_cost_cannot_be_capped() -> None:
    with pytest.raises(UsageError, match="unknown"):
        approve(Preview(("dev: ...",), None, True), 10.0, None)


@pytest.mark.parametrize(("said", "goes_on"), [("y\n", True), ("Yes", True), ("\n", False), ("", False), ("no", False)])
def test_who_sits_there_is_asked(said: str, goes_on: bool) -> None:
    made = Preview(("dev: ...",), None, True)
    if goes_on:
        approve(made, None, lambda question: said)
    else:
        with pytest.raises(UsageError, match="nothing was spent"):
            approve(made, None, lambda question: said)
