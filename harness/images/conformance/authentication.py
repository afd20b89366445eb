"""Gets the token with which the contract is tested, by the rule under `x-harness-auth` in the task's contract.

    x-harness-auth: {scheme: bearerAuth, env: API_TOKENS, split: ",", fields: "name:token", pick: 0, use: token}
    x-harness-auth: {scheme: bearerAuth, use: token, setup: [
        {method: POST, path: /register, json: {email: "{word}@example.org", password: "{hex:12}"}, expect: [201]},
        {method: POST, path: /login, json: {…}, expect: [200], save: {token: access_token}}]}

Strings may hold {hex:N}, {word}, {int:a:b}, {env:NAME} and {field}; `let: {email: "{word}@example.org"}` names values
used by several requests; `save` maps a field to a dotted path in the answer. It refuses to guess: a rule that cannot be
carried out gives no token and says why, and the operations that need one then earn nothing.
"""

import random
import re
from typing import Any

from harness_probe.client import Client
from harness_probe.transport import ServiceError

RULE = "x-harness-auth"
PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::([^{}:]+))?(?::([^{}:]+))?\}")
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "jetty")


class AuthFailed(Exception):
    """The service did not give a token; the message is one sentence."""


class RuleBroken(Exception):
    """The rule itself cannot be carried out: the task's fault."""


def obtain(rule: dict[str, Any], environment: dict[str, str], client: Client, seed: int) -> dict[str, str]:
    """{scheme name: token}. Raises AuthFailed or RuleBroken."""
    if not isinstance(rule, dict) or not isinstance(rule.get("scheme"), str):
        raise RuleBroken(f"{RULE}: key scheme is missing, expected the name of a security scheme")
    rng = random.Random(f"authentication:{seed}")
    fields: dict[str, str] = {}
    if "env" in rule:
        fields = _record(rule, environment)
    for name, template in (rule.get("let") or {}).items():
        fields[name] = str(fill(template, fields, environment, rng))
    for request in rule.get("setup") or ():
        _carry_out(request, fields, environment, client, rng)
    use = rule.get("use", "token")
    if use not in fields:
        raise RuleBroken(f"{RULE}: key use is {use!r}, but only {sorted(fields)} are known")
    return {rule["scheme"]: fields[use]}


def _record(rule: dict[str, Any], environment: dict[str, str]) -> dict[str, str]:
    value = environment.get(rule["env"])
    if not value:
        raise RuleBroken(f"{RULE}: environment variable {rule['env']!r} is empty or not given to the service")
    records = value.split(rule["split"]) if rule.get("split") else [value]
    names = str(rule.get("fields", "token")).split(":")
    return dict(zip(names, records[int(rule.get("pick", 0)) % len(records)].split(":", len(names) - 1), strict=False))


def _carry_out(
    request: dict[str, Any], fields: dict[str, str], environment: dict[str, str], client: Client, rng: random.Random
) -> None:
    shown = f"{request['method']} {request['path']}"
    options = {
        key: fill(request[key], fields, environment, rng) for key in ("headers", "json", "content") if key in request
    }
    try:
        answer = client.request(request["method"], fill(request["path"], fields, environment, rng), **options)
        body = answer.json() if request.get("save") else None
    except (ServiceError, AssertionError) as error:
        raise AuthFailed(f"{shown}: {error}") from None
    if answer.status_code not in request.get("expect", [200, 201, 204]):
        raise AuthFailed(f"{shown}: answered {answer.status_code}, expected one of {request.get('expect')}")
    for name, path in (request.get("save") or {}).items():
        found = body
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, (str, int)):
            raise AuthFailed(f"{shown}: the answer has no text or number at {path!r}")
        fields[name] = str(found)


def fill(template: Any, fields: dict[str, str], environment: dict[str, str], rng: random.Random) -> Any:
    """The template with its placeholders replaced, recursively; a string that is one {int:a:b} becomes a number."""
    if isinstance(template, dict):
        return {key: fill(value, fields, environment, rng) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, fields, environment, rng) for value in template]
    if not isinstance(template, str):
        return template
    whole = PLACEHOLDER.fullmatch(template)
    if whole and whole[1] == "int":
        return _value(whole, fields, environment, rng)
    return PLACEHOLDER.sub(lambda match: str(_value(match, fields, environment, rng)), template)


def _value(match: re.Match[str], fields: dict[str, str], environment: dict[str, str], rng: random.Random) -> str | int:
    word, first, second = match.groups()
    if word == "hex":
        return "".join(rng.choice("0123456789abcdef") for _ in range(int(first or 8)))
    if word == "int":
        return rng.randint(int(first or 0), int(second or 9))
    if word == "word":
        return f"{rng.choice(WORDS)}{rng.randrange(10**6)}"
    known = environment if word == "env" else fields
    name = first if word == "env" else word
    if name is None or name not in known:
        raise RuleBroken(f"{RULE}: placeholder {match[0]!r} is not known; known fields are {sorted(fields)}")
    return known[name]
