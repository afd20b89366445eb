"""Says what a run may cost before it costs anything, and holds that against the user's cap.

Refuses to begin when the estimate breaks the cap. The estimate is an upper one (replies at their longest); during the
run the adapter keeps to the same cap with what calls really cost.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from harness.cli.say import note
from harness.errors import UsageError
from harness.model.cost import Estimate
from harness.model.suite import Suite
from harness.model.trial import Trial
from harness.ports import Agent, PaidAgent
from harness.prompt.render import render


@dataclass(frozen=True)
class Preview:
    """One line per paid version; `cost_usd` is None when any price is unknown; `paid` is False when nothing is."""

    lines: tuple[str, ...]
    cost_usd: float | None
    paid: bool


def preview(suite: Suite, trials: tuple[Trial, ...], agent_of: Callable[[str], Agent]) -> Preview:
    """What asking every trial's agent may cost; agents that cost nothing (replays) are left out."""
    tasks = {task.id: task for task in suite.tasks}
    lines, costs = [], []
    for version in suite.agents:
        agent = agent_of(version.adapter)
        if not isinstance(agent, PaidAgent):
            continue
        asked = [t for t in trials if t.agent_label == version.label]
        found = [agent.estimate(version, trial, render(version.spec, tasks[trial.task_id])) for trial in asked]
        if found:
            costs.append(_sum(found))
            lines.append(f"{version.label}: {_line(found, costs[-1])}")
    known = [cost for cost in costs if cost is not None]
    return Preview(tuple(lines), round(sum(known), 6) if len(known) == len(costs) else None, bool(costs))


def approve(shown: Preview, cap_usd: float | None, ask: Callable[[str], str] | None) -> None:
    """Print the preview; UsageError when it breaks the cap or the user says no.

    ask: puts a question to the person at the terminal; None when nobody is there, or the answer is known (--yes).
    """
    if not shown.paid:
        return
    for line in shown.lines:
        note(f"cost preview: {line}")
    total = "unknown" if shown.cost_usd is None else f"at most about {shown.cost_usd:.2f} USD"
    note(f"cost preview: total {total}" + (f", cap {cap_usd:g} USD" if cap_usd is not None else ", no cap"))
    if cap_usd is not None and (shown.cost_usd is None or shown.cost_usd > cap_usd):
        raise UsageError(
            "above_cost_cap",
            f"this run may cost {total}, the cap is {cap_usd:g} USD; raise --max-cost-usd, or ask for less:"
            " fewer --tasks, a lower -k, a lower parameters.max_tokens",
        )
    if ask is not None and ask("These calls may cost money. Go on? [y/N] ").strip().lower() not in _YES:
        raise UsageError(
            "not_approved", "not approved; nothing was asked and nothing was spent (--yes goes on unasked)"
        )


_YES = ("y", "yes")


def person() -> Callable[[str], str] | None:
    """How to ask the person at the terminal, None when there is none (a pipe, a job of CI)."""
    there = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")
    return _ask if there else None


def _ask(question: str) -> str:
    with contextlib.suppress(OSError):  # who does not see the question does not say yes
        print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


def _sum(found: list[Estimate]) -> float | None:
    costs = [e.cost_usd for e in found if e.cost_usd is not None]
    return sum(costs) if len(costs) == len(found) else None


def _line(found: list[Estimate], cost_usd: float | None) -> str:
    calls, read, written = (sum(getattr(e, name) for e in found) for name in ("calls", "input_tokens", "output_tokens"))
    price = "price unknown (state --price-in, --price-out)" if cost_usd is None else f"at most about {cost_usd:.2f} USD"
    return (
        f"{found[0].model}, {len(found)} trials, up to {calls} calls, about {read} tokens sent,"
        f" up to {written} received: {price}"
    )
