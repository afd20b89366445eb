"""Replies made to be slow to read: each ends in a verdict. (A reader that is not linear hangs here.)"""

import pytest

from harness.intake.parse import parse_reply
from harness.model.submission import Refusal, Submission

CASES = {
    "files that never close": "".join(f"```python a{n}.py\nx\n" for n in range(9_000)),
    "one path that never closes": "```python a.py\n" * 9_000,
    "a docstring of openings": '```python a.py\n"""\n' + "```bash\n" * 9_000,
    "a docstring of blocks": '```python a.py\n"""\n' + "```bash\nx\n```\n" * 4_900,
    "a README of bare fences": "```markdown README.md\n" + "\n```\ntext\n" * 3_000,
    "tags that never close": '<file path="a.py">\n' * 20_000,
    "paths between tags": "<FILEPATH>a.py</FILEPATH>\n" * 30_000,
    "searches": "<<<<<<< SEARCH\n" * 100_000,
    "here-documents": "```bash\n" + "cat > a.py <<EOF\n" * 50_000 + "```\n",
    "a map with one path": "{" + ",".join('"a.py":"x"' for _ in range(100_000)) + "}",
    "pieces of one file": '{"services":['
    + ",".join(f'{{"file":"a.py","code":"{n}\\ny"}}' for n in range(3_000))
    + "]}",
    "a diff of many hunks": "```diff\n--- a/x\n+++ b/x\n" + "@@ -1 +1 @@\n-a\n+b\n" * 50_000 + "```\n",
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_read(name: str) -> None:
    parsed = parse_reply(CASES[name], starter={"x": b"a\n" * 2_000})
    assert isinstance(parsed, Submission | Refusal)
