"""harness gate: may the candidate be released? A policy applied to a stored run; every reason printed.

Refuses to measure and to re-score: it judges the records as they are.

Exit codes: 0 PASS · 1 BLOCK · 3 INCONCLUSIVE · INVALID: 2 when an input must be changed (policy, tasks, runs that
differ in more than the agent, a damaged ledger of looks), 4 when only infrastructure stands in the way (`harness
resume` may help). A run that the ledger names and that is gone leaves the decision INCONCLUSIVE.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.cli import assembly
from harness.cli.ending import bundle_of, loaded_bundle, write_report
from harness.cli.looks import remember, sample_of
from harness.cli.say import machine, note, out
from harness.cli.sides import arms_of, chosen, comparison_sections
from harness.compare.arms import Arm
from harness.config.policy import load_policy
from harness.errors import UsageError
from harness.gate.decide import decide, judged
from harness.gate.policy import Policy
from harness.model.decision import Decision
from harness.report.beside import FOLDER
from harness.report.decision import decision_csv, decision_junit, decision_text, step_summary
from harness.report.render import FORMATS, Format
from harness.report.sarif import sarif_document
from harness.report.verdict import gate_verdict
from harness.store import codec
from harness.store.atomic import write_atomic
from harness.store.documents import encode
from harness.store.reader import find_run
from harness.store.run_folder import RunFolder, open_run

TOLD_IN: tuple[Format, ...] = ("html", "md", "json")
FILES = ("decision.json", "gate-junit.xml", "gate.csv", "gate-sarif.json", "step-summary.md")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", help="run folder, its name, or `latest`")
    parser.add_argument(
        "--policy", type=Path, required=True, help="policy file, e.g. tasks/suites/policies/release.toml"
    )
    parser.add_argument("--baseline", help="run that holds the baseline (default: this run)")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--verify", action="store_true", help="hold the run's index against every record first")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Decide, write the decision beside the run's report, print why."""
    folder = open_run(find_run(args.run, args.out))
    baseline = open_run(find_run(args.baseline, args.out)) if args.baseline else None
    arms = arms_of(folder, args.verify)
    decision = decide_run(folder, load_policy(args.policy), args.policy, baseline, args.out, arms)
    bundle = bundle_of(folder, arms=arms)
    beside = folder.paths.root / FOLDER
    if bundle.left_out and beside.is_dir():  # of a run this large, only what a decision is told in is written again
        write_report(folder, bundle, TOLD_IN, pages=False)
    else:
        write_report(folder, bundle, FORMATS)
    _append_for_ci(folder.paths.root / "step-summary.md")
    verdict = gate_verdict(decision)
    if args.json:
        out(machine({**codec.to_json(decision), "code": verdict.code}))
    else:
        out(decision_text(decision, verdict))
        note(f"look at {folder.paths.root / 'report.html'} (also {', '.join(FILES)})")
    return verdict.code


def decide_run(
    folder: RunFolder,
    policy: Policy,
    policy_file: Path,
    baseline: RunFolder | None = None,
    runs: Path = assembly.RUNS,
    arms: Sequence[Arm] | None = None,
) -> Decision:
    """Decide about the policy's candidate in this run; write decision.json and the other FILES beside its report, and
    the look into the policy's ledger before anything of it is shown.

    policy_file: where the policy was read from, for messages; runs: where the runs of earlier looks are found; arms: of
    the run, where they are known already.
    """
    arms = arms_of(folder) if arms is None else arms
    candidate = chosen(arms, policy.candidate, f"{policy_file}: key candidate:")
    against = _baseline(policy, policy_file, candidate, arms_of(baseline) if baseline else arms)
    sample = sample_of(candidate, against, policy, (runs, folder.paths.root.parent))
    found = decide(sample.candidate, sample.baseline, policy, sample.looks)
    remember(candidate, against, policy, sample, found.outcome)
    decision = replace(found, judged=judged(candidate))
    contents = (
        encode("decision", codec.to_json(decision)),
        decision_junit(decision),
        decision_csv(decision),
        sarif_document(loaded_bundle(candidate)),
        step_summary(decision, gate_verdict(decision), comparison_sections(arms)),
    )
    for name, content in zip(FILES, contents, strict=True):
        write_atomic(folder.paths.root / name, content)
    return decision


def _baseline(policy: Policy, policy_file: Path, candidate: Arm, arms: Sequence[Arm]) -> Arm | None:
    """The version to compare with, None where the policy compares nothing."""
    if policy.non_inferiority is None:
        return None
    baseline = chosen(arms, 1 if policy.baseline is None else policy.baseline, f"{policy_file}: key baseline:")
    if (baseline.run, baseline.label) == (candidate.run, candidate.label):
        raise UsageError(
            "baseline_is_candidate",
            f"{policy_file}: candidate and baseline are both {candidate.label}; set key `baseline`,"
            " or use --baseline RUN",
        )
    return baseline


def _append_for_ci(summary: Path) -> None:
    """GitHub Actions shows what a step appends to the file named by GITHUB_STEP_SUMMARY."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("ab") as stream:
            stream.write(summary.read_bytes())
    except OSError as error:
        note(f"GITHUB_STEP_SUMMARY {path!r} cannot be written ({error.strerror}); see {summary}")
