"""Which version a policy means: by place, label, digits, file or name; never a guess."""

from dataclasses import replace

import pytest

from harness.errors import UsageError
from harness.gate.select import version_of
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

LOCK, _ = synthetic_records(Truth(families=1, attempts=1), 1)


@pytest.mark.parametrize("wanted", [2, SECOND, "22222222", "synthetic-v2"])
def test_every_way_to_name_a_version(wanted: str | int) -> None:
    assert version_of(LOCK, wanted, "candidate") == SECOND


def test_a_name_that_fits_two_versions_is_refused() -> None:
    with pytest.raises(UsageError, match=f"candidate 'synthetic' fits {FIRST}, {SECOND}; name one by its label"):
        version_of(LOCK, "synthetic", "candidate")
    agents = {**LOCK.agents, SECOND: {**LOCK.agents[SECOND], "name": "other"}}
    assert version_of(replace(LOCK, agents=agents), "other", "candidate") == SECOND


@pytest.mark.parametrize("wanted", [0, 3, "v9", ""])
def test_what_is_not_there_is_refused_with_what_is(wanted: str | int) -> None:
    with pytest.raises(UsageError, match=r"1: synthetic-v1 .*, 2: synthetic-v2|expected a place from 1 to 2"):
        version_of(LOCK, wanted, "baseline")
