"""Session tokens: random texts that are stored only as keyed digests."""

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(secret: bytes, token: str) -> bytes:
    """What is stored of a token: useless to whoever reads the database without the secret."""
    return hmac.digest(secret, token.encode("utf-8", "surrogatepass"), hashlib.sha256)
