"""harness replies stamp SUITE: bind authored replies to the present definitions and prompts.

Refuses to stamp recorded replies: they answer the prompt they were recorded for.
"""

import argparse
from pathlib import Path

from harness import plugins
from harness.agents.replay import stamp
from harness.cli.say import out
from harness.config.suite import Overrides, load_suite
from harness.prompt.render import render
from harness.runner.plan import plan_trials


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("action", choices=["stamp"], help="stamp: write meta.toml of authored replies anew")
    parser.add_argument("suite", type=Path, help="suite whose replay agents' replies are meant")


def execute(args: argparse.Namespace) -> int:
    """Stamp every authored reply the suite would play."""
    suite, _ = load_suite(args.suite, plugins.names("scorers"), Overrides())
    tasks = {task.id: task for task in suite.tasks}
    versions = {version.label: version for version in suite.agents if version.adapter == "replay"}
    trials = [trial for trial in plan_trials(suite) if trial.agent_label in versions]
    changed = 0
    for trial in trials:
        version = versions[trial.agent_label]
        changed += stamp(version, trial, render(version.spec, tasks[trial.task_id]))
    out(f"{changed} of {len(trials)} replies stamped anew, the others were up to date")
    return 0
