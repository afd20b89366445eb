"""Code fences that state instead of showing: targets written as YAML or plain text under a heading that asks for them.

Refuses programs, forms and reports: a fence with a placeholder, a status or a measured value only shows a shape.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from harness.claims.lines import Line
from harness.claims.metrics import COVERAGE
from harness.claims.script import words

_LANGUAGES = ("", "yaml", "yml", "text", "txt")
_ASKS = words(
    r"targets?|objectives?|slos?|slas?|slis?|budgets?|requirements?|thresholds?|gates?|goals?|kpis?|standards|"
    r"(?:success|acceptance|quality|performance|completion) (?:criteria|metrics|indicators|benchmarks)|目标|要求|"
    r"指标|目標|цел\w+|требовани\w+|Ziele|objectifs|objetivos|metas|requisitos"
)
_SHOWS = words(r"gather\w*|elicit\w*|collect\w*|error budgets?|captur\w*|documenting|templates?|analysis|discovery")
_KEYED = re.compile(
    r"^\W*(?:gates?|thresholds?|targets?|minimum|门禁|阈值|目标|要求|最低)\s*[:：]", re.IGNORECASE | re.MULTILINE
)
_METRICS = words(
    r"(?:key |core |main )?metrics|métricas|metricas|métriques|metriken|metriche|метрик\w+|メトリクス|지표"
)
_FORM = re.compile(
    r"^\s*(?:service|app|application)(?:_name)?\s*:\s*[\w\"'-]+\s*$|[\[{<]\s*[^\W\d][^\]}>\n]*[\]}>]|\$\w|YYYY|[✅❌✓]|"
    r"^\W*(?:current|actual|measured|status|results?|example|found|score)\b|^#{1,6} \S.*:",
    re.IGNORECASE | re.MULTILINE,
)


def unfenced(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, those of a fence that states read as text; they keep their `block`."""
    for block, group in groupby(lines, key=lambda line: line.block):
        members = list(group)
        states = block and _states(members)
        yield from (replace(line, fence=None) for line in members) if states else members


def _states(fence: list[Line]) -> bool:
    text = "\n".join(line.text for line in fence)
    language = (fence[0].fence or "").lower()
    heading = fence[0].heading
    named = COVERAGE.search(heading) or _METRICS.search(heading)
    asks = (_ASKS.search(heading) and not _SHOWS.search(heading)) or (named and _KEYED.search(text))
    return language in _LANGUAGES and bool(asks) and not _FORM.search(text)
