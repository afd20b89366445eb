"""Renders a definition that is a Jinja template, with one variable: the task's `schema`.

Refuses everything else a template could reach: undefined names, other globals, operators and filters that make large
strings from small templates. A definition is somebody's file: it is rendered in the sandbox (Jinja docs, "Sandbox").
"""

import jinja2
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from harness.errors import UsageError
from harness.model.jsontypes import JsonObject

MAX_RENDERED = 1_000_000  # characters
_INFLATING_FILTERS = ("center", "indent", "wordwrap", "format", "filesizeformat", "pprint")


def render_template(body: str, schema: JsonObject, source: str) -> str:
    """`body` with its expressions evaluated; UsageError `template_error` names the definition and the reason."""
    try:
        template = _environment().from_string(body)
        pieces: list[str] = []
        length = 0
        for piece in template.generate(schema=schema):
            length += len(piece)
            if length > MAX_RENDERED:
                raise _error(source, f"renders to more than {MAX_RENDERED} characters")
            pieces.append(piece)
    except jinja2.TemplateSyntaxError as error:
        raise _error(source, f"line {error.lineno}: {error.message}") from None
    except jinja2.UndefinedError as error:
        raise _error(source, f"{error}; the task's [template] does not hold it") from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise _error(source, f"{type(error).__name__}: {error}") from None
    except RecursionError:
        raise _error(source, "is nested too deeply") from None
    return "".join(pieces)


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.globals.clear()
    environment.intercepted_binops = frozenset(("*", "**", "%"))
    environment.binop_table = {**environment.binop_table, "*": _small, "**": _small, "%": _small}
    for name in _INFLATING_FILTERS:
        environment.filters.pop(name, None)
    return environment


def _small(left: object, right: object) -> object:
    raise TypeError(
        f"the operators *, ** and % are not available in a definition (near {left!r:.40} and {right!r:.40})"
    )


def _error(source: str, why: str) -> UsageError:
    return UsageError("template_error", f"{source}: the template {why}; fix the definition or choose another task")
