"""What a Python file offers to a server: an application object, a function that makes one, or a program to run. Pure.

Refuses to import anything: names and calls are read from the syntax tree.
"""

import ast
from dataclasses import dataclass
from typing import Literal

from harness.sandbox.manifests.syntax import parse_python

Kind = Literal["asgi", "wsgi", "unknown"]
_ASGI = frozenset(("FastAPI", "Starlette", "Litestar", "Quart", "BlackSheep", "get_asgi_application", "ConnexionApp"))
_WSGI = frozenset(("Flask", "APIFlask", "OpenAPI", "Bottle", "get_wsgi_application", "API", "App"))
_NAMES = ("app", "application", "api", "asgi_app", "wsgi_app")
_FACTORIES = ("create_app", "make_app", "build_app", "get_app", "create_application", "get_application", "app_factory")


@dataclass(frozen=True)
class Offer:
    """`name` is what to serve ("" = none); factory: it is a function that makes it; program: has a `__main__` block."""

    name: str = ""
    kind: Kind = "unknown"
    factory: bool = False
    program: bool = False


def offer_of(content: bytes) -> Offer:
    """Read one file. Nothing is offered by one that does not parse."""
    try:
        tree = parse_python(content)
    except ValueError:
        return Offer()
    bound = {name: value for statement in _top(tree.body) for name, value in _bound(statement)}
    made = [name for name, value in bound.items() if _call(value) in _ASGI | _WSGI]
    name = next((name for name in _NAMES if name in bound), made[0] if made else "")
    program = any(_is_main_block(statement) for statement in tree.body)
    if name:
        return Offer(name, _kind(bound[name], tree), program=program)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and not _needed(node)}
    factory = next((name for name in _FACTORIES if name in functions), "")
    return Offer(factory, _kind(None, functions.get(factory, tree)), bool(factory), program)


def _top(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of the module, those in `if`, `try` and `with` too; the `__main__` block apart."""
    found: list[ast.stmt] = []
    for statement in statements:
        found.append(statement)
        if isinstance(statement, ast.If | ast.Try | ast.With) and not _is_main_block(statement):
            for body in (statement.body, getattr(statement, "orelse", []), getattr(statement, "finalbody", [])):
                found += _top(body)
    return found


def _bound(statement: ast.stmt) -> list[tuple[str, ast.expr | None]]:
    match statement:
        case ast.Assign():
            names = [name for target in statement.targets for name in _targets(target)]
            return [(name, statement.value if len(names) == 1 else None) for name in names]
        case ast.AnnAssign(target=ast.Name(id=name)) if statement.value is not None:
            return [(name, statement.value)]
        case ast.ImportFrom():
            return [(alias.asname or alias.name, None) for alias in statement.names]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if len(statement.args.args) in (2, 3):
            return [(name, None)] if name in _NAMES else []  # a bare ASGI or WSGI callable
    return []


def _targets(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Tuple | ast.List):
        return [name for element in target.elts for name in _targets(element)]
    return [target.id] if isinstance(target, ast.Name) else []


def _call(value: ast.expr | None) -> str:
    if not isinstance(value, ast.Call):
        return ""
    return value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")


def _kind(value: ast.expr | None, tree: ast.AST) -> Kind:
    """By the call that made it, else by any such call in the file."""
    calls = [_call(value)] if _call(value) in _ASGI | _WSGI else []
    calls = calls or [_call(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if any(call in _ASGI for call in calls):
        return "asgi"
    return "wsgi" if any(call in _WSGI for call in calls) else "unknown"


def _needed(function: ast.FunctionDef) -> bool:
    """Whether it cannot be called without arguments."""
    return len(function.args.args) > len(function.args.defaults)


def _is_main_block(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and "__main__" in ast.dump(statement.test)
        and "__name__" in ast.dump(statement.test)
    )
