"""What was answered with a 2xx, and older visits, are still there after the service was killed and started again (R28).

Each kind of change is the last thing before a kill of its own: a later change might write it along.
"""

import time

import pytest
from links import go, slugs, target, visit, word

COUNTED_AFTER_S = 1.2  # R28 promises visits that were answered more than one second before


@pytest.mark.requirement("R28", "R3", "R19", "R9", "R10")
def test_creation(client, alice, rng, restart):
    """New links outlive a kill as they were; later ones come before them in the list."""
    tag = word(rng)
    made = [alice.link(target(rng, tag)) for _ in range(2)]
    made.append(alice.link(target(rng, tag), slug=f"W{word(rng)}", ttl_s=3600, max_visits=5))
    restart()
    assert [alice.read(link["slug"]) for link in made] == made
    assert [go(client, link["slug"]) for link in made] == [link["target_url"] for link in made]
    made.append(alice.link(target(rng, tag)))
    listed = slugs(alice.page(q=tag))
    assert listed == [link["slug"] for link in reversed(made)], "the newest link does not come first"


@pytest.mark.requirement("R28", "R22")
@pytest.mark.parametrize("name", ["target_url", "disabled"])
def test_change(client, alice, rng, restart, name):
    """A changed target, and a link switched off or on again, outlive a kill."""
    tag = word(rng)
    on, off, switched = (alice.link(target(rng, tag)) for _ in range(3))
    alice.change(off["slug"], disabled=True)
    alice.change(switched["slug"], disabled=True)
    changes = {"target_url": [(on, target(rng, tag))], "disabled": [(switched, False), (off, True)]}[name]
    after = [alice.change(link["slug"], **{name: value}) for link, value in changes]
    restart()
    for link in after:
        assert alice.read(link["slug"]) == link, "the link is not as the last change answered it"
        answer = visit(client, link["slug"])
        seen = 410 if link["disabled"] else answer.headers.get("location")
        assert seen == (answer.status_code if link["disabled"] else link["target_url"]), f"visiting it: {answer!r}"
    assert slugs(alice.page(q=tag, state="disabled"))[-1:] == [off["slug"]]


@pytest.mark.requirement("R28", "R23", "R8")
def test_deletion(client, alice, bob, rng, restart):
    """A deleted link stays away after a kill, and its slug stays taken."""
    tag = word(rng)
    wished = f"w{word(rng)}"
    gone = [alice.link(target(rng, tag)), alice.link(target(rng, tag), slug=wished)]
    for link in gone:
        answer = alice.delete(f"/links/{link['slug']}")
        assert answer.status_code == 204, f"deleting a link: {answer!r}"
    restart()
    for link in gone:
        assert alice.get(f"/links/{link['slug']}").status_code == 404, "the deleted link came back"
        assert visit(client, link["slug"]).status_code == 404, "the deleted link leads somewhere again"
        answer = bob.post("/links", json={"target_url": target(rng), "slug": link["slug"]})
        assert answer.status_code == 409, f"taking the slug of a deleted link after the kill: {answer!r}"
    assert alice.page(q=tag)["total"] == 0


@pytest.mark.requirement("R28", "R15", "R24", "R25")
def test_visits(client, alice, rng, restart):
    """Visits and their marks outlive a kill once they are a second old."""
    link = alice.link(target(rng))
    marks = [word(rng), word(rng)]
    for mark in (marks[0], marks[1], marks[0], None, None, None, None):
        go(client, link["slug"], mark)
    time.sleep(COUNTED_AFTER_S)
    restart()
    stats = alice.counted(link["slug"], 7)
    assert stats["unique_visitors"] == len(marks)
    assert sum(day["visits"] for day in stats["by_day"]) == 7
    go(client, link["slug"], marks[1])
    assert alice.counted(link["slug"], 8)["unique_visitors"] == len(marks), "a mark seen before the kill counts anew"


@pytest.mark.requirement("R28", "R10", "R15", "R17")
def test_used_up(client, alice, rng, restart):
    """A link that was used up stays so after a kill."""
    link = alice.link(target(rng), max_visits=2)
    for _ in range(2):
        go(client, link["slug"])
    time.sleep(COUNTED_AFTER_S)
    restart()
    assert visit(client, link["slug"]).status_code == 410, "a link that was used up leads somewhere again"
    assert alice.read(link["slug"])["state"] == "exhausted"
