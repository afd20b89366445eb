"""From a definition and a task to the two messages an agent is sent.

    system   the definition's body, rendered when it is a template
    user     instruction with the submission contract · requirements · OpenAPI contract · starter files · delivery

Refuses to put anything of ours into the system message, and to show an agent what is hidden: tests, attacks and the
load's mix never enter a prompt.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from harness.model.agent import AgentSpec
from harness.model.submission import Prompt, Reply
from harness.model.task import Task
from harness.prompt.contract_text import (
    CHAT_DELIVERY,
    GO,
    JSON_DELIVERY,
    NODE,
    PLACEHOLDER,
    PYTHON,
    STARTER,
    SUBMISSION_CONTRACT,
    LanguageText,
)
from harness.prompt.template import render_template

Delivery = Literal["auto", "chat", "json", "none"]
_LANGUAGES = {"python": PYTHON, "node": NODE, "javascript": NODE, "typescript": NODE, "go": GO}
# How we log in to test, and steer the fuzzer, with what is written about it just above: no part of the contract.
_OURS = re.compile(r"(?:^[ \t]*#.*\n)*^([ \t]*)x-(?:harness|schemathesis)\b[\w-]*:.*\n(?:\1[ \t]+.*\n)*", re.M)
_FENCE_LANGUAGES = {"py": "python", "js": "javascript", "ts": "typescript", "yml": "yaml", "md": "markdown"}


def render(spec: AgentSpec, task: Task, delivery: Delivery = "auto") -> Prompt:
    """The prompt of `spec` for `task`. UsageError when the definition's template cannot be rendered.

    delivery: which suffix asks for paths; auto follows the definition's dialect, none is the control without a suffix.
    """
    system = render_template(spec.body, task.template_schema, spec.source) if spec.template else spec.body
    parts = [_instruction(task), _requirements(task), _contract(task), *_starter(task), _delivery(spec, delivery)]
    user = "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
    return Prompt(system, user, digest_of(system, user), spec.warnings)


def next_turn(prompt: Prompt, reply: Reply, message: str) -> Prompt:
    """The conversation up to a second question as one prompt: what its answer is stored under."""
    user = f"{prompt.user}\n\n<!-- reply -->\n{reply.text}\n\n<!-- follow-up -->\n{message}\n"
    return Prompt(prompt.system, user, digest_of(prompt.system, user), prompt.warnings)


def digest_of(system: str, user: str) -> str:
    """sha256 over both messages, hex; the length keeps them apart."""
    first = system.encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"%d\0" % len(first) + first + user.encode("utf-8", "surrogatepass")).hexdigest()


def submission_contract(task: Task) -> str:
    """The submission contract with the task's languages, services, environment names and limits."""
    services = {capability.casefold() for capability in task.capabilities}
    database = "`DATABASE_URL=sqlite:////data/app.db`"
    if "postgres" in services or "postgresql" in services:
        database = "`DATABASE_URL` (`postgresql://…@127.0.0.1:5432/app`)"
    if "redis" in services:
        database += ", `REDIS_URL`"
    names = "".join(f", `{name}`" for name in sorted(task.environment))
    limits = task.limits
    texts = list(dict.fromkeys(_LANGUAGES[language] for language in task.languages if language in _LANGUAGES))
    others = [language for language in task.languages if language not in _LANGUAGES]
    return SUBMISSION_CONTRACT.format(
        languages=" or ".join([*(text.name for text in texts), *others]),
        stack=_stack(texts),
        dependencies=" ".join(text.dependencies for text in texts),
        database=database,
        names=names,
        start_s=limits.start_timeout_s,
        memory_mb=limits.memory_mb,
        cpus=limits.cpus,
        start=f"Without a `web:` line: {_each(texts, 'start')}.",
        tests=f"{_each(texts, 'tests')}.",
    )


def _stack(texts: Sequence[LanguageText]) -> str:
    manifests = " · ".join(text.manifests for text in texts)
    of = "exactly one language's of" if len(texts) > 1 else ""
    stands = f"At the root of the project stands {of} {manifests}".replace("  ", " ")
    return f"{stands}. Interpreter: {', '.join(text.interpreter for text in texts)}."


def _each(texts: Sequence[LanguageText], field: Literal["start", "tests"]) -> str:
    """The texts of a field; with the language before each where there are several."""
    if len(texts) == 1:
        return str(getattr(texts[0], field))
    return " · ".join(f"{text.name} {getattr(text, field)}" for text in texts)


def _instruction(task: Task) -> str:
    contract = submission_contract(task)
    if PLACEHOLDER in task.instruction:
        return task.instruction.replace(PLACEHOLDER, contract.strip("\n"))
    return f"{task.instruction.strip()}\n\n{contract}"


def _requirements(task: Task) -> str:
    lines = "\n".join(f"- {line}" for line in requirement_lines(task))
    return f"## What is accepted\n\nYour delivery is accepted when all of this holds:\n\n{lines}"


def requirement_lines(task: Task) -> Iterator[str]:
    """One sentence per entry of the task's [requirements]; the limits are the ones that are measured."""
    needed = task.requirements
    yield f"The service starts, and GET {task.readiness_path} answers."
    share = "All" if needed.acceptance_share >= 1 else f"At least {needed.acceptance_share:.1%}"
    yield f"{share} of the acceptance tests pass; each one checks a requirement stated above."
    if needed.confirmed_critical is not None:
        yield f"At most {needed.confirmed_critical} critical vulnerabilities are confirmed by an attack."
    rate = task.load.get("p95_rate")
    under = f" at {rate:g} requests/s" if isinstance(rate, int | float) else " under load"
    if needed.p95_ms is not None:
        yield f"The 95th percentile of response times{under} is at most {needed.p95_ms:g} ms."
    if needed.error_share is not None:
        yield f"At most {needed.error_share:.2%} of the requests fail{under}."
    if needed.max_files is not None:
        yield f"The delivery has at most {needed.max_files} files."


def _contract(task: Task) -> str:
    text = _OURS.sub("", task.contract_yaml.decode("utf-8", "replace"))
    return "## The API contract\n\nThis OpenAPI document is binding.\n\n" + _fenced("yaml openapi.yaml", text)


def _starter(task: Task) -> Iterator[str]:
    if not task.starter:
        return
    yield STARTER
    for path, content in sorted(task.starter.items()):
        extension = path.rpartition(".")[2]
        language = _FENCE_LANGUAGES.get(extension, extension if extension.isalnum() else "text")
        yield _fenced(f"{language} {path}", content.decode("utf-8", "replace"))


def _delivery(spec: AgentSpec, delivery: Delivery) -> str:
    if delivery == "none":
        return ""
    if delivery == "json" or (delivery == "auto" and spec.replies_json):
        return JSON_DELIVERY
    return CHAT_DELIVERY


def _fenced(info: str, text: str) -> str:
    """`text` in a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{info}\n{text.rstrip()}\n{mark}"
