"""SQL injection (CWE-89) into every text a caller can send, told by true/false pairs: no timing involved."""

import urllib.parse

import pytest
from callers import items, new_sku, payload
from harness_probe import cannot_run, exploited

# (true, false): the same text but for a condition; {v} is a value that really exists.
PAIRS = (
    ("{v}' AND '1'='1", "{v}' AND '1'='2"),
    ("{v}' OR '1'='1", "{v}' AND '1'='2"),
    ("{v}' OR 1=1 -- ", "{v}' AND 1=2 -- "),
    ("{v}') OR ('1'='1", "{v}') AND ('1'='2"),
    ("{v}') OR 1=1 -- ", "{v}') AND 1=2 -- "),
    ('{v}" OR "1"="1', '{v}" AND "1"="2'),
    ("{v}%' OR '1' LIKE '1", "{v}%' AND '1' LIKE '2"),
)
# An expression in a place for names: fine when the condition holds, an integer overflow when not.
EXPRESSIONS = (
    (
        "(CASE WHEN 1=1 THEN 1 ELSE abs(-9223372036854775807-1) END)",
        "(CASE WHEN 1=2 THEN 1 ELSE abs(-9223372036854775807-1) END)",
    ),
    ("total_cents AND 1=1", "total_cents)) AND 1=2"),
)


def listing(caller, **params):
    """(status, ids): what a list answers."""
    response = caller.request("GET", "/orders", params=params)
    found = payload(response)
    orders = found.get("orders", []) if isinstance(found, dict) else []
    return response.status_code, sorted(order["id"] for order in orders if isinstance(order, dict) and "id" in order)


def try_filter(victim, attacker, rng, name, value, **fixed):
    """Inject into one query parameter; `value` is one that works."""
    foreign = victim.order(items(rng))["id"]
    for true, false in PAIRS:
        told, denied = (
            listing(attacker, **{name: true.format(v=value)}, **fixed),
            listing(attacker, **{name: false.format(v=value)}, **fixed),
        )
        if foreign in told[1] + denied[1]:
            exploited(f"{name}={true.format(v=value)!r} lists another customer's orders")
        if told[0] == denied[0] == 200 and told[1] != denied[1]:
            exploited(
                f"{name}: a condition inside the text decides what is listed: {true!r} {len(told[1])} orders, "
                f"{false!r} {len(denied[1])}"
            )
    broken, mended = (
        listing(attacker, **{name: f"{value}'"}, **fixed),
        listing(attacker, **{name: f"{value}''"}, **fixed),
    )
    if broken[0] >= 500 > mended[0]:
        exploited(f"{name}: one quote breaks the query ({broken[0]}), two mend it ({mended[0]})")


@pytest.mark.requirement("R24", "R11")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the sku filter")
def test_sku_filter(victim, attacker, rng):
    """The sku goes into the query as text."""
    sku = new_sku(rng)
    own = attacker.order(items(rng, sku))["id"]
    if listing(attacker, sku=sku) != (200, [own]):
        cannot_run("control: the sku filter does not find the attacker's own order")
    try_filter(victim, attacker, rng, "sku", sku)


@pytest.mark.requirement("R24", "R11")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the status filter")
def test_status_filter(victim, attacker, rng):
    """The status goes into the query as text."""
    sku = new_sku(rng)
    own = attacker.order(items(rng, sku))["id"]
    if listing(attacker, status="draft", sku=sku) != (200, [own]):
        cannot_run("control: the status filter does not find the attacker's own draft")
    try_filter(victim, attacker, rng, "status", "draft")


@pytest.mark.requirement("R24", "R12")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in sort, limit or cursor")
def test_sort_limit_cursor(victim, attacker, rng):
    """A place for a name or number takes an expression."""
    foreign = victim.order(items(rng))["id"]
    for _ in range(2):
        attacker.order(items(rng))
    if listing(attacker, sort="total_cents", limit=1)[0] != 200:
        cannot_run("control: sorting by total_cents does not work")
    for name in ("sort", "limit", "cursor"):
        for true, false in EXPRESSIONS:
            for prefix in ("", "-", "total_cents,", "1,"):
                told, denied = listing(attacker, **{name: prefix + true}), listing(attacker, **{name: prefix + false})
                if told[0] == 200 and denied[0] >= 500:
                    exploited(f"{name}={prefix + true!r} is evaluated: a false condition gives {denied[0]}")
        for text in ("1 UNION SELECT * FROM orders", "0) OR 1=1 -- ", "' OR 1=1 -- ", "created_at LIMIT 100 -- "):
            if foreign in listing(attacker, **{name: text})[1]:
                exploited(f"{name}={text!r} lists another customer's orders")


@pytest.mark.requirement("R24", "R9")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the order id")
def test_order_id(victim, attacker, rng):
    """The id in the path goes into the query as text."""
    mark = new_sku(rng)
    victim.order(items(rng), note=mark)
    own = attacker.order(items(rng))["id"]
    attacker.read(own)
    for true, false in PAIRS:
        answers = [
            attacker.request("GET", f"/orders/{urllib.parse.quote(text.format(v=own), safe='')}")
            for text in (true, false)
        ]
        if any(mark in answer.text for answer in answers):
            exploited(f"id {true.format(v=own)!r} shows another customer's order")
        if answers[0].status_code == 200 and answers[1].status_code != 200:
            exploited(f"id: a condition inside the text decides whether an order is found: {true!r}")
        if answers[0].status_code != answers[1].status_code and 500 in {answer.status_code for answer in answers}:
            exploited(f"id: {true!r} and {false!r} differ in breaking the query")
    broken, mended = (attacker.request("GET", f"/orders/{own}{quote}").status_code for quote in ("%27", "%27%27"))
    if broken >= 500 > mended:
        exploited(f"id: one quote breaks the query ({broken}), two mend it ({mended})")


@pytest.mark.requirement("R24", "R4")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in a stored text")
def test_stored_text(victim, attacker, rng):
    """note (on creation and change) goes into a statement as text."""
    kept = victim.order(items(rng), note="kept")
    own = attacker.order(items(rng), note="plain")
    path = f"/orders/{own['id']}"
    tricks = ["x' || (SELECT 7*191) || 'y", "x', status = 'paid', note = 'y", "x'; DELETE FROM orders; -- ", "x'), ('y"]
    for version, trick in enumerate(tricks, start=own.get("version", 1)):
        made = attacker.request("POST", "/orders", json={"items": items(rng), "note": trick})
        changed = attacker.request("PATCH", path, json={"version": version, "note": trick})
        for what, response in (("create", made), ("change", changed)):
            note = (payload(response) or {}).get("note") if response.status_code < 300 else None
            if isinstance(note, str) and note != trick and "x1337y" in note:
                exploited(f"{what}: the note {trick!r} was evaluated to {note!r}")
            if response.status_code >= 500:
                mended = attacker.request(
                    "POST", "/orders", json={"items": items(rng), "note": trick.replace("'", "''")}
                )
                if mended.status_code < 500:
                    exploited(f"{what}: the note {trick!r} breaks the statement, doubled quotes mend it")
        if attacker.read(own["id"]).get("status") != "draft":
            exploited(f"the note {trick!r} changed the order's status")
    if victim.request("GET", f"/orders/{kept['id']}").status_code == 404:
        exploited("a note deleted another customer's order")
