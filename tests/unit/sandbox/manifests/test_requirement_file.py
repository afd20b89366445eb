"""Requirement files as people write them are read; every way to another source of code is refused by name."""

import pytest

from harness.errors import DependencyRefused
from harness.sandbox.manifests.requirement import MAX_LINES, LocalPackage, RequirementLines
from harness.sandbox.manifests.requirement_file import read_requirement_file
from harness.selfcheck.public_index import with_public_index


def read(content: bytes, **more: bytes) -> RequirementLines:
    others = {name.replace("__", "/").replace("_", ".", 1): text for name, text in more.items()}
    if b"PUBLIC-INDEX" in content:
        content = with_public_index(content.decode()).encode()
    return read_requirement_file({"requirements.txt": content, **others})


def test_accepts_names_extras_specifiers_and_markers_in_canonical_form() -> None:
    content = b"""\xef\xbb\xbf# web
fastapi>=0.100,<1   # the framework
uvicorn[standard] ~= 0.30
tomli ; python_version < "3.11"

pydantic \\
    >=2
"""
    assert read(content).lines == (
        "fastapi<1,>=0.100",
        "uvicorn[standard]~=0.30",
        'tomli; python_version < "3.11"',
        "pydantic>=2",
    )


def test_windows_line_ends_and_utf_16_as_a_shell_there_writes_it() -> None:
    assert read(b"six\r\nidna \\\r\n >=3\r\n").lines == ("six", "idna>=3")
    assert read("six\r\nidna\r\n".encode("utf-16")).lines == ("six", "idna")
    assert read("six  # f\xfcr alles\n".encode("latin-1")).lines == ("six",)


def test_hashes_are_taken_off_and_noted() -> None:
    read_back = read(b"six==1.17.0 \\\n    --hash=sha256:aa \\\n    --hash sha256:bb\nidna\n")
    assert read_back.lines == ("six==1.17.0", "idna")
    assert "--hash (2x)" in read_back.notes[0]


@pytest.mark.parametrize(
    "line",
    [
        "--index-url PUBLIC-INDEX",
        "--index-url=PUBLIC-INDEX/",
        "-i PUBLIC-INDEX",
        "--extra-index-url PUBLIC-INDEX/",
        "-i PUBLIC-INDEX --trusted-host PUBLIC-INDEX-HOST",
        "--trusted-host=PUBLIC-INDEX-HOST",
        "--no-cache-dir",
        "--prefer-binary",
        "--only-binary :all:",
        "--only-binary=:all:",
        "--no-binary psycopg2",
        "--require-hashes",
        "--use-feature=fast-deps",
        "--upgrade",
        "idna --no-binary idna",
        'idna --config-settings "--build-option=x"',
        "idna --global-option=x",
    ],
)
def test_options_that_change_nothing_are_noted(line: str) -> None:
    read_back = read(f"six\n{line}\nidna\n".encode())
    assert read_back.lines == ("six", "idna")
    assert "not used: --" in read_back.notes[0]


def test_pre_releases_are_asked_for_when_the_file_asks() -> None:
    assert read(b"--pre\nsix\n").prerelease
    assert not read(b"six\n").prerelease


def test_includes_and_constraints_inside_the_submission() -> None:
    files = {
        "requirements.txt": b"-r requirements/prod.txt\n-cconstraints.txt\n--requirement=more.txt\n",
        "requirements/prod.txt": b"-r base.txt\nidna\n",
        "requirements/base.txt": b"-r ../requirements.txt\nsix\n",  # a circle ends
        "constraints.txt": b"certifi==2024.2.2\n",
        "more.txt": b"-c requirements/pins.txt\nsix\n",
        "requirements/pins.txt": b"six<2 --hash=sha256:aa\n",
    }
    found = read_requirement_file(files)
    assert found.lines == ("six", "idna")
    assert found.constraints == ("certifi==2024.2.2", "six<2")


