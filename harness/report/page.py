"""`report.html`: one self-contained page that works from a file, offline, without scripts.

Refuses scripts, remote content and unescaped text: the templates escape by default, every value passes `visible` on
its way, and the page's own policy (CSP) forbids what slips through.
"""

import re
from functools import cache
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report.explain import Explained
from harness.report.parts import FILE_LINE, Bundle, Section
from harness.report.safe_text import visible
from harness.report.verdict import Verdict

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def html_page(
    bundle: Bundle,
    verdict: Verdict,
    sections: tuple[Section, ...],
    trials: tuple[Explained, ...],
    files: str = "",
    beside: bool = False,
) -> bytes:
    """The page as UTF-8. `files` as in `render`; beside: the trials are in files of their own."""
    return html_of(
        "report.html.j2",
        files=files,
        beside=beside,
        bundle=bundle,
        verdict=verdict,
        before=[s for s in sections if s.slug != "provenance"],
        after=[s for s in sections if s.slug == "provenance"],
        trials=trials,
    )


def html_of(template: str, **values: object) -> bytes:
    """A template of this package filled in, as UTF-8."""
    return _environment().get_template(template).render(policy=POLICY, **values).encode("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["anchor"] = _anchor
    environment.filters["in_submission"] = _in_submission
    environment.filters["steps"] = steps
    environment.filters["own_svg"] = Markup  # drawn by `figures` from escaped text; the only markup let through
    return environment


def _finalize(value: object) -> object:
    """Applied to every value a template prints: plain text loses what would deceive a reader, markup is ours."""
    return value if isinstance(value, Markup) else visible(value) if isinstance(value, str) else value


def _anchor(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _in_submission(where: str) -> str:
    """The URL path, below a trial's stored submission, of a place `file:line`; "" when `where` is no such place."""
    found = FILE_LINE.fullmatch(where)
    file = found["file"].removeprefix("/app/") if found else ""
    return "" if {"", ".", ".."}.intersection(file.split("/")) else steps(file)


def steps(path: str) -> str:
    """A path inside the run as a URL path: no character in it but `/` has a meaning."""
    return quote(path, safe="/", errors="replace")
