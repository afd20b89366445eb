"""Drivers import what they share as they do in a container: from a folder on the path."""

import sys
from pathlib import Path

SHARED = Path(__file__).parents[3] / "harness" / "images" / "shared"
if str(SHARED) not in sys.path:
    sys.path.insert(0, str(SHARED))
