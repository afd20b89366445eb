"""Finds powerful functions and code files reached by detours that no honest service takes and no scanner follows.

It refuses to call dynamic code suspicious as such: `getattr` on one's own objects, plug-ins imported by name and module
files with a `.py` suffix pass. What counts is a name put together from pieces, a detour to a function that scanners
look for, and code in files that they do not.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

from names import puts

RULES = {
    "H004": (78, "operating-system command reached by a detour (getattr, an alias, an import inside an expression)"),
    "H005": (95, "eval, exec or compile reached by a detour (getattr, an alias, the module builtins)"),
    "H006": (502, "unsafe deserialisation reached by a detour (getattr, an import inside an expression)"),
    "H007": (470, "function or module of the system chosen by a name that the source does not spell out"),
    "H009": (829, "code loaded from a file that is no .py file: nobody who looks for code looks there"),
    "H010": (829, "code loaded from a file that the source does not name"),
}
_SYSTEM = (re.compile(r"system|popen\w*|exec\w+|p?spawn\w*|posix_spawn"), "H004")
_EVALUATING = (re.compile(r"eval|exec|compile|__import__"), "H005")
_LOADING = (re.compile(r"loads?|Unpickler"), "H006")
_OF_MODULE = {  # module -> its functions that scanners look for, and the rule for a detour to them
    **dict.fromkeys(("os", "posix", "pty", "commands"), _SYSTEM),
    "subprocess": (re.compile(r"run|call|check_call|check_output|Popen|getoutput|getstatusoutput"), "H004"),
    "builtins": _EVALUATING,
    **dict.fromkeys(("pickle", "cPickle", "dill", "marshal"), _LOADING),
}
_SHELLS = re.compile(r"system|popen|getoutput|getstatusoutput")  # by these an alias counts, too
_BUILTIN = frozenset({"eval", "exec", "compile", "__import__"})
_LOADERS = {  # function -> place and keyword of the path that it loads
    "SourceFileLoader": (1, "path"),
    "SourcelessFileLoader": (1, "path"),
    "ExtensionFileLoader": (1, "path"),
    "spec_from_file_location": (1, "location"),
    "load_source": (1, "path"),
    "run_path": (0, "path_name"),
}
_OF_RUNNERS = {"run_path": "runpy", "load_source": "imp"}  # names that others may have, too
_HOOKS = frozenset({"FileFinder", "meta_path", "path_hooks", "SourceLoader"})
_SUFFIX = re.compile(r"\.[A-Za-z0-9_]{1,12}$")
_TEXTS_CAP = 200


def concealed(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Findings {"rule", "cwe", "line", "end_line", "message"}, one for each line and rule."""
    seen: set[tuple[str, int]] = set()
    look = _Look(tree)
    for node in ast.walk(tree):
        rule = look.rule(node)
        if rule and (rule, node.lineno) not in seen:  # type: ignore[attr-defined]
            line, end = node.lineno, node.end_lineno  # type: ignore[attr-defined]
            seen.add((rule, line))
            cwe, message = RULES[rule]
            yield {"rule": rule, "cwe": cwe, "line": line, "end_line": end, "message": message}


