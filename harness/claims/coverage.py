"""Which coverage a figure is of: that of the tests by line or by branch, or that of something else.

Refuses the coverage of types, endpoints, runbooks or a single layer: only what a coverage tool reports of the whole
suite is held.
"""

import re

from harness.claims.behind import is_of_some_code
from harness.claims.clauses import segment
from harness.claims.metrics import COVERAGE
from harness.claims.phrases import label_of, noun_phrase
from harness.claims.script import any_of, words

BRANCH = words(r"branch(?:es)?|decisions?|分支|ブランチ|분기|ветв\w+|Zweige?|ramas?|branches")
_LINES = words(r"lines?|statements?|行数?|行數|语句|陳述式|ステートメント|행|строк\w*|Zeilen|lignes|líneas|linhas")
_OTHER_PARTS = words(r"functions?|methods?|classes|class|函数|函式|関数|함수|функци\w+|Funktionen|fonctions|funciones")
_PART = rf"(?:{_LINES.pattern}|{BRANCH.pattern}|{_OTHER_PARTS.pattern})"
_LISTED = words(  # "line, branch and function coverage": one figure for several kinds
    rf"{_PART}(?:(?:\s*[,/&+]\s*(?:and |or )?|\s+(?:and|or|und|et|y)\s+){_PART})+\s+(?:(?:test|code)\s+)?"
    rf"(?:{COVERAGE.pattern})"
)
_OF_CODE = (  # words of a coverage that is not that of the tests as a whole
    r"types?|typing|endpoints?|apis?|documentation|docs?|docstrings?|comments?|requirements?|scenarios?|features?|"
    r"automation|automated|slos?|slis?|index|monitoring|alerts?|mutation|functions?|methods?|class(?:es)?|paths?|"
    r"critical|"
    r"crucial|integration|e2e|end-to-end|functional|regression|acceptance|contracts?|security|ui|frontend|front-end|"
    r"components?|visual|browsers?|devices?|platforms?|use-?cases?|cases?|stor(?:y|ies)|schemas?|log(?:s|ging)?|"
    r"trac(?:es?|ing)|"
    r"observability|data|cache|edge|errors?|rules?|polic(?:y|ies)|threats?|compliance|controls?|audit|"
    r"translations?|i18n|"
    r"accessibility|a11y|ai/ml|ml|mobile|firmware|iot|keywords?|quer(?:y|ies)|models?|domain|business|core|"
    r"risks?|attacks?|migrations?|snapshots?|"
    r"behaviou?rs?|workflows?|flows?|journeys?|routes?|rls|openapi|swagger|specs?|config\w*|utils?|utilit(?:y|"
    r"ies)|hooks?|"
    r"helpers?|public|exported|payments?|auth\w*|financial|money|happy|services? layer|backup|rollout|"
    r"tests? of critical"
)
_SCOPED_COVERAGE = words(_OF_CODE)
_HAN_LABEL = any_of(r"关键|核心|业务逻辑|集成|接口|文档|工具|クリティカル|Kritik|핵심")
_SCOPED_HAN = any_of(
    r"(?:自动化|自動化|接口|端点|文档|文檔|类型|功能|需求|场景|核心|关键|集成|E2E|API|エンドポイント|統合|結合|"
    r"機能)[^,、。]{0,4}$",
    r"(?:业务逻辑|业务代码|ビジネスロジック|ドメイン|サービス|コアロジック|重要な|비즈니스 ?로직|핵심)[^、。:|]{0,14}$",
)
_PLAIN = words(  # what may stand before the English word without making it another thing's
    r"sin|sem|without|de|la|el|le|les|der|die|das|con|com|total|tests?|testing|code|codebase|unit|lines?|"
    r"statements?|branch(?:es)?|source|total|overall|global|combined|whole|full|complete|"
    r"entire|project|repo(?:sitory)?|packages?|application|app|backend|back-end|server|service|python|java|go|golang|"
    r"node|js|javascript|typescript|rust|php|ruby|kotlin|jest|vitest|pytest|jacoco|junit|phpunit|minimum|min|"
    r"maximum|max|"
    r"target\w*|goals?|required?|requir\w+|expected|desired|threshold|at|least|above|high|higher|good|better|"
    r"best|strong|solid|"
    r"robust|excellent|great|comprehensive|meaningful|sufficient|adequate|thorough|extensive|consistent|average|"
    r"percent|"
    r"new|changed|modified|production|all|the|a|an|and|or|its|our|your|their|this|that|every|each|more|than|"
    r"over|not|no|"
    r"check\w*|verif\w+|ensur\w+|maintain\w*|achiev\w+|reach\w*|hit|aim\w*|enforc\w+|measur\w+|run|report\w*|track\w*|"
    r"generat\w+|increas\w+|improv\w+|rais\w+|get|keep\w*|review\w*|validat\w+|confirm\w*|provid\w+|deliver\w*|"
    r"guarante\w+|meet\w*|exceed\w*|pass\w*|set|establish\w*|use|must|should|shall|will|have|has|having|"
    r"analy\w+|write|writing|"
    r"build|add|adding|drive|push|bring|quality|gates?|metrics?|suite|mandatory|strict|tdd|current|expect|need\w*|want|"
    r"want|see|show|prefer\w*|include|including|covering|python3?|\d+\w*|x|is|be|are|as|by|to|of|in|with|for|on|"
    r"-|i|ii|iii"
)
_SOURCES = re.compile(r"(?<![\w/.-])src(?:/[\w-]+)?/?(?![\w/])")  # the code of a package, or all of it
_ENGLISH = re.compile(r"(?i)coverage")
_KINDS = re.compile(  # "80% branches, functions, lines": the kinds behind the figure
    rf"\s*(?:of\s+|for\s+|on\s+)?(?P<kinds>{_PART}(?:(?:\s*[,/&+]\s*(?:and |or )?|\s+(?:and|or)\s+){_PART})+)",
    re.IGNORECASE,
)
_WHOLE = words(
    r"unit|tests?|code|overall|total|global|backend|minimum|target|project|all|whole|entire|default|new|全局|"
    r"整体|总体|全体|总|"
    r"전체|общее|общий|gesamt|insgesamt|globale?s?|totale?s?|geral|generale?|toplam|genel"
)
_COVERAGE_OF = words(
    r"(?:for|of|on|in|across|über|sur|para|для|de)\s+(?:(?:all|the|every|our|your|any|les|los|das|"
    r"alle)\s+)?(?:[\w-]+\s+)?"
    r"(?:[\w-]*critical[\w-]*|crucial|core|business|key|public|exported|edge|error|security|auth\w*|payments?|"
    r"financial|domain|"
    r"services? layer|endpoints?|routes?|utils?|utilities|helpers?|components?|ui|frontend|hooks?|types?|"
    r"documentation|requirements?|"
    r"slos?|"
    r"domain logic|integration tests?|e2e tests?|paths?|workflows?)"
)
_OF_ITS_OWN = words(r"with|rates?|ratio|scores?|while|having")  # "100% pass rate with 85% coverage"


