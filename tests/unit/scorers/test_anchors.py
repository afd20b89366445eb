"""A value between the stub and the reference of its own task."""

import pytest

from harness.scorers.anchors import Anchor, anchored


@pytest.mark.parametrize(
    ("value", "stub", "reference", "expected"),
    [
        (0.2, 0.2, 1.0, 0.0),
        (1.0, 0.2, 1.0, 1.0),
        (0.6, 0.2, 1.0, 0.5),
        (0.1, 0.2, 1.0, 0.0),
        (1.0, 0.0, 0.98, 1.0),
        (0.49, None, 0.98, 0.5),
    ],
)
def test_stub_is_0_and_reference_1(value: float, stub: float | None, reference: float, expected: float) -> None:
    assert anchored(value, Anchor(stub, reference)) == pytest.approx(expected)


def test_a_scale_without_length_changes_nothing() -> None:
    assert anchored(0.7, Anchor(1.0, 1.0)) == 0.7
    assert anchored(0.7, Anchor(None, 0.0)) == 0.7
