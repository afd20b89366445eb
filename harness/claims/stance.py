"""What a sentence does with its number: promises it, or denies, conditions, recalls, asks or compares it.

Refuses to give a doubtful sentence the benefit of the doubt: what may be no promise is none.
"""

import re
from collections.abc import Iterable

from harness.claims.changes import is_change
from harness.claims.clauses import segment
from harness.claims.script import any_of as _any

_NO = r"(?:\b(?:not|never|no|nor|neither|cannot|without|hardly)\b|\b\w+n['’]t\b)(?!\s+(?:only|just)\b)"
_DENIED = _any(  # anywhere in the sentence
    rf"{_NO}[^.;:!?]{{0,60}}?\b(?:promis\w+|guarant\w+|warrant\w*|pledg\w+|commitments?|obligations?)",
    r"\bguarant\w+ (?:no|nothing)\b|不(?:作|做|予|能)?(?:出)?(?:保证|承诺)|无法保证|(?:不|并非)是?承诺",
    r"\b(?:is|are|be) optional\b|\boptionally\b|\(optional\)|\bnice[- ]to[- ]have\b|\bwould be nice\b",
    r"\bstarting point\b|\b(?:aspirational|hypothetical)\w*|\bstretch goals?\b",
)
_ASKED = _any(r"\?\W*$")
_WHY = _any(r"^\W*(?:why|how|what|when|where|who|which)\b")
_CHECKLIST = _any(
    r"\bcheck-?\s?lists?\b|kontrol listesi|检查清单|核对|チェックリスト|체크리스트|чек-?лист",
    r"liste de contrôle|lista de verific",
)
_LABELLED = _any(
    r"^\W*(?:bad|wrong|incorrect|do not|don['’]?ts?|avoid|anti-?patterns?|non-?goals?|out of scope|not \w+)\s*[:—–]",
    # a verdict on somebody's work, a trigger, a test to run
    r"^\W*(?:\d+[.)]\s*)?(?:approved?|blocked?|blocking|warnings?|rejected?|request changes?|escalate|alerts?|"
    r"critical alerts?|"
    r"triggers?|rollback|roll back|scale[- ](?:up|out|down|in)|auto-?scal\w+|(?:spike|stress|soak|load|burst|"
    r"endurance) tests?|"
    r"pass(?:ed)?|fail(?:ed|ure)?|red flags?|(?:code |test )?smells?|myths?|pitfalls?|symptoms?|"
    r"medium|low|small|large|current\w*|before|"
    r"after|baseline|today|now|red|yellow|green|poor|needs \w+)\s*[:—–(]",
    r"^\s*(?:[❌🚫⛔🔴🟡🟠]|\[?[xX]\]?\s+bad\b)",
)
_UNHEADED = _any(
    r"\bnon-?goals?\b",
    r"\bout of scope\b",
    r"\b(?:anti-?patterns?|mistakes|pitfalls)\b",
    rf"{_NO} (?:\w+ )?(?:promis|guarant)\w+",
    r"\balert(?:s|ing)?\b",
    r"\b(?:escalation|rollback|scaling|abort|stop) (?:triggers?|criteria|conditions?|polic(?:y|ies)|thresholds?)\b",
    r"\bred flags?\b",
    r"^\W*(?:\d+[.)]\s*)?(?:test|scenario) \d+\b|\b(?:spike|stress|soak|fail-?over|breakpoint|endurance) tests?\b",
    r"\b(?:common|typical|usual|popular|industry|illustrative) (?:sl[oia]s?|targets?|benchmarks?|baselines?|values)\b",
    r"(?:常见|典型|常用)(?:的)?\s?(?:sl[oia]|目标|指标)",
    r"\bwhen to (?:run|use|invoke|escalate|call|alert|scale|roll)\b",
    r"\bwarning signs?\b",
    r"\b(?:severity|issue|bug|risk) (?:levels?|classification|matrix)\b",
    r"\bload testing scenarios?\b",
    r"\bchaos\b|\bexperiments?\b|\bgame days?\b|\bhypothes[ie]s\b|\bcost estimat\w+",
    r"^\W*(?:estimate|calculate|compute|simulate|forecast|compare)\b.*[:：]$",
    r"\b(?:mvp|prototype|poc|demo|draft|quick|standard|enterprise|production|strict|full) (?:mode|tier|level)\b",
    r"\b(?:rewards?|scor(?:es?|ing)|grad(?:es?|ing)|rubrics?|rating scale|points|weights|weighting)\b",
    r"\b(?:criteria|conditions?|thresholds?) (?:for|to) (?:iterat|abort|reject|defer|escalat|block|fail|retr)\w*",
    r"\b(?:current|baseline) (?:state|performance|metrics|status)\b",
    r"告警|预警|アラート",
)
_NEGATED = _any(  # before the number, in its segment
    _NO,
    r"\b(?:instead of|rather than|unlike|regardless of|except\w*|exclud\w+|ignor\w+|skip\w*|avoid\w*|lack\w*)\b",
    r"\b(?:fail(?:s|ed|ing)?) to\b",
    r"(?:不要|勿|无需|不必|不用|别)[^。、]{0,12}$|\bне (?:нужн|требу|обязат)\w+|\bkein Muss\b",
)
_TWICE = _any(  # "do not merge without 80% coverage" asks for it
    r"(?:[❌🚫⛔🔴]\s*(?:[^\W\d]\w*\s+){0,2})?(?:\b(?:no|not|never|nothing|cannot|nobody|nunca|não|nunca|"
    r"kein\w*|nicht|nie|ne|pas|jamais|non|не|никогда|nie)\b|"
    r"\b\w+n['’]t\b)(?:\s+[^\W\d]\w*){0,4}?\s+(?:without|sin|sem|ohne|sans|senza|без|bez)\b",
)
_REFUSED = _any(  # after the number
    r"^[^.;]{0,40}?(?:\b(?:not|never|no longer|hardly)\b|\b\w+n['’]t\b)\s+(?:\w+\s+){0,2}?"
    r"(?:required|mandatory|necessary|needed|expected|binding|enforced|applicable|measured|tested|realistic|achievable|"
    r"attainable|possible|feasible|enough|sufficient|acceptable|supported|goal|target|aim|requirement|must|claim)\b",
    r"^[^、。,.]{0,16}(?:目指さない|求めない|必要(?:は|が)?ない|不要|不必|不追求|不要求|필요 ?없|목표로 하지|지향하지)",
)
_ABOUT_IT = _any(r"^\W*(?:this|that|these|those|it|they|none|neither|not|no)\b")  # a sentence about the one before
_CONDITION = _any(  # before the number, with nothing but "and" in between
    r"(?<!only )\b(?:if|when|whenever|unless|once|in case|assum\w+|provided that|suppos\w+|imagin\w+|as long as)\b"
    r"(?:(?!\bthen\b)[^,;|—–]|,\s+(?:and|or)\b)*$",
    r"(?:如果|若|当|假如|一旦)[^,、;;。]*$",
    r"\b(?:если|когда|при превышении|wenn|falls|sobald|si|lorsque|quand|cuando|quando|se)\b[^,;|—–]*$",
)
_CONDITIONED = _any(r"^[^,;|]*?\b(?:if|unless|provided that|assuming|only when)\b")  # after the number
_WATCHED = _any(
    r"^\W*(?:\d+[.)]\s*)?(?:alert|warn|log|flag|notify|escalate|ignore|skip|exclude|identify|detect|find|look for|"
    r"investigate|"
    r"optimi[sz]e (?:any|slow)|trace|monitor for|watch for|report any|check for|refactor|reject|deny|block)\b",
    r"\b(?:alerts?|alarms?|trigger\w*|warn(?:ing)?s?|pag(?:e|es|ing)) (?:when|if|on|at|for|above|threshold\w*)\b",
    r"\b(?:anything|slow (?:queries|requests|endpoints)|queries|requests|tasks?|operations) (?:over|above|taking|"
    r"longer than|that take|exceeding|slower than)\b",
)
_REPORTED = _any(  # a notice of what was done, not of what will be
    r"^\W*(?:\w+ ){0,4}(?:achieved|achieving|delivered|completed|implemented|reduced|improved|resolved|reached|"
    r"attained)\b(?![^.]*(?:must|should|>|<|≥|≤|at least))"
)
_RECALLED = _any(
    r"\b(?:current|existing|present|old|older|previous|prior|former|legacy|original|last)\s+(?:\w+\s+)?"
    r"(?:versions?|releases?|systems?|services?|implementations?|code ?base|code|backend|api|baseline|deployment|"
    r"build|set-?up|year|month|quarter)\b",
    r"\b(?:effective|observed|measured|estimated|theoretical|realistic|actual)\s+(?:\w+ )?(?:throughput|latency|"
    r"response times?|capacity|rps|coverage|uptime|availability)\b",
    r"\b(?:currently|previously|formerly|historically|in the past|at present|so far|to date|used to|baseline)\b",
    r"\b(?:has|have|['’]ve)\s+(?:\w+\s+)?(?:processed|handled|maintained|built|scaled|achieved|delivered|served|"
    r"supported|shipped|led|designed|managed|run|kept|operated)\b",
    r"\b(?:we|i|they|tests?|benchmarks?)\s+(?:measured|observed|saw|recorded|reported|got|achieved|reached|found)\b",
)
_TALLIED = _any(
    r"\d\s?(?:项|个|개)?\s?(?:unit )?(?:tests?|测试|テスト|테스트|testes|pruebas|"
    r"тест\w*)\s*(?:pass\w*)?\s*[,、]\s*(?:with )?$"
)
_SUPPOSED = _any(
    r"\ban? (?:single |typical )?"
    r"(?:service|system|server|app|application|api|site|endpoint) (?:handling|serving|doing|receiving|with|at)\b"
)
_VERDICT_CELL = _any(
    r"\|\s*(?:approved?|block(?:ed)?|reject(?:ed)?|pass(?:ed)?|fail(?:ed)?|request changes|warn(?:ing)?|comment|"
    r"go|no-go)\s*\|"
)
_WISHED = _any(  # in the number's segment
    r"\b(?:if|when|where|wherever|whenever|as far as) (?:\w+ ){0,2}(?:possible|feasible|practical|needed)\b",
    r"\b(?:may|might|could)\b",
)
_PAST = _any(r"\b(?:was|were|had|has been|have been)\b")  # in the number's segment

