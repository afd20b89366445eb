"""A suite file resolved: what makes another version, what flags replace, and what is refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config.suite import Overrides, load_suite
from harness.errors import UsageError
from harness.model.suite import Suite
from harness.selfcheck.small_world import SmallWorld

SCORERS = ("acceptance", "load", "static")


@pytest.fixture
def path(world: SmallWorld) -> Path:
    return world.suite({"one": [{}, {}], "two": [{}, {}]})


@pytest.fixture
def load(path: Path) -> Callable[..., Suite]:
    """load(attempts=3, ...) -> the suite under these overrides."""
    return lambda **changes: load_suite(path, SCORERS, Overrides(**changes))[0]


def edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_what_the_file_says(load: Callable[..., Suite]) -> None:
    suite = load()
    assert (suite.name, suite.attempts, suite.seed, suite.profile, suite.workers) == ("small", 2, 7, "smoke", 2)
    assert [agent.spec.name for agent in suite.agents] == ["one", "two"]
    assert [task.id for task in suite.tasks] == ["greeting"]
    assert suite.scorers == ("acceptance",)


def test_flags_replace_what_the_file_says(load: Callable[..., Suite], world: SmallWorld) -> None:
    suite = load(attempts=1, agents=(world.root / "agents/two.md",), adapter="chat", model="m-1")
    assert suite.attempts == 1
    (agent,) = suite.agents
    assert (agent.spec.name, agent.adapter, agent.model) == ("two", "chat", "m-1")
    assert agent.parameters["replies"] == str(world.root / "replies"), "how it runs still follows the suite"


def test_prices_may_be_stated_by_a_flag_and_make_no_other_version(load: Callable[..., Suite], path: Path) -> None:
    prices = {"input_per_mtok": 3.0, "output_per_mtok": 15.0}
    priced = load(prices=prices).agents[0]
    assert (priced.parameters["prices"], priced.digest) == (prices, load().agents[0].digest)
    edited(path, "replies=", "prices = {input_per_mtok=1.0, output_per_mtok=1.0}, replies=")
    assert load(prices=prices).agents[0].parameters["prices"] == prices, "the flag replaces what the suite says"
    assert load().agents[0].parameters["prices"] == {"input_per_mtok": 1.0, "output_per_mtok": 1.0}


@pytest.mark.parametrize("changes", [{"adapter": "chat"}, {"model": "m-1"}])
def test_how_an_agent_is_run_makes_another_version(load: Callable[..., Suite], changes: dict[str, str]) -> None:
    assert load(**changes).agents[0].digest != load().agents[0].digest


def test_the_definition_makes_another_version_and_where_replies_lie_does_not(
    load: Callable[..., Suite], world: SmallWorld, path: Path
) -> None:
    before = load().agents[0]
    (world.root / "elsewhere").mkdir()
    edited(path, '"../../replies"', '"../../elsewhere"')
    assert load().agents[0].digest == before.digest
    edited(world.root / "agents/one.md", "You are one.", "You are one!")
    assert load().agents[0].digest != before.digest
    assert load().agents[0].label.startswith("one@")


def test_parameters_are_part_of_the_version(load: Callable[..., Suite], path: Path) -> None:
    before = load().agents[0]
    edited(path, 'replies="../../replies"', 'replies="../../replies", temperature=0.2')
    assert load().agents[0].digest != before.digest


def test_the_primary_endpoint_is_accepted_or_the_one_that_is_named(load: Callable[..., Suite], path: Path) -> None:
    assert load().primary == "accepted"
    edited(path, '["acceptance"]\n', '["acceptance"]\nprimary = "acceptance"\n')
    assert load().primary == "acceptance"


def test_all_installed_scorers_where_the_file_names_none(load: Callable[..., Suite], path: Path) -> None:
    edited(path, 'scorers = ["acceptance"]\n', "")
    assert load().scorers == SCORERS


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ('tasks = ["greeting"]', 'tasks = ["nowhere"]', "no_such_task", ("'nowhere'", "greeting", "orders")),
        ('["acceptance"]', '["beauty"]', "no_such_scorer", ("'beauty'", "acceptance")),
        (
            '["acceptance"]',
            '["acceptance"]\nprimary = "beauty"',
            "no_such_endpoint",
            ("primary", "'beauty'", "promises"),
        ),
        ('["acceptance"]', '["acceptance"]\nprimary = "static"', "no_such_endpoint", ("'static'", "acceptance")),
        ("agents/two.md", "agents/one.md", "same_agent_twice", ("same version",)),
        ("agents/two.md", "agents/three.md", "unreadable", ("three.md",)),
        ("schema = 1", "schema = 2", "invalid_input", ("schema", "format number")),
        ("seed = 7", "seed = -7", "invalid_input", ("seed",)),
        ("seed = 7", "seeed = 7", "invalid_input", ("unknown key 'seeed'",)),
        ('name = "small"', 'name = "Small World"', "invalid_input", ("name", "lower case")),
        ("seed = 7", "seed = ", "broken_toml", ("small.toml", "line")),
    ],
)
def test_refused_by_name(
    load: Callable[..., Suite], path: Path, old: str, new: str, code: str, words: tuple[str, ...]
) -> None:
    edited(path, old, new)
    with pytest.raises(UsageError) as refusal:
        load()
    assert refusal.value.code == code
    assert "\n" not in refusal.value.message
    for word in words:
        assert word in refusal.value.message


def test_an_expected_file_is_found_beside_the_suite(path: Path) -> None:
    assert load_suite(path, SCORERS, Overrides())[1] is None
    edited(path, "schema = 1\n", 'schema = 1\nexpected = "../../E.toml"\n')
    assert load_suite(path, SCORERS, Overrides())[1] == path.parent / "../../E.toml"
