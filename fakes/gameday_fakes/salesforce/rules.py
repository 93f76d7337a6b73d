"""Rules for writes: the user's rights, types, required fields, references, and derived fields."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gameday_fakes.salesforce.currencies import decimals
from gameday_fakes.salesforce.deal_lines import line_of_entry, lines_of, settle, take_entry
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.faults import StateFaults
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.merging import merge
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.values import coerce

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


class Writer:
    """Writes on behalf of the integration user. Every method raises Refused and then has changed nothing."""

    def __init__(self, store: SalesforceStore, state: StateFaults) -> None:
        self._store = store
        self._state = state
        self._model = store.model

    def create(self, sobject: str, body: dict[str, Any]) -> Record:
        """Add a record from a request's body."""
        self._need_right(sobject)
        given = self._take(sobject, body, new=True)
        missing = [
            shown
            for field, shown in self._state.schema.view(sobject).shown
            if field.is_required and given.get(field.name) is None
        ]
        if missing:
            listed = ", ".join(missing)
            raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{listed}]", missing)
        self._need_unique(sobject, given, None)
        self._need_unlocked(sobject, given)
        with self._store.change():
            match sobject:
                case "Opportunity":
                    return self._store.insert(sobject, {**self._defaults(sobject), **given, **self._of_stage(given)})
                case "OpportunityLineItem":
                    return self._create_line(given)
                case self._store.deal_fields.lines.object:
                    whole = {**self._defaults(sobject), **given, **take_entry(self._store, given)}
                    line = self._store.insert(sobject, whole)
                    settle(self._store, line)
                    return line
                case _:
                    named = _full_name(sobject, given)
                    return self._store.insert(sobject, {**self._defaults(sobject), **given, **named})

    def update(self, record: Record, body: dict[str, Any]) -> None:
        """Change a record by a request's body."""
        self._need_right(record.object)
        given = self._take(record.object, body, new=False)
        self._need_unique(record.object, given, record)
        self._need_unlocked(record.object, record.fields)
        with self._store.change():
            match record.object:
                case "Opportunity":
                    if record.fields["HasOpportunityLineItem"]:
                        # With lines, the amount is their sum, whatever is written.
                        given.pop("Amount", None)
                    self._store.update(record, {**given, **self._of_stage(given)})
                case "OpportunityLineItem":
                    for name in ("UnitPrice", "TotalPrice"):
                        if given.get(name, "") is None:
                            del given[name]
                    self._store.update(record, {**given, **_line_prices({**record.fields, **given}, given)})
                    self.roll_up(record.fields["OpportunityId"])
                case _:
                    self._store.update(record, {**given, **_full_name(record.object, {**record.fields, **given})})
                    if record.object == self._store.deal_fields.lines.object:
                        settle(self._store, record)

    def delete(self, record: Record) -> None:
        """Move a record to the bin, an opportunity with its lines."""
        self._need_right(record.object)
        self._need_unlocked(record.object, record.fields)
        with self._store.change():
            if record.object == "Opportunity":
                for line in self._store.matching("OpportunityLineItem", "OpportunityId", record.id):
                    self._store.delete(line)
            elif record.object == self._store.deal_fields.object:
                for line in lines_of(self._store, record.id):
                    self._store.delete(line)
            self._store.delete(record)
            if record.object == "OpportunityLineItem":
                self.roll_up(record.fields["OpportunityId"])
            elif record.object == self._store.deal_fields.lines.object:
                settle(self._store, record)

    def undelete(self, record: Record) -> None:
        """Move a record out of the bin, a deal with the lines that were deleted with it."""
        self._need_right(record.object)
        of_deals = self._store.deal_fields
        own = (
            ("Opportunity", "OpportunityLineItem", "OpportunityId"),
            (of_deals.object, of_deals.lines.object, of_deals.lines.deal),
        )
        with self._store.change():
            lines = [
                line
                for sobject, child, reference in dict.fromkeys(own)
                if sobject == record.object
                for line in self._store.deleted_with(record, child, reference)
            ]
            for each in (record, *lines):
                self._store.undelete(each)
            if record.object == "OpportunityLineItem":
                self.roll_up(record.fields["OpportunityId"])
            elif record.object == of_deals.lines.object:
                settle(self._store, record)

    def merge(self, winner: Record, losers: list[Record], body: dict[str, Any]) -> list[str]:
        """Merge records into one, with these fields; returns the ids of those that have another parent now."""
        self._need_right(winner.object)
        with self._store.change():
            if body:
                self.update(winner, body)
            return [id_ for loser in losers for id_ in merge(self._store, winner, loser)]

    def roll_up(self, opportunity_id: str) -> None:
        """Set an opportunity's amount and quantity from its lines. To be called within a change."""
        opportunity = self._store.find("Opportunity", opportunity_id)
        if opportunity is None:
            return
        lines = self._store.matching("OpportunityLineItem", "OpportunityId", opportunity_id)
        changes: dict[str, Any] = {"HasOpportunityLineItem": bool(lines), "TotalOpportunityQuantity": None}
        if lines:
            changes["Amount"] = sum((line.fields["TotalPrice"] for line in lines), _ZERO)
            changes["TotalOpportunityQuantity"] = sum((line.fields["Quantity"] for line in lines), _ZERO)
            entry = self._store.get(lines[0].fields["PricebookEntryId"])
            if entry is not None and not opportunity.fields["Pricebook2Id"]:
                changes["Pricebook2Id"] = entry.fields["Pricebook2Id"]
        self._store.update(opportunity, changes)

    # -- checks --------------------------------------------------------------------------------------

    def _need_right(self, sobject: str) -> None:
        if not self._model.objects[sobject].writable:
            raise Refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {sobject}", [])
        if not self._state.schema.may(sobject, "edit"):
            raise Refused.of("forbidden")

    def _take(self, sobject: str, body: dict[str, Any], *, new: bool) -> dict[str, Any]:
        """The values of a body, by the fields' own names."""
        taken: dict[str, Any] = {}
        fixed = []
        for name, value in body.items():
            if name == "attributes":
                continue
            if isinstance(value, dict):
                field, id_ = self._by_external_id(sobject, name, value)
                taken[field.name] = id_
                continue
            field, shown = self._state.schema.need(sobject, name)
            if not (field.createable if new else field.updateable):
                fixed.append(shown)
                continue
            taken[field.name] = coerce(field, value, shown)
            if taken[field.name] is None and not new and not field.nillable:
                raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{shown}]", [shown])
            if field.refers_to and taken[field.name]:
                self._need_parent(field, taken[field.name], shown)
        if fixed:
            listed = ", ".join(fixed)
            raise Refused(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {listed}. Please check the security settings of this field and "
                "verify that it is read/write for your profile or permission set.",
                fixed,
            )
        return taken

    def _by_external_id(self, sobject: str, name: str, value: dict[str, Any]) -> tuple[Field, str]:
        """A parent named by an external id: ``{"Account": {"ERP_Customer_Id__c": "C-1"}}``."""
        field = self._model.reference_to(sobject, name)
        keys = {key: text for key, text in value.items() if key != "attributes"}
        if field is None or len(keys) != 1:
            raise Refused("INVALID_FIELD", f"Cannot reference a foreign key field {name}.")
        ((key, text),) = keys.items()
        parent, _ = self._state.schema.need(field.refers_to, key)
        parents = with_external_id(self._store, field.refers_to, parent, str(text)) if parent.external_id else []
        if len(parents) != 1:
            raise Refused(
                "INVALID_FIELD",
                f"Foreign key external ID: {text} not found for field {key} in entity {field.refers_to}",
                [],
            )
        return field, parents[0].id

    def _need_parent(self, field: Field, id_: str, shown: str) -> None:
        parent = self._store.get(id_)
        if parent is None or parent.object != field.refers_to:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [shown])

    def _need_unique(self, sobject: str, given: dict[str, Any], record: Record | None) -> None:
        for name, value in given.items():
            if value and self._model.objects[sobject].fields[name].unique:
                for other in self._store.matching(sobject, name, value):
                    if other is not record:
                        raise Refused(
                            "DUPLICATE_VALUE",
                            f"duplicate value found: {name} duplicates value on record with id: {other.id[:15]}",
                            [],
                        )

    def _need_unlocked(self, sobject: str, fields: dict[str, Any]) -> None:
        of_deals = self._store.deal_fields
        deal = {of_deals.object: fields.get("Id"), of_deals.lines.object: fields.get(of_deals.lines.deal)}.get(sobject)
        if deal and self._state.locks(deal):
            raise Refused.of("locked", f"unable to obtain exclusive access to this record or 1 records: {deal}")

    # -- derived fields ------------------------------------------------------------------------------

    def _defaults(self, sobject: str) -> dict[str, Any]:
        known = self._model.objects[sobject].fields
        defaults: dict[str, Any] = {"CurrencyIsoCode": "USD", "OwnerId": self._store.user_id, "IsActive": True}
        return {name: value for name, value in {**defaults, **self._model.defaults[sobject]}.items() if name in known}

    def _of_stage(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._store.stages.fields(given["StageName"]) if given.get("StageName") else {}

    def _create_line(self, given: dict[str, Any]) -> Record:
        opportunity = self._store.find("Opportunity", given["OpportunityId"])
        entry = self._store.get(given.get("PricebookEntryId"))
        if entry is None:
            raise Refused(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]", ["PricebookEntryId"]
            )
        if opportunity is None or entry.fields["CurrencyIsoCode"] != opportunity.fields["CurrencyIsoCode"]:
            raise Refused(
                "FIELD_INTEGRITY_EXCEPTION",
                "The pricebook entry currency code does not match the opportunity currency code.",
                ["PricebookEntryId"],
            )
        if given.get("UnitPrice") is None and given.get("TotalPrice") is None:
            given["UnitPrice"] = entry.fields["UnitPrice"]
        line = self._store.insert(
            "OpportunityLineItem",
            {
                **self._model.defaults["OpportunityLineItem"],
                **given,
                **line_of_entry(self._store, entry),
                **_line_prices({**given, "CurrencyIsoCode": entry.fields["CurrencyIsoCode"]}, given),
            },
        )
        self.roll_up(opportunity.id)
        return line