def coverage_kinds(clause: str, word: tuple[int, int], figure: tuple[int, int]) -> tuple[str, ...]:
    """The metrics of a coverage's figure: several for "line and branch coverage", none for that of something else."""
    for match in _LISTED.finditer(clause):
        if match.start() <= word[0] and word[1] <= match.end():
            return _kinds_in(match[0])
    listed = _KINDS.match(clause, figure[1])
    kind = coverage_kind(clause, word, (figure[0], listed.end() if listed else figure[1]))
    return (_kinds_in(listed["kinds"]) if listed else (kind,)) if kind else ()


def listed_behind(clause: str, end: int) -> tuple[str, ...]:
    """The metrics of the kinds listed right behind a figure, as in "80% branches, functions, lines"; else none."""
    listed = _KINDS.match(clause, end)
    return _kinds_in(listed["kinds"]) if listed else ()


def _kinds_in(text: str) -> tuple[str, ...]:
    parts = (("coverage_pct", _LINES), ("branch_coverage_pct", BRANCH))
    return tuple(kind for kind, part in parts if part.search(text))


def coverage_kind(clause: str, word: tuple[int, int] | None, figure: tuple[int, int]) -> str | None:
    """`coverage_pct`, `branch_coverage_pct`, or None for the coverage of something else. word: where it is named."""
    after = clause[figure[1] :]
    part = re.match(r"\s*(?:of\s+|for\s+)?(?:the\s+|all\s+)?([^\s,;.)]+)", after)
    beside = part[1] if part else ""
    if word is None or word[0] > figure[1]:
        modifiers = clause[figure[1] : word[0]] if word else beside
        if word and (_OF_ITS_OWN.search(modifiers) or _SCOPED_COVERAGE.search(noun_phrase(clause[: figure[0]]))):
            return None
    else:
        modifiers = noun_phrase(clause[: word[0]])
        if _LINES.fullmatch(beside):
            return None if is_of_some_code(after[: segment(after, 0, 1)[1]]) else "coverage_pct"
        of_it = re.match(r"\s*\+?\s*((?:(?!(?:for|of|on|in|across|with)\b)[\w-]+\s*){1,2})", after)
        if of_it and _SCOPED_COVERAGE.search(of_it[1].replace("-", " ")):
            return None
    for text in (beside if word is None or word[0] < figure[0] else "", modifiers):
        if BRANCH.search(text):
            return "branch_coverage_pct"
        if _OTHER_PARTS.search(text):
            return None
    if word and _ENGLISH.fullmatch(clause[slice(*word)]) and not _is_plain(modifiers):
        return None
    label = label_of(clause, figure[0])
    named_in_label = bool(COVERAGE.search(label))
    if _SCOPED_COVERAGE.search(modifiers) or (label and not named_in_label and _SCOPED_COVERAGE.search(label)):
        return None
    if label and not named_in_label and _HAN_LABEL.search(label):
        return None
    if word and word[1] <= figure[0] and _HAN_LABEL.search(clause[word[1] : figure[0]].rpartition("、")[2]):
        return None
    if word and _SCOPED_HAN.search(clause[max(0, word[0] - 12) : word[0]]):
        return None
    if not named_in_label and label and BRANCH.search(label):
        return "branch_coverage_pct"
    tail = _tail(clause, word, figure)
    return None if _COVERAGE_OF.search(tail) or is_of_some_code(tail) else "coverage_pct"


