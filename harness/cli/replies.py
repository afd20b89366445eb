"""harness replies read FILE: how a reply is laid out, without running it; replies stamp SUITE: bind authored replies.

    read    every block of the reply in FILE and what became of it; FILE is the text, or a run's stored reply.json
    stamp   write the meta.toml of a suite's authored replies anew, for the present definitions and prompts

Refuses to stamp recorded replies: they answer the prompt they were recorded for. Exit code of `read`: 0 when there are
files, or a follow-up turn would ask for paths; 1 when the reply is refused.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness import plugins
from harness.agents.replay import stamp
from harness.cli.say import out
from harness.config.places import find_suite
from harness.config.suite import Overrides, load_suite
from harness.documents import tree_bytes
from harness.errors import UsageError
from harness.intake.assemble import NO_STARTER
from harness.intake.locate import MAX_REPLY_BYTES
from harness.intake.parse import Parsed, parse_reply
from harness.model.submission import NeedsFollowUp, Refusal, Submission
from harness.prompt.render import render
from harness.report.safe_text import terminal_line
from harness.runner.plan import plan_trials

_LARGEST = 4 * MAX_REPLY_BYTES  # a stored reply is JSON, whose escapes make it longer


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("action", choices=["read", "stamp"], help="read: show a reply's blocks; stamp: see above")
    parser.add_argument("path", type=Path, metavar="FILE|SUITE", help="the reply, or the suite whose replies are meant")
    parser.add_argument("--json", action="store_true", help="read: one JSON object")
    parser.add_argument("--starter", type=Path, metavar="FOLDER", help="read: the project that the task gives")
    parser.add_argument("--finish-reason", default="", metavar="WORD", help="read: as the provider said, e.g. length")


def execute(args: argparse.Namespace) -> int:
    """Read one reply, or stamp every authored reply the suite would play."""
    return _read(args) if args.action == "read" else _stamp(args.path)


def _read(args: argparse.Namespace) -> int:
    text, finish_reason = _reply(args.path)
    starter = NO_STARTER
    if args.starter is not None:
        if not args.starter.is_dir():
            raise UsageError("starter", f"{str(args.starter)!r} is no folder; --starter is a task's starter/")
        starter = tree_bytes(args.starter)
    parsed = parse_reply(text, finish_reason=args.finish_reason or finish_reason, starter=starter)
    out(json.dumps(_document(parsed), ensure_ascii=False) if args.json else "\n".join(_lines(parsed)))
    return 1 if isinstance(parsed, Refusal) else 0


def _reply(path: Path) -> tuple[str, str]:
    """The text in `path` and why it ended; a run's reply.json is opened up."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError("reply_file", f"{str(path)!r} is larger than {_LARGEST} bytes; no reply is")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError("reply_file", f"{str(path)!r} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError("reply_file", f"{str(path)!r} is not UTF-8 (byte {error.start}); expected a reply") from None
    if path.suffix == ".json" and '"prompt_digest"' in text[:500]:
        try:
            stored = json.loads(text)["reply"]
            return str(stored["text"]), str(stored["finish_reason"])
        except (ValueError, KeyError, TypeError, RecursionError):
            pass  # then it is a reply that is JSON, and is read as such
    return text, "stop"


def _document(parsed: Parsed) -> dict[str, Any]:
    document: dict[str, Any] = {"outcome": _WORDS[type(parsed)], "blocks": [asdict(block) for block in parsed.blocks]}
    match parsed:
        case Submission():
            files = [{"path": f.path, "bytes": len(f.content), "executable": f.executable} for f in parsed.files]
            return {**document, "files": files, "flags": parsed.flags, "notes": parsed.notes}
        case NeedsFollowUp():
            return {**document, "reason": parsed.reason, "message": parsed.message}
        case Refusal():
            return {**document, "code": parsed.code, "message": parsed.message}


_WORDS = {Submission: "submission", NeedsFollowUp: "follow_up", Refusal: "refused"}


def _lines(parsed: Parsed) -> list[str]:
    rows = [
        tuple(terminal_line(text) for text in (b.where, b.fate.replace("_", " "), b.path or "-", b.what, b.why))
        for b in parsed.blocks
    ]
    widths = [min(40, max((len(row[n]) for row in rows), default=0)) for n in range(3)]
    lines = []
    for where, fate, path, what, why in rows:
        head = f"{where:<{widths[0]}}  {fate:<{widths[1]}}  {path:<{widths[2]}}"
        lines.append(f"{head}  {what}{f'  ({why})' if why else ''}".rstrip())
    match parsed:
        case Submission():
            lines += [
                "",
                f"{len(parsed.files)} files" + (f", flags: {', '.join(parsed.flags)}" if parsed.flags else ""),
            ]
            for file in parsed.files:
                bit = ", executable" if file.executable else ""
                lines.append(f"  {terminal_line(file.path)}  {len(file.content)} bytes{bit}")
            lines += [terminal_line(f"note: {note}") for note in parsed.notes]
        case NeedsFollowUp():
            lines += ["", f"a follow-up turn would ask for paths: {parsed.reason}"]
        case Refusal():
            lines += ["", terminal_line(f"refused: {parsed.code}: {parsed.message}")]
    return lines


def _stamp(path: Path) -> int:
    suite, _ = load_suite(find_suite(path), plugins.names("scorers"), Overrides())
    tasks = {task.id: task for task in suite.tasks}
    versions = {version.label: version for version in suite.agents if version.adapter == "replay"}
    trials = [trial for trial in plan_trials(suite) if trial.agent_label in versions]
    changed = 0
    for trial in trials:
        version = versions[trial.agent_label]
        changed += stamp(version, trial, render(version.spec, tasks[trial.task_id]))
    out(f"{changed} of {len(trials)} replies stamped anew, the others were up to date")
    return 0