def _full_name(sobject: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The name of a person, which follows from its parts."""
    if sobject != "Contact":
        return {}
    return {"Name": " ".join(filter(None, (fields.get("FirstName"), fields.get("LastName"))))}


def with_external_id(store: SalesforceStore, sobject: str, field: Field, text: str) -> list[Record]:
    """The records whose external id is this text of a path or a body; a number is one however it is written."""
    try:
        return store.matching(sobject, field.name, coerce(field, text, field.name))
    except Refused:
        return []


def _line_prices(line: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Unit and total price; the one that is not given follows from the other.

    A total has the decimals of its currency ("CurrencyType", ``DecimalPlaces``); that halves are rounded up is [R].
    """
    quantity: Decimal = line["Quantity"]
    rest = 1 - (line.get("Discount") or _ZERO) / _HUNDRED
    if given.get("TotalPrice") is not None and given.get("UnitPrice") is None:
        divisor = quantity * rest
        return {"UnitPrice": given["TotalPrice"] / divisor if divisor else _ZERO}
    if given.get("TotalPrice") is not None:
        return {}
    places = Decimal(1).scaleb(-decimals(line.get("CurrencyIsoCode") or ""))
    return {"TotalPrice": (line["UnitPrice"] * quantity * rest).quantize(places, ROUND_HALF_UP)}
