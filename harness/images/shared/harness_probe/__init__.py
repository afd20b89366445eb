"""What every probe driver shares, and the three words hidden tests may import: exploited, cannot_run, ServiceError.

It refuses to know any particular probe, and it imports nothing but the standard library, so that a driver may be
loaded by any tool's environment.
"""

from harness_probe.transport import ServiceError


class Exploited(BaseException):
    """The attack worked. A BaseException, so that no `except Exception` in an attack can swallow it."""


class CannotRun(BaseException):
    """The attack could not be tried; its result is "unmeasured", never "secure"."""


def exploited(obtained: str) -> None:
    """End the attack as successful; `obtained` says what was got, for the report."""
    raise Exploited(str(obtained)[:2_000])


def cannot_run(why: str) -> None:
    """End the attack as not tried; `why` says what was missing, for the report."""
    raise CannotRun(str(why)[:2_000])


__all__ = ["CannotRun", "Exploited", "ServiceError", "cannot_run", "exploited"]
