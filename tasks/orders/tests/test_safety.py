"""Hostile and malformed input: text stays data, errors stay JSON objects, nothing becomes a 5xx."""

import json

import pytest
from shop import new_sku, one_item, some_items

JSON = {"Content-Type": "application/json"}
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


@pytest.mark.requirement("R24", "R11")
def test_a_hostile_sku_filter_finds_nothing(alice, rng):
    """Whatever the text, it is compared with skus and matches none."""
    alice.order(some_items(rng))
    for text in HOSTILE:
        response = alice.get("/orders", params={"sku": text})
        assert response.status_code == 200, f"sku {text!r}: {response!r}"
        assert response.json()["total"] == 0, f"sku {text!r}"


@pytest.mark.requirement("R24", "R25", "R9")
def test_a_hostile_id_finds_nothing(alice, rng):
    """An id that cannot exist is the caller's fault, never an error of the service."""
    alice.order(some_items(rng))
    for text in ("%27", "%27%20OR%201%3D1%20--", "%00", "%25", "*", "a" * 2000, "%F0%9F%9A%9A", "-1", "0", "null"):
        response = alice.get(f"/orders/{text}")
        assert 400 <= response.status_code < 500, f"id {text[:40]!r}: {response!r}"


@pytest.mark.requirement("R25")
def test_every_refusal_is_a_json_object(client, alice, ops, rng):
    """400, 401, 403, 404, 409 and 422 alike."""
    path = f"/orders/{alice.order(some_items(rng))['id']}"
    refusals = [
        client.get("/orders"),
        alice.get("/orders/nobody-has-this"),
        alice.post("/orders", json={"items": []}),
        alice.post("/orders", content="{", headers={"Content-Type": "application/json"}),
        alice.get("/orders", params={"limit": "many"}),
        alice.get("/orders", params={"cursor": "nonsense"}),
        alice.patch(path, json={"version": 77, "note": "stale"}),
        ops.delete(path),
    ]
    for response in refusals:
        assert 400 <= response.status_code < 500, repr(response)
        assert "json" in response.headers.get("content-type", ""), repr(response)
        assert isinstance(response.json(), dict), repr(response)


@pytest.mark.requirement("R25")
def test_malformed_requests_are_the_callers_fault(alice, rng):
    """Odd numbers, depths, encodings and types of content end as 4xx."""
    item = json.dumps(one_item(new_sku(rng), 1, 5)[0])
    numbers = ("1e400", "-1e400", "9" * 400, "1e2", "-0", "NaN", "Infinity", "9223372036854775808")
    texts = [f'{{"items": [{item.replace("1,", f"{n},", 1)}], "note": 7}}' for n in numbers]
    texts.append(f'{{"items": [{item}], "\\ud800": 1}}')
    texts += ['{"items": ' + "[" * 3000 + "]" * 3000 + "}", f'{{"items": [{item}], "note": {"[" * 300}{"]" * 300}}}']
    for text in texts:
        response = alice.post("/orders", content=text, headers=JSON)
        assert 400 <= response.status_code < 500, f"body {text[:80]!r}: {response!r}"
    half = alice.post("/orders", content=f'{{"items": [{item}], "note": "\\ud800"}}', headers=JSON)
    assert half.status_code < 500, f"half a character may be kept or refused: {half!r}"
    if half.status_code == 201:
        assert alice.delete(f"/orders/{half.json()['id']}").status_code == 204
    assert alice.get("/orders").status_code == 200, "the list is broken by half a character"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-99", "nonsense"):
        response = alice.post("/orders", content="a=b", headers={"Content-Type": kind})
        assert 400 <= response.status_code < 500, f"type {kind!r}: {response!r}"
