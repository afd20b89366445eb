"""The `replay` adapter: answers from replies kept on disk, authored or recorded.

Refuses a stale reply (the definition or the prompt has changed since), and refuses to count one reply twice.

    <replies>/<definition file stem>/<task>/<NN>/
        meta.toml     schema, origin = "authored" | "recorded", definition and prompt digests
        reply.json    schema, finish_reason, model, usage; `text`, or `text_file` naming the file beside it
        follow_up.md  the answer to the one follow-up turn, if the dialect needs it
"""

import json
from pathlib import Path
from typing import Any

from harness.documents import read_text, read_toml, validate
from harness.errors import UsageError
from harness.model.agent import AgentVersion
from harness.model.submission import Prompt, Reply, Usage
from harness.model.trial import Trial


class ReplayAgent:
    """Plays kept replies; the attempt's number chooses which."""

    def check(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> None:
        """UsageError when the reply is missing, stale, or the same as an earlier attempt's."""
        folder = reply_folder(version, trial)
        meta = read_meta(folder)
        _refuse_stale(folder, meta, version, prompt)
        text = read_reply(folder, meta).text
        for earlier in range(1, trial.attempt):
            other = folder.parent / f"{earlier:02d}"
            if read_reply(other, read_meta(other)).text == text:
                raise UsageError(
                    "same_reply_twice",
                    f"{folder}: same text as {other.name}; k attempts need k distinct replies: lower -k or record more",
                )

    def reply(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> Reply:
        """The kept reply of this task and attempt."""
        folder = reply_folder(version, trial)
        meta = read_meta(folder)
        _refuse_stale(folder, meta, version, prompt)
        return read_reply(folder, meta)

    def follow_up(self, version: AgentVersion, trial: Trial, prompt: Prompt, reply: Reply, message: str) -> Reply:
        """The kept answer to the follow-up turn; an empty reply when none was kept (intake then lays files out)."""
        path = reply_folder(version, trial) / "follow_up.md"
        text = read_text(path) if path.is_file() else ""
        return Reply(text=text, finish_reason="stop" if text else "missing", origin=reply.origin)


def reply_folder(version: AgentVersion, trial: Trial) -> Path:
    """Where this trial's reply is kept; UsageError when the suite does not say where replies lie."""
    root = version.parameters.get("replies")
    if not isinstance(root, str):
        raise UsageError("no_replies", f"agent {version.spec.name!r}: adapter replay needs parameters.replies = FOLDER")
    return Path(root) / version.spec.stem / trial.task_id / f"{trial.attempt:02d}"


def read_meta(folder: Path) -> dict[str, Any]:
    """`meta.toml`, validated."""
    if not (folder / "meta.toml").is_file():
        raise UsageError("no_reply", _missing(folder))
    return read_toml(folder / "meta.toml", "reply-meta")


def _missing(folder: Path) -> str:
    """Why there is no reply in `folder`, and what to do about it."""
    if (folder / "reply.json").is_file():
        return (
            f"{folder}/meta.toml is missing: the reply beside it is bound to no prompt; `harness replies stamp SUITE`"
        )
    kept = sum(1 for path in folder.parent.glob("[0-9][0-9]*/meta.toml"))
    if kept:
        return f"{folder}: no reply is kept for this attempt; {kept} kept in {folder.parent}: use -k {kept} at most"
    return (
        f"{folder}: no reply is kept for this definition and task; the adapter is `replay`, which only plays kept"
        " replies: `--adapter chat --model MODEL` asks a live model"
    )


def read_reply(folder: Path, meta: dict[str, Any]) -> Reply:
    """`reply.json` with its text, as a Reply."""
    path = folder / "reply.json"
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise UsageError("broken_json", f"{path}: not valid JSON ({error}); fix or record again") from None
    validate(document, "reply", str(path))
    text = document["text"] if "text" in document else read_text(folder / document["text_file"])
    usage = Usage(**document["usage"]) if document.get("usage") else None
    return Reply(
        text=text,
        finish_reason=document.get("finish_reason", "stop"),
        origin=meta["origin"],
        model=document.get("model"),
        usage=usage,
        cost_usd=document.get("cost_usd"),
    )


def stamp(version: AgentVersion, trial: Trial, prompt: Prompt) -> bool:
    """Bind an *authored* reply to the present definition and prompt; True if the stamp changed.

    A recorded reply is never stamped anew: it answers the prompt it was recorded for.
    """
    folder = reply_folder(version, trial)
    path = folder / "meta.toml"
    if not (folder / "reply.json").is_file():
        raise UsageError(
            "no_reply", f"{folder}/reply.json is missing: there is no reply to stamp; write it, or lower the attempts"
        )
    if path.is_file() and read_meta(folder)["origin"] != "authored":
        raise UsageError("recorded_reply", f"{path}: origin is 'recorded'; record it again instead of stamping it")
    text = f'schema = 1\norigin = "authored"\ndefinition = "{version.spec.sha256}"\nprompt = "{prompt.digest}"\n'
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError("cannot_write", f"{path}: cannot be written ({error.strerror}); make it writable") from None
    return True


def _refuse_stale(folder: Path, meta: dict[str, Any], version: AgentVersion, prompt: Prompt) -> None:
    for key, now in (("definition", version.spec.sha256), ("prompt", prompt.digest)):
        if meta[key] != now:
            raise UsageError(
                "stale_reply",
                f"{folder}/meta.toml: key {key} is {meta[key][:8]!r}, now {now[:8]!r}; record the reply again"
                " (an authored one: read it through, then `harness replies stamp SUITE`)",
            )
