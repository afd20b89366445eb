"""Words that leave it to a label, column or heading what a figure is about; classes of requests that mean the service.

Refuses to decide what they are about: it only says whether a text names anything of its own.
"""

import re

from harness.claims.coverage import BRANCH
from harness.claims.metrics import LATENCY
from harness.claims.script import words

AIM = r"targets?|goals?|目标|目標|цель|Ziel\w*|cibles?|objectifs?|objetivos?|metas?|alvos?|obiettiv[oi]"
GENERIC = re.compile(  # words that leave it to label or heading what a number is about
    rf"(?i)(?<![\w-])(?:{AIM}|min(?:imum)?|max(?:imum)?|at|least|most|must|should|shall|be|is|are|the|"
    r"an?|all|for|of|to|"
    r"keep|maintain|ensure|achieve|aim|required?|thresholds?|commitments?|objective|slos?|slas?|overall|total|"
    r"stays?|remain|consistently|always|api|"
    r"apis|rest|http|"
    r"standard|typical|default|endpoints?|requests?|responses?|per|instance|on|average|p\d+|\d+(?:th|st|nd|rd)|"
    r"percentile|and|with|under|"
    r"load|normal|"
    r"peak|performance|speed|quality|gate|metric|value|lines?|statements?|x)(?![\w-])|目标|要求|达到|保持|确保|"
    r"目標|必須|阈值|门禁|最低|整体|总体|全体|总的?|전체|"
    r"[^\w]|_|\d"
)
_WHOLE_ROW = words(  # first cells that mean the service, or a broad class of its requests
    r"apis?|http|rest|graphql|backend|services?|servers?|system|overall|total|all|every|any|default|standard|"
    r"normal|typical|average|"
    r"simple|complex|crud|core|reads?|writes?|get|post|put|patch|delete|quer(?:y|ies)|lists?|endpoints?|"
    r"requests?|responses?|"
    r"operations?|targets?|goals?|prod(?:uction)?|p\d+|time|and|or|of|the|global|public|main|接口|查询|写入|"
    r"读取|读|写|后端|服务|系统|"
    r"整体|总体|全部|所有|核心|普通|读写|バックエンド|全体|전체"
)


def is_bare(clause: str, area: tuple[int, int], span: tuple[int, int], broad: bool = False) -> bool:
    """Does the segment name nothing of its own besides the figure? broad: a class of requests is nothing of its own."""
    rest = clause[area[0] : span[0]] + " " + clause[span[1] : area[1]]
    rest = _WHOLE_ROW.sub(" ", rest) if broad else rest
    return not re.search(r"\w", GENERIC.sub(" ", BRANCH.sub(" ", rest)))


def is_broad(text: str) -> bool:
    """Is it the service, or a broad class of its requests?"""
    return not re.search(r"[^\W\d_]", _WHOLE_ROW.sub(" ", LATENCY.sub(" ", text)))
