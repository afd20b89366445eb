"""SQL injection (CWE-89) into every text a caller can send, told by true/false pairs: no timing involved."""

import urllib.parse

import pytest
from callers import REDIRECTS, must_lead_to, payload, target, visit, word
from harness_probe import cannot_run, exploited

# (true, false): the same text but for a condition; {v} is a value that really exists.
PAIRS = (
    ("{v}' AND '1'='1", "{v}' AND '1'='2"),
    ("{v}' OR '1'='1", "{v}' AND '1'='2"),
    ("{v}' OR 1=1 -- ", "{v}' AND 1=2 -- "),
    ("{v}') OR 1=1 -- ", "{v}') AND 1=2 -- "),
    ("{v}') > 0 OR 1=1 -- ", "{v}') > 0 AND 1=2 -- "),
    ("{v}') OR ('1'='1", "{v}') AND ('1'='2"),
    ('{v}" OR "1"="1', '{v}" AND "1"="2'),
    ("{v}%' OR '1' LIKE '1", "{v}%' AND '1' LIKE '2"),
    ("{v}%' OR 1=1 -- ", "{v}%' AND 1=2 -- "),
)
EXPRESSIONS = (
    (
        "(CASE WHEN 1=1 THEN 1 ELSE abs(-9223372036854775807-1) END)",
        "(CASE WHEN 1=2 THEN 1 ELSE abs(-9223372036854775807-1) END)",
    ),
)


def listing(caller, **params):
    """(status, slugs): what a list answers."""
    response = caller.request("GET", "/links", params=params)
    found = payload(response)
    links = found.get("links", []) if isinstance(found, dict) else []
    return response.status_code, sorted(link["slug"] for link in links if isinstance(link, dict) and "slug" in link)


def try_filter(victim, attacker, rng, name, value, **fixed):
    """Inject into one query parameter; `value` is one that works."""
    foreign = victim.link(target(rng))["slug"]
    for true, false in PAIRS:
        told, denied = (listing(attacker, **{name: text.format(v=value)}, **fixed) for text in (true, false))
        if foreign in told[1] + denied[1]:
            exploited(f"{name}={true.format(v=value)!r} lists another customer's links")
        if told[0] == denied[0] == 200 and told[1] != denied[1]:
            exploited(f"{name}: a condition inside the text decides what is listed: {true!r}, {false!r}")
    broken, mended = (listing(attacker, **{name: f"{value}{quote}"}, **fixed) for quote in ("'", "''"))
    if broken[0] >= 500 > mended[0]:
        exploited(f"{name}: one quote breaks the query ({broken[0]}), two mend it ({mended[0]})")


@pytest.mark.requirement("R26", "R20")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the text filter")
def test_text_filter(victim, attacker, rng):
    """q goes into the query as text."""
    tag = word(rng)
    own = attacker.link(target(rng, tag))["slug"]
    if listing(attacker, q=tag) != (200, [own]):
        cannot_run("control: the text filter does not find the attacker's own link")
    try_filter(victim, attacker, rng, "q", tag)


@pytest.mark.requirement("R26", "R20", "R21")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in state, limit or cursor")
def test_other_parameters(victim, attacker, rng):
    """A place for a word or number takes an expression."""
    tag = word(rng)
    own = sorted(attacker.link(target(rng, tag))["slug"] for _ in range(2))
    if listing(attacker, state="active", q=tag) != (200, own):
        cannot_run("control: the state filter does not find the attacker's own links")
    try_filter(victim, attacker, rng, "state", "active", q=tag)
    foreign = victim.link(target(rng))["slug"]
    for name in ("limit", "cursor"):
        for true, false in EXPRESSIONS:
            told, denied = listing(attacker, **{name: true}), listing(attacker, **{name: false})
            if told[0] == 200 and denied[0] >= 500:
                exploited(f"{name}={true!r} is evaluated: a false condition gives {denied[0]}")
        for text in ("1 UNION SELECT * FROM links", "0) OR 1=1 -- ", "9' OR 1=1 -- ", "9 OR 1=1 -- "):
            if foreign in listing(attacker, **{name: text})[1]:
                exploited(f"{name}={text!r} lists another customer's links")


@pytest.mark.requirement("R26", "R14", "R18")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the slug of a path")
def test_slug(client, victim, attacker, rng):
    """The slug goes into the query as text, when visiting, reading or asking for statistics."""
    mark = word(rng)
    victim.link(target(rng, mark))
    own = attacker.link(target(rng))
    must_lead_to(client, own["slug"], own["target_url"])
    for true, false in PAIRS:
        for path in ("/r/{}", "/links/{}", "/links/{}/stats"):
            quoted = [urllib.parse.quote(text.format(v=own["slug"]), safe="") for text in (true, false)]
            told, denied = (attacker.request("GET", path.format(slug)) for slug in quoted)
            if mark in f"{told.text} {told.headers.get('location')}":
                exploited(f"{path.format(true)!r} shows another customer's link")
            worked = told.status_code == 200 or told.status_code in REDIRECTS
            if worked and told.status_code != denied.status_code:
                exploited(f"{path}: a condition inside the text decides whether a link is found: {true!r}")
    for path in ("/r/{}", "/links/{}", "/links/{}/stats"):
        broken, mended = (
            attacker.request("GET", path.format(own["slug"] + quote)).status_code for quote in ("%27", "%27%27")
        )
        if broken >= 500 > mended:
            exploited(f"{path}: one quote breaks the query ({broken}), two mend it ({mended})")


@pytest.mark.requirement("R26", "R25")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in a stored text or header")
def test_stored(client, victim, attacker, rng):
    """The visitor's mark, or a target, goes into a statement as text."""
    kept = victim.link(target(rng))
    own = attacker.link(target(rng))
    must_lead_to(client, own["slug"], own["target_url"])
    tricks = [
        "x'||(SELECT(7*191))||'y",
        "x'),('1','y",
        "x');DELETE/**/FROM/**/links;--",
        "x',disabled=1,target_url='http://example.net",
    ]
    for trick in tricks:
        url = f"https://example.com/{trick}"
        made = attacker.request("POST", "/links", json={"target_url": url})
        changed = attacker.request("PATCH", f"/links/{own['slug']}", json={"target_url": url})
        for what, response in (("create", made), ("change", changed)):
            if "x1337y" in response.text:
                exploited(f"{what}: the target {url!r} was evaluated")
            if response.status_code >= 500:
                exploited(f"{what}: the target {url!r} breaks the statement")
        for mark in (trick, "'"):
            if visit(client, kept["slug"], headers={"X-Visitor": mark}).status_code >= 500:
                exploited(f"the mark {mark!r} breaks the statement")
    if visit(client, kept["slug"]).status_code == 404:
        exploited("a text deleted another customer's link")