def _is_plain(modifiers: str) -> bool:
    """Does the last word before "coverage" leave it that of the tests? Not so "Runbook coverage"."""
    last = re.search(r"([^\W\d_][\w-]*)\W*$", _SOURCES.sub("code", modifiers))
    return last is None or bool(_PLAIN.fullmatch(last[1]) or all(map(_PLAIN.fullmatch, last[1].split("-"))))


def _tail(clause: str, word: tuple[int, int] | None, figure: tuple[int, int]) -> str:
    """What may limit the figure to a part: the words behind "coverage" up to the first figure, and its own segment."""
    left, right = segment(clause, *figure)
    if word is None or word[1] > figure[0]:
        return clause[min(word[1] if word else figure[1], figure[1]) : right]
    first = re.search(r"\d", clause[word[1] :])
    return clause[word[1] : word[1] + (first.start() if first else 0)] + " ; " + clause[max(left, word[1]) : right]


def is_a_kind(subject: str) -> bool:
    """Is it nothing but the name of a kind: 语句, 分支?"""
    return bool(_LINES.fullmatch(subject) or BRANCH.fullmatch(subject))


def part_of_coverage(subject: str) -> str | None:
    """The same for an item below a heading about coverage: `Branches: 75%`."""
    if not subject or _LINES.search(subject):
        return None if _OTHER_PARTS.search(subject) else "coverage_pct"
    if BRANCH.search(subject):
        return "branch_coverage_pct"
    if _OTHER_PARTS.search(subject) or _SCOPED_COVERAGE.search(subject):
        return None
    return None if re.search(r"[^\W\d_]", _WHOLE.sub(" ", subject)) else "coverage_pct"
