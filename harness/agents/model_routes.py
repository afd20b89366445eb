"""Which protocol and address a model's name leads to: `anthropic/claude-...` is asked from Anthropic.

Refuses to guess: a provider whose protocol is not spoken here is an error that says how else to reach its models, and a
prefix that is no provider's (`meta-llama/...`) is part of the name. Prefixes as LiteLLM, opencode and OpenRouter write
them.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """Where a name leads: protocol, the variables of key and address, and the address where the latter is not set."""

    protocol: str
    key_env: str
    url_env: str
    address: str


OPENAI = Route("openai-chat", "OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1")
ANTHROPIC = Route("anthropic-messages", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com")
_GOOGLE = Route(
    "openai-chat",
    "GEMINI_API_KEY",
    "GEMINI_BASE_URL",
    "https://generativelanguage.googleapis.com/v1beta/openai",
)
# Providers that speak the chat-completions protocol at an address of their own, as they document it.
ROUTES = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC,
    "google": _GOOGLE,
    "gemini": _GOOGLE,
    "openrouter": Route("openai-chat", "OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", "https://openrouter.ai/api/v1"),
    "deepseek": Route("openai-chat", "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "https://api.deepseek.com/v1"),
    "groq": Route("openai-chat", "GROQ_API_KEY", "GROQ_BASE_URL", "https://api.groq.com/openai/v1"),
    "mistral": Route("openai-chat", "MISTRAL_API_KEY", "MISTRAL_BASE_URL", "https://api.mistral.ai/v1"),
    "xai": Route("openai-chat", "XAI_API_KEY", "XAI_BASE_URL", "https://api.x.ai/v1"),
    "ollama": Route("openai-chat", "OLLAMA_API_KEY", "OLLAMA_BASE_URL", "http://127.0.0.1:11434/v1"),
}
# Their own protocols, or a login that a key alone does not give.
_NO_PROTOCOL = {
    **dict.fromkeys(("bedrock", "amazon-bedrock", "amazon_bedrock", "bedrock_converse"), "Amazon Bedrock"),
    **dict.fromkeys(("vertex", "vertex_ai", "vertex-ai", "google-vertex", "google-vertex-anthropic"), "Vertex AI"),
    **dict.fromkeys(("azure", "azure_ai", "azure-openai", "azure-ai"), "Azure"),
    **dict.fromkeys(("github-copilot", "github_copilot", "copilot"), "GitHub Copilot"),
    **dict.fromkeys(("sagemaker", "watsonx", "watsonx_text", "cloudflare", "replicate", "databricks"), "its provider"),
}
_BEDROCK = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek)\.[a-z]")
# What agent programs call models in their menus.
ALIASES = frozenset(
    (
        *("sonnet", "opus", "haiku", "opusplan", "best", "inherit", "default", "auto", "flash", "pro", "fast", "smart"),
        *("primary", "cheap", "premium", "standard", "composer", "claude", "gemini", "gpt", "codex", "flash-lite"),
    )
)


def is_alias(name: str) -> bool:
    """A word, or a title such as `Claude Sonnet 4.5`, that no provider knows as a model's name."""
    bare = re.sub(r"\[[^\]]*\]$", "", name).strip()
    return bare.casefold() in ALIASES or " " in bare


def split_provider(model: str) -> tuple[str, str]:
    """(`anthropic`, `claude-...`); the provider in lower case, empty where the name has no known prefix."""
    prefix, slash, rest = model.partition("/")
    folded = prefix.casefold()
    return (folded, rest) if slash and rest and (folded in ROUTES or folded in _NO_PROTOCOL) else ("", model)


def unspoken(model: str) -> str:
    """The provider, in words, that only a protocol not spoken here reaches; empty for all others."""
    provider, name = split_provider(model)
    return _NO_PROTOCOL.get(provider, "Amazon Bedrock" if _BEDROCK.match(name) and not provider else "")
