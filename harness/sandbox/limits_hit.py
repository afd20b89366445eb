"""Which of its limits a service ran into, as far as the engine and the service's own log say.

The words of a log are the submission's: they name a limit for whoever reads the record, and decide nothing.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_WORDS: Final[Mapping[str, re.Pattern[bytes]]] = MappingProxyType(
    {
        "pids": re.compile(rb"can't start new thread|[Cc]annot fork|fork: retry|pthread_create|unable to create new"),
        "disk": re.compile(rb"No space left on device|database or disk is full|\bENOSPC\b|[Dd]isk quota exceeded"),
        "descriptors": re.compile(rb"Too many open files|\bEMFILE\b|\bENFILE\b"),
    }
)


def limits_hit(oom_killed: bool, log: bytes, log_truncated: bool) -> tuple[str, ...]:
    """Names among memory, pids, disk, descriptors and log (more was written than is kept)."""
    said = tuple(name for name, words in _WORDS.items() if words.search(log))
    return (*(("memory",) if oom_killed else ()), *said, *(("log",) if log_truncated else ()))
