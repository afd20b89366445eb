"""Packages that only the tests need: found where people list them; what cannot be used is left out, never refused."""

from pathlib import Path

import pytest

from harness.errors import DependencyRefused, RegistryFault
from harness.sandbox.environment_for_tests import environment_for_tests
from harness.sandbox.environments import Environment
from harness.sandbox.manifests.packages_for_tests import packages_for_tests
from harness.sandbox.manifests.requirement import RequirementLines

PLACES = {
    "requirements-dev.txt": "pytest\nrespx==0.22",
    "requirements-test.txt": "-r requirements.txt\npytest\nrespx==0.22",
    "requirements_test.txt": "pytest\nrespx==0.22",
    "requirements.dev.txt": "pytest\nrespx==0.22",
    "dev-requirements.txt": "pytest\nrespx==0.22",
    "test_requirements.txt": "pytest\nrespx==0.22",
    "requirements/dev.txt": "-r base.txt\npytest\nrespx==0.22",
    "requirements/test.txt": "pytest\nrespx==0.22",
    "requirements/requirements-testing.txt": "pytest\nrespx==0.22",
    "requirements-dev.in": "pytest\nrespx==0.22",
    "tests/requirements.txt": "pytest\nrespx==0.22",
    "backend/requirements-dev.txt": "pytest\nrespx==0.22",
    "Pipfile": '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\nrespx = "==0.22"',
    "tox.ini": "[testenv]\ndeps =\n    -rrequirements.txt\n    pytest\n    py311: respx==0.22\ncommands = pytest",
    "setup.cfg": "[options.extras_require]\ntest =\n    pytest\n    respx==0.22\n",
    "setup.py": "from setuptools import setup\nsetup(name='x', extras_require={'dev': ['pytest', 'respx==0.22']})",
    "./setup.py": "from setuptools import setup\nsetup(name='x', tests_require=['pytest', 'respx==0.22'])",
}
TABLES = [
    '[dependency-groups]\ndev = ["pytest", {include-group = "mocks"}]\nmocks = ["respx==0.22"]',
    '[dependency-groups]\ntest = ["pytest", "respx==0.22"]\ndocs = ["sphinx @ git+https://example.org/sphinx"]',
    '[project]\nname = "x"\ndependencies = []\n[project.optional-dependencies]\ntests = ["pytest", "respx==0.22"]',
    '[project]\nname = "x"\n[project.optional-dependencies]\ndev = ["x[test]", "pytest"]\ntest = ["respx==0.22"]',
    '[tool.poetry.group.dev.dependencies]\npytest = "*"\nrespx = "0.22"',
    '[tool.poetry.group.test.dependencies]\npytest = "*"\nrespx = {version = "0.22"}',
    '[tool.poetry.dev-dependencies]\npytest = "*"\nrespx = "0.22"',
    '[tool.pdm.dev-dependencies]\ntest = ["pytest", "respx==0.22"]',
    '[tool.uv]\ndev-dependencies = ["pytest", "respx==0.22"]',
    '[tool.hatch.envs.default]\ndependencies = ["pytest", "respx==0.22"]',
    '[dependency-groups]\ntest = ["pytest", "respx==0.22", "x @ git+https://example.org/x"]',
]


@pytest.mark.parametrize(
    ("name", "text"),
    [*PLACES.items(), *(("pyproject.toml", text) for text in TABLES)],
)
def test_they_are_found_where_people_list_them(name: str, text: str) -> None:
    files = {
        "requirements.txt": b"flask\n",
        "requirements/base.txt": b"flask\n",
        name.removeprefix("./"): text.encode(),
    }
    found = packages_for_tests(files).lines
    assert {"pytest", "respx==0.22"} <= set(found)
    assert set(found) <= {"pytest", "respx==0.22", "flask"}


def test_an_editable_install_with_an_extra_means_that_extra() -> None:
    pyproject = b'[project]\nname = "x"\ndependencies = ["flask"]\n[project.optional-dependencies]\nfull = ["respx"]\n'
    found = packages_for_tests({"pyproject.toml": pyproject, "requirements-dev.txt": b"-e .[full]\npytest\n"})
    assert set(found.lines) == {"flask", "respx", "pytest"}


@pytest.mark.parametrize(
    "name", ["docs/requirements.txt", "requirements.txt", "requirements-docs.txt", "requirements-prod.txt", "notes.txt",
             "venv/lib/site-packages/x/requirements-dev.txt", "examples/a/b/c/requirements-dev.txt"]
)  # fmt: skip
def test_other_lists_are_not_for_tests(name: str) -> None:
    assert packages_for_tests({name: b"sphinx\n"}).lines == ()


def test_what_cannot_be_read_is_left_out_and_noted() -> None:
    text = b"pytest\n--index-url https://elsewhere.example/simple\nrespx\nfoo @ git+https://example.org/foo\n=!\n"
    found = packages_for_tests({"requirements-dev.txt": text})
    assert found.lines == ("pytest", "respx")
    assert len([note for note in found.notes if "left out" in note]) == 3
    assert (
        packages_for_tests({"pyproject.toml": b"[", "tox.ini": b"=", "setup.py": b"def", "Pipfile": b"["}).lines == ()
    )


class Maker:
    """Makes an environment of whatever holds none of the `unknown` packages."""

    def __init__(self, *unknown: str, fault: Exception | None = None) -> None:
        self.unknown, self.fault = unknown, fault
        self.asked: list[tuple[str, ...]] = []

    def ensure(self, lines: tuple[str, ...], constraints: tuple[str, ...], *, prerelease: bool) -> Environment:
        self.asked.append(lines)
        if self.fault:
            raise self.fault
        bad = [line for line in lines if line in self.unknown]
        if bad:
            raise DependencyRefused("dependency_install_failed", f"could not resolve: {bad[0]} was not found")
        return Environment(Path("/made"), "", "")


FILES = {"requirements-dev.txt": b"pytest\nno-such\nflask\nno_such_either\n"}
SERVICE = RequirementLines(("flask",), constraints=("werkzeug<4",))


def test_the_tests_get_the_service_s_packages_and_their_own() -> None:
    maker = Maker()
    path, notes = environment_for_tests(maker, FILES, SERVICE)
    assert (path, notes) == (Path("/made"), ())
    assert maker.asked == [("flask", "pytest", "no-such", "no_such_either")]


def test_a_package_that_does_not_exist_costs_only_itself() -> None:
    maker = Maker("no-such", "no_such_either")
    path, notes = environment_for_tests(maker, FILES, SERVICE)
    assert path == Path("/made")
    assert maker.asked[-1] == ("flask", "pytest")
    assert len(notes) == 2
    assert "no-such" in notes[0]


def test_nothing_is_made_when_the_tests_need_nothing_more() -> None:
    maker = Maker()
    assert environment_for_tests(maker, {"requirements-dev.txt": b"flask\n"}, SERVICE) == (None, ())
    assert maker.asked == []


def test_an_index_that_does_not_answer_is_nobody_s_fault() -> None:
    with pytest.raises(RegistryFault):
        environment_for_tests(Maker(fault=RegistryFault("registry_unreachable", "x")), FILES, SERVICE)
