"""`setup.cfg` and `setup.py`, read without running them: literals and names bound to literals count, nothing else.

Refuses a list of requirements that only running the file would give, and names the remedy. Pure.
"""

import ast
import configparser
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from harness.sandbox.manifests.pyproject import Declared
from harness.sandbox.manifests.requirement import RequirementLines, check_python, decode, read_listed, refused
from harness.sandbox.manifests.requirement_file import inside, read_requirement_file
from harness.sandbox.manifests.syntax import parse_python

_UNKNOWN = object()
_READS_A_FILE = re.compile(r"[\w./-]*requirements[\w./-]*\.(?:txt|in)|[\w/-]*requirements/[\w-]+\.txt")


@dataclass(frozen=True)
class SetupCall:
    """The arguments of `setup(...)`; `unknown` names those that only running the file would tell.

    reads: the requirement files that the text names.
    """

    arguments: Mapping[str, Any]
    unknown: frozenset[str] = field(default_factory=frozenset)
    reads: tuple[str, ...] = ()


def read_setup_cfg(files: Mapping[str, bytes], name: str = "setup.cfg") -> Declared:
    """`[options] install_requires` and `[options.extras_require]`."""
    sections = cfg_sections(files, name)
    options = sections.get("options", {})
    check_python(options.get("python_requires"), f"{name}: [options] python_requires")
    extras: dict[str, RequirementLines] = {
        canonicalize_name(extra): _cfg_list(files, text, f"{name}: [options.extras_require] {extra}")
        for extra, text in sections.get("options.extras_require", {}).items()
    }
    runtime = _cfg_list(files, options.get("install_requires", ""), f"{name}: [options] install_requires")
    return Declared(
        runtime, extras, listed=bool("install_requires" in options or "name" in sections.get("metadata", {}))
    )


def cfg_sections(files: Mapping[str, bytes], name: str) -> dict[str, dict[str, str]]:
    """The sections of an ini file that exists; {} otherwise. Refused when it cannot be parsed."""
    if name not in files:
        return {}
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(decode(files[name], name))
    except configparser.Error as error:
        raise refused(f"{name} cannot be read ({str(error).splitlines()[0]}); correct the file") from error
    return {section: dict(parser[section]) for section in parser.sections()}


def _cfg_list(files: Mapping[str, bytes], text: str, where: str) -> RequirementLines:
    if text.strip().startswith("file:"):
        total = RequirementLines()
        for written in text.strip().removeprefix("file:").split(","):
            path = inside(written, "", where)
            if path not in files:
                raise refused(f"{where}: the submission has no file {written.strip()!r}")
            total += read_requirement_file(files, path)
        return total
    entries = [entry.strip() for entry in text.replace(";\n", "\n").splitlines()]
    return read_listed([entry for entry in entries if entry and not entry.startswith("#")], where)


def read_setup_py(files: Mapping[str, bytes], name: str = "setup.py") -> Declared:
    """`install_requires` and `extras_require` of the call of `setup`."""
    call = read_setup_call(files, name)
    check_python(call.arguments.get("python_requires"), f"{name}: python_requires")
    requires = call.arguments.get("install_requires", [])
    if "install_requires" in call.unknown:
        if not call.reads:
            raise refused(
                f"{name}: install_requires is known only when the file is run, which is not done; write a list of "
                "strings, or requirements.txt"
            )
        runtime = RequirementLines()
        for path in call.reads:
            runtime += read_requirement_file(files, path)
    else:
        entries = requires.splitlines() if isinstance(requires, str) else list(requires or [])
        runtime = read_listed([e for e in entries if e], f"{name}: install_requires")
    extras = call.arguments.get("extras_require")
    read: dict[str, RequirementLines] = {
        canonicalize_name(extra): read_listed([listed] if isinstance(listed, str) else listed, f"{name}: extra {extra}")
        for extra, listed in (extras.items() if isinstance(extras, Mapping) else ())
    }
    return Declared(runtime, read)


def read_setup_call(files: Mapping[str, bytes], name: str = "setup.py") -> SetupCall:
    """The call's arguments as far as they are literals; empty when there is no such file or call."""
    if name not in files:
        return SetupCall({})
    text = decode(files[name], name)
    try:
        tree = parse_python(text)
    except ValueError as error:
        raise refused(f"{name} is not valid Python ({error}); correct the file") from error
    names: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = _value(node.value, names)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "setup"]
    if not calls:
        return SetupCall({})
    given = {keyword.arg: _value(keyword.value, names) for keyword in calls[0].keywords if keyword.arg}
    for keyword in calls[0].keywords:  # setup(**settings)
        if keyword.arg is None and isinstance(more := _value(keyword.value, names), Mapping):
            given.update(more)
    read = [posixpath.normpath(found) for found in _READS_A_FILE.findall(text)]
    return SetupCall(
        {key: value for key, value in given.items() if value is not _UNKNOWN},
        frozenset(key for key, value in given.items() if value is _UNKNOWN),
        tuple(dict.fromkeys(path for path in read if path in files)),
    )


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What an expression of literals and known names is; find_packages(...) becomes its `where`."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return names.get(node.id, _UNKNOWN)
        case ast.List() | ast.Tuple():
            items = [_value(item, names) for item in node.elts]
            return _UNKNOWN if _UNKNOWN in items else items
        case ast.Dict():
            pairs = [
                (_value(k, names) if k else _UNKNOWN, _value(v, names))
                for k, v in zip(node.keys, node.values, strict=True)
            ]
            known = [(k, v) for k, v in pairs if isinstance(k, str) and v is not _UNKNOWN]
            return dict(known) if len(known) == len(pairs) else _UNKNOWN
        case ast.BinOp(op=ast.Add()):
            left, right = _value(node.left, names), _value(node.right, names)
            alike = type(left) is type(right) and isinstance(left, list | str)
            return left + right if alike else _UNKNOWN
        case ast.Call() if _called(node) in ("find_packages", "find_namespace_packages"):
            where = [keyword.value for keyword in node.keywords if keyword.arg == "where"] or node.args[:1]
            return {"find": _value(where[0], names) if where else "."}
        case ast.Subscript():
            holder, key = _value(node.value, names), _value(node.slice, names)
            return holder.get(key, _UNKNOWN) if isinstance(holder, dict) and isinstance(key, str) else _UNKNOWN
    return _UNKNOWN
