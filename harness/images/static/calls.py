"""Reads attributes and calls: what the program's own classes and functions give, and what common functions keep.

What a foreign function makes of a text is OPEN.
"""

import ast

from guards import holds_to_a_pattern
from origin import CONSTANT, INPUT, OPEN, REQUESTS, Level, Origins, Reader, Value, element, plain, worst
from program import Place, annotation_of, last_name
from texts import ASSEMBLING, joined

_KEEPING_TEXT = (  # methods that hand on the text they are asked of
    "strip lstrip rstrip lower upper title capitalize casefold encode decode copy split rsplit partition "
    "rpartition splitlines removeprefix removesuffix expandtabs"
)
_KEEPING = frozenset(_KEEPING_TEXT.split())
_ASKING = frozenset(["get", "pop", "getlist", "get_list", "getall", "setdefault", "__getitem__"])
_OF_REQUEST = frozenset(["json", "form", "body", "read", "get_json", "get_data", "args", "data", "stream", "text"])
_FIELDS = frozenset(["model_dump", "dict", "_asdict", "asdict", "model_fields_set", "to_dict"])
_OF_CLASS_TEXT = (  # what a class says of itself, or its framework's description of it
    "__name__ __qualname__ __annotations__ __dataclass_fields__ __struct_fields__ __fields__ model_fields _fields "
    "__slots__ __tablename__ __table__ _meta"
)
_OF_CLASS = frozenset(_OF_CLASS_TEXT.split())
_OF_PROGRAM = frozenset(["app", "state"])  # what the program itself hangs on a request
_HARMLESS_TEXT = (  # what these give holds nothing of a caller
    "isoformat hexdigest hex timestamp total_seconds count index find bit_length time token_hex token_urlsafe "
    "uuid4 startswith endswith isdigit fromtimestamp utcnow now"
)
_HARMLESS = frozenset(_HARMLESS_TEXT.split())
_NUMERIC_TEXT = (  # functions that give numbers
    "int float len bool round abs sum ord hash id UUID Decimal range"
)
_NUMERIC = frozenset(_NUMERIC_TEXT.split())
_SAME_TEXT = (  # functions that hand on the text they are given
    "str format unquote list tuple sorted reversed set frozenset iter dict next min max cast dedent "
    "cleandoc text Template SQL literal_column bytes quote"
)
_SAME = frozenset(_SAME_TEXT.split())


def attribute(origins: Origins, node: ast.Attribute, place: Place, read: Reader) -> Value:
    """`holder.name`."""
    program, holder = origins.program, node.value
    name = last_name(holder)
    if isinstance(holder, ast.Name) and program.is_enum(name):
        return CONSTANT
    if not {node.attr, name}.isdisjoint(_OF_CLASS.difference(program.attributes)):
        return CONSTANT
    if node.attr in REQUESTS and name in ("self", "cls", "flask", "quart", "bottle"):
        return INPUT
    if node.attr in _OF_PROGRAM and name in REQUESTS:
        return OPEN
    if program.is_property(node.attr):
        return origins.result(node.attr)
    if node.attr in ("value", "name") and read(holder).text == Level.CONSTANT:
        return CONSTANT
    if node.attr in _FIELDS:
        return _fields(origins, holder, place, read(holder).text)
    imported = program.imported.get(place.file, {})
    if isinstance(holder, ast.Name) and name in imported:
        known = [each for each in program.module_names.get(node.attr, ()) if each[0] is not None]
        if known and node.attr not in program.changing and not _is_bound_here(origins, name, place):
            return worst(origins.read(*each) for each in known)
    owner = _owner(origins, holder, place)
    if owner is not None:
        field = program.field(owner, node.attr)
        if field is not None and (origins.is_closed(field.annotation) or holds_to_a_pattern(field.value)):
            return CONSTANT
        if owner in program.handlers:
            return INPUT
    held = read(holder)
    if name not in ("self", "cls") and held.text == Level.INPUT:
        return INPUT
    put = [
        origins.attribute(node.attr),
        *(origins.given(each, node.attr) for each in _makers(origins, owner, node.attr)),
    ]
    known_values = [value for value in put if value is not None]
    if known_values:
        return worst(known_values)
    if held.whole == Level.CONSTANT and any(node.attr in program.declared(each) for each in program.classes):
        return CONSTANT  # of an object that was made of constants
    return OPEN


