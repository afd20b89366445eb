"""The environment of a submission's own tests: the service's packages, and those listed for tests.

Refuses to fail a submission over them: what cannot be installed is left out, and a note says so. Only an index that
does not answer, or a fault of ours, is raised.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from packaging.requirements import Requirement

from harness.errors import DependencyRefused
from harness.sandbox.environments import Environment
from harness.sandbox.manifests.packages_for_tests import packages_for_tests
from harness.sandbox.manifests.requirement import RequirementLines

TRIES = 4  # each leaves out the packages that were complained of


class Maker(Protocol):
    """What makes environments (environments.py)."""

    def ensure(self, lines: tuple[str, ...], constraints: tuple[str, ...], *, prerelease: bool) -> Environment: ...


def environment_for_tests(
    maker: Maker, files: Mapping[str, bytes], service: RequirementLines
) -> tuple[Path | None, tuple[str, ...]]:
    """(its folder, notes); None when the tests need nothing that the service has not."""
    wanted = packages_for_tests(files)
    extra = [line for line in wanted.lines if line not in service.lines]
    notes = list(wanted.notes)
    for _ in range(TRIES):
        if not extra:
            break
        try:
            made = maker.ensure(
                (*service.lines, *extra),
                tuple(dict.fromkeys((*service.constraints, *wanted.constraints))),
                prerelease=service.prerelease or wanted.prerelease,
            )
        except DependencyRefused as error:
            blamed = [line for line in extra if _named(line, error.message)] or extra
            extra = [line for line in extra if line not in blamed]
            notes.append(f"for the tests, left out {', '.join(blamed)}: {error.message.strip().splitlines()[-1][:300]}")
        else:
            return made.path, tuple(notes)
    return None, tuple(notes)


def _named(line: str, message: str) -> bool:
    """Does the complaint name this package?"""
    name = re.escape(Requirement(line).name).replace("_", "[-_.]").replace(r"\-", "[-_.]").replace(r"\.", "[-_.]")
    return bool(re.search(rf"(?<![\w.-]){name}(?![\w-])", message, re.IGNORECASE))
