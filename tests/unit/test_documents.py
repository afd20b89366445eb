"""Input files: one line says what is wrong, naming file and key; and the identity of a set of files."""

from pathlib import Path

import pytest

from harness.documents import digest_of, read_text, read_toml, read_yaml, schema, tree_bytes, validate
from harness.errors import UsageError


def test_a_valid_document_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "reply-meta.toml"
    path.write_text(f'schema = 1\norigin = "authored"\ndefinition = "{"a" * 64}"\nprompt = "{"b" * 64}"\n')
    assert read_toml(path, "reply-meta")["origin"] == "authored"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, ("'schema' is missing", "top level")),
        ({"schema": 1, "name": "x", "tasks": ["a"], "agents": [{}]}, ("'definition' is missing", "agents.0")),
        (
            {"schema": 1, "name": "x", "tasks": ["a"], "agents": [{"definition": "a", "adaptor": "b"}]},
            ("unknown key 'adaptor' at agents.0", "adapter"),
        ),
        ({"schema": 1, "name": "x", "tasks": [], "agents": []}, ("agents",)),
        ({"schema": 1, "name": "x", "tasks": ["a"], "agents": 3}, ("key agents",)),
    ],
)
def test_the_first_offending_key_is_named(document: dict[str, object], words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as refusal:
        validate(document, "suite", "some/suite.toml")
    assert refusal.value.message.startswith("some/suite.toml: ")
    for word in words:
        assert word in refusal.value.message


@pytest.mark.parametrize(("content", "reason"), [(b"\xff\xfe", "not UTF-8"), (None, "No such file")])
def test_text_that_cannot_be_read(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=reason) as refusal:
        read_text(path)
    assert str(path) in refusal.value.message


def test_broken_yaml_is_one_line_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: [1\nb: 2\n")
    with pytest.raises(UsageError, match="not valid YAML") as refusal:
        read_yaml(path)
    assert "\n" not in refusal.value.message
    path.write_text("a: !!python/object/apply:os.mkdir [/nowhere]\n")
    with pytest.raises(UsageError):
        read_yaml(path)


def test_every_schema_is_itself_valid() -> None:
    import jsonschema

    for path in (Path(__file__).parents[2] / "harness/schemas").glob("*.schema.json"):
        jsonschema.Draft202012Validator.check_schema(schema(path.name.removesuffix(".schema.json")))


def test_a_tree_without_caches(tmp_path: Path) -> None:
    for name in ("a/b.py", "__pycache__/x.pyc", "a/.git/config", ".gitkeep", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert tree_bytes(tmp_path) == {"a/b.py": b"a/b.py", "z.txt": b"z.txt"}
    assert tree_bytes(tmp_path / "nothing") == {}


def test_the_digest_is_of_names_and_contents_in_any_order() -> None:
    files = [("a", b"1"), ("b", b"2")]
    assert digest_of(files) == digest_of(reversed(files))
    others = [[("a", b"1")], [("a", b"2"), ("b", b"1")], [("a", b"1"), ("c", b"2")], [("a", b"1b"), ("", b"2")]]
    assert len({digest_of(files), *(digest_of(other) for other in others)}) == 5
