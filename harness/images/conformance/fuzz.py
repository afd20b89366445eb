"""One run of schemathesis in a process of its own: job on stdin, one JSON line per finished scenario on stdout.

It refuses to judge and to outlive its limits: the driver kills it at the deadline and keeps the lines it got, so a
service that hangs costs the rest of one run, not the probe. Its exit code means nothing; the line "end" does.

Lines: {"started": label} · {"scenario": {"label", "operations": {label: {"statuses": {code: n}, "checks": n}},
"failures": […]}} · {"error": {"operation", "kind", "message"}} · {"end": {"stop", "requests", "waited_s",
"sequence_sha256", …}} · {"stopped": {"requests", "waited_s"}} when the driver's patience ended
"""

import hashlib
import json
import os
import resource
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

import capped  # noqa: E402 - needs the line above
import schemathesis  # noqa: E402
from engine import configuration  # noqa: E402
from harness_probe import fair_clock  # noqa: E402
from harness_probe.secrets_in_force import SecretsInForce  # noqa: E402
from schemathesis.config import SchemathesisConfig  # noqa: E402
from schemathesis.engine import events, from_schema  # noqa: E402
from schemathesis.engine.recorder import ScenarioRecorder  # noqa: E402

TEXT_CAP = 4_000  # characters of a body, message or curl line kept as evidence


class Sequence:
    """Digest over what was sent, in order: two runs sent the same if and only if the digests are equal."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.requests = 0

    def add(self, method: str, url: str, body: bytes | None) -> None:
        self.requests += 1
        self._hash.update(f"{method} {url}\0".encode("utf-8", "surrogatepass") + (body or b"") + b"\0\0")

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def main() -> int:
    """Run the job from stdin; lines go to a private copy of stdout."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    job = json.loads(sys.stdin.read())
    if job.get("memory_mb"):
        limit = int(job["memory_mb"]) << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if job.get("clock"):
        fair_clock.join(job["clock"])
    meter, sequence = capped.Meter(), Sequence()
    secrets = SecretsInForce(job.get("environment") or {})
    for token in job["schemes"].values():
        secrets.add_issued(token)
    capped.bind(job["base_url"], job["user_agent"], meter)

    def say(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    def stop(_signal: int, _frame: object) -> None:
        say({"stopped": meter.read()})
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    config = SchemathesisConfig.from_dict(configuration(job))
    schema = schemathesis.openapi.from_dict(job["spec"], config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioStarted):
            say({"started": event.label or event.phase.value})
        elif isinstance(event, events.ScenarioFinished):
            found = scenario(event.recorder, event.phase.value, sequence, secrets)
            say({"scenario": {"label": event.label or event.phase.value, **found}})
        elif isinstance(event, events.NonFatalError):
            say({"error": error_of(event.value, event.label)})
        elif isinstance(event, events.FatalError):
            say({"error": error_of(event.exception, "") | {"fatal": True}})
        elif isinstance(event, events.EngineFinished):
            tool = f"schemathesis {schemathesis.__version__}"
            sent = {"sequence_sha256": sequence.sha256, "recorded": sequence.requests}
            say({"end": {"stop": event.stop_reason.value, "tool": tool, **meter.read(), **sent}})
    return 0


def error_of(error: BaseException, operation: str) -> dict[str, str]:
    """A plain description of what the engine could not do."""
    return {"operation": operation, "kind": type(error).__name__, "message": str(error)[:TEXT_CAP]}


def scenario(recorder: ScenarioRecorder, phase: str, sequence: Sequence, secrets: SecretsInForce) -> dict[str, Any]:
    """Status counts per operation and failures of one scenario; an exchange without an answer is a failure, too, and
    so is an answer that repeats a secret in force."""
    operations: dict[str, dict[str, Any]] = {}
    failures: dict[tuple[str, str, str], dict[str, Any]] = {}
    for case_id, exchange in recorder.interactions.items():
        label = recorder.cases[case_id].value.operation.label
        seen = operations.setdefault(label, {"statuses": Counter(), "checks": 0})
        sequence.add(exchange.request.method, exchange.request.uri, exchange.request.body)
        status = str(exchange.response.status_code) if exchange.response else "none"
        seen["statuses"][status] += 1
        seen["checks"] += len(recorder.checks.get(case_id, ()))
        if exchange.response is None:
            add(failures, "no_answer", label, "none", "the service gave no complete, valid HTTP answer", exchange, "")
        elif what := leak(exchange, secrets):
            add(failures, "secret_in_answer", label, status, f"the answer repeats {what}", exchange, "")
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            exchange = recorder.interactions.get(failure.case_id or case_id) or recorder.interactions.get(case_id)
            label = failure.operation or recorder.cases[case_id].value.operation.label
            status = str(exchange.response.status_code) if exchange and exchange.response else "none"
            text = f"{failure.title}\n{failure.message}".strip()
            add(failures, check.name, label, status, text, exchange, check.failure_info.code_sample)
    found = [{**entry, "phase": phase} for entry in failures.values()]
    return {"operations": operations, "failures": found}


def leak(exchange: Any, secrets: SecretsInForce) -> str:
    """What secret an answer repeats, "" when none."""
    answer = exchange.response
    head = "\n".join(f"{name}: {value}" for name, value in _flat(answer.headers).items())
    text = (answer.content or b"").decode("utf-8", "replace")
    return secrets.look(exchange.request.method.upper(), answer.status_code, head, text)


def add(
    failures: dict[tuple[str, str, str], dict[str, Any]],
    check: str,
    label: str,
    status: str,
    message: str,
    exchange: Any,
    curl: str,
) -> None:
    """Count a failure under its identity (check, operation, status); evidence is kept of the first one."""
    entry = failures.get((check, label, status))
    if entry is not None:
        entry["count"] += 1
        return
    identity = {"check": check, "operation": label, "status": status, "count": 1, "message": message[:TEXT_CAP]}
    failures[check, label, status] = {**identity, "curl": curl[:TEXT_CAP], **_evidence(exchange)}


def _evidence(exchange: Any) -> dict[str, Any]:
    if exchange is None:
        return {"request": {}, "response": {}}
    request, response = exchange.request, exchange.response
    sent = {"method": request.method, "url": request.uri[:TEXT_CAP], "headers": _flat(request.headers)}
    got: dict[str, Any] = {}
    if response is not None:
        got = {"status": response.status_code, "headers": _flat(response.headers), "body": _text(response.content)}
    return {"request": {**sent, "body": _text(request.body)}, "response": got}


def _flat(headers: Any) -> dict[str, str]:
    return {str(k)[:100]: ", ".join(map(str, v))[:500] for k, v in list(headers.items())[:40]}


def _text(body: bytes | None) -> str | None:
    return None if body is None else body[:TEXT_CAP].decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
