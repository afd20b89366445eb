"""The model that a definition asks for, as it writes it: without the marks of the program that it was written for.

Refuses to translate names: which provider a model is asked from is for the adapter.
"""

import re
from collections.abc import Mapping

# Words that name no model: whoever runs the agent chooses.
_CALLERS_CHOICE = frozenset(("inherit", "default", "auto", "", "none", "null", "any"))
_KEYS = ("model", "llm", "LLM", "model_name", "modelName", "models")
_WITHIN = ("model", "name", "id", "modelID", "model_id", "model_name")
_SETTING = re.compile(r"^(?P<name>\S.*?)\s*(?P<setting>\[[\w=, .-]+\]|\((?:copilot|preview|default)[^()]*\))$", re.I)


def model_of(values: Mapping[str, object]) -> tuple[str | None, list[str]]:
    """(the model's name or None, warnings) of an agent's keys."""
    value = next((values[key] for key in _KEYS if values.get(key) not in (None, "", [], {})), None)
    warnings: list[str] = []
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    elif isinstance(value, list):
        warnings.append(f"several_models: {len(value)} models are listed, so none is chosen; name one with --model")
    name = _within(value) if isinstance(value, Mapping) else _plain(value)
    match = _SETTING.match(name)
    if match is not None:
        warnings.append(f"model_setting: {match['setting']} of model {name!a} is a program's own setting; not sent")
        name = match["name"]
    return (None if name.casefold() in _CALLERS_CHOICE else name), warnings


def _within(value: Mapping[str, object]) -> str:
    """`{provider: google, config: {model: gemini-2.5-pro}}` is google/gemini-2.5-pro."""
    inner = value.get("config")
    keys = {**inner, **value} if isinstance(inner, Mapping) else value
    name = next((_plain(keys[key]) for key in _WITHIN if _plain(keys.get(key))), "")
    provider = _plain(keys.get("provider") or keys.get("providerID"))
    return f"{provider}/{name}" if provider and name and "/" not in name else name


def _plain(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()
