"""A Procfile: the command that starts the service, and the one that runs before it, each a line for `/bin/sh -c`.

Refuses a file that cannot be read as one; a command that the shell cannot run fails in the container, with its log.
Pure. Format: https://devcenter.heroku.com/articles/procfile
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import SubmissionRefused

_MAX_BYTES = 10_000
_LINE = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*:(.*)$")

# The line's own shell may end at SIGTERM while what it started is still closing its connections; the container lives
# as long as this one does. So when it has been told to stop, it waits until nobody else is left: three processes are
# ours (init, timeout, this shell). The sandbox kills after its grace period in any case.
_RUN = (
    "trap 'told=1' TERM INT; "
    '/bin/sh -c "$1"; code=$?; '
    'while [ -n "$told" ]; do set -- /proc/[0-9]*; [ $# -gt 3 ] || break; sleep 0.05; done; '
    'exit "$code"'
)


@dataclass(frozen=True)
class Procfile:
    """`web` is None when no line starts with it; `release` likewise. `notes` are sentences for the trial's record."""

    web: str | None = None
    release: str | None = None
    notes: tuple[str, ...] = ()


def read_procfile(files: Mapping[str, bytes]) -> Procfile:
    """The submission's Procfile; an empty one when it has none. SubmissionRefused `procfile_invalid`."""
    name = next((name for name in files if "/" not in name and name.casefold() == "procfile"), None)
    if name is None:
        return Procfile()
    content = files[name]
    if len(content) > _MAX_BYTES:
        raise _invalid(f"{len(content)} bytes, expected at most {_MAX_BYTES}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(f"not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8") from error
    if "\0" in text:
        raise _invalid("holds a NUL byte; save it as UTF-8 text")
    commands = _commands(text)
    web, release = _one(commands, "web"), _one(commands, "release")
    notes: tuple[str, ...] = ()
    if web is None:
        others = ", ".join(sorted(commands)) or "none"
        notes = (f"Procfile: no line starts with 'web:' (process types: {others}), so the default start is used",)
    return Procfile(web, release, notes)


def shell_argv(line: str) -> tuple[str, ...]:
    """What runs a line as the service: everything of it gets SIGTERM, and time to end."""
    return ("/bin/sh", "-c", _RUN, "start", line)


def _commands(text: str) -> dict[str, list[str]]:
    """Process type (small letters) -> its lines. What is no `type: command` is passed over, as comments are."""
    commands: dict[str, list[str]] = {}
    for line in re.sub(r"\\\r?\n[ \t]*", " ", text).splitlines():
        match = _LINE.match(line)
        if match:
            commands.setdefault(match[1].casefold(), []).append(match[2].strip())
    return commands


def _one(commands: Mapping[str, list[str]], process: str) -> str | None:
    lines = list(dict.fromkeys(commands.get(process, ())))
    if not lines:
        return None
    if len(lines) > 1:
        raise _invalid(f"{len(lines)} lines start with '{process}:', expected one")
    if not lines[0] or lines[0].startswith("#"):
        raise _invalid(f"the '{process}:' line is empty, expected a command")
    return lines[0]


def _invalid(reason: str) -> SubmissionRefused:
    return SubmissionRefused("procfile_invalid", f"Procfile: {reason}")
