"""harness bench: the main job on the built-in suite: versions compared, a release decided, findings held to plan.

Refuses to call it a success when a finding differs from EXPECTED.toml: that is a bug of ours until proven otherwise.
The gate's answer is about the candidate and does not change how bench ends.
"""

import argparse
from pathlib import Path

from harness.cli import assembly, ending
from harness.cli.gate import decide_run
from harness.cli.run import asked_suite, resolve, run_asked
from harness.cli.say import note, out
from harness.cli.sides import arms_of, not_compared, within
from harness.compare.comparison import compare
from harness.config.places import find_suite
from harness.config.policy import load_policy
from harness.errors import UsageError
from harness.model.jsontypes import JsonObject
from harness.report.comparison import comparison_text
from harness.report.decision import decision_text
from harness.report.parts import Section, Table
from harness.report.verdict import gate_verdict
from harness.selfcheck.expected import Mismatch, hold_against

SUITE = Path("tasks/suites/smoke.toml")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    told = f"suite with an `expected` key (default {SUITE}, here or built in)"
    parser.add_argument("--suite", type=Path, default=SUITE, help=told)
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")


def execute(args: argparse.Namespace) -> int:
    """Run, compare with what was expected, report. 0 when the pipeline completed and every finding was expected."""
    asked: JsonObject = {
        "suite": asked_suite(args.suite),
        "agents": [],
        "tasks": [],
        "attempts": None,
        "adapter": None,
        "model": None,
    }
    suite, expected = resolve(asked)
    if expected is None:
        raise UsageError(
            "no_expected", f"{args.suite}: key `expected` is missing; bench holds a run against such a file"
        )
    suite_file = find_suite(args.suite)
    policy_file = suite_file.parent / "policies" / suite_file.name
    policy = load_policy(policy_file) if policy_file.is_file() else None
    note(f"bench: {len(suite.tasks)} task(s), {len(suite.agents)} agent versions, {suite.attempts} attempts each")
    folder, signum = run_asked(asked, args.out)
    if signum is not None:
        return ending.conclude(folder, as_json=False, interrupted_by=signum)
    decision = decide_run(folder, policy, policy_file) if policy else None
    found = hold_against(expected, folder.reader.lock(), folder.reader.records(), suite.scorers)
    code = ending.conclude(folder, as_json=False, sections=(_section(expected, found),))
    for pair in within(arms_of(folder)):
        out(not_compared(*pair) or comparison_text(compare(*pair), str(folder.paths.root / "report.html")))
    if decision is not None:
        out(decision_text(decision, gate_verdict(decision)))
    for mismatch in found:
        out(f"MISMATCH {mismatch.trial} {mismatch.what}: expected {mismatch.expected}, found {mismatch.found}")
    if not found and code == 0:
        out(f"every finding is the one {expected.name} states")
    note(f"look at {folder.paths.root / 'report.html'}")  # said again: comparison and decision came in between
    return code if code else (1 if found else 0)


def _section(expected: Path, found: tuple[Mismatch, ...]) -> Section:
    if not found:
        return Section(
            "expected", "Held against what was expected", (f"Every finding is the one {expected.name} states.",)
        )
    rows = tuple((m.trial, m.what, m.expected, m.found) for m in found)
    table = Table("Mismatches", ("trial", "what", "expected", "found"), rows)
    return Section(
        "expected", "Held against what was expected", (f"{len(found)} findings differ from {expected.name}.",), (table,)
    )
