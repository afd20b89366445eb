"""The second record of what ran: every statement reports itself, under a name and to a file drawn at random.

Refuses to use coverage.py for the record itself, so that data forged for one is not believed by the other.
"""

from dataclasses import dataclass, field

from bench import Bench, Outcome
from rewrite import with_witness

MAX_TRAIL_BYTES = 30_000_000


@dataclass
class Trail:
    """Lines seen per file, and for each the tests that ran it; None = any test may (import, shared set-up, a child)."""

    lines: dict[str, set[int]] = field(default_factory=dict)
    tests: dict[tuple[str, int], set[str] | None] = field(default_factory=dict)

    def add(self, place: tuple[str, int], test: str | None) -> None:
        """One report of one statement."""
        self.lines.setdefault(place[0], set()).add(place[1])
        known = self.tests.setdefault(place, set())
        if test is None:
            self.tests[place] = None
        elif known is not None:
            known.add(test)

    def tests_of(self, file: str, line: int) -> set[str] | None:
        """Tests to run for a fault on that line; None = all of them, also for lines the witness cannot see."""
        return self.tests.get((file, line)) or None


def witness(bench: Bench, limit_s: float) -> tuple[Outcome, Trail]:
    """Run the suite once on sources that report every statement.

    Everything but the sources is like in the first run, so that the tests cannot tell the two apart by it.
    """
    side = bench.side()
    places: list[tuple[str, int]] = []

    def number(file: str, line: int) -> int:
        places.append((file, line))
        return len(places) - 1

    bench.reset()
    for source in bench.suite.sources:
        text = (bench.app / source).read_text("utf-8", "replace")
        bench.write([(source, with_witness(text, side.witness, lambda line, file=source: number(file, line)))])
    outcome = bench.run(limit_s, side, "the suite before a witness")
    order = [str(test) for test in (outcome.report or {}).get("order", [])]
    return outcome, read_trail(side.path.read_bytes()[:MAX_TRAIL_BYTES] if side.path.exists() else b"", places, order)


def read_trail(content: bytes, places: list[tuple[str, int]], order: list[str]) -> Trail:
    """Words: `12` statement 12 ran in this test, `*12` in a child process, `#3` test 3 begins, `#` shared set-up."""
    trail, current = Trail(), None
    for word in content.split():
        if word.startswith(b"#"):
            number = word[1:]
            current = order[int(number)] if number.isdigit() and int(number) < len(order) else None
        elif (digits := word.lstrip(b"*")).isdigit() and int(digits) < len(places):
            trail.add(places[int(digits)], None if word.startswith(b"*") else current)
    return trail
