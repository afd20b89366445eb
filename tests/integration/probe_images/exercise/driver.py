"""A probe driver for tests of the pod: follows the stdin/stdout protocol and does what `steps` says.

Standard library only, so that it needs no tool environment. Steps: ["get", PATH], ["sleep", S], ["print", BYTES],
["stderr", BYTES], ["exit", CODE], ["close"], ["abstract", NAME], ["facts"], ["listdir", PATH], ["eat", MIB],
["until_down", S], ["until_up", S], ["fault", KIND], ["reach", [HOST, PORT]], ["length", TEXT].
"""

import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

STARTED = time.monotonic()


def say(line: str) -> None:
    """One protocol line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def get(url: str) -> Any:
    """Status and body, or the name of what went wrong."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
            return [answer.status, json.loads(text) if text else None]
    except (OSError, ValueError) as error:
        return [0, type(getattr(error, "reason", error)).__name__]


def wait_ready(url: str, timeout_s: float) -> bool:
    """Poll every 20 ms."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if get(url)[0]:
            return True
        time.sleep(0.02)
    return False


def wait_for(url: str, up: bool, timeout_s: float) -> bool:
    """Poll until the service answers, or until it does not."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if bool(get(url + "/health")[0]) == up:
            return True
        time.sleep(0.005)
    raise TimeoutError("up" if up else "down")


def reach(host: str, port: int) -> str:
    """Try to leave the namespace."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        return f"errno {error.errno}"
    return "reached"


def abstract(name: str) -> str:
    """Can we take an abstract socket name of our own, whatever the service squats?"""
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind("\0" + name)
        except OSError as error:
            return f"errno {error.errno}"
    return "free"


def step(job: dict[str, Any], name: str, value: Any) -> Any:
    """Carry out one step."""
    match name:
        case "get":
            return get(job["base_url"] + value)
        case "sleep":
            time.sleep(value)
        case "print":
            sys.stdout.write("x" * value + "\n")
        case "stderr":
            sys.stderr.write("e" * value + "\n")
        case "exit":
            sys.stdout.flush()
            os._exit(value)
        case "fault":
            say(f"fault {job['nonce']} {value}")
            return sys.stdin.readline().split()[:1]
        case "close":
            os.close(1)
            os.close(2)
        case "abstract":
            return abstract(value)
        case "until_down" | "until_up":
            return wait_for(job["base_url"], name == "until_up", value)
        case "length":
            return len(value)
        case "reach":
            return reach(*value)
        case "listdir":
            return sorted(entry.name for entry in Path(value).iterdir())
        case "eat":
            return len([bytearray(1024 * 1024) for _ in range(value)])
        case "facts":
            writable = [path for path in ("/", "/app", "/opt", "/probe", "/tmp", "/data") if os.access(path, os.W_OK)]
            return {"uid": os.getuid(), "cpus": sorted(os.sched_getaffinity(0)), "writable": writable}
        case _:
            raise ValueError(name)
    return None


def main() -> None:
    """Read the job, get ready, do the steps, report."""
    job = json.loads(sys.stdin.readline())
    if job.get("needs_service", True):
        if not wait_ready(job["base_url"] + job["readiness_path"], job["start_timeout_s"]):
            return
        say(f"ready {job['nonce']} {time.monotonic() - STARTED:.3f}")
    done = [step(job, *(entry if len(entry) == 2 else [*entry, None])) for entry in job.get("steps", [])]
    files = sorted(str(p.relative_to(Path(__file__).parent)) for p in Path(__file__).parent.rglob("*") if p.is_file())
    report = {"done": done, "files": files, "seed": job["seed"], "environment": job["environment"]}
    say(f"report {job['nonce']} {json.dumps(report)}")


if __name__ == "__main__":
    main()
