"""Evaluation harness for the output quality of backend-developer AI agents.

Importing this package does nothing but name its version; see ARCHITECTURE.md for the map.
"""

__version__ = "0.1.0"
