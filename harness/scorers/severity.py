"""Our own severities: from a scanner's rule to CWE and severity, the same whatever tool found it.

It refuses to take a tool's word: bandit rates SQL injection MEDIUM and a hard-coded password LOW, and reports every
bind to 0.0.0.0. Sources: the CWE list, bandit's and ruff's rule tables (ruff's S rules carry bandit's numbers).
"""

import re
from collections.abc import Mapping
from typing import Any

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
QUERY = 608
LITERALS = (105, 106, 107)

CREDENTIAL_CONTEXT = re.compile(
    r"passw|pwd|secret|token|session|otp|api_?key|salt|credential|reset|nonce", re.IGNORECASE
)
LITERAL = re.compile(r"""([A-Za-z_][\w.\]\["']*)["']?\s*(?:[:=]=?|:\s*\w+\s*=)\s*[rbfu]?(["'])(.*?)\2""")
NOT_A_SECRET_NAME = re.compile(
    r"_(url|uri|path|type|field|header|name|prefix|scheme|alg|algorithm|env|var|ttl|kind)$", re.I
)
ORDINARY = {
    "bearer",
    "token",
    "password",
    "access",
    "refresh",
    "secret",
    "basic",
    "none",
    "null",
    "string",
    "str",
    "pwd",
}


def assess(finding: Mapping[str, Any]) -> tuple[int, str] | None:
    """(CWE, severity) of one raw finding of the probe `static`, or None when it is no weakness here."""
    rule, code = str(finding["rule"]), str(finding.get("code", ""))
    if rule in OWN:
        return OWN[rule] if rule != "H003" or is_plausible_secret(code) else None
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
        return known if is_plausible_secret(code) else None
    if number == QUERY and finding.get("constant_query"):
        return None
    if number in SHELL and finding.get("tool_severity") == "low":  # the command is a constant
        return cwe, "low"
    if number in HASHES and CREDENTIAL_CONTEXT.search(code):
        return 916, "high"
    if number == RANDOM and CREDENTIAL_CONTEXT.search(code):
        return 330, "high"
    return cwe, severity


def is_plausible_secret(code: str) -> bool:
    """Whether a line of code that a scanner suspects really holds a credential, not a name, address or label."""
    pairs = [(name.split(".")[-1].strip("]\"'["), value) for name, _, value in LITERAL.findall(code)]
    if not pairs:
        return True  # no pair of name and text to be read: believe the scanner
    return any(not NOT_A_SECRET_NAME.search(name) and _looks_secret(value) for name, value in pairs)


def _looks_secret(value: str) -> bool:
    if len(value) < 5 or value.lower() in ORDINARY:
        return False
    if value.startswith(("/", "http://", "https://", "<", "{", "$", "X-")) or "***" in value:
        return False
    return not (" " in value or re.fullmatch(r"[A-Z][A-Z0-9_]*", value))  # a sentence, or a variable's name


def _secret(kind: str, finding: Mapping[str, Any]) -> tuple[int, str] | None:
    path = str(finding["file"])
    if kind.startswith(CERTAIN_SECRETS):
        return 798, "high"
    if not finding.get("python"):
        locked = path.endswith((".lock", "lock.json", "requirements.txt"))  # full of digests
        return None if locked or kind != "Secret Keyword" else (798, "low")
    if kind == "Secret Keyword":
        return (798, "high") if is_plausible_secret(str(finding.get("code", ""))) else None
    if kind in ("JSON Web Token", "Basic Auth Credentials"):
        return 798, "medium"
    return None  # entropy and addresses alone: mostly identifiers and examples
