"""The kinds of rollback entries: how each part of a fault is healed, and how the processes of a run are ended.

Doing an entry twice has the same effect as doing it once. ``server`` is the process of a server that the run has
started for itself: to end it heals the fault, and a server that has ended took its faults with it. Of one that was
running already that is not known: if it does not answer, it may come back with the fault active.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import msgspec

from gameday.base.process import Identity, end_group, end_processes_of
from gameday.run.control_token import token_headers
from gameday.run.healing_calls import Calls
from gameday.run.open_ports import end_of
from gameday_fakes.sandbox.changes import Before
from gameday_fakes.sandbox.settings import PassThrough, TenantSettings

_GONE = (404,)


class HealFake(msgspec.Struct, frozen=True, omit_defaults=True, tag="fake"):
    """Delete a fault at a fake's control plane. ``token`` identifies the token that the run used there."""

    control: str
    fake: str
    fault: str
    server: Identity | None = None
    token: str = ""

    def act(self, calls: Calls) -> None:
        """Heal it. Raises RunError."""
        if self.server is not None:
            end_group(self.server)
            return
        url = f"{self.control}/{self.fake}/faults/{self.fault}"
        calls.send("DELETE", url, gone=_GONE, headers=token_headers(self.control, self.token))


class HealToxic(msgspec.Struct, frozen=True, omit_defaults=True, tag="toxic"):
    """Delete a toxic at a Toxiproxy."""

    api: str
    proxy: str
    toxic: str
    server: Identity | None = None

    def act(self, calls: Calls) -> None:
        """Heal it. Raises RunError."""
        if self.server is not None:
            end_group(self.server)
            return
        calls.send("DELETE", f"{self.api}/proxies/{self.proxy}/toxics/{self.toxic}", gone=_GONE)


class EnableProxy(msgspec.Struct, frozen=True, omit_defaults=True, tag="enable"):
    """Enable a proxy that was taken down."""

    api: str
    proxy: str
    server: Identity | None = None

    def act(self, calls: Calls) -> None:
        """Heal it. Raises RunError."""
        if self.server is not None:
            end_group(self.server)
            return
        calls.send("POST", f"{self.api}/proxies/{self.proxy}", json={"enabled": True}, gone=_GONE)


class DeleteProxy(msgspec.Struct, frozen=True, tag="proxy"):
    """Delete a proxy of this run from a Toxiproxy that is shared with others."""

    api: str
    proxy: str

    def act(self, calls: Calls) -> None:
        """Delete it. Raises RunError."""
        calls.send("DELETE", f"{self.api}/proxies/{self.proxy}", gone=_GONE)


class EndProcess(msgspec.Struct, frozen=True, tag="end"):
    """End a process group that the harness started."""

    process: Identity
    name: str

    def act(self, calls: Calls) -> None:
        """End it."""
        end_group(self.process)


class EndProcessesOf(msgspec.Struct, frozen=True, tag="end all"):
    """End all processes of a run: on disk before the first one is started, when no pid is known yet."""

    run_dir: str

    def act(self, calls: Calls) -> None:
        """End them."""
        end_processes_of(self.run_dir)


class ResumeProcess(msgspec.Struct, frozen=True, tag="resume"):
    """Resume a paused process group."""

    process: Identity

    def act(self, calls: Calls) -> None:
        """Resume it."""
        end_group(self.process, signal.SIGCONT)


class CallHook(msgspec.Struct, frozen=True, tag="hook"):
    """Call a hook of a stack that runs elsewhere (resume)."""

    method: str
    url: str

    def act(self, calls: Calls) -> None:
        """Call it. Raises RunError."""
        calls.send(self.method, self.url)


class RestoreTenant(msgspec.Struct, frozen=True, tag="tenant"):
    """Give records of a sandbox tenant's metadata back what they had before a fault changed them.

    ``settings`` say where the tenant is and which ids are allowed; it has to prove itself anew. Gameday's own
    credentials come from the environment, so without them it stays outstanding.
    """

    vendor: str
    settings: TenantSettings
    before: tuple[Before, ...]

    def act(self, calls: Calls) -> None:
        """Restore it. Raises RunError."""
        # Most rollback logs have no such entry, and it loads all fakes.
        from gameday.run.tenant_restore import restore

        asyncio.run(restore(self.vendor, self.settings, self.before))


class ClosePassThrough(msgspec.Struct, frozen=True, tag="pass-through"):
    """Close what the guardian opens if gameday dies, and what it opens: ``way``, for at most ``open_for_s``.

    It alone is not healed by the guardian and the next command: it lasts until somebody closes it or needs its ports.
    """

    run_dir: str
    way: PassThrough
    open_for_s: float

    def act(self, calls: Calls) -> None:
        """Close it."""
        end_of(Path(self.run_dir))


RollbackEntry = (
    HealFake
    | HealToxic
    | EnableProxy
    | DeleteProxy
    | EndProcess
    | EndProcessesOf
    | ResumeProcess
    | CallHook
    | RestoreTenant
    | ClosePassThrough
)
#: What ends or resumes processes: moot once the machine has been started again.
OF_PROCESSES = (EndProcess, EndProcessesOf, ResumeProcess)
#: What is no part of this machine: as it was left, whenever the machine was started.
ELSEWHERE = (RestoreTenant,)
#: What takes a run's own environment down; the others heal faults.
OF_ENVIRONMENT = (EndProcess, EndProcessesOf, DeleteProxy, ClosePassThrough)
