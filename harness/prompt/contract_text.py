"""The submission contract and the delivery suffixes: the words every agent is given.

Refuses to vary by agent: the same task yields the same contract for all. Changing a word here changes every prompt's
digest and makes recorded replies stale.
"""

PLACEHOLDER = "{{submission_contract}}"

# str.format fields: languages, database, names, start_s, memory_mb, cpus.
SUBMISSION_CONTRACT = """\
## How your project is built and started

- **Stack**: {languages}. Exactly one of `requirements.txt` or `pyproject.toml`, `package.json`, `go.mod` stands at the
  root of the project. Interpreters: Python 3.11, Node 20, Go 1.21 or newer.
- **Dependencies** are declared there and installed for you, from wheels or the npm registry, without running any script
  of yours; direct URLs, other indexes and editable installs are refused. There is no network while the service runs.
- **Folders**: your project is at `/app`, which is read-only and the working directory. Writable are `/data` (64 MB,
  kept when the service is restarted) and `/tmp`.
- **Environment**: `PORT=8000`, {database}{names}.
- **Listen** on `127.0.0.1` or `0.0.0.0` at `$PORT`. The service is given {start_s:g} s to answer, {memory_mb} MB of
  memory and {cpus:g} CPU.
- **Start**: a `Procfile` with the line `web: COMMAND` (split like a shell would, only `$PORT` is expanded, there is no
  shell). Without one: Python `python -m uvicorn app.main:app --host 127.0.0.1 --port $PORT`, Node `npm start`, Go
  `go build -o /build/app . && /build/app`.
- **Tests**: Python `tests/` run with pytest, Node `npm test`, Go `go test ./...`.
- No Dockerfile, image or archive of yours is used.
"""

# What a task with a starter says about the files that are there.
STARTER = """\
## The existing project

These files exist already; what you do not mention stays as it is. Give a changed file complete, or as a unified diff \
or SEARCH/REPLACE block that applies exactly. Delete a file by a line of its own: `DELETE: path/of/file`.
"""

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
