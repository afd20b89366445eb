"""harness view: browse runs, their reports and their stored files in a web page.

Refuses to write anything and to be reached from another machine: 127.0.0.1 only. Serves until interrupted.
"""

import argparse
from pathlib import Path

from harness.cli import assembly
from harness.cli.interrupts import Interrupted, insist
from harness.cli.say import note, out
from harness.cli.view_http import ViewServer
from harness.cli.view_site import Site, path_of
from harness.errors import UsageError
from harness.store.reader import find_run

MAX_PORT = 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", nargs="?", help="begin at this run: its folder, its name, or `latest`")
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1 (default 0: any free one)")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")


def execute(args: argparse.Namespace) -> int:
    """Serve; the address is printed on stdout. 128 plus the number of the signal that ended it."""
    runs, first = args.out, "/"
    if args.run is not None:
        root = find_run(args.run, args.out).resolve()
        runs, first = root.parent, path_of(["runs", root.name])
    elif not runs.is_dir() and (runs != assembly.RUNS or runs.exists()):  # the index says how the first run is made
        raise UsageError(
            "no_runs",
            f"--out {str(runs)!r} is no folder; name a folder of runs (`harness run` makes {assembly.RUNS})",
        )
    insist()
    try:
        server = ViewServer(args.port, Site(runs).answer)
    except OSError as error:
        raise UsageError(
            "port_taken", f"--port {args.port}: cannot listen there ({error.strerror}); choose another, or 0 for any"
        ) from None
    try:
        out(f"{server.url}{first}")
        note("reading only, for this machine only; Ctrl-C ends it")
        server.serve_forever()
    except Interrupted as interrupt:
        return interrupt.exit_code
    finally:
        server.server_close()
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; expected 0 to {MAX_PORT}")
    return int(text)
