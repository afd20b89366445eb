"""The address of the public package index, as the package client itself states it: for tests that need to name it."""

import functools
import re
import subprocess

import uv


@functools.cache
def public_index() -> str:
    """Its URL without a slash at the end. Raises ValueError when the client's help no longer tells."""
    told = subprocess.run([uv.find_uv_bin(), "help", "pip", "install"], capture_output=True, text=True, check=True)
    found = re.search(r"default: <(https://[^>\s]+?)/?>", told.stdout)
    if found is None:
        raise ValueError("`uv help pip install` names no default index")
    return found[1]


def with_public_index(text: str) -> str:
    """`text` with PUBLIC-INDEX-HOST and PUBLIC-INDEX put in."""
    host = public_index().split("/")[2]
    return text.replace("PUBLIC-INDEX-HOST", host).replace("PUBLIC-INDEX", public_index())
