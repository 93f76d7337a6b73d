"""What clients of the embedded Toxiproxy need to know of it, without its code."""

from __future__ import annotations

#: The release that is emulated; the build metadata distinguishes it from the real one.
VERSION = "2.12.0+gameday"
#: Where a run renews its hold on its faults; the real server has no such call.
RENEW_PATH = "/gameday/renew"
#: The token that the API wants, where one is set. With --json it is a random one, and in the ready line.
TOKEN_VARIABLE = "GAMEDAY_TOXIPROXY_TOKEN"  # noqa: S105 - the name of a variable
