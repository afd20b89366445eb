"""What was surely found before a limit of ours cut a measurement short that the reference does not settle. Pure.

Refuses to count what the cut may have caused: a test counts as lost here only when the service answered it, and what
was not run is nobody's. So a figure stays Unmeasured, while a `no` that was proven stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model.probe import Observation
from harness.model.task import Requirements


def surely_lost(requirements: Requirements, observations: Mapping[str, Observation]) -> Iterator[str]:
    """One line per requirement that surely failed in an observation whose cuts nothing settles."""
    acceptance, attacks = (_unsettled(observations.get(name)) for name in ("acceptance", "attacks"))
    if acceptance is not None:
        tests = acceptance.facts.get("tests") or []
        failed = [test for test in tests if _answered(test) and not _is_cut(test, acceptance)]
        if tests and (len(tests) - len(failed)) / len(tests) < requirements.acceptance_share:
            share = f"{100 * requirements.acceptance_share:g}% required"
            first = f"{failed[0]['id']}: {str(failed[0].get('message', ''))[:200]}"
            yield f"at least {len(failed)} of {len(tests)} hidden acceptance tests failed, {share}; first: {first}"
    if attacks is not None and requirements.confirmed_critical is not None:
        found = [each for each in attacks.facts.get("attacks") or [] if _is_critical(each)]
        if len(found) > requirements.confirmed_critical:
            allowed = f"at most {requirements.confirmed_critical} allowed"
            yield f"at least {len(found)} confirmed critical vulnerabilities, {allowed}; first: {found[0]['title']}"


def _unsettled(seen: Observation | None) -> Observation | None:
    return seen if seen is not None and seen.status == "measured" and seen.unsettled else None


def _answered(test: Mapping[str, Any]) -> bool:
    """Whether the test failed on an answer of the service, and on nothing that time may have kept away."""
    exchanges = test.get("exchanges") or []
    return test["outcome"] == "failed" and bool(exchanges) and all("error" not in each for each in exchanges)


def _is_cut(test: Mapping[str, Any], seen: Observation) -> bool:
    return any(cut.left == test["id"] or cut.left.startswith(f"{test['id']}:") for cut in seen.cuts)


def _is_critical(attack: Mapping[str, Any]) -> bool:
    return attack.get("result") == "exploited" and attack.get("severity") == "critical"
