"""Grammar 1: a JSON object (or list) that lists files.

Accepted: {"files": [{"path": …, "content": …}, …]}, {"files": {"app/main.py": …}}, or the list by itself; the synonyms
below are what models write instead. Refuses to guess at a malformed entry: a listed file without text is an error.
"""

from collections.abc import Mapping
from typing import Any

from harness.intake.assemble import ClaimedFile
from harness.model.submission import Refusal

PATH_KEYS = ("path", "file_path", "filepath", "filename", "name", "file")
CONTENT_KEYS = ("content", "code", "contents", "body", "source")


def files_of(value: Any) -> list[ClaimedFile] | Refusal | None:
    """The files `value` lists; None when it is not this dialect at all; Refusal when it is, and is malformed."""
    if isinstance(value, list) and value and all(_is_entry(item) for item in value):
        return _from_list(value)
    if not isinstance(value, dict) or "files" not in value:
        return None
    files = value["files"]
    if isinstance(files, list):
        return _from_list(files)
    if isinstance(files, dict):
        return [_from_pair(path, content) for path, content in files.items()]
    return Refusal("invalid_output", f"key 'files' is a {type(files).__name__}; expected a list of files or a map")


def _is_entry(item: Any) -> bool:
    return isinstance(item, dict) and any(k in item for k in PATH_KEYS) and any(k in item for k in CONTENT_KEYS)


def _from_list(items: list[Any]) -> list[ClaimedFile] | Refusal:
    claims = []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            kind = type(item).__name__
            return Refusal("invalid_output", f"files[{index}] is a {kind}; expected an object with path and content")
        path, content = _first(item, PATH_KEYS), _first(item, CONTENT_KEYS)
        if path is None:
            return Refusal("invalid_output", f"files[{index}] has no path; expected one of {', '.join(PATH_KEYS)}")
        if content is None:
            return Refusal(
                "invalid_output", f"files[{index}] has no content; expected one of {', '.join(CONTENT_KEYS)}"
            )
        claims.append(ClaimedFile(path, content, item.get("executable") is True))
    return claims


def _from_pair(path: str, content: Any) -> ClaimedFile:
    if isinstance(content, dict):
        return ClaimedFile(path, _first(content, CONTENT_KEYS), content.get("executable") is True)
    return ClaimedFile(path, content)


def _first(item: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if key in item), None)
