"""A whole little project in a folder of its own: one tiny task, agent versions and their replies, and a suite.

The end-to-end tests and `harness perf` run the real program on it, so that a trial takes a second. Refuses to be a
benchmark: it exercises the harness, not agents.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.agents.replay import stamp
from harness.config.suite import Overrides, load_suite
from harness.documents import tree_bytes
from harness.model.trial import Trial
from harness.prompt.render import render

_FENCES = {".py": "python", ".md": "markdown", ".txt": "text", ".toml": "toml"}


@dataclass(frozen=True)
class SmallWorld:
    """`root` holds tasks/, agents/ and replies/; `task` is the folder it was copied from."""

    root: Path
    task: Path

    def suite(
        self,
        agents: Mapping[str, Sequence[Mapping[str, str | bytes]]],
        scorers: Sequence[str] = ("acceptance",),
        name: str = "small",
        workers: int = 2,
    ) -> Path:
        """Write a suite whose agents deliver the reference with changes: agents[stem][attempt] maps path -> content.

        An empty mapping delivers the reference as it is; an empty content removes the file.
        """
        task = self.root / "tasks" / self.task.name
        if not task.exists():
            shutil.copytree(self.task, task, ignore=shutil.ignore_patterns("__pycache__", "mutants", "variants"))
        attempts = max(len(replies) for replies in agents.values())
        lines = [f'schema = 1\nname = "{name}"\ntasks = ["{task.name}"]\nattempts = {attempts}\nseed = 7']
        lines += ['profile = "smoke"', f"workers = {workers}", f"scorers = {json.dumps(list(scorers))}"]
        for stem, replies in agents.items():
            self._definition(stem)
            for number, changes in enumerate(replies, start=1):
                self._reply(stem, number, changes)
            lines.append(f'[[agents]]\ndefinition = "../../agents/{stem}.md"\nparameters = {{replies="../../replies"}}')
        path = self.root / "tasks" / "suites" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._stamp(path, tuple(scorers))
        return path

    def _definition(self, stem: str) -> None:
        folder = self.root / "agents"
        folder.mkdir(exist_ok=True)
        text = f"---\nname: {stem}\ndescription: Delivers a kept reply.\n---\nYou are {stem}. p95 latency < 100 ms.\n"
        (folder / f"{stem}.md").write_text(text, encoding="utf-8")

    def _reply(self, stem: str, number: int, changes: Mapping[str, str | bytes]) -> None:
        files = {path: content.decode() for path, content in tree_bytes(self.task / "solution").items()}
        files |= {path: c if isinstance(c, str) else c.decode() for path, c in changes.items()}
        files["README.md"] = f"Attempt {number}.\n"  # k attempts need k distinct replies
        folder = self.root / "replies" / stem / self.task.name / f"{number:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        text = "Done.\n\n" + "\n".join(_fenced(path, content) for path, content in files.items() if content)
        (folder / "reply.json").write_text(json.dumps({"schema": 1, "text": text}), encoding="utf-8")

    def _stamp(self, suite_path: Path, scorers: tuple[str, ...]) -> None:
        suite, _ = load_suite(suite_path, scorers, Overrides())
        task = suite.tasks[0]
        for version in suite.agents:
            for attempt in range(1, suite.attempts + 1):
                stamp(version, Trial(task.id, version.label, attempt, 0), render(version.spec, task))


def _fenced(path: str, content: str) -> str:
    language = _FENCES.get(Path(path).suffix, "text")
    return f"````{language} {path}\n{content.rstrip(chr(10))}\n````\n"
