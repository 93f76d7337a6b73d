"""Which fields of the contract the fakes have to know: the one that names a deal, and those that ledgers state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.model.scenario import Flow
from gameday.records.deal_roles import usual_fields
from gameday.run.fakes_client import FakesClient
from gameday_fakes.ledger import Ledger

_PARTS = ("invoice.line.", "invoice.", "line.", "customer.")


async def name_fields(
    fakes: FakesClient, flow: Flow, contract: Contract, schema_faults: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> None:
    """Set them where a fake has the settings ``deal_field`` and ``ledger_fields``.

    ``schema_faults`` are those of a candidate contract, by role and id: what they rename has its new name in the
    contract, and its old one in the organisation.
    What is judged only where it is there, the field of correlation ids and that of the customer's tier, is left out
    where the organisation has none. Raises GamedayError, with the known ones, for any other field that it lacks.
    """
    crm, erp = stated_names(contract)
    further = dict(zip(("crm", "erp"), stated_if_there(contract), strict=True))
    if contract.match and await _has(fakes, flow.erp, "deal_field"):
        # Faults select deals by it.
        await fakes.configure(flow.erp, {"deal_field": contract.match})
    for role, fake, named in (("crm", flow.crm, crm), ("erp", flow.erp, erp)):
        names = with_old_names(named, schema_faults.get(role, {}).values())
        if (names or further[role]) and await _has(fakes, fake, "ledger_fields"):
            await _state(fakes, fake, names, further[role], contract.name)


async def _state(fakes: FakesClient, fake: str, names: list[str], further: list[str], contract: str) -> None:
    """Have a ledger state fields, the further ones if the organisation has them. Raises GamedayError."""
    if further:
        with contextlib.suppress(GamedayError):
            await fakes.configure(fake, {"ledger_fields": [*names, *further]})
            return
    try:
        await fakes.configure(fake, {"ledger_fields": names})
    except GamedayError as problem:
        hint = f"the contract {contract!r} maps it; fields come from [organisation] in gameday.toml"
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


def stated_if_there(contract: Contract) -> tuple[list[str], list[str]]:
    """The fields that the ledgers of the CRM and of the ERP have to state if the organisation has them.

    >>> stated_if_there(Contract("f", customer_tier="Tier__c", correlation="custbody_id"))
    (['customer.Tier__c'], ['custbody_id', 'invoice.custbody_id'])
    """
    crm = [f"customer.{contract.customer_tier}"] if contract.customer_tier else []
    erp = [contract.correlation, f"invoice.{contract.correlation}"] if contract.correlation else []
    return crm, erp


def with_old_names(names: Iterable[str], rules: Iterable[Mapping[str, str]]) -> list[str]:
    """The fields by the names that the organisation has, each with the one under which a ledger states it.

    >>> rename = {"kind": "rename_field", "field": "Region__c", "new_name": "Area__c"}
    >>> with_old_names(["Area__c", "line.Note__c"], [rename])
    ['Region__c as Area__c', 'line.Note__c']
    """
    old = {rule["new_name"]: rule["field"].rpartition(".")[2] for rule in rules if rule.get("new_name")}
    found = []
    for name in names:
        path, dot, last = name.rpartition(".")
        part = next((p for p in _PARTS if name.startswith(p)), "")
        stated = name.removeprefix(part)
        found.append(f"{path}{dot}{old[last]} as {stated}" if last in old else name)
    return found


def with_further_fields(crm: Ledger, contract: Contract) -> Ledger:
    """The CRM's ledger with those of the stated fields that deals do not have anyway: these are stated twice."""
    usual = {name.partition(".")[2] for name in usual_fields(contract.crm_fields)}
    entries = []
    for entry in crm.entries:
        lines = tuple(
            msgspec.structs.replace(line, fields=tuple(each for each in line.fields if each[0] not in usual))
            for line in entry.lines
        )
        fields = {name: value for name, value in entry.fields.items() if name not in usual}
        entries.append(msgspec.structs.replace(entry, fields=fields, lines=lines))
    return msgspec.structs.replace(crm, entries=tuple(entries))


async def _has(fakes: FakesClient, fake: str, setting: str) -> bool:
    return any(each.name == setting for each in (await fakes.catalogue(fake)).settings)