_PERHAPS = _any(r"^[^.;,]{0,30}\b(?:may|might|could)\b")  # after the number
_REACH = 1000  # characters of context on each side; a sentence longer than that is no sentence


def promised(
    sentence: str, span: tuple[int, int], sequel: str = "", headings: Iterable[str] = (), growing: bool = False
) -> bool:
    """Does the sentence promise what it says at `span` (comparator and number)?

    sequel: the next sentence, which may take it back; headings: those above the sentence; growing: the number is a
    multiple of load, which is stated as an increase.
    """
    first = max(0, span[0] - _REACH)
    plain = re.sub(r"[*_`]", " ", sentence[first : span[1] + _REACH])
    start, end = span[0] - first, span[1] - first
    left, right = segment(plain, start, end)
    before, after = plain[:start], plain[end:]
    before = _TWICE.sub(lambda m: " " * len(m[0]), before)
    near = before[left:].rpartition(":")[2]
    above = tuple(headings)
    refused = (
        _DENIED.search(plain)
        or (_ASKED.search(plain) and (_WHY.search(plain) or not any(map(_CHECKLIST.search, above))))
        or (_ABOUT_IT.search(sequel) and (_DENIED.search(sequel) or _REFUSED.search(sequel)))
        or _LABELLED.search(before)
        or any(map(_UNHEADED.search, above))
        or _NEGATED.search(near)
        or _REFUSED.search(after)
        or _CONDITION.search(before)
        or _CONDITIONED.search(after)
        or _WATCHED.search(before)
        or _REPORTED.search(before)
        or _RECALLED.search(before)
        or _TALLIED.search(before)
        or _SUPPOSED.search(before)
        or _VERDICT_CELL.search(plain)
        or _PAST.search(plain[left:right])
        or _WISHED.search(plain[left:right])
        or _PERHAPS.search(after)
    )
    return not refused and not is_change(before, plain[start:end], after, growing)
