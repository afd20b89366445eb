"""What a definition's text tells about its dialect: template, structured reply, damaged characters.

Refuses to recognise a definition by name or digest: only traits that any author could write count.
"""

import re

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from harness.intake.fences import scan_fences, split_lines
from harness.intake.structured import GROUPS

_TEMPLATE = re.compile(r"\{[{%][^{}]{0,500}?\bschema\s*[.\[]")
# First byte of a UTF-8 sequence and its continuation, both shown as Latin-1 or Windows-1252 characters.
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf]|â€|ðŸ|Â[\u0080-\u00bf]|â[\u0080-\u009f]")
_ASKS_JSON = re.compile(
    r"\b(?:provide|respond|reply|return|output|answer|deliver|produce)\b.{0,120}\bJSON\b"
    r"|\b(?:response|reply|output|answer) (?:format|structure|schema)\b",
    re.I,
)
_KEY = re.compile(r'"([A-Za-z_]\w*)"\s*:')
_LOOK_BACK = 8  # lines before an example in which its heading or request may stand


def is_template(body: str) -> tuple[bool, list[str]]:
    """(whether `body` is a Jinja template over `schema`, warnings). Other braces are literal text."""
    if _TEMPLATE.search(body) is None:
        return False, []
    try:
        SandboxedEnvironment(autoescape=False).parse(body)
    except (TemplateSyntaxError, RecursionError) as error:
        return False, [f"template_invalid: refers to schema but is no valid template ({error}); sent as it is"]
    return True, []


def wants_json_reply(body: str) -> bool:
    """True when `body` shows, and asks for, one JSON object that holds code by role or lists files."""
    lines = split_lines(body)
    for fence in scan_fences(lines):
        if fence.language not in ("json", "jsonc", "json5", "") or not fence.content.lstrip().startswith("{"):
            continue
        keys = set(_KEY.findall(fence.content))
        shaped = len(keys & set(GROUPS)) >= 2 or {"files", "path", "content"} <= keys
        before = "\n".join(lines[max(0, fence.start - _LOOK_BACK) : fence.start])
        if shaped and _ASKS_JSON.search(before):
            return True
    return False


def looks_mojibake(text: str) -> bool:
    """True when `text` holds UTF-8 that was decoded as Latin-1 or Windows-1252 and saved again."""
    return _MOJIBAKE.search(text) is not None
