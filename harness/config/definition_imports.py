"""Brings the files that a prompt refers to into it: `@file` imports, Markdown links, `{file:...}` and `file://`.

An import alone on its line is replaced by the file; any other reference stays, and the file's text follows at the end:

    <file path="rules/errors.md"> ... </file>

Refuses files outside the definition's folder, more than MAX_DEPTH files deep, and one file twice (so circles end). What
is not read is a warning. References in code are none. Source: Claude Code documentation, "Import additional files".
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from harness.config.definition_files import Missing, Nearby
from harness.config.front_matter import split_front_matter
from harness.intake.fences import scan_fences, split_lines

MAX_DEPTH = 5
_MAX_LINE = 20_000  # a longer line is data
_TEXTS = (".md", ".mdc", ".mdx", ".markdown", ".txt")
_AT = re.compile(r"(?:^|(?<=[\s(\[\"'*:,]))@\{?((?:~/|\.{0,2}/)?[\w][\w./-]*|\.[\w][\w./-]*)\}?")
_ALONE = re.compile(r"^\s*(?:[-*+]\s+)?@\{?([\w.~/-]+)\}?\s*$")
_LINK = re.compile(r"\[[^\]\n]{0,300}\]\(<?([^()<>\s]{1,300})>?(?:\s+[\"'][^\"'\n]{0,200}[\"'])?\)")
_LABELLED = re.compile(r"^ {0,3}\[[^\]^\n]{1,200}\]:\s+<?([^\s<>]{1,300})>?")
_HASH_FILE = re.compile(r"#file:['\"]?([\w][\w./-]*)['\"]?")
_CURLY = re.compile(r"\{(?:file|path):([^{}\n]{1,500})\}|(?<![\w/])file://([^\s)\"'`]{1,500})")
_ELSEWHERE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|#|<)")
_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")


class Inliner:
    """Makes one prompt whole; `warnings` says what could not be read."""

    def __init__(self, nearby: Nearby, definition: Path) -> None:
        self.warnings: list[str] = []
        self._nearby = nearby
        self._done = {definition.resolve()}
        self._appended: list[str] = []
        self._warned: set[str] = set()

    def whole(self, body: str, folder: Path, also: tuple[str, ...] = ()) -> str:
        """`body` with everything it refers to; `also` are further files, globs allowed, that belong to it."""
        text = self._text(body, folder, 0)
        for pattern in also:
            paths = self._nearby.matching(pattern) if "*" in pattern else [pattern]
            for path in paths:
                self._append(str(path), folder, 0, f"{pattern!a} is not part of the prompt: it")
            if not paths:
                self._warn(pattern, f"unresolved_import: {pattern!a} names no file beside the definition")
        return "\n\n".join(part for part in (text.strip("\n"), *self._appended) if part)

    def file(self, reference: str, folder: Path) -> str | Missing:
        """The text of the one file that holds a prompt, itself made whole."""
        path = self._nearby.path_of(_plain_path(reference), folder)
        if isinstance(path, Missing):
            return path
        text = self._nearby.text(path)
        self._done.add(path)
        return text if isinstance(text, Missing) else self._text(text, path.parent, 1)

    def _text(self, text: str, folder: Path, depth: int) -> str:
        lines = split_lines(split_front_matter(text)[1] if depth else text)  # what a file says of itself is no prompt
        code = {n for fence in scan_fences(lines) for n in range(fence.start, fence.end + 1)}
        out = []
        for number, line in enumerate(lines):
            if number in code or len(line) > _MAX_LINE:
                out.append(line)
                continue
            alone = _ALONE.match(line)
            out.append(self._replaced(alone[1], line, folder, depth) if alone else line)
            if alone is None:
                for target, sure in _references(_SPAN.sub("", line)):
                    self._reference(target, sure, folder, depth)
        return "\n".join(out)

    def _replaced(self, target: str, line: str, folder: Path, depth: int) -> str:
        text = self._read(target, folder, depth)
        if isinstance(text, Missing):
            if _sounds_like_a_file(target):
                self._warn(target, f"unresolved_import: @{target} {text.why}; its text is not part of the prompt")
            return line
        return text

    def _reference(self, target: str, sure: bool, folder: Path, depth: int) -> None:
        kind = "link" if sure else "import"
        if sure or _sounds_like_a_file(target) or not isinstance(self._nearby.path_of(target, folder), Missing):
            self._append(target, folder, depth, f"unresolved_{kind}: {target!a}", sure)

    def _append(self, target: str, folder: Path, depth: int, said: str, sure: bool = True) -> None:
        text = self._read(target, folder, depth)
        if isinstance(text, Missing):
            code = "" if said.startswith("unresolved") else "unresolved_import: "
            self._warn(target, f"{code}{said} {text.why}; its text is not part of the prompt")
        elif text:
            name = Path(_plain_path(target)).as_posix().removeprefix("./")
            self._appended.append(f'<file path="{name}">\n{text.strip(chr(10))}\n</file>')

    def _read(self, target: str, folder: Path, depth: int) -> str | Missing:
        """The file's text, made whole; empty when it is part of the prompt already."""
        path = self._nearby.path_of(_plain_path(target), folder)
        if isinstance(path, Missing):
            return path
        if path in self._done:
            return ""
        if depth >= MAX_DEPTH:
            return Missing(f"is more than {MAX_DEPTH} files deep")
        text = self._nearby.text(path)
        if isinstance(text, Missing):
            return text
        self._done.add(path)
        return self._text(text, path.parent, depth + 1)

    def _warn(self, key: str, message: str) -> None:
        if key not in self._warned and len(self.warnings) < 50:
            self._warned.add(key)
            self.warnings.append(message)


def prompt_files(body: str) -> list[str]:
    """What a prompt in JSON or TOML names in place of its text: `{file:x}`, `{path:x}`, `file://x`."""
    return [(match[1] or match[2]).strip() for match in _CURLY.finditer(body)]


def with_prompt_files(body: str, texts: dict[str, str]) -> str:
    """`body` with each such reference replaced by its text, where there is one."""
    return _CURLY.sub(lambda match: texts.get((match[1] or match[2]).strip(), match[0]), body)


def links_in(body: str) -> list[str]:
    """Relative link targets of `body`, without fragments, each once, at most 50."""
    targets = (target for line in split_lines(body) for target, sure in _references(line) if sure)
    return list(dict.fromkeys(targets))[:50]


def _references(line: str) -> Iterator[tuple[str, bool]]:
    """(path, whether it surely is meant as one) of each reference in a line of prose."""
    for pattern in (_LINK, _LABELLED, _HASH_FILE):
        for match in pattern.finditer(line):
            target = unquote(match[1].removeprefix("mdc:")).split("#", 1)[0].split("?", 1)[0]
            if target and not _ELSEWHERE.match(target) and not target.startswith("/"):
                yield target, True
    for match in _AT.finditer(line):
        yield match[1].rstrip(".,;:"), False


def _sounds_like_a_file(target: str) -> bool:
    """`@docs/rules.md`, not `@app.get`, `@types/node` or `@backend-developer`."""
    return target.lower().endswith(_TEXTS) or target.startswith(("./", "../", "~/"))


def _plain_path(reference: str) -> str:
    return unquote(reference.removeprefix("file://")).split("#", 1)[0].strip()
