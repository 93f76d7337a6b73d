"""Which fields of the contract the fakes have to know: the one that names a deal, and those that ledgers state."""

from __future__ import annotations

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.model.scenario import Flow
from gameday.run.fakes_client import FakesClient


async def name_fields(fakes: FakesClient, flow: Flow, contract: Contract) -> None:
    """Set them where a fake has the settings ``deal_field`` and ``ledger_fields``.

    Raises GamedayError, with the known ones, for a field that the organisation lacks.
    """
    crm, erp = stated_names(contract)
    if contract.match and await _has(fakes, flow.erp, "deal_field"):
        # Faults select deals by it.
        await fakes.configure(flow.erp, {"deal_field": contract.match})
    for fake, names in ((flow.crm, crm), (flow.erp, erp)):
        if names and await _has(fakes, fake, "ledger_fields"):
            try:
                await fakes.configure(fake, {"ledger_fields": names})
            except GamedayError as problem:
                hint = f"the contract {contract.name!r} maps it; fields come from [organisation] in gameday.toml"
                raise GamedayError(problem.problem, hint=hint) from None


def stated_names(contract: Contract) -> tuple[list[str], list[str]]:
    """The further fields that the ledgers of the CRM and of the ERP have to state.

    >>> from gameday.model.contract import FieldPair
    >>> stated_names(Contract("f", pairs=(FieldPair("invoice.line", "Note__c", "custcol_note"),)))
    (['line.Note__c'], ['invoice.line.custcol_note'])
    """
    crm, erp = dict[str, None](), dict[str, None]()
    for pair in contract.pairs:
        if pair.rule.compare == "ignored":
            continue
        source = "" if pair.part in ("order", "invoice") else "line." if pair.part != "customer" else "customer."
        crm[f"{source}{pair.crm}"] = None
        erp[f"{'' if pair.part == 'order' else f'{pair.part}.'}{pair.erp}"] = None
    return list(crm), list(erp)


async def _has(fakes: FakesClient, fake: str, setting: str) -> bool:
    return any(each.name == setting for each in (await fakes.catalogue(fake)).settings)
