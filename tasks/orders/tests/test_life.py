"""The life of an order: which moves exist, and who may make them."""

from functools import partial

import pytest
from shop import REFUSED, STATUSES, at_once, contract_part, order_in, some_items

OWNER_MOVES = {("draft", "submitted"), ("draft", "cancelled"), ("submitted", "cancelled")}
OPERATOR_MOVES = {("submitted", "paid"), ("paid", "shipped"), ("paid", "cancelled")}
ALL_MOVES = OWNER_MOVES | OPERATOR_MOVES


@pytest.mark.requirement("R20")
def test_from_draft_to_shipped(alice, ops, rng):
    """The owner submits, the operator takes the payment and ships; nothing but status, version and time changes."""
    order = alice.order(some_items(rng), note="whole way")
    for caller, status in ((alice, "submitted"), (ops, "paid"), (ops, "shipped")):
        response = caller.move(order["id"], status)
        assert response.status_code == 200, f"{caller.name} to {status}: {response!r}"
        moved = contract_part(response.json())
        assert moved["status"] == status
        assert moved == {**order, **{key: moved[key] for key in ("status", "version", "updated_at")}}
        assert alice.read(order["id"]) == moved


@pytest.mark.requirement("R20")
def test_every_move_of_the_table_exists(bob, ops, rng):
    """Each row of the table, by everybody whom it names."""
    for status, wanted in sorted(ALL_MOVES):
        for caller in (bob, ops) if (status, wanted) in OWNER_MOVES else (ops,):
            order = order_in(status, bob, ops, some_items(rng))
            response = caller.move(order["id"], wanted)
            assert response.status_code == 200, f"{caller.name} from {status} to {wanted}: {response!r}"
            assert response.json()["status"] == wanted
            assert response.json()["version"] == order["version"] + 1


@pytest.mark.requirement("R21")
def test_no_other_move_exists(bob, ops, rng):
    """409 for owner and operator alike, and nothing changes."""
    for status in STATUSES:
        order = order_in(status, bob, ops, some_items(rng))
        for wanted in (wanted for wanted in STATUSES if (status, wanted) not in ALL_MOVES):
            for caller in (bob, ops):
                response = caller.move(order["id"], wanted)
                assert response.status_code == 409, f"{caller.name} from {status} to {wanted}: {response!r}"
        assert bob.read(order["id"]) == order


@pytest.mark.requirement("R22")
def test_the_operators_moves_are_not_the_owners(alice, ops, rng):
    """403 for a customer who pays, ships or cancels a paid order, and nothing changes."""
    for status, wanted in sorted(OPERATOR_MOVES):
        order = order_in(status, alice, ops, some_items(rng))
        assert alice.move(order["id"], wanted).status_code == 403, f"{status} to {wanted}"
        assert alice.read(order["id"]) == order


@pytest.mark.requirement("R23", "R17")
def test_of_simultaneous_moves_one_succeeds(alice, ops, rng):
    """Eight equal moves sent at once: one 200, seven 409, one step of the version."""
    for status, wanted in (("draft", "submitted"), ("submitted", "paid"), ("paid", "shipped"), ("draft", "cancelled")):
        order = order_in(status, alice, ops, some_items(rng))
        responses = at_once([partial(ops.move, order["id"], wanted)] * 8)
        assert sorted(response.status_code for response in responses) == [200] + [409] * 7
        assert ops.read(order["id"])["version"] == order["version"] + 1


@pytest.mark.requirement("R6", "R7", "R21")
def test_moves_to_nowhere_are_refused(alice, rng):
    """An unknown status or a field too many is refused with 400 or 422."""
    order = alice.order(some_items(rng))
    bodies = [{}, {"to": "open"}, {"to": "Submitted"}, {"to": None}, {"to": ["submitted"]}, {"status": "submitted"}]
    bodies += [{"to": "submitted", "customer": "bob"}, {"to": "submitted", "force": True}]
    for body in bodies:
        response = alice.post(f"/orders/{order['id']}/transitions", json=body)
        assert response.status_code in REFUSED, f"{body}: {response!r}"
    assert alice.read(order["id"]) == order
