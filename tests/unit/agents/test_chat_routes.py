"""Where a model's name leads: prefixes of providers, gateways that take names whole, and providers not spoken to."""

from typing import Any

import pytest

from harness.agents.chat_settings import settings_of
from harness.errors import UsageError
from harness.model.agent import AgentSpec, AgentVersion


def asked(wish: str, environ: dict[str, str] | None = None, model: str | None = None, **parameters: Any) -> Any:
    spec = AgentSpec("dev", "", "You are dev.", "0" * 64, "dev.md", model=wish)
    return settings_of(AgentVersion(spec, "chat", "a" * 64, model, parameters), environ or {})


@pytest.mark.parametrize(
    ("wish", "protocol", "model", "key", "host"),
    [
        ("anthropic/claude-x-1", "anthropic-messages", "claude-x-1", "ANTHROPIC_API_KEY", "api.anthropic.com"),
        ("Anthropic/claude-x-1", "anthropic-messages", "claude-x-1", "ANTHROPIC_API_KEY", "api.anthropic.com"),
        ("openai/gpt-x", "openai-chat", "gpt-x", "OPENAI_API_KEY", "api.openai.com"),
        ("google/gemini-x", "openai-chat", "gemini-x", "GEMINI_API_KEY", "generativelanguage.googleapis.com"),
        ("gemini/gemini-x", "openai-chat", "gemini-x", "GEMINI_API_KEY", "generativelanguage.googleapis.com"),
        ("openrouter/anthropic/claude-x", "openai-chat", "anthropic/claude-x", "OPENROUTER_API_KEY", "openrouter.ai"),
        ("ollama/llama3", "openai-chat", "llama3", "OLLAMA_API_KEY", "127.0.0.1"),
        ("meta-llama/Llama-3-70b", "openai-chat", "meta-llama/Llama-3-70b", "OPENAI_API_KEY", "api.openai.com"),
        ("claude-x-1", "anthropic-messages", "claude-x-1", "ANTHROPIC_API_KEY", "api.anthropic.com"),
    ],
)
def test_a_prefix_names_the_provider(wish: str, protocol: str, model: str, key: str, host: str) -> None:
    for settings in (asked(wish), asked("sonnet", model=wish)):
        assert (settings.protocol, settings.model, settings.key_env) == (protocol, model, key)
        assert host in settings.base_url


@pytest.mark.parametrize(
    "wish",
    [
        "bedrock/anthropic.claude-x",
        "us.anthropic.claude-x-v2:0",
        "vertex_ai/gemini-x",
        "github-copilot/gpt-x",
        "azure/x",
    ],
)
def test_a_protocol_that_is_not_spoken_is_told(wish: str) -> None:
    with pytest.raises(UsageError) as error:
        asked(wish)
    assert error.value.code == "no_protocol"
    assert "--model" in error.value.message
    gateway = asked(wish, base_url="http://127.0.0.1:4000/v1", protocol="openai-chat")
    assert gateway.model == wish


@pytest.mark.parametrize(
    "wish", ["sonnet", "opus", "haiku", "anthropic/sonnet", "Claude Sonnet 4.5", "sonnet[1m]", "gpt"]
)
def test_a_word_of_a_menu_is_no_model(wish: str) -> None:
    with pytest.raises(UsageError) as error:
        asked(wish)
    assert error.value.code == "no_model"


def test_a_gateway_takes_the_name_whole() -> None:
    whole = "anthropic/claude-x"
    assert asked(whole, {"OPENAI_BASE_URL": "https://openrouter.ai/api/v1"}).model == whole
    assert asked(whole, base_url="http://127.0.0.1:4000/v1", protocol="openai-chat").model == whole
    assert asked(whole, protocol="openai-chat").model == whole
    assert asked(whole, protocol="anthropic-messages").model == "claude-x"
    assert asked(whole, {"ANTHROPIC_BASE_URL": "http://127.0.0.1:8089"}).base_url == "http://127.0.0.1:8089"
