"""Exploits that tasks configure: `from harness_probe.attacks import Call, injection, …` (tasks/README.md).

It refuses two answers: "secure" for what was not tried, and "exploited" without saying what was obtained. Each function
starts with a positive control (a legitimate request works, else `cannot_run`), tries, and ends in `exploited(...)`;
returning means that every attempt was answered and none worked. No exploit measures time, and none opens a port.
"""

from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, quoted

__all__ = ["Attempts", "Call", "Send", "controlled", "quoted"]
