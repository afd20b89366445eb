"""Which file a code block belongs to: the info string, a label line before it, its first line, a sentence.

Refuses to take a word for a path unless it looks like a file name, and a block of one language for a file of another
(`pytest` under the heading of a test file); what is not clearly a file stays an example.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.intake.claimed import COMMENT, INFO, LABEL, SENTENCE
from harness.intake.fences import Fence, is_markdown
from harness.intake.info import from_info, read_info
from harness.intake.names import SHELL, fits, looks_like_file

__all__ = [
    "COMMENT",
    "INFO",
    "LABEL",
    "SENTENCE",
    "Claim",
    "claim_of",
    "from_comment",
    "from_info",
    "from_label",
    "looks_like_file",
]
LOOK_BACK = 3  # lines before a fence in which a label may stand that is no heading

_BOLD = re.compile(r"[ \t]*\*\*[^*\n]+\*\*[ \t]*[:：]?[ \t]*")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+\S")
_RULE = re.compile(r"^[ \t]*(?:=+|-{3,}|\*{3,}|_{3,})[ \t]*$")
_LEAD = re.compile(
    r"^(?:#{1,6}[ \t]+|[-*+•][ \t]+|\(?\d{1,3}(?:\.\d{1,3})*[.):][ \t]+|\d{1,3}[ \t]*[-–—][ \t]+|>[ \t]*"
    r"|[^\w\s`*_./<>\[({#\"'-]+[ \t]*|={2,}[ \t]*|-{2,}[ \t]+)*"
)
_WORD = re.compile(
    r"^(?:(?:(?:the|new|full|complete|updated|modified|source)[ \t])*(?:file|code)?[ _-]?(?:name|path)?"
    r"(?:[ \t]*#?\d{1,3})?|path|create|add|update|edit|modify|write|save as|save to|location"
    r"|文件(?:名称?|路径)?|檔案(?:名稱|路徑)?|路径|路徑|ファイル(?:名|パス)?|パス|파일(?:명|[ \t]?경로)?|경로"
    r"|datei(?:name|pfad)?|pfad|fichier|chemin|archivo|fichero|ruta|arquivo|caminho|ficheiro|файл|путь|имя файла"
    r"|plik|ścieżka|dosya(?: adı| yolu)?|bestand|soubor|fil|tệp|tập tin|berkas|फ़ाइल|ملف)(?:[ \t]*[:：][ \t]*|[ \t]+)",
    re.I,
)
# "- File: `app/main.py`", "2. **app/main.py**": a label below which a remark may stand, as below a heading.
_TITLED = re.compile(
    r"^[ \t]*(?:(?:[-*+][ \t]+)?(?:[*_]{2})?(?:file(?:[ _-]?(?:name|path))?|path)(?:[*_]{2})?[ \t]*[:：]"
    r"|\d{1,3}[.)][ \t]+(?:[*_]{2}|`))",
    re.I,
)
_THEN = re.compile(r"^(?:and|then|next|finally|lastly|also|now|plus|(?:and )?a)\b,?[ \t]+", re.I)
_NOTE = re.compile(r"[ \t]*[(\[（](?!/)[^()\[\]（）]{0,80}[)\]）][ \t]*")
_LINK = re.compile(r"\[`?([^\[\]`\n]{1,300})`?\]\([^()\s]{1,300}\)")
_HTML = re.compile(
    r"</?(?:details|summary|code|b|strong|i|em|h\d|p|br|filepath|file_path|filename|path)\b[^>\n]{0,80}>", re.I
)
_FRAME = re.compile(
    r"^<!--[ \t]*(.*?)[ \t]*-->$|^//+[ \t]+(.*)$|^={2,}[ \t]*(.*?)[ \t]*={2,}$|^-{2,}[ \t]*(.*?)[ \t]*-{2,}$"
)
_COMMENT = re.compile(
    r"^[ \t]*(?:#+|//+|--+|;+|/\*+|<!--|%+|\"\"\"|''')[ \t]*(.*?)[ \t]*(?:\*/|-->|\"\"\"|''')?[ \t]*$"
)
_RULED = re.compile(r"[ \t]*(?:#|//|--)[ \t]*[-=*#~]{4,}[ \t]*$")  # a rule above the path
_SECTION = re.compile(r"[ \t]+[-–—|:：].*$|[:：][ \t].*$")
_REMARK = re.compile(r"[ \t]+[-–—|].*$|[ \t]*[:：][ \t].*$")
_CODE_SPAN = re.compile(r"`([^`\n]{1,200})`")
_TOKEN = re.compile(r"[^\s`*()\[\],;:'\"<>（）：，。、]+")
_SETTING = re.compile(r"[ \t]*(?:#|[A-Za-z_]\w*=)")
_OUTPUT = re.compile(
    r"\b(?:output|outputs|prints?|printed|logs?|logged|usage|run|runs|running|results?|returns?|responds?|response"
    r"|fails?|error|passes)\b|输出|结果|运行|вывод|результат",
    re.I,
)
_PLAIN_NAMES = frozenset(("README", "CHANGELOG"))  # a heading's word; its block says that the file is Markdown
_TREE = re.compile(r"[├└│]──|^[ \t]*[|`]--", re.M)


@dataclass(frozen=True)
class Claim:
    """A path as written, and how strongly the reply ties the block to it (INFO is explicit, the rest is read off).

    taken: lines of the block's head that are the label and no content (a path alone on the first line).
    """

    path: str
    strength: int
    taken: int = 0


def claim_of(fence: Fence, before: Sequence[str]) -> Claim | None:
    """The file `fence` claims to be; `before` holds the lines since the previous block that is a file."""
    info = read_info(fence.info, fence.content)
    if info.path:
        return Claim(info.path, INFO)
    if info.cites:
        return None
    tree = _TREE.search(fence.content[:2_000]) is not None
    label = next((line for line in reversed(before[-LOOK_BACK:]) if line.strip() and not _RULE.match(line)), "")[:400]
    heading = next((line for line in reversed(before) if _is_heading(line)), "")
    for found, strength in (
        (from_label(label), LABEL),
        (from_comment(fence.content), COMMENT),
        ("" if _shows_output(fence, label) else _from_sentence(label), SENTENCE),
        (from_label(heading), LABEL),
        (_only_path(heading), SENTENCE),
        (_titled(before, label), SENTENCE),
    ):
        if found and not tree and fits(fence.language, found) and not _a_shell_line(fence, found, strength):
            return Claim(f"{found}.md" if found in _PLAIN_NAMES and is_markdown(fence.info) else found, strength)
    first = _first_line(fence)
    return Claim(first, COMMENT, taken=1) if first and not tree else None


def _a_shell_line(fence: Fence, path: str, strength: int) -> bool:
    """Commands that a comment or a sentence only mentions a file for; plain text may begin with its own name."""
    if strength <= LABEL or path.endswith(".sh"):
        return False
    if fence.language in ("text", "plaintext"):
        return strength != COMMENT
    return fence.language in SHELL and not (_is_settings(path) and _only_settings(fence.content))


def _shows_output(fence: Fence, line: str) -> bool:
    """Whether a block of no language is what the file that `line` names prints or is called by."""
    return fence.language in ("", "text", "txt", "log") and _OUTPUT.search(_CODE_SPAN.sub("", line)) is not None


def _is_settings(path: str) -> bool:
    return path.replace("\\", "/").rsplit("/", 1)[-1].startswith(".env")


def _only_settings(content: str) -> bool:
    """Whether every line is a comment or NAME=value."""
    return all(_SETTING.match(line) for line in content.split("\n") if line.strip())


def from_label(line: str) -> str:
    """The path when the line is a label: a heading, bold, code span, list number, `File: path`; a remark may follow."""
    text = _LINK.sub(r"\1", line.strip()[:400])
    frame = _FRAME.match(text)
    if frame:
        text = next(group for group in frame.groups() if group is not None)
    text = _HTML.sub("", text).strip()
    text = _THEN.sub("", _LEAD.sub("", text, count=1).strip())
    plain = _plain(text)
    if _is_path(plain):
        return plain
    named = _plain(_SECTION.sub("", _NOTE.sub(" ", text).strip()))
    return named if _is_path(named) else ""


def from_comment(content: str) -> str:
    """The path when the block's first line (after a shebang) is a comment that holds nothing else."""
    first, _, rest = content.lstrip("\n").partition("\n")
    if first.startswith("#!"):
        first = rest.partition("\n")[0]
    if _RULED.match(first):
        first = rest.partition("\n")[0]
    if re.match(r"--- [ab]/", first) or first.startswith("#!["):
        return ""
    comment = _COMMENT.match(first[:300])
    if comment is None:
        return ""
    said = _NOTE.sub(" ", comment[1]).strip().strip("-=* \t")
    text = _plain(said)
    if _is_path(text):
        return text
    remarked = _plain(_REMARK.sub("", said))  # "# app/main.py - the API", where only a folder tells it from prose
    return remarked if "/" in remarked and _is_path(remarked) else ""