@pytest.mark.parametrize(
    ("line", "folder", "extras"),
    [
        ("-e .", ".", ()),
        (".", ".", ()),
        ("./", ".", ()),
        ("--editable='.[dev, test]'", ".", ("dev", "test")),
        (".[dev]", ".", ("dev",)),
        ("-e file:.", ".", ()),
        ("-e /app", ".", ()),
        ("-e ./libs/shared", "libs/shared", ()),
        ("-e libs/shared", "libs/shared", ()),
        ("./libs/shared", "libs/shared", ()),
    ],
)
def test_packages_inside_the_submission(line: str, folder: str, extras: tuple[str, ...]) -> None:
    files = {"requirements.txt": line.encode(), "pyproject.toml": b"", "libs/shared/pyproject.toml": b""}
    assert read_requirement_file(files).local == (LocalPackage(folder, extras),)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--index-url http://127.0.0.1/simple", "--index-url"),
        ("--index-url https://PUBLIC-INDEX-HOST.example.invalid/simple", "--index-url"),
        ("--index-url https://user:pw@PUBLIC-INDEX-HOST/simple", "--index-url"),
        ("--index-url https://test.PUBLIC-INDEX-HOST/simple", "--index-url"),
        ("-i http://127.0.0.1/simple", "--index-url"),
        ("--extra-index-url=http://127.0.0.1/simple", "--extra-index-url"),
        ("--index-url PUBLIC-INDEX --extra-index-url https://example.invalid/", "--extra-index-url"),
        ("--trusted-host example.invalid", "--trusted-host"),
        ("--find-links /tmp", "--find-links"),
        ("-f https://example.invalid/wheels", "--find-links"),
        ("--no-index", "--no-index"),
        ("--proxy http://127.0.0.1:1", "--proxy"),
        ("-r other.txt", "no such file"),
        ("-c pins.txt", "no such file"),
        ("-r ../secrets.txt", "outside of the submission"),
        ("-r /etc/passwd", "outside of the submission"),
        ("-r sub/../../etc/passwd", "outside of the submission"),
        ("-r https://example.invalid/r.txt", "outside of the submission"),
        ("-r", "no such file"),
        ("-e ..", "outside of the submission"),
        ("-e ../other", "outside of the submission"),
        ("-e /etc", "URL or path"),
        ("-e git+https://example.invalid/x.git#egg=x", "version control"),
        ("six @ https://example.invalid/six.whl", "URL or path"),
        ("six @ file:///etc/passwd", "URL or path"),
        ("six @ git+https://example.invalid/six@main", "version control"),
        ("git+https://example.invalid/x.git", "version control"),
        ("git+ssh://git@example.invalid/x.git", "version control"),
        ("https://example.invalid/six-1.0-py3-none-any.whl", "URL or path"),
        ("wheels/six-1.0-py3-none-any.whl", "URL or path"),
        ("/etc/passwd", "URL or path"),
        ("${HOME}", "environment variable"),
        ("https://${TOKEN}@example.invalid/x.whl", "environment variable"),
        ("six; import os", "six; import os"),
        ("six 'open", "six 'open"),
        ("a" * 2000, "2000 characters"),
    ],
)
def test_everything_else_breaks_the_policy_and_is_named(line: str, named: str) -> None:
    with pytest.raises(DependencyRefused) as refused:
        read(f"idna\n{line}\n".encode())
    assert refused.value.code == "dependency_policy"
    assert named in refused.value.message
    assert "requirements.txt: requirement line 2" in refused.value.message


def test_a_refusal_in_an_included_file_names_that_file() -> None:
    with pytest.raises(DependencyRefused, match=r"base\.txt: requirement line 1"):
        read_requirement_file({"requirements.txt": b"-r base.txt\n", "base.txt": b"git+https://example.invalid/x\n"})


def test_too_many_lines_and_what_is_no_text_are_refused() -> None:
    many = "".join(f"p{i}\n" for i in range(MAX_LINES)).encode()
    assert len(read(many).lines) == MAX_LINES
    with pytest.raises(DependencyRefused, match="201 requirements"):
        read(many + b"six\n")
    with pytest.raises(DependencyRefused, match="NUL"):
        read("six\n".encode("utf-16-le"))
