"""The writable copy in which a suite runs, and the configuration of ours beside it.

Refuses the submission's own coverage configuration: what counts, and what is left out, is written here.
"""

import shutil
from pathlib import Path

from settings import Settings
from suite import Suite, skipped

_MARKERS = "no_cover: of a plugin that is switched off here\n    no_cov: of a plugin that is switched off here"


def write_ini(path: Path, settings: Settings) -> None:
    """Our pytest.ini: what is applied of the submission's settings, and nothing else."""
    ini = {**settings.ini, "markers": f"{settings.ini.get('markers', '')}\n{_MARKERS}"}
    lines = [f"{key} = {_indented(value)}" for key, value in sorted(ini.items())]
    path.write_text("[pytest]\n" + "\n".join(lines) + "\n", "utf-8", errors="surrogatepass")


def _indented(value: str) -> str:
    """Further lines of a value belong to its key only when they are indented."""
    first, *rest = [line.strip() for line in value.splitlines()] or [""]
    return "\n    ".join([first, *(line for line in rest if line)])


def write_rcfile(path: Path, root: Path, data_file: Path, suite: Suite, greenlet: bool) -> None:
    """Our coverage configuration (https://coverage.readthedocs.io/en/latest/config.html).

    Other files among the tests are recorded, in case the service turns out to use them. `(?!)` never matches: it
    replaces the default exclusions, so that `# pragma: no cover` hides nothing.
    """
    modules = [f"{root}/{p}" for p in suite.tests if suite.is_module(p)]
    omit = "\n    ".join(modules or [f"{root}/__no_such_file__"])
    path.write_text(
        "[run]\nbranch = true\nparallel = true\nsigterm = true\npatch =\n    subprocess\n    fork\n    _exit\n"
        f"concurrency = thread{',greenlet' if greenlet else ''}\n"
        f"source =\n    {root}\ndata_file = {data_file}\nomit =\n    {omit}\n"
        "[report]\nexclude_lines =\n    (?!)\npartial_branches =\n    (?!)\n"
        "ignore_errors = true\ninclude_namespace_packages = true\n",
        "utf-8",
    )


def fresh_copy(app: Path, root: Path) -> None:
    """A new writable copy of the submission at `root`; what an earlier run changed there is gone."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    out = skipped(app)
    for path in sorted(app.rglob("*")):
        relative = path.relative_to(app)
        if path.is_symlink() or path in out or any(folder in path.parents for folder in out):
            continue
        if path.is_dir():
            (root / relative).mkdir(exist_ok=True)
        elif path.is_file():
            shutil.copyfile(path, root / relative)
            if path.stat().st_mode & 0o100:
                (root / relative).chmod(0o755)  # scripts that tests start
