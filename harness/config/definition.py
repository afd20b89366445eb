"""Reads an agent definition file in any dialect seen in the field, leniently, into one AgentSpec.

Refuses only what cannot be understood as a definition at all (unreadable, not UTF-8, empty, too large). Everything
else is read as well as it can be, and every liberty taken is a warning `code: sentence`. The body is never edited.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.config.definition_tools import canonical_tools
from harness.config.definition_traits import is_template, links_in, looks_mojibake, wants_json_reply
from harness.config.front_matter import read_front_matter, split_front_matter
from harness.errors import UsageError
from harness.model.agent import AgentSpec

MAX_BYTES = 1_000_000
MAX_NAME = 200
_CALLERS_CHOICE = frozenset(("inherit", "default", "auto", ""))  # words that name no model


def read_definition(path: Path) -> AgentSpec:
    """The definition at `path`, as understood. UsageError names the file and what to do."""
    raw = _read_bytes(path)
    text = _decoded(raw, path)
    head, body, split_warnings = split_front_matter(text)
    body = body.strip("\n")
    if not body.strip():
        raise UsageError("empty_definition", f"{path}: has no text besides its front matter; the body is the prompt")
    values, warnings = read_front_matter(head) if head is not None else ({}, [])
    tools, unknown, tool_warnings = canonical_tools(values.get("tools"))
    template, template_warnings = is_template(body)
    return AgentSpec(
        name=_text(values, "name")[:MAX_NAME] or path.stem,
        description=_text(values, "description"),
        body=body,
        sha256=hashlib.sha256(raw).hexdigest(),
        source=str(path),
        model=_model(values),
        tools=tools,
        unknown_tools=unknown,
        front_matter=values,
        template=template,
        replies_json=wants_json_reply(body),
        warnings=(
            *split_warnings,
            *warnings,
            *tool_warnings,
            *template_warnings,
            *_text_warnings(text, body, path.parent),
        ),
        text=text,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            "unreadable", f"{path}: definition cannot be read ({reason}); check path and permissions"
        ) from None
    if len(raw) > MAX_BYTES:
        raise UsageError(
            "too_large", f"{path}: a definition may have at most {MAX_BYTES} bytes; is this the right file?"
        )
    if not raw.strip():
        raise UsageError(
            "empty_definition", f"{path}: the file is empty; expected front matter and a prompt in Markdown"
        )
    return raw


def _decoded(raw: bytes, path: Path) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("unreadable", f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    if "\0" in text:
        raise UsageError("unreadable", f"{path}: holds NUL bytes, so it is not text; expected Markdown in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _model(values: Mapping[str, object]) -> str | None:
    name = _text(values, "model")
    return None if name.casefold() in _CALLERS_CHOICE else name


def _text_warnings(text: str, body: str, folder: Path) -> Iterator[str]:
    if looks_mojibake(text):
        yield "mojibake: some characters look like UTF-8 that was read as Latin-1; save the file again from its source"
    for link in links_in(body):
        if not (folder / link).exists():
            yield f"unresolved_link: {link!a} does not exist beside the definition; its text is not part of the prompt"
