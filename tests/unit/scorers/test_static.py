"""Grading, merging and confirming findings."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import NotApplicable, Score
from harness.model.task import Task
from harness.scorers.credentials import is_credential
from harness.scorers.promises import measured_from
from harness.scorers.severity import assess
from harness.scorers.static import SCORER, merge_confirmed

Grade = Callable[..., Score]


def finding(rule: str, line: int = 1, tool: str = "bandit", **more: Any) -> dict[str, Any]:
    plain = {"file": "app/a.py", "cwe": None, "tool_severity": "", "confidence": "", "message": rule, "code": "x()"}
    marks = {"suppressed": False, "test_code": False, "python": True, "query": "input" if "608" in rule else ""}
    return {**plain, **marks, "rule": rule, "line": line, "tool": tool, **more}


def facts(*findings: dict[str, Any], **more: Any) -> dict[str, Any]:
    counts = {"files": 3, "python_files": 2, "lines": 40, "suppressions": 0, "tests_are_code": False}
    lists: dict[str, Any] = {name: [] for name in ("unparsed", "disguised", "other_code", "skipped")}
    return {**counts, **lists, "findings": list(findings), **more}


@pytest.fixture
def grade(make_task: Callable[..., Task]) -> Grade:
    def run(*findings: dict[str, Any], **more: Any) -> Score:
        seen = Observation("static", 1, "measured", facts(*findings, **more))
        result = SCORER.score(make_task(), {"static": seen}, {})
        assert isinstance(result, Score)
        return result

    return run


def test_nothing_found_is_full_marks(grade: Grade) -> None:
    assert (grade().value, grade().flags, grade().evidence) == (1.0, (), ())


@pytest.mark.parametrize(
    ("entry", "cwe", "severity", "value"),
    [
        (finding("B608"), 89, "critical", 0.0),
        (finding("S608", tool="ruff"), 89, "critical", 0.0),
        (finding("B602", tool_severity="high"), 78, "critical", 0.0),
        (finding("B602", tool_severity="low"), 78, "low", 0.95),
        (finding("B506"), 502, "high", 0.5),
        (finding("B324", code="hashlib.md5(password)"), 916, "high", 0.5),
        (finding("B324", code="hashlib.md5(body)"), 327, "medium", 0.8),
        (finding("B311", code="token = random.random()"), 330, "high", 0.5),
        (finding("B311", code='"".join(random.choice(ALPHABET) for _ in range(7))'), 330, "low", 0.95),
        (finding("B311", code="n = random.getrandbits(64)", function="new_slug"), 330, "low", 0.95),
        (finding("B311", code="return random.choices(x)", function="make_session"), 330, "high", 0.5),
        (finding("B608", query="open"), 89, "medium", 0.8),
        (finding("B999", tool_severity="high", cwe=1234), 1234, "medium", 0.8),
        (finding("H002", tool="harness"), 347, "critical", 0.0),
        (finding("H004", tool="harness"), 78, "critical", 0.0),
        (finding("H005", tool="harness"), 95, "critical", 0.0),
        (finding("H006", tool="harness"), 502, "high", 0.5),
        (finding("H007", tool="harness"), 470, "high", 0.5),
        (finding("H008", tool="harness"), 89, "critical", 0.0),
        (finding("H009", tool="harness"), 829, "high", 0.5),
        (finding("H010", tool="harness"), 829, "medium", 0.8),
        (finding("Stripe Access Key", tool="detect-secrets"), 798, "high", 0.5),
    ],
)
def test_our_severities(grade: Grade, entry: dict[str, Any], cwe: int, severity: str, value: float) -> None:
    score = grade(entry)
    assert (score.value, [(e.cwe, e.severity, e.status) for e in score.evidence]) == (
        value,
        [(cwe, severity, "unconfirmed")],
    )
    assert sum(e.points for e in score.evidence) == pytest.approx(1 - value)


@pytest.mark.parametrize(
    "entry",
    [
        finding("B311", code="time.sleep(delay * random.random())", function="retry"),
        finding("B311", code="jitter = random.uniform(0, 1)"),
        finding("B324", code="tag = hashlib.md5(body).hexdigest()", function="etag"),
        finding("B310", code='urlopen("http://127.0.0.1:8000/health")', constant_call=True),
        finding("B310", code="urlopen(url)", address="constant"),
        finding("S310", tool="ruff", code="urlopen(settings.webhook)", address="open"),
        finding("B105", code='"password": "S3cure-pass-1"', example=True),
        finding("B106", code='hash_password("placeholder")', function="equalise_timing_of_unknown_users"),
        finding("Secret Keyword", tool="detect-secrets", file=".env.example", python=False, code="SECRET=a1b2c3d4e5"),
        finding(
            "Secret Keyword", tool="detect-secrets", file="openapi.yaml", python=False, code='password: "Hunter2!"'
        ),
        finding("Secret Keyword", tool="detect-secrets", file="config.yaml", python=False, code="secret_kept: monthly"),
        finding("Secret Keyword", tool="detect-secrets", file="config.yaml", python=False, code="token_url: /x/9a8f1c"),
        finding("Secret Keyword", tool="detect-secrets", file="README.md", python=False, code="TOKEN: a1b2c3d4e5"),
        finding("Secret Keyword", tool="detect-secrets", file=".env", python=False, code="JWT_SECRET=change-me"),
        finding("Secret Keyword", tool="detect-secrets", file="compose.yml", python=False, code="PASSWORD: postgres"),
        finding("Basic Auth Credentials", tool="detect-secrets", code='"postgresql://app:app@localhost/app"'),
    ],
)
def test_what_right_work_holds_costs_nothing(entry: dict[str, Any]) -> None:
    assert assess(entry) is None


def test_an_address_that_a_caller_sends_costs() -> None:
    for address in ("input", ""):
        assert assess(finding("B310", code="urlopen(url)", address=address)) == (918, "low"), "untold: as before"


def test_a_secret_in_a_file_that_is_used_costs() -> None:
    entry = finding("Secret Keyword", tool="detect-secrets", file=".env", python=False, code="JWT_SECRET=8f3a91c27be4")
    assert assess(entry) == (798, "low")
    login = finding("Basic Auth Credentials", tool="detect-secrets", code='"postgresql://app:Xq81-uw@db.internal/app"')
    assert assess(login) == (798, "medium")


@pytest.mark.parametrize(
    ("code", "cost"),
    [
        ("JWT_SECRET=9fK2mQ8vLx3Zt7Bw", "low"),
        ("export SECRET_KEY=9fK2mQ8vLx3Zt7Bwaa", "low"),
        ("      - JWT_SECRET=9fK2mQ8vLx3Zt7Bw", "low"),
        ("ENV APP_SECRET=9fK2mQ8vLx3Zt7Bw", "low"),
        ("ENV LANG=C.UTF-8 APP_SECRET=9fK2mQ8vLx3Zt7Bw", "low"),
        ("web: JWT_SECRET=9fK2mQ8vLx3Zt7Bw exec uvicorn app.main:app --port $PORT", "low"),
        ("db_password = aKdJshTrWqPzLmXcVb", "low"),
        ("SECRET=b7c1f0de-91aa-4e0c-8d13-2f6a5e0c9b11", "low"),
        ("JWT_SECRET=change-me", None),
        ("JWT_SECRET=dev_secret_123", None),
        ("JWT_SECRET=supersecretkeyforlocaldevelopment", None),
        ("SECRET_KEY=InsecureDevKey2024", None),
        ("POSTGRES_PASSWORD: postgres", None),
        ("DB_PASSWORD=${DB_PASSWORD}", None),
        ("JWT_SECRET: ${JWT_SECRET:?set it}", None),
        ("JWT_SECRET_FILE=/run/secrets/jwt", None),
        ("web: SECRET_KEY=$SECRET_KEY exec gunicorn app:app", None),
        ("PASSWORD_MIN_LENGTH=12", None),
        ("export JWT_SECRET=$(openssl rand -hex 32)", None),
    ],
)
def test_a_secret_without_quotes_costs_when_it_looks_drawn(code: str, cost: str | None) -> None:
    seen = assess(finding("Secret Keyword", tool="detect-secrets", file=".env", python=False, code=code))
    assert seen == (None if cost is None else (798, cost))


@pytest.mark.parametrize("rule", ["B101", "S101", "B104", "B404", "B603", "B607", "B108", "B110"])
def test_what_is_no_weakness_of_a_service(rule: str) -> None:
    assert assess(finding(rule)) is None
    assert assess(finding("B608", query="constant")) is None
    assert assess(finding("B608", query="none")) is None
    assert assess(finding("B608", query="", constant_query=True)) is None, "as an earlier driver reported it"
    assert assess(finding("Hex High Entropy String", tool="detect-secrets")) is None


@pytest.mark.parametrize(
    ("code", "plausible"),
    [
        ('SECRET_KEY = "dev-secret-change-me"', True),
        ('password: str = "hunter22"', True),
        ('app.config["SECRET_KEY"] = "abcdef123"', True),
        ('connect(password="s3cr3t!")', True),
        ('token_type = "bearer"', False),
        ('TOKEN_URL = "/auth/token"', False),
        ('PASSWORD_FIELD = "new_password"', False),
        ('token = ""', False),
        ('INVALID_PASSWORD = "invalid_password"', False),
        ('PASSWORD_TOO_SHORT = "password-too-short"', False),
        ('class ErrorCode: TOKEN_EXPIRED = "token_expired"', False),
        ('WRONG_PASSWORD = "accounts.wrong_password"', False),
        ('if grant_type == "password":', False),
        ('GRANT_PASSWORD = "password"', False),
        ('NULL_TOKEN = "00000000-0000-0000-0000-000000000000"', False),
        ('_DUMMY_PASSWORD_HASH = "scrypt$16384$8$1$AAAAAAAA$9a8f1c2e4d6b8a0c"', False),
        ('FAKE_PASSWORD = "d8f1c2e4d6b8a0c9"', False),
        ('ADMIN_PASSWORD_HASH = "pbkdf2_sha256$600000$c2FsdA$9a8f1c2e4d6b8a0c"', False),
        ('SESSION_TOKEN = "00000000-0000-4000-8000-9a8f1c2e4d6b"', True),
        ('PASSWORD = "scrypt9a8f1c2e4d6b"', True),
        ('TIMINGS_SECRET = "9a8f1c2e4d6b8a0c"', True),
        ('REFRESH_TOKEN = "refresh_token"', False),
        ('token_type: str = "access_token"', False),
        ('oauth2 = OAuth2PasswordBearer(tokenUrl="auth/login")', False),
        ('TOKEN_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"', False),
        ('PASSWORD_PATTERN = "^(?=.*[A-Z]).{8,}$"', False),
        ('DUMMY_HASH_PASSWORD = "timing-equaliser"', False),
        ('PASSWORD_ERROR = "Password must have eight characters"', False),
        ('SESSION_TOKEN_COOKIE = "sid_v2"', False),
        ('_DUMMY = hash_password("correct-horse")', True),
        ('password = "correct-horse"', True),
        ('ADMIN_TOKEN = "letmein-2024"', True),
        ('JWT_SECRET = "supersecret"', True),
        ('DB_PASSWORD = "p0stgr3s!"', True),
        ('SECRET = "APP_SECRET_KEY"', False),
        ('password = "must have eight characters"', False),
    ],
)
def test_names_and_labels_are_no_secrets(code: str, plausible: bool) -> None:
    assert is_credential(code) is plausible


def test_one_line_one_weakness_is_one_finding_whatever_reports_it(grade: Grade) -> None:
    score = grade(finding("S602", tool="ruff"), finding("B602", tool_severity="low"), finding("B602", line=9))
    assert [(e.where, e.severity) for e in score.evidence] == [("app/a.py:9", "critical"), ("app/a.py:1", "low")]
    assert "bandit B602, ruff S602" in score.evidence[1].detail


def test_more_findings_never_score_higher(grade: Grade) -> None:
    entries = [finding("B311", line, code="code = random.choice(x)") for line in range(1, 8)] + [
        finding("B506", line) for line in range(8, 12)
    ]
    values = [grade(*entries[:count]).value for count in range(len(entries) + 1)]
    assert values == sorted(values, reverse=True)
    assert (values[0], values[-1]) == (1.0, 0.0)
    assert sum(e.points for e in grade(*entries).evidence) == pytest.approx(1.0)


def test_findings_in_tests_weigh_nothing_but_are_listed(grade: Grade) -> None:
    score = grade(finding("B608", test_code=True))
    assert (score.value, score.metrics["findings_in_tests"], score.evidence[0].status) == (1.0, 1, "in tests")


def test_a_suppressed_finding_counts_and_raises_the_flag(grade: Grade) -> None:
    score = grade(finding("B608", suppressed=True))
    assert (score.value, score.flags, score.evidence[0].status) == (0.0, ("suppressions",), "suppressed")


def test_an_unreadable_file_is_not_clean(grade: Grade) -> None:
    score = grade(unparsed=["app/b.py", "tests/t.py"])
    assert (score.value, score.flags) == (0.5, ("unscanned_code",))
    assert grade(unparsed=["tests/t.py"], tests_are_code=True).value == 0.5


def test_files_without_a_finding_are_counted_among_the_python_files(grade: Grade) -> None:
    elsewhere = [finding("AWS", tool="detect-secrets", file=name, python=False) for name in (".env", "a.yml", "b.json")]
    assert (grade(*elsewhere).passed, grade(*elsewhere).total) == (2, 2)
    twice = grade(finding("B506"), unparsed=["app/a.py"])
    assert (twice.passed, twice.total) == (1, 2), "a file is counted once, whatever is wrong with it"


def test_without_python_it_does_not_apply(make_task: Callable[..., Task]) -> None:
    seen = Observation("static", 1, "measured", facts(python_files=0))
    result = SCORER.score(make_task(), {"static": seen}, {})
    assert isinstance(result, NotApplicable)
    assert result.because == "submission", "it exempts nothing but its own trial"


def test_a_critical_that_no_attack_reproduced_leaves_the_promise_of_none_open(grade: Grade) -> None:
    tried = {"tried": 9, "confirmed_critical": 0, "critical_untried": 0}
    blocked = Score("attacks", 2, 1.0, 9, 9, "attacks blocked", metrics=tried)
    figure = measured_from([blocked, grade(finding("B608"))], None, None)["critical_vulnerabilities"]
    assert (figure.value, figure.low, figure.high) == (None, 0.0, 1.0)
    assert measured_from([blocked, grade()], None, None)["critical_vulnerabilities"].value == 0.0


def attacks(cwe: int, result: str) -> Observation:
    attack = {"cwe": cwe, "result": result, "title": "union select", "message": "2 rows of another user"}
    return Observation("attacks", 1, "measured", {"attacks": [attack]})


def test_an_attack_that_worked_confirms_what_it_reproduces(grade: Grade) -> None:
    score = grade(finding("B608"), finding("B506", line=4))
    result = merge_confirmed(score, attacks(89, "exploited"))
    assert isinstance(result, Score)
    assert [(e.cwe, e.status) for e in result.evidence] == [(89, "confirmed"), (502, "unconfirmed")]
    assert (result.metrics["confirmed"], result.metrics["confirmed_critical"]) == (1, 1)
    assert (score.metrics["critical_unconfirmed"], result.metrics["critical_unconfirmed"]) == (1, 0)
    assert "union select" in result.evidence[0].detail
    assert result.value == score.value


@pytest.mark.parametrize("seen", [None, attacks(89, "blocked"), attacks(89, "cannot_run"), attacks(639, "exploited")])
def test_nothing_else_confirms(grade: Grade, seen: Observation | None) -> None:
    score = grade(finding("B608"))
    result = merge_confirmed(score, seen)
    assert isinstance(result, Score)
    assert {e.status for e in result.evidence} == {"unconfirmed"}
    assert (result.metrics["confirmed_critical"], result.metrics["critical_unconfirmed"]) == (0, 1)


def test_the_scorer_uses_the_attacks_of_the_same_trial(make_task: Callable[..., Task]) -> None:
    seen = Observation("static", 1, "measured", facts(finding("B608")))
    result = SCORER.score(make_task(), {"static": seen, "attacks": attacks(943, "exploited")}, {})
    assert isinstance(result, Score)
    assert result.evidence[0].status == "confirmed"
