"""Turns the text of a task's load profile into concrete requests: placeholders, pools, weights. Pure.

It refuses to send anything and to read a clock, a file or an environment variable: the same seed and the same pools
give the same requests. An unknown placeholder or pool is a ScenarioError that names the operation: the task is at
fault.

Placeholders in strings: {field} of the chosen record, {int:a:b} (inclusive), {word} (8 lower-case letters), {hex:N},
{env:NAME}. A string that is exactly {int:a:b} becomes an integer, and one that is exactly {field} keeps the field's
JSON type, except in paths and headers, where everything is text; in paths values are percent-encoded.
"""

import json
import random
import re
import string
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)((?::[^{}:]*)*)\}")
VALUE_CAP = 8_000  # characters of a saved value: it goes into paths and headers, and is kept for every record
Record = Mapping[str, Any]
Pools = dict[str, list[Record]]


class UnusableValue(Exception):
    """A value that a service answered cannot be sent back to it in a request: the answer is at fault."""


class ScenarioError(Exception):
    """The load profile cannot be turned into requests; the message names operation and placeholder."""


@dataclass(frozen=True)
class Request:
    """One request, ready to send. `echo`: (dotted path, text) of the record that was asked for. `answers`: status ->
    what the contract demands of the body, see harness/probes/answer_shapes.py."""

    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    expect: tuple[int, ...]
    echo: tuple[str, str] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


class Renderer:
    """Fills placeholders for one operation from one record, one generator and the service's environment."""

    def __init__(self, operation: str, rng: random.Random, record: Record, env: Mapping[str, str]) -> None:
        self._operation, self._rng, self._record, self._env = operation, rng, record, env

    def text(self, template: str, in_path: bool = False) -> str:
        """The template with every placeholder replaced by text."""

        def one(match: re.Match[str]) -> str:
            value = str(self._value(match))
            return urllib.parse.quote(value, safe="") if in_path else value

        return PLACEHOLDER.sub(one, template)

    def value(self, template: Any) -> Any:
        """The same for a JSON value, at any depth."""
        if isinstance(template, str):
            whole = PLACEHOLDER.fullmatch(template)
            return self._value(whole) if whole else self.text(template)
        if isinstance(template, Mapping):
            return {key: self.value(item) for key, item in template.items()}
        if isinstance(template, Sequence):
            return [self.value(item) for item in template]
        return template

    def _value(self, match: re.Match[str]) -> Any:
        name, arguments = match[1], match[2].split(":")[1:]
        try:
            if name == "int" and len(arguments) == 2:
                return self._rng.randint(int(arguments[0]), int(arguments[1]))
            if name == "hex" and len(arguments) == 1:
                return "".join(self._rng.choices("0123456789abcdef", k=int(arguments[0])))
            if name == "env" and len(arguments) == 1:
                return self._env[arguments[0]]
            if name == "word" and not arguments:
                return "".join(self._rng.choices(string.ascii_lowercase, k=8))
            if not arguments:
                return self._record[name]
        except (KeyError, ValueError):
            pass
        known = ", ".join(sorted(self._record)) or "none"
        raise ScenarioError(
            f"load.toml, {self._operation}: cannot fill {match[0]!r}; fields of the record: {known}; "
            "other placeholders: {int:a:b}, {word}, {hex:N}, {env:NAME}"
        )


def record_pools(blocks: Sequence[Mapping[str, Any]], env: Mapping[str, str]) -> Pools:
    """Pools parsed from environment values, e.g. "alice:t1,bob:t2" with split "," and fields "name:token"."""
    pools: Pools = {}
    for block in blocks:
        if block["env"] not in env:
            raise ScenarioError(f"load.toml, records of pool {block['pool']!r}: no environment value {block['env']!r}")
        names = block["fields"].split(":")
        for text in filter(None, env[block["env"]].split(block["split"])):
            values = text.split(":", len(names) - 1)
            if len(values) != len(names):
                raise ScenarioError(f"load.toml, records of pool {block['pool']!r}: expected {block['fields']!r}")
            pools.setdefault(block["pool"], []).append(dict(zip(names, values, strict=True)))
    return pools


