"""The submission contract and the delivery suffixes: the words every agent is given.

Refuses to vary by agent: the same task yields the same contract for all. Changing a word here changes every prompt's
digest and makes recorded replies stale.
"""

from dataclasses import dataclass

PLACEHOLDER = "{{submission_contract}}"

# The pinned tools of harness/images/coverage; a test holds this line against their lock.
TEST_TOOLS = "pytest 9.2.0 and coverage 7.17.3"

# str.format fields: languages, stack, dependencies, database, names, start_s, memory_mb, cpus, start, tests.
SUBMISSION_CONTRACT = """\
## How your project is built and started

- **Stack**: {languages}. {stack}
- **Dependencies** are installed for you without running any script of yours. {dependencies}
  There is no network while the service runs.
- **Folders**: your project is at `/app`, which is read-only and the working directory. Writable are `/data` (64 MB,
  kept when the service is restarted) and `/tmp`.
- **Environment**: `PORT=8000`, {database}{names}.
- **Listen** on `127.0.0.1` or `0.0.0.0` at `$PORT`. The service is given {start_s:g} s to answer, {memory_mb} MB of
  memory and {cpus:g} CPU.
- **Start**: a `Procfile` with one line `web: COMMAND`, which `/bin/sh -c` runs in `/app`. A line `release: COMMAND` is
  run to its end before the first start, and not when the service is restarted; it has ten times as long as the start,
  and if it fails, the service is not started.
  Everything the command started gets SIGTERM when the service is to stop. {start}
- **Tests**: {tests}
- No Dockerfile, image or archive of yours is used.
"""

# What a task with a starter says about the files that are there.
STARTER = """\
## The existing project

These files exist already; what you do not mention stays as it is. Give a changed file complete, or as a unified diff \
or SEARCH/REPLACE block that applies exactly. Delete a file by a line of its own: `DELETE: path/of/file`.
"""


@dataclass(frozen=True)
class LanguageText:
    """What the contract says of one language; a task that allows several says all. `start`: without a `web:` line."""

    name: str
    manifests: str
    interpreter: str
    dependencies: str
    start: str
    tests: str


PYTHON = LanguageText(
    name="Python",
    manifests=(
        "`requirements.txt` or else `pyproject.toml` (standard, poetry, pdm and uv tables), `Pipfile`, "
        "`setup.cfg` or `setup.py`"
    ),
    interpreter="Python 3.11",
    dependencies=(
        "Python packages come as wheels from the public index, pinned anew whatever your lock file says. Files "
        "that `-r` and `-c` name and folders that `-e` names are followed inside the project, and a project that "
        "is a package is importable, with its console scripts on the PATH, as after `pip install -e .`. Refused: "
        "URLs, version control, other indexes, wheels of your own, paths outside of the project, variables in a "
        "requirement, packages without a wheel for Python 3.11, a project that excludes Python 3.11, and a list "
        "that only running `setup.py` would tell; name a package and version of the index in `requirements.txt` "
        "instead."
    ),
    start=(
        "`python -m uvicorn app.main:app --host 127.0.0.1 --port $PORT`; where there is no such app, the first of "
        "`manage.py`, `main.py`, `app.py`, `asgi.py`, `server.py`, `api.py`, `wsgi.py` at the root, in a package "
        "or in `src/` that holds an application, a function `create_app` or a program"
    ),
    tests=(
        f"`tests/` run with pytest; {TEST_TOOLS} are there. Name whatever else they need (plugins, httpx, …) among the "
        "dependencies, or apart from them in `requirements-dev.txt`, a dependency group or an extra `dev` or `test`"
    ),
)
NODE = LanguageText(
    name="Node.js",
    manifests="`package.json`",
    interpreter="Node 20",
    dependencies="Node packages come from the npm registry, without their scripts.",
    start="`npm start`",
    tests="`npm test`",
)
GO = LanguageText(
    name="Go",
    manifests="`go.mod`",
    interpreter="Go 1.21 or newer",
    dependencies="Go modules are vendored.",
    start="`go build -o /build/app . && /build/app`",
    tests="`go test ./...`",
)

CHAT_DELIVERY = """\
Delivery: this is a non-interactive run; nobody can answer questions, so state assumptions and go on. Follow your own \
output structure. Wherever you give the content of a file, put its repository-relative path in the code fence's info \
string, e.g. ```python app/main.py, with the complete content. Needed: the service starts as described above and \
listens on $PORT.
"""

JSON_DELIVERY = """\
Delivery: this is a non-interactive run; nobody can answer questions, so state assumptions and go on. Follow your own \
response format. Where a value holds code, add a sibling key "file" with the repository-relative path. Add one more \
top-level key "files": a list with an entry for every file of the project, each {"path": repository-relative path, \
"content": the complete content}, or {"path": ..., "from": JSON Pointer (RFC 6901) to the code in this reply}. It says \
what the project consists of and never counts against your own format or its limits. Needed: the service starts as \
described above and listens on $PORT.
"""
