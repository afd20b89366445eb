"""The static probe in real pods: planted weaknesses, and every known way to blind a scanner."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.probe import Observation
from harness.model.score import Score
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService
from harness.probes.static import PROBE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.static import SCORER

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "fixtures/submissions/planted_weaknesses"
HONEST = ROOT / "fixtures/submissions/honest_shapes"
HIDDEN = ROOT / "fixtures/submissions/hidden_weaknesses"
INJECTION = "def find(db, name):\n    return db.execute(f\"SELECT id FROM item WHERE name = '{name}'\")"
TASK = Task(
    id="sample",
    title="",
    family="",
    digest="",
    languages=("python",),
    capabilities=(),
    readiness_path="/health",
    limits=Limits(),
    requirements=Requirements(),
    environment={},
    instruction="",
    contract={},
    contract_yaml=b"",
    load={},
    starter={},
    solution={},
    acceptance_tests={},
    attacks={},
    variants={},
    mutants=(),
)
Scan = Callable[[Path], tuple[Observation, Score]]


@pytest.fixture(scope="module")
def own_images_sandbox() -> DockerSandbox:
    """The real sandbox with the product's probe images."""
    return DockerSandbox(run="tests")


@pytest.fixture
def scan(own_images_sandbox: DockerSandbox) -> Scan:
    """scan(folder): one pod, one probe, its observation and score."""

    def run(folder: Path) -> tuple[Observation, Score]:
        service = PreparedService(folder, None, (), {"PORT": "8000"}, TASK, "python")
        command = PROBE.command(TASK, "smoke")
        with own_images_sandbox.open(service, command, "tests") as pod:
            observation = PROBE.observe(pod.run(command, 7))
        assert observation.status == "measured", observation.cause
        result = SCORER.score(TASK, {"static": observation}, {})
        assert isinstance(result, Score)
        return observation, result

    return run


@pytest.fixture
def submission(tmp_path: Path) -> Callable[..., Path]:
    """submission({path: text}): a folder readable by the probe's user."""

    def make(files: dict[str, str]) -> Path:
        folder = tmp_path / "submission"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for path in [folder, *folder.rglob("*"), *folder.parents]:
            if path.is_relative_to(tmp_path.parents[1]):
                path.chmod(0o755 if path.is_dir() else 0o644)
        return folder

    return make


def found(score: Score) -> set[tuple[str, int | None]]:
    return {(entry.where, entry.cwe) for entry in score.evidence if entry.points}


