"""Each way a provider can fail, over a real socket and through the whole corridor: the documented outcome."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness import trial
from harness.agents import openai_chat
from harness.agents.chat import ChatAgent
from harness.agents.retries import Timing
from harness.agents.scripted_server import ScriptedServer
from harness.agents.scripted_step import FAULTS, Script, Step, faulty, in_order
from harness.errors import ProviderFault
from harness.executors.clock import SteppingClock
from harness.model.submission import Prompt
from harness.model.trial import Failed, Scored, TrialRecord, Void
from harness.prompt.render import render
from harness.runner import session
from harness.sandbox.fake import Scripted

KEY = "sk-canary-0123456789abcdef"
GOOD = "```python app.py\nprint('hello')\n```\n\n```text requirements.txt\n# none\n```\n"
FINE = {"acceptance": Scripted({"tests": [{"id": "t", "outcome": "passed"}]})}
PROTOCOLS = ("openai-chat", "anthropic-messages")
PATIENT: Mapping[str, Any] = {"idle_s": 20, "deadline_s": 30, "tries": 3, "retry_budget_s": 60}
SILENT: Mapping[str, Any] = {"idle_s": 0.1, "deadline_s": 0.2}  # for servers that never finish: only they may time out

# fault -> (kind of outcome, code, tries that reached the server)
EXPECTED = {
    "none": ("scored", "", 1),
    "429-once": ("scored", "", 2),
    "503-once": ("scored", "", 3),
    "reset-once": ("scored", "", 2),
    "429": ("infrastructure", "provider_rate_limited", 3),
    "500": ("infrastructure", "provider_unavailable", 3),
    "400": ("infrastructure", "provider_bad_request", 1),
    "401": ("infrastructure", "provider_unauthorised", 1),
    "403": ("infrastructure", "provider_forbidden", 1),
    "404-model": ("infrastructure", "provider_model_unknown", 1),
    "quota": ("infrastructure", "provider_quota", 1),
    "garbage": ("infrastructure", "provider_garbage", 3),
    "not-json": ("infrastructure", "provider_garbage", 3),
    "reset": ("infrastructure", "provider_connection", 3),
    "cut": ("infrastructure", "provider_connection", 3),
    "drip": ("infrastructure", "provider_timeout", 3),
    "hang": ("infrastructure", "provider_timeout", 3),
    "text-only": ("agent", "no_files", 1),
    "empty": ("agent", "no_files", 1),
    "truncated": ("scored", "", 1),
    # Servers' habits: what was answered counts.
    "ignores-stream": ("scored", "", 1),
    "mislabelled": ("scored", "", 1),
    "crlf": ("scored", "", 1),
    "no-done": ("scored", "", 1),
    "comments": ("scored", "", 1),
    "no-blank-lines": ("scored", "", 1),
    "no-finish": ("scored", "", 1),
    "gzip": ("scored", "", 1),
    "deflate": ("scored", "", 1),
    "brotli": ("infrastructure", "provider_encoding", 1),
    "bomb": ("infrastructure", "provider_too_large", 1),
    "error-200": ("infrastructure", "provider_unavailable", 3),
    "usage-missing": ("scored", "", 1),
    "usage-null": ("scored", "", 1),
    "usage-negative": ("scored", "", 1),
    "usage-huge": ("scored", "", 1),
    "usage-text": ("scored", "", 1),
    "usage-float": ("scored", "", 1),
    "usage-zero": ("scored", "", 1),
    "usage-true": ("scored", "", 1),
    "usage-list": ("scored", "", 1),
}

# fault -> what its message names as to be changed, beside the address and the provider's own words
TO_CHANGE = {
    "401": ("_API_KEY", "_BASE_URL", "127.0.0.1", "scripted 401"),
    "403": ("_API_KEY", "--model"),
    "404-model": ("--model", "_BASE_URL", "'m-1'"),
    "quota": ("_API_KEY", "no quota left"),
    "400": ("--model", "max_tokens"),
    "reset": ("_BASE_URL",),
}


class Live:
    """A corridor whose agent is `chat`, asking a scripted server, on a clock that only sleeping moves."""

    def __init__(self, corridor: Any, server: ScriptedServer, protocol: str, attempts: int = 1, **parameters: Any):
        self.clock = SteppingClock()
        environ = {
            "OPENAI_API_KEY": KEY,
            "ANTHROPIC_API_KEY": KEY,
            "OPENAI_BASE_URL": server.openai_url,
            "ANTHROPIC_BASE_URL": server.url,
        }
        self.agent = ChatAgent(environ, Timing(self.clock.monotonic_s, self.clock.sleep, lambda: 0.5))
        self.made = corridor(FINE, attempts=attempts)
        (version,) = self.made.suite.agents
        version = replace(
            version, adapter="chat", model="m-1", parameters={**PATIENT, "protocol": protocol, **parameters}
        )
        self.made.suite = replace(self.made.suite, agents=(version,))
        self.made.agent = self.agent

    def run(self) -> tuple[TrialRecord, ...]:
        session.check_agents(self.made.suite, self.made.store.lock().trials, lambda name: self.agent)
        return tuple(self.made.run())


def outcome_in_words(record: TrialRecord) -> tuple[str, str]:
    match record.outcome:
        case Scored():
            return "scored", ""
        case Failed(code=code):
            return "agent", code
        case Void(blame=blame, code=code):
            return blame, code


def test_every_fault_mode_has_a_documented_outcome() -> None:
    assert set(EXPECTED) == set(FAULTS)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_outcome_of_each_fault(corridor: Any, fault: str, protocol: str, stream: bool) -> None:
    # A reply cut in its middle still has a whole first file.
    text = GOOD + "\n```text NOTES.md\n" + "line\n" * 40 + "```\n" if fault == "truncated" else GOOD
    with ScriptedServer(faulty(fault, text)) as server:
        silent = SILENT if fault in ("drip", "hang") else {}
        live = Live(corridor, server, protocol, stream=stream, **silent)
        (record,) = live.run()
        asked = len(server.requests)
    kind, code, tries = EXPECTED[fault]
    assert (*outcome_in_words(record), asked) == (kind, code, tries), record.outcome
    assert record.tries == (), "the adapter has retried; the runner does not do so once more"
    if kind == "infrastructure":
        assert isinstance(record.outcome, Void)
        assert record.outcome.stage == "agent"
        assert "1 try" in record.outcome.message if tries == 1 else f"{tries} tries" in record.outcome.message
        assert all(word in record.outcome.message for word in TO_CHANGE.get(fault, ()))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.startswith("usage-")])
def test_counts_that_make_no_sense_are_no_counts(corridor: Any, fault: str, protocol: str, stream: bool) -> None:
    prices = {"input_per_mtok": 10.0, "output_per_mtok": 100.0}
    with ScriptedServer(faulty(fault, GOOD)) as server:
        (record,) = Live(corridor, server, protocol, stream=stream, prices=prices).run()
    assert isinstance(record.outcome, Scored)
    assert (record.usage, record.cost_usd) == (None, None), "unknown, never 0 and never nonsense"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", ["ignores-stream", "mislabelled", "crlf", "no-done", "comments", "no-blank-lines"])
def test_a_servers_habits_change_neither_text_nor_counts(
    corridor: Any, fault: str, protocol: str, stream: bool
) -> None:
    text = GOOD + "\n```text NOTES.md\nline\u2028separator, data: not an event\n\n```\n"
    with ScriptedServer(faulty(fault, text)) as server:
        live = Live(corridor, server, protocol, stream=stream)
        (record,) = live.run()
    reply = live.made.store.reply(record.trial, record.prompt_digest)
    assert reply.text == text
    assert record.usage == {"input_tokens": 100, "output_tokens": 200}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bomb_is_refused_by_its_size(corridor: Any, protocol: str) -> None:
    with ScriptedServer(faulty("bomb", GOOD)) as server:
        (record,) = Live(corridor, server, protocol).run()
    assert isinstance(record.outcome, Void)
    assert "16 MB" in record.outcome.message
    assert len(record.asked[0]["received"]) <= 100_000


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_answer_below_the_cap_counts_and_one_above_does_not(corridor: Any, protocol: str) -> None:
    with ScriptedServer(in_order(Step(text="x" * 15_000_000), Step(text="x" * 17_000_000))) as server:
        live = Live(corridor, server, protocol)
        (version,) = live.made.suite.agents
        prompt = Prompt("s", "u", "0" * 64)
        assert len(live.agent.reply(version, live.made.trial, prompt).text) == 15_000_000
        with pytest.raises(ProviderFault, match="16 MB") as error:
            live.agent.reply(version, live.made.trial, prompt)
    assert error.value.code == "provider_too_large"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_void_trial_keeps_its_tries(corridor: Any, protocol: str) -> None:
    steps = (Step("status", status=503, code="overloaded"), Step("cut", text=GOOD * 200), Step("garbage"))
    with ScriptedServer(in_order(*steps)) as server:
        (record,) = Live(corridor, server, protocol).run()
    assert isinstance(record.outcome, Void)
    assert [t["error"] for t in record.asked] == ["unavailable", "connection", "garbage"]
    assert [t["cost_usd"] for t in record.asked] == [0.0, None, None]
    assert "hello" in record.asked[1]["received"], "what came before the cut"
    assert "captive portal" in record.asked[2]["received"]
    assert record.cost_usd is None, "what was paid for the cut answer, nobody knows"


def test_what_is_kept_of_a_try_holds_no_key(corridor: Any) -> None:
    with ScriptedServer(in_order(Step("cut", text=f"{KEY} " * 500))) as server:
        (record,) = Live(corridor, server, "openai-chat").run()
    assert "[redacted]" in record.asked[0]["received"]
    assert KEY not in str(record.asked)


def test_a_bug_while_reading_an_answer_keeps_the_answer(corridor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(raw: bytes) -> Any:
        raise KeyError("planted")

    monkeypatch.setattr(openai_chat, "understood", broken)
    with ScriptedServer(faulty("none", GOOD)) as server:
        (record,) = Live(corridor, server, "openai-chat").run()
        assert len(server.requests) == 1, "asking again would be paid again, for the same bug"
    assert outcome_in_words(record) == ("infrastructure", "provider_unread")
    assert "hello" in record.asked[0]["received"]


def test_a_crash_after_the_answer_is_not_paid_twice(corridor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **named: Any) -> Any:
        raise KeyError("planted")

    with ScriptedServer(faulty("none", GOOD)) as server:
        live = Live(corridor, server, "openai-chat")
        with monkeypatch.context() as patch:
            patch.setattr(trial, "parse_reply", broken)
            (crashed,) = live.run()
        (record,) = live.run()
        assert len(server.requests) == 1, "the stored reply is used"
    assert outcome_in_words(crashed) == ("harness", "unexpected_exception")
    assert isinstance(record.outcome, Scored)


def test_every_try_is_recorded_in_the_stored_reply(corridor: Any) -> None:
    with ScriptedServer(faulty("429-once", GOOD)) as server:
        live = Live(corridor, server, "openai-chat")
        (record,) = live.run()
    reply = live.made.store.reply(record.trial, record.prompt_digest)
    assert [(t["try"], t["status"], t["error"], t["wait_s"]) for t in reply.tries] == [
        (1, 429, "rate_limited", 1.5),  # Retry-After: 1, spread by up to a second
        (2, 200, None, 0.0),
    ]
    assert (reply.origin, reply.model, reply.cost_usd) == ("live", "m-1", None), "an unknown price is null, never 0"
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (100, 200)
    assert record.usage == {"input_tokens": 100, "output_tokens": 200}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cut_reply_is_passed_on_as_such(corridor: Any, protocol: str) -> None:
    text = GOOD + "\n```text NOTES.md\n" + "line\n" * 40 + "```\n"
    with ScriptedServer(faulty("truncated", text)) as server:
        live = Live(corridor, server, protocol)
        (record,) = live.run()
    reply = live.made.store.reply(record.trial, record.prompt_digest)
    assert reply.finish_reason == ("length" if protocol == "openai-chat" else "max_tokens")
    assert any("cut the reply off" in warning for warning in record.warnings)


@pytest.mark.parametrize("fault", ["401", "403", "404-model", "quota"])
def test_a_provider_that_refused_for_good_is_not_asked_again(corridor: Any, fault: str) -> None:
    with ScriptedServer(faulty(fault, GOOD)) as server:
        live = Live(corridor, server, "openai-chat", attempts=3)
        records = live.run()
        assert len(server.requests) == 1
    assert {outcome_in_words(r) for r in records} == {("infrastructure", EXPECTED[fault][1])}
    assert live.clock.now_s == 0.0, "nobody waited"
    assert ["not asked" in r.outcome.message for r in records if isinstance(r.outcome, Void)].count(True) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_asked_is_the_definition_and_the_task(corridor: Any, protocol: str) -> None:
    with ScriptedServer(faulty("none", GOOD)) as server:
        live = Live(corridor, server, protocol, temperature=0.25, max_tokens=77)
        live.run()
        (request,) = server.requests
    body = request.body
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m-1", 0.25, 77)
    system = body["system"] if protocol == "anthropic-messages" else body["messages"][0]["content"]
    assert system == "You are dev."
    assert body["messages"][-1]["role"] == "user"
    assert live.made.task.instruction.splitlines()[0] in body["messages"][-1]["content"]
    assert KEY in (request.headers.get("x-api-key", "") + request.headers.get("authorization", ""))


def test_no_temperature_is_sent_unless_one_is_stated(corridor: Any) -> None:
    with ScriptedServer(faulty("none", GOOD)) as server:
        Live(corridor, server, "openai-chat").run()
        assert "temperature" not in server.requests[0].body


JSON_REPLY = '{"services": [{"name": "Main", "code": "print(1)"}], "models": []}'
PATHS = '{"files": [{"path": "app/main.py", "from": "/services/0/code"}]}'


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_follow_up_carries_the_whole_conversation(corridor: Any, protocol: str) -> None:
    def script(request: Any) -> Step:
        return Step(text=JSON_REPLY if request.turn == 1 else PATHS)

    with ScriptedServer(script) as server:
        (record,) = Live(corridor, server, protocol).run()
        assert [request.turn for request in server.requests] == [1, 2]
        roles = [m["role"] for m in server.requests[1].body["messages"] if m["role"] != "system"]
    assert roles == ["user", "assistant", "user"]
    assert record.files == 1


def test_a_reply_that_echoes_the_key_is_stored_without_it(corridor: Any) -> None:
    script: Script = in_order(Step(text=GOOD.replace("hello", KEY)))
    with ScriptedServer(script) as server:
        live = Live(corridor, server, "openai-chat")
        (record,) = live.run()
    reply = live.made.store.reply(record.trial, record.prompt_digest)
    assert KEY not in reply.text
    assert "[redacted]" in reply.text


def test_an_error_that_echoes_the_key_is_recorded_without_it(corridor: Any) -> None:
    with ScriptedServer(in_order(Step("status", status=400, code=f"bad key {KEY}"))) as server:
        (record,) = Live(corridor, server, "anthropic-messages").run()
    assert isinstance(record.outcome, Void)
    assert "[redacted]" in record.outcome.message
    assert KEY not in record.outcome.message


def test_the_cap_stops_new_calls_and_charges_nobody(corridor: Any) -> None:
    prices = {"input_per_mtok": 1000.0, "output_per_mtok": 1000.0}  # each call is billed 0.3 USD
    steps = [Step(text=GOOD + f"\n```text NOTES.md\n{n}\n```\n") for n in range(9)]
    with ScriptedServer(in_order(*steps)) as server:
        live = Live(corridor, server, "openai-chat", attempts=4, prices=prices, max_tokens=200)
        (version,) = live.made.suite.agents
        trial = live.made.trial
        worst = live.agent.estimate(version, trial, render(version.spec, live.made.task)).cost_usd or 0.0
        capped = replace(version, parameters={**version.parameters, "max_cost_usd": worst + 0.4})
        live.made.suite = replace(live.made.suite, agents=(capped,))
        records = live.run()
        asked = len(server.requests)
    assert asked == 2, "a third call, at its worst, would have broken the cap"
    words = [outcome_in_words(r) for r in records]
    assert (words.count(("scored", "")), words.count(("cancelled", "cost_cap"))) == (2, 2)
    assert {r.cost_usd for r in records if isinstance(r.outcome, Scored)} == {0.3}
