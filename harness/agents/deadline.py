"""A total deadline for work that only knows time-outs of its single reads.

Refuses to kill: a thread cannot be. What it works on is closed, and the thread, a daemon, ends at its next read.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], give_up: Callable[[], None]) -> T:
    """What `work` gives or raises; TimeoutError after `seconds` (wall time), when `give_up` has been called.

    A peer that sends one byte now and then (headers included) satisfies every read's time-out for ever; not this.
    """
    values: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            values.append(work())
        except BaseException as error:  # noqa: BLE001 - carried to the caller, who raises it
            errors.append(error)

    thread = threading.Thread(target=run, name="model-call", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        with suppress(Exception):  # closing what is in use may fail in any way; nobody waits for it any more
            give_up()
        raise TimeoutError
    if errors:
        raise errors[0]
    return values[0]
