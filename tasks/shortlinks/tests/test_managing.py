"""One's own links: reading, listing, changing, deleting."""

from functools import partial

import pytest
from links import REDIRECTS, REFUSED, at_once, contract_part, from_now, go, slugs, target, visit, word

ROUNDS = 25


@pytest.mark.requirement("R18")
def test_links_of_others_do_not_exist(client, alice, bob, rng):
    """Somebody else's link answers 404 to everything, exactly as a slug never given out."""
    link = alice.link(target(rng), slug=word(rng))
    for slug in (link["slug"], link["slug"].upper(), word(rng)):
        path = f"/links/{slug}"
        assert bob.get(path).status_code == 404
        assert bob.get(f"{path}/stats").status_code == 404
        assert bob.patch(path, json={"disabled": True}).status_code == 404
        assert bob.patch(path, json={"target_url": target(rng)}).status_code == 404
        assert bob.delete(path).status_code == 404
    assert alice.read(link["slug"]) == link
    assert go(client, link["slug"]) == link["target_url"]


@pytest.mark.requirement("R19", "R21")
def test_the_newest_come_first(alice, bob, rng):
    """In order of creation, even within the same moment; `total` counts all matches and only one's own."""
    tag, count = word(rng), rng.randint(6, 9)
    made = [alice.link(target(rng, tag))["slug"] for _ in range(count)]
    bob.link(target(rng, tag))
    page = alice.page(q=tag)
    assert slugs(page) == made[::-1]
    assert contract_part(page["links"][0]) == alice.read(made[-1])
    for page in alice.pages(q=tag, limit=4):
        assert page["total"] == count


@pytest.mark.requirement("R20", "R17")
def test_the_state_filter(client, alice, rng):
    """Each state finds exactly the links in it, alone and together with a text."""
    tag = word(rng)
    active = alice.link(target(rng, tag), ttl_s=600, max_visits=2)
    disabled = alice.link(target(rng, tag), max_visits=1)
    exhausted = alice.link(target(rng, tag), max_visits=1)
    for link in (active, disabled, exhausted):
        go(client, link["slug"])
    alice.change(disabled["slug"], disabled=True)
    alice.link(target(rng))
    for link in (active, disabled, exhausted):
        alice.counted(link["slug"], 1)
    for state, link in (("active", active), ("disabled", disabled), ("exhausted", exhausted)):
        page = alice.page(state=state, q=tag)
        assert slugs(page) == [link["slug"]], state
        assert page["total"] == 1
        assert {found["state"] for found in alice.page(state=state, limit=100)["links"]} == {state}
    assert alice.page(state="expired", q=tag)["total"] == 0


@pytest.mark.requirement("R20", "R26")
def test_the_text_filter_is_exact(alice, rng):
    """Any part of the target, case and all; no character has a special meaning."""
    tag = word(rng)
    url = f"https://{tag}.example.com/A%20b_c*d?x='{tag}'&y[0]=~\"(1)"
    link = alice.link(url)
    alice.link(target(rng))
    for text in (tag, url, f"{tag}.ex", "/A%20b_c*", "x='" + tag, 'y[0]=~"(1)'):
        assert link["slug"] in slugs(alice.page(q=text, limit=100)), f"q={text!r}"
    for text in (
        tag.upper(),
        f"{tag}%",
        f"{tag}_",
        f"%{tag}",
        f"{tag}*",
        f"{tag} ",
        f"{tag}.EXAMPLE",
        f"^{tag}",
        f"{tag}|x",
        f"{tag}' OR '1'='1",
    ):
        page = alice.page(q=text)
        assert (page["links"], page["total"], page["next_cursor"]) == ([], 0, None), f"q={text!r}"


@pytest.mark.requirement("R20", "R21")
def test_unknown_filter_values_are_refused(alice, rng):
    """A state, text or limit that does not exist, and a cursor nobody gave out, are refused with 400 or 422."""
    alice.link(target(rng))
    wrong = [("state", value) for value in ("Active", "deleted", "active,disabled", "'", "")]
    wrong += [("limit", value) for value in (0, -1, 101, 10**30, "ten", "5.5")]
    wrong += [("q", value) for value in ("", "x" * 201)]
    wrong += [("cursor", value) for value in ("nonsense", "!!!", "' OR 1=1 --", "é", "null", "A" * 512, "e30=", "W10")]
    for name, value in wrong:
        response = alice.get("/links", params={name: value})
        assert response.status_code in REFUSED, f"{name}={value!r}: {response!r}"
    assert alice.page(q=word(rng, 200))["total"] == 0


