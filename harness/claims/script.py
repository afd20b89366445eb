"""Whole words in every script that the grammar knows: those with spaces between words, and those without.

Refuses to know any word: it only says where one may begin and end.
"""

import re

_LETTER = r"[A-Za-z0-9_À-ÖØ-öø-ÿĀ-žЀ-ӿ-]"  # scripts that part words by spaces; Chinese, Japanese and Korean do not


def words(pattern: str) -> re.Pattern[str]:
    """The pattern as whole words, without regard to case."""
    begin, end = rf"(?:(?<!{_LETTER})|(?!{_LETTER}))", rf"(?:(?!{_LETTER})|(?<!{_LETTER}))"
    return re.compile(rf"{begin}(?:{pattern}){end}", re.IGNORECASE)


def any_of(*patterns: str) -> re.Pattern[str]:
    """Any of the patterns, anywhere, without regard to case."""
    return re.compile("|".join(patterns), re.IGNORECASE)


def is_spaced(letter: str) -> bool:
    """Is the letter of a script with spaces between words?"""
    return bool(re.match(_LETTER, letter))
