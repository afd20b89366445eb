"""How a submission without a `web:` line is started: `app.main:app` with uvicorn, as the contract says.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Start:
    """A command, and what the record says of how it was found."""

    argv: tuple[str, ...]
    notes: tuple[str, ...] = ()


def default_start(files: Mapping[str, bytes], requirements: Sequence[str], port: int) -> Start:
    """The command that starts what the files hold."""
    return Start(("python", "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(port)))
