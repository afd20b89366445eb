"""A lock, a record and a run folder to damage."""

from pathlib import Path

import pytest

from harness.model.suite import Lock
from harness.model.trial import Scored, Trial, TrialRecord
from harness.store.run_folder import RunFolder, create_run


@pytest.fixture
def trial() -> Trial:
    """The only planned trial."""
    return Trial("orders", "dev@0a1b2c3d", 1, 11)


@pytest.fixture
def lock(trial: Trial) -> Lock:
    """A lock that plans it."""
    return Lock("ab" * 32, "smoke", 7, 1, "smoke", {}, {}, {}, {}, {}, trials=(trial,))


@pytest.fixture
def record(trial: Trial) -> TrialRecord:
    """Its record."""
    return TrialRecord(trial, Scored("yes", ()), "aa", "bb", None, None, None, None)


@pytest.fixture
def folder(tmp_path: Path, lock: Lock) -> RunFolder:
    """A fresh run named r1."""
    return create_run(tmp_path / "runs", "r1", lock, "2026-11-21T12:03:01Z", {"by": "test"})