def render(
    block: Mapping[str, Any],
    operation: str,
    rng: random.Random,
    record: Record,
    env: Mapping[str, str],
    echo: Mapping[str, str] | None = None,
) -> Request:
    """One request of a [[setup]] or [[mix]] block. `echo` maps fields to the dotted path they were saved from."""
    fill = Renderer(operation, rng, record, env)
    headers = {name: fill.text(value) for name, value in (block.get("headers") or {}).items()}
    body = None
    if "json" in block:
        body = json.dumps(fill.value(block["json"]), separators=(",", ":")).encode()
        headers.setdefault("Content-Type", "application/json")
    expect = tuple(block.get("expect") or range(200, 300))
    return Request(
        operation, block["method"], fill.text(block["path"], in_path=True), headers, body, expect,
        _echo(block, record, echo or {}), block.get("answers") or {},
    )  # fmt: skip


def plan_mix(
    mix: Sequence[Mapping[str, Any]],
    pools: Pools,
    env: Mapping[str, str],
    echo: Mapping[str, str],
    count: int,
    seed: str,
) -> list[Request]:
    """`count` requests drawn by weight. Raises ScenarioError when a pool named by the mix is empty."""
    rng = random.Random(seed)
    weights = [float(block["weight"]) for block in mix]
    requests = []
    for _ in range(count):
        block = rng.choices(mix, weights)[0]
        record = _pick(block.get("pool"), block["name"], pools, rng)
        requests.append(render(block, block["name"], rng, record, env, echo))
    return requests


def _pick(pool: str | None, operation: str, pools: Pools, rng: random.Random) -> Record:
    if pool is None:
        return {}
    if not pools.get(pool):
        raise ScenarioError(f"load.toml, {operation}: pool {pool!r} has no records")
    return rng.choice(pools[pool])


def setup_request(
    block: Mapping[str, Any], name: str, index: int, pools: Pools, env: Mapping[str, str], seed: int
) -> tuple[Request, Record]:
    """Request number `index` of a [[setup]] block and the record it inherits; independent of the others' answers."""
    rng = random.Random(f"{seed}:setup:{name}:{index}")
    record = _pick(block.get("from"), name, pools, rng)
    return render(block, name, rng, record, env), record


def saved(block: Mapping[str, Any], record: Record, answer: Any) -> Record:
    """The record a successful setup request adds: inherited fields plus those saved from the JSON answer.

    Raises KeyError naming the dotted path that the answer lacks, UnusableValue for what no request can carry.
    """
    kept = {name: (path, dotted(answer, path)) for name, path in (block.get("save") or {}).items()}
    for path, value in kept.values():
        text = str(value)
        if len(text) > VALUE_CAP:
            raise UnusableValue(f"the answer's {path!r} is longer than {VALUE_CAP} characters")
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise UnusableValue(f"the answer's {path!r} is no text: {text[:80]!r} has a lone surrogate")
    return {**record, **{name: value for name, (_, value) in kept.items()}}


def dotted(value: Any, path: str) -> Any:
    """`a.0.b` inside a JSON value; list indices are numbers. Raises KeyError naming the whole path."""
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise KeyError(path)
    return value


def _echo(block: Mapping[str, Any], record: Record, echo: Mapping[str, str]) -> tuple[str, str] | None:
    # A path that ends with {field} addresses that very record: its answer must not show another one's identity.
    last = PLACEHOLDER.fullmatch(block["path"].rsplit("/", 1)[-1])
    if last is None or last[1] not in record or last[1] not in echo:
        return None
    return echo[last[1]], str(record[last[1]])


def arrivals(count: int, rate: float, windows: int, seed: str) -> list[float]:
    """Seconds from the start at which requests are due: in each of `windows` equal windows, the same number of uniform
    points (a Poisson process given its count): independent users, yet exactly the stated rate in every window."""
    rng = random.Random(seed)
    length = count / rate / windows
    due: list[float] = []
    for window in range(windows):
        share = count // windows + (1 if window < count % windows else 0)
        due += sorted((window + rng.random()) * length for _ in range(share))
    return due
