"""Where words go: progress and logs to stderr, results to stdout.

Refuses colour when NO_COLOR or CI is set or nobody watches; never fails because nobody listens. A result that somebody
waits for and does not get (a full disk behind `> FILE`) is another matter: that is said, and is a failure.
"""

import contextlib
import errno
import json
import math
import os
import stat
import sys
from collections.abc import Mapping

from harness.errors import StorageFault


def note(line: str) -> None:
    """One line of progress on stderr."""
    with contextlib.suppress(OSError, ValueError):  # closed stderr must not end a run
        print(line, file=sys.stderr, flush=True)


def out(text: str) -> None:
    """Result text on stdout. A closed stdout is harmless: everything that counts is on disk.

    StorageFault `stdout` when whoever waits for it cannot get it: the disk it goes to is full, or fails.
    """
    _deliver(text if text.endswith("\n") else text + "\n")


def machine(value: object) -> str:
    """A value as one line of JSON that every reader takes: what is no number (a ratio to nothing) is null."""
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple | set | frozenset) else value


def flush() -> None:
    """Send what others (argparse) have left in stdout's buffer, under the rules of `out`."""
    _deliver("")


def _deliver(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):  # what is still buffered would fail again when the process ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, OSError) and not _nobody_listens(error):
            raise StorageFault(
                "stdout",
                f"the result cannot be written to standard output ({error.strerror}); what it goes to is full or fails:"
                " make room, or send it elsewhere, and ask again",
            ) from None


def _nobody_listens(error: OSError) -> bool:
    """A reader that went away, or a terminal that was hung up (EIO, which a file's disk may answer too)."""
    if error.errno == errno.EIO:
        return not stat.S_ISREG(os.fstat(1).st_mode)
    return error.errno in (errno.EPIPE, errno.ECONNRESET, errno.EBADF)


def live_terminal() -> bool:
    """True when stderr is a person's terminal that may be redrawn."""
    watched = hasattr(sys.stderr, "isatty") and sys.stderr.isatty()
    return bool(watched) and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
