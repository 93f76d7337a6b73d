"""What a fake is: a vendor's server whose data plane faults can break and whose control plane they cannot.

A vendor's folder holds ``manifest`` (the vendor, as everybody may know it), ``routes`` (the URL table), ``handlers``
(request to model to reply), ``models`` (records and rules, no HTTP), ``errors`` (the vendor's error bodies) and
``seed``; its ``__init__`` names the API version and the known deviations and exports ``FAKE``, a subclass of ``Fake``.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

from gameday_fakes.answering import Answering
from gameday_fakes.asgi import MAX_BODY_BYTES
from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError
from gameday_fakes.events import EventLog
from gameday_fakes.fault_kinds import Heal
from gameday_fakes.holding import Holding
from gameday_fakes.intercept import RequestFault

if TYPE_CHECKING:
    from gameday_fakes.server import AnyListener

__all__ = ["MAX_BODY_BYTES", "ControlError", "Fake"]


class Fake(Answering, Holding):
    """Base of all fakes: what the control plane asks of one.

    Subclasses declare what the fake knows (``Declared``), write the handler methods that ``routes`` names, and override
    what stands under "for the vendor" here, in ``Answering`` and in ``Holding``.
    """

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self._heals: dict[str, Heal] = {}
        self._faults: dict[str, dict[str, Any]] = {}

    # -- for the vendor ------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget all records and start from the vendor's own seed."""
        raise NotImplementedError

    async def ready_for_faults(self) -> None:
        """Check that faults may be injected now. Raises ControlError."""

    async def serve_on(self, sock: socket.socket, *, tls: ssl.SSLContext | None = None) -> AnyListener:
        """Serve the data plane on a bound socket until the listener is closed; a protocol but HTTP overrides it."""
        from gameday_fakes.server import listen  # here, because a description of the fakes needs no server

        return await listen(self, sock, tls=tls, traffic=self.traffic, lacks=self.unsupported)

    async def close(self) -> None:
        """End whatever outlives a request: connections of the fake, deliveries under way."""

    # -- operations and settings ---------------------------------------------------------------------

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        self.memory.forget()
        return super().operate(f, key, value)

    def configure(self, settings: dict[str, Any]) -> None:
        self.memory.forget()
        super().configure(settings)

    # -- faults --------------------------------------------------------------------------------------

    def inject(self, fault_id: str, params: dict[str, Any]) -> None:
        """Put a fault into force; doing it again under the same id changes nothing. Raises ControlError."""
        if fault_id in self._faults:
            return
        try:
            self.catalogue().check_rule(params)
            kind = self.all_fault_kinds()[params["kind"]]
            applied = kind.apply(self, fault_id, kind.parse(params))
        except (ValueError, KeyError, TypeError) as problem:
            raise ControlError(str(problem)) from None
        if isinstance(applied, RequestFault):
            self._request_faults[fault_id] = applied
            self.memory.forget()
        else:
            self._heals[fault_id] = applied
            # Such a fault may let a reply depend on the moment.
            self.memory.begins()
        self._faults[fault_id] = params

    def heal(self, fault_id: str) -> None:
        """Heal a fault; if there is none of that id, nothing happens."""
        self._faults.pop(fault_id, None)
        self._request_faults.pop(fault_id, None)
        heal = self._heals.pop(fault_id, None)
        if heal:
            heal()
            self.memory.ends()

    def faults(self) -> dict[str, dict[str, Any]]:
        """The active faults, by id."""
        return dict(self._faults)

    def start_again(self, seed: int) -> None:
        """Heal everything, forget everything and take a new seed."""
        for fault_id in list(self._faults):
            self.heal(fault_id)
        self.seed = seed
        self.stats.clear()
        self.exchanges.clear()
        self.memory.forget()
        self.reset()
        if self.organisation_settings:
            self.configure(dict(self.organisation_settings))
