"""Probe driver `conformance`: fuzzes the service against the task's contract, then against the one it publishes.

It refuses to fetch the contract it judges by (that one comes with the command) and to trust the published one: it is
fetched with caps, sanitised, and tested apart in a process with its own memory limit.
Parameters and facts: see harness/probes/conformance.py.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

import authentication  # noqa: E402 - needs the line above
import derived  # noqa: E402
import engine  # noqa: E402
import folding  # noqa: E402
import published  # noqa: E402
from harness_probe import fair_clock  # noqa: E402
from harness_probe.client import Client  # noqa: E402
from harness_probe.hidden_tests import user_agent  # noqa: E402
from harness_probe.limits import LIMITS  # noqa: E402
from harness_probe.report import Job, run_probe  # noqa: E402
from harness_probe.secrets_in_force import SecretsInForce  # noqa: E402

CONTRACT = HERE / "files" / "contract.json"
OWN_HARD = ("not_a_server_error", "response_schema_conformance", "content_type_conformance")
OWN_SOFT = ("status_code_conformance",)  # generated descriptions rarely list every error status: shown, not judged
OURS = ("no_answer", "secret_in_answer", "bad_body_accepted", "odd_id")  # hard checks that are not the tool's
OWN_MEMORY_MB = 400
GRACE_S = 2.0
LOOK_S = 0.5  # between two looks at the clock
FETCH_S = 3.0
BROKEN_RULE = "broken rule: "


def work(job: Job) -> dict[str, Any]:
    """All runs of one probe, one after the other on the same service."""
    options = job.parameters
    contract = json.loads(Path(options.get("contract", CONTRACT)).read_text(encoding="utf-8"))
    rule = contract.pop(authentication.RULE, None)
    agent = user_agent(job.seed)
    secrets = SecretsInForce(job.environment)
    client = Client(job.base_url, agent, secrets=secrets)
    fold = folding.Fold(hard=(*engine.HARD, *OURS))
    task = {"spec": contract, "base_url": job.base_url, "user_agent": agent, "examples": int(options["examples"])}
    task["environment"] = job.environment  # whose secrets no answer may repeat
    checks = {"hard": engine.HARD, "soft": engine.SOFT, "phases": engine.PHASES, "headers": {}}
    token = ""
    for seed in options["seeds"]:
        schemes, why = _authenticate(rule, job, client, int(seed))
        token = next(iter(schemes.values()), token)
        if not fold.runs:
            _derived(contract, client, token, float(options["derived_limit_s"]), fold)
        run = fuzz({**task, **checks, "seed": seed, "schemes": schemes}, float(options["seed_limit_s"]), fold)
        _note_limits({**run, "seed": seed}, float(options["seed_limit_s"]))
        fold.runs.append({"seed": seed, "auth": why, **run})
    facts = fold.facts()
    facts["own_spec"] = _own(job, agent, token)
    return facts


def _derived(contract: dict[str, Any], client: Client, token: str, limit_s: float, fold: folding.Fold) -> None:
    """The requests that the tool does not make, on the service while nobody has filled it yet."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    found = derived.Derived(contract, client, headers, limit_s).run()
    leaks = [leaked(entry, contract) for entry in client.leaks]
    fold.add_derived({**found, "failures": [*found["failures"], *leaks]})


def leaked(entry: dict[str, Any], contract: dict[str, Any]) -> dict[str, Any]:
    """An exchange whose answer repeats a secret, as a failure of the operation that it was meant for."""
    path = str(entry["target"]).partition("?")[0].split("/")
    labels = [f"{entry['method']} {template}" for template in contract["paths"] if _fits(template.split("/"), path)]
    identity = {"check": "secret_in_answer", "operation": (labels or ["?"])[0], "status": str(entry["status"])}
    request = {"method": entry["method"], "url": entry["target"], "headers": entry["headers"], "body": entry["body"]}
    answer = {"status": entry["status"], "headers": dict(entry["response_headers"]), "body": entry["response_body"]}
    shown = {"message": f"the answer repeats {entry['leak']}", "request": request, "response": answer}
    return {**identity, **shown, "count": 1, "curl": "", "phase": "derived"}


