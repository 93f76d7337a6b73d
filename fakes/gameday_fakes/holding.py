"""What a fake holds: records in the vendor's own shape and as a ledger, and what it has still to deliver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gameday_fakes.declared import ControlError
from gameday_fakes.ledger import Ledger


class Holding:
    """Base of what holds records. For the vendor to override."""

    name: ClassVar[str]

    def snapshot(self) -> Any:
        """All records, in the vendor's own shape."""
        raise NotImplementedError

    def ledger(self) -> Ledger:
        """The ledger in common words. Only for a CRM and an ERP."""
        raise ControlError(f"{self.name} keeps no ledger")

    async def ledger_read(self) -> Ledger:
        """The ledger, read from whatever keeps the records. Raises ControlError."""
        return self.ledger()

    def restore(self, ledger: Ledger) -> None:
        """Add what a ledger of this fake holds, as of the times that it says. Only for a CRM and an ERP."""
        raise ControlError(f"{self.name} keeps no ledger")

    def held(self) -> Mapping[str, int]:
        """How many deliveries faults of this fake still hold back, by the fault's id."""
        return {}

    def pending(self) -> int:
        """How many events of this fake are still to be delivered."""
        return 0
