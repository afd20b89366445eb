"""What every installed agent promises before it is asked anything, and what the two that need no model answer."""

from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.agents.fake import ScriptedAgent
from harness.agents.replay import ReplayAgent
from harness.config.suite import Overrides, load_suite
from harness.config.task import load_task
from harness.errors import HarnessError, ProviderFault, UsageError
from harness.model.agent import AgentSpec, AgentVersion
from harness.model.submission import Prompt, Reply
from harness.model.trial import Trial
from harness.ports import Agent
from harness.prompt.render import render
from harness.selfcheck.small_world import SmallWorld

TRIAL = Trial("greeting", "dev@aaaaaaaa", 1, 7)
PROMPT = Prompt("You are dev.", "Build it.", "d" * 64)


def version(**parameters: Any) -> AgentVersion:
    return AgentVersion(AgentSpec("dev", "", "You are dev.", "0" * 64, "dev.md"), "x", "a" * 64, parameters=parameters)


@pytest.mark.parametrize("name", plugins.names("agents"))
def test_an_agent_that_lacks_its_settings_says_so_before_anything_runs(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(key, raising=False)
    agent: Agent = plugins.agent(name)
    with pytest.raises(UsageError) as refusal:
        agent.check(version(), TRIAL, PROMPT)
    assert refusal.value.message


def test_the_fake_plays_its_script_in_order() -> None:
    agent: Agent = ScriptedAgent(["one", Reply("two", "length", "live"), ProviderFault("rate_limited", "429")])
    agent.check(version(), TRIAL, PROMPT)
    first = agent.reply(version(), TRIAL, PROMPT)
    assert (first.text, first.finish_reason) == ("one", "stop")
    assert agent.follow_up(version(), TRIAL, PROMPT, first, "which path?").finish_reason == "length"
    with pytest.raises(ProviderFault):
        agent.reply(version(), TRIAL, PROMPT)
    with pytest.raises(ValueError, match="3 answers"):
        agent.reply(version(), TRIAL, PROMPT)
    assert isinstance(agent, ScriptedAgent)
    assert [what for _, what in agent.asked] == ["reply", "which path?", "reply", "reply"]


@pytest.fixture
def played(world: SmallWorld) -> tuple[AgentVersion, Prompt, Path]:
    """A version with one kept reply, the prompt it answers, and its folder."""
    suite, _ = load_suite(world.suite({"good": [{}]}), ("acceptance",), Overrides())
    (agent,) = suite.agents
    task = load_task(world.root / "tasks/greeting")
    return agent, render(agent.spec, task), world.root / "replies/good/greeting/01"


def test_replay_gives_what_was_kept(played: tuple[AgentVersion, Prompt, Path]) -> None:
    agent, prompt, _ = played
    ReplayAgent().check(agent, TRIAL, prompt)
    reply = ReplayAgent().reply(agent, TRIAL, prompt)
    assert reply.origin == "authored"
    assert "python app.py" in reply.text
    assert reply.cost_usd is None


def test_replay_has_a_kept_answer_to_a_follow_up_or_none(played: tuple[AgentVersion, Prompt, Path]) -> None:
    agent, prompt, folder = played
    reply = ReplayAgent().reply(agent, TRIAL, prompt)
    assert ReplayAgent().follow_up(agent, TRIAL, prompt, reply, "?").finish_reason == "missing"
    (folder / "follow_up.md").write_text("here")
    assert ReplayAgent().follow_up(agent, TRIAL, prompt, reply, "?").text == "here"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("reply.json", "{", "broken_json"),
        ("reply.json", '{"schema": 1}', "invalid_input"),
        ("reply.json", '{"schema": 1, "text_file": "gone.md"}', "unreadable"),
        ("meta.toml", "schema = 1\n", "invalid_input"),
        ("meta.toml", "schema = ", "broken_toml"),
    ],
)
def test_replay_refuses_a_damaged_recording(
    played: tuple[AgentVersion, Prompt, Path], name: str, content: str, code: str
) -> None:
    agent, prompt, folder = played
    (folder / name).write_text(content)
    with pytest.raises(HarnessError) as refusal:
        ReplayAgent().check(agent, TRIAL, prompt)
    assert refusal.value.code == code
    assert name in refusal.value.message or "gone.md" in refusal.value.message


def test_a_recorded_reply_is_never_stamped_anew(world: SmallWorld, played: tuple[AgentVersion, Prompt, Path]) -> None:
    _, _, folder = played
    meta = folder / "meta.toml"
    meta.write_text(meta.read_text().replace("authored", "recorded"))
    with pytest.raises(UsageError, match="recorded"):
        world.suite({"good": [{}]})
