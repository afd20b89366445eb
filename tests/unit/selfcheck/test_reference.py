"""The reference of input files says what the schemas say."""

from harness.documents import schema
from harness.selfcheck.reference import DOCUMENTS, REFERENCE, reference


def test_the_reference_is_what_the_schemas_say() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "run `make reference` and commit the result"


def test_every_top_level_key_of_every_schema_is_explained() -> None:
    text = reference()
    for name in DOCUMENTS:
        section = text.split(f"## {schema(name)['title']}\n")[1].split("\n## ")[0]
        for key in schema(name).get("properties", {}):
            row = next(line for line in section.splitlines() if line.startswith(f"| `{key}` |"))
            assert not row.endswith("|  |"), f"{name}: {key} has no meaning"
