"""Where a definition shows instead of promising: sample messages, notices, templates, quoted speech, examples.

Refuses to judge the words of a sentence (stance does): the place alone makes a number a sample.
"""

import functools
import re

from harness.claims.passages import Passage
from harness.claims.script import any_of, words

EXAMPLE_LEAD = any_of(
    r"\be\.\s?g\b\.?|\bfor example\b|\bfor instance\b|\bsuch as\b|<example>|\bz\.\s?B\.|\bpar ex(?:emple|\.)|"
    r"\b(?:p\.|por) ?ej(?:emplo|\.)?|\(\s*ex\b\.?\s*:?|"
    r"\bej\.|\bpor exemplo\b|\bнапример\b|\bbeispielsweise\b|"
    r"\b(?:counter|anti)?-?examples?\b[^:.\w]*:|例如|比如|示例|例子|(?:\(|（)例\s*[:：]|例[:：]|たとえば|예를 들어|예시"
)
_EXAMPLE_HEADING = any_of(
    r"^\W*(?:\w+ ){0,2}(?:counter|anti)?-?examples?\W*$|^\W*(?:\d+[.)]\s*)?(?:usage|output|response|report|"
    r"interaction|input|good|bad) "
    r"examples?\b|^\W*examples?\b|示例|例子|サンプル|^\W*(?:Beispiele?|Exemples?|Ejemplos?|Exemplos?|Пример\w*)\b"
)
_SAMPLE_HEADING = words(
    r"samples?|(?<!prompt )templates?|mock-?ups?|(?:communication|speaking|writing) style|tone(?: of voice)?|"
    r"(?:example|sample) \w+|case stud(?:y|ies)|"
    r"conversation|dialogue|transcripts?|sample (?:output|response|report)s?|(?:success|war) stories|what you say|"
    r"phrases|mental models?|glossary|terminology|(?:key |core |basic )?concepts|theory|primer|cheat ?sheet|"
    r"(?:current|baseline|actual) (?:performance|metrics|state|status|coverage|results)|before (?:and|/|&) after|"
    r"(?:completion|delivery|status|progress|handoff|hand-off) (?:notification|notice|message|announcement|report|"
    r"update|summary)s?|"
    r"(?:notification|announcement|message)s?|沟通风格|沟通方式|"
    r"模板|コミュニケーションスタイル|estilo de comunica\w+|стиль общения"
)
_REPORT_HEADING = words(
    r"(?:output|report|response|reply|answer|summary) (?:format|structure|template|example)s?|(?:test|performance|"
    r"coverage) report|formato de salida"
)
_TALK_LEAD = any_of(r"^\W*\*\*\W*(?:communication|tone|voice|speaking|writing)(?: style)?\W*\*\*")  # "**Tone**: …"
_BLANK = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}")  # a form to be filled in
_SAMPLE_LABEL = any_of(
    r"\b(?:notifications?|notices?|announcements?|messages?|samples?|dialogue|conversation)\b\W*$",
    r"\b(?<!prompt )templates?\b\W*$",
    r"\b(?:delivery|completion|status|final|progress|hand-?off|system|sprint|release|deployment|"
    r"success) (?:report|summary|update|delivery|reporting|message)s?\b\W*$",
    r"\bexamples?\b(?:\s+\w+){0,3}\W*$|\bexample\b.{0,40}:\W*$|\b(?:say|says|reply|respond|report|write|announce|"
    r"tell|ask)s?(?: with| like this)?\s*:\W*$|例\W*$|示例\W*$|例如\W*$",
)
_SAMPLE_COLUMN = words(
    r"current\w*|actual|before|after|baseline|measured|results?|poor|bad|warn\w*|critical|alert\w*|danger|example|"
    r"improvement|was|now|"
    r"needs? (?:work|improvement)|red|atual|actuel\w*|actual|текущ\w+|当前|現状|警告|预警\w*|危险\w*|status|fail\w*|"
    r"unacceptable|acceptable loss|경고|위험|警告|"
    r"examples?|示例|例子?|예시?|サンプル|пример\w*|Beispiele?|exemples?|ejemplos?|exemplos?|"
    r"örnek\w*|需优化|需改进|较差|差|不合格|异常|要改善|不可|개선 ?필요|나쁨|плохо|schlecht|mauvais|malo|ruim"
)
_GRADE_COLUMN = words(
    r"acceptable|good|normal|excellent|fair|ok(?:ay)?|healthy|great|average|degraded|tolerable|정상|正常|良好|"
    r"норма|普通|优秀|优|良|"
    r"一般|合格|좋음|보통|우수|хорошо|отлично|gut|bon|bueno|bom"
)
_AIM_COLUMN = words(
    r"targets?|goals?|slos?|slas?|thresholds?|required|requirements?|limits?|objectives?|min(?:imum)?|max(?:imum)?|"
    r"recommended|目标|要求|目標|기준|목표|цель|ziel|objectif|objetivo|meta"
)
_QUOTES = (('"', '"'), ("“", "”"), ("«", "»"), ("「", "」"), ("„", "“"), ("„", "”"))
_REACH = 2000  # characters of a quotation that are looked at
_A_SPEECH = 4  # words inside quotation marks that make them speech rather than a name


