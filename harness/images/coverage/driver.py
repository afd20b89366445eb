"""Probe driver `coverage`: the submission's own tests, their coverage, and how strong they are.

It refuses to believe the process that runs them: outcomes are checked by a run with sabotaged tests, coverage by a
second record, strength by seeded faults and harmless edits. Parameters and facts: see harness/probes/coverage.py.

The other modules, in the order in which they come in:
    what is there   suite (sources, tests), places (home, roots of imports), settings and options (pytest's),
                    assertions (what tests check), hidden (code where nobody looks)
    one run         bench (a run of the suite), workcopy (its files), processes, agent_side and inherit/ (the side that
                    shares a process with agent code), reasons (why nothing was collected)
    what it proves  analysis (coverage), witness and rewrite (the second record), mutation with mutants, decoys and
                    forkserver (strength)
"""

import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

import analysis  # noqa: E402
import assertions  # noqa: E402
import coverage  # noqa: E402 - needs the line above
import hidden  # noqa: E402
import mutation  # noqa: E402
import processes  # noqa: E402
import pytest  # noqa: E402
import reasons  # noqa: E402
import rewrite  # noqa: E402
from bench import Bench, Outcome, Side  # noqa: E402
from harness_probe.report import Job, run_probe  # noqa: E402
from suite import Suite, discover, parses, submitted, with_sources  # noqa: E402
from witness import witness  # noqa: E402

MAX_TESTS_NAMED = 200
KNOWN_MAJORS = {"pytest": (7, 8, 9), "coverage": (7,)}  # what agent_side.py was tried with
PYTHON_MANIFESTS = (
    "requirements.in",
    "requirements.txt",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "manage.py",
)


def work(job: Job) -> dict[str, Any]:
    """All phases; each adds its facts."""
    processes.shield()
    parameters = job.parameters
    app, env = Path(parameters.get("app", "/app")), Path(parameters.get("env", "/opt/env"))
    with tempfile.TemporaryDirectory(prefix="suite-", ignore_cleanup_errors=True) as scratch:
        suite = discover(app, Path(scratch) / "app")
        facts: dict[str, Any] = {"stack": stack_of(app), **found(app, suite)}
        if facts["stack"] != "python" or not suite.tests:
            return {**facts, "files": uncovered(app, suite)}
        bench = Bench(app, env, Path(scratch), suite, job.environment)
        return {**facts, **phases(bench, job.seed, parameters)}


def stack_of(app: Path) -> str:
    """python | node | go by the submission contract's marker files; Python's first: others beside it are for tools."""
    if any((app / name).is_file() for name in PYTHON_MANIFESTS):
        return "python"
    if (app / "package.json").is_file():
        return "node"
    return "go" if (app / "go.mod").is_file() else "python"


def found(app: Path, suite: Suite) -> dict[str, Any]:
    """What stands in the files, before anything runs."""
    readable = [p for p in (*suite.tests, *suite.sources) if p not in suite.unparsed]
    texts = {p: (app / p).read_text("utf-8", "replace") for p in readable}
    own = [texts[p] for p in suite.tests if p in texts]
    tests, empty = assertions.assertion_counts(own, suite.names)
    void = assertions.void_comparisons(own, suite.names)
    return {
        "sources": list(suite.sources),
        "test_files": list(suite.tests),
        "unparsed": list(suite.unparsed),
        "home": suite.home,
        "roots": list(suite.roots),
        "settings_file": suite.settings.file,
        "ini_kept": sorted(suite.settings.ini),
        "ini_dropped": list(suite.settings.dropped),
        "options_kept": list(suite.settings.options),
        "options_dropped": list(suite.settings.options_dropped),
        "always_equal": [{"file": f, "line": n} for f, n in assertions.always_equal(texts)][:MAX_TESTS_NAMED],
        "assertions": {"tests": tests, "without": len(empty), "void": void, "names": empty[:MAX_TESTS_NAMED]},
    }


def uncovered(app: Path, suite: Suite) -> dict[str, Any]:
    """Statements of a submission whose tests were not run."""
    return {p: file_facts(analysis.FileCoverage(analysis.statements_of(app / p), set())) for p in suite.sources}


def file_facts(counts: analysis.FileCoverage) -> dict[str, Any]:
    """Counts of one file; `missing` lists first lines of statements that never ran."""
    return {
        "statements": len(counts.statements),
        "covered": len(counts.executed),
        "branches": counts.branches,
        "covered_branches": counts.covered_branches,
        "missing": sorted(counts.statements - counts.executed)[:500],
    }


def phases(bench: Bench, seed: int, parameters: dict[str, Any]) -> dict[str, Any]:
    """As is (traced) → witnessed → sabotaged → mutated."""
    limit_s = float(parameters.get("suite_s", 60.0))
    first, side = first_run(bench, limit_s)
    bench.reset()
    elsewhere = look_elsewhere(bench, side)
    measured = analysis.measure(bench.root, bench.suite.sources, side.rcfile, side.data)
    if first.report is None:
        return {**suite_facts(first, bench), **unchecked(measured), **elsewhere, "versions": versions(first)}
    second, trail = witness(bench, limit_s)
    same = second.passed() == first.passed() and bool(first.passed())
    bench.reset()
    unseen = analysis.cross_check(measured, bench.root, trail.lines, same)
    keep = first.passed() & second.passed()
    reached = {p: c.executed for p, c in measured.files.items()}
    preload = [str(name) for name in first.report.get("packages", [])][:2000]
    return {
        **suite_facts(first, bench),
        **elsewhere,
        "files": {p: file_facts(c) for p, c in measured.files.items()},
        "impossible": measured.impossible,
        "coverage_problem": measured.problem,
        "witness": {
            "agrees": same,
            "passed": len(second.passed()),
            "unseen": {p: lines[:50] for p, lines in unseen.items()},
            "unseen_lines": sum(map(len, unseen.values())),
        },
        "sabotage": sabotage(bench, first, limit_s),
        "mutation": mutation.strength(
            bench, keep, preload, trail, reached, seed, float(parameters.get("mutation_s", 12.0)), limit_s
        ),
        "versions": versions(first),
    }


