"""Suites, tasks and definitions are found beside the file that names them, else among the built-in ones."""

import shutil
from pathlib import Path

import pytest

from harness.config.places import builtin, find_definition, find_replies, find_suite, find_tasks, task_root
from harness.config.suite import Overrides, load_suite
from harness.errors import UsageError

GREETING = Path(__file__).parents[3] / "fixtures/tasks/greeting"
SUITE = 'schema = 1\nname = "mine"\ntasks = {tasks}\n[[agents]]\ndefinition = "{agent}"\n'


def suite(folder: Path, tasks: str, agent: str = "careful-v1") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mine.toml"
    path.write_text(SUITE.format(tasks=tasks, agent=agent))
    return path


def ids(path: Path, *chosen: str) -> list[str]:
    return [task.id for task in load_suite(path, ("acceptance",), Overrides(tasks=chosen))[0].tasks]


@pytest.mark.parametrize(
    ("place", "tasks", "found"),
    [
        ("greeting", '["greeting"]', ["greeting"]),  # beside the suite
        ("tasks/greeting", '["greeting"]', ["greeting"]),
        ("../greeting", '["greeting"]', ["greeting"]),  # beside its folder, as in tasks/suites/
        ("../tasks/greeting", '["greeting"]', ["greeting"]),
        ("bench/greeting", '"bench"', ["greeting"]),
        ("bench/greeting", '["bench"]', ["greeting"]),
        ("bench/greeting", '["./bench/greeting", "shortlinks"]', ["greeting", "shortlinks"]),
        ("../../far/greeting", '"../../far"', ["greeting"]),
        ("nothing/greeting", '["orders", "accounts"]', ["orders", "accounts"]),
    ],
)
def test_tasks_are_found_where_the_suite_says_or_lies(tmp_path: Path, place: str, tasks: str, found: list[str]) -> None:
    base = tmp_path / "a/b/suites"
    path = suite(base, tasks)
    shutil.copytree(GREETING, (base / place).resolve())
    assert ids(path) == found


def test_flags_choose_among_the_suites_folders_and_the_built_in_tasks(tmp_path: Path) -> None:
    path = suite(tmp_path, '"bench"')
    shutil.copytree(GREETING, tmp_path / "bench/greeting")
    assert ids(path, "orders") == ["orders"]
    assert ids(path, "greeting") == ["greeting"]


def test_a_task_of_ones_own_comes_before_a_built_in_one_of_its_name(tmp_path: Path) -> None:
    shutil.copytree(builtin() / "tasks/shortlinks", tmp_path / "shortlinks")
    (folder,) = find_tasks(("shortlinks",), (), tmp_path, Path("s.toml"))
    assert folder == tmp_path / "shortlinks"


@pytest.mark.parametrize(
    ("tasks", "code", "said"),
    [
        ('["nowhere"]', "no_such_task", "orders"),
        ('"./empty"', "no_such_task", "holds no task"),
        ('["one", "two"]', "same_task_twice", "'greeting'"),
    ],
)
def test_what_is_not_there_or_there_twice_is_named(tmp_path: Path, tasks: str, code: str, said: str) -> None:
    for folder in ("one", "two"):
        shutil.copytree(GREETING, tmp_path / folder / "greeting")
    with pytest.raises(UsageError, match=said) as error:
        ids(suite(tmp_path, tasks))
    assert error.value.code == code


def test_suites_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_suite(Path("smoke")) == builtin() / "tasks/suites/smoke.toml"
    assert find_suite(Path("tasks/suites/smoke.toml")) == builtin() / "tasks/suites/smoke.toml"
    own = suite(tmp_path / "tasks/suites", '["orders"]').rename(tmp_path / "tasks/suites/smoke.toml")
    assert find_suite(Path("tasks/suites/smoke.toml")).resolve() == own
    with pytest.raises(UsageError, match="smoke"):
        find_suite(Path("elsewhere"))


def test_definitions_and_replies(tmp_path: Path) -> None:
    shipped = builtin() / "fixtures/agents/careful-v1.md"
    for written in ("careful-v1", "careful-v1.md", "fixtures/agents/careful-v1.md"):
        assert find_definition(written, tmp_path) == shipped
    (tmp_path / "careful-v1.md").write_text("mine")
    assert find_definition("careful-v1.md", tmp_path) == tmp_path / "careful-v1.md"
    assert find_definition("nowhere.md", tmp_path) == tmp_path / "nowhere.md"  # the error names the place beside
    assert find_replies("fixtures/replies", tmp_path) == builtin() / "fixtures/replies"
    assert find_replies("replies", tmp_path) == tmp_path / "replies"


def test_tasks_here_come_before_the_built_in_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert task_root(None) == builtin() / "tasks"
    (tmp_path / "tasks").mkdir()
    assert task_root(None) == Path("tasks")


def test_a_wheel_brings_its_own_folders_and_a_checkout_has_them_at_its_top(tmp_path: Path) -> None:
    package = tmp_path / "site/harness"
    package.mkdir(parents=True)
    assert builtin(package) == tmp_path / "site"
    (package / "builtin").mkdir()
    assert builtin(package) == package / "builtin"
