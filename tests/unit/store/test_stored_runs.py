"""Runs that earlier versions stored are read like new ones; one of a later version is refused with what to do."""

import json
import shutil
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.cli.sides import arms_of
from harness.store.run_folder import RunFolder, open_run

STORED = Path(__file__).parents[3] / "fixtures/stored_runs"
POLICY = 'schema = 1\nname = "p"\ncandidate = 2\n[non_inferiority]\nendpoints = ["accepted"]\n'


@pytest.fixture(params=["first", "with-promises", "with-comparisons"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder:
    """A copy of a stored run."""
    return open_run(shutil.copytree(STORED / request.param, tmp_path / "runs" / request.param))


def test_a_run_of_an_earlier_version_is_read(
    stored: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side in arms_of(stored):
        assert not side.table.problems
        words = ("scored", "failed", "void")
        assert [int(side.table.is_(word).sum()) for word in words] in ([6, 0, 0], [4, 2, 0], [4, 0, 2], [2, 2, 2])
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    name, out = stored.paths.root.name, str(stored.paths.root.parent)
    assert main(["compare", name, "--out", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert main(["report", name, "--out", out]) == 0
    assert main(["gate", name, "--policy", str(policy), "--out", out]) in (1, 2, 3, 4)
    told = capsys.readouterr()
    assert "bug in the harness" not in told.err


@pytest.mark.parametrize("name", ["lock.json", "run.json"])
def test_a_run_of_a_later_version_is_refused_with_the_remedy(
    stored: RunFolder, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored.paths.root / name
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2}))
    for verb in ("compare", "report"):
        assert main([verb, stored.paths.root.name, "--out", str(stored.paths.root.parent)]) == 2
        told = capsys.readouterr().err
        assert str(path) in told
        assert "upgrade the harness" in told


def test_a_record_of_a_later_version_is_refused_with_the_remedy(
    stored: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sorted(stored.paths.trials.glob("*/trial.json"))[0]
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2}))
    assert main(["compare", stored.paths.root.name, "--out", str(stored.paths.root.parent)]) == 2
    assert "upgrade the harness" in capsys.readouterr().err
