"""Child processes to which the tests give an environment of their own are followed like all others.

Refuses to change what a child is told beyond that: our two variables, and our folder first in PYTHONPATH.
"""

import os
import sys
from collections.abc import MutableMapping
from typing import Any


def follow(inherit: str, side: str) -> None:
    """From now on complete the environment of every child: `inherit` is our folder, `side` the value of SUITE_SIDE."""

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event != "subprocess.Popen":  # (executable, args, cwd, env), raised before env is read
            return
        env = details[3]
        if not isinstance(env, MutableMapping) or any(isinstance(key, bytes) for key in env):
            return
        try:
            before = str(env.get("PYTHONPATH", ""))
            if inherit not in before.split(os.pathsep):
                env["PYTHONPATH"] = os.pathsep.join([inherit, *([before] if before else [])])
            env["SUITE_SIDE"] = side
        except Exception:  # noqa: BLE001 - whatever goes wrong in here must not change what a test sees
            return

    sys.addaudithook(hook)


def find_first(roots: list[str]) -> None:
    """Imports start from these folders before anything that is installed, as from an editable install."""
    sys.path[:] = [*roots, *(place for place in sys.path if place not in roots)]