def _plain(text: str) -> str:
    """`text` without emphasis, code marks, a leading "File:" and a colon at the end."""
    text = text.replace("**", "").replace("__", "") if "__init__" not in text else text.replace("**", "")
    text = text.strip("*` \t").rstrip(":：").strip("*` \t")
    text = _WORD.sub("", text, count=1).strip("*` \t\"'").rstrip(":：").strip("*` \t\"'")
    return text.strip("_") if text.startswith("_") and not text.startswith("__") else text


def _is_path(text: str) -> bool:
    return looks_like_file(text) and " " not in text and "`" not in text and ":" not in text


def _only_path(text: str) -> str:
    """The one path that a heading names: "Main application (`app/main.py`)"."""
    words = [word.strip("._*") if not word.startswith((".", "_")) else word for word in _TOKEN.findall(text)]
    named = list(dict.fromkeys(word for word in words if _is_path(word)))
    return named[0] if len(named) == 1 else ""


def _from_sentence(line: str) -> str:
    """`Here is `app/main.py`:` — a sentence that ends in a colon and names exactly one file."""
    if not line.rstrip().rstrip("*_").endswith((":", "：")):
        return ""
    spans = [span.strip() for span in _CODE_SPAN.findall(line)]
    named = [span for span in spans if looks_like_file(span) and " " not in span]
    return named[0] if len(named) == 1 else _only_path(line) if not spans else ""


def _titled(before: Sequence[str], label: str) -> str:
    """The one path in `before` that is titled; "" when the line before the block introduces something else."""
    if label.rstrip("*_ \t").endswith((":", "：")):
        return ""
    named = {path for path in (from_label(line) for line in before if _TITLED.match(line)) if path}
    return named.pop() if len(named) == 1 else ""


def _is_heading(line: str) -> bool:
    return _HEADING.match(line) is not None or _BOLD.fullmatch(line) is not None


def _first_line(fence: Fence) -> str:
    """A path alone on the block's first line, when what follows is no list of paths."""
    first, _, rest = fence.content.partition("\n")
    second = rest.lstrip("\n").partition("\n")[0].strip()
    if "/" not in first or not _is_path(first.strip()) or first.startswith("/") or looks_like_file(second):
        return ""
    return first.strip() if second and fence.language not in (*SHELL, "text", "plaintext", "http") else ""
