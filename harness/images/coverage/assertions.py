"""What test files assert, read from their text: tests that check nothing, and objects that equal everything.

Refuses to run anything. A test that calls code of the test files which asserts, however far away, asserts.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from rewrite import FUNCTIONS, USUAL, Names, test_functions

_CHECKING = ("raises", "fail", "warns", "deprecated_call", "raise_for_status", "validate", "match_snapshot", "should")
_PREFIXES = ("assert", "_assert", "expect", "check", "verify", "ensure", "must_")


def void_comparisons(sources: Sequence[str], called: Names = USUAL) -> int:
    """How many tests check nothing only because all they compare with are objects that equal everything."""
    return len(assertion_counts(sources, called)[1]) - len(assertion_counts(sources, called, believing=True)[1])


def assertion_counts(sources: Sequence[str], called: Names = USUAL, believing: bool = False) -> tuple[int, list[str]]:
    """(number of test functions, names of those that assert nothing), over all test files together.

    believing: as if no object equalled everything.
    """
    trees = [ast.parse(source) for source in sources]
    classes = {c.name for tree in trees for c in ast.walk(tree) if isinstance(c, ast.ClassDef) and _equals_all(c)}
    yes = set() if believing else classes
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    asserting = {f.name for f in functions if _asserts(f, yes)}
    grew = True
    while grew:
        more = {f.name for f in functions if f.name not in asserting and _calls(f) & asserting}
        grew = bool(more)
        asserting |= more
    tests = [function for tree in trees for function in test_functions(tree, called)]
    empty = [f.name for f in tests if not _asserts(f, yes) and not (_calls(f) & asserting)]
    return len(tests), empty


def _asserts(function: ast.AST, yes: set[str]) -> bool:
    """Does it check anything that depends on the code? `assert True` and `assert 1 == 1` do not, nor does a comparison
    with an object of a class in `yes`, which equals everything."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and _depends(node.test) and not _is_void(node.test, yes):
            return True
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            root = _root(node.func)
            if name in _CHECKING or name.startswith(_PREFIXES) or root == "check":
                arguments = [*node.args, *(k.value for k in node.keywords)]
                if name.lower().endswith("equal") and any(_makes(a, yes) for a in arguments):
                    continue
                if not arguments or name == "fail" or any(map(_depends, arguments)):
                    return True
    return False


def _is_void(test: ast.expr, yes: set[str]) -> bool:
    """A comparison in which one side equals everything."""
    equality = isinstance(test, ast.Compare) and all(isinstance(op, ast.Eq) for op in test.ops)
    return equality and isinstance(test, ast.Compare) and any(_makes(s, yes) for s in (test.left, *test.comparators))


def _makes(node: ast.AST, classes: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes


def _equals_all(node: ast.ClassDef) -> bool:
    return any(_says_yes(function) for function in _equalities(ast.Module([node], [])))


def _depends(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Name | ast.Call | ast.Attribute) for n in ast.walk(node))


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _calls(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """What it calls, and the fixtures that it asks for."""
    names = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            names.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return names


def always_equal(sources: Mapping[str, str]) -> list[tuple[str, int]]:
    """(file, line) of every `__eq__` whose answer is yes whatever it is compared with."""
    found = []
    for file, text in sorted(sources.items()):
        tree = ast.parse(text)
        found += [(file, function.lineno) for function in _equalities(tree) if _says_yes(function)]
    return found


def _equalities(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    """Functions that are, or become, the `__eq__` of a class."""
    named = {node.name: node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)}
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS) and node.name == "__eq__":
            yield node
            continue
        value: ast.AST | None = None
        match node:
            case ast.Assign(targets=[ast.Name(id="__eq__") | ast.Attribute(attr="__eq__")]):
                value = node.value
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="__eq__"), given]):
                value = given
            case ast.Dict():
                value = next((v for k, v in zip(node.keys, node.values, strict=True) if _is_eq(k)), None)
        if isinstance(value, ast.Name):
            value = named.get(value.id)
        if isinstance(value, (*FUNCTIONS, ast.Lambda)):
            yield value


def _is_eq(key: ast.AST | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "__eq__"


def _says_yes(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """No answer depends on the other one, and none is no; a check on the way may still raise."""
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    other = parameters[-1] if parameters else (function.args.vararg.arg if function.args.vararg else "")
    if isinstance(function, ast.Lambda):
        return _true(function.body, other)
    returned = [n for n in ast.walk(function) if isinstance(n, ast.Return)]
    checks = any(isinstance(n, ast.Assert | ast.Raise) for n in ast.walk(function)) or any(
        isinstance(n, ast.Call) and _mentions(n, other) and not _true(n, other)
        for statement in function.body
        for n in ast.walk(statement)
    )
    return bool(returned) and not checks and all(n.value is not None and _true(n.value, other) for n in returned)


def _true(node: ast.AST, other: str) -> bool:
    """Is the expression true whatever `other` is?"""
    match node:
        case ast.Constant():
            return bool(node.value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant()):
            return not node.operand.value
        case ast.BoolOp(op=ast.Or()):
            return any(_true(value, other) for value in node.values)
        case ast.BoolOp(op=ast.And()):
            return all(_true(value, other) for value in node.values)
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id="object")]):
            return True
        case ast.Call(func=ast.Name(id="bool"), args=[value]):
            return _true(value, other)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            return ast.dump(left) == ast.dump(right)
        case ast.IfExp():
            return _true(node.body, other) and _true(node.orelse, other)
    return False


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
