"""A live model's definition, benchmarked: `harness run` against the scripted server, keys and faults included."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path

import docker
import pytest

from harness.agents.redaction import Redactor
from harness.agents.scripted_server import ScriptedServer
from harness.agents.scripted_step import Step, faulty, in_order, reply_with
from harness.documents import tree_bytes
from harness.model.trial import Scored, Trial, Void
from harness.sandbox.engine import connect
from harness.store.reader import FolderReader, list_runs

ROOT = Path(__file__).parents[2]
CANARY = "sk-canary-7Qm2xV9tLw4ZrB8k"
SUITE = """
schema = 1
name = "live"
tasks = ["orders"]
attempts = 1
seed = 5
scorers = ["acceptance"]
[[agents]]
definition = "{definition}"
adapter = "chat"
model = "scripted-1"
[agents.parameters]
tries = 2
retry_budget_s = 5
prices = {{ input_per_mtok = 3.0, output_per_mtok = 15.0 }}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of one task, asked live; the task's folder is the real one."""
    assert "chat" in entry_points(group="harness.agents").names, "run `make setup`: the adapter is not registered"
    (tmp_path / "tasks/suites").mkdir(parents=True)
    (tmp_path / "tasks/orders").symlink_to(ROOT / "tasks/orders")
    path = tmp_path / "tasks/suites/live.toml"
    path.write_text(SUITE.format(definition=ROOT / "fixtures/agents/careful-v2.md"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reference() -> str:
    """A reply that delivers the task's reference."""
    files = tree_bytes(ROOT / "tasks/orders/solution")
    return reply_with({path: content.decode() for path, content in files.items()})


def harness(
    *argv: str | Path, cwd: Path, server: ScriptedServer | None, key: str = CANARY
) -> subprocess.CompletedProcess[str]:
    """The program, run in `cwd` with the key in its environment."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "ANTHROPIC"))}
    environ |= {"OPENAI_API_KEY": key, "ANTHROPIC_API_KEY": key} if key else {}
    environ |= {"OPENAI_BASE_URL": server.openai_url} if server else {}
    return subprocess.run(
        [sys.executable, "-c", "from harness.cli.main import entry; entry()", *map(str, argv)],
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


class Onlooker:
    """Looks at every container that starts, as `docker inspect` shows it, until closed."""

    def __init__(self, engine: docker.DockerClient) -> None:
        self.seen: list[str] = []
        self._engine = engine
        self._stream = engine.events(decode=True, filters={"type": "container", "event": "start"})
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        for event in self._stream:
            try:
                self.seen.append(str(self._engine.api.inspect_container(event["id"])))
            except docker.errors.NotFound:
                continue

    def close(self) -> None:
        self._stream.close()


@pytest.fixture
def onlooker() -> Iterator[Onlooker]:
    """Watches the engine for the length of a test."""
    engine = connect(os.environ)
    watching = Onlooker(engine)
    yield watching
    watching.close()
    engine.close()


def only_run(runs: Path) -> FolderReader:
    (name,) = list_runs(runs)
    return FolderReader(runs / name)


def assert_nowhere(secret: str, texts: Mapping[str, str]) -> None:
    """No form of the secret the redactor knows stands in any text."""
    redactor = Redactor([secret])
    assert [name for name, text in texts.items() if redactor.text(text) != text] == []


@pytest.mark.docker
def test_a_definition_asked_live_is_scored_and_the_key_is_nowhere(
    tmp_path: Path, suite: Path, reference: str, onlooker: Onlooker
) -> None:
    with ScriptedServer(in_order(*faulty_first(reference))) as server:
        done = harness("run", suite, "--max-cost-usd", "5", cwd=tmp_path, server=server)
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 2, "once refused with 429, then answered"
        assert CANARY in server.requests[0].headers["authorization"], "the provider did get it"
    reader = only_run(tmp_path / "reports/runs")
    (record,) = reader.records()
    assert isinstance(record.outcome, Scored), record.outcome
    (score,) = record.outcome.scores
    assert getattr(score, "value", None) == 1.0
    assert (record.reply_origin, record.cost_usd) == ("live", 0.0033)
    assert "cost preview: total at most about" in done.stderr
    stored = reader.reply(record.trial, record.prompt_digest or "")
    assert stored is not None
    assert [t["status"] for t in stored.tries] == [429, 200]
    assert len(onlooker.seen) >= 2, "a pause container and a service at least"
    files = {path: content.decode("utf-8", "replace") for path, content in tree_bytes(tmp_path / "reports").items()}
    assert any(path.endswith("trial.json") for path in files)
    assert_nowhere(CANARY, files)
    assert_nowhere(CANARY, {"stdout": done.stdout, "stderr": done.stderr})
    assert_nowhere(CANARY, {str(n): shown for n, shown in enumerate(onlooker.seen)})


def faulty_first(text: str) -> tuple[Step, Step]:
    refused = Step("status", status=429, code="rate_limit_exceeded", headers={"retry-after": "0"})
    return refused, Step(text=text)


@pytest.mark.docker
def test_a_provider_that_refuses_is_infrastructure_and_leaves_no_key(tmp_path: Path, suite: Path) -> None:
    with ScriptedServer(in_order(Step("status", status=401, code=f"invalid_api_key {CANARY}"))) as server:
        done = harness("run", suite, "-k", "4", cwd=tmp_path, server=server)
        assert 1 <= len(server.requests) <= 2, "two trials at once may have asked; nobody asks afterwards"
    assert done.returncode == 4, done.stderr
    reader = only_run(tmp_path / "reports/runs")
    outcomes = [record.outcome for record in reader.records()]
    assert all(
        isinstance(o, Void) and (o.blame, o.code) == ("infrastructure", "provider_unauthorised") for o in outcomes
    )
    assert len(outcomes) == 4
    files = {path: content.decode("utf-8", "replace") for path, content in tree_bytes(tmp_path / "reports").items()}
    assert_nowhere(CANARY, {**files, "stdout": done.stdout, "stderr": done.stderr})


@pytest.mark.docker
def test_resume_after_the_provider_is_back_asks_only_what_is_missing(
    tmp_path: Path, suite: Path, reference: str
) -> None:
    with ScriptedServer(faulty("500", "")) as server:
        assert harness("run", suite, cwd=tmp_path, server=server).returncode == 4
    with ScriptedServer(faulty("none", reference)) as server:
        done = harness("resume", "latest", cwd=tmp_path, server=server)
        assert (done.returncode, len(server.requests)) == (0, 1), done.stderr
    reader = only_run(tmp_path / "reports/runs")
    (record,) = reader.records()
    assert isinstance(record.outcome, Scored)
    trial: Trial = record.trial
    assert [getattr(void.outcome, "code", None) for void in reader.voids(trial)] == ["provider_unavailable"]


@pytest.mark.docker
@pytest.mark.slow
def test_resume_previews_what_is_left_and_keeps_to_the_cap(tmp_path: Path, suite: Path, reference: str) -> None:
    path = edited(suite, "tries = 2", "tries = 1\nmax_tokens = 100000")  # at most about 1.5 USD a trial
    refused = Step("status", status=401, code="invalid_api_key")
    with ScriptedServer(in_order(Step(text=reference), refused)) as server:
        first = harness("run", path, "-k", "2", "--max-cost-usd", "4", cwd=tmp_path, server=server)
    assert (first.returncode, "2 trials, up to 2 calls" in first.stderr) == (4, True), first.stderr
    whole, cap = total_of(first.stderr)
    assert (3.0 < whole < 3.1, cap) == (True, "cap 4 USD")
    with ScriptedServer(in_order(Step(text=reference))) as server:
        capped = harness("resume", "latest", "--max-cost-usd", "1", cwd=tmp_path, server=server)
        assert (capped.returncode, total_of(capped.stderr)[1]) == (2, "cap 1 USD"), capped.stderr
        assert "the cap is 1 USD" in capped.stderr
        no_key = harness("resume", "latest", cwd=tmp_path, server=server, key="")
        assert (no_key.returncode, "OPENAI_API_KEY is not set" in no_key.stderr) == (2, True), no_key.stderr
        assert server.requests == [], "nothing was asked"
        done = harness("resume", "latest", cwd=tmp_path, server=server)
        assert (done.returncode, len(server.requests)) == (0, 1), done.stderr
        assert "1 trials, up to 1 calls" in done.stderr, "only what is still to be done"
        rest, cap = total_of(done.stderr)
        assert rest == pytest.approx(whole / 2, abs=0.01)
        assert cap == "cap 4 USD", "the cap of the run"
    records = only_run(tmp_path / "reports/runs").records()
    assert [type(record.outcome) for record in records] == [Scored, Scored]


def edited(path: Path, old: str, new: str) -> Path:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return path


def total_of(said: str) -> tuple[float, str]:
    """The previewed total in US dollars, and what is said of the cap."""
    (line,) = [line for line in said.splitlines() if line.startswith("cost preview: total at most about ")]
    usd, _, cap = line.removeprefix("cost preview: total at most about ").partition(" USD, ")
    return float(usd), cap


def test_wrong_input_ends_before_anything_is_asked(tmp_path: Path, suite: Path) -> None:
    with ScriptedServer(faulty("none", "")) as server:
        no_key = harness("run", suite, cwd=tmp_path, server=server, key="")
        assert (no_key.returncode, "OPENAI_API_KEY is not set" in no_key.stderr) == (2, True), no_key.stderr
        capped = harness("run", suite, "--max-cost-usd", "0.001", cwd=tmp_path, server=server)
        assert (capped.returncode, "the cap is 0.001 USD" in capped.stderr) == (2, True), capped.stderr
        amount = harness("run", suite, "--max-cost-usd", "nan", cwd=tmp_path, server=server)
        assert (amount.returncode, "is not an amount" in amount.stderr) == (2, True), amount.stderr
        assert server.requests == []
    assert not (tmp_path / "reports").exists()
