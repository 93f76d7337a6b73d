"""The CRM and the ERP of a flow: what is asked for, else what its contract names, else the bundled pair."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.folders import contract_folders
from gameday.contracts.odcs import load_contract
from gameday.contracts.servers import named_vendor, server_names
from gameday.model.contract import Contract
from gameday.model.scenario import Flow
from gameday_fakes.manifest import FLOW_ROLES
from gameday_fakes.manifests import manifests, of_role, unloadable

#: The contract that comes with gameday; its servers are the bundled pair.
BUNDLED_CONTRACT = "closed-won-to-sales-order"
_PLAYS = {"crm": "a CRM", "erp": "an ERP", "pager": "a pager", "tickets": "a ticket system"}


class Pair(NamedTuple):
    """A CRM and an ERP, by the names of their vendors."""

    crm: str
    erp: str

    def of(self, side: str) -> str:
        """The vendor of a side, ``crm`` or ``erp``."""
        return self.crm if side == "crm" else self.erp


def pair_of(contract: Contract | None = None, crm: str = "", erp: str = "") -> Pair:
    """The pair of a flow; ``crm`` and ``erp`` are what is asked for, whether they exist or not."""
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
    for role, name in zip(FLOW_ROLES, (crm, erp), strict=True):
        known = of_role(role)
        if not name or name in known:
            continue
        other = manifests().get(name)
        if other is None and unloadable():
            raise GamedayError(unloadable()[0], hint="uninstall its package, or install a version that fits this one")
        if other is None:
            raise unknown(role.upper(), name[:80], known, hint="gameday list fakes")
        raise GamedayError(
            f"{name!r} is {_PLAYS[other.role]}, not {_PLAYS[role]}", hint=f"known: {', '.join(sorted(known))}"
        )


class Asked(NamedTuple):
    """The CRM, ERP and contract that a session asks for, empty for those of each flow, and where contracts are."""

    crm: str = ""
    erp: str = ""
    folders: tuple[Path, ...] = ()
    contract: str = ""

    def pair(self, contract: str, crm: str = "", erp: str = "") -> Pair:
        """The pair of a feature's flow; ``crm`` and ``erp`` are what the feature names, if it names any.

        Raises GamedayError where the feature names another vendor than is asked for.
        """
        for words, named, asked in (("CRM", crm, self.crm), ("ERP", erp, self.erp)):
            if named and asked and named != asked:
                hint = f'write "the {words}" instead, and the feature runs with each'
                raise GamedayError(f"the feature's {words} is {named!r}, not {asked!r}, which is asked for", hint=hint)
        chosen = Pair(crm or self.crm, erp or self.erp)
        if all(chosen):
            # What a feature names may not exist: that is said with its other mistakes.
            return chosen
        return pair_of(_named(contract, self.folders), *chosen)

    def flow(self, contract: str, crm: str = "", erp: str = "") -> Flow:
        """The flow of a feature that names this contract, under the one between its pair. Raises GamedayError."""
        pair = self.pair(contract, crm, erp)
        return Flow(pair.crm, pair.erp, contract_between(contract, pair, self.folders))


def contract_between(contract: str, pair: Pair, folders: Iterable[Path] = ()) -> str:
    """The contract that takes the place of another one between a pair.

    It is named after all three, ``CONTRACT.CRM.ERP``. Where there is none, and where the contract itself names the
    pair, the contract itself.
    """
    searched = tuple(folders)
    own = _named(contract, searched)
    name = f"{contract}.{pair.crm}.{pair.erp}"
    if own is None or (own.crm, own.erp) == tuple(pair) or name not in contract_folders(searched):
        return contract
    return name


def stands_for(contract: Contract) -> str:
    """The contract that this one takes the place of between its pair; its own name if it is of no pair.

    >>> stands_for(Contract("f.blue.red", crm="blue", erp="red")), stands_for(Contract("f"))
    ('f', 'f')
    """
    return contract.name.removesuffix(f".{contract.crm}.{contract.erp}")


def asked_flow(contract: str, folders: Iterable[Path], crm: str, erp: str) -> Flow:
    """The flow under a contract, between the vendors that are asked for. Raises GamedayError naming the known ones."""
    check_pair(crm, erp)
    return Asked(crm, erp, tuple(folders)).flow(contract)


#: A session that asks for nothing.
AS_NAMED = Asked()


@functools.cache
def _named(contract: str, folders: tuple[Path, ...]) -> Contract | None:
    """A contract; None for one that cannot be read, of which others say what is wrong."""
    try:
        return load_contract(contract, folders)
    except GamedayError:
        return None


@functools.cache
def bundled_pair() -> Pair:
    """The pair of the bundled contract."""
    contract = load_contract(BUNDLED_CONTRACT)
    return Pair(contract.crm, contract.erp)
