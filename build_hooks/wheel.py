"""Build hook of the wheel: the built-in suites, tasks, definitions and replies go into it, as `harness/builtin/`.

Refuses to copy anything into an editable install: there, config/places.py finds the folders of the checkout.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("tasks", "fixtures/agents", "fixtures/replies")


class BuiltinFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what goes in besides the package."""
        if version == "standard":
            build_data["force_include"].update({f"{self.root}/{name}": f"harness/builtin/{name}" for name in FOLDERS})
