"""Policies: what is read, what is refused, and that the committed ones can be read."""

from pathlib import Path

import pytest

from harness.config.policy import load_policy
from harness.errors import UsageError
from harness.gate.policy import Floor, NonInferiority

ROOT = Path(__file__).parents[3]
FULL = """
schema = 1
name = "release"
candidate = "v2"
baseline = 1
[absolute]
confirmed_critical = 0
promises_broken = 3
[[floors]]
endpoint = "accepted"
at_least = 0.7
[non_inferiority]
endpoints = ["accepted", "attacks"]
margin = 0.05
looks = [4, 7, 10]
[caps]
void_share = 0.1
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text)
    return path


def test_everything_is_read_and_the_rest_defaults(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, FULL))
    assert (policy.name, policy.candidate, policy.baseline) == ("release", "v2", 1)
    assert policy.floors == (Floor("accepted", 0.7, "lower"),)
    assert policy.non_inferiority == NonInferiority(("accepted", "attacks"), 0.05, (4, 7, 10))
    assert (policy.confirmed_critical, policy.promises_broken) == (0, 3)
    assert (policy.void_share, policy.void_gap) == (0.1, 0.03)
    assert policy.endpoints == ("accepted", "attacks")
    least = load_policy(written(tmp_path, 'schema=1\nname="a"\ncandidate=2\n[non_inferiority]\nendpoints=["accepted"]'))
    assert least.non_inferiority == NonInferiority(("accepted",), 0.10, ())
    assert (least.baseline, least.confirmed_critical, least.promises_broken) == (None, 0, None)


def test_the_hash_is_of_the_text(tmp_path: Path) -> None:
    one = load_policy(written(tmp_path, FULL)).sha256
    assert len(one) == 64
    assert load_policy(written(tmp_path, FULL + "# a comment\n")).sha256 != one


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("margin = 0.05", "margin = 0"), "non_inferiority.margin"),
        (("looks = [4, 7, 10]", "looks = [7, 4]"), "looks.*must rise"),
        (("looks = [4, 7, 10]", "looks = [1, 2, 3, 4]"), "non_inferiority.looks"),
        (('["accepted", "attacks"]', '["a", "b", "c", "d"]'), "non_inferiority.endpoints"),
        (("at_least = 0.7", "at_least = 70"), "floors.0.at_least"),
        (('name = "release"\n', ""), "'name' is missing"),
        (("[caps]", "[limits]"), "unknown key 'limits'"),
        (("confirmed_critical = 0", "critical = 0"), "unknown key 'critical' at absolute"),
    ],
)
def test_wrong_policies_name_file_and_key(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert change[0] in FULL
    with pytest.raises(UsageError, match=message) as caught:
        load_policy(written(tmp_path, FULL.replace(*change)))
    assert "policy.toml" in caught.value.message


def test_a_policy_that_asks_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"policy\.toml"):
        load_policy(written(tmp_path, 'schema = 1\nname = "a"\ncandidate = 1\n'))


@pytest.mark.parametrize("path", sorted((ROOT / "tasks" / "suites" / "policies").glob("*.toml")), ids=lambda p: p.stem)
def test_the_committed_policies_fit_their_suites(path: Path) -> None:
    policy = load_policy(path)
    assert (path.parents[1] / path.name).is_file(), "each policy stands beside the suite of its name"
    if path.stem == "smoke":
        assert policy.non_inferiority is None, "a smoke suite is too small to compare"
        assert all(floor.bound == "point" for floor in policy.floors)
