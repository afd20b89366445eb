"""Slugs: their form, and how new ones are drawn."""

import re
import secrets
import string

ALPHABET = string.ascii_lowercase + string.digits
LENGTH = 10  # 36 ** 10: a guess hits one of a million links once in three billion tries
FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,31}")
RESERVED = {
    "admin",
    "api",
    "health",
    "help",
    "links",
    "login",
    "logout",
    "root",
    "static",
    "stats",
    "support",
    "www",
}


def new_slug() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normal(text: str) -> str | None:
    """The one spelling under which a slug is stored; None for what can be no slug.

    The form is checked first: `str.lower` would turn some letters beyond ASCII into ASCII ones.
    """
    return text if FORM.fullmatch(text) else None


def check_wish(text: str) -> str:
    """The normal spelling of a slug that a customer asks for; ValueError if it cannot be had."""
    slug = normal(text)
    if slug is None:
        raise ValueError("expected 3 to 32 letters, digits, '-' and '_', beginning with a letter or digit")
    if slug in RESERVED:
        raise ValueError("this word is reserved")
    return slug
