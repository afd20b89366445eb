"""Limits that a definition sets on the agent's own run and reply, as rows of one table.

Refuses words of another thing's files, turns, tokens or words: each row says what its clause must not speak of.
"""

from dataclasses import dataclass

from harness.claims.metrics import MetricWords
from harness.claims.script import words


@dataclass(frozen=True)
class _Limit:
    """metric, its unit, the words that name it, the units it may carry, and the words that make it another thing;
    counted: the unit names it ("10 files")."""

    metric: str
    unit: str
    named: str
    units: dict[str, float]
    stop: str
    counted: bool = True


_ROWS = (
    _Limit(
        "files",
        "files",
        r"files?",
        {"files": 1.0},
        r"uploads?|uploaded|attachments?|open files?|log files?|reads?|reading|scan\w*|analy[sz]\w+|review\w*|"
        r"load\w*|"
        r"scope|combined|group\w*|merg\w*|split\w*|at a time|at once|simultaneous\w*|in parallel|search\w*|"
        r"look\w*|inspect\w*|explor\w*|list\w*|"
        r"context|reference\w*|fetch\w*|examin\w+|codebase|"
        r"per (?!deliver|response|repl|submission|task|answer|run\b|message|change|pr\b|pull|commit)\w+|"
        r"(?:each|every) (?:module|package|folder|directory|component|commit|pull request|pr|endpoint|layer)",
    ),
    _Limit(
        "iterations",
        "iterations",
        r"iterations?|rounds?",
        {"iterations": 1.0},
        r"bcrypt|pbkdf2?|argon\w*|hash\w*|salt\w*|review|reviews|reviewers?|feedback|questions?|clarif\w+|"
        r"interview|"
        r"discussion|"
        r"debate|retry|retries|training|warm-?up|load|benchmark\w*|cost",
    ),
    _Limit(
        "turns",
        "turns",
        r"(?:max(?:imum)? )?turns?(?: limit)?",
        {"turns": 1.0},
        r"multi-turn|conversation\w*|dialogues?|history|memory|summari\w+|recent|last|previous|keep|users?|chats?",
    ),
    _Limit(
        "wall_time_min",
        "min",
        r"(?:maximum |max )?run ?-?time|wall[- ]?(?:clock )?time|"
        r"(?:finish|complete|deliver|end)(?: \w+)? (?:task|work|implementation|delivery)s?|"
        r"per task",
        {"min": 1.0, "s": 1 / 60, "h": 60.0},
        r"ci|pipelines?|builds?|deploy\w*|tests?|suite|"
        r"incidents?|tickets?|sprint|reviews?|rollback|estimat\w+",
        counted=False,
    ),
    _Limit(
        "tool_calls",
        "calls",
        r"tool[- ](?:calls?|uses?)",
        {"tool calls": 1.0},
        r"api calls?|external|upstream|per (?:request|user|second|minute|hour|day|turn|step)|parallel\w*|"
        r"batch|explor\w*|discovery|initial",
    ),
    _Limit(
        "tokens",
        "tokens",
        r"tokens?",
        {"tokens": 1.0},
        r"jwt|access|refresh|bearer|api tokens?|per user|sessions?|context|window|hand-?offs?|summar\w+|"
        r"prompts?|memory|"
        r"chunk\w*|sections?|messages?|files?|reads?|overlap|budget|cost\w*|briefs?|per (?!response|repl|"
        r"answer|task)\w+",
    ),
    _Limit(
        "reply_words",
        "words",
        r"words?",
        {"words": 1.0},
        r"password\w*|dictionary|summar\w+|descriptions?|titles?|commits?|comments?|sections?|paragraphs?|"
        r"docstrings?|"
        r"names?|sentences?|bullets?|per (?!response|repl|answer)\w+",
    ),
)
LIMITS = tuple(
    MetricWords(r.metric, r.unit, words(r.named), r.units, "low", counted=r.counted, stop=words(r.stop), reply=True)
    for r in _ROWS
)