def first_run(bench: Bench, limit_s: float) -> tuple[Outcome, Side]:
    """The suite with the service's environment; without it when that makes more tests pass.

    Tests that bring their own values (`os.environ.setdefault`) were written where none of the task's were set.
    """
    bench.reset()
    side = bench.side()
    outcome = bench.run(limit_s, side, "the suite")
    lost = not_passed(outcome)
    if outcome.ended.timed_out or not lost:
        return outcome, side
    bench.bare = True
    bench.reset()
    bare_side = bench.side()
    bare = bench.run(limit_s, bare_side, "the suite without the task's environment")
    if len(bare.passed()) > len(outcome.passed()) and not_passed(bare) < lost:
        return bare, bare_side
    bench.bare = False
    return outcome, side


def not_passed(outcome: Outcome) -> int:
    """How many tests, and files of tests, did not do what they should; at least one when nothing was reported."""
    if outcome.report is None or outcome.report.get("exit") in reasons.USAGE_EXITS:
        return 1
    bad = [o for o in outcome.outcomes.values() if o in ("failed", "error")]
    return len(bad) + len(outcome.report.get("collect_errors", []))


def look_elsewhere(bench: Bench, side: Side) -> dict[str, Any]:
    """Code where a coverage tool does not look: what has a file joins the sources of the bench, the rest is told."""
    suite, record = bench.suite, hidden.read_record(side.executed)
    files = [str(f) for f in submitted(bench.app) if str(f) not in suite.unparsed]
    executed = hidden.executed_files(record, suite.sources, files)
    suite = with_sources(suite, {p: how for p, how in executed.items() if parses(bench.app / p)})
    bench.suite = suite
    static = hidden.in_strings(bench.app, suite.sources)
    dynamic = hidden.executed_otherwise(record, suite.sources, suite.tests, static)
    return {
        "sources": list(suite.sources),
        "strange": {p: how for p, how in suite.strange.items() if how},
        "left_out": list(suite.left_out),
        "uncounted": [u.told() for u in (*static, *dynamic)][:MAX_TESTS_NAMED],
    }


def unchecked(measured: analysis.Coverage) -> dict[str, Any]:
    """The run did not end with a report: nothing is left to cross-check, and no line counts."""
    return {
        "files": {p: file_facts(analysis.FileCoverage(c.statements, set())) for p, c in measured.files.items()},
        "impossible": measured.impossible,
        "coverage_problem": measured.problem,
        "witness": None,
        "sabotage": None,
        "mutation": None,
    }


def suite_facts(outcome: Outcome, bench: Bench) -> dict[str, Any]:
    """The run as reported, and what its own process saw beside the report."""
    report = outcome.report or {}
    counts = {word: list(outcome.outcomes.values()).count(word) for word in ("passed", "failed", "error", "skipped")}
    raised = set(report.get("raised", []))
    not_passed = [t for t, o in outcome.outcomes.items() if o in ("failed", "error")]
    return {
        "reported": outcome.report is not None,
        "exit_code": outcome.ended.exit_code,
        "pytest_exit": report.get("exit"),
        "timed_out": outcome.ended.timed_out,
        "seconds": outcome.ended.seconds,
        "counts": counts,
        "not_passed": [{"id": t, "message": str(report.get("messages", {}).get(t, ""))} for t in not_passed[:50]],
        "collect_errors": report.get("collect_errors", []),
        "reasons": reasons.reasons(
            report.get("collect_errors", []), report.get("exit"), outcome.ended.tail, str(bench.root)
        ),
        "environment": "none" if bench.bare else "service",
        "raised_but_passed": sorted(raised & outcome.passed())[:MAX_TESTS_NAMED],
        "output_tail": outcome.ended.tail[-2000:],
    }


def sabotage(bench: Bench, first: Outcome, limit_s: float) -> dict[str, Any]:
    """Make every test raise; those that passed before must not pass now."""
    bench.reset()
    marker, changed = secrets.token_hex(8), set()
    for path in bench.suite.tests:
        if path in bench.suite.unparsed:
            continue
        text, names = rewrite.sabotaged((bench.app / path).read_text("utf-8", "replace"), marker, bench.suite.names)
        bench.write([(path, text)])
        changed |= {(path, name) for name in names}
    expected = {t for t in first.passed() if (t.split("::")[0], t.rsplit("::", 1)[-1].split("[")[0]) in changed}
    outcome = bench.run(limit_s, bench.side(), "the suite with sabotaged tests")
    still = sorted(expected & outcome.passed())
    return {
        "tried": len(expected),
        "still_passed": still[:MAX_TESTS_NAMED],
        "still_passed_count": len(still),
        "reported": outcome.report is not None,
        "exit_code": outcome.ended.exit_code,
    }


def versions(outcome: Outcome) -> dict[str, Any]:
    """What ran, what we pin, and where a version of the submission's won that may well measure something else."""
    ours = {"pytest": pytest.__version__, "coverage": coverage.__version__}
    used = (outcome.report or {}).get("versions", {})
    clash = sorted(n for n in ours if n in used and int(used[n].split(".")[0]) not in KNOWN_MAJORS[n])
    return {"ours": ours, "used": used, "clash": clash}


if __name__ == "__main__":
    sys.exit(run_probe(work, needs_service=False))
