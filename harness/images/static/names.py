"""What is put into which names of a source: assigned, appended, filled in, looped over, and from where.

It refuses to follow values through calls it cannot see in the same file. Every way of binding that it does not know
well counts as an unknown value (None), which nobody takes for a constant.
"""

import ast
from collections.abc import Iterator, Mapping, Set

Function = ast.FunctionDef | ast.AsyncFunctionDef
Put = tuple[str, ast.AST | None]


class Each(ast.expr):
    """What a loop over `iter` yields."""

    _fields = ("iter",)
    iter: ast.expr


class Part(ast.expr):
    """The part of a tuple that a name gets: `a, b = value`."""

    _fields = ("value",)
    value: ast.expr
    place: int


class Entry(ast.expr):
    """One entry of a table or list: `holder[key] = value`."""

    _fields = ("key", "value")
    key: ast.expr
    value: ast.expr


FILLING = frozenset({"append", "appendleft", "extend", "insert", "add", "update", "setdefault", "__setitem__"})
_TYPES = frozenset({"dict", "list", "set", "operator"})  # `dict.update(TABLE, …)`, `operator.setitem(TABLE, …)`


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a scope without those of the functions inside it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:  # no recursion: a chain of a thousand `+` is a valid source, too
        node = waiting.pop()
        yield node
        if not isinstance(node, Function):
            waiting += ast.iter_child_nodes(node)


def functions(tree: ast.AST) -> list[Function]:
    """Every function, methods and nested ones included."""
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def parameters(function: Function | ast.Lambda) -> list[ast.arg]:
    """All of them, in the order of the signature."""
    given = function.args
    listed = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return [argument for argument in listed if argument is not None]


def puts(node: ast.AST) -> Iterator[Put]:
    """(name, what this node alone puts into it); None = something unknown."""
    match node:
        case ast.Assign():
            for target in node.targets:
                yield from _assigned(target, node.value)
        case ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr() if node.value is not None:
            yield from bound(node.target, node.value)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            yield from bound(node.target, ast.copy_location(Each(iter=node.iter), node.target))
        case ast.withitem() if node.optional_vars is not None:
            yield from bound(node.optional_vars, node.context_expr)
        case ast.Call():
            yield from filled(node)
        case ast.Lambda():
            yield from ((argument.arg, None) for argument in parameters(node))
        case ast.Import() | ast.ImportFrom():
            yield from ((alias.asname or alias.name.split(".")[0], None) for alias in node.names)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, None
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if node.name is not None:
            yield node.name, None
        case ast.MatchMapping() if node.rest is not None:
            yield node.rest, None


def bound(target: ast.AST, value: ast.AST) -> Iterator[Put]:
    """What each name of a target gets; beside a starred one each takes the whole value, to be cautious."""
    match target:
        case ast.Name():
            yield target.id, value
        case ast.Tuple() | ast.List():
            starred = any(isinstance(part, ast.Starred) for part in target.elts)
            for place, part in enumerate(target.elts):
                yield from bound(part, value if starred else _part(value, place))
        case ast.Starred():
            yield from bound(target.value, value)
        case ast.Subscript():
            if holder := root(target):
                yield holder, ast.copy_location(Entry(key=target.slice, value=value), target)
        case ast.Attribute():
            if holder := root(target):
                yield holder, value


def _part(value: ast.AST, place: int) -> Part:
    part = ast.copy_location(Part(value=value), value)
    part.place = place
    return part


def _assigned(target: ast.AST, value: ast.AST) -> Iterator[Put]:
    """As `bound`, but `a, b = x, y` pair by pair where the source shows the pairs."""
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        whole = not any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
        if whole and len(target.elts) == len(value.elts):
            for part, each in zip(target.elts, value.elts, strict=True):
                yield from _assigned(part, each)
            return
    yield from bound(target, value)


def attribute_puts(target: ast.AST, value: ast.AST | None) -> Iterator[Put]:
    """(attribute, value) of `self.a = value` and of `self.a, self.b = x, y`."""
    if isinstance(target, ast.Attribute) and value is not None:
        yield target.attr, value
    elif isinstance(target, ast.Tuple | ast.List) and value is not None:
        paired = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for place, part in enumerate(target.elts):
            yield from attribute_puts(part, value.elts[place] if paired else _part(value, place))  # type: ignore[attr-defined]


