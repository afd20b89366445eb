"""Builder's driver: byte-compile an environment it cannot write to, and send the result as a tar stream on stdout.

Refuses to import or execute anything it compiles: `compile()` only. Usage: compile.py FOLDER, run with
`python -I -S`. Members are `<folder of the source>/__pycache__/<stem>.cpython-311.pyc`, relative to FOLDER, as PEP 552
unchecked-hash files, so that no modification time can make an interpreter compile again. A source that does not
compile is left out, as compileall does; the tar ends with a member `.done` that holds the number of sources left out.
"""

import io
import marshal
import os
import sys
import tarfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def compile_source(path: str) -> bytes | None:
    """The .pyc of one source, None if it does not compile."""
    warnings.simplefilter("ignore")
    try:
        source = Path(path).read_bytes()
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, OSError):
        return None
    return MAGIC_NUMBER + UNCHECKED_HASH + source_hash(source) + marshal.dumps(code)


def sources(folder: str) -> list[str]:
    """Every regular .py file below `folder`, in a stable order; links are not followed."""
    found = []
    for parent, _, files in os.walk(folder):
        found += [Path(parent) / name for name in files if name.endswith(".py")]
    return sorted(str(path) for path in found if path.is_file() and not path.is_symlink())


def main() -> None:
    folder = sys.argv[1]
    paths = sources(folder)
    left_out = 0
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar, ProcessPoolExecutor() as pool:
        for path, compiled in zip(paths, pool.map(compile_source, paths, chunksize=16), strict=True):
            if compiled is None:
                left_out += 1
            else:
                add(tar, os.path.relpath(cache_from_source(path), folder), compiled)
        add(tar, ".done", str(left_out).encode())


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


if __name__ == "__main__":
    main()
