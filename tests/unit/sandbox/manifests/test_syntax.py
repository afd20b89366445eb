"""Parsing what a submission wrote, from several trials at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.sandbox.manifests.syntax import parse_python

ONE = "def f(a):\n    return [a, {'b': (a,)}]\n"
DEEP = "x = " + "(" * 60 + "1" + ")" * 60 + "\n" + 400 * ONE


def test_many_trials_parse_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(parse_python, [DEEP] * 200))
    assert all(len(tree.body) == 401 for tree in trees)


@pytest.mark.parametrize("text", ["def f(:", "x = \0", "x = " + "(" * 5000 + ")" * 5000])
def test_what_is_no_python(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the interpreter's
        parse_python(text)
