"""What a definition says there shall be none of (critical vulnerabilities), and the versions that it asks for.

Refuses "no critical bugs" and "zero-downtime": only vulnerabilities and lost records are counted by anything.
"""

import re
from collections.abc import Iterator

from harness.claims.numbers import Found
from harness.claims.script import words

_NONE = (
    r"(?:zero|no|0|none|without(?: any)?|free of|нулев\w+|ноль|нет|без|0|keine[rn]?|null|aucune?|zéro|sans|cero|"
    r"sin|ningun\w*|"
    r"nenhuma?|sem|zero|sıfır)"
)
_GRADE = r"(?:critical|high|medium|severe)(?:[- ](?:severity|priority|risk|level))?"
_GRADES = rf"{_GRADE}(?:\s*(?:/|,|&|and/or|and|or|und|oder|\+|,\s*(?:and|or))\s*(?:(?:0|zero|no)\s+)?{_GRADE})*"
_NOUN = (
    r"(?:(?:security|cve|dependency|known|open|code|owasp|npm audit)\s+)*"
    r"(?:vulnerabilit(?:y|ies)|vulns?|cves?|findings?|issues?|security (?:risks?|problems?|flaws?|holes?|"
    r"defects?)|exploits?|advisories)"
)
_KNOWN = (
    r"(?:(?:known|open|unresolved|outstanding|new|remaining|unpatched|unhandled|unaddressed|unmitigated|unfixed|"
    r"exploitable|detected|identified|reported|security)\s+)*"
)
_SECURITY = re.compile(
    r"secur|vuln|cve|owasp|audit|sast|dast|pentest|exploit|漏洞|安全|脆弱|セキュリティ|보안|취약|безопас|seguri|"
    r"sécuri|sicherheit",
    re.I,
)
_COUNTER = r"(?:0|zero|none|ゼロ|なし|零|无|없음)\s*(?:件|个|個|개|건|шт\w*)?"
_FORMS = (
    words(rf"{_NONE}\s+{_KNOWN}(?P<grades>{_GRADES})\s+(?:severity\s+)?{_NOUN}"),
    words(
        rf"(?P<grades>{_GRADES})\s+{_NOUN}\s*(?:\([^)]*\))?\s*(?:[:=|-]|must be|should be|==|<=|≤)?\s*(?:zero|0|"
        rf"none)(?![.,]?\d|\s?%)"
    ),
    words(
        rf"{_NONE}\s+(?:security\s+)?(?:vulnerabilit(?:y|ies)|cves?|findings?)\s+(?:of|with|at|"
        rf"rated)\s+(?P<grades>{_GRADES})"
    ),
    words(
        rf"(?:zero|0|none?)\s+{_KNOWN}(?P<grades>critical(?:\s*(?:/|,|&|and|or)\s*(?:0\s+)?high)?)(?=\s*(?:$|"
        rf"[,.;|)]|in\b|on\b))"
    ),
)
_NIL = rf"\s*(?:[:=]|===?)?\s*{_COUNTER}(?![\d.,]*\d|\s?%)"
_MIXED = re.compile(  # an English grade beside a noun of another script, or in the cell beside "security"
    rf"(?<!\w)(?P<grades>{_GRADES})\s*(?:脆弱性|漏洞|취약점|уязвимост\w+)(?:数量?|の数)?\s*[|为]?{_NIL}|"
    rf"(?:security|セキュリティ|安全|보안|безопасност\w+)[\w ]*[:|.]\s*(?P<cell>critical|high){_NIL}"
    rf"(?:\s*[,、/]\s*(?P<next>critical|high){_NIL})?",
    re.IGNORECASE,
)
_CRITICAL_ELSEWHERE = words(
    r"(?:критическ\w+ (?:уязвимост\w+)(?:\s*[:—-]?\s*(?:0|нет))?)|kritische[nr]? (?:Schwachstellen?|"
    r"Sicherheitslücken?)|"
    r"(?:vulnérabilités?|failles?)(?: de sécurité)? critiques?|vulnerabilidades? críticas?|vulnerabilità critich?e"
)
_NONE_BEFORE = words(_NONE)
_HAN_CRITICAL = re.compile(
    r"(?:零|无|無|没有|0\s?个|ゼロ|0件の)\s?(?:个)?(?P<high>高危|严重)?(?:(?:和|或|/|、)?(?P<more>高危|严重|"
    r"致命))?的?(?:安全)?(?:漏洞|脆弱性)|"
    r"(?P<crit>严重|重大な|致命|高危)(?:安全)?(?:漏洞|脆弱性)(?:数量?)?\s?(?:为|:|=|が)?\s?(?:0|零|ゼロ)|(?:심각한|"
    r"치명적인?)\s?(?:보안\s?)?취약점\s?(?:0개?|없음)"
)
_ALL = words(
    rf"{_NONE}\s+{_KNOWN}vulnerabilit(?:y|ies)|{_KNOWN}vulnerabilities\s*[:=|]\s*(?:0|zero|none)|보안 취약점\s?0개?|"
    r"(?:нет|0|ноль) уязвимост\w+|keine Sicherheitslücken|zéro vulnérabilités?"
)
_LOST = words(
    r"(?:zero|no) data[- ]loss(?! (?:during|in|on|when|migrat\w+|window))|(?<!迁移)(?:零|无|無)(?:数据|資料|データ)"
    r"(?:丢失|遗失|遺失|損失|ロス)|数据(?:零|不)丢失|データ(?:損失|ロス)(?:ゼロ|なし)|데이터 ?(?:손실|"
    r"유실) ?(?:없음|제로|0)|"
    r"kein(?:e|en)? Datenverlust|sin pérdida de datos|sem perda de dados|(?:sans|zéro) perte de données|"
    r"без потер[иь] данных|нулев\w+ потер\w+ данных"
)

