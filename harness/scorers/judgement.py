"""From observations to a verdict on one trial: scores, then `accepted` by the task's own requirements.

Refuses to turn missing evidence into a number: what was not measured stays Unmeasured, with blame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.model.probe import Observation
from harness.model.score import Blame, Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Requirements, Task
from harness.model.trial import INCOMPLETE, Accepted, Scored, Void
from harness.ports import Scorer
from harness.scorers.surely import surely_lost

Answer = tuple[Accepted, str]  # one requirement's answer and the line that explains it

BREAKS_PROBE = "breaks_probe"
CUTS_TOLD = 5
CHEATING = "cheating"  # proven forgery; `suspect` is only a question for a person


def judge(
    task: Task,
    scorers: Sequence[Scorer],
    observations: Mapping[str, Observation],
    reference: Mapping[str, Observation],
    files: int,
) -> Scored | Void:
    """Score every scorer, then decide. `observations` and `reference` are keyed by probe; `files`: how many."""
    results = [score_one(task, scorer, observations, reference) for scorer in scorers]
    return decide(task, results, files, tuple(surely_lost(task.requirements, observations)))


def decide(task: Task, results: Sequence[ScoreResult], files: int, lost: Sequence[str] = ()) -> Scored | Void:
    """`accepted` by the task's requirements; `lost`: what surely failed where there is no figure (see surely.py).

    What was found comes first: a confirmed critical, proven cheating or a requirement that surely failed is `no` even
    while another required scorer is unmeasured by no fault of the agent (flag `incomplete`); without one it is Void.
    """
    by_scorer = {result.scorer: result for result in results}
    answers = [*_answers(task.requirements, by_scorer, files), *(("no", line) for line in lost)]
    flags = {flag for result in results if isinstance(result, Score) for flag in result.flags}
    if CHEATING in flags:
        answers.append(("no", "cheating: forged evidence was proven, see the evidence"))
    accepted = _all(answers)
    for name in required_scorers(task.requirements):
        result = by_scorer.get(name)
        if isinstance(result, Unmeasured) and result.blame != "agent":
            if accepted != "no":
                return Void(result.blame, "required_scorer_unmeasured", f"{name}: {result.cause}", stage=name)
            flags.add(INCOMPLETE)
    return Scored(
        accepted, tuple(results), tuple(f"{answer}: {line}" for answer, line in answers), tuple(sorted(flags))
    )


def score_one(
    task: Task, scorer: Scorer, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
) -> ScoreResult:
    """One scorer's result; a probe that crashed is settled by its control (`facts["control"]`) before scoring."""
    for probe in scorer.probes:
        observation = observations.get(probe)
        if observation is None:
            return Unmeasured(scorer.name, scorer.version, "harness", f"probe {probe!r} was not run")
        if observation.status == "not_planned":
            return NotApplicable(scorer.name, scorer.version, observation.cause)
        if observation.status == "crashed" and observation.control == "fine":
            why = Evidence("log", f"the {probe} probe crashes on this submission, twice, but not on the reference")
            return Score(
                scorer.name,
                scorer.version,
                0.0,
                0,
                1,
                "probe runs",
                (why,),
                (BREAKS_PROBE,),
                {"cause": observation.cause},
            )
        if observation.status != "measured":
            # A probe may know better than "infrastructure": a broken load profile is the task's fault.
            blame: Blame = observation.facts.get("blame", "infrastructure")
            return Unmeasured(scorer.name, scorer.version, blame, f"{probe}: {observation.cause}")
        if observation.unsettled:
            return Unmeasured(scorer.name, scorer.version, "infrastructure", _left_unrun(probe, observation))
    result = scorer.score(task, observations, reference)
    return _with_cuts(result, [observations[probe] for probe in scorer.probes])


def _left_unrun(probe: str, observation: Observation) -> str:
    """A cut that the reference does not settle: what did not run is nobody's lost point."""
    beside = {"slow": "the reference came near a limit too", "crashed": "the reference did not come through either"}
    why = beside.get(observation.control, "no control was run")
    cuts = observation.cuts
    return f"{probe}: {len(cuts)} left unrun ({why}); first: {cuts[0]}"


