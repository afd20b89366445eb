"""Shows a run while it goes on: a small live table on a terminal, plain lines elsewhere.

Refuses to matter: whatever happens to the display, the run and its files are the same.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.cli.say import live_terminal, note
from harness.model.trial import Trial, Void
from harness.report.safe_text import terminal_line
from harness.runner.execute import Event, Listener


@contextmanager
def progress(planned: int) -> Iterator[Listener]:
    """A listener for the run's events, showing `planned` trials."""
    if live_terminal():
        table = _LiveTable(planned)
        with table.live:
            yield table.hear
    else:
        yield _PlainLines(planned).hear


class _Reasons:
    """Why trials ended void, each reason once: a provider that refuses one question refuses them all."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def untold(self, event: Event) -> tuple[str, ...]:
        """The line that says why this trial is void, unless it was said before or the user's interrupt says it."""
        outcome = event.record.outcome if event.record else None
        if not isinstance(outcome, Void) or outcome.code == "interrupted":
            return ()
        reason = outcome.code if outcome.blame == "cancelled" else outcome.message  # a cap's message holds sums
        if reason in self._told:
            return ()
        self._told.add(reason)
        return (f"    {terminal_line(f'{outcome.code}: {outcome.message}')}",)


class _PlainLines:
    """One line per trial begun, retried and finished."""

    def __init__(self, planned: int) -> None:
        self._planned = planned
        self._done = 0
        self._reasons = _Reasons()
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """A line on stderr."""
        with self._lock:
            self._done += event.kind == "finished"
            if event.kind != "phase":
                note(f"[{self._done}/{self._planned}] {event.trial.name}: {terminal_line(event.detail or event.kind)}")
            for line in self._reasons.untold(event):
                note(line)


class _LiveTable:
    """Running trials with their stage and age; finished ones scroll by above."""

    def __init__(self, planned: int) -> None:
        self._planned = planned
        self._done = 0
        self._reasons = _Reasons()
        self._running: dict[Trial, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._console = Console(stderr=True)
        self.live = Live(get_renderable=self._render, console=self._console, refresh_per_second=4, transient=True)

    def hear(self, event: Event) -> None:
        """Update what is shown."""
        with self._lock:
            if event.kind == "finished":
                self._running.pop(event.trial, None)
                self._done += 1
                for line in (f"  {event.trial.name}: {event.detail}", *self._reasons.untold(event)):
                    self.live.console.print(Text(line))
            elif event.kind == "retry":
                self.live.console.print(Text(f"  {event.trial.name}: {terminal_line(event.detail)}"))
            else:
                self._running[event.trial] = (event.detail or event.kind, time.monotonic())

    def _render(self) -> Table:
        with self._lock:
            running = dict(self._running)
            done = self._done
        table = Table(box=None, show_header=False, padding=(0, 2))
        table.add_row(Text(f"{done} of {self._planned} trials done", style="bold"))
        for trial, (stage, since) in running.items():
            table.add_row(Text(trial.name), Text(stage, style="cyan"), Text(f"{time.monotonic() - since:.0f} s"))
        return table
