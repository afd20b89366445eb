"""Where words go: progress and logs to stderr, results to stdout.

Refuses colour when NO_COLOR or CI is set or nobody watches; never fails because nobody listens.
"""

import contextlib
import os
import sys


def note(line: str) -> None:
    """One line of progress on stderr."""
    with contextlib.suppress(OSError, ValueError):  # closed stderr must not end a run
        print(line, file=sys.stderr, flush=True)


def out(text: str) -> None:
    """Result text on stdout. A closed stdout is harmless: everything that counts is on disk."""
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def live_terminal() -> bool:
    """True when stderr is a person's terminal that may be redrawn."""
    watched = hasattr(sys.stderr, "isatty") and sys.stderr.isatty()
    return bool(watched) and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
