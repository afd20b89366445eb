"""One probe's folder: the bytes it brought back, its output document and the facts read from it.

Refuses to return bytes that are not the ones that were stored: sizes and digests are checked on the way in.
"""

import hashlib
import os
import threading
from pathlib import Path

from harness.errors import UsageError
from harness.model.probe import Observation, ProbeOutput
from harness.store import atomic, codec
from harness.store.documents import corrupt, decode, encode
from harness.store.layout import ProbePaths, ProbesPaths

_RESTORE = "restore it from a copy, or remove this trial's folder and let `harness resume` measure it again"


def output_name(output: ProbeOutput) -> str:
    """`<probe>` for the submission, `<probe>@<target>` for a control."""
    return output.probe if output.target == "submission" else f"{output.probe}@{output.target}"


def save(paths: ProbesPaths, name: str, output: ProbeOutput, observation: Observation) -> None:
    """Store both in the folder `name`, which appears whole; an earlier measurement is kept as `<name>~<n>`."""
    final = paths.probe(name).root
    staging = ProbePaths(paths.root / f".{final.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    data, blobs = codec.output_to_json(output)
    files = {file: {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()} for file, raw in blobs.items()}
    blobs["output.json"] = encode("output", {"output": data, "files": files})
    blobs["observation.json"] = encode("observation", codec.to_json(observation))
    atomic.remove_tree(staging.root)
    atomic.make_folder(staging.root)
    with atomic.storage_errors(final, "write"):
        for file, raw in blobs.items():
            atomic.write_synced(staging.root / file, raw)
        atomic.sync_folder(staging.root)
        _set_aside(final)
        staging.root.rename(final)
        atomic.sync_folder(paths.root)


def names(paths: ProbesPaths) -> tuple[str, ...]:
    """Names of the stored outputs, sorted; earlier measurements and half-written folders are left out."""
    return tuple(name for name in atomic.list_names(paths.root) if "~" not in name)


def load_output(paths: ProbePaths) -> ProbeOutput:
    """The stored output; UsageError when any of its files is not what was written."""
    document = decode("output", atomic.read_bytes(paths.output, _RESTORE), paths.output)
    blobs = {name: _blob(paths.root / name, expected) for name, expected in document["files"].items()}
    try:
        return codec.output_from_json(document["output"], blobs)
    except codec.Unreadable as error:
        raise corrupt("output", paths.output, str(error)) from error


def load_observation(paths: ProbePaths) -> Observation:
    """The stored facts."""
    document = decode("observation", atomic.read_bytes(paths.observation, _RESTORE), paths.observation)
    try:
        return codec.observation_from_json(document)
    except codec.Unreadable as error:
        raise corrupt("observation", paths.observation, str(error)) from error


def _blob(path: Path, expected: dict[str, object]) -> bytes:
    raw = atomic.read_bytes(path, _RESTORE)
    if len(raw) != expected["size"] or hashlib.sha256(raw).hexdigest() != expected["sha256"]:
        raise UsageError(
            "store_corrupt",
            f"{str(path)!r} is not what was stored: {len(raw)} bytes, expected {expected['size']} with sha256 "
            f"{expected['sha256']}; {_RESTORE}",
        )
    return raw


def _set_aside(final: Path) -> None:
    """Move an earlier measurement away; renames only, so that a kill leaves it under one of the two names."""
    if not final.exists():
        return
    number = 1
    while (aside := final.with_name(f"{final.name}~{number}")).exists():
        number += 1
    final.rename(aside)
