"""Reads Python sources without running them: what suppresses findings, which tests are code, three rules of our own.

It refuses to import anything it reads. The rules are those that scanners miss and generated back ends get wrong: a
secret as the fallback of an environment variable, one under a name that scanners do not know, and a token decoded
without verification.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from typing import Any

SUPPRESSION = re.compile(
    r"#\s*(nosec\b|noqa\b|type:\s*ignore\[S|pragma:\s*allowlist|pragma:\s*whitelist)", re.IGNORECASE
)
SECRET_NAME = re.compile(
    r"(secret|password|passwd|pwd|(api|private|signing|encryption|jwt|hmac|master)_?key|salt|pepper)$", re.IGNORECASE
)
DEEPEST = 400  # levels of a tree: our rules recurse, and a text that breaks them must not pass for one without findings
TEST_PATH = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$|tests\.py$)")
OWN_RULES = {
    "H001": (798, "secret with a fallback in the source: whoever reads the code can forge what it protects"),
    "H002": (347, "token decoded without verifying its signature"),
    "H003": (798, "credential written into the source"),
}


def parse(text: str) -> ast.Module | None:
    """The syntax tree, None when Python cannot parse the text or when it is nested deeper than anybody writes."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    level: list[ast.AST] = [tree]
    depth = 0
    while level and depth <= DEEPEST:
        level, depth = [child for node in level for child in _deeper(node)], depth + 1
    return None if level else tree


def _deeper(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node; the branches of an `elif` chain stand beside each other, as they are written."""
    waiting = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, ast.If) and isinstance(node, ast.If) and child.col_offset == node.col_offset:
                waiting.append(child)
            else:
                yield child


def suppressed_lines(text: str) -> set[int]:
    """Lines with a comment that would silence a scanner; real comments only, not strings that look like one."""
    found = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and SUPPRESSION.search(token.string):
                found.add(token.start[0])
    except (tokenize.TokenError, SyntaxError, ValueError):
        lines = enumerate(text.splitlines(), start=1)
        found |= {number for number, line in lines if SUPPRESSION.search(line)}
    return found


def is_test(path: str) -> bool:
    """Whether the path is that of a test by pytest's naming."""
    return TEST_PATH.search(path) is not None


def uses_tests(paths: Mapping[str, str], trees: Mapping[str, ast.Module | None], procfile: str) -> bool:
    """Whether the service runs code that lies among the tests: then it is no test code.

    `paths`: neutral name -> original path; `trees`: neutral name -> tree.
    """
    modules = {_stem(path) for path in paths.values() if is_test(path)} - {"__init__"}
    modules -= {_stem(path) for path in paths.values() if not is_test(path)}  # a name that the program's own code has
    names = {"tests", "test"} | modules
    if any(word in names for word in re.findall(r"[A-Za-z0-9_]+", procfile)):
        return True
    return any(
        mentioned.split(".")[0].split("/")[0] in names
        for name, tree in trees.items()
        if tree is not None and not is_test(paths[name])
        for mentioned in _mentioned(tree)
    )


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".py")


def _mentioned(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"tests?[./]", node.value):
            yield node.value


def own_findings(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Findings of our own rules: {"rule", "cwe", "line", "message"}."""
    for node in ast.walk(tree):
        rule = None
        if isinstance(node, ast.Call):
            rule = "H001" if _secret_fallback(node) else "H002" if _unverified(node) else None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            rule = "H003" if _written_secret(node) else None
        if rule:
            cwe, message = OWN_RULES[rule]
            yield {"rule": rule, "cwe": cwe, "line": node.lineno, "message": message}  # type: ignore[attr-defined]


def _written_secret(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [t.id if isinstance(t, ast.Name) else t.attr for t in targets if isinstance(t, ast.Name | ast.Attribute)]
    literal = (
        isinstance(node.value, ast.Constant) and isinstance(node.value.value, str | bytes) and bool(node.value.value)
    )
    return literal and any(SECRET_NAME.search(name) for name in names)


def _secret_fallback(call: ast.Call) -> bool:
    """`os.environ.get("…SECRET…", "literal")` and `os.getenv` alike."""
    if ast.unparse(call.func) not in ("os.environ.get", "environ.get", "os.getenv", "getenv"):
        return False
    values = [*call.args, *(k.value for k in call.keywords if k.arg == "default")]
    texts = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return len(values) == 2 and len(texts) == 2 and bool(SECRET_NAME.search(texts[0])) and bool(texts[1])


def _unverified(call: ast.Call) -> bool:
    """`jwt.decode(…, options={"verify_signature": False})`, `verify=False`, or the algorithm "none"."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "decode":
        return False
    text = {k.arg: ast.unparse(k.value) for k in call.keywords}
    options = re.sub(r"\s", "", text.get("options", ""))
    off = re.search(r"verify(_signature)?['\"]?[:=]False", options) or "'none'" in text.get("algorithms", "").lower()
    return bool(off) or ("jwt" in ast.unparse(call.func.value).lower() and text.get("verify") == "False")
