"""Requests at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def at_once(actions: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    """Run the requests on `threads` threads; their responses in the order given."""
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]
