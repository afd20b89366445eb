"""The house rules that a machine can check: layers, purity, sizes, docstrings, and no scorer that names a task."""

import ast
import functools
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HARNESS = ROOT / "harness"

# Top down; a module may import its own package and any line below it (ARCHITECTURE: layers).
LAYERS = (
    ("cli",),
    ("runner", "selfcheck"),
    ("trial",),
    ("measurement",),
    ("agents", "workspace", "sandbox", "store", "executors", "config", "plugins"),
    ("documents",),
    ("report", "gate"),
    ("compare",),
    ("scorers",),
    ("probes", "prompt", "intake", "claims"),
    ("ports",),
    ("model",),
    ("errors",),
)
LEVEL = {package: level for level, row in enumerate(LAYERS) for package in row}
PURE = {package for row in LAYERS[LAYERS.index(("report", "gate")) :] for package in row}
IMPURE_MODULES = {"os", "subprocess", "socket", "time", "random", "threading", "docker", "logging"}
ONLY_IN = {"docker": {"sandbox"}, "pandas": {"compare"}}
NEVER = {"locust", "schemathesis", "bandit", "coverage", "pytest"}

MODULES = sorted(p for p in HARNESS.rglob("*.py") if "images" not in p.relative_to(HARNESS).parts)
DRIVERS = sorted(p for p in (HARNESS / "images").rglob("*.py"))


def package_of(path: Path) -> str:
    first = path.relative_to(HARNESS).parts[0]
    return first.removesuffix(".py")


@functools.cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module, the module first."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@functools.cache
def imports_of(path: Path) -> set[str]:
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_its_own_package_and_the_layers_below(path: Path) -> None:
    own = package_of(path)
    if own == "__init__":
        assert not any(name.startswith("harness") for name in imports_of(path))
        return
    assert own in LEVEL, f"{own} stands in no layer"
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "harness" and len(parts) > 1 and parts[1] not in (own, "__version__"):
            assert LEVEL[own] < LEVEL[parts[1]], f"{path}: {own} may not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_outside_libraries_stay_where_they_belong(path: Path) -> None:
    own = package_of(path)
    tops = {name.split(".")[0] for name in imports_of(path)}
    assert not tops & NEVER, f"{path}: {tops & NEVER} run in probe containers only"
    if own in PURE:
        assert not tops & IMPURE_MODULES, f"{path}: {tops & IMPURE_MODULES} in a pure layer"
    for library, packages in ONLY_IN.items():
        assert library not in tops or own in packages, f"{path}: {library} is imported in {packages} only"
    third_party = {top for top in tops if top != "harness" and top not in sys.stdlib_module_names}
    if own in ("model", "errors"):
        assert not third_party, f"{path}: standard library only"


@pytest.mark.parametrize("path", MODULES + DRIVERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_sizes_and_docstrings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    nodes = nodes_of(path)
    assert isinstance(nodes[0], ast.Module)
    assert len(text.splitlines()) <= 300, f"{path}: more than 300 lines"
    assert ast.get_docstring(nodes[0]), f"{path}: no module docstring"
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 50, f"{path}: {node.name} has {length} lines"
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name):
            assert node.test.id != "TYPE_CHECKING", f"{path}: a layer hidden behind TYPE_CHECKING"


def test_no_module_is_a_dumping_ground() -> None:
    for path in MODULES + DRIVERS:
        assert not re.search(r"(manager|helper|util|common|base)s?$", path.stem), path


def test_no_inheritance_among_our_own_classes_but_errors_and_protocols() -> None:
    for path in MODULES:
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef) and package_of(path) != "errors":
                bases = {ast.unparse(base) for base in node.bases}
                outside = (
                    "Protocol",
                    "Exception",
                    "NamedTuple",
                    "TypedDict",
                    "enum.",
                    "Enum",
                    "StrEnum",
                    "argparse.",
                    "http.server.",
                    "httpx2.",
                    "rich.",
                )
                raised = ("Error", "Exception", "Interrupt")
                stray = {b for b in bases if not b.startswith(outside) and not b.endswith(raised)}
                assert not stray, f"{path}: class {node.name} inherits {stray}"


def test_protocols_have_at_most_four_methods() -> None:
    for node in ast.parse((HARNESS / "ports.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(b) == "Protocol" for b in node.bases):
            methods = [
                f
                for f in node.body
                if isinstance(f, ast.FunctionDef) and not any("property" in ast.unparse(d) for d in f.decorator_list)
            ]
            assert len(methods) <= 4, f"{node.name} has {len(methods)} methods"


def judged_names() -> set[str]:
    tasks = [p for p in (ROOT / "tasks").iterdir() if (p / "task.toml").is_file()]
    names = {task.name for task in tasks}
    names |= {mutant.name for task in tasks for mutant in (task / "mutants").glob("*") if mutant.is_dir()}
    names |= {p.stem for p in (ROOT / "fixtures" / "agents").glob("*")}
    names |= {p.name for p in (ROOT / "fixtures" / "submissions").glob("*")}
    return names


def test_no_scorer_probe_or_threshold_names_a_task_mutant_or_fixture() -> None:
    """Nothing is tuned to what it is judged by: string constants outside docstrings never hold such a name."""
    names = judged_names()
    assert names, "there is something to be named"
    for path in MODULES + DRIVERS:
        if package_of(path) not in ("scorers", "probes", "images", "compare", "gate"):
            continue
        docstrings = {
            id(node.body[0].value)
            for node in nodes_of(path)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in nodes_of(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                words = set(re.findall(r"[a-z0-9][a-z0-9_-]+", node.value.lower()))
                assert not words & names, f"{path}:{node.lineno}: names {words & names}"