def _makers(origins: Origins, owner: str | None, name: str) -> list[str]:
    """Classes whose constructor may fill a field of that name: its default is not all that gets into it."""
    if owner is not None:
        return [owner]
    return [each for each in origins.program.classes if name in origins.program.declared(each)]


def _fields(origins: Origins, holder: ast.AST, place: Place, text: Level) -> Value:
    """A model as a table: its keys are its fields, unless it takes whatever it is given."""
    owner = _owner(origins, holder, place)
    return Value(text, text if owner is not None and origins.program.takes_any_field(owner) else Level.CONSTANT)


def _is_bound_here(origins: Origins, name: str, place: Place) -> bool:
    return not isinstance(place.scope, ast.Module) and name in origins.program.puts[id(place.scope)]


def _owner(origins: Origins, holder: ast.AST, place: Place) -> str | None:
    """The program's own class of which an expression is an instance, as far as annotations and calls say."""
    program = origins.program
    if last_name(holder) in ("self", "cls"):
        return place.owner or None
    if last_name(holder) in program.classes:
        return last_name(holder)
    if isinstance(holder, ast.Name) and not isinstance(place.scope, ast.Module):
        annotation = annotation_of(place.scope, holder.id)
        words = {last_name(n) for n in ast.walk(annotation)} if annotation is not None else set()
        made = {last_name(getattr(v, "func", None)) for v in program.puts[id(place.scope)].get(holder.id, ())}
        own = [word for word in words or made if word in program.classes and (words or len(made) == 1)]
        return own[0] if own else None
    return None


def called(origins: Origins, node: ast.Call, place: Place, read: Reader) -> Value:
    """`function(…)` and `holder.method(…)`."""
    program, name = origins.program, last_name(node.func)
    given = [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node.func, ast.Attribute):
        holder = read(node.func.value)
        if name in ASSEMBLING:
            return joined(node, read)
        if name in _KEEPING:
            return holder
        if name == "items":
            return Value(holder.whole, holder.whole, (plain(holder.keys), plain(holder.text)))
        if name == "keys":
            return plain(holder.keys)
        if name == "values":
            return Value(holder.text, holder.text, (), True)
        if name in _FIELDS:
            held = Level.INPUT if holder.text == Level.INPUT else Level.OPEN
            return _fields(origins, node.func.value, place, held)
        if name in _HARMLESS:
            return CONSTANT
        if name in _ASKING and not (name in program.functions and last_name(node.func.value) in ("self", "cls")):
            return plain(max([holder.text, *(read(each).text for each in given[1:])]))
        if name in _OF_REQUEST and holder.text == Level.INPUT:
            return INPUT
    if program.is_enum(name) or name in _NUMERIC:
        return CONSTANT
    if name in program.functions and program.may_be_own(node.func, name):
        return origins.result(name)
    if program.is_record(name) and all(read(each).whole == Level.CONSTANT for each in given):
        return CONSTANT  # what it holds besides, `attribute` knows
    if name in ("repr", "ascii"):  # quotation marks around a value
        return worst((INPUT if read(each).whole > Level.CONSTANT else CONSTANT for each in given), CONSTANT)
    if name in _SAME:
        return worst((read(each) for each in given), CONSTANT)
    if name in ("fields", "get_type_hints") and given:  # of a dataclass
        return CONSTANT
    if name in ("enumerate", "zip"):
        first = (CONSTANT,) if name == "enumerate" else ()
        parts = (*first, *(plain(element(read(each), each).whole) for each in node.args))
        level = max((part.text for part in parts), default=Level.CONSTANT)
        return Value(level, level, parts)
    if name in ("map", "filter", "starmap") and len(node.args) > 1:
        level = max(_of_function(node.args[0], read), *(element(read(each), each).whole for each in node.args[1:]))
        return Value(level, level, (), True)
    if name in ("chain", "from_iterable"):
        level = max((read(each).whole for each in given), default=Level.CONSTANT)
        return Value(level, level, (), True)
    return OPEN


def _of_function(each: ast.expr, read: Reader) -> Level:
    """What a function adds to the text it is given: `"{} = ?".format` its own text, `str` nothing."""
    if isinstance(each, ast.Attribute) and each.attr in ASSEMBLING | _KEEPING:
        return read(each.value).whole if isinstance(each.value, ast.Constant) else Level.CONSTANT
    known = isinstance(each, ast.Name) and each.id in _SAME | _NUMERIC
    return Level.CONSTANT if known or isinstance(each, ast.Constant) else Level.OPEN
