"""Parses Python that a submission wrote, one text at a time.

CPython 3.11 counts the depth of the tree that it builds in one place for all threads: two trials that parse at once
fail with SystemError, "AST constructor recursion depth mismatch". Hence the lock.
"""

import ast
import threading

_ONE = threading.Lock()


def parse_python(content: bytes | str) -> ast.Module:
    """The tree. Raises ValueError when the text is no Python, or nested deeper than anybody writes."""
    with _ONE:
        try:
            return ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ValueError(str(error) or type(error).__name__) from error