def filled(call: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """(name, value) of `name.append(value)` and its like."""
    if (
        not isinstance(call.func, ast.Attribute)
        or call.func.attr not in FILLING
        or not (holder := root(call.func.value))
    ):
        return
    if call.func.attr in ("setdefault", "__setitem__") and len(call.args) == 2:
        yield holder, ast.copy_location(Entry(key=call.args[0], value=call.args[1]), call)
        return
    yield from ((holder, value) for value in call.args)
    for keyword in call.keywords:
        key = ast.Constant(keyword.arg) if keyword.arg else keyword.value
        yield holder, ast.copy_location(Entry(key=key, value=keyword.value), call)


def root(node: ast.AST) -> str:
    """The name at the beginning of `name.a[b].c`; empty when it begins otherwise."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def scope_puts(scope: ast.Module | Function) -> dict[str, list[ast.AST | None]]:
    """name -> all that is put into it in this scope, or by a function inside it that reaches for it."""
    found: dict[str, list[ast.AST | None]] = {}
    for node in own_nodes(scope):
        for name, value in puts(node):
            found.setdefault(name, []).append(value)
    if isinstance(scope, Function):
        for inner in functions(scope)[1:]:
            for name, value in outer_puts(inner):
                found.setdefault(name, []).append(value)
    return found


def outer_puts(function: Function) -> Iterator[Put]:
    """What a function puts into names that are not its own."""
    nodes = list(own_nodes(function))
    declared = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    own = {argument.arg for argument in parameters(function)} | (_plain(nodes) - declared)
    yield from ((name, value) for node in nodes for name, value in puts(node) if name not in own)


def _plain(nodes: list[ast.AST]) -> set[str]:
    """Names that are bound, not only filled."""
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {name for node in nodes for name, value in puts(node) if value is None}


def touched(tree: ast.Module) -> set[str]:
    """Names that change after the module was loaded, or from outside it: constants by their looks only.

    UPPER_CASE names, and whatever a function declares global.
    """
    declared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    found = set(declared)
    for function in functions(tree):
        found.update(name for name, _ in outer_puts(function))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    found |= {name for name, values in scope_puts(tree).items() if name in imported and any(values)}
    filled_names, filling = _filled_names(tree), _filling(tree)
    found |= {original for alias, original in _aliases(tree) if alias in filled_names}
    for node in ast.walk(tree):
        found.update(_changed(node))
        if isinstance(node, ast.Call):
            found.update(_handed(node, filling))
    return {name for name in found if name.isupper()} | declared


def _changed(node: ast.AST) -> Iterator[str]:
    """Names that one node changes through their module or by their text: `m.NAME = …`, `setattr(m, "NAME", …)`."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from _attributes(target)
    if not isinstance(node, ast.Call):
        return
    if _called(node) in ("setattr", "__setattr__"):
        texts = (each.value for each in node.args[1:2] if isinstance(each, ast.Constant))
        yield from (text for text in texts if isinstance(text, str))
    if isinstance(node.func, ast.Attribute) and node.func.attr in FILLING:
        yield from _attributes(node.func.value)


def _attributes(node: ast.AST) -> Iterator[str]:
    """NAME of `module.NAME`, `module.NAME["key"]`; an object's own attributes are no module's."""
    if root(node) in ("self", "cls"):
        return
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            yield node.attr
        node = node.value


def _handed(call: ast.Call, filling: Mapping[str, Set[str | int]]) -> Iterator[str]:
    """Names handed to something that fills them: a function of this file, or `dict.update(NAME, …)` and its like."""
    by_type = isinstance(call.func, ast.Attribute) and root(call.func) in _TYPES
    places: Set[str | int] = {0} if by_type and _called(call) in FILLING | {"setitem"} else set()
    places |= filling.get(_called(call), set())
    given: list[tuple[str | int | None, ast.AST]] = [*enumerate(call.args), *((k.arg, k.value) for k in call.keywords)]
    yield from (value.id for place, value in given if place in places and isinstance(value, ast.Name))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _filling(tree: ast.Module) -> dict[str, set[str | int]]:
    """Function of this file -> names and places of the parameters that it fills."""
    found: dict[str, set[str | int]] = {}
    for function in functions(tree):
        names = [argument.arg for argument in parameters(function)]
        names = names[1:] if names[:1] in (["self"], ["cls"]) else names
        filled_here = _filled_names(function)
        places = {place for number, name in enumerate(names) if name in filled_here for place in (number, name)}
        found.setdefault(function.name, set()).update(places)
    return found


def _filled_names(tree: ast.AST) -> set[str]:
    """Names filled anywhere in a part of the file, whatever scope they belong to."""
    found = {name for node in ast.walk(tree) if isinstance(node, ast.Call) for name, _ in filled(node)}
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    return found | {root(node) for node in stored}


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(other name, name) of `other = NAME` and of `def f(other=NAME)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and isinstance(node.value, ast.Name):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, node.value.id) for target in targets if isinstance(target, ast.Name))
    for function in functions(tree):
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        pairs = [*zip(reversed(positional), reversed(given.defaults), strict=False)]
        pairs += [(a, default) for a, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default]
        yield from ((argument.arg, default.id) for argument, default in pairs if isinstance(default, ast.Name))
