"""A conversation with a live model on disk: every try, both turns, what both cost together."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.agents.chat import ChatAgent
from harness.agents.retries import Timing
from harness.agents.scripted_server import ScriptedServer
from harness.agents.scripted_step import Request, Step
from harness.executors.clock import SteppingClock
from harness.model.submission import Prompt, Reply
from harness.model.suite import Lock
from harness.model.trial import Trial
from harness.sandbox.fake import Scripted
from harness.store.run_folder import create_run

FINE = {"acceptance": Scripted({"tests": [{"id": "t", "outcome": "passed"}]})}
JSON_REPLY = '{"services": [{"name": "Main", "code": "print(1)"}], "models": []}'
PATHS = '{"files": [{"path": "app/main.py", "from": "/services/0/code"}]}'
TRIAL = Trial("t", "dev@aaaaaaaa", 1, 1)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_tries_and_turns_are_events_in_order(tmp_path: Path) -> None:
    run = create_run(tmp_path, "r1", Lock("ab" * 32, "s", 7, 1, "smoke", {}, {}, {}, {}, {}, trials=(TRIAL,)), "t", {})
    first = Reply("a \ud800", "stop", "live", "m", tries=({"try": 1, "status": 429}, {"try": 2, "status": 200}))
    run.begin(TRIAL, Prompt("s", "u", "d1"))
    run.save_reply(TRIAL, Prompt("s", "u", "d1"), first)
    run.save_reply(TRIAL, Prompt("s", "u", "d1"), first)
    run.save_reply(TRIAL, Prompt("s", "u2", "d2"), Reply("b", "stop", "live"))
    events = lines(run.paths.trial(TRIAL).transcript)
    assert [(e["event"], e["prompt"]) for e in events] == [
        ("asked", "d1"),
        ("tried", "d1"),
        ("tried", "d1"),
        ("answered", "d1"),
        ("asked", "d2"),
        ("answered", "d2"),
    ]
    assert events[1]["status"] == 429
    assert events[3]["text"] == "a \ud800"


def costs_of(corridor: Any, **parameters: Any) -> Any:
    """The record of a trial that took two turns of 100 + 200 tokens each."""

    def script(request: Request) -> Step:
        return Step(text=JSON_REPLY if request.turn == 1 else PATHS)

    with ScriptedServer(script) as server:
        made = corridor(FINE)
        clock = SteppingClock()
        timing = Timing(clock.monotonic_s, clock.sleep, lambda: 0.5)
        made.agent = ChatAgent({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.openai_url}, timing)
        (version,) = made.suite.agents
        version = replace(version, adapter="chat", model="m-1", parameters=parameters)
        made.suite = replace(made.suite, agents=(version,))
        return made.one()


def test_both_turns_are_counted(corridor: Any) -> None:
    record = costs_of(corridor, prices={"input_per_mtok": 10.0, "output_per_mtok": 100.0})
    assert record.usage == {"input_tokens": 200, "output_tokens": 400}
    assert record.cost_usd == 0.042


def test_an_unknown_price_stays_unknown(corridor: Any) -> None:
    record = costs_of(corridor)
    assert record.cost_usd is None
    assert record.usage == {"input_tokens": 200, "output_tokens": 400}
