"""The CRM and the ERP of a flow: what is asked for, else what its contract names, else the bundled pair."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

from gameday.base.errors import unknown
from gameday.contracts.odcs import load_contract
from gameday.contracts.servers import named_vendor, server_names
from gameday.model.contract import Contract
from gameday_fakes.manifests import of_role

#: The contract that comes with gameday; its servers are the bundled pair.
BUNDLED_CONTRACT = "closed-won-to-sales-order"


class Pair(NamedTuple):
    """A CRM and an ERP, by the names of their vendors."""

    crm: str
    erp: str

    def of(self, side: str) -> str:
        """The vendor of a side, ``crm`` or ``erp``."""
        return self.crm if side == "crm" else self.erp


def pair_of(contract: Contract | None = None, crm: str = "", erp: str = "") -> Pair:
    """The pair of a flow; ``crm`` and ``erp`` are what is asked for. Raises GamedayError naming the known vendors."""
    check_pair(crm, erp)
    named = Pair(contract.crm, contract.erp) if contract is not None else Pair("", "")
    # The bundled contract is read only where it is needed.
    chosen = Pair(crm or named.crm, erp or named.erp)
    return chosen if all(chosen) else Pair(chosen.crm or bundled_pair().crm, chosen.erp or bundled_pair().erp)


def pair_of_documents(documents: Iterable[dict[str, Any]]) -> Pair:
    """The pair of a flow whose contracts are read as documents only."""
    names = [name for document in documents for name in server_names(document)]
    return pair_of(crm=named_vendor(names, "crm"), erp=named_vendor(names, "erp"))


def check_pair(crm: str, erp: str) -> None:
    """Raise GamedayError naming the known vendors unless each vendor that is named plays its role."""
    for role, name, words in (("crm", crm, "CRM"), ("erp", erp, "ERP")):
        known = of_role("crm" if role == "crm" else "erp")
        if name and name not in known:
            raise unknown(words, name[:80], known, hint="gameday list fakes")


@functools.cache
def bundled_pair() -> Pair:
    """The pair of the bundled contract."""
    contract = load_contract(BUNDLED_CONTRACT)
    return Pair(contract.crm, contract.erp)
