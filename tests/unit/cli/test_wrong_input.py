"""Wrong input: one clear line on stderr, exit 2, and no engine is asked first."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import VERBS
from harness.selfcheck.small_world import SmallWorld

Harness = Callable[..., Any]


@pytest.fixture
def suite(world: SmallWorld) -> Path:
    return world.suite({"good": [{}]})


def edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def refused(done: Any, *words: str) -> None:
    assert done.code == 2, done.err
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("harness: ")
    for word in words:
        assert word in line


def test_a_task_that_is_not_there(harness: Harness, suite: Path) -> None:
    refused(harness("run", suite, "--tasks", "nope"), "no such task: 'nope'", "tasks here: greeting")


def test_a_suite_that_is_not_there(harness: Harness, tmp_path: Path) -> None:
    refused(harness("run", "nowhere.toml"), "nowhere.toml", "No such file")


def test_broken_toml(harness: Harness, suite: Path) -> None:
    refused(harness("run", edited(suite, "attempts = 1", "attempts = = 1")), "small.toml", "not valid TOML", "line 4")


def test_an_unknown_key(harness: Harness, suite: Path) -> None:
    refused(harness("run", edited(suite, "attempts", "atempts")), "small.toml", "unknown key 'atempts'", "attempts")


def test_a_value_out_of_range(harness: Harness, suite: Path) -> None:
    refused(harness("run", edited(suite, "attempts = 1", "attempts = 0")), "small.toml", "attempts", "0")


def test_an_unknown_key_of_a_task(harness: Harness, suite: Path, world: SmallWorld) -> None:
    edited(world.root / "tasks/greeting/task.toml", "cpus", "cpu")
    refused(harness("run", suite), "task.toml", "unknown key 'cpu' at limits", "memory_mb")


def test_a_scorer_that_is_not_installed(harness: Harness, suite: Path) -> None:
    refused(harness("run", edited(suite, '["acceptance"]', '["beauty"]')), "'beauty' is not installed", "acceptance")


def test_an_adapter_that_is_not_installed(harness: Harness, suite: Path) -> None:
    refused(harness("run", suite, "--adapter", "telepathy"), "'telepathy'", "replay")


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "cannot be read"), (b"\xff\xfe\xff", "not UTF-8"), (b"", "empty"), (b"---\nname: x\n---\n", "no text")],
)
def test_a_definition_that_cannot_be_read(
    harness: Harness, suite: Path, world: SmallWorld, content: bytes | None, word: str
) -> None:
    definition = world.root / "agents/good.md"
    definition.unlink()
    if content is not None:
        definition.write_bytes(content)
    refused(harness("run", suite), "good.md", word)


def test_a_stale_reply(harness: Harness, suite: Path, world: SmallWorld) -> None:
    edited(world.root / "agents/good.md", "You are good.", "You are better.")
    refused(harness("run", suite), "meta.toml", "key definition", "harness replies stamp")


def test_a_reply_to_another_prompt(harness: Harness, suite: Path, world: SmallWorld) -> None:
    edited(world.root / "tasks/greeting/instruction.md", "20 characters", "30 characters")
    refused(harness("run", suite), "meta.toml", "key prompt")


def test_more_attempts_than_replies(harness: Harness, suite: Path) -> None:
    refused(
        harness("run", suite, "-k", "2"), "good/greeting/02", "no reply is kept for this attempt", "use -k 1 at most"
    )


def test_more_attempts_than_there_can_be(harness: Harness, suite: Path) -> None:
    refused(harness("run", suite, "-k", "101"), "101", "at most 100")


def test_a_definition_that_nobody_has_answered_says_how_to_ask_a_model(
    harness: Harness, suite: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.md").write_text("You are mine.\n")
    done = harness("run", suite, "--agent", tmp_path / "mine.md")
    refused(done, "mine/greeting/01", "no reply is kept", "`replay`", "--adapter chat --model MODEL")
    assert "-k" not in done.err


def test_a_reply_that_is_not_there_cannot_be_stamped(harness: Harness, suite: Path, world: SmallWorld) -> None:
    (world.root / "replies/good/greeting/01/meta.toml").unlink()
    refused(harness("run", suite), "01/meta.toml is missing", "harness replies stamp")
    assert harness("replies", "stamp", suite).out.startswith("1 of 1 replies stamped")
    shutil.rmtree(world.root / "replies/good/greeting/01")
    refused(harness("replies", "stamp", suite), "good/greeting/01/reply.json is missing")


@pytest.mark.parametrize("nothing", ["", ",", " , "])
def test_no_task_at_all(harness: Harness, suite: Path, nothing: str) -> None:
    refused(harness("run", suite, "--tasks", nothing), "--tasks", f"{nothing!r} names no task")


def test_one_price_without_the_other(harness: Harness, suite: Path) -> None:
    for verb, what in (("run", suite), ("resume", "latest")):
        refused(harness(verb, what, "--price-in", "3"), "--price-in and --price-out belong together")
    refused(harness("run", suite, "--price-in", "-1", "--price-out", "1"), "--price-in", "US dollars")


def test_a_cap_without_a_price_names_the_flags(harness: Harness, suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nothing")
    live = ("run", suite, "--adapter", "chat", "--model", "m-1", "--max-cost-usd", "5")
    refused(harness(*live), "price of 'm-1' is unknown", "--price-in", "--price-out", "parameters.prices")
    priced = harness(*live, "--price-in", "3", "--price-out", "15", "--yes")
    assert priced.code == 4, "the input is fine; there is no engine here"
    version, *preview = [line for line in priced.err.splitlines() if line.startswith(("version ", "cost "))]
    assert re.fullmatch(r"version good@[0-9a-f]{8}  agents/good.md  chat m-1", version)
    assert "at most about 0.2" in preview[0]
    dear = harness(*live, "--price-in", "3", "--price-out", "1500")
    assert (dear.code, "the cap is 5 USD" in dear.err) == (2, True)


@pytest.mark.parametrize("flag", ["--model", "--adapter"])
def test_an_empty_word(harness: Harness, suite: Path, flag: str) -> None:
    refused(harness("run", suite, flag, ""), flag, "empty")


@pytest.mark.parametrize("out", ["taken", "taken/below", "/proc/nope"])
def test_a_folder_of_runs_that_cannot_be_made(harness: Harness, suite: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "taken").write_text("a file")
    done = harness("run", suite, "--out", out)
    refused(done, f"--out {out!r}", "name a folder that")
    assert "resume" not in done.err


def test_looking_whether_runs_can_be_kept_leaves_nothing(harness: Harness, suite: Path, tmp_path: Path) -> None:
    done = harness("run", suite, "--out", "new/runs")
    assert done.code == 4, "the input is fine; there is no engine here"
    assert not (tmp_path / "new").exists()


def test_the_same_reply_twice(harness: Harness, world: SmallWorld) -> None:
    suite = world.suite({"good": [{}, {}]})
    first, second = (world.root / f"replies/good/greeting/0{n}/reply.json" for n in (1, 2))
    second.write_bytes(first.read_bytes())
    refused(harness("run", suite), "same text as 01")


@pytest.mark.parametrize("attempts", ["0", "-1", "two", "²"])
def test_a_bad_number_of_attempts(harness: Harness, suite: Path, attempts: str) -> None:
    refused(harness("run", suite, f"--attempts={attempts}"), attempts, "whole number of at least 1")


def test_an_unknown_verb(harness: Harness) -> None:
    done = harness("frobnicate")
    refused(done, "'frobnicate'")
    assert all(verb in done.err for verb in VERBS)


def test_an_unknown_flag(harness: Harness, suite: Path) -> None:
    refused(harness("run", suite, "--fast"), "--fast", "harness run --help")


def test_a_missing_argument(harness: Harness) -> None:
    refused(harness("run"), "suite", "harness run --help")


@pytest.mark.parametrize("verb", ["resume", "score", "report"])
def test_a_run_that_is_not_there(harness: Harness, verb: str) -> None:
    refused(harness(verb, "20260101-000000-none-0000"), "is not a run")
    refused(harness(verb, "latest"), "there is no run")


def test_a_bad_engine_deadline(harness: Harness, suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CLIENT_TIMEOUT", "soon")
    refused(harness("run", suite), "DOCKER_CLIENT_TIMEOUT", "'soon'", "whole seconds")


def test_tasks_named_twice_are_run_once(harness: Harness, suite: Path) -> None:
    done = harness("run", suite, "--tasks", "greeting,greeting", "--tasks", "greeting")
    assert done.code == 4, "the input is fine; there is no engine here"
    assert "engine" in done.err
