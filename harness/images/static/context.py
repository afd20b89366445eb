"""What stands around a line of a source: its function, an example for the documentation, a call with a constant."""

import ast
from collections.abc import Iterator

from names import Function

_EXAMPLES = frozenset({"example", "examples", "openapi_examples", "json_schema_extra", "schema_extra", "openapi_extra"})


class Context:
    """Of one file."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions: list[tuple[int, int, str]] = []
        self._examples: set[int] = set()
        self._constant: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, Function):
                self._functions.append((node.lineno, node.end_lineno or node.lineno, node.name))
            elif isinstance(node, ast.Call) and all(isinstance(each, ast.Constant) for each in node.args[:1]):
                self._constant.add(node.lineno)
            for shown in _shown(node):
                self._examples.update(range(shown.lineno, (shown.end_lineno or shown.lineno) + 1))

    def function(self, line: int) -> str:
        """The name of the innermost function around a line; empty at module level."""
        around = [(last - first, name) for first, last, name in self._functions if first <= line <= last]
        return min(around)[1] if around else ""

    def is_example(self, line: int) -> bool:
        """Whether the line shows a value in the documentation of the API: nobody can log in by it."""
        return line in self._examples

    def is_constant_call(self, line: int) -> bool:
        """Whether a call on this line begins with a constant (an address that the source spells out)."""
        return line in self._constant


def _shown(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.keyword(arg=name, value=value) if name in _EXAMPLES:
            yield value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value in _EXAMPLES:
                    yield value
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.lower() in _EXAMPLES:
            yield value
