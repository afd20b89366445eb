"""Loads a task folder `tasks/<id>/` into one validated value.

Refuses half a task: every file a trial depends on is read here, once, and covered by the task's digest.
"""

from pathlib import Path

from harness.config.mutants import load_mutants
from harness.documents import digest_of, read_text, read_toml, read_yaml, tree_bytes, validate
from harness.errors import UsageError
from harness.model.task import Limits, Requirements, Task


def load_task(folder: Path) -> Task:
    """The task in `folder`; UsageError names the file and key that is wrong."""
    if not (folder / "task.toml").is_file():
        raise UsageError("no_such_task", f"no such task: {folder.name!r} ({folder}/task.toml); see `harness task list`")
    toml = read_toml(folder / "task.toml", "task")
    if toml["id"] != folder.name:
        raise UsageError("invalid_input", f"{folder}/task.toml: key id is {toml['id']!r}, expected the folder's name")
    contract = read_yaml(folder / "openapi.yaml")
    if not isinstance(contract, dict) or not contract.get("paths"):
        raise UsageError("invalid_input", f"{folder}/openapi.yaml: expected an OpenAPI document with paths")
    load = read_toml(folder / "load.toml", "load")
    validate(load, "load", f"{folder}/load.toml")
    solution = _required_tree(folder / "solution")
    return Task(
        id=toml["id"],
        title=toml["title"],
        family=toml["family"],
        digest=_digest(folder),
        languages=tuple(toml["languages"]),
        capabilities=tuple(toml.get("capabilities", ())),
        readiness_path=toml["readiness"],
        limits=Limits(**toml.get("limits", {})),
        requirements=Requirements(**toml["requirements"]),
        environment=dict(toml.get("environment", {})),
        instruction=read_text(folder / "instruction.md"),
        contract=contract,
        contract_yaml=(folder / "openapi.yaml").read_bytes(),
        load=load,
        starter=tree_bytes(folder / "starter"),
        solution=solution,
        acceptance_tests=_required_tree(folder / "tests"),
        attacks=tree_bytes(folder / "attacks"),
        variants={p.name: tree_bytes(p) for p in _folders(folder / "variants")},
        mutants=load_mutants(folder, solution),
        measures=tuple(toml.get("measures", ())),
        template_schema=dict(toml.get("template", {})),
    )


def list_tasks(root: Path) -> tuple[str, ...]:
    """Ids of the task folders below `root`, sorted."""
    return tuple(sorted(p.parent.name for p in root.glob("*/task.toml")))


def _folders(parent: Path) -> list[Path]:
    return sorted(p for p in parent.iterdir() if p.is_dir()) if parent.is_dir() else []


def _required_tree(folder: Path) -> dict[str, bytes]:
    files = tree_bytes(folder)
    if not files:
        raise UsageError("invalid_input", f"{folder}: empty or missing; every task has one with at least one file")
    return files


def _digest(folder: Path) -> str:
    """What a trial depends on; what only proves the task can change without making old results stale."""
    apart = ("mutants/", "variants/", "independent/", "anchors.lock.json")
    return digest_of((name, content) for name, content in tree_bytes(folder).items() if not name.startswith(apart))
