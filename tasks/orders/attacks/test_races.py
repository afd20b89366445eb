"""Changes at the same time (CWE-362): a lost update, a move made twice."""

import pytest
from callers import items
from harness_probe.attacks import Call, lost_updates


@pytest.mark.requirement("R17")
@pytest.mark.attack(cwe=362, severity="high", title="Overwrite a change that was made at the same time")
def test_changes(attacker, rng):
    """Several changes name the same version, and more than one is accepted."""

    def change(order, number):
        return Call("PATCH", f"/orders/{order['id']}", {"json": {"version": order["version"], "note": f"by {number}"}})

    lost_updates.one_wins(attacker.request, lambda: attacker.order(items(rng)), change)


@pytest.mark.requirement("R23", "R20")
@pytest.mark.attack(cwe=362, severity="high", title="Make a move twice at the same time")
def test_moves(attacker, rng):
    """Several equal moves of one order succeed."""

    def move(order, _number):
        return Call("POST", f"/orders/{order['id']}/transitions", {"json": {"to": "submitted"}})

    lost_updates.one_wins(attacker.request, lambda: attacker.order(items(rng)), move)
