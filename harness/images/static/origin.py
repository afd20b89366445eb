"""Where a text comes from: spelled out in the program, from a caller, or from somewhere that cannot be told.

Each name, parameter, attribute and result of a function is a question. Questions depend on each other, so all that are
asked are answered together: from CONSTANT upwards, until nothing changes. A name that is written to in ways that the
source does not show (names.touched) is OPEN.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from guards import Guards, holds_to_a_pattern
from names import Function, own_nodes, parameters
from program import Place, Program, annotation_of, arguments_for, default_of, last_name


class Level(IntEnum):
    """CONSTANT: only what the source spells out (numbers, too: they change no query's meaning). OPEN: not shown to be
    constant or input. INPUT: a caller's text, kept as text. The worst part decides."""

    CONSTANT = 0
    OPEN = 1
    INPUT = 2


@dataclass(frozen=True)
class Value:
    """`text`: what is in it; `keys`: a table's keys; `parts`: those of a tuple, None = nothing known yet, any fit.

    sequence: it is, or may be, a list, so that looping over it yields what is in it.
    """

    text: Level
    keys: Level
    parts: "tuple[Value, ...] | None" = ()
    sequence: bool = False

    @property
    def looped(self) -> Level:
        """What a loop over it yields."""
        return max(self.text, self.keys) if self.sequence else self.keys

    @property
    def whole(self) -> Level:
        """All of it, as in `str(it)`."""
        return max(self.text, self.keys)

    def __or__(self, other: "Value") -> "Value":
        parts: tuple[Value, ...] | None = ()
        if self.parts is None or other.parts is None:
            parts = other.parts if self.parts is None else self.parts
        elif len(self.parts) == len(other.parts):
            parts = tuple(a | b for a, b in zip(self.parts, other.parts, strict=True))
        return Value(max(self.text, other.text), max(self.keys, other.keys), parts, self.sequence or other.sequence)


def plain(level: Level) -> Value:
    """A value of one level throughout."""
    return Value(level, level)


NOTHING = Value(Level.CONSTANT, Level.CONSTANT, None)
CONSTANT, OPEN, INPUT = plain(Level.CONSTANT), plain(Level.OPEN), plain(Level.INPUT)


def worst(values: Iterable[Value], nothing: Value = OPEN) -> Value:
    """All of them joined; `nothing` when there are none."""
    joined: Value | None = None
    for value in values:
        joined = value if joined is None else joined | value
    return nothing if joined is None else joined


Reader = Callable[[ast.AST | None], "Value"]  # an expression's value, by what is known so far
Question = tuple[str, int, str, str]
Local = Mapping[str, Value]  # names of a comprehension
_CLOSED = frozenset(
    {"int", "float", "bool", "Decimal", "date", "datetime", "time", "timedelta", "UUID", "UUID4", "Literal"}
)
_AROUND = frozenset(
    {"Optional", "Annotated", "Query", "Path", "Header", "Union", "None", "Field", "ge", "le", "gt", "lt"}
)
REQUESTS = frozenset({"request", "req"})
_ASKED = 20_000  # questions: a program with more is not followed to its end
_ROUNDS = 200


def element(value: Value, iterated: ast.AST) -> Value:
    """What a loop over it yields."""
    if isinstance(iterated, ast.Call) and last_name(iterated.func) in ("items", "enumerate", "zip"):
        return value  # a tuple with parts
    return plain(value.looped)


class Origins:
    """Answers for one program. `judge(self, expression, place, local)` reads one expression (see expressions.py)."""

    def __init__(self, program: Program, judge: "Callable[[Origins, ast.AST, Place, Local], Value]") -> None:
        self.program = program
        self._judge = judge
        self._known: dict[Question, Value] = {}
        self._how: dict[Question, Callable[[], Value]] = {}
        self._asked: list[Question] = []
        self._guards: dict[int, Guards] = {}
        self._settled = 0

    def of(self, node: ast.AST, place: Place) -> Level:
        """The level of an expression's text."""
        for _ in range(_ROUNDS):
            answer = self._judge(self, node, place, {})
            if self._settled == len(self._asked):
                return answer.text
            for question in self._asked:  # grows while it is gone through: what is asked on the way comes last
                self._answer(question)
            asked = len(self._asked)
            if not [question for question in reversed(self._asked) if self._answer(question)]:
                self._settled = asked
        return Level.OPEN

    def _answer(self, question: Question) -> bool:
        """Whether the answer changed."""
        before = self._known[question]
        self._known[question] = before | self._how[question]()
        return before != self._known[question]

    def read(self, node: ast.AST | None, place: Place, local: Local | None = None) -> Value:
        """One expression, by what is known so far; None is what cannot be followed."""
        return OPEN if node is None else self._judge(self, node, place, local or {})

    def name(self, name: str, line: int, place: Place) -> Value:
        """What a name holds where it is read."""
        home: Place | None = place
        while home is not None and not isinstance(home.scope, ast.Module):
            if name in self.program.puts[id(home.scope)] or _has_parameter(home, name):
                break
            home = home.outer
        if home is None or isinstance(home.scope, ast.Module):
            return self._ask(("module", 0, name, place.file), lambda: self._of_module(name, place))
        if home.scope is place.scope and self._is_guarded(place, name, line):
            return CONSTANT
        found = home
        return self._ask(("local", id(home.scope), name, ""), lambda: self._of_scope(found, name))

    def attribute(self, name: str) -> Value | None:
        """What the program puts into an attribute of that name, whatever the object; None when nothing."""
        if name not in self.program.attributes:
            return None
        given = self.program.attributes[name]
        changing = name in self.program.changing
        return OPEN if changing else self._ask(("attribute", 0, name, ""), lambda: worst(self.read(*g) for g in given))

    def result(self, function: str) -> Value:
        """What the program's own functions of that name return."""
        homes = self.program.functions[function]

        def returned() -> Value:
            return worst(self.read(node, home) for home in homes for node in _returned(home))

        return self._ask(("result", 0, function, ""), returned)

    def given(self, owner: str, name: str) -> Value | None:
        """What calls of a class give for one of its fields; None when no call gives it."""
        calls = self.program.calls.get(f"{owner}.__init__", ())
        given: list[tuple[ast.AST | None, Place]] = []
        given += [(k.value, call.place) for call in calls for k in call.keywords if k.arg == name]
        given += [(None, call.place) for call in calls if any(k.arg is None for k in call.keywords)]
        place = self.program.declared(owner).index(name) if name in self.program.declared(owner) else None
        if place is not None:
            given += [(call.arguments[place], call.place) for call in calls if place < len(call.arguments)]
        if not given:
            return None
        return self._ask(("field", 0, owner, name), lambda: worst(self.read(*each) for each in given))

    def is_closed(self, annotation: ast.AST | None, aliases: frozenset[str] = frozenset()) -> bool:
        """`int`, `Literal["a", "b"]`, an enumeration, another name for one of them: no other text gets through."""
        if annotation is None:
            return False
        if any(holds_to_a_pattern(node) for node in ast.walk(annotation)):
            return True
        names = {last_name(node) for node in ast.walk(annotation) if isinstance(node, ast.Name | ast.Attribute)} - {""}
        names -= _AROUND
        return bool(names) and all(
            name in _CLOSED or self.program.is_enum(name) or self._is_closed_alias(name, aliases) for name in names
        )

    def _is_closed_alias(self, name: str, aliases: frozenset[str]) -> bool:
        """`Sort = Literal["name", "date"]` of some file."""
        if name in aliases or name in self.program.changing:
            return False
        given = [value for value, _ in self.program.module_names.get(name, ()) if value is not None]
        return bool(given) and all(
            isinstance(value, ast.Subscript | ast.Name | ast.BinOp) and self.is_closed(value, aliases | {name})
            for value in given
        )

    def _ask(self, question: Question, how: Callable[[], Value]) -> Value:
        if question not in self._how:
            if len(self._how) >= _ASKED:
                return OPEN
            self._how[question] = how
            self._asked.append(question)
            self._known[question] = NOTHING
        return self._known[question]

    def _of_module(self, name: str, place: Place) -> Value:
        """A name of the file, or of another file from which it is imported."""
        imported = self.program.imported.get(place.file, {})
        original = imported.get(name, name)
        if original in self.program.changing or name in self.program.changing:
            return OPEN
        given = self.program.module_names.get(original, [])
        given = [each for each in given if (each[1].file != place.file) == (name in imported)]
        found = [each for each in given if each[0] is not None or name not in imported]
        if original in REQUESTS and name in imported and not found:
            return INPUT  # `from flask import request`
        return worst(self.read(*each) for each in found)

    def _of_scope(self, home: Place, name: str) -> Value:
        values = [self.read(node, home) for node in self.program.puts[id(home.scope)].get(name, ())]
        if _has_parameter(home, name):
            values.append(self._parameter(home, name))
        return worst(values)

    def _parameter(self, home: Place, name: str) -> Value:
        function = home.scope
        assert isinstance(function, Function)
        annotation, default = annotation_of(function, name), default_of(function, name)
        if self.is_closed(annotation) or holds_to_a_pattern(default):
            return CONSTANT
        if name in ("self", "cls"):
            return OPEN
        if isinstance(default, ast.Call) and last_name(default.func) in ("Depends", "Security"):
            provider = last_name(default.args[0]) if default.args else ""
            return self.result(provider) if provider in self.program.functions else OPEN
        called = home.owner if function.name == "__init__" else function.name
        if called in self.program.handlers or name in REQUESTS or last_name(annotation) == "Request":
            return INPUT
        given = list(arguments_for(self.program, home, name))
        values = [self.read(node, place) for node, place in given]
        if default is not None:
            values.append(self.read(default, home.outer or home))
        return worst(values if given else [*values, OPEN])

    def _is_guarded(self, place: Place, name: str, line: int) -> bool:
        """Whether the name was held against a closed list before this line."""
        guards = self._guards.setdefault(id(place.scope), Guards(place.scope))
        return any(
            closed is None or self.read(closed, place).looped == Level.CONSTANT for closed in guards.at(name, line)
        )


def _has_parameter(place: Place, name: str) -> bool:
    return isinstance(place.scope, Function) and any(argument.arg == name for argument in parameters(place.scope))


def _returned(home: Place) -> list[ast.AST | None]:
    """What a function returns or yields; nothing that holds text counts for nothing."""
    found: list[ast.AST | None] = []
    for node in own_nodes(home.scope):
        if (isinstance(node, ast.Return | ast.Yield) and node.value is not None) or isinstance(node, ast.YieldFrom):
            found.append(node.value)
    return found
