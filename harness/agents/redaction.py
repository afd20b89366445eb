"""Takes secrets out of text before it can reach a record, a log or an error.

Refuses to look for what might be a secret: it knows the secrets and their disguises. Words shorter than MIN_SECRET are
placeholders (`dummy`, `sk-fake`) that local servers accept; cutting them out would damage honest text.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MIN_SECRET = 12
MARK = "[redacted]"


class Redactor:
    """Knows secrets; replaces each of their forms by MARK."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= MIN_SECRET for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """`text` without secrets."""
        return self._pattern.sub(MARK, text) if self._pattern else text

    def data(self, value: Any) -> Any:
        """JSON-like data without secrets in its strings, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        return value


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield secret[::-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield "".join(f"\\u{ord(c):04x}" for c in secret)
    raw = secret.encode()
    yield raw.hex()
    yield raw.hex().upper()
    for shift in range(3):  # where the secret stands inside longer encoded text decides how its middle looks
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * shift + raw).decode().rstrip("=")
            inner = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (shift + len(raw)) % 3 else 0)]
            yield inner
