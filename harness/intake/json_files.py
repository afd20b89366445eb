"""Grammar 1: a JSON object (or list) that lists files.

Accepted: {"files": [{"path": …, "content": …}, …]}, {"files": {"app/main.py": …}}, the list or the map by itself, and
folders within folders; the synonyms below are what models write instead. An entry may say "from" with a JSON Pointer
into the reply in place of its content. Refuses to guess at a malformed entry: a file without text is an error.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.intake.changes import is_change
from harness.intake.claimed import Piece
from harness.intake.fences import unwrap_fence
from harness.intake.names import could_be_path, looks_like_file
from harness.intake.pointers import Unresolved, escaped, text_at
from harness.model.submission import Refusal

PATH_KEYS = ("path", "file_path", "filepath", "filename", "file_name", "filePath", "fileName", "name", "file")
CONTENT_KEYS = ("content", "code", "contents", "body", "source", "text", "file_text", "new_content", "diff", "patch")
_WRAPPERS = frozenset(
    ("project", "tree", "structure", "file_tree", "filesystem", "repository", "codebase", "root", "output")
)
_DELETE_KEYS = ("delete", "deleted", "remove")


def files_of(value: Any) -> list[Piece] | Refusal | None:
    """The files `value` lists; None when it is not this dialect at all; Refusal when it is, and is malformed."""
    if isinstance(value, list) and value and all(is_entry(item) for item in value):
        return _from_list(value, value, "")
    if not isinstance(value, dict) or "files" not in value:
        return list(_from_tree(*_unwrapped(value))) if is_tree(value) else None
    files = value["files"]
    if isinstance(files, list):
        return _from_list(files, value, "/files")
    if isinstance(files, dict):
        if is_tree(files) and not _is_map(files):
            return list(_from_tree(files, "", "/files"))
        return [_from_pair(path, content) for path, content in files.items()]
    return Refusal("invalid_output", f"key 'files' is a {type(files).__name__}; expected a list of files or a map")


def stated_files(document: Mapping[str, Any]) -> list[Piece] | Refusal:
    """The entries of `files` in an object of another dialect; one that names a file only is no statement of content."""
    files = document.get("files")
    if isinstance(files, dict):
        usable = {path: content for path, content in files.items() if isinstance(content, str | dict)}
        return [_from_pair(path, content) for path, content in usable.items() if path]
    if not isinstance(files, list):
        return []
    usable_items = [
        item
        for item in files
        if isinstance(item, dict) and any(key in item for key in ("from", *CONTENT_KEYS, *_DELETE_KEYS))
    ]
    return _from_list(usable_items, document, "/files")


def is_entry(item: Any) -> bool:
    """True for one file: an object with a path and its content."""
    return isinstance(item, dict) and any(k in item for k in PATH_KEYS) and any(k in item for k in CONTENT_KEYS)


def is_tree(value: Any) -> bool:
    """True for a map of file names to contents, folders being maps themselves."""
    if not isinstance(value, dict) or not value:
        return False
    for key, item in value.items():
        if isinstance(item, str) and looks_like_file(key):
            continue
        if not (isinstance(item, dict) and could_be_path(key) and (not item or is_tree(item))):
            return False
    return any(not isinstance(item, dict) or item for item in value.values())


def content_of(path: object, value: Any) -> object:
    """Text as it is; lines joined; an object that is a JSON file's content as JSON; anything else is left to refuse."""
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in value)
    if isinstance(value, dict | list) and isinstance(path, str) and path.lower().endswith(".json"):
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return value


def piece_of(where: str, what: str, path: object, value: Any, executable: bool = False) -> Piece:
    """The piece that JSON states: a file, or a change where the text is one."""
    content = content_of(path, value)
    if isinstance(content, str) and not (isinstance(path, str) and path.lower().endswith((".md", ".mdx"))):
        content, _ = unwrap_fence(content)
    prose = isinstance(path, str) and path.lower().endswith((".md", ".diff", ".patch"))
    change = isinstance(content, str) and not prose and is_change("", content)
    return Piece(where, what, path, content, "change" if change else "file", executable=executable)


def _from_list(items: list[Any], document: Any, pointer: str) -> list[Piece] | Refusal:
    claims: list[Piece] = []
    for index, item in enumerate(items):
        where = f"{pointer}/{index}"
        if not isinstance(item, dict):
            kind = type(item).__name__
            return Refusal("invalid_output", f"files[{index}] is a {kind}; expected an object with path and content")
        path, content = _path_of(item), _first(item, CONTENT_KEYS)
        if path is None:
            return Refusal("invalid_output", f"files[{index}] has no path; expected one of {', '.join(PATH_KEYS)}")
        if content is None and any(item.get(key) is True for key in _DELETE_KEYS):
            claims.append(Piece(where, "delete", path, kind="delete"))
            continue
        if content is None and "from" in item:
            found = list(_pointed(path, item["from"], document, where))
            refused = next((one for one in found if isinstance(one, Refusal)), None)
            if refused is not None:
                return refused
            claims.extend(one for one in found if isinstance(one, Piece))
            continue
        if content is None:
            return Refusal(
                "invalid_output",
                f"files[{index}] has no content; expected one of {', '.join(CONTENT_KEYS)}, or 'from'",
            )
        claims.append(piece_of(where, "entry of files", path, content, item.get("executable") is True))
    return claims


def _pointed(path: object, pointers: Any, document: Any, where: str) -> Iterable[Piece | Refusal]:
    for pointer in pointers if isinstance(pointers, list) else [pointers]:
        text = text_at(document, pointer)
        if isinstance(text, Unresolved):
            yield Refusal("invalid_output", f"{where}: 'from' is {pointer!r:.80}; {text.why}")
        else:
            yield Piece(where, f"from {pointer}", path, text, joins=True)


def _from_pair(path: str, content: Any) -> Piece:
    where = f"/files/{escaped(path)}"
    if isinstance(content, dict) and any(key in content for key in CONTENT_KEYS):
        return piece_of(where, "entry of files", path, _first(content, CONTENT_KEYS), content.get("executable") is True)
    return piece_of(where, "entry of files", path, content)


def _unwrapped(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, str]:
    """A tree without the one word around it that says what it is: {"project": {"app": {"main.py": …}}}."""
    key, inner = next(iter(value.items()))
    wrapped = len(value) == 1 and key.casefold() in _WRAPPERS and isinstance(inner, dict)
    return (inner, "", f"/{escaped(key)}") if wrapped else (value, "", "")


def _from_tree(tree: Mapping[str, Any], folder: str, pointer: str) -> Iterator[Piece]:
    for key, value in tree.items():
        where = f"{pointer}/{escaped(key)}"
        if isinstance(value, dict):
            yield from _from_tree(value, f"{folder}{key.strip('/')}/", where)
        else:
            yield piece_of(where, "path in a map", f"{folder}{key}", value)


def _is_map(value: Mapping[str, Any]) -> bool:
    return all(not isinstance(item, dict) or any(key in item for key in CONTENT_KEYS) for item in value.values())


def _path_of(item: Mapping[str, Any]) -> Any:
    """What states the path: of a `name` and a `file`, the one that looks like a file."""
    stated = [item[key] for key in PATH_KEYS if key in item]
    return next((one for one in stated if isinstance(one, str) and looks_like_file(one)), stated[0] if stated else None)


def _first(item: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if key in item), None)
