"""Which requirement lines are accepted, and that every other way to reach pip is refused."""

import pytest

from harness.errors import DependencyRefused
from harness.sandbox.requirements import MAX_LINES, parse_pyproject, parse_requirements


def test_accepts_names_extras_specifiers_and_markers_in_canonical_form() -> None:
    content = b"""\xef\xbb\xbf# web
fastapi>=0.100,<1   # the framework
uvicorn[standard] ~= 0.30
tomli ; python_version < "3.11"

pydantic \\
    >=2
"""
    assert parse_requirements(content).lines == (
        "fastapi<1,>=0.100",
        "uvicorn[standard]~=0.30",
        'tomli; python_version < "3.11"',
        "pydantic>=2",
    )


def test_hashes_are_taken_off_and_noted() -> None:
    read = parse_requirements(b"six==1.17.0 --hash=sha256:aa --hash sha256:bb\nidna\n")
    assert read.lines == ("six==1.17.0", "idna")
    assert read.notes == ("requirements.txt: 2 --hash options were not used; our own lock pins the wheels",)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--index-url http://127.0.0.1/simple", "--index-url"),
        ("-i http://127.0.0.1/simple", "-i"),
        ("--extra-index-url=http://127.0.0.1/simple", "--extra-index-url"),
        ("--trusted-host example", "--trusted-host"),
        ("--find-links /tmp", "--find-links"),
        ("-r other.txt", "-r"),
        ("-c pins.txt", "-c"),
        ("-e .", "-e"),
        ("--hash=sha256:aa", "--hash"),
        ("six --global-option=x", "six --global-option"),
        ("six --config-settings=x=y", "six --config-settings"),
        ("six @ https://example.invalid/six.whl", "URL or path"),
        ("six @ file:///etc/passwd", "URL or path"),
        ("git+https://example.invalid/x.git", "git+https"),
        ("./local", "./local"),
        ("/etc/passwd", "/etc/passwd"),
        ("${HOME}", "${HOME}"),
        ("six; import os", "six; import os"),
        ("a" * 2000, "2000 characters"),
    ],
)
def test_everything_else_breaks_the_policy_and_is_named(line: str, named: str) -> None:
    with pytest.raises(DependencyRefused) as refused:
        parse_requirements(f"idna\n{line}\n".encode())
    assert refused.value.code == "dependency_policy"
    assert named in refused.value.message
    assert "requirements.txt: requirement line 2" in refused.value.message


def test_too_many_lines_and_other_encodings_are_refused() -> None:
    assert len(parse_requirements(b"six\n" * MAX_LINES).lines) == MAX_LINES
    with pytest.raises(DependencyRefused, match="201 requirements"):
        parse_requirements(b"six\n" * (MAX_LINES + 1))
    with pytest.raises(DependencyRefused, match="not UTF-8"):
        parse_requirements("six\n".encode("utf-16"))


def test_pyproject_gives_its_project_dependencies() -> None:
    content = b'[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = ["fastapi>=0.100", "uvicorn"]\n'
    assert parse_pyproject(content).lines == ("fastapi>=0.100", "uvicorn")
    assert parse_pyproject(b'[project]\nname = "x"\n').lines == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[project", "not valid TOML"),
        (b"[tool.poetry.dependencies]\nfastapi = '*'\n", "no [project] table"),
        (b'[project]\ndynamic = ["dependencies"]\n', "dynamic"),
        (b'[project]\ndependencies = "fastapi"\n', "expected a list of strings"),
        (b'[project]\ndependencies = ["x @ file:///x"]\n', "entry 1"),
        (b'[project]\nrequires-python = ">=3.12"\n', "excludes Python 3.11"),
        (b'[project]\nrequires-python = "eleven"\n', "excludes Python 3.11"),
    ],
)
def test_a_pyproject_we_cannot_install_from_says_why(content: bytes, said: str) -> None:
    with pytest.raises(DependencyRefused) as refused:
        parse_pyproject(content)
    assert said in refused.value.message
    assert refused.value.message.startswith("pyproject.toml")
