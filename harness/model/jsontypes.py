"""Types of plain JSON data, as it is stored on disk and sent to probes."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any  # what json.loads returns; narrowed by JSON Schema at the store's door
JsonObject: TypeAlias = Mapping[str, Any]
