"""Fake CRM, ERP and operations servers that real vendors' clients accept unmodified.

Nothing in this package imports the harness: the fakes are useful alone (``gameday fakes serve``).
"""

import sys

# httpx imports its own command line, with rich and pygments, into every process that only wants the client: nearly half
# of what importing it takes. Without it httpx does as it does where its extra "cli" is not installed.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