def _fits(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(a == b or a.startswith("{") for a, b in zip(template, path, strict=True))


def _authenticate(rule: Any, job: Job, client: Client, seed: int) -> tuple[dict[str, str], str]:
    if rule is None:
        return {}, "the contract has no rule: tested without a token"
    try:
        return authentication.obtain(rule, job.environment, client, seed), "token obtained"
    except authentication.AuthFailed as error:
        return {}, f"no token: {error}"
    except authentication.RuleBroken as error:
        return {}, f"{BROKEN_RULE}{error}"


def _own(job: Job, agent: str, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    found = published.fetch(Client(job.base_url, agent, deadline_s=FETCH_S), headers, job.base_url)
    if "spec" not in found:
        return found
    fold = folding.Fold(hard=(*OWN_HARD, "no_answer"))
    checks = {"hard": OWN_HARD, "soft": OWN_SOFT, "phases": ("examples", "coverage", "fuzzing"), "schemes": {}}
    asked = {"spec": found["spec"], "base_url": job.base_url, "user_agent": agent, "headers": headers, "seed": 1}
    examples = {"examples": int(job.parameters["own_examples"]), "memory_mb": OWN_MEMORY_MB}
    run = fuzz({**asked, **checks, **examples}, float(job.parameters["own_limit_s"]), fold)
    return {**found, "run": run, **fold.facts()}


def fuzz(asked: dict[str, Any], limit_s: float, fold: folding.Fold) -> dict[str, Any]:
    """One run in a child process in a throw-away folder; killed after `limit_s` fair seconds. Returns how it went."""
    started, began, clock = time.monotonic(), fair_clock.now(), fair_clock.current()
    shared = {"pass_fds": [] if clock is None else [clock.fd]}
    job = json.dumps({**asked, "clock": clock.told if clock else ""}).encode()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "lines").open("w+b") as out:
        command = [sys.executable, "-I", str(HERE / "fuzz.py")]
        environment = {"HOME": folder, "PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
        pipe = {"stdin": subprocess.PIPE, "stdout": out, "stderr": subprocess.PIPE, **shared}
        with subprocess.Popen(command, cwd=folder, env=environment, **pipe) as child:  # type: ignore[call-overload]
            stderr = _patiently(child, job, began + limit_s)
            timed_out = stderr is None
            if stderr is None:
                stderr = _end(child)
        out.seek(0)
        run = fold.add(out.read(), asked["seed"])
    tail = "" if run["finished"] else stderr[-2_000:].decode("utf-8", "replace")
    took = {"seconds": round(time.monotonic() - started, 3), "fair_s": round(fair_clock.now() - began, 3)}
    return {**run, "timed_out": timed_out, **took, "stderr": tail}


def _patiently(child: "subprocess.Popen[bytes]", job: bytes, deadline: float) -> bytes | None:
    """What it wrote to stderr, None when it did not end in time."""
    said: bytes | None = job
    while True:
        try:
            return bytes(child.communicate(said, timeout=LOOK_S)[1])
        except subprocess.TimeoutExpired:
            said = None  # it may be given once only
            if fair_clock.now() >= deadline:
                return None


def _note_limits(run: dict[str, Any], limit_s: float) -> None:
    """What a run on the task's contract used of our limits; the published description has figures of its own."""
    LIMITS.used(run["fair_s"], limit_s)
    if run["timed_out"]:
        LIMITS.cut("time", limit_s, f"fuzzing with seed {run['seed']}: {', '.join(run['unfinished'])}")
    if run.get("timeouts"):
        left = f"fuzzing with seed {run['seed']}: {run['timeouts']} requests"
        LIMITS.cut("time", engine.REQUEST_TIMEOUT_S, left)


def _end(child: "subprocess.Popen[bytes]") -> bytes:
    """Ask for the last line (how long it has been waiting for the service), then insist."""
    child.terminate()
    try:
        return child.communicate(timeout=GRACE_S)[1]
    except subprocess.TimeoutExpired:
        child.kill()
        return child.communicate()[1]


if __name__ == "__main__":
    sys.exit(run_probe(work))
