"""Hostile and malformed input: text stays data, errors stay JSON objects, nothing becomes a 5xx."""

import json

import pytest
from links import go, target, visit, word

HOSTILE = (
    "'",
    '"',
    "' OR '1'='1",
    "x' UNION SELECT 1 --",
    "%",
    "_",
    "\\",
    "{0}",
    "%s%n",
    "../../etc/passwd",
    "\x00",
    "é" * 20,
)


@pytest.mark.requirement("R26")
def test_hostile_texts_find_nothing(alice, rng):
    """Whatever the text, it is compared with targets and matches none; as a slug it does not exist."""
    alice.link("https://example.com/plain")
    for text in HOSTILE[1:]:
        response = alice.get("/links", params={"q": f"{word(rng)}{text}"})
        assert response.status_code == 200, f"q {text!r}: {response!r}"
        assert response.json()["total"] == 0, f"q {text!r}"
    for text in ("%27", "%27%20OR%201%3D1%20--", "%00", "%25", "*", "a" * 2000, "%F0%9F%9A%9A", "-1", "0", "null"):
        for path in (f"/links/{text}", f"/links/{text}/stats"):
            response = alice.get(path)
            assert 400 <= response.status_code < 500, f"{path[:60]}: {response!r}"


@pytest.mark.requirement("R26", "R25")
def test_hostile_marks_are_only_ignored(client, alice, rng):
    """A mark that is no mark neither breaks the visit nor anything else."""
    link = alice.link(target(rng))
    hostile = ("'); DELETE FROM links; --", "' OR '1'='1", "x' || 'y", "\xff\xfe", "%00", "{{7*7}}", "a" * 5000)
    for mark in hostile:
        assert go(client, link["slug"], mark) == link["target_url"]
    alice.counted(link["slug"], len(hostile), visitors=0)


@pytest.mark.requirement("R27")
def test_every_refusal_is_a_json_object(client, alice, bob, rng):
    """400, 401, 404, 409, 410 and 422 alike."""
    link = alice.link(target(rng), max_visits=1)
    go(client, link["slug"])
    refusals = [
        client.get("/links"),
        alice.get(f"/links/{word(rng)}"),
        bob.delete(f"/links/{link['slug']}"),
        bob.post("/links", json={"target_url": target(rng), "slug": link["slug"]}),
        alice.post("/links", json={"target_url": "javascript:alert(1)"}),
        alice.post("/links", content="{", headers={"Content-Type": "application/json"}),
        alice.get("/links", params={"limit": "many"}),
        alice.get("/links", params={"cursor": "nonsense"}),
        visit(client, word(rng)),
        visit(client, link["slug"]),
    ]
    for response in refusals:
        assert 400 <= response.status_code < 500, repr(response)
        assert "json" in response.headers.get("content-type", ""), repr(response)
        assert isinstance(response.json(), dict), repr(response)


@pytest.mark.requirement("R27")
def test_malformed_requests_are_the_callers_fault(client, alice, rng):
    """Odd numbers, depths, encodings, queries and types of content end as 4xx."""
    url = json.dumps(target(rng))
    numbers = ("1e400", "-1e400", "9" * 400, "NaN", "Infinity", "9223372036854775808", "-0")
    texts = [f'{{"target_url": {url}, "{name}": {n}}}' for n in numbers for name in ("ttl_s", "max_visits")]
    texts += [
        '{"target_url": "http://example.com/\\ud800"}',
        f'{{"target_url": {url}, "\\ud800": 1}}',
        f'{{"target_url": {url}, "slug": "abc\\ud800"}}',
    ]
    texts += [
        '{"target_url": ' + "[" * 3000 + "]" * 3000 + "}",
        f'{{"target_url": {url}, "slug": {"[" * 300}{"]" * 300}}}',
    ]
    texts.append(f'{{"target_url": {url}, "expires_at": "0001-01-01T00:00:00+23:59"}}')
    for text in texts:
        response = alice.post("/links", content=text, headers={"Content-Type": "application/json"})
        assert 400 <= response.status_code < 500, f"body {text[:80]!r}: {response!r}"
    for moment in ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:60Z", "2035-01-01T00:00:00.123456789Z"):
        response = alice.post("/links", json={"target_url": target(rng), "expires_at": moment})
        assert response.status_code < 500, f"{moment} may be accepted or refused: {response!r}"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-99", "nonsense"):
        response = alice.post("/links", content="a=b", headers={"Content-Type": kind})
        assert 400 <= response.status_code < 500, f"type {kind!r}: {response!r}"
    for query in ("preview=perhaps", "preview=", "preview=%FF", "%00=%00"):
        response = client.get(f"/r/{word(rng)}?{query}")
        assert 400 <= response.status_code < 500, f"query {query!r}: {response!r}"
    link = alice.link(target(rng))
    assert go(client, link["slug"]) == link["target_url"], "the service no longer works"
