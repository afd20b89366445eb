"""Signed tokens: which session, and proof that we made it. Whether the session is live stands in the database."""

import base64
import hmac
import secrets


def new_id():
    return secrets.token_hex(16)


def seal(key, session_id):
    """The token of a session."""
    return f"{session_id}.{_signature(key, session_id)}"


def unseal(key, token):
    """The session a token belongs to, None when we did not make it."""
    session_id, _, signature = token.partition(".")
    given, made = (text.encode("utf-8", "replace") for text in (signature, _signature(key, session_id)))
    return session_id if hmac.compare_digest(given, made) else None


def _signature(key, session_id):
    raw = hmac.digest(key.encode(), session_id.encode("utf-8", "replace"), "sha256")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
