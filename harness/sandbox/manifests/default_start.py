"""How a submission without a `web:` line is started: `app.main:app` with uvicorn, as the contract says; where there is
no such file, what its files offer in its place, and the record says what was taken.

Pure. Places are looked at in one order, and the first that offers something is taken: `app/main.py`, `manage.py`, then
the usual names at the root, in packages, and in `src/`.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.sandbox.manifests.server_objects import Offer, offer_of

_HOST = "127.0.0.1"
_NAMES = ("main", "app", "asgi", "server", "api", "wsgi", "application", "run", "__main__", "__init__")
_NO_SERVER = frozenset(
    ("tests", "test", "docs", "scripts", "migrations", "alembic", "examples", "benchmarks", "tools", "node_modules")
)
_WSGI_ONLY = ("flask", "bottle", "falcon", "pyramid", "apiflask")


@dataclass(frozen=True)
class Start:
    """A command, and what the record says of how it was found."""

    argv: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """A file that can be served: its dotted name, what it offers, and the folder to import it from ("" = as it is)."""

    path: str
    module: str
    folder: str
    offer: Offer


def default_start(files: Mapping[str, bytes], requirements: Sequence[str], roots: Sequence[str], port: int) -> Start:
    """The command that starts what the files hold. roots: folders that are importable besides the submission's."""
    packages: set[str] = {canonicalize_name(Requirement(line).name) for line in requirements}
    stated = ("python", "-m", "uvicorn", "app.main:app", "--host", _HOST, "--port", str(port))
    found = list(_found(files, roots))
    first = found[0] if found and (found[0].module, found[0].folder) == ("app.main", "") else None
    if first and (first.offer.kind != "wsgi" if first.offer.name == "app" else first.offer == Offer()):
        return Start(stated)
    if "manage.py" in files and not first:
        return _told(_django(files, packages, port), "manage.py")
    for ready in (_is_object, _is_factory, _is_program):
        for one in found:
            if ready(one.offer):
                return _told(_command(one, packages, port), one.path)
    return Start(stated, (f"nothing to serve was found; started as the contract says: {' '.join(stated)}",))


def _told(argv: tuple[str, ...], path: str) -> Start:
    return Start(argv, (f"no 'web:' line and no app in app/main.py; {path} was found and started: {' '.join(argv)}",))


def _is_object(offer: Offer) -> bool:
    return bool(offer.name) and not offer.factory


def _is_factory(offer: Offer) -> bool:
    return offer.factory


def _is_program(offer: Offer) -> bool:
    return offer.program


def _found(files: Mapping[str, bytes], roots: Sequence[str]) -> Iterator[_Found]:
    for path in sorted((name for name in files if _is_candidate(name)), key=_rank):
        root = next((root for root in roots if root != "." and path.startswith(root + "/")), "")
        folder = "src" if not root and path.startswith("src/") and not _imports_src(files) else ""
        inner = posixpath.relpath(path, root or folder) if root or folder else path
        module = inner.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        yield _Found(path, module, folder, offer_of(files[path]))


def _is_candidate(path: str) -> bool:
    parts = path.removesuffix(".py").split("/")
    return (
        path.endswith(".py")
        and len(parts) <= 4
        and parts[-1] in _NAMES
        and path != "__init__.py"
        and not set(parts[:-1]) & _NO_SERVER
        and all(part.isidentifier() for part in parts)
    )


def _rank(path: str) -> tuple[bool, int, int, str]:
    """app/main.py, then the shallow before the deep (src/ counts nothing), then by name."""
    parts = path.removesuffix(".py").split("/")
    depth = len(parts) - (parts[0] == "src")
    return (path not in ("app/main.py", "src/app/main.py"), depth, _NAMES.index(parts[-1]), path)


def _imports_src(files: Mapping[str, bytes]) -> bool:
    return "src/__init__.py" in files or any(
        b"from src" in text or b"import src" in text for name, text in files.items() if name.endswith(".py")
    )


def _command(found: _Found, packages: set[str], port: int) -> tuple[str, ...]:
    """The server that the submission brings, for what was found."""
    offer, target = found.offer, f"{found.module}:{found.offer.name}"
    if not offer.name:
        if found.path.endswith("__main__.py"):
            return ("python", "-m", found.module.removesuffix(".__main__"))
        return ("python", found.path)
    folder, bind = found.folder, f"{_HOST}:{port}"
    wsgi = offer.kind == "wsgi" or (offer.kind == "unknown" and bool(packages & set(_WSGI_ONLY)))
    if wsgi and "gunicorn" in packages:
        chdir = ("--pythonpath", folder) if folder else ()
        return ("python", "-m", "gunicorn", "--bind", bind, *chdir, target + ("()" if offer.factory else ""))
    if wsgi and "waitress" in packages:
        return ("python", "-m", "waitress", f"--listen={bind}", *(("--call",) if offer.factory else ()), target)
    if wsgi and offer.program and "flask" not in packages:
        return ("python", found.path)
    if wsgi:
        return ("python", "-m", "flask", "--app", target, "run", "--host", _HOST, "--port", str(port))
    if "uvicorn" not in packages and "hypercorn" in packages:
        return ("python", "-m", "hypercorn", "--bind", bind, target + ("()" if offer.factory else ""))
    if "uvicorn" not in packages and "daphne" in packages:
        return ("python", "-m", "daphne", "-b", _HOST, "-p", str(port), target)
    options = (*(("--factory",) if offer.factory else ()), *(("--app-dir", folder) if folder else ()))
    return ("python", "-m", "uvicorn", *options, target, "--host", _HOST, "--port", str(port))


def _django(files: Mapping[str, bytes], packages: set[str], port: int) -> tuple[str, ...]:
    """Its WSGI or ASGI module under the server that the submission brings, else Django's own."""
    for server, name, option in (("gunicorn", "wsgi", "--bind"), ("uvicorn", "asgi", "--host")):
        modules = [path for path in sorted(files) if path.count("/") == 1 and path.endswith(f"/{name}.py")]
        if server in packages and len(modules) == 1:
            target = f"{modules[0].partition('/')[0]}.{name}:application"
            bind = (option, f"{_HOST}:{port}") if name == "wsgi" else (option, _HOST, "--port", str(port))
            return ("python", "-m", server, *bind, target)
    return ("python", "manage.py", "runserver", "--noreload", f"{_HOST}:{port}")
