"""`.env` in the working directory: settings for people who keep keys out of their shell.

Refuses to override the environment, to expand anything and to export: what is read stays in this process.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from harness.documents import read_text

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")


def with_dotenv(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`environ`, and below it what `folder/.env` says. An empty variable counts as set. UsageError if unreadable."""
    path = folder / ".env"
    return {**(parse_dotenv(read_text(path)) if path.is_file() else {}), **environ}


def parse_dotenv(text: str) -> dict[str, str]:
    """`NAME=value` lines; a leading `export`, quotes around a value and a ` # comment` are understood."""
    values = {}
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found[1], found[2]
        quoted = re.fullmatch(r"(['\"])(.*)\1(?:\s+#.*)?", value)
        values[name] = quoted[2] if quoted else re.split(r"(?:^|\s+)#", value, maxsplit=1)[0].strip()
    return values