def marked(path: Path) -> set[tuple[str, int]]:
    """(file:line, CWE) of the lines that a fixture marks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {(f"{path.name}:{n}", int(line.split("PLANT")[1])) for n, line in enumerate(lines, 1) if "# PLANT" in line}


def test_every_planted_weakness_is_found_and_nothing_else(scan: Scan) -> None:
    planted = marked(PLANTED / "app.py")
    observation, score = scan(PLANTED)
    assert len(planted) == 7
    assert found(score) == planted
    assert (score.value, score.metrics["critical"], score.metrics["findings_in_tests"]) == (0.0, 2, 1)
    assert all(entry.status in ("unconfirmed", "in tests") for entry in score.evidence)
    assert sum(entry.points for entry in score.evidence) == pytest.approx(1.0)
    assert set(observation.facts["tools"]) == {"bandit", "detect-secrets", "ruff"}


def test_each_scanner_has_looked_at_every_file(scan: Scan, submission: Callable[..., Path]) -> None:
    """Of a file that it does not find, detect-secrets says nothing: only a secret that it alone can see shows it."""
    key = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"  # in two parts: it is nobody's, but looks so
    login = "postgresql://" + "admin:Pr0d-9xKq2Lm7@db.internal:5432/main"
    observation, score = scan(submission({".env": f"A=1\nPAYMENT={key}\n", "app/db.py": f'DB = "{login}"\n'}))
    assert {entry["tool"] for entry in observation.facts["findings"]} == {"detect-secrets"}
    assert {(entry.where, entry.severity) for entry in score.evidence} == {
        (".env:2", "high"),
        ("app/db.py:1", "medium"),
    }


def test_a_secret_without_quotes_is_found_where_a_service_is_set_up_and_nowhere_else(
    scan: Scan, submission: Callable[..., Path]
) -> None:
    drawn = "9fK2mQ8vLx3Z" + "t7Bw"
    files = {
        ".env": f"DEBUG=1\nJWT_SECRET={drawn}\n",
        "deploy/docker-compose.yml": f"services:\n  api:\n    environment:\n      - APP_SECRET={drawn}\n",
        "Dockerfile": f"FROM python:3.11\nENV APP_SECRET={drawn}\n",
        "Procfile": f"web: APP_SECRET={drawn} python app.py\n",
        ".env.example": f"JWT_SECRET={drawn}\n",
        ".env.test": f"JWT_SECRET={drawn}\n",
        "pytest.ini": f"[pytest]\nenv =\n    JWT_SECRET={drawn}\n",
        ".github/workflows/ci.yml": f"env:\n  JWT_SECRET: {drawn}\n",
        "docs/notes.txt": f"JWT_SECRET={drawn}\n",
        "config/.env.dev": "JWT_SECRET=dev-secret-123\nPASSWORD=${PASSWORD}\nSECRET_FILE=/run/secrets/key\n",
        "app.py": "import os\n\nSECRET = os.environ['JWT_SECRET']\n",
    }
    _, score = scan(submission(files))
    assert {(entry.where, entry.severity) for entry in score.evidence} == {
        (".env:2", "low"),
        ("deploy/docker-compose.yml:4", "low"),
        ("Dockerfile:2", "low"),
        ("Procfile:1", "low"),
    }


def test_weaknesses_that_scanners_do_not_see_are_found_and_nothing_else(scan: Scan) -> None:
    observation, score = scan(HIDDEN)
    assert found(score) == {place for path in HIDDEN.iterdir() for place in marked(path)}
    assert (score.value, score.flags) == (0.0, ("disguised_code",))
    assert (observation.facts["disguised"], observation.facts["python_files"]) == (["plugin.txt"], 3)


def test_what_honest_programs_hold_costs_nothing(scan: Scan) -> None:
    _, score = scan(HONEST)
    assert (score.value, found(score), score.flags) == (1.0, set(), ()), score.evidence


def test_a_chain_of_fifteen_hundred_branches_is_scanned_to_its_end(scan: Scan, submission: Callable[..., Path]) -> None:
    branches = "".join(f"    elif x == {n}:\n        return {n}\n" for n in range(1500))
    chain = f"def f(x):\n    if x is None:\n        return 0\n{branches}"
    observation, score = scan(submission({"app/a.py": chain, "app/b.py": "x = 1\n"}))
    assert (score.value, observation.facts["unparsed"]) == (1.0, [])
    _, score = scan(submission({"app/a.py": f"{chain}\n{INJECTION}\n"}))
    assert found(score) == {(f"app/a.py:{chain.count(chr(10)) + 3}", 89)}


def test_a_file_that_no_scanner_reads_costs_itself_alone(scan: Scan, submission: Callable[..., Path]) -> None:
    deep = f"x = {'-' * 90_000}1\n"
    observation, score = scan(submission({"app/deep.py": deep, "app/db.py": "import pickle\npickle.loads(b)\n"}))
    assert observation.facts["unparsed"] == ["app/deep.py"]
    assert score.value == 0.0
    assert ("app/db.py:2", 502) in found(score)


def test_a_table_of_unknown_origin_is_a_question_not_a_verdict(scan: Scan, submission: Callable[..., Path]) -> None:
    _, score = scan(
        submission({"app/db.py": 'def rows(db, table):\n    return db.execute(f"SELECT * FROM {table}")\n'})
    )
    assert (score.value, score.evidence[0].severity, score.evidence[0].status) == (0.8, "medium", "unconfirmed")


def test_a_clean_reference_has_full_marks(scan: Scan) -> None:
    for solution in sorted(ROOT.glob("tasks/*/solution")):
        _, score = scan(solution)
        assert (score.value, score.flags) == (1.0, ()), (solution, score.evidence)


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {".bandit": "[bandit]\nexclude = /\nskips = B608\n"},
        {"ruff.toml": 'exclude = ["*"]\n[lint]\nignore = ["S"]\n'},
        {"pyproject.toml": '[tool.ruff]\nexclude = ["*"]\n[tool.bandit]\nexclude_dirs = ["."]\n'},
        {"yaml.py": "raise SystemExit(0)\n", "ast.py": "raise SystemExit(0)\n", "json.py": "print('{}')\n"},
        {".gitignore": "*\n", ".secrets.baseline": "{}"},
    ],
)  # fmt: skip
def test_configuration_and_shadowing_modules_change_nothing(
    scan: Scan, submission: Callable[..., Path], extra: dict[str, str]
) -> None:
    _, score = scan(submission({"app/db.py": INJECTION + "\n", **extra}))
    assert ("app/db.py:2", 89) in found(score)
    assert score.value == 0.0


def test_a_silencing_comment_is_shown_and_flagged(scan: Scan, submission: Callable[..., Path]) -> None:
    key = 'API_KEY = "a8f5f167f44f4964e6c998dee827110c"  # pragma: allowlist secret'
    silenced = f"{INJECTION}  # nosec  # noqa: S608\n{key}\n"
    _, score = scan(submission({"app/db.py": silenced}))
    assert {("app/db.py:2", 89), ("app/db.py:3", 798)} <= found(score)
    assert {entry.status for entry in score.evidence} == {"suppressed"}
    assert score.flags == ("suppressions",)


@pytest.mark.parametrize(
    ("files", "where", "flag"),
    [
        ({"node_modules/db.py": INJECTION}, "node_modules/db.py:2", ""),
        ({".venv/lib/db.py": INJECTION}, ".venv/lib/db.py:2", ""),
        ({"server": INJECTION, "Procfile": "web: python server"}, "server:2", "disguised_code"),
        ({"notes.md": INJECTION}, "notes.md:2", "disguised_code"),
        ({"data.json": INJECTION}, "data.json:2", "disguised_code"),
        ({"static/app.js": INJECTION}, "static/app.js:2", "disguised_code"),
        ({"tests/db.py": INJECTION, "app.py": "import tests.db\n"}, "tests/db.py:2", "code_in_tests"),
        ({"swagger.py": 'SECRET_KEY = "a8f5f167f44f4964e6c998dee827110c"\n'}, "swagger.py:1", ""),
    ],
)
def test_code_in_hiding_places_is_found(
    scan: Scan, submission: Callable[..., Path], files: dict[str, str], where: str, flag: str
) -> None:
    _, score = scan(submission({"main.py": "x = 1\n", **files}))
    assert where in {place for place, _ in found(score)}
    assert score.flags == ((flag,) if flag else ())


def test_a_file_no_scanner_can_read_is_not_clean(scan: Scan, submission: Callable[..., Path]) -> None:
    _, score = scan(submission({"app.py": "x = 1\n", "broken.py": "def f(:\n"}))
    assert (score.value, score.flags) == (0.5, ("unscanned_code",))


def test_a_file_too_deep_for_our_rules_is_not_clean(scan: Scan, submission: Callable[..., Path]) -> None:
    chain = "+".join(['"a"'] * 900)
    _, score = scan(submission({"app.py": "x = 1\n", "deep.py": f"def f(db, x):\n    db.execute({chain} + x)\n"}))
    assert (score.value, score.flags) == (0.5, ("unscanned_code",))


def test_links_are_not_followed(scan: Scan, submission: Callable[..., Path]) -> None:
    folder = submission({"app.py": "x = 1\n"})
    (folder / "link.py").symlink_to("/etc/passwd")
    observation, score = scan(folder)
    assert observation.facts["skipped"] == ["link.py"]
    assert (score.value, observation.facts["python_files"]) == (1.0, 1)
    shutil.rmtree(folder)