@pytest.mark.requirement("R21")
def test_pages_are_full_until_the_last(alice, rng):
    """`limit` links a page, 20 by default; the last has the rest and next_cursor null, also when it is full."""
    tag = word(rng)
    made = [alice.link(target(rng, tag))["slug"] for _ in range(21)][::-1]
    for limit, sizes in (({"limit": 8}, [8, 8, 5]), ({"limit": 7}, [7, 7, 7]), ({"limit": 100}, [21]), ({}, [20, 1])):
        pages = list(alice.pages(q=tag, **limit))
        assert [len(page["links"]) for page in pages] == sizes, limit
        assert [slug for page in pages for slug in slugs(page)] == made, limit
    assert [len(page["links"]) for page in alice.pages(q=tag, state="active", limit=11)] == [11, 10]


@pytest.mark.requirement("R21")
def test_paging_is_stable_while_links_arrive_and_go(alice, rng):
    """Links created or deleted between two pages neither push a seen link onto the next page nor hide one."""
    tag = word(rng)
    made = [alice.link(target(rng, tag))["slug"] for _ in range(9)]
    found, doomed = [], []
    for page in alice.pages(lambda: alice.link(target(rng, tag)), q=tag, limit=2):
        found += slugs(page)
        if not doomed:  # one that was just shown, and is what the cursor may lean on
            doomed.append(found[-1])
            assert alice.delete(f"/links/{doomed[0]}").status_code == 204
    assert found == made[::-1]


@pytest.mark.requirement("R22", "R13")
def test_a_change_touches_what_was_sent_and_nothing_else(client, alice, rng):
    """target_url, disabled, or both; everything else stays."""
    link = alice.link(target(rng), slug=word(rng), max_visits=50, expires_at=from_now(600))
    go(client, link["slug"])
    alice.counted(link["slug"], 1)
    link["visits"] = 1
    for fields in (
        {"target_url": target(rng)},
        {"disabled": True},
        {"target_url": target(rng), "disabled": False},
        {"disabled": False},
    ):
        changed = alice.change(link["slug"].upper(), **fields)
        link |= fields | {
            "state": "disabled" if {**link, **fields}["disabled"] else "active",
            "updated_at": changed["updated_at"],
        }
        assert changed == link
        assert alice.read(link["slug"]) == link
        if not link["disabled"]:
            assert go(client, link["slug"]) == link["target_url"], "the next visit still leads elsewhere"
            link["visits"] += 1
            alice.counted(link["slug"], link["visits"])


@pytest.mark.requirement("R22", "R11")
def test_changes_that_break_the_contract_are_refused(alice, rng):
    """Nothing to change, null, or wrong types."""
    link = alice.link(target(rng))
    bodies = [{}, [], {"disabled": None}, {"target_url": None}, {"disabled": "true"}, {"disabled": 1}, {"disabled": []}]
    bodies += [
        {"target_url": 5},
        {"target_url": "no address"},
        {"target_url": None, "disabled": True},
        {"disabled": None, "target_url": target(rng)},
    ]
    for body in bodies:
        response = alice.patch(f"/links/{link['slug']}", json=body)
        assert response.status_code in REFUSED, f"{body}: {response!r}"
    assert alice.read(link["slug"]) == link


@pytest.mark.requirement("R22", "R15")
def test_simultaneous_changes_and_visits_lose_nothing(client, alice, rng):
    """A new target, a switch and visits at the same time: all of them take effect."""
    redirected = {}
    for number in range(ROUNDS):
        link, url, off = alice.link(target(rng)), target(rng), bool(number % 2)
        if not off:
            alice.change(link["slug"], disabled=True)
        path = f"/links/{link['slug']}"
        changes = [
            partial(alice.patch, path, json={"target_url": url}),
            partial(alice.patch, path, json={"disabled": off}),
        ]
        visits = [partial(visit, client, link["slug"])] * 6
        answers = at_once([changes[0], *visits[:3], changes[1], *visits[3:]])
        assert [answers[0].status_code, answers[4].status_code] == [200, 200]
        after = alice.read(link["slug"])
        assert (after["target_url"], after["disabled"]) == (url, off), "one of two simultaneous changes was undone"
        redirected[link["slug"]] = sum(answer.status_code in REDIRECTS for answer in answers)
    for slug, visits_answered in redirected.items():
        alice.counted(slug, visits_answered)


@pytest.mark.requirement("R23")
def test_a_deleted_link_is_gone_from_everywhere(client, alice, rng):
    """204 without a body, then 404 and in no list."""
    tag = word(rng)
    link, stays = alice.link(target(rng, tag)), alice.link(target(rng, tag))
    go(client, link["slug"])
    response = alice.delete(f"/links/{link['slug']}")
    assert (response.status_code, response.content) == (204, b"")
    path = f"/links/{link['slug']}"
    gone = [
        alice.get(path),
        alice.get(f"{path}/stats"),
        alice.patch(path, json={"disabled": False}),
        alice.delete(path),
    ]
    assert [response.status_code for response in gone] == [404] * 4
    assert visit(client, link["slug"]).status_code == 404
    page = alice.page(q=tag)
    assert (slugs(page), page["total"]) == ([stays["slug"]], 1)
    assert alice.page(q=tag, state="active")["total"] == 1
