"""Makes the planted contracts importable, which lie beside the tests of all that need them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "planted_contracts"))
