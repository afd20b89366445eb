"""Which requirements rest on times, and cannot be asked of two versions that were measured on different hosts.

Refuses to call a version slower because its machine was: such an endpoint is left open, and blocks nothing either.
"""

from dataclasses import replace

from harness.compare.arms import Arm
from harness.compare.differing import TIMED, other_hosts
from harness.gate.policy import Policy
from harness.model.decision import Reason


def askable(candidate: Arm, baseline: Arm | None, policy: Policy) -> tuple[Policy, tuple[Reason, ...]]:
    """The policy without the endpoints that these sides cannot be compared on, and what is said of those."""
    rule = policy.non_inferiority
    if rule is None or baseline is None or not other_hosts(baseline, candidate):
        return policy, ()
    times = tuple(name for name in rule.endpoints if name in TIMED)
    others = tuple(name for name in rule.endpoints if name not in TIMED)
    left = replace(policy, non_inferiority=replace(rule, endpoints=others) if others else None)
    text = "measured on different hosts, whose times cannot be compared: run both versions on one"
    return left, tuple(Reason("requirement", f"{name}.non_inferiority", "open", f"{name}: {text}") for name in times)
