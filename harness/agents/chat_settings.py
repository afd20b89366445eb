"""How a version is asked: its parameters, checked, with model, address and key resolved.

Refuses to guess a model: a definition's `sonnet` is a wish, and only the suite or a flag can say which model that is.
The key is never part of an error, nor of a value's printed form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from harness.agents.model_routes import ANTHROPIC, OPENAI, ROUTES, Route, is_alias, split_provider, unspoken
from harness.agents.pricing import Prices, prices_of
from harness.agents.retries import Patience
from harness.documents import validate
from harness.errors import UsageError
from harness.model.agent import AgentVersion

# protocol -> (variable of the key, variable of the address, address if that is not set, driver's module, extra)
PROTOCOLS = {
    route.protocol: (route.key_env, route.url_env, route.address, module, extra)
    for route, module, extra in ((OPENAI, "openai_chat", "openai"), (ANTHROPIC, "anthropic_messages", "anthropic"))
}
MAX_TOKENS, DEADLINE_S, IDLE_S, CONCURRENCY = 16_000, 900.0, 120.0, 4


@dataclass(frozen=True)
class Settings:
    """Everything but the key. Times in seconds, cap in US dollars."""

    protocol: str
    model: str
    base_url: str
    key_env: str
    url_env: str
    max_tokens: int
    max_tokens_name: str
    temperature: float | None
    stream: bool
    deadline_s: float
    idle_s: float
    concurrency: int
    patience: Patience
    prices: Prices = field(default_factory=Prices)
    max_cost_usd: float | None = None


def settings_of(version: AgentVersion, environ: Mapping[str, str]) -> Settings:
    """The settings of `version`; UsageError names the agent, the key and what to do."""
    who = f"agent {version.spec.name!r}"
    given: dict[str, Any] = dict(version.parameters)
    validate(given, "chat-parameters", f"{who}, parameters")
    model, route = _routed(_model(version, given, who), given, environ, who)
    base_url = given.get("base_url") or environ.get(route.url_env) or route.address
    _check_address(base_url, f"{who}, parameters.base_url" if given.get("base_url") else route.url_env)
    newer = urlsplit(base_url).hostname == "api.openai.com"
    standard = Patience()
    return Settings(
        protocol=route.protocol,
        model=model,
        base_url=base_url,
        key_env=given.get("key_env", route.key_env),
        url_env=route.url_env,
        max_tokens=given.get("max_tokens", MAX_TOKENS),
        max_tokens_name=given.get("max_tokens_name", "max_completion_tokens" if newer else "max_tokens"),
        temperature=given.get("temperature"),
        stream=given.get("stream", True),
        deadline_s=given.get("deadline_s", DEADLINE_S),
        idle_s=min(given.get("idle_s", IDLE_S), given.get("deadline_s", DEADLINE_S)),
        concurrency=given.get("concurrency", CONCURRENCY),
        patience=Patience(
            tries=given.get("tries", standard.tries),
            budget_s=given.get("retry_budget_s", standard.budget_s),
            retry_after_cap_s=given.get("retry_after_cap_s", standard.retry_after_cap_s),
        ),
        prices=prices_of(given.get("prices", {})),
        max_cost_usd=given.get("max_cost_usd"),
    )


def key_of(settings: Settings, environ: Mapping[str, str]) -> str:
    """The key; UsageError `no_key` when its variable is not set."""
    key = environ.get(settings.key_env, "").strip()
    if not key:
        raise UsageError(
            "no_key",
            f"{settings.key_env} is not set; {settings.protocol} needs a key there (in the environment or in .env;"
            " a local server that asks for none still needs some word)",
        )
    if not key.isascii() or not key.isprintable():
        raise UsageError("bad_key", f"{settings.key_env} holds characters no key has; set it again, without quotes")
    return key


def _model(version: AgentVersion, given: Mapping[str, Any], who: str) -> str:
    if version.model:  # said by the suite or by a flag: taken at its word
        return version.model
    wish = version.spec.model or ""
    model: str = given.get("aliases", {}).get(wish, wish)
    if not model or (model == wish and is_alias(split_provider(model)[1])):
        said = f"the definition says {wish!r}, which is no model's name" if wish else "the definition names none"
        raise UsageError(
            "no_model",
            f"{version.spec.source}: no model for {who}: {said}; name one with --model, with `model` in the suite,"
            " or map the word in parameters.aliases",
        )
    return model


def _routed(model: str, given: Mapping[str, Any], environ: Mapping[str, str], who: str) -> tuple[str, Route]:
    """(the name as it is sent, where to). A prefix names the provider, unless a gateway takes the name whole.

    A gateway is an address stated in the suite, another protocol stated than the prefix's, or OpenRouter's address.
    """
    stated = given.get("protocol")
    gateway = bool(given.get("base_url")) or "://openrouter.ai/" in environ.get(OPENAI.url_env, "")
    own = ANTHROPIC if (stated or "") == ANTHROPIC.protocol or (not stated and model.startswith("claude")) else OPENAI
    provider, name = split_provider(model)
    elsewhere = unspoken(model)
    if elsewhere and not (gateway or stated):
        raise UsageError(
            "no_protocol",
            f"{who}: model {model!r} is one of {elsewhere}, whose protocol is not spoken here ({', '.join(PROTOCOLS)});"
            " name a model of another provider with --model, or state parameters.base_url and parameters.protocol of a"
            " gateway that offers it",
        )
    route = ROUTES.get(provider, own)
    if provider == "" or (stated and stated != route.protocol) or (gateway and provider != "openrouter"):
        return model, own
    return name, route


def _check_address(base_url: str, source: str) -> None:
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        secret = bool(parts.username or parts.password or parts.query)
    except ValueError:
        usable = secret = False
    if secret:
        raise UsageError(
            "bad_base_url", f"{source}: an address must hold no login and no query; put the key into its own variable"
        )
    if not usable or not base_url.isascii() or any(c.isspace() for c in base_url):
        raise UsageError("bad_base_url", f"{source} is {base_url!r}; expected http(s)://host[:port][/path]")
