"""harness clean: remove containers, volumes and folders that dead runs left behind.

Refuses to touch anything whose owner is still alive, and anything that carries no label of ours.
"""

import argparse
import os

from harness.cli.say import out
from harness.sandbox import clean as cleaning


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def execute(args: argparse.Namespace) -> int:
    """Remove and list."""
    removed = cleaning.clean(os.environ)
    out("\n".join(removed) if removed else "nothing to clean: no leftovers of dead runs")
    return 0
