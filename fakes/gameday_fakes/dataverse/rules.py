"""What Dataverse checks before it keeps a record: choices, states, keys, webhooks, and what others refer to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gameday_fakes.dataverse.errors import refused
from gameday_fakes.dataverse.platform import WEBHOOK
from gameday_fakes.dataverse.sales import OPEN, STATE_OF
from gameday_fakes.dataverse.schema import SCHEMA, TABLES
from gameday_fakes.dataverse.store import Store
from gameday_fakes.dataverse.tables import CHOICES, Table
from gameday_fakes.odata.records import Record
from gameday_fakes.receivers import why_not_sent_to

#: What is not removed while others refer to it; their own lines go with documents.
_KEPT_FOR_OTHERS = ("account", "contact", "product", "transactioncurrency", "uom", "pricelevel")
_SETTING = re.compile(r'<setting\s+name="([^"<>\r\n]{1,100})"\s+value="([^"<>\r\n]{0,1000})"\s*/?>')


def check_values(store: Store, table: Table, given: Mapping[str, Any], record: Record | None) -> None:
    """Raises ODataError for a value that is no option of its choice, and for a key that another record has."""
    for column in table.columns:
        value = given.get(column.name)
        if (
            column.kind in CHOICES
            and value is not None
            and value not in column.options
            and not _is_new(store, table, value)
        ):
            low, high = min(column.options), max(column.options)
            text = (
                f"A validation error occurred. The value {value} of '{column.name}' on record of type '{table.name}' "
                f"is outside the valid range. Accepted Values: {','.join(map(str, column.options))}"
            )
            raise refused("bad_choice", text if low <= high else "", target=column.name)
    for names in table.alternate_keys:
        if not any(name in given for name in names):
            continue
        values = tuple([given.get(name, record.values[name] if record is not None else None) for name in names])
        others = store[table.set_name].find(names, values) if None not in values else []
        if any(record is None or each.values[table.id_name] != record.values[table.id_name] for each in others):
            raise refused("duplicate")


def _is_new(store: Store, table: Table, value: Any) -> bool:
    """Whether a status reason is one that people have added to opportunities."""
    return table.name == "opportunity" and value in store.added_reasons


def written_state(
    table: Table, given: dict[str, Any], *, creating: bool = False, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values with a state and a reason that fit together. Raises ODataError.

    An opportunity is closed by ``WinOpportunity`` and ``LoseOpportunity`` only; reopening it is a change of its state.
    """
    if table.name != "opportunity" or not given.keys() & {"statecode", "statuscode"}:
        return given
    old = OPEN if before is None else before["statecode"]
    reason = given.get("statuscode")
    state = given.get("statecode", STATE_OF.get(reason, old) if reason is not None else old)
    if reason is not None and STATE_OF.get(reason, state) != state:
        raise refused("bad_state", f"{reason} is not a valid status code for state code {state} on opportunity.")
    if state != OPEN and (creating or old != state):
        text = "Use WinOpportunity or LoseOpportunity to close an opportunity."
        raise refused("bad_state", text, target="statecode")
    found = {**given, "statecode": state}
    if state == OPEN and old != OPEN:
        found |= {"statuscode": reason or 1, "actualvalue": None, "actualclosedate": None}
    return found


def need_unused(store: Store, table: Table, record: Record) -> None:
    """Raises ODataError for a record to which others refer that would not go with it."""
    if table.name not in _KEPT_FOR_OTHERS:
        return
    id_ = record.values[table.id_name]
    contained = {each.to for each in SCHEMA.sets[table.set_name].navigations.values() if each.contained}
    for other in TABLES.values():
        if other.set_name in contained:
            continue
        for column in other.lookups():
            if table.name in column.targets and store[other.set_name].find((column.property_name,), (id_,)):
                raise refused("in_use")


def check_webhook(whole: Mapping[str, Any], *, changed: dict[str, Any] | None = None) -> dict[str, Any]:
    """The values of a service endpoint, with how it proves who sends; of a change only those. Raises ODataError."""
    given = dict(whole) if changed is None else changed
    contract = whole.get("contract")
    if contract is not None and contract != WEBHOOK:
        raise refused(
            "not_implemented", "The fake has webhooks only (contract 8), no queues of Azure.", target="contract"
        )
    if problem := why_not_sent_to(str(whole.get("url") or "")):
        raise refused("bad_body", problem, target="url")
    if "authvalue" in given and given["authvalue"] is not None:
        given = {**given, "_auth": given["authvalue"], "isauthvalueset": True}
    return given


def auth_settings(text: str) -> list[tuple[str, str]]:
    """The names and values with which a webhook proves who sends it. The form is that of the registration tool [R].

    >>> auth_settings('<settings><setting name="x-key" value="1" /></settings>')
    [('x-key', '1')]
    """
    return _SETTING.findall(text[:2000])
