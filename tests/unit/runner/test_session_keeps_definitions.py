"""A new run keeps what comparing it later needs: each version's definition, each task's family and claim metrics."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.runner.session import open_session


def test_a_new_run_knows_its_definitions_and_families(corridor: Callable[..., Any], tmp_path: Path) -> None:
    walked = corridor()
    (version,) = walked.suite.agents[:1]
    suite = replace(walked.suite, agents=(replace(version, spec=replace(version.spec, text="# whole file\n")),))
    folder = open_session(suite, walked.parts(), tmp_path / "runs", {}, "1f3a", lambda line: None)
    reader = folder.reader
    assert reader.definition(suite.agents[0].label) == "# whole file\n"
    assert reader.lock().families == {task.id: task.family for task in suite.tasks}
    assert reader.lock().measures == {task.id: task.measures for task in suite.tasks}
