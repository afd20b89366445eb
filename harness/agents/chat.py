"""The `chat` adapter: asks a live model, one question a trial, over a provider's own protocol.

    definition's body -> system message · rendered task -> user message · one follow-up turn if intake asks for it

Refuses to interpret replies, to charge a provider's failure to an agent, and to let a key out: every text that leaves
here is redacted. One adapter serves a whole run, so that a provider's refusal and the money spent are known to all.
"""

import importlib
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.agents.calls import FINAL, Answer, Call, CallFailed, Driver
from harness.agents.chat_settings import PROTOCOLS, Settings, key_of, settings_of
from harness.agents.deadline import within
from harness.agents.dotenv import with_dotenv
from harness.agents.pricing import Purse, estimated_tokens
from harness.agents.providers import Provider
from harness.agents.redaction import Redactor
from harness.agents.remedies import with_remedy
from harness.agents.retries import Timing, in_words, persist
from harness.errors import HarnessError, ProviderFault, UsageError
from harness.model.agent import AgentVersion
from harness.model.cost import Estimate, whole_sum
from harness.model.submission import Prompt, Reply
from harness.model.trial import Trial

Turns = tuple[tuple[str, str], ...]
DriverOf = Callable[[Call], Driver]


class ChatAgent:
    """Implements ports.Agent and ports.PaidAgent; thread-safe."""

    def __init__(self, environ: Mapping[str, str], timing: Timing | None = None) -> None:
        self._environ = environ
        self._timing = timing or Timing()
        self._providers: dict[tuple[str, str], Provider] = {}
        self._purse = Purse()
        self._lock = threading.Lock()

    def check(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> None:
        """UsageError when model, key, address or SDK is missing, or a cap is set that no price makes sense of."""
        settings = settings_of(version, self._environ)
        driver_of(settings.protocol)
        key_of(settings, self._environ)
        if settings.max_cost_usd is not None and not settings.prices.known:
            raise UsageError(
                "price_unknown",
                f"agent {version.spec.name!r}: a cost cap cannot be held, the price of {settings.model!r} is unknown;"
                " state it with --price-in and --price-out (US dollars per million tokens) or as"
                " parameters.prices = { input_per_mtok = ..., output_per_mtok = ... }, or drop the cap",
            )

    def estimate(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> Estimate:
        """The most that one trial should cost: its question, and the follow-up where the dialect may need one."""
        settings = settings_of(version, self._environ)
        asked = estimated_tokens(prompt.system, prompt.user)
        calls, read, written = 1, asked, settings.max_tokens
        if version.spec.replies_json:  # its code may come without paths; then the whole reply is sent back once
            calls, read, written = 2, 2 * asked + settings.max_tokens, 2 * settings.max_tokens
        return Estimate(settings.model, calls, read, written, _cost(settings, read, written))

    def reply(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> Reply:
        """The model's reply. ProviderFault when there is none, Cancelled when the cost cap is reached."""
        return self._ask(version, prompt.system, (("user", prompt.user),))

    def follow_up(self, version: AgentVersion, trial: Trial, prompt: Prompt, reply: Reply, message: str) -> Reply:
        """The model's answer to `message`, after its own reply."""
        turns = (("user", prompt.user), ("assistant", reply.text), ("user", message))
        return self._ask(version, prompt.system, turns)

    def _ask(self, version: AgentVersion, system: str, turns: Turns) -> Reply:
        settings = settings_of(version, self._environ)
        key = key_of(settings, self._environ)
        redact = Redactor(secrets_of(self._environ, key))
        call = Call(
            settings.base_url,
            key,
            settings.model,
            _sendable(system),
            tuple((role, _sendable(text)) for role, text in turns),
            settings.max_tokens,
            settings.temperature,
            settings.stream,
            settings.idle_s,
            settings.max_tokens_name,
        )
        provider = self._provider(settings)
        tries: list[dict[str, Any]] = []
        try:
            attempt = partial(self._try, call, settings, provider)
            answer, cost = persist(attempt, settings.patience, self._timing, tries)
        except CallFailed as failure:
            raise _blamed(failure, settings, tries, redact) from None
        except HarnessError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug, ours or an SDK's: goes on as one, but without secrets
            raise RuntimeError(redact.text(f"{type(error).__name__}: {error}")) from None
        tries[-1]["cost_usd"] = cost
        return Reply(
            text=redact.text(answer.text),
            finish_reason=redact.text(answer.finish_reason),
            origin="live",
            model=redact.text(answer.model or settings.model),
            usage=answer.usage,
            cost_usd=whole_sum([t["cost_usd"] for t in tries]),
            wall_s=tries[-1]["wall_s"],  # what the agent took; what its provider made us wait is in the tries
            tries=tuple(redact.data(tries)),
        )

    def _try(self, call: Call, settings: Settings, provider: Provider) -> tuple[Answer, float | None]:
        """An answer and what it cost, None where nobody knows."""
        read = estimated_tokens(call.system, *(text for _, text in call.messages))
        worst = _cost(settings, read, settings.max_tokens)
        with provider.slot(settings.model):
            self._purse.set_aside(worst, settings.max_cost_usd)
            cost: float | None = None
            try:
                answer = _timed(call, settings)
                cost = settings.prices.cost_usd(answer.usage)
            except CallFailed as failure:
                cost = failure.cost_usd = None if failure.billable else 0.0
                _learn(failure, settings, provider)
                raise
            finally:
                self._purse.settle(worst, cost)
        provider.went_well()
        return answer, cost

    def _provider(self, settings: Settings) -> Provider:
        with self._lock:
            place = (settings.protocol, settings.base_url)
            return self._providers.setdefault(place, Provider(settings.concurrency))


def live() -> ChatAgent:
    """The adapter with this process's environment, `.env` of the working directory, real time and chance."""
    return ChatAgent(with_dotenv(os.environ, Path.cwd()))


def driver_of(protocol: str, load: Callable[[str], ModuleType] = importlib.import_module) -> DriverOf:
    """The driver of a protocol; UsageError when its SDK, an optional extra, is not installed. `load` imports."""
    *_, module, extra = PROTOCOLS[protocol]
    try:
        found: DriverOf = load(f"harness.agents.{module}").DRIVER
    except ModuleNotFoundError as error:
        raise UsageError(
            "extra_missing", f"{protocol} needs the package {error.name!r}; run: pip install 'harness[{extra}]'"
        ) from None
    return found


def secrets_of(environ: Mapping[str, str], key: str) -> tuple[str, ...]:
    """The key in use, and whatever else in the environment calls itself a key, token or secret of an API."""
    endings = ("_API_KEY", "_AUTH_TOKEN", "_SECRET_KEY", "_ADMIN_KEY")
    return (key, *(value for name, value in environ.items() if name.upper().endswith(endings) and value))


def _timed(call: Call, settings: Settings) -> Answer:
    driver = driver_of(settings.protocol)(call)
    try:
        return within(settings.deadline_s, driver.ask, driver.close)
    except TimeoutError:
        failure = CallFailed("timeout", f"not finished after {settings.deadline_s:g} s", billable=True)
        failure.received = driver.received()
        raise failure from None


def _learn(failure: CallFailed, settings: Settings, provider: Provider) -> None:
    """What one failed call says about the next ones."""
    if failure.kind == "rate_limited":
        provider.congested()
    if failure.kind in FINAL:
        said = f"{settings.model!r} at {settings.base_url}: HTTP {failure.status}, {failure.kind}"
        message = with_remedy(said, failure.kind, settings)
        provider.stop(f"provider_{failure.kind}", message, settings.model if failure.kind == "model_unknown" else None)


def _blamed(failure: CallFailed, settings: Settings, tries: list[dict[str, Any]], redact: Redactor) -> ProviderFault:
    """The fault a trial ends with: infrastructure, whatever the provider said."""
    what = f"{settings.model!r} at {settings.base_url} gave no usable answer in {in_words(tries)}"
    message = with_remedy(f"{what}; last: {failure.said}", failure.kind, settings)
    return ProviderFault(f"provider_{failure.kind}", redact.text(message), tries=tuple(redact.data(tries)))


def _cost(settings: Settings, read: int, written: int) -> float | None:
    prices = settings.prices
    if prices.input_per_mtok is None or prices.output_per_mtok is None:
        return None
    return (read * prices.input_per_mtok + written * prices.output_per_mtok) / 1_000_000


def _sendable(text: str) -> str:
    """Lone surrogates cannot be sent; a model's reply may hold them as JSON escapes."""
    return text.encode("utf-8", "replace").decode("utf-8")
