"""Parses what is no Markdown: JSON with comments, TOML, YAML; tells by name and text which of them a file is.

Refuses YAML tags and documents that grow when they are printed.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from harness.config.definition_draft import Draft
from harness.config.definition_tables import drafts_in
from harness.config.front_matter import MAX_BRACKETS, plain_mapping

_JSON = (".json", ".jsonc", ".json5")
_YAML = (".yaml", ".yml")
_MODES = (".roomodes", ".kilocodemodes")
MARKDOWN = frozenset((".md", ".mdc", ".mdx", ".markdown", ".txt", ".text", ".prompt", ".prompty", ".rst", ".adoc", ""))
# A string, a comment, or a comma before a closing bracket.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*\n|/\*.*?\*/)*[}\]])', re.S)
_YAML_KEY = re.compile(r"^(?:-\s+)?[\"']?[\w.$ -]{1,80}[\"']?:(?:\s|$)")
_TOML_KEY = re.compile(r"^\s*(?:developer_instructions|instructions|prompt)\s*=\s*(?:\"\"\"|''')", re.M)


def kind_of(path: Path, text: str, fence: str) -> str:
    """JSON, TOML, YAML, or empty for text; `fence` is the language of the fence that the file was wrapped in."""
    start = text.lstrip()[:1]
    suffix = "" if path.name.startswith(".") and path.name.count(".") == 1 else path.suffix.lower()
    if start in ("{", "[") and (suffix in (*_JSON, *MARKDOWN, *_YAML) or fence.startswith("json")):
        return "JSON"
    if suffix in _JSON:
        return "JSON"
    if suffix == ".toml" or fence == "toml" or (_TOML_KEY.search(text) and not text.lstrip().startswith(("---", "#"))):
        return "TOML"
    if suffix in _YAML or path.name in _MODES or fence in ("yaml", "yml"):
        return "YAML"
    first = next((line for line in text.split("\n") if line.strip() and not line.startswith("#")), "")
    return "YAML?" if suffix in MARKDOWN and _YAML_KEY.match(first) and first.rstrip().endswith((":", "|", ">")) else ""


def read_document(text: str, kind: str) -> tuple[list[Draft] | None, str]:
    """(the agents in `text`, ""), or (None, why it holds none that is known): what does not parse is no document."""
    try:
        document = _parsed(text, kind.rstrip("?"))
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        return None, f"is no valid {kind} ({_one_line(error)})"
    drafts = drafts_in(document, kind.rstrip("?"))
    if drafts is None:
        keys = ", ".join(str(key) for key in list(document)[:8]) if isinstance(document, Mapping) else "none"
        return None, f"is {kind} in which no key is known to hold a prompt (its keys: {keys})"
    try:
        return [replace(draft, values=plain_mapping(draft.values)) for draft in drafts], ""
    except ValueError as error:
        return None, f"is {kind} with {error}"


def _parsed(text: str, kind: str) -> Any:
    if kind == "JSON":
        try:
            return json.loads(text, strict=False)
        except ValueError:
            return json.loads(_TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else "", text), strict=False)
    if kind == "TOML":
        return tomllib.loads(text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if loader is yaml.SafeLoader and text.count("[") + text.count("{") > MAX_BRACKETS:
        raise ValueError(f"more than {MAX_BRACKETS} brackets")
    documents = [document for document in yaml.load_all(text, Loader=loader) if document is not None]
    return documents[0] if len(documents) == 1 else documents


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
