"""Why a suite, or a file of it, could not be collected: the error itself, from what pytest said.

Refuses to guess: without an error line that it knows, it gives the last lines as they are.
"""

import re
from collections.abc import Iterable
from typing import Any

_ERROR = re.compile(
    r"^(?:E\s+|INTERNALERROR>\s*)?((?:\w+\.)*\w*(?:Error|Exception|Configured|Warning|Exit)\b:? ?.*)$", re.M
)
_MISSING = re.compile(r"No module named ['\"]([\w.]+)['\"]")
_LOADING = re.compile(r"(?:ImportError while loading conftest|could not import) ['\"]?([^'\"\n]+?)['\"]?\.?$", re.M)
_USAGE = re.compile(r"^(?:ERROR: |[\w./-]*: error: )(.+)$", re.M)
USAGE_EXITS = (3, 4)  # pytest's "internal error" and "usage error": nothing was collected
MOST = 20


def reasons(collect_errors: Iterable[str], pytest_exit: int | None, tail: str, root: str) -> list[dict[str, Any]]:
    """[{where, error, missing, text}]: the file, its error in one line, the module that is missing ("" if none is)."""
    found = []
    for text in collect_errors:
        where, _, rest = text.partition(": ")
        found.append(_reason(where, rest, root))
    if not found and pytest_exit in USAGE_EXITS:
        loading = _LOADING.search(tail)
        found.append(_reason(loading[1] if loading else "", tail, root))
    return found[:MOST]


def _reason(where: str, text: str, root: str) -> dict[str, Any]:
    text = text.replace(f"{root}/", "")
    where = where.replace(f"{root}/", "")
    lines = _ERROR.findall(text) or _USAGE.findall(text) or [line for line in text.splitlines() if line.strip()][-1:]
    error = str(lines[-1]).strip() if lines else ""
    missing = _MISSING.search(error)
    return {"where": where, "error": error[:300], "missing": missing[1] if missing else "", "text": text[-800:]}
