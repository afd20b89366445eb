"""harness calibrate: how often a policy is wrong about a version held against itself, and what it would find.

Refuses to measure: it splits the repeats that stored runs hold. Runs under one lock hash are pooled.

Exit codes: 0 calibrated · 2 too few repeats (says which command makes them), no such run, version or policy.
"""

import argparse
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.cli import assembly
from harness.cli.say import note, out
from harness.cli.sides import arms_of, chosen
from harness.compare.arms import Arm
from harness.compare.calibration import MIN_REPEATS, attempts_each, attempts_needed
from harness.config.places import builtin, find_suite
from harness.config.policy import load_policy
from harness.documents import read_toml
from harness.errors import UsageError
from harness.gate.calibrate import calibrate
from harness.gate.policy import Policy
from harness.gate.rehearsal import not_measured, pooled
from harness.report.calibration import calibration_object, calibration_svg, calibration_text
from harness.store.atomic import write_atomic
from harness.store.reader import find_run, list_runs, runs_of_lock
from harness.store.run_folder import RunFolder, open_run

PICTURE = "calibration.svg"
SPLITS = 400


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("suite", type=Path, help="suite file, or the name of a built-in one, e.g. release")
    parser.add_argument("--run", help="a stored run (default: the suite's newest); others under its lock are pooled")
    parser.add_argument(
        "--version", help="which version (default: the policy's baseline): file stem, label, name, place"
    )
    parser.add_argument("--policy", type=Path, help="policy file (default: policies/ beside the suite, else release)")
    parser.add_argument("--attempts", type=_count, help="of each pseudo-version (default: as many as the suite has)")
    parser.add_argument("--splits", type=_count, default=SPLITS, help=f"random splits (default {SPLITS})")
    parser.add_argument("--seed", type=_seed, default=0, help="of the splits and losses (default 0)")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Split, decide, print; the picture lies in the newest run's folder."""
    suite = find_suite(args.suite)
    toml = read_toml(suite, "suite")
    policy_file = args.policy or _policy_of(suite)
    policy = load_policy(policy_file)
    planned = args.attempts or int(toml.get("attempts", 1))
    looks = policy.non_inferiority.looks if policy.non_inferiority else ()
    newest = find_run(args.run, args.out) if args.run else _newest(args, toml["name"], attempts_needed(planned, looks))
    label = _label(open_run(newest), policy, args.version, policy_file)
    arms = tuple(_arms(newest, args.out, label))
    repeats = sum(side.lock.attempts for side in arms)
    each = attempts_each(repeats, planned, looks)
    if each is None:
        raise _too_few(args, open_run(newest), repeats, planned, looks)
    runs = tuple(side.run for side in arms)
    found = calibrate(pooled(arms), policy, each, planned, runs, args.splits, args.seed, note)
    picture = newest / PICTURE
    write_atomic(picture, calibration_svg(found).encode("utf-8"))
    out(
        json.dumps(calibration_object(found), ensure_ascii=False, allow_nan=False)
        if args.json
        else calibration_text(found)
    )
    note(f"look at {picture}")
    return 0


def _policy_of(suite: Path) -> Path:
    """The suite's policy: of its name in `policies/` beside it, else the release policy there, else ours."""
    beside = suite.resolve().parent / "policies"
    candidates = (beside / f"{suite.stem}.toml", beside / "release.toml")
    shipped = builtin() / "tasks" / "suites" / "policies" / "release.toml"
    return next((path for path in candidates if path.is_file()), shipped)


def _newest(args: argparse.Namespace, suite: str, needed: tuple[int, int]) -> Path:
    for name in reversed(list_runs(args.out)):
        folder: Path = args.out / name
        try:
            if open_run(folder).reader.lock().suite == suite:
                return folder
        except UsageError as error:
            note(f"left out: {error.message}")
    raise UsageError(
        "no_runs",
        f"there is no run of suite {suite!r} under {str(args.out)!r}; make one with at least {needed[0]} attempts:"
        f" `{_command(args, needed[1])}`",
    )


def _label(folder: RunFolder, policy: Policy, wanted: str | None, policy_file: Path) -> str:
    """The version asked for; else the only one, else the policy's baseline, which is the one that is known best."""
    arms = arms_of(folder)
    if wanted is not None:
        place: str | int = int(wanted) if wanted.isdigit() and len(wanted) < 8 else wanted
        return chosen(arms, place, "--version").label
    if len(arms) == 1:
        return arms[0].label
    baseline = 1 if policy.baseline is None else policy.baseline
    return chosen(arms, baseline, f"no --version, so {policy_file}: key baseline:").label


def _arms(newest: Path, runs: Path, label: str) -> Iterator[Arm]:
    """That version in every finished run under the lock of the newest one, oldest first."""
    lock = open_run(newest).reader.lock()
    places = [runs / name for name in runs_of_lock(runs, lock.hash)]
    if newest.resolve() not in [place.resolve() for place in places]:
        places.append(newest)
    left = None
    for place in places:
        side = next(side for side in arms_of(open_run(place)) if side.label == label)
        missing = not_measured(side)
        if not missing:
            yield side
            left = False
            continue
        note(f"left out: {place} has {missing} trials that are not measured yet; `harness resume {place}` finishes it")
        left = left is not False
    if left:
        raise UsageError(
            "unfinished",
            f"no run under the lock of {newest} is finished: its repeats are not all there; `harness resume {newest}`",
        )


def _too_few(
    args: argparse.Namespace, folder: RunFolder, repeats: int, planned: int, looks: tuple[int, ...]
) -> UsageError:
    least, wanted = attempts_needed(planned, looks)
    why = "two for each of two pseudo-versions: of fewer there is one split only, and a task's own scatter is not seen"
    if looks and least > MIN_REPEATS:
        why = f"twice the policy's first look of {min(looks)} attempts: at no other number does its gate decide"
    asked = folder.reader.state().labels
    return UsageError(
        "too_few_repeats",
        f"{folder.paths.root}: {repeats} repeats of each task, at least {least} are needed ({why}); make them with"
        f" `{_command(args, wanted, asked)}`",
    )


def _command(args: argparse.Namespace, attempts: int, asked: Mapping[str, object] | None = None) -> str:
    """The command line that makes such a run, asked for as the stored one was."""
    asked = asked or {}
    words = ["harness", "run", str(args.suite), "--attempts", str(attempts)]
    for flag, key in (("--agent", "agents"), ("--tasks", "tasks")):
        values = asked.get(key)
        for value in values if isinstance(values, list) else []:
            words += [flag, str(value)]
    for flag, key in (("--adapter", "adapter"), ("--model", "model")):
        if asked.get(key):
            words += [flag, str(asked[key])]
    if args.out != assembly.RUNS:
        words += ["--out", str(args.out)]
    return shlex.join(words)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)
