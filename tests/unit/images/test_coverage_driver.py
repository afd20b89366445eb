"""The coverage driver's pure parts: rewritten sources, seeded faults, discovered suites, the witness's trail."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

IMAGE = Path(__file__).parents[3] / "harness" / "images" / "coverage"
if str(IMAGE) not in sys.path:
    sys.path.insert(0, str(IMAGE))
rewrite, mutants, suite, witness, workcopy = (
    importlib.import_module(n) for n in ("rewrite", "mutants", "suite", "witness", "workcopy")
)

SOURCE = '''"""Doc."""
from __future__ import annotations

LIMIT = 3


class Box:
    """Doc."""

    size: int = 1

    def grow(self, by: int) -> int:
        if by > LIMIT:
            raise ValueError("too much")
        elif by == 0:
            return 0
        logger.info("grown by %d", by)
        self.save()
        return self.size + by

    def save(self):
        for n in range(2):
            try:
                pass
            except KeyError:
                n += 1
            finally:
                self.size = n
'''


class Logger:
    def info(self, *args: object) -> None:
        """Nothing is logged here."""


def run(source: str, **names: Any) -> dict[str, Any]:
    space: dict[str, Any] = {"logger": Logger(), **names}
    exec(compile(source, "s.py", "exec", dont_inherit=True), space)
    return space


def test_the_witness_reports_exactly_the_statements_that_run() -> None:
    seen: set[int] = set()
    space = run(rewrite.with_witness(SOURCE, "hit", lambda line: line), hit=seen.add)
    assert space["Box"]().grow(2) == 3
    lines = SOURCE.splitlines()
    never = {lines[n - 1].strip() for n in rewrite.witnessable(SOURCE) - seen}
    assert never == {'raise ValueError("too much")', "return 0", "n += 1"}


def test_a_sabotaged_test_raises_whatever_it_holds() -> None:
    text, names = rewrite.sabotaged(
        'class TestA:\n    def test_a(self):\n        "doc"\n        try:\n            pass\n'
        "        except BaseException:\n            pass\n\ndef test_b():\n    pass\n\ndef helper():\n    pass\n",
        "marker",
    )
    space = run(text)
    assert names == {"test_a", "test_b"}
    with pytest.raises(AssertionError, match="marker"):
        space["TestA"]().test_a()
    with pytest.raises(AssertionError, match="marker"):
        space["test_b"]()
    space["helper"]()


def test_a_gutted_source_still_imports() -> None:
    with pytest.raises(NotImplementedError):
        run(rewrite.gutted(SOURCE))["Box"]().grow(1)


def test_each_mutant_is_one_change_that_compiles() -> None:
    found = mutants.candidates("s.py", SOURCE, set(range(1, 60)))
    operators = {m.operator for m in found}
    assert {"comparison", "constant", "return", "raise removed", "arithmetic", "call removed"} <= operators
    texts = {mutants.mutate(SOURCE, m.index) for m in found}
    assert len(texts) == len(found)  # all differ from each other
    for text in texts:
        compile(text, "s.py", "exec", dont_inherit=True)
    assert not any("logger" in m.before for m in found)  # nobody tests a log line
    with pytest.raises(ValueError, match="9999"):
        mutants.mutate(SOURCE, 9999)


def test_mutants_stay_on_the_lines_that_were_reached() -> None:
    assert {m.line for m in mutants.candidates("s.py", SOURCE, {13})} == {13}
    assert mutants.candidates("s.py", SOURCE, set()) == []


def test_a_mutant_changes_behaviour_as_it_says() -> None:
    (flip,) = (m for m in mutants.candidates("s.py", "def f(a):\n    return a < 3\n", {2}) if m.after == "a <= 3")
    assert run(mutants.mutate("def f(a):\n    return a < 3\n", flip.index))["f"](3) is True


def test_discovery_sorts_sources_tests_and_broken_files(tmp_path: Path) -> None:
    for path, text in {
        "app/main.py": "x = 1", "app/broken.py": "def", "tests/test_a.py": "", "tests/kit.py": "", "conftest.py": "",
        "app/thing_test.py": "", ".venv/lib/x.py": "", ".venv/pyvenv.cfg": "", "node_modules/y.py": "",
        "venv/not_one.py": "y = 2",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts="-k x"\nasyncio_mode="auto"\npythonpath=["src", "."]',
    }.items():  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "app/link.py").symlink_to("/etc/hostname")
    found = suite.discover(tmp_path)
    assert found.sources == ("app/main.py", "venv/not_one.py")  # no environment, whatever its name
    assert found.left_out == (".venv", "node_modules")
    assert found.strange == {}
    assert found.unparsed == ("app/broken.py",)
    assert set(found.tests) == {"app/thing_test.py", "conftest.py", "tests/kit.py", "tests/test_a.py"}
    assert found.arguments == ("tests",)
    assert found.settings.ini == {"asyncio_mode": "auto", "pythonpath": f"{tmp_path}/src\n{tmp_path}"}
    assert found.settings.dropped == ("addopts",)
    assert found.settings.options_dropped == ("-k x",)


def test_a_fresh_copy_forgets_what_a_run_changed(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text("1")
    (tmp_path / "app/link").symlink_to("/etc")
    workcopy.fresh_copy(tmp_path / "app", tmp_path / "work")
    (tmp_path / "work/a.py").write_text("2")
    (tmp_path / "work/new.py").write_text("3")
    workcopy.fresh_copy(tmp_path / "app", tmp_path / "work")
    assert [p.name for p in (tmp_path / "work").iterdir()] == ["a.py"]
    assert (tmp_path / "work/a.py").read_text() == "1"


def test_the_trail_knows_which_test_ran_which_line() -> None:
    places = [("a.py", 1), ("a.py", 2), ("a.py", 3), ("b.py", 9)]
    trail = witness.read_trail(b"0\n#0\n1\n2\n#1\n2\n*3\n#\n1\n#7\n77\nnoise\n", places, ["t0", "t1"])
    assert trail.lines == {"a.py": {1, 2, 3}, "b.py": {9}}
    assert trail.tests_of("a.py", 1) is None  # at import: any test may notice
    assert trail.tests_of("a.py", 2) is None  # also in shared set-up
    assert trail.tests_of("a.py", 3) == {"t0", "t1"}
    assert trail.tests_of("b.py", 9) is None  # in a child process
    assert trail.tests_of("c.py", 1) is None
