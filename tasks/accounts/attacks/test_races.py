"""Registrations at the same time (CWE-362)."""

import pytest
from folk import Person, at_once
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R4")
@pytest.mark.attack(cwe=362, severity="high", title="Register one address twice at the same time")
def test_registration_at_once(client, rng):
    """Several registrations of one address succeed, and the last password wins."""
    for _ in range(2):
        person = Person(client, rng)
        answers = at_once([person.register] * 4)
        made = [answer.status_code for answer in answers].count(201)
        if made > 1:
            exploited(f"{made} of {len(answers)} registrations of one address succeeded")
        if not made:
            cannot_run(f"control: none of the registrations succeeded: {answers[0]!r}")
