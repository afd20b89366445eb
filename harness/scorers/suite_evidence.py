"""Evidence of the coverage score: tests that failed, statements that never ran, faults that nobody noticed.

Refuses to weigh anything: points are the shares the score has already lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.model.score import Evidence

MOST_FILES, MOST_FAULTS, MOST_TESTS = 20, 20, 20
_REMEDY = (
    "The module {!r} was not found. Packages for the tests are installed from requirements.txt, from files called "
    "requirements-dev.txt, requirements-test.txt or requirements/test.txt, and from dependency groups and extras "
    "called dev or test; a module of the submission itself is found from its root, from src/, and from what "
    "`pythonpath` names."
)


def evidence(
    facts: Mapping[str, Any], pass_share: float, statements: int, proofs: Sequence[str], weak: Sequence[str]
) -> tuple[Evidence, ...]:
    """Proofs of forgery first, then why tests could not be collected, weakness, and every point lost."""
    return (
        *(Evidence("test", proof, status="suspect", reproduce="python -m pytest tests -q") for proof in proofs),
        *_uncollected(facts),
        *(Evidence("test", reason, status="weak_tests") for reason in weak),
        *_failures(facts),
        *_missing(facts["files"], pass_share, statements),
        *_elsewhere(facts, pass_share, statements),
        *_faults(facts.get("mutation") or {}),
        *_notes(facts),
    )


def _ran(facts: Mapping[str, Any]) -> int:
    """Tests, and files of tests that could not be collected; what the share of passing tests is taken of."""
    counts = facts.get("counts", {})
    lost = len(facts.get("collect_errors", []))
    return int(counts.get("passed", 0) + counts.get("failed", 0) + counts.get("error", 0) + lost)


def _uncollected(facts: Mapping[str, Any]) -> Iterator[Evidence]:
    """Why files of tests, or the whole suite, could not be collected: the error itself, and what to do about it."""
    reasons = facts.get("reasons", [])
    ran = max(_ran(facts), len(reasons))
    for reason in reasons[:MOST_TESTS]:
        what = f"{reason['where']} cannot be collected" if reason["where"] else "the suite cannot be collected"
        remedy = f"\n{_REMEDY.format(reason['missing'])}" if reason["missing"] else ""
        reproduce = f"python -m pytest {reason['where']!r}" if reason["where"] else "python -m pytest"
        title = f"{what}: {reason['error']}" if reason["error"] else what
        yield Evidence("test", title, f"{reason['text']}{remedy}", reason["where"], reproduce, points=1 / ran)


def _failures(facts: Mapping[str, Any]) -> Iterator[Evidence]:
    failed = [(f["id"], f["message"]) for f in facts.get("not_passed", [])]
    told = {reason["where"] for reason in facts.get("reasons", [])}
    broken = [(text.split(":", 1)[0], text) for text in facts.get("collect_errors", [])]
    broken = [(file, text) for file, text in broken if file not in told]
    ran = _ran(facts)
    for test, message in (*broken, *failed)[:MOST_TESTS]:
        reproduce = f"python -m pytest {test!r}" if test else "python -m pytest tests"
        yield Evidence("test", "own test does not pass", message, test, reproduce, points=1 / ran if ran else 0.0)
    if facts.get("timed_out"):
        yield Evidence("test", "the suite did not end in time", f"stopped after {facts['seconds']} s")
    if facts.get("reported") is False:
        yield Evidence("log", "the test run left no report", str(facts.get("output_tail", "")), points=1.0)


def _missing(files: Mapping[str, Any], pass_share: float, statements: int) -> Iterator[Evidence]:
    incomplete = sorted(files.items(), key=lambda item: item[1]["covered"] - item[1]["statements"])
    for path, counts in incomplete[:MOST_FILES]:
        lost = counts["statements"] - counts["covered"]
        if lost <= 0:
            continue
        first = counts["missing"][0] if counts["missing"] else 1
        title = f"{lost} of {counts['statements']} statements never run by the tests"
        detail = f"lines {ranges(counts['missing'])}"
        points = pass_share * lost / statements if statements else 0.0
        yield Evidence("file", title, detail, f"{path}:{first}", points=points)


def _elsewhere(facts: Mapping[str, Any], pass_share: float, statements: int) -> Iterator[Evidence]:
    """Code where a coverage tool does not look."""
    for code in facts.get("uncounted", [])[:MOST_FILES]:
        title = f"{code['statements']} statements outside all source files count as never run"
        points = pass_share * code["statements"] / statements if statements else 0.0
        where = f"{code['file']}:{code['line']}"
        yield Evidence("file", title, code["how"], where, status="uncounted_code", points=points)
    for path, how in list(facts.get("strange", {}).items())[:MOST_FILES]:
        yield Evidence("file", "code in a place where no code is looked for", how, path, status="uncounted_code")
    for folder in facts.get("left_out", ())[:MOST_FILES]:
        title = "a folder of packages holds Python files, which are neither copied nor counted"
        yield Evidence("file", title, where=folder, status="uncounted_code")


def ranges(lines: Sequence[int]) -> str:
    """`3-5, 9` from [3, 4, 5, 9]."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _faults(mutation: Mapping[str, Any]) -> Iterator[Evidence]:
    for fault in mutation.get("survivors", [])[:MOST_FAULTS]:
        title = f"no test notices this seeded fault ({fault['operator']})"
        detail = f"`{fault['before']}` changed to `{fault['after']}`"
        yield Evidence("file", title, detail, f"{fault['file']}:{fault['line']}", status="survived")
    if mutation.get("unusable"):
        yield Evidence("test", "test strength could not be measured", str(mutation["unusable"]))
    elif mutation.get("forked"):
        title = "faults were tried in a process per run, which takes longer and leaves fewer of them"
        yield Evidence("test", title, str(mutation["forked"]))


def _notes(facts: Mapping[str, Any]) -> Iterator[Evidence]:
    if problem := facts.get("coverage_problem"):
        yield Evidence("log", "no coverage data was left by the run", str(problem))
    if clash := (facts.get("versions") or {}).get("clash"):
        used, ours = facts["versions"]["used"], facts["versions"]["ours"]
        what = ", ".join(f"{name} {used[name]} (ours: {ours[name]})" for name in clash)
        yield Evidence("log", "the submission's own version of a tool was used", what)
    if dropped := facts.get("ini_dropped"):
        words = facts.get("options_dropped", [])
        told = [f"addopts ({' '.join(words)})" if key == "addopts" and words else key for key in dropped]
        title, where = "pytest options of the submission were not applied", facts.get("settings_file", "")
        yield Evidence("file", title, ", ".join(told), where)
    if facts.get("environment") == "none":
        why = "more tests pass without the task's environment variables than with them"
        yield Evidence("test", "the suite was run without the service's environment", why)
    for place in facts.get("always_equal", [])[:MOST_FILES]:
        title = "this __eq__ is true whatever it is compared with: assertions that use it prove nothing"
        yield Evidence("file", title, where=f"{place['file']}:{place['line']}", status="always_equal")
    if unparsed := facts.get("unparsed"):
        yield Evidence("file", "files that are not valid Python 3.11", ", ".join(unparsed))
