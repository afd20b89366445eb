"""The environment of a service: reproducible, different per seed, variable and place, never over the contract's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import TaskFault
from harness.sandbox.placeholders import resolve_environment, service_environment


@given(st.integers(), st.integers(min_value=1, max_value=200))
def test_the_same_seed_gives_the_same_digits(seed: int, digits: int) -> None:
    wanted = {"KEY": f"k:{{hex:{digits}}}"}
    first = resolve_environment(wanted, seed)
    assert first == resolve_environment(wanted, seed)
    assert re.fullmatch(rf"k:[0-9a-f]{{{digits}}}", first["KEY"])


def test_seed_variable_and_place_all_count() -> None:
    values = [
        resolve_environment({"A": "{hex:24}:{hex:24}"}, 1)["A"],
        resolve_environment({"A": "{hex:24}:{hex:24}"}, 2)["A"],
        resolve_environment({"B": "{hex:24}:{hex:24}"}, 1)["B"],
    ]
    drawn = [part for value in values for part in value.split(":")]
    assert len(set(drawn)) == len(drawn)


def test_other_text_is_kept() -> None:
    assert resolve_environment({"A": "{name} {hex:x} 100%"}, 1) == {"A": "{name} {hex:x} 100%"}


def test_the_contract_comes_with_it() -> None:
    env = service_environment({"TOKEN": "t"}, 1)
    assert env == {"PORT": "8000", "DATABASE_URL": "sqlite:////data/app.db", "TOKEN": "t"}


@pytest.mark.parametrize("name", ["PORT", "DATABASE_URL", "PATH"])
def test_a_task_cannot_take_a_name_of_the_contract(name: str) -> None:
    with pytest.raises(TaskFault, match=name):
        service_environment({name: "x"}, 1)
