"""Which file a code block belongs to: the info string, a label line before it, its first-line comment, a sentence.

Refuses to take a word for a path unless it looks like a file name; what is not clearly a file stays an example.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.intake.fences import Fence

# Strength of a claim: a stronger one wins over a weaker one for the same path.
INFO, LABEL, COMMENT, SENTENCE = 0, 1, 2, 3
LOOK_BACK = 3  # lines before a fence in which a label may stand

# fmt: off
_KNOWN_NAMES = frozenset((
    "dockerfile", "makefile", "procfile", "gemfile", "rakefile", "jenkinsfile", "vagrantfile", "justfile",
    "license", "readme", "changelog", "go.mod", "go.sum", ".env", ".dockerignore", ".gitignore", ".gitattributes",
    ".editorconfig", ".flake8", ".coveragerc", ".npmrc", ".nvmrc", ".prettierrc", ".eslintrc", "py.typed",
))
_EXTENSIONS = frozenset((
    "py", "pyi", "js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "cts", "go", "mod", "sum", "java", "kt", "kts",
    "rs", "rb", "php", "cs", "c", "h", "cpp", "hpp", "scala", "ex", "exs", "swift", "sql", "json", "jsonc",
    "yaml", "yml", "toml", "ini", "cfg", "conf", "env", "txt", "md", "rst", "html", "css", "scss", "xml",
    "proto", "graphql", "gql", "sh", "bash", "ps1", "bat", "lock", "example", "sample", "properties", "gradle",
    "prisma", "csv", "tf", "hcl", "j2", "jinja", "tmpl", "template", "http", "mako", "service", "pem", "lua",
    "pl",
))
# Products whose names end like files.
_NOT_FILES = frozenset((
    "node.js", "vue.js", "next.js", "nuxt.js", "express.js", "nest.js", "react.js", "three.js", "d3.js",
    "socket.io", "asp.net", "deno.js", "bun.js",
))
# fmt: on
_SHELL = frozenset(("bash", "sh", "shell", "console", "zsh", "powershell", "http", "text", "plaintext", "output"))
_KEY = re.compile(
    r"""(?<![\w-])(?:title|file|filename|filepath|path|name)\s*[=:]\s*(?:"([^"]*)"|'([^']*)'|([^\s"'}]+))""", re.I
)
_QUOTED = re.compile(r"""(?:"([^"]+)"|'([^']+)')""")
_LEAD = re.compile(r"^(?:#{1,6}[ \t]+|[-*+][ \t]+|\d{1,3}[.)][ \t]+|>[ \t]*)*")
_WORD = re.compile(r"^(?:file(?:[ _-]?(?:name|path))?|path|create|new file|full path)[ \t]*:?[ \t]+", re.I)
_COMMENT = re.compile(r"^[ \t]*(?:#+|//+|--+|;+|/\*+|<!--|%+)[ \t]*(.*?)[ \t]*(?:\*/|-->)?[ \t]*$")
_TAGGED = re.compile(r"^<FILEPATH>[ \t]*([^<]+?)[ \t]*</FILEPATH>$", re.I)
_CODE_SPAN = re.compile(r"`([^`\n]{1,200})`")


@dataclass(frozen=True)
class Claim:
    """A path as written, and how strongly the reply ties the block to it (INFO is explicit, the rest is read off)."""

    path: str
    strength: int


def claim_of(fence: Fence, before: Sequence[str]) -> Claim | None:
    """The file `fence` claims to be; `before` holds the lines between the previous block and this one."""
    explicit = from_info(fence.info)
    if explicit:
        return Claim(explicit, INFO)
    label = next((line for line in reversed(before[-LOOK_BACK:]) if line.strip()), "")[:400]
    named = from_label(label)
    if named:
        return Claim(named, LABEL)
    comment = from_comment(fence.content)
    if comment and (fence.language not in _SHELL or comment.endswith(".sh")):
        return Claim(comment, COMMENT)
    said = _from_sentence(label)
    if said and (fence.language not in _SHELL or said.endswith(".sh")):
        return Claim(said, SENTENCE)
    return None


def from_info(info: str) -> str:
    """The path in an info string, or "".

    Forms: `title="a b.py"`, `file=x.py`, `python:x.py`, `x.py`, `python x.py`, `python "a b.py"`. A path with
    spaces must be quoted.
    """
    info = info[:1_000].strip()
    keyed = _KEY.search(info)
    if keyed:
        path = next(group for group in keyed.groups() if group is not None).strip()
        if path and ("/" in path or looks_like_file(path)):
            return path
    words = info.split(None, 1)
    if not words:
        return ""
    first, rest = words[0], words[1].strip() if len(words) > 1 else ""
    if ":" in first and "://" not in first and looks_like_file(first.split(":", 1)[1]):
        return first.split(":", 1)[1]
    if looks_like_file(first):
        return first
    quoted = _QUOTED.match(rest)
    second = (quoted[1] or quoted[2]) if quoted else rest.split(None, 1)[0] if rest else ""
    second = second.strip("`*()")
    return second if looks_like_file(second) else ""


def from_label(line: str) -> str:
    """The path when the whole line is a label: a heading, bold, code span, list number, or `File: path`."""
    tagged = _TAGGED.match(line.strip())
    text = tagged[1] if tagged else _LEAD.sub("", line.strip(), count=1).strip()
    text = re.sub(r"[ \t]*\((?:new|updated|modified|new file|complete)\)[ \t]*", "", text, flags=re.I)
    text = text.strip("*_ \t").rstrip(":").strip("*_ \t")
    text = _WORD.sub("", text.replace("**", ""), count=1).strip("*_ \t`").rstrip(":").strip("*_ \t`")
    return text if looks_like_file(text) and " " not in text else ""


def from_comment(content: str) -> str:
    """The path when the block's first line (after a shebang) is a comment that holds nothing else."""
    first, _, rest = content.partition("\n")
    if first.startswith("#!"):
        first = rest.partition("\n")[0]
    comment = _COMMENT.match(first[:300])
    text = _WORD.sub("", comment[1], count=1).strip("` ") if comment else ""
    return text if looks_like_file(text) and " " not in text else ""


def looks_like_file(word: str) -> bool:
    """True for a name with a source-like extension, or one such as Dockerfile; a bare route or product is none."""
    if (
        not word
        or "://" in word
        or word.casefold() in _NOT_FILES
        or len(word) > 400
        or any(c in word for c in "<>{}*|?,;")
    ):
        return False
    base = word.replace("\\", "/").rsplit("/", 1)[-1]
    if base.casefold() in _KNOWN_NAMES:
        return True
    stem, dot, extension = base.rpartition(".")
    return bool(dot) and (bool(stem) or "/" in word) and extension.casefold() in _EXTENSIONS


def _from_sentence(line: str) -> str:
    """`Here is `app/main.py`:` — a sentence that ends in a colon and names exactly one file."""
    if not line.rstrip().rstrip("*_").endswith(":"):
        return ""
    spans = [span.strip() for span in _CODE_SPAN.findall(line)]
    named = [span for span in spans if looks_like_file(span) and " " not in span]
    return named[0] if len(named) == 1 else ""
