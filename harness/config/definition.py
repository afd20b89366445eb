"""Reads an agent definition in any dialect seen in the field, leniently, into one AgentSpec.

    FILE or FOLDER, with #NAME where it holds several agents -> drafts -> the one meant -> files inlined -> AgentSpec

Refuses only what cannot be understood as a definition at all (unreadable, empty, too large, a prompt in a file that is
not there). Everything else is read as well as it can be, and every liberty taken is a warning `code: sentence`.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from harness.config.definition_documents import MARKDOWN, kind_of, read_document
from harness.config.definition_draft import MAX_NAME, Draft, chosen, named_apart
from harness.config.definition_files import Missing, Nearby, decoded, folder_bytes, read_bytes
from harness.config.definition_folder import agent_name, candidates, instructions, is_instructions
from harness.config.definition_imports import Inliner, prompt_files, with_prompt_files
from harness.config.definition_markdown import drafts_of, unwrapped
from harness.config.definition_model import model_of
from harness.config.definition_tables import prompt_of
from harness.config.definition_tools import tool_rule
from harness.config.definition_traits import is_template, looks_mojibake, wants_json_reply
from harness.documents import digest_of
from harness.errors import UsageError
from harness.model.agent import AgentSpec


@dataclass(frozen=True)
class _Found:
    """A draft, where it stands, and what its digest is over."""

    draft: Draft
    path: Path
    text: str
    root: Path
    whole: dict[str, bytes]
    one_of_several: bool = False


def read_definition(path: Path) -> AgentSpec:
    """The definition at `path`, as understood. UsageError names the file and what to do.

    path: a file, or a folder such as `.claude`; followed by `#NAME` where it holds several agents.
    """
    place, name = split_name(path)
    found = _in_folder(place, name) if place.is_dir() else _in_file(place, name, place.parent)
    return _spec(found, str(path))


def split_name(path: Path) -> tuple[Path, str | None]:
    """(file or folder, name after the last `#` or None); a file whose own name holds a `#` is that file."""
    text = str(path)
    if "#" not in text or path.exists():
        return path, None
    place, _, name = text.rpartition("#")
    return Path(place or "."), name.strip() or None


def _in_file(path: Path, name: str | None, root: Path) -> _Found:
    raw = read_bytes(path)
    text = decoded(raw, path)
    drafts = _drafts(path, text)
    if len(drafts) > 1 or name is not None:
        drafts = named_apart([replace(d, name=d.name or agent_name(path)) for d in drafts])
    draft = chosen(drafts, name, str(path))
    return _Found(draft, path, text, root, {path.name: raw}, len(drafts) > 1)


def _in_folder(folder: Path, name: str | None) -> _Found:
    files = folder_bytes(folder)
    found: list[_Found] = []
    skipped: list[str] = []
    for relative in candidates(files):
        path = folder / relative
        try:
            text = decoded(files[relative], path)
            drafts = _drafts(path, text) if text.strip() else []
        except UsageError as error:
            skipped.append(f"skipped_file: {relative}: {error.code}")
            continue
        found += [_Found(replace(d, name=d.name or agent_name(path)), path, text, folder, files) for d in drafts]
    if not found:
        raise UsageError(
            "unreadable", f"{folder}: no agent definition found in this folder ({len(files)} files); name the file"
        )
    named = named_apart([entry.draft for entry in found])
    one = named.index(chosen(named, name, str(folder)))
    beside = [path for path in instructions(files) if folder / path != found[one].path]
    if beside:
        skipped.append(f"instructions_apart: {', '.join(beside[:5])} stand beside the agent and are not sent with it")
    draft = replace(named[one], warnings=(*named[one].warnings, *skipped))
    return replace(found[one], draft=draft, one_of_several=len(found) > 1)


def _drafts(path: Path, text: str) -> list[Draft]:
    """The agents of one file."""
    text, fence, warnings = unwrapped(text)
    kind = kind_of(path, text, fence)
    drafts, why = read_document(text, kind) if kind else (None, "")
    if drafts is not None and (drafts or not kind.endswith("?")):
        if not drafts:
            raise UsageError("empty_definition", f"{path}: its agents have no prompt of their own, so there is none")
        return _warned(drafts, warnings)
    drafts = [replace(d, format=_format(path)) for d in drafts_of(text)]
    if is_instructions(path):  # has none by convention
        drafts = [replace(d, warnings=tuple(w for w in d.warnings if "frontmatter_missing" not in w)) for d in drafts]
    if _is_structured(path, text, why, kind):
        why = why or f"is a {path.suffix} file"
        warnings.append(f"unknown_format: the file {why}; the whole text is sent as the prompt")
        drafts = [replace(d, format=f"unknown ({kind or path.suffix or 'XML'})") for d in drafts]
    return _warned(drafts, warnings)


def _is_structured(path: Path, text: str, why: str, kind: str) -> bool:
    """True for what is no prose in Markdown, nor a format known here."""
    if path.suffix.lower() not in MARKDOWN and not path.name.startswith("."):
        return True
    begins = text.lstrip()
    data = begins.startswith("{") and begins[1:].lstrip()[:1] in ('"', "}")
    return bool(why and (data or kind in ("YAML", "TOML"))) or begins.lower().startswith(("<?xml", "<!doctype"))


def _warned(drafts: list[Draft], warnings: list[str]) -> list[Draft]:
    return [replace(draft, warnings=(*warnings, *draft.warnings)) for draft in drafts]


def _format(path: Path) -> str:
    name = path.name.lower()
    known = {
        ".agent.md": "Copilot agent",
        ".chatmode.md": "Copilot chat mode",
        ".mdc": "Cursor rule",
        ".instructions.md": "Copilot instructions",
        "copilot-instructions.md": "Copilot instructions",
        ".cursorrules": "Cursor rules",
        "agents.md": "AGENTS.md",
        "claude.md": "CLAUDE.md",
        "gemini.md": "GEMINI.md",
    }
    return next((words for ending, words in known.items() if name.endswith(ending)), "Markdown")


def _spec(found: _Found, source: str) -> AgentSpec:
    nearby = Nearby(found.root)
    found = replace(found, draft=_with_prompt_file(found, nearby))
    draft = found.draft
    inliner = Inliner(nearby, found.path)
    body = inliner.whole(_prompt(found, inliner), found.path.parent, _also(found, draft)).strip("\n")
    if not body.strip():
        raise UsageError("empty_definition", f"{source}: has no text besides its front matter; the body is the prompt")
    values = draft.values
    rule = tool_rule(values, grouped=draft.format.startswith(("Copilot", "Roo", "Kiro")))
    model, model_warnings = model_of(values)
    template, template_warnings = is_template(body)
    mojibake = "mojibake: some characters look like UTF-8 that was read as Latin-1; save the file again from its source"
    return AgentSpec(
        name=(draft.name or agent_name(found.path))[:MAX_NAME],
        description=_text(values.get("description") or values.get("whenToUse")),
        body=body,
        sha256=_digest(found, nearby.read_so_far),
        source=source,
        model=model,
        tools=rule.tools,
        unknown_tools=rule.unknown,
        tool_rule=rule.rule,
        denied_tools=rule.denied,
        format=draft.format,
        files=tuple(nearby.read_so_far),
        front_matter=values,
        template=template,
        replies_json=wants_json_reply(body),
        warnings=(
            *draft.warnings,
            *rule.warnings,
            *model_warnings,
            *template_warnings,
            *([mojibake] if looks_mojibake(found.text) else []),
            *inliner.warnings,
        ),
        text=_whole_text(found.text, nearby.read_so_far),
    )


def _with_prompt_file(found: _Found, nearby: Nearby) -> Draft:
    """The draft with the prompt, and what else is said there, from the file that it names instead of a prompt."""
    draft = found.draft
    if draft.body.strip() or not draft.prompt_file:
        return draft
    path = nearby.path_of(draft.prompt_file, found.path.parent)
    text = path if isinstance(path, Missing) else nearby.text(path)
    if isinstance(path, Missing) or isinstance(text, Missing):
        why = text.why if isinstance(text, Missing) else ""
        raise UsageError("prompt_file_missing", f"{found.path}: the prompt's file {draft.prompt_file!r} {why}")
    inner = chosen(_drafts(path, text), None, str(path))
    return replace(draft, body=inner.body, values={**inner.values, **draft.values}, format=inner.format)


def _prompt(found: _Found, inliner: Inliner) -> str:
    """The prompt's text: as it stands, or from the one file that the definition names in its place."""
    draft = found.draft
    body = draft.body if draft.body.strip() else prompt_of(draft.values)
    if draft.format in ("Markdown", "Copilot agent") and draft.body.strip():
        return body  # in prose, `{file:...}` is prose
    texts: dict[str, str] = {}
    for reference in prompt_files(body):
        text = inliner.file(reference, found.path.parent)
        if isinstance(text, str):
            texts[reference] = text
            continue
        kiro = "file://" in body
        what = "Kiro's `file://` prompt" if kiro else "the prompt's file"
        message = f"{found.path}: {what} {reference!r} {text.why}; put the text into the definition"
        if not with_prompt_files(body, {reference: ""}).strip() or kiro:
            raise UsageError("prompt_file_missing", message)
        inliner.warnings.append(f"unresolved_import: {message.partition(': ')[2]}")
    return with_prompt_files(body, texts)


def _also(found: _Found, draft: Draft) -> tuple[str, ...]:
    return tuple(path for path in draft.also if not path.startswith(("http:", "https:", "skill:")))


def _digest(found: _Found, read: dict[str, bytes]) -> str:
    items = {**read, **found.whole}
    digest = hashlib.sha256(*found.whole.values()).hexdigest() if len(items) == 1 else digest_of(items.items())
    if not found.one_of_several:
        return digest
    return hashlib.sha256(f"{digest}#{found.draft.name}".encode()).hexdigest()


def _whole_text(text: str, read: dict[str, bytes]) -> str:
    parts = [f"\n\n--- {path} ---\n{raw.decode('utf-8', 'replace')}" for path, raw in read.items()]
    return text + "".join(parts)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()
