"""The environment of a service: what the contract promises, and the task's own values, drawn from the trial's seed.

`{hex:N}` becomes N hexadecimal digits. Refuses any other source of chance: the same seed, variable and position
always give the same digits, so a trial can be run again exactly.
"""

import hashlib
import re
from collections.abc import Mapping

from harness.errors import TaskFault

_PLACEHOLDER = re.compile(r"\{hex:(\d{1,4})\}")
RESERVED = ("PORT", "DATABASE_URL", "REDIS_URL", "PATH", "HOME")
PORT = "8000"
DATABASE_URL = "sqlite:////data/app.db"


def service_environment(environment: Mapping[str, str], seed: int) -> dict[str, str]:
    """All variables of the submission contract: what every service gets, and what this task names, resolved."""
    return {"PORT": PORT, "DATABASE_URL": DATABASE_URL, **resolve_environment(environment, seed)}


def resolve_environment(environment: Mapping[str, str], seed: int) -> dict[str, str]:
    """Replace every placeholder. Raises TaskFault for a variable that the submission contract already gives."""
    taken = sorted(set(environment) & set(RESERVED))
    if taken:
        raise TaskFault(
            "environment_reserved",
            f"task.toml [environment]: {taken[0]!r} is set by the submission contract; choose another name",
        )
    return {name: _resolve(name, text, seed) for name, text in environment.items()}


def _resolve(name: str, text: str, seed: int) -> str:
    count = 0

    def draw(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        digits = int(match.group(1))
        return hashlib.shake_256(f"{seed}:{name}:{count}".encode()).hexdigest((digits + 1) // 2)[:digits]

    return _PLACEHOLDER.sub(draw, text)
