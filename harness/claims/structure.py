"""Claims made by a definition's structure: lists of output sections, and examples in code fences.

Refuses lists under any heading that is not about the output: an agent's nine priorities are not nine reply sections.
"""

import json
import re
from collections.abc import Callable, Iterator

from harness.claims.lexicon import OUTPUT_HEADING
from harness.claims.lines import Line, lines
from harness.model.claim import Claim

_ITEM = re.compile(r"^(?:\d+[.)]|[-*])\s+\*\*([^*]+)\*\*")
_KEYED_NUMBER = re.compile(
    r'"?(?P<key>files_count|confidence|max_\w+|coverage\w*|p95\w*)"?\s*[:=]\s*(?P<number>\d+(?:\.\d+)?)'
)
_EXAMPLE_METRIC = {"files_count": ("files", "files"), "confidence": ("confidence", "%")}

MakeId = Callable[[str, str], str]


def _counted(metric: str, unit: str, value: int, items: list[tuple[Line, str]], quote: str, make_id: MakeId) -> Claim:
    first, last = items[0][0], items[-1][0]
    return Claim(
        id=make_id(metric, quote),
        quote=quote,
        span=(first.start, last.start + len(last.text)),
        line=first.number,
        metric=metric,
        op="=",
        value=float(value),
        unit=unit,
    )


def sections(body: str, make_id: MakeId) -> Iterator[Claim]:
    """Bold list items under an output heading: `reply_sections` or `deliverables`, with their number."""
    groups: dict[str, list[tuple[Line, str]]] = {}
    for line in lines(body):
        item = _ITEM.match(line.text)
        if line.fence is None and not line.is_heading and item and OUTPUT_HEADING.search(line.heading):
            groups.setdefault(line.heading, []).append((line, item[1].strip()))
    for heading, items in groups.items():
        if len(items) < 2:
            continue
        metric = "deliverables" if "deliverable" in heading.lower() else "reply_sections"
        quote = f"{heading}: {'; '.join(name for _, name in items)}"
        yield _counted(metric, metric.rsplit("_", 1)[-1], len(items), items, quote, make_id)


def _fences(body: str) -> Iterator[list[Line]]:
    block: list[Line] = []
    for line in lines(body):
        if line.fence is not None and (not block or line.block == block[0].block):
            block.append(line)
        elif block:
            yield block
            block = [line] if line.fence is not None else []
    if block:
        yield block


def examples(body: str, make_id: MakeId) -> Iterator[Claim]:
    """Numbers inside fences are examples; a JSON object under an output heading also says how many keys a reply has."""
    for block in _fences(body):
        for line in block:
            for match in _KEYED_NUMBER.finditer(line.text):
                metric, unit = _EXAMPLE_METRIC.get(match["key"], (match["key"], ""))
                yield Claim(
                    id=make_id(metric, line.text),
                    quote=line.text.strip(),
                    span=(line.start + match.start(), line.start + match.end()),
                    line=line.number,
                    metric=metric,
                    op="=",
                    value=float(match["number"]),
                    unit=unit,
                    modality="example",
                )
        if OUTPUT_HEADING.search(block[0].heading):
            yield from _skeleton(block, make_id)


def _skeleton(block: list[Line], make_id: MakeId) -> Iterator[Claim]:
    try:
        value = json.loads("\n".join(line.text for line in block))
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict) and value:
        quote = f"{block[0].heading}: JSON object with the keys {', '.join(value)}"
        yield _counted("reply_json_keys", "keys", len(value), [(line, "") for line in block], quote, make_id)
