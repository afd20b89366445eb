"""What a host's other work does to measuring on it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noise:
    """share: of a CPU that a greedy process gets (1 = a quiet host); late_p95_ms: how late a sleeper is woken."""

    share: float
    late_p95_ms: float
