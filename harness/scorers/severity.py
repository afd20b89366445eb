"""Our own severities: from a scanner's rule to CWE and severity, the same whatever tool found it.

It refuses to take a tool's word: bandit rates SQL injection MEDIUM and a hard-coded password LOW, and reports every
bind to 0.0.0.0. Sources: the CWE list, bandit's and ruff's rule tables (ruff's S rules carry bandit's numbers).
"""

import re
from collections.abc import Mapping
from typing import Any

from harness.scorers.credentials import CONTEXT, is_credential, is_drawn, is_placeholder, is_setting, is_shown_only

SEVERITIES = ("critical", "high", "medium", "low")

# number of the rule -> (CWE, severity); None = not a weakness of a service (asserts, imports, binds, temporary folders)
RULES: Mapping[int, tuple[int, str] | None] = {
    101: None, 102: (94, "high"), 103: (732, "medium"), 104: None, 105: (798, "high"), 106: (798, "high"),
    107: (798, "high"), 108: None, 110: None, 112: None, 113: (400, "low"),
    201: (489, "high"), 202: (22, "high"),
    301: (502, "high"), 302: (502, "medium"), 303: (327, "medium"), 304: (327, "high"), 305: (327, "high"),
    306: (377, "medium"), 307: (95, "critical"), 308: (79, "medium"), 310: (918, "low"), 311: (330, "low"),
    312: (319, "medium"), 321: (319, "medium"), 323: (295, "high"), 324: (327, "medium"),
    **dict.fromkeys(range(313, 321), (611, "medium")),
    **dict.fromkeys(range(401, 416), None),
    501: (295, "high"), 502: (327, "medium"), 503: (327, "medium"), 504: (327, "medium"), 505: (326, "high"),
    506: (502, "high"), 507: (295, "medium"), 508: (319, "medium"), 509: (319, "medium"),
    601: (78, "medium"), 602: (78, "critical"), 603: None, 604: (78, "medium"), 605: (78, "critical"), 606: None,
    607: None, 608: (89, "critical"), 609: (78, "medium"), 610: (89, "high"), 611: (89, "high"), 612: (94, "medium"),
    613: (838, "high"), 614: (502, "low"), 615: (494, "low"),
    701: (79, "medium"), 702: (79, "medium"), 703: (79, "medium"), 704: (79, "medium"),
}  # fmt: skip
OWN: Mapping[str, tuple[int, str]] = {  # rules of our own: harness/images/static/{reading,concealment,injection}.py
    "H001": (798, "high"), "H002": (347, "critical"), "H003": (798, "high"), "H004": (78, "critical"),
    "H005": (95, "critical"), "H006": (502, "high"), "H007": (470, "high"), "H008": (89, "critical"),
    "H009": (829, "high"), "H010": (829, "medium"),
}  # fmt: skip
CERTAIN_SECRETS = ("Private Key", "AWS", "Stripe", "GitHub", "GitLab", "Slack", "OpenAI", "Azure", "Twilio", "SendGrid")
SHELL = (602, 605)
HASHES = (303, 324)
RANDOM = 311
OPENED = 310
QUERY = 608
LITERALS = (105, 106, 107)

HARMLESS_HASH = re.compile(
    r"etag|entity_?tag|cache|checksum|fingerprint|idempot|dedup|bucket|shard|content|gravatar|color", re.IGNORECASE
)
IDENTIFIER = re.compile(
    r"slug|code|short|alphabet|letters|digits|charset|chars|hex|join|\bid\b|_id\b|identifier|key", re.IGNORECASE
)
SETTING = re.compile(r"(?:([^=:]*)[=:])?(.*)", re.DOTALL)  # `name: value`, `name=value`; a line without: a value
QUOTED = re.compile(r"""[=:]\s*["'`]""")
UNQUOTED = re.compile(r"""([A-Za-z_][\w.-]*)\s*[=:]\s*(?![A-Za-z_]\w*=\w)([^\s"'`;,]+)""")
LOCAL_LOGIN = re.compile(r"://([\w.-]+):([^@/\s]+)@")


