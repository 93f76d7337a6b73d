"""Renews a run's hold on its faults at the servers that expire them: our fakes, and our Toxiproxy.

A thread of its own for each server, so that neither a busy event loop nor the other server delays it. When this process
is killed or stopped, the calls end, and a few seconds later the server heals every fault of the run by itself.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Mapping

import httpx
import msgspec

from gameday.base.errors import RunError
from gameday.base.process import identify
from gameday.run.control_trust import verification
from gameday_fakes.expiry import HOLDER_HEADER, PROCESS_HEADER

#: How often a run renews its hold, and how long one call may take (real seconds): one or two of them may be lost.
RENEW_S = 0.5
CALL_S = 1.0


def holder_headers(token: str = "") -> dict[str, str]:
    """What every call of a run carries: a name of its own, its process, and the token."""
    process = identify(os.getpid())
    headers = {HOLDER_HEADER: uuid.uuid4().hex, PROCESS_HEADER: f"{process.pid} {process.started}"}
    return {**headers, "authorization": f"Bearer {token}"} if token else headers


class _Renewed(msgspec.Struct):
    expired: list[str] = []


class Renewal:
    """The hold of one run: ``add`` each server, ``check`` now and then, ``close`` once the faults are healed."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._expired: set[str] = set()

    def add(self, url: str, headers: Mapping[str, str]) -> None:
        """Renew at this URL from now on."""
        thread = threading.Thread(target=self._renew, args=(url, dict(headers)), name="renewal", daemon=True)
        self._threads.append(thread)
        thread.start()

    def check(self) -> None:
        """Raise RunError if a server has healed a fault by itself: the run did not have the faults that it says."""
        if self._expired:
            faults = ", ".join(sorted(self._expired))
            raise RunError(
                f"{faults} expired before its time: the run did not renew its hold",
                hint="was it stopped, the network down, or the machine too busy?",
            )

    def close(self) -> None:
        """Renew no more; it returns at the latest when a call that is under way has ended."""
        self._ended.set()
        for thread in self._threads:
            thread.join(CALL_S)

    def _renew(self, url: str, headers: dict[str, str]) -> None:
        with httpx.Client(headers=headers, trust_env=False, timeout=CALL_S, verify=verification(url)) as client:
            while not self._ended.wait(RENEW_S):
                try:
                    reply = client.post(url)
                    if reply.is_success:
                        self._expired.update(msgspec.json.decode(reply.content, type=_Renewed).expired)
                except (httpx.HTTPError, msgspec.MsgspecError):
                    # What the run needs of the server fails elsewhere, with a better error.
                    continue
