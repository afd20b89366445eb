"""What a user can change when a provider refuses for good: the words that end such a fault's message.

Refuses to guess which of several causes it was: it names the variable, flag or parameter that each of them hangs on.
"""

from harness.agents.chat_settings import Settings


def remedy(kind: str, settings: Settings) -> str:
    """What to change before asking again, `""` where nothing need be: such failures may pass by themselves."""
    key = settings.key_env
    address = f"{settings.url_env} or parameters.base_url"
    ends = " (for openai-chat it ends in /v1)" if settings.protocol == "openai-chat" else ""
    return {
        "unauthorised": f"set a key in {key} that is valid at this address, or another address in {address}",
        "forbidden": f"use a key in {key} that may ask this model, or `harness run` with another --model",
        "quota": f"the account of the key in {key} has no quota left: raise it, or set another key",
        "model_unknown": f"start a new run with a --model that this provider has, or correct {address}{ends}",
        "bad_request": "the provider does not take the question as it was put: start a new run with another --model, or"
        " with other parameters (max_tokens, max_tokens_name, temperature, stream)",
        "unread": "what came is kept in the trial's record (asked); please report it",
        "connection": f"is {address} right{ends}, and does a server listen there?",
    }.get(kind, "")


def with_remedy(message: str, kind: str, settings: Settings) -> str:
    """`message`, then what to change if there is anything."""
    return "; ".join(part for part in (message, remedy(kind, settings)) if part)
