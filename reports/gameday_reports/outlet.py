"""An outlet: a file with a function from a recorded run to the payload of a tool that people already use.

A payload is only written, unless the user asks to send it to an address in gameday.toml. Whoever sends it adds what no
run knows: the project, the space, the credentials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gameday.base.registry import Registry
from gameday_reports.reconcile.folder import ReconciledFolder
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call


class Outlet(NamedTuple):
    """``text`` is the payload of a run; ``files`` has other forms of it, by the ending of the file's name.

    Both mask and escape as the pages do. ``send`` sends a payload with the fields of its table, and says in a clause
    what became of it; None where a tool is not sent to. ``headers`` are those that each request to the tool must have.
    """

    text: Callable[[RecordedRun], str]
    files: Mapping[str, Callable[[RecordedRun], bytes]] = {}
    send: Callable[[Any, Mapping[str, Any], Call], str] | None = None
    headers: Mapping[str, str] = {}
    reconciled: Callable[[ReconciledFolder], str] | None = None

    def file(self, run: RecordedRun, path: Path) -> bytes:
        """The payload in the form that the file's name asks for."""
        form = self.files.get(path.suffix.lower())
        return self.text(run).encode() if form is None else form(run)


outlets: Registry[Outlet] = Registry("target", package="gameday_reports.outlets", group="gameday.outlets")