def is_sample(passage: Passage, span: tuple[int, int], reply: bool) -> bool:
    """Does the passage only show the characters at `span`? reply: they limit the reply, which may well be said under a
    heading about its format."""
    line, _ = passage.place(span[0])
    headings = line.path.split(" > ")
    return (
        line.example
        or any(map(_EXAMPLE_HEADING.search, headings))
        or any(map(_SAMPLE_HEADING.search, headings))
        or (not reply and any(map(_REPORT_HEADING.search, headings)))
        or bool(passage.label and _SAMPLE_LABEL.search(passage.label))
        or bool(_SAMPLE_COLUMN.search(passage.column(span[0])))
        or _is_grade(passage.column(span[0]), passage.columns)
        or bool(_TALK_LEAD.search(passage.raw) or _BLANK.search(passage.raw))
        or _is_quoted(passage.text, span)
    )


def _is_grade(column: str, columns: tuple[str, ...]) -> bool:
    """One of several grades, as in "| Good | Fair | Poor |", or beside a column that says what is aimed at?"""
    if not _GRADE_COLUMN.search(column) or _AIM_COLUMN.search(column):
        return False
    others = [other for other in columns if other != column]
    return any(p.search(other) for other in others for p in (_GRADE_COLUMN, _AIM_COLUMN, _SAMPLE_COLUMN))


def _is_quoted(text: str, span: tuple[int, int]) -> bool:
    """Within quotation marks, together with a whole sentence's words?"""
    return any(start < span[0] and span[1] <= end for start, end in _speeches(text))


@functools.lru_cache(maxsize=8)
def _speeches(text: str) -> tuple[tuple[int, int], ...]:
    """Where quotation marks hold a whole sentence's words."""
    pairs: list[tuple[int, int]] = []
    for opening, closing in _QUOTES:
        starts = [m.start() for m in re.finditer(re.escape(opening), text)]
        if opening == closing:
            pairs += zip(starts[::2], [*starts[1::2], len(text)], strict=False)
        else:
            pairs += [(start, _closing(text, start, closing)) for start in starts]
    return tuple((start, end) for start, end in pairs if _is_speech(text[start + 1 : min(end, start + _REACH)]))


def _closing(text: str, start: int, closing: str) -> int:
    end = text.find(closing, start + 1)
    return len(text) if end < 0 else end


def _is_speech(text: str) -> bool:
    return (
        len(re.findall(r"[^\W\d_]{2,}", text)) >= _A_SPEECH
        or len(re.findall(r"[一-鿿ぁ-ヿ가-힣]", text)) >= 2 * _A_SPEECH
    )
