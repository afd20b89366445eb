"""`transcript.jsonl`: a trial's conversation as uniform events, one JSON object a line, for people and their tools.

    {"event": "asked", "prompt": digest, "system": ..., "user": ...}
    {"event": "tried", "prompt": digest, "try": 1, "status": 429, "error": "rate_limited", ...}
    {"event": "answered", "prompt": digest, "text": ..., "finish_reason": ..., "model": ..., "usage": ..., ...}

Refuses to be read back to decide anything: `reply.json` is what counts. Nothing is redacted here: what an adapter hands
on holds no secret.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from harness.model.jsontypes import JsonObject
from harness.model.submission import Prompt, Reply
from harness.store import atomic


def append(path: Path, prompt: Prompt, reply: Reply) -> None:
    """Add one question and its answer; the file is replaced whole, so that no line is ever torn. StorageFault."""
    earlier = atomic.read_bytes(path, "it was there a moment ago") if atomic.exists(path) else b""
    lines = b"".join(_line(event) for event in _events(prompt, reply))
    if not earlier.endswith(lines):  # the same reply, stored once more, was not asked for once more
        atomic.write_atomic(path, earlier + lines)


def _events(prompt: Prompt, reply: Reply) -> Iterator[JsonObject]:
    yield {"event": "asked", "prompt": prompt.digest, "system": prompt.system, "user": prompt.user}
    for entry in reply.tries:
        yield {"event": "tried", "prompt": prompt.digest, **entry}
    answer = asdict(reply)
    del answer["tries"]
    yield {"event": "answered", "prompt": prompt.digest, **answer}


def _line(event: JsonObject) -> bytes:
    return json.dumps(event, allow_nan=False, ensure_ascii=True).encode("ascii") + b"\n"
