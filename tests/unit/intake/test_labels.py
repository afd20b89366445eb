"""Which file a block belongs to: every accepted form, and the words that look like files but are none."""

import pytest

from harness.intake.fences import Fence
from harness.intake.labels import COMMENT, INFO, LABEL, SENTENCE, claim_of, from_info, from_label, looks_like_file


def fence(info: str = "python", content: str = "x = 1\n") -> Fence:
    return Fence(info, content, 0, 2, True)


@pytest.mark.parametrize(
    ("info", "path"),
    [
        ("python app/main.py", "app/main.py"),
        ("python:app/main.py", "app/main.py"),
        ("app/main.py", "app/main.py"),
        ("file:src/x.ts", "src/x.ts"),
        ('python title="app/a b.py"', "app/a b.py"),
        ("python file=app/main.py", "app/main.py"),
        ("{.python filename='x.py'}", "x.py"),
        ("js path: lib/x.js", "lib/x.js"),
        ("Dockerfile", ""),
        ("dockerfile docker/Dockerfile.dev", "docker/Dockerfile.dev"),
        ("makefile sub/Makefile", "sub/Makefile"),
        ("procfile Procfile", "Procfile"),
        ("text Procfile", "Procfile"),
        ("text MANIFEST.in", "MANIFEST.in"),
        ("sh bin/start", "bin/start"),
        ("python (app/main.py)", "app/main.py"),
        ("python ../evil.py", "../evil.py"),
        ("python", ""),
        ("js {1,3-5}", ""),
        ("http GET /orders", ""),
        ("console $ make", ""),
        ("python linenos=true", ""),
        ("", ""),
        ('json title="An example"', ""),
    ],
)
def test_info_strings(info: str, path: str) -> None:
    assert from_info(info) == path


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("### app/main.py", "app/main.py"),
        ("**app/main.py**", "app/main.py"),
        ("**`app/main.py`**:", "app/main.py"),
        ("1. `app/main.py`", "app/main.py"),
        ("- app/main.py:", "app/main.py"),
        ("File: app/main.py", "app/main.py"),
        ("**File path:** `./app/main.py`", "./app/main.py"),
        ("#### 2. `Procfile` (new)", "Procfile"),
        ("<FILEPATH>app/main.py</FILEPATH>", "app/main.py"),
        ("### `GET /orders`", ""),
        ("### Node.js", ""),
        ("### 1. Overview", ""),
        ("### Version 3.11", ""),
        ("Then run the tests in `tests/test_api.py`:", ""),
        ("see https://example.com/x.html", ""),
        ("", ""),
    ],
)
def test_label_lines(line: str, path: str) -> None:
    assert from_label(line) == path


@pytest.mark.parametrize(
    ("info", "content", "before", "claim"),
    [
        ("python a.py", "# b.py\n", ["### c.py"], ("a.py", INFO)),
        ("python", "# b.py\n", ["### c.py", ""], ("c.py", LABEL)),
        ("python", "# app/b.py\nx = 1\n", ["some text"], ("app/b.py", COMMENT)),
        ("js", "// File: src/b.js\n", [], ("src/b.js", COMMENT)),
        ("html", "<!-- web/b.html -->\n", [], ("web/b.html", COMMENT)),
        ("python", "#!/usr/bin/env python\n# b.py\n", [], ("b.py", COMMENT)),
        ("python", "x = 1\n", ["Here is `app/b.py`:"], ("app/b.py", SENTENCE)),
        ("bash", "pytest\n", ["Run `tests/b.py`:"], None),
        ("python", "x = 1\n", ["Compare `a.py` and `b.py`:"], None),
        ("python", "# a comment about b.py\n", [], None),
        ("python", "x\n", ["### a.py", "1", "2", "3"], ("a.py", LABEL)),
        ("python", "x\n", ["a.py", "1", "2", "3"], None),
        ("bash", "pytest a.py\n", ["### a.py"], None),
        ("python", "# tests/b.py\n", ["### Tests for `a.py`"], ("tests/b.py", COMMENT)),
    ],
)
def test_the_strongest_form_wins(info: str, content: str, before: list[str], claim: tuple[str, int] | None) -> None:
    found = claim_of(fence(info, content), before)
    assert (found and (found.path, found.strength)) == claim


@pytest.mark.parametrize(
    "word", ["Node.js", "e.g.", "3.11", "v1.0", "/orders", "a/b", "", "http://x/y.py", "*.py", "example.com"]
)
def test_what_only_looks_like_a_file(word: str) -> None:
    assert not looks_like_file(word)
