"""What grows with the data and does not in the reference is told; it costs nothing."""

from typing import Any

import pytest

from harness.scorers.growth import growing, told


def growth(**reads: list[float]) -> dict[str, Any]:
    return {"growth": {"records": [125, 1000], "reads": reads}}


@pytest.mark.parametrize(
    ("mine", "theirs", "grows"),
    [
        ([3.4, 6.1], [3.0, 3.2], True),  # a light scan
        ([5.0, 40.0], [4.0, 6.0], True),  # everything is built for each request
        ([3.4, 3.5], [3.0, 3.2], False),
        ([3.4, 4.2], [3.0, 3.2], False),  # less than a millisecond
        ([12.0, 14.0], [3.0, 3.2], False),  # slow, and hardly slower
        ([3.4, 9.0], [3.0, 6.0], False),  # it grows by its nature: so does the reference's
        ([6.0, 3.0], [3.0, 3.0], False),
    ],
)
def test_growth_is_told_beside_a_reference_that_does_not_grow(
    mine: list[float], theirs: list[float], grows: bool
) -> None:
    found = list(growing(growth(list=mine, get=[2.0, 2.1]), growth(list=theirs, get=[2.0, 2.0])))
    assert [name for name, _ in found] == (["list"] if grows else [])
    assert [entry.points for entry in told(found)] == ([0.0] if grows else [])


def test_without_a_reference_nothing_is_told() -> None:
    mine = growth(list=[3.0, 30.0])
    assert list(growing(mine, {})) == list(growing({}, mine)) == list(growing(mine, growth(get=[1.0, 1.0]))) == []


def test_the_sentence_names_both() -> None:
    ((_, sentence),) = growing(growth(list=[3.4, 6.1]), growth(list=[3.0, 3.2]))
    assert sentence == "list: 3.4 ms with 125 records, 6.1 ms with 1000; the reference beside it 3.0 and 3.2 ms"
