"""The program `harness`: finds the verb, runs it, and turns every ending into its documented exit code.

Refuses to import anything heavy before the verb is known, so that `--help` answers at once.

Exit codes: 0 done / gate passed · 1 gate failed, a check or doctor failed · 2 usage or invalid input · 3 inconclusive ·
4 infrastructure failures left · 70 harness bug · 130 / 143 interrupted.
"""

import argparse
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from harness import __version__
from harness.cli.interrupts import Interrupted, listen
from harness.cli.say import flush, note, out
from harness.errors import HarnessError, InfrastructureFault, IsolationRefused, UsageError

VERBS = {
    "run": "run a suite",
    "resume": "finish an interrupted run",
    "repeat": "measure a stored trial again and show each point it loses",
    "score": "re-score a run from its stored probe output",
    "compare": "compare agent versions: paired differences, intervals, verdicts",
    "gate": "decide a release by a policy",
    "report": "write a run's report again",
    "view": "browse runs and their evidence in a web page",
    "doctor": "is this machine able to run, and how isolated",
    "clean": "remove what dead runs left behind",
    "task": "list, start or check benchmark tasks",
    "agent": "show what was understood of an agent definition",
    "replies": "show how a reply is read; bind authored replies to the present prompts",
    "bench": "the main job on the built-in suite, held against what was expected",
    "calibrate": "how often a policy is wrong about a version held against itself",
    "perf": "measure the harness itself",
}

EXIT_USAGE, EXIT_INFRASTRUCTURE, EXIT_BUG = 2, 4, 70


class _VerbParser(argparse.ArgumentParser):
    """Says what is wrong in one line, like every other wrong input."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", f"{message}; see `{self.prog} --help`")


def entry() -> NoReturn:
    """Console script."""
    _speak_into_the_void()
    code = main(sys.argv[1:])
    if code > 128:
        os._exit(code)  # interrupted: a thread that still waits for somebody else must not keep us
    sys.exit(code)


def main(argv: list[str]) -> int:
    """Run one command line and return its exit code."""
    if not argv or argv[0] in ("-h", "--help"):
        return _guarded(lambda: _told(_parser().format_help(), 0 if argv else EXIT_USAGE))
    if argv[0] == "--version":
        return _guarded(lambda: _told(f"harness {__version__}", 0))
    if argv[0] not in VERBS:
        print(f"harness: no such command: {argv[0]!r}; commands: {', '.join(VERBS)}", file=sys.stderr)
        return EXIT_USAGE
    listen()
    return _guarded(lambda: _done(argv[0], argv[1:]))


def _told(text: str, code: int) -> int:
    out(text)
    return code


def _done(verb: str, argv: list[str]) -> int:
    module = importlib.import_module(f"harness.cli.{verb}")
    parser = _VerbParser(prog=f"harness {verb}", description=str(module.__doc__).splitlines()[0])
    module.configure(parser)
    try:
        args = parser.parse_args(argv)
    except SystemExit:  # argparse has answered --help
        flush()
        raise
    code: int = module.execute(args)
    flush()
    return code


def _guarded(act: Callable[[], int]) -> int:
    try:
        return act()
    except UsageError as error:
        return _complain(error.message, EXIT_USAGE)
    except (InfrastructureFault, IsolationRefused) as error:
        return _complain(error.message, EXIT_INFRASTRUCTURE, error.detail)
    except Interrupted as interrupt:
        return _complain(
            f"interrupted ({interrupt}); `harness resume` finishes a run that had begun", interrupt.exit_code
        )
    except HarnessError as error:
        return _complain(f"{error.code}: {error.message}", EXIT_BUG, error.detail)
    except Exception:  # noqa: BLE001 - the last resort: a bug of ours, said as such
        return _complain("this is a bug in the harness; please report what follows", EXIT_BUG, traceback.format_exc())


def _complain(message: str, code: int, detail: str = "") -> int:
    note(f"harness: {message}")
    if detail:
        note(detail)
    return code


def _speak_into_the_void() -> None:
    """Give a process that was started without standard streams (`>&-`) empty ones, before files get their numbers.

    And no character is a reason to fail: what a terminal's encoding lacks is escaped.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    verbs = "\n".join(f"  {verb:<9} {what}" for verb, what in VERBS.items())
    return argparse.ArgumentParser(
        prog="harness",
        usage="harness COMMAND [options]     (harness COMMAND --help)",
        description=f"Evaluates the backends that AI agents deliver.\n\n{verbs}",
        epilog="exit codes: 0 done, 1 failed check or gate, 2 usage, 3 inconclusive,\n"
        "            4 infrastructure failures, 70 harness bug, 130/143 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
