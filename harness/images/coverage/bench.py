"""One place where suite runs happen: folders, environment, configuration, and the report that came back.

Refuses to interpret outcomes; a report with the wrong token, or none, is `None`.
"""

import json
import secrets
import shutil
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import processes
from harness_probe import budget
from harness_probe.limits import LIMITS
from settings import below
from suite import Suite
from workcopy import fresh_copy, write_ini, write_rcfile

HERE = Path(__file__).resolve().parent
MAX_REPORT_BYTES = 20_000_000
MINI_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Outcome:
    """One run of the suite: how the process ended and what it reported (None = nothing credible)."""

    ended: processes.Ended
    report: dict[str, Any] | None

    @property
    def outcomes(self) -> dict[str, str]:
        """Node id -> passed | failed | error | skipped; {} without a report."""
        return self.report["outcomes"] if self.report else {}

    def passed(self) -> set[str]:
        """Node ids reported as passed."""
        return {test for test, outcome in self.outcomes.items() if outcome == "passed"}


@dataclass(frozen=True)
class Side:
    """What one run writes beside its report; every run has all of it, under names drawn anew, so that none stands out.

    rcfile: coverage's configuration, whose data go to `data`; witness, path: name of the builtin and where it writes;
    executed: where executed code is written down (inherit/suite_side.py); roots: folders from which imports start.
    """

    root: Path
    tools: str
    rcfile: Path
    data: Path
    witness: str
    path: Path
    executed: Path
    roots: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """As agent_side.py and sitecustomize.py read it."""
        return {
            "root": str(self.root),
            "tools": self.tools,
            "rcfile": str(self.rcfile),
            "witness": {"name": self.witness, "path": str(self.path)},
            "executed": str(self.executed),
            "inherit": str(HERE / "inherit"),
            "roots": list(self.roots),
        }


class Bench:
    """Runs the suite of the submission at `app` in `scratch`, with the submission's own interpreter."""

    def __init__(self, app: Path, env: Path, scratch: Path, suite: Suite, environment: dict[str, str]) -> None:
        self.app, self.env, self.scratch, self.suite = app, env, scratch, suite
        self.root, self.data, self.home = scratch / "app", scratch / "data", scratch / "home"
        self.ini = scratch / "pytest.ini"
        self.tools = sysconfig.get_paths()["purelib"]
        self._environment = environment
        self.bare = False  # True: without the service's environment, as on a machine that has never heard of the task
        write_ini(self.ini, suite.settings)
        self._greenlet = any(self.env.glob("lib/python3*/site-packages/greenlet/__init__.py"))

    @property
    def project(self) -> Path:
        """What an editable install of the submission leaves, beside its environment (/opt/project)."""
        return self.env.parent / "project"

    @property
    def python(self) -> str:
        """The submission's interpreter, or the system's when it has no packages."""
        own = self.env / "bin" / "python"
        return str(own) if own.exists() else "/usr/bin/python3"

    def roots(self) -> tuple[str, ...]:
        """Folders of the copy from which imports start: as the files say, and what says so of /app."""
        said = [f"/app/{line}" for line in _lines(self.project / "roots.txt")]
        said += self._environment.get("PYTHONPATH", "").split(":")
        mapped = [place for word in said if word.startswith("/app") and (place := below(self.app, "", word.strip()))]
        return tuple(dict.fromkeys([*(str(self.root / p) for p in (*self.suite.roots, *mapped)), str(self._links())]))

    def _links(self) -> Path:
        """Packages that stand in a folder of another name, leading into the copy."""
        folder = self.scratch / "links"
        folder.mkdir(exist_ok=True)
        for link in self.project.glob("site/*"):
            place = below(self.app, "", str(link.readlink())) if link.is_symlink() else None
            if place is not None and not (folder / link.name).is_symlink():
                (folder / link.name).symlink_to(self.root / place)
        return folder

    def variables(self) -> dict[str, str]:
        """The service's environment, with files and database moved into our scratch folder; or only what any has."""
        url = self._environment.get("DATABASE_URL", "")
        variables = {
            **({} if self.bare else {"PORT": "8000", **self._environment}),
            **({"DJANGO_SETTINGS_MODULE": self.suite.django} if self.suite.django else {}),
            "PATH": f"{self.project}/bin:{self.env}/bin:{MINI_PATH}",
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(HERE / "inherit"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            # by this hypothesis knows a shared machine: no deadline for an example, the same examples in every run
            "__TOX_ENVIRONMENT_VARIABLE_ORIGINAL_CI": "1",
        }
        if not self.bare and (not url or url.startswith("sqlite")):
            variables["DATABASE_URL"] = f"sqlite:///{self.data}/app.db"
        return variables

    def config(self, mode: str, **more: Any) -> dict[str, Any]:
        """What agent_side.py reads from stdin."""
        return {
            "mode": mode,
            "root": str(self.root),
            "home": str(self.root / self.suite.home),
            "ini": str(self.ini),
            "tests": list(self.suite.arguments),
            "options": list(self.suite.settings.options),
            "django": self.suite.django,
            "packages_under": f"{self.env}/lib",
            **more,
        }

    def side(self) -> Side:
        """A new one, with its folder and its configuration."""
        folder = self.scratch / secrets.token_hex(6)
        data = folder / "data"
        data.mkdir(parents=True)
        side = Side(
            self.root,
            self.tools,
            folder / "rc",
            data,
            f"w_{secrets.token_hex(8)}",
            folder / "path",
            folder / "executed",
            self.roots(),
        )
        write_rcfile(side.rcfile, self.root, data / "run", self.suite, self._greenlet)
        return side

    def reset(self) -> None:
        """Pristine files, and nothing left in the folders that a run writes to."""
        fresh_copy(self.app, self.root)
        self.forget()

    def forget(self) -> None:
        """Empty database and home folders: a suite that counts its runs there always finds the first."""
        for folder in (self.data, self.home):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, files: Iterable[tuple[str, str]]) -> None:
        """Replace files of the working copy."""
        for relative, text in files:
            (self.root / relative).write_text(text, "utf-8", errors="surrogatepass")

    def argv(self) -> list[str]:
        """-P keeps our folder off the path, so that none of our modules can shadow one of the submission's."""
        return [self.python, "-P", str(HERE / "agent_side.py")]

    def run(self, limit_s: float, side: Side, what: str = "") -> Outcome:
        """Run the whole suite once on the working copy as it stands.

        what: the name of a run whose end matters; when a limit of ours ends it, that is noted.
        """
        report, token = self.scratch / f"{secrets.token_hex(6)}.json", secrets.token_hex(16)
        config = self.config("run", report=str(report), token=token, side=side.told())
        ended = processes.run(self.argv(), config, self.variables(), self.root, limit_s)
        if what:
            LIMITS.used(ended.share, 1.0)
        if what and ended.limit:
            LIMITS.cut(ended.limit, budget.seconds(ended.limit, limit_s), what)
        return Outcome(ended, _read_report(report, token))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []


def _read_report(path: Path, token: str) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > MAX_REPORT_BYTES:
            return None
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    finally:
        path.unlink(missing_ok=True)
    if not isinstance(value, dict) or value.get("token") != token or not isinstance(value.get("outcomes"), dict):
        return None
    value["outcomes"] = {str(k): str(v) for k, v in value["outcomes"].items()}
    return value
