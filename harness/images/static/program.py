"""What a whole submission defines: its functions and who calls them, its classes, its names, across all files.

Names are followed by their spelling: two functions of one name count as one. That is cautious, since what the two are
given is joined.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from names import Function, attribute_puts, own_nodes, parameters, scope_puts, touched

Scope = ast.Module | Function
Puts = Mapping[str, list[ast.AST | None]]
_HANDLED_BY = frozenset(
    {
        *("get", "post", "put", "patch", "delete", "head", "options", "trace", "route", "api_route"),
        *("websocket", "websocket_route", "action", "api_view", "endpoint", "command"),
    }
)
_REGISTERED_BY = frozenset({"Route", "WebSocketRoute", "path", "re_path", "add_url_rule", "add_api_route", "add_route"})
_PASSED_ON_BY = frozenset({"to_thread", "run_in_threadpool", "submit", "partial", "run_sync", "call_soon"})
_BUILT_IN_METHODS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(str)) | frozenset(dir(set))


@dataclass(frozen=True)
class Place:
    """A scope and the file it is in: where an expression is read."""

    file: str
    scope: Scope
    outer: "Place | None" = None
    owner: str = ""  # the class of a method


@dataclass(frozen=True)
class Call:
    """One call of a function, and how many of its first parameters it does not name (self, cls)."""

    place: Place
    arguments: tuple[ast.expr, ...]
    keywords: tuple[ast.keyword, ...]
    bound: bool


@dataclass
class Program:
    """The index; `module_names` and `attributes` hold each value with the place where it is read."""

    places: list[Place] = field(default_factory=list)
    puts: dict[int, Puts] = field(default_factory=dict)  # id(scope) -> what is put into its names
    functions: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))
    handed_on: set[str] = field(default_factory=set)  # functions that are named without being called
    handlers: set[str] = field(default_factory=set)  # functions whose arguments come from a request
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    module_names: dict[str, list[tuple[ast.AST | None, Place]]] = field(default_factory=lambda: defaultdict(list))
    attributes: dict[str, list[tuple[ast.AST | None, Place]]] = field(default_factory=lambda: defaultdict(list))
    imported: dict[str, dict[str, str]] = field(default_factory=dict)  # file -> local name -> original name
    modules: set[str] = field(default_factory=set)  # stems of the submission's own files and folders
    changing: set[str] = field(default_factory=set)  # names that only look constant

    def is_enum(self, name: str) -> bool:
        """Whether `name` is a class of the submission whose members are all there is."""
        bases = [last_name(base) for base in self.classes[name].bases] if name in self.classes else []
        return any(base.endswith("Enum") or (base != name and self.is_enum(base)) for base in bases)

    def field(self, owner: str, name: str) -> ast.AnnAssign | None:
        """Where a class declares a field."""
        body = self.classes[owner].body if owner in self.classes else []
        named = [each for each in body if isinstance(each, ast.AnnAssign) and last_name(each.target) == name]
        return named[0] if named else None

    def bases(self, name: str) -> list[str]:
        """The classes after which a class is made."""
        return [last_name(base) for base in self.classes[name].bases if last_name(base) != name] if name else []

    def makers(self, name: str) -> list[str]:
        """A class, and those after it up to the one whose `__init__` it has."""
        if name not in self.classes:
            return []
        if any(isinstance(each, Function) and each.name == "__init__" for each in self.classes[name].body):
            return [name]
        return [name, *(maker for base in self.bases(name) for maker in self.makers(base))]

    def is_property(self, name: str) -> bool:
        """Whether every function of that name is read like an attribute."""
        homes = self.functions.get(name, ())
        decorated = [{last_name(each) for each in getattr(home.scope, "decorator_list", ())} for home in homes]
        return bool(decorated) and all(each & {"property", "cached_property"} for each in decorated)

    def takes_any_field(self, name: str) -> bool:
        """Whether a class of the submission is a model with `extra="allow"`."""
        if name not in self.classes:
            return False
        node = self.classes[name]
        said = any(
            (isinstance(each, ast.keyword) and each.arg == "extra" and "allow" in ast.unparse(each.value))
            or (isinstance(each, ast.Assign) and "extra" in ast.unparse(each) and "allow" in ast.unparse(each.value))
            for each in ast.walk(node)
        )
        bases = {last_name(base) for base in node.bases} - {name, ""}
        return said or any(self.takes_any_field(base) for base in bases)

    def declared(self, owner: str) -> list[str]:
        """The fields of a class, in the order in which a dataclass takes them."""
        body = self.classes[owner].body if owner in self.classes else []
        return [last_name(each.target) for each in body if isinstance(each, ast.AnnAssign)]

    def is_record(self, name: str) -> bool:
        """Whether a class of the submission has fields and nothing that could fetch more."""
        if not self.declared(name) or any(isinstance(each, Function) for each in self.classes[name].body):
            return False
        return not any(base in self.classes for base in self.bases(name))

    def may_be_own(self, called: ast.expr, name: str) -> bool:
        """Whether `x.name(…)` may be the submission's own: `rows.get(…)` is more likely the built-in type's."""
        if name not in _BUILT_IN_METHODS or not isinstance(called, ast.Attribute):
            return True
        holder = last_name(called.value)
        return holder in ("self", "cls") or holder in self.classes or holder in self.modules


def read_program(trees: Mapping[str, ast.Module | None], paths: Mapping[str, str] | None = None) -> Program:
    """The index of `trees` (file -> tree); `paths`: file -> its path in the submission, where that differs."""
    program = Program()
    for file, tree in trees.items():
        path = PurePosixPath((paths or {}).get(file, file))
        program.modules.update((path.stem, *path.parts[:-1]))
        if tree is not None:
            _read_scope(program, Place(file, tree))
            program.imported[file] = dict(_imports(tree))
            program.changing |= touched(tree)
            _read_classes(program, tree)
            if any(isinstance(n, ast.Call) and ast.unparse(n.func) == "globals" for n in ast.walk(tree)):
                program.changing |= set(program.puts[id(tree)])  # any name may be written through it
    for place in program.places:
        _read_calls(program, place)
    return program


def _read_scope(program: Program, place: Place) -> None:
    program.places.append(place)
    program.puts[id(place.scope)] = puts = scope_puts(place.scope)
    if isinstance(place.scope, ast.Module):
        for name, values in puts.items():
            program.module_names[name] += [(value, place) for value in values]
    methods = {
        id(each): node.name for node in own_nodes(place.scope) if isinstance(node, ast.ClassDef) for each in node.body
    }
    for node in own_nodes(place.scope):
        if isinstance(node, Function):
            inner = Place(place.file, node, place, methods.get(id(node), ""))
            program.functions[node.name].append(inner)
            if any(_is_handler(decorator) for decorator in node.decorator_list):
                program.handlers.add(node.name)
            program.handlers |= set(_filled_by_requests(node))
            _read_scope(program, inner)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name, value in attribute_puts(target, node.value):
                    program.attributes[name].append((value, place))


def _is_handler(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return last_name(called) in _HANDLED_BY and isinstance(called, ast.Attribute)


def _filled_by_requests(function: Function) -> Iterator[str]:
    """The class of `page: Page = Depends()`."""
    for argument in parameters(function):
        default = default_of(function, argument.arg)
        if isinstance(default, ast.Call) and last_name(default.func) == "Depends" and not default.args:
            yield last_name(argument.annotation)


def _read_classes(program: Program, tree: ast.Module) -> None:
    home = next(place for place in program.places if place.scope is tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        program.classes[node.name] = node
        for each in node.body:
            if isinstance(each, ast.Assign):
                names = [target.id for target in each.targets if isinstance(target, ast.Name)]
            elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is not None:
                names = [each.target.id]
            else:
                continue
            for name in names:
                program.attributes[name].append((each.value, home))


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], alias.name


def _read_calls(program: Program, place: Place) -> None:
    called_here: set[int] = set()
    for node in own_nodes(place.scope):
        if not isinstance(node, ast.Call):
            continue
        called_here.add(id(node.func))
        name = last_name(node.func)
        bound = isinstance(node.func, ast.Attribute)
        made = program.makers(name)
        if name == "__init__" and ast.unparse(node.func).startswith("super("):
            made = [maker for base in program.bases(place.owner) for maker in program.makers(base)]
        for maker in made:
            program.calls[f"{maker}.__init__"].append(Call(place, tuple(node.args), tuple(node.keywords), True))
        if name in program.functions and (not bound or program.may_be_own(node.func, name)):
            program.calls[name].append(Call(place, tuple(node.args), tuple(node.keywords), bound))
        if name in ("Depends", "Security") or name in _REGISTERED_BY:
            given = (*node.args, *(k.value for k in node.keywords))
            program.handlers |= {last_name(each) for each in given} - {""}
            called_here |= {id(each) for each in given}
        if name in _PASSED_ON_BY and node.args and last_name(node.args[0]) in program.functions:
            called_here.add(id(node.args[0]))
            inner = isinstance(node.args[0], ast.Attribute)
            program.calls[last_name(node.args[0])].append(
                Call(place, tuple(node.args[1:]), tuple(node.keywords), inner)
            )
    for node in own_nodes(place.scope):
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in called_here:
            own = last_name(node) in program.functions and isinstance(node.ctx, ast.Load)
            if own and (isinstance(node, ast.Name) or program.may_be_own(node, last_name(node))):
                program.handed_on.add(last_name(node))


def arguments_for(program: Program, function: Place, name: str) -> Iterator[tuple[ast.AST | None, Place]]:
    """What each call in the program gives to a parameter; None = given in a way that cannot be followed.

    A call that leaves it to the default yields nothing.
    """
    node = function.scope
    assert not isinstance(node, ast.Module)
    key = f"{function.owner}.__init__" if node.name == "__init__" else node.name
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    for call in program.calls.get(key, ()):
        if node.args.kwarg is not None and node.args.kwarg.arg == name:
            yield _as_table([k for k in call.keywords if k.arg not in names]), call.place
            continue
        shift = 1 if call.bound and names[:1] in (["self"], ["cls"]) else 0
        given = next((k.value for k in call.keywords if k.arg == name), None)
        if given is not None:
            yield given, call.place
            continue
        place = names.index(name) - shift if name in names else None
        before = call.arguments if place is None else call.arguments[: place + 1]
        if any(isinstance(each, ast.Starred) for each in before) or any(k.arg is None for k in call.keywords):
            yield None, call.place
        elif place is not None and 0 <= place < len(call.arguments):
            yield call.arguments[place], call.place
        elif node.args.vararg is not None and node.args.vararg.arg == name:
            yield from ((each, call.place) for each in call.arguments[len(names) - shift :])
    if node.name in program.handed_on:
        yield None, function


def _as_table(keywords: list[ast.keyword]) -> ast.Dict:
    """What `**changes` holds."""
    keys = [ast.Constant(keyword.arg) if keyword.arg else None for keyword in keywords]
    return ast.Dict(keys=keys, values=[keyword.value for keyword in keywords])  # type: ignore[arg-type]


def default_of(function: Function, name: str) -> ast.expr | None:
    """The default of a parameter, None when it has none."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    pairs = [*zip(reversed(positional), reversed(given.defaults), strict=False)]
    pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None]
    return next((default for argument, default in pairs if argument.arg == name), None)


def annotation_of(function: Function, name: str) -> ast.expr | None:
    """The annotation of a parameter."""
    return next((argument.annotation for argument in parameters(function) if argument.arg == name), None)


def parameter_names(place: Place) -> list[str]:
    """Names of a function's parameters in order, without self and cls."""
    if isinstance(place.scope, ast.Module):
        return []
    listed = [argument.arg for argument in parameters(place.scope)]
    return listed[1:] if listed[:1] in (["self"], ["cls"]) else listed


def last_name(node: ast.AST | None) -> str:
    """`c` of `a.b.c` and of `c`; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
