"""Changes at the same time (CWE-362): a lost update, a slug given out twice."""

import pytest
from callers import target, word
from harness_probe.attacks import Call, lost_updates


@pytest.mark.requirement("R22")
@pytest.mark.attack(cwe=362, severity="high", title="Lose a change that is made beside another one")
def test_changes(attacker, rng):
    """A change of the target and one of `disabled` at the same time: one overwrites the other."""
    url = target(rng)

    def changing(**fields):
        return (lambda link: Call("PATCH", f"/links/{link['slug']}", {"json": fields})), fields

    changes = [changing(target_url=url), changing(disabled=True)]
    look = lambda link: Call("GET", f"/links/{link['slug']}")  # noqa: E731
    lost_updates.all_kept(attacker.request, lambda: attacker.link(target(rng)), changes, look, rounds=12)


@pytest.mark.requirement("R8")
@pytest.mark.attack(cwe=362, severity="high", title="Take one slug twice at the same time")
def test_slug(attacker, rng):
    """Several requests for one slug succeed."""

    def wanted(slug, _number):
        return Call("POST", "/links", {"json": {"target_url": target(rng), "slug": slug}})

    lost_updates.one_wins(attacker.request, lambda: f"k{word(rng)}", wanted)
