"""Watches which hosts an isolated stack tries to reach beside the fakes: by name, address or the CONNECT listener."""

from __future__ import annotations

from pathlib import Path

from gameday.model.events import HostTried
from gameday.run.address import AskedLog
from gameday.run.asked_names import MOST, AskedNames

#: The longest name. Source: RFC 1035, section 2.3.4.
_LONGEST = 255


class OutsideWatch:
    """The hosts of one run. ``names`` has those tried in its network namespace, None without one.

    ``run_dir`` has what the CONNECT listener was asked for, None without a listener.
    """

    def __init__(self, run_dir: Path | None, names: AskedNames | None) -> None:
        self._names = names
        self._log = AskedLog(run_dir) if run_dir is not None else None
        self._seen: set[HostTried] = set()

    def new(self) -> list[HostTried]:
        """What was tried for the first time since this was called last."""
        tried = []
        if self._names is not None:
            tried += [HostTried(name, "name") for name in self._names.new()]
            tried += [HostTried(address, "address") for address in self._names.addresses.new()]
        if self._log is not None:
            tried += [HostTried(_shown(each.name), "proxy") for each in self._log.new() if not each.led]
        new = [event for event in dict.fromkeys(tried) if event not in self._seen]
        new = new[: max(0, MOST - len(self._seen))]
        self._seen.update(new)
        return new


def _shown(host: str) -> str:
    """A host as a client wrote it, without what a terminal obeys and no longer than a name can be."""
    return "".join(char if char.isprintable() else "?" for char in host[:_LONGEST])