def assess(finding: Mapping[str, Any]) -> tuple[int, str] | None:
    """(CWE, severity) of one raw finding of the probe `static`, or None when it is no weakness here."""
    rule, code = str(finding["rule"]), str(finding.get("code", ""))
    if rule in OWN:
        return OWN[rule] if rule != "H003" or _is_credential(finding) else None
    if finding["tool"] == "detect-secrets":
        return _secret(rule, finding)
    number = int(digits) if (digits := re.sub(r"\D", "", rule)) else 0
    if number not in RULES:
        return int(finding.get("cwe") or 0), "medium" if finding.get("tool_severity") == "high" else "low"
    known = RULES[number]
    if known is None:
        return None
    cwe, severity = known
    if number in LITERALS:
        return known if _is_credential(finding) else None
    if number == QUERY:
        return _query(cwe, severity, finding)
    if number in SHELL and finding.get("tool_severity") == "low":  # the command is a constant
        return cwe, "low"
    around = f"{code} {finding.get('function', '')}"
    if number in HASHES:
        return (916, "high") if CONTEXT.search(around) else None if HARMLESS_HASH.search(around) else known
    if number == RANDOM:
        return _random(around)
    if number == OPENED and (finding.get("constant_call") or finding.get("address") in ("constant", "open")):
        return None  # an address that the source spells out, or that no caller is seen to send
    return cwe, severity


def _query(cwe: int, severity: str, finding: Mapping[str, Any]) -> tuple[int, str] | None:
    """`query` is what the driver made out: input is critical, what cannot be told is medium."""
    standing = finding.get("query") or ("constant" if finding.get("constant_query") else "input")
    if standing in ("constant", "none"):
        return None
    return cwe, severity if standing == "input" else "medium"


def _random(around: str) -> tuple[int, str] | None:
    """A guessable token is high, a guessable identifier low; jitter, which nobody gains by guessing, is nothing."""
    if CONTEXT.search(around):
        return 330, "high"
    return (330, "low") if IDENTIFIER.search(around) else None


def _is_credential(finding: Mapping[str, Any]) -> bool:
    code, function = str(finding.get("code", "")), str(finding.get("function", ""))
    return is_credential(code, function, bool(finding.get("example")))


def _pairs(code: str) -> list[tuple[str, str, bool]]:
    """(name, value, whether it stood in quotes) of a line of configuration; without quotes there may be several."""
    if QUOTED.search(code) or not UNQUOTED.search(code):
        name, value = (part.strip().strip("\"',") for part in SETTING.findall(code)[0])
        return [(name, value, True)]
    return [(name, value, False) for name, value in UNQUOTED.findall(code) if CONTEXT.search(name)]


def _is_set(name: str, value: str, quoted: bool) -> bool:
    return not (is_placeholder(value) or is_setting(name, value)) and (quoted or is_drawn(value))


def _secret(kind: str, finding: Mapping[str, Any]) -> tuple[int, str] | None:
    path, code = str(finding["file"]), str(finding.get("code", ""))
    if kind.startswith(CERTAIN_SECRETS):
        return 798, "high"
    if not finding.get("python"):
        locked = path.endswith((".lock", "lock.json", "requirements.txt"))  # full of digests
        if locked or kind != "Secret Keyword" or is_shown_only(path):
            return None
        return (798, "low") if any(_is_set(*pair) for pair in _pairs(code)) else None
    if kind == "Secret Keyword":
        return (798, "high") if _is_credential(finding) else None
    if kind == "Basic Auth Credentials" and (login := LOCAL_LOGIN.search(code)):
        return None if login[1] == login[2] or is_placeholder(login[2]) else (798, "medium")
    if kind in ("JSON Web Token", "Basic Auth Credentials"):
        return None if finding.get("example") else (798, "medium")
    return None  # entropy and addresses alone: mostly identifiers and examples
