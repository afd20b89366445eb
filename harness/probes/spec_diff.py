"""Compares the API description that a submission publishes with the task's contract.

It refuses to judge behaviour: it says where the two texts disagree in a way that would mislead a client generated from
the published one. Names of path parameters, descriptions, tags and the order of things are not differences.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.model.jsontypes import JsonObject
from harness.probes.spec_outline import ANY, Outline, outline, same_path

COMPATIBLE = {("integer", "number"), ("any", "any")}
STATUS_CLASS = "XX"


@dataclass(frozen=True)
class Difference:
    """One disagreement.

    kind: missing_operation | extra_operation | missing_parameter | parameter | missing_answer | missing_field | field |
    missing_request_field | extra_required_field | security; `breaking` = a generated client would fail or not know.
    """

    kind: str
    operation: str
    what: str
    breaking: bool = True


def compare_specs(contract: JsonObject, published: JsonObject) -> tuple[Difference, ...]:
    """Differences of `published` from `contract`, in the contract's order, extra operations last."""
    wanted = outline(contract)
    given = {same_path(label): (label, seen) for label, seen in outline(published).items()}
    found: list[Difference] = []
    for label, operation in wanted.items():
        other = given.pop(same_path(label), None)
        if other is None:
            found.append(Difference("missing_operation", label, "is not described"))
        else:
            found += _operation(label, operation, other[1])
    found += [Difference("extra_operation", label, "is not in the contract", False) for label, _ in given.values()]
    return tuple(found)


def covered(contract: JsonObject, published: JsonObject) -> dict[str, str]:
    """Contract label -> label under which the published description has the same operation."""
    given = {same_path(label): label for label in outline(published)}
    return {label: given[same_path(label)] for label in outline(contract) if same_path(label) in given}


def _operation(label: str, wanted: Outline, given: Outline) -> Iterator[Difference]:
    if wanted.secured and not given.secured:
        yield Difference("security", label, "requires a credential by the contract, none is described")
    for name, kind in wanted.parameters.items():
        other = given.parameters.get(name)
        if other is None:
            yield Difference("missing_parameter", label, f"parameter {name} is not described")
        elif not _agree(kind, other):
            yield Difference("parameter", label, f"parameter {name} is {_said(other)}, the contract says {_said(kind)}")
    for path, kind in wanted.request.items():
        other = given.request.get(path)
        if other is None:
            yield Difference("missing_request_field", label, f"request field {path} is not described")
        elif not _agree(kind, other):
            yield Difference("field", label, f"request field {path} is {_said(other)}, the contract says {_said(kind)}")
    for path, kind in given.request.items():
        if kind.endswith("!") and path not in wanted.request and "." not in path:
            yield Difference("extra_required_field", label, f"request field {path} is required, the contract has none")
    yield from _answers(label, wanted.answers, given.answers)


def _answers(
    label: str, wanted: Mapping[str, Mapping[str, str]], given: Mapping[str, Mapping[str, str]]
) -> Iterator[Difference]:
    for status, fields in wanted.items():
        other = given.get(status)
        if other is None:
            success = status.startswith("2")
            if status.endswith(STATUS_CLASS) and any(code[:1] == status[:1] for code in given):
                continue
            yield Difference("missing_answer", label, f"answer {status} is not described", success)
            continue
        if not status.startswith("2"):
            continue  # the shape of errors is free
        for path, kind in fields.items():
            seen = _entry(other, path)
            if seen is None:
                if "." in path and _entry(other, path.rpartition(".")[0]) is None:
                    continue  # its holder has been reported already
                yield Difference("missing_field", label, f"answer {status}: field {path} is not described")
            elif not _agree(kind, seen, required_matters=False):
                text = f"answer {status}: field {path} is {_said(seen)}, the contract says {_said(kind)}"
                yield Difference("field", label, text)


def _entry(fields: Mapping[str, str], path: str) -> str | None:
    """The field under its own name, or where one of the names in its path is an entry of a map."""
    if path in fields:
        return fields[path]
    names = path.split(".")
    as_map = (".".join([*names[:n], ANY, *names[n + 1 :]]) for n in range(len(names)))
    return next((fields[other] for other in as_map if other in fields), "any" if path.endswith(ANY) else None)


def _agree(wanted: str, given: str, required_matters: bool = True) -> bool:
    if required_matters and given.endswith("!") and not wanted.endswith("!"):
        return False  # a client of the contract may leave it out
    one, other = wanted.rstrip("!"), given.rstrip("!")
    if "any" in (one, other) or one == other:
        return True
    return bool(set(one.split("|")) & set(other.split("|"))) or (other, one) in COMPATIBLE


def _said(kind: str) -> str:
    return f"{kind.rstrip('!')}, required" if kind.endswith("!") else kind
