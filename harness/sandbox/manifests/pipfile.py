"""A Pipfile as requirements. Refuses packages from elsewhere than the public index. Pure.

Format: https://pipenv.pypa.io/en/latest/pipfile.html
"""

from collections.abc import Mapping

from harness.sandbox.manifests.poetry import check_sources, read_poetry_table
from harness.sandbox.manifests.pyproject import Declared, read_toml_table, table
from harness.sandbox.manifests.requirement import RequirementLines, check_python


def read_pipfile(files: Mapping[str, bytes], name: str = "Pipfile") -> Declared:
    """[packages] for the service, every other list of packages as a group ("dev" is [dev-packages])."""
    document = read_toml_table(files[name], name)
    check_sources(document.get("source"), f"{name}: [[source]]")
    wanted = table(document, "requires").get("python_version")
    check_python(f"=={wanted}" if isinstance(wanted, str) else None, f"{name}: [requires] python_version")
    runtime = read_poetry_table(table(document, "packages"), f"{name}: [packages]")
    groups: dict[str, RequirementLines] = {}
    for key in document:
        if key not in ("packages", "source", "requires", "scripts", "pipenv") and table(document, key):
            groups[key.removesuffix("-packages")] = read_poetry_table(table(document, key), f"{name}: [{key}]")
    return Declared(runtime, groups=groups)