class _Look:
    """One file: which of its names are modules, what is called, what is put into names."""

    def __init__(self, tree: ast.Module) -> None:
        nodes = list(ast.walk(tree))
        self._put: dict[str, list[ast.AST]] = {}
        self._bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
        self._modules: dict[str, str] = {"__builtins__": "builtins"}
        self._originals: dict[str, str] = {}  # name -> what it is called where it was imported from
        self._called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        methods = {id(each) for node in nodes if isinstance(node, ast.ClassDef) for each in node.body}
        for node in nodes:
            for name, value in puts(node):
                self._bound.update([name] if id(node) not in methods else [])
                self._put.setdefault(name, []).extend([] if value is None else [value])
            if isinstance(node, ast.Import):
                self._modules |= {alias.asname or alias.name: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                self._originals |= {alias.asname or alias.name: alias.name for alias in node.names}
        self._imported = set(self._modules) - {"__builtins__"}
        self._sources = {n.module for n in nodes if isinstance(n, ast.ImportFrom)} | set(self._modules.values())
        for name, values in self._put.items():
            found = [module for value in values if (module := self._module(value))]
            if found and name not in self._modules:
                self._modules[name] = found[0]

    def rule(self, node: ast.AST) -> str:
        """The rule that a node breaks, or nothing."""
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[holder, name, *_]):
                return self._reached(holder, name)
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _BUILTIN and name not in self._bound:
                return self._built_in(name, first)
            case ast.Call(func=called) if loader := self._loader(called):
                return self._loaded(node, *_LOADERS[loader])
            case ast.Call(func=called, args=[first, *_]) if _last(called) == "import_module":
                return "H007" if _text(first) is not None and not isinstance(first, ast.Constant) else ""
            case ast.Subscript(value=table, slice=name):
                return self._looked_up(table, name)
            case ast.Attribute(value=holder, attr=name, ctx=ast.Load()):
                return self._attribute(node, holder, name)
            case ast.Name(id=name, ctx=ast.Load()) if id(node) not in self._called:
                if self._loader(node):
                    return "H010"
                return "H005" if name in _BUILTIN and name not in self._bound else ""
            case _:
                return ""

    def _module(self, node: ast.AST) -> str:
        """The name of the module that an expression is, empty when it is none that can be told."""
        match node:
            case ast.Name(id=name):
                return self._modules.get(name, "")
            case ast.Call(func=called, args=[name, *_]) if _last(called) in ("__import__", "import_module"):
                return _text(name) or ""
            case ast.Subscript(value=ast.Attribute(value=holder, attr="modules"), slice=name):
                return _text(name) or "" if self._module(holder) == "sys" else ""
            case _:
                return ""

    def _loader(self, called: ast.AST) -> str:
        """Which of the loaders an expression names, if any."""
        name = called.attr if isinstance(called, ast.Attribute) else self._originals.get(_last(called), "")
        source = _OF_RUNNERS.get(name)
        return name if name in _LOADERS and (source is None or source in self._sources) else ""

    def _reached(self, holder: ast.AST, name: ast.AST) -> str:
        """`getattr(module, name)`."""
        module, text = self._module(holder), _text(name)
        if module not in _OF_MODULE:
            return "H007" if text is not None and not isinstance(name, ast.Constant) and module else ""
        if text is None:
            return "H007"
        functions, rule = _OF_MODULE[module]
        if functions.fullmatch(text):
            return rule
        return "" if isinstance(name, ast.Constant) else "H007"

    def _looked_up(self, table: ast.AST, name: ast.AST) -> str:
        """`vars(module)[name]`, `module.__dict__[name]`, `__builtins__[name]`."""
        match table:
            case ast.Call(func=ast.Name(id="vars"), args=[holder]) | ast.Attribute(value=holder, attr="__dict__"):
                return self._reached(holder, name)
            case ast.Name(id="__builtins__"):
                return self._reached(table, name)
            case _:
                return ""

    def _attribute(self, node: ast.AST, holder: ast.AST, name: str) -> str:
        """`__import__("os").system`, `builtins.eval`, and `os.system` that is handed on instead of called."""
        module = self._module(holder)
        if (module == "sys" and name in _HOOKS) or (id(node) not in self._called and self._loader(node)):
            return "H010"
        functions, rule = _OF_MODULE.get(module, (None, ""))
        if functions is None or not functions.fullmatch(name):
            return ""
        plain = isinstance(holder, ast.Name) and holder.id in self._imported and rule != "H005"
        handed_on = id(node) not in self._called and _SHELLS.fullmatch(name) is not None
        return rule if not plain or handed_on else ""

    def _built_in(self, name: str, first: ast.AST) -> str:
        """Direct calls: scanners see `eval` and `exec`, not these."""
        if name == "compile":
            return "" if isinstance(first, ast.Constant) else "H005"
        return "H007" if name == "__import__" and not isinstance(first, ast.Constant) else ""

    def _loaded(self, call: ast.Call, place: int, keyword: str) -> str:
        """What a loader of code files is given as its path: the last text with a suffix tells."""
        given = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == keyword)]
        if not given:
            return ""
        texts = self._texts(given[0])
        suffixes = [match.group() for text in texts if (match := _SUFFIX.search(text))]
        if not suffixes:
            return "H010"
        return "" if suffixes[-1] in (".py", ".pyw") else "H009"

    def _texts(self, path: ast.AST) -> list[str]:
        """Every text that the source spells out for an expression, names followed."""
        texts: list[str] = []
        waiting, passed = [path], set[str]()
        while waiting and len(texts) < _TEXTS_CAP:
            node = waiting.pop()
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.Name) and node.id not in passed:
                passed.add(node.id)
                waiting += reversed(self._put.get(node.id, []))
            waiting += reversed(list(ast.iter_child_nodes(node)))
        return texts


def _last(called: ast.AST) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _text(node: ast.AST) -> str | None:
    """The text that an expression of constants yields; None when it is none, or no such expression."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _joined([left, right])
        case ast.JoinedStr(values=parts):
            return _joined(parts)
        case ast.FormattedValue(value=value):
            return _text(value)
        case ast.Call(
            func=ast.Attribute(value=holder, attr="join"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]
        ):
            between = _text(holder)
            texts = [text for part in parts if (text := _text(part)) is not None]
            return between.join(texts) if between is not None and len(texts) == len(parts) else None
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=None, step=ast.UnaryOp(op=ast.USub()))):
            text = _text(value)
            return None if text is None else text[::-1]
        case _:
            return None


def _joined(parts: list[Any]) -> str | None:
    texts = [_text(part) for part in parts]
    return None if None in texts else "".join(text for text in texts if text is not None)