_VERSIONED = r"node(?:\.js)?|python|go(?:lang)?|java|rust|ruby|php|typescript|postgres(?:ql)?|mysql|redis|kotlin"
_VERSION = re.compile(rf"(?<![\w-])(?P<name>{_VERSIONED})\s+v?(?P<number>\d+(?:\.\d+)?)\s?\+", re.IGNORECASE)
_ASKED = re.compile(  # right before the name; "(Go 1.21+)" only says since when there is something
    r"(?i)\b(?:use|uses|using|requires?|needs?|must (?:use|be|run on)|runs? on|target(?:s|ing)?|minimum|at least|"
    r"supports?|ensure)"
    r"\s*:?\s*$"
)


def absent(clause: str, above: tuple[str, ...] = ()) -> Iterator[Found]:
    """`zero critical/high vulnerabilities` and its like, one claim per grade.

    above: the label and headings, of which one must speak of security where the sentence only says "issues".
    """
    graded = False
    secure = any(map(_SECURITY.search, (clause, *above)))
    for form in _FORMS:
        for match in form.finditer(clause):
            if not (secure or re.search(r"(?i)findings?\b", match[0])):
                continue
            graded = True
            for grade in ("critical", "high"):
                if re.search(rf"(?i){grade}", match["grades"]):
                    yield _none(f"{grade}_vulnerabilities", match.span())
    for match in _MIXED.finditer(clause):
        graded = True
        named = " ".join(filter(None, match.groups())).lower()
        yield from (_none(f"{grade}_vulnerabilities", match.span()) for grade in ("critical", "high") if grade in named)
    for match in _CRITICAL_ELSEWHERE.finditer(clause):
        if _NONE_BEFORE.search(clause[max(0, match.start() - 20) : match.start()]) or re.search(
            r"\b(?:0|нет)$", match[0]
        ):
            graded = True
            yield _none("critical_vulnerabilities", match.span())
    for match in _HAN_CRITICAL.finditer(clause):
        grades = f"{match['high'] or ''}{match['more'] or ''}{match['crit'] or ''}"
        graded = graded or bool(grades) or "취약점" in match[0]
        if not graded:
            yield _none("vulnerabilities", match.span())
        yield from (_none(f"{g}_vulnerabilities", match.span()) for g in _han_grades(grades, match[0]))
    if not graded:
        yield from (_none("vulnerabilities", match.span()) for match in _ALL.finditer(clause))
    yield from (_none("lost_records", match.span()) for match in _LOST.finditer(clause))


def _han_grades(text: str, whole: str) -> tuple[str, ...]:
    """高危 is high; everything else that is graded is critical."""
    critical = any(word in text for word in ("严重", "重大", "致命")) or "취약점" in whole
    return (*(("critical",) if critical else ()), *(("high",) if "高危" in text else ()))


def _none(metric: str, span: tuple[int, int]) -> Found:
    return Found(metric, "<=", 0.0, metric.rsplit("_", 1)[-1], span)


def versions(clause: str) -> Iterator[tuple[Found, bool]]:
    """`Python 3.11+`, and whether the clause asks for it; the value orders like the version as long as minor versions
    have at most two digits."""
    for match in _VERSION.finditer(clause):
        name = re.sub(r"\W", "", match["name"].lower()).removesuffix("lang")
        name = "node" if name == "nodejs" else name
        major, _, minor = match["number"].partition(".")
        value = int(major) + int(minor or 0) / 100
        after = clause[match.end() :]
        asked = bool(_ASKED.search(clause[: match.start()]) or re.match(r"\s*(?:is )?required\b", after))
        note = f"{match['number']} or newer"
        yield Found(f"version.{name}", ">=", value, "major.minor/100", match.span(), note=note), asked
