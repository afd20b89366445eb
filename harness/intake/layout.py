"""Where a fragment goes when the reply does not say: a fixed table by stack, the same for every agent and task.

Refuses to look at meaning: only roles, names and the declared stack decide, so the same reply always lands the same.
"""

import re
from collections.abc import Sequence

from harness.intake.structured import Fragment

_SUFFIX = {"python": ".py", "node": ".js", "go": ".go"}
_FOLDERS = {
    "python": {
        "api_endpoints": "app/api",
        "services": "app/services",
        "models": "app/models",
        "middleware": "app/middleware",
    },
    "node": {
        "api_endpoints": "src/routes",
        "services": "src/services",
        "models": "src/models",
        "middleware": "src/middleware",
    },
    "go": {
        "api_endpoints": "internal/api",
        "services": "internal/services",
        "models": "internal/models",
        "middleware": "internal/middleware",
    },
}
_DEPENDENCIES = {"python": "requirements.txt", "node": "package.json", "go": "go.mod"}
_SIGNS = {
    "python": re.compile(r"^\s*(?:from \w[\w.]* import |import \w+|def \w+\(|async def |class \w+.*:)", re.M),
    "node": re.compile(r"\brequire\(|^\s*(?:const|let|export|import .* from)\b|=>", re.M),
    "go": re.compile(r"^\s*(?:package \w+|func |type \w+ struct)", re.M),
}
_SQL = re.compile(r"\b(?:CREATE\s+TABLE|ALTER\s+TABLE|INSERT\s+INTO|CREATE\s+(?:UNIQUE\s+)?INDEX)\b", re.I)


def stack_of(fragments: Sequence[Fragment]) -> str:
    """python, node or go: whose signs are the most frequent; python when nothing tells."""
    counts = {stack: sum(len(sign.findall(f.code)) for f in fragments) for stack, sign in _SIGNS.items()}
    return max(counts, key=lambda stack: (counts[stack], stack == "python"))


def conventional_path(fragment: Fragment, stack: str) -> str | None:
    """The one place such a file has in any project (README.md, openapi.yaml, …), or None."""
    if fragment.group == "documentation":
        if fragment.role == "openapi":
            return "openapi.json" if fragment.code.lstrip().startswith("{") else "openapi.yaml"
        return "README.md" if fragment.role == "readme" else None
    if fragment.group == "configuration":
        return _DEPENDENCIES[stack] if fragment.role == "dependencies" else ".env.example"
    return None


def layout_paths(fragments: Sequence[Fragment], stack: str, taken: Sequence[str]) -> dict[str, str]:
    """pointer -> path for every fragment, all different from each other and from `taken`."""
    used = {path.casefold() for path in taken}
    paths = {}
    for fragment in fragments:
        wanted = conventional_path(fragment, stack) or _table_path(fragment, stack)
        path, number = wanted, 1
        while path.casefold() in used:
            number += 1
            path = _numbered(wanted, number)
        used.add(path.casefold())
        paths[fragment.pointer] = path
    return paths


def _table_path(fragment: Fragment, stack: str) -> str:
    suffix = _SUFFIX[stack]
    name = _slug(fragment.name) or _slug(fragment.role) or "part"
    if fragment.group == "database":
        kind = ".sql" if _SQL.search(fragment.code) else suffix
        return f"migrations/{_slug(fragment.role) or 'database'}{kind}"
    if fragment.group == "tests" or fragment.role in ("tests", "test"):
        # Without a name of its own the test is called by its role: unit, integration.
        return _test_path(name, stack)
    if fragment.role == "validations":
        name = f"{name}_validation"
    folder = _FOLDERS[stack].get(fragment.group, "app" if stack == "python" else "src")
    return f"{folder}/{name}{suffix}"


def _test_path(name: str, stack: str) -> str:
    if stack == "python":
        return f"tests/test_{name}.py"
    return f"tests/{name}.test.js" if stack == "node" else f"tests/{name}_test.go"


def _numbered(path: str, number: int) -> str:
    stem, dot, extension = path.rpartition(".")
    return f"{stem}_{number}{dot}{extension}"


def _slug(text: str) -> str:
    """snake_case of letters and digits, at most 60 characters: UserService -> user_service."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text[:200])
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:60].strip("_")
