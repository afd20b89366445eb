"""What every agent adapter must do, over the fake and the live one: answer, say what it lacks, and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from harness.agents.chat import ChatAgent
from harness.agents.fake import ScriptedAgent
from harness.agents.scripted_server import ScriptedServer
from harness.agents.scripted_step import by_turn, faulty
from harness.errors import ProviderFault
from harness.model.agent import AgentSpec, AgentVersion
from harness.model.submission import Prompt, Reply
from harness.model.trial import Trial
from harness.ports import Agent, PaidAgent

FIRST, SECOND = "first answer \U0001f98a", "second answer"
PROMPT = Prompt("You are dev.", "Build it. é \u202e", "ef" * 32)
TRIAL = Trial("t", "dev@aaaaaaaa", 1, 1)
FAULT = ProviderFault("provider_unauthorised", "401")
Made = tuple[Agent, AgentVersion]
Make = Callable[[str], Made]


def version(**parameters: object) -> AgentVersion:
    return AgentVersion(AgentSpec("dev", "", "You are dev.", "0" * 64, "dev.md"), "any", "a" * 64, "m-1", parameters)


@pytest.fixture(params=["fake", "openai-chat", "openai-chat whole", "anthropic-messages", "anthropic-messages whole"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """make("answers") or make("refuses") -> an adapter and a version it serves."""
    with ExitStack() as stack:

        def made(how: str) -> Made:
            if request.param == "fake":
                return ScriptedAgent([FIRST, SECOND] if how == "answers" else [FAULT]), version()
            protocol, _, whole = request.param.partition(" ")
            script = by_turn(FIRST, SECOND) if how == "answers" else faulty("401", "")
            server = stack.enter_context(ScriptedServer(script))
            url = server.openai_url if protocol == "openai-chat" else server.url
            agent = ChatAgent({"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"})
            return agent, version(protocol=protocol, base_url=url, stream=not whole)

        yield made


def test_it_answers_and_goes_on(make: Make) -> None:
    agent, asked = make("answers")
    agent.check(asked, TRIAL, PROMPT)
    reply = agent.reply(asked, TRIAL, PROMPT)
    assert isinstance(reply, Reply)
    assert reply.text == FIRST
    assert reply.finish_reason
    assert reply.origin in ("authored", "recorded", "live")
    assert agent.follow_up(asked, TRIAL, PROMPT, reply, "And the paths?").text == SECOND


def test_a_provider_that_refuses_is_a_provider_fault(make: Make) -> None:
    agent, asked = make("refuses")
    with pytest.raises(ProviderFault) as caught:
        agent.reply(asked, TRIAL, PROMPT)
    assert caught.value.code == "provider_unauthorised"
    assert caught.value.__cause__ is None, "no foreign exception, with its request in it, hangs on"


def test_what_cannot_be_sent_as_it_is_does_not_stop_a_conversation(make: Make) -> None:
    agent, asked = make("answers")
    first = agent.reply(asked, TRIAL, PROMPT)
    odd = Reply("half a pair \ud800", "stop", first.origin)
    assert agent.follow_up(asked, TRIAL, PROMPT, odd, "paths?").text == SECOND


def test_who_costs_money_says_how_much_at_most() -> None:
    agent = ChatAgent({})
    assert isinstance(agent, PaidAgent)
    assert not isinstance(ScriptedAgent(), PaidAgent)
    found = agent.estimate(version(max_tokens=10, prices={"input_per_mtok": 0, "output_per_mtok": 1e6}), TRIAL, PROMPT)
    assert (found.calls, found.output_tokens, found.cost_usd) == (1, 10, 10.0)
