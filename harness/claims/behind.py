"""What a figure is said to be for: "< 200 ms for all endpoints" is the service's, "for autocomplete" is one part's.

Refuses every purpose that is not known to be the service, its users or its code as a whole: a part is not promised.
"""

import re
from collections.abc import Callable

from harness.claims.script import words

_FOR = re.compile(r"(?<![\w-])(?:for|of|on|across|between(?!\s+\d))\s+(?P<what>[^,;|().:!?–—]+)", re.IGNORECASE)
_EVERY = (  # words that leave it to the noun beside them
    r"of|for|on|percent|per|cent|all|any|each|every|most|the|a|an|our|its|your|their|this|these|both|and|or|at|"
    r"least|more|than|up|to|over|under|"
    r"with|in|per|by|new|main|core|key|critical|standard|typical|normal|common|regular|general|simple|complex|basic|"
    r"average|total|overall|whole|entire|full|production|prod|staging|backend|back|end|server|side|service|services|"
    r"micro-?services?|systems?|apps?|applications?|platform|project|product|business|public|primary|\d+\w*"
)
_SERVICE = words(
    rf"{_EVERY}|apis?|rest|http|graphql|grpc|endpoints?|routes?|requests?|responses?|operations?|calls?|actions?|"
    r"transactions?|quer(?:y|ies)|reads?|writes?|crud|gets?|posts?|puts?|lists?|users?|clients?|customers?|traffic|"
    r"loads?|peak|concurrent|concurrency|active|authenticated|heavy|hot|happy|paths?|synchronous|sync|interactive|data|"
    r"experiences?|use|cases?|scenarios?|conditions?|optimal|good|great|better|best|smooth|seamless|responsive|fast|"
    r"p\d+|percentile|percent|time|days?|weeks?|months?|years?|minutes?|hours?|window|rolling|success|reliability|"
    r"performance|everything|them|it"
)
_CODE = words(
    rf"{_EVERY}|code|codebase|changed|modified|touched|added|changes?|implementation|modules?|packages?|files?|layers?|"
    r"features?|units?|tests?|testing|suites?|lines?|branch(?:es)?|statements?|source|repos?(?:itory|itories)?|prs?|"
    r"pull|requests?|merges?|commits?|ci|languages?|work|python|java|go|typescript|javascript|rust|kotlin|it|them|"
    r"everything|coverage|classes|counted|applicable|relevant|testable|executable|paths?|instrumented|measured|"
    r"deliver\w*|submissions?|tasks?|components? together|quality|gates?|board"
)


_CONTEXT = words(r"context|scope|applies to|operations?|endpoints?|workloads?|use case|where")


def is_of_a_part(text: str) -> bool:
    """Do the words behind a latency or a rate limit it to one part of the service?"""
    return _limits(text, _SERVICE)


def is_of_some_code(text: str) -> bool:
    """Do the words behind a coverage limit it to some of the code?"""
    return _limits(text, _CODE)


def is_limited_by_a_cell(row: str, column: Callable[[int], str]) -> bool:
    """Does a table's cell headed "Context" or "Scope" limit the row to one part: "Report generation"?"""
    if not row.lstrip().startswith("|"):
        return False
    cells = re.finditer(r"[^|]+", row)
    return any(_CONTEXT.fullmatch(column(cell.start())) and is_of_a_part(f"for {cell[0].strip()}") for cell in cells)


def _limits(text: str, known: re.Pattern[str]) -> bool:
    return any(
        re.search(r"[A-Za-z]{2,}", known.sub(" ", found["what"].replace("-", " "))) for found in _FOR.finditer(text)
    )
