"""The base image of every container: found, pulled by a pinned digest, or made on this machine from Debian packages.

Refuses to use any image an agent names, and to accept a half-made one: the tag is set only after the maker succeeded.
Which of the two ways was taken is recorded, because scores are never compared across two base images.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import docker
import docker.errors

from harness.errors import EngineFault
from harness.sandbox.bootstrap import make_root
from harness.sandbox.cache import cache_folder, exclusive
from harness.sandbox.engine import connect, engine_errors

RECIPE = Path(__file__).parents[1] / "images" / "base"
REPOSITORY = "harness-base"
MADE_LABEL = "harness.made"
REGISTRY_DEADLINE_S = 5  # to say that it is there at all
PULL_DEADLINE_S = 600

Say = Callable[[str], None]


@dataclass(frozen=True)
class ImageInfo:
    """A base image. `digest` is made of the layers' own digests: content, not the time of the making.

    python_home: folder of the real interpreter, for pyvenv.cfg; architecture as the engine says it (amd64, arm64).
    """

    reference: str  # local tag, what containers are created from
    id: str
    digest: str
    made: Literal["pulled", "mmdebstrap"]
    size_bytes: int
    architecture: str
    python_home: str


def base_reference(recipe: Path = RECIPE) -> str:
    """The local tag for a recipe: any change of its files is another tag."""
    digest = hashlib.sha256()
    for name in ("customize.sh", "packages.txt", "pinned.txt"):
        digest.update(name.encode() + b"\0" + (recipe / name).read_bytes() + b"\0")
    return f"{REPOSITORY}:{digest.hexdigest()[:16]}"


def find_base(client: docker.DockerClient, recipe: Path = RECIPE) -> ImageInfo | None:
    """The base image as it is on this engine, None if it has to be made. Raises EngineFault."""
    reference = base_reference(recipe)
    with engine_errors(f"looking for image {reference}"):
        try:
            attributes = client.api.inspect_image(reference)  # type: ignore[no-untyped-call]
        except docker.errors.ImageNotFound:
            return None
    made = ((attributes.get("Config") or {}).get("Labels") or {}).get(MADE_LABEL)
    layers = "\n".join((attributes.get("RootFS") or {}).get("Layers") or ())
    return ImageInfo(
        reference=reference,
        id=attributes["Id"],
        digest="sha256:" + hashlib.sha256(layers.encode()).hexdigest(),
        made="mmdebstrap" if made == "mmdebstrap" else "pulled",
        size_bytes=int(attributes.get("Size", 0)),
        architecture=str(attributes.get("Architecture", "amd64")),
        python_home="/usr/bin" if made == "mmdebstrap" else "/usr/local/bin",
    )


def ensure_base(client: docker.DockerClient, say: Say, environ: Mapping[str, str], recipe: Path = RECIPE) -> ImageInfo:
    """Return the base image, making it first if it is missing; safe when several start at once.

    HARNESS_NO_PULL=1 skips asking a registry. Raises EngineFault or InfrastructureFault (`image_build_failed`,
    `missing_tool`, `install_failed`).
    """
    found = find_base(client, recipe)
    if found:
        return found
    with exclusive(cache_folder(environ), "image-base"):
        found = find_base(client, recipe)  # somebody else may have made it while we waited
        if found:
            return found
        pinned = pinned_image(recipe)
        if environ.get("HARNESS_NO_PULL") != "1" and _pull(pinned, say, environ):
            with engine_errors(f"tagging {pinned}"):
                client.images.get(_by_digest(pinned)).tag(*base_reference(recipe).split(":"))
        else:
            _import_root(client, say, environ, recipe)
        made = find_base(client, recipe)
    if made is None:
        raise EngineFault(
            "engine_error", f"the engine does not know {base_reference(recipe)!r} right after it was tagged"
        )
    say(f"base image {made.reference} is ready ({made.made}, {made.size_bytes / 1e6:.0f} MB)")
    return made


def pinned_image(recipe: Path = RECIPE) -> str:
    """The image to pull, name:tag@digest."""
    lines = (recipe / "pinned.txt").read_text().splitlines()
    return next(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _by_digest(pinned: str) -> str:
    """name:tag@digest -> name@digest, the form under which the engine knows what it pulled."""
    name, _, digest = pinned.partition("@")
    host, slash, last = name.rpartition("/")
    return f"{host}{slash}{last.partition(':')[0]}@{digest}"


def _pull(pinned: str, say: Say, environ: Mapping[str, str]) -> bool:
    """Pull if a registry answers quickly; False (never an error) when it does not, since the image can be made here."""
    try:
        with closing(connect(environ, REGISTRY_DEADLINE_S)) as client, engine_errors("asking the image registry"):
            client.api.inspect_distribution(pinned)  # type: ignore[no-untyped-call]
        say(f"pulling {pinned}")
        with closing(connect(environ, PULL_DEADLINE_S)) as client, engine_errors("pulling the base image"):
            client.api.pull(_by_digest(pinned))
    except EngineFault as fault:
        say(f"no image registry answered ({fault.code}); making the base image on this machine")
        return False
    return True


def _import_root(client: docker.DockerClient, say: Say, environ: Mapping[str, str], recipe: Path) -> None:
    """Stream a new root file system into the engine, then tag it; if its maker fails, the stream breaks off."""
    changes = [f"LABEL {MADE_LABEL}=mmdebstrap", "ENV LANG=C.UTF-8", 'CMD ["python"]']
    with make_root(recipe, say, environ) as root, engine_errors("importing the base image"):
        repository, _, tag = base_reference(recipe).partition(":")
        image = _imported_id(client.api.import_image_from_stream(root.chunks(), changes=changes))
        client.api.tag(image, repository, tag)


def _imported_id(result: str) -> str:
    """The engine answers with JSON lines; the last word of the status is the image's id."""
    digests = [part.strip('"}') for part in result.split() if "sha256:" in part]
    for part in reversed(digests):
        start = part.find("sha256:")
        return part[start : start + 71]
    raise EngineFault("engine_error", f"importing the base image: no image id in the engine's answer {result!r}")