def _with_cuts(result: ScoreResult, seen: Sequence[Observation]) -> ScoreResult:
    """The score, with the limits named that ended something of the submission's own making."""
    cuts = [cut for observation in seen for cut in observation.cuts]
    if not isinstance(result, Score) or not cuts:
        return result
    told = tuple(
        Evidence("log", f"ended by our {cut}", "the reference, run now, needs less than a third of it")
        for cut in cuts[:CUTS_TOLD]
    )
    return replace(result, evidence=(*result.evidence, *told))


def required_scorers(requirements: Requirements) -> tuple[str, ...]:
    """Scorers without which `accepted` cannot be decided for this task."""
    needed = ["acceptance"]
    if requirements.p95_ms is not None or requirements.error_share is not None:
        needed.append("load")
    if requirements.confirmed_critical is not None:
        needed.append("attacks")
    return tuple(needed)


def _answers(requirements: Requirements, scores: Mapping[str, ScoreResult], files: int) -> list[Answer]:
    answers = [_acceptance(requirements.acceptance_share, scores.get("acceptance"))]
    if requirements.p95_ms is not None:
        answers.append(_verdict(scores.get("load"), "p95_verdict", f"p95 <= {requirements.p95_ms:g} ms"))
    if requirements.error_share is not None:
        answers.append(
            _verdict(scores.get("load"), "error_verdict", f"failed requests <= {100 * requirements.error_share:g}%")
        )
    if requirements.confirmed_critical is not None:
        answers.append(_criticals(requirements.confirmed_critical, scores.get("attacks")))
    if requirements.max_files is not None:
        ok = files <= requirements.max_files
        answers.append(("yes" if ok else "no", f"{files} files of at most {requirements.max_files}"))
    return answers


def _acceptance(share: float, result: ScoreResult | None) -> Answer:
    if not isinstance(result, Score):
        return _without_figure("hidden acceptance", result)
    ok = result.total > 0 and result.value >= share
    return (
        "yes" if ok else "no",
        f"{result.passed:g} of {result.total:g} hidden acceptance tests, {100 * share:g}% required",
    )


def _verdict(result: ScoreResult | None, key: str, what: str) -> Answer:
    if not isinstance(result, Score) or BREAKS_PROBE in result.flags:
        return _without_figure(what, result)
    verdict = str(result.metrics.get(key, "inconclusive"))
    answer: Accepted = "yes" if verdict == "pass" else "no" if verdict == "fail" else "undetermined"
    return (answer, f"{what}: {verdict}")


def _criticals(limit: int, result: ScoreResult | None) -> Answer:
    if not isinstance(result, Score) or BREAKS_PROBE in result.flags:
        return _without_figure("confirmed critical vulnerabilities", result)
    found, untried = (int(result.metrics.get(key, 0)) for key in ("confirmed_critical", "critical_untried"))
    if found <= limit and untried:
        return ("undetermined", f"{untried} critical attacks could not be tried, {found} were confirmed")
    return ("yes" if found <= limit else "no", f"{found} confirmed critical vulnerabilities, at most {limit} allowed")


def _without_figure(what: str, result: ScoreResult | None) -> Answer:
    """Undetermined, but for a submission that breaks the probe: what cannot be asked of it is not delivered."""
    match result:
        case Score():
            return ("no", f"{what}: the probe crashes on this submission, twice, but not on the reference")
        case Unmeasured(cause=cause) | NotApplicable(reason=cause):
            return ("undetermined", f"{what}: {cause}")
    return ("undetermined", f"{what}: its scorer is not part of this run")


def _all(answers: Sequence[Answer]) -> Accepted:
    verdicts = {answer for answer, _ in answers}
    return "no" if "no" in verdicts else "undetermined" if "undetermined" in verdicts else "yes"
