"""What becomes of a record that a request or people write: checked, completed and stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.hubspot.errors import BadValue, Refused, bad_values
from gameday_fakes.hubspot.pipelines import Pipelines
from gameday_fakes.hubspot.portal import PORTAL_ID
from gameday_fakes.hubspot.property import Property
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.records import Store
from gameday_fakes.hubspot.schema import Schema
from gameday_fakes.hubspot.standard import OBJECTS
from gameday_fakes.hubspot.values import NotAValue, coerce, number

#: What a line takes from its product unless the request says otherwise ("Line items").
_FROM_PRODUCT = ("name", "description", "hs_sku", "price")
#: What a line's net price follows from.
_PRICED = frozenset({"quantity", "price", "discount", "hs_discount_percentage"})
_HUNDRED = Decimal(100)


class Writer:
    """Writes records. To be called within a change of the store; raises Refused."""

    def __init__(self, store: Store, schema: Schema, pipelines: Pipelines) -> None:
        self._store = store
        self._schema = schema
        self._pipelines = pipelines

    def create(self, object_: str, given: Mapping[str, Any]) -> Record:
        """Add a record from a request's properties."""
        values = self._checked(object_, given, None)
        of = OBJECTS[object_]
        missing = [each.name for each in of.properties.values() if each.required and not values.get(each.name)]
        if missing or (of.one_of and not any(values.get(name) for name in of.one_of)):
            names = missing or list(of.one_of)
            raise bad_values((_missing(name) for name in names), PORTAL_ID)
        return self.put(object_, values)

    def put(self, object_: str, values: Mapping[str, str]) -> Record:
        """Add a record whose values are in the form in which records keep them."""
        whole = self._completed(object_, dict(values))
        if object_ == "line_items":
            whole.setdefault("amount", _net(whole))
        return self._store.insert(object_, whole, unique=self._schema.unique(object_))

    def update(self, record: Record, given: Mapping[str, Any]) -> None:
        """Change a record by a request's properties."""
        values = self._checked(record.object, given, record)
        self.change(record, values)

    def change(self, record: Record, values: Mapping[str, str]) -> None:
        """Change a record; the values are in the form in which records keep them."""
        self._store.update(record, values, unique=self._schema.unique(record.object))
        followed = self._completed(record.object, {**record.properties})
        if record.object == "line_items" and _PRICED & values.keys():
            followed["amount"] = _net(followed)
        quiet = {name: value for name, value in followed.items() if value != record.properties.get(name, "")}
        self._store.update(record, quiet, quiet=True)

    def archive(self, record: Record) -> None:
        """Archive a record; of a deal its lines stay, as they do at HubSpot."""
        deals = self._store.linked(record, "deals") if record.object == "line_items" else []
        self._store.archive_record(record)
        for deal in deals:
            self.count_lines(deal)

    def count_lines(self, deal: Record) -> None:
        """Bring the number of a deal's lines up to date, and when it was modified."""
        number_of = str(len(self._store.linked(deal, "line_items")))
        self._store.update(deal, {"hs_num_of_associated_line_items": number_of}, quiet=True)
        self._store.touch(deal)

    # -- parts ---------------------------------------------------------------------------------------

    def _checked(self, object_: str, given: Mapping[str, Any], record: Record | None) -> dict[str, str]:
        view = self._schema.view(object_)
        self._schema.note_missing(object_, given)
        values: dict[str, str] = {}
        bad: list[BadValue] = []
        for name, each in given.items():
            known = view.shown.get(name)
            if known is None:
                bad.append(BadValue(name[:200], "PROPERTY_DOESNT_EXIST", f'Property "{name[:200]}" does not exist'))
            elif known.read_only:
                message = f'"{name}" is a calculated property; its value cannot be set.'
                bad.append(BadValue(name, "READ_ONLY_VALUE", message))
            else:
                try:
                    values[known.name] = coerce(known, each)
                except NotAValue as refused:
                    bad.append(refused.bad)
        bad += self._related(object_, values, record)
        if bad:
            raise bad_values(bad, PORTAL_ID)
        self._need_unique(object_, values, record, view.shown.values())
        return values

    def _related(self, object_: str, values: Mapping[str, str], record: Record | None) -> Iterable[BadValue]:
        before = record.properties if record is not None else {}
        if object_ == "deals" and (values.get("dealstage") or values.get("pipeline")):
            stage = values.get("dealstage") or before.get("dealstage", "")
            pipeline = values.get("pipeline") or before.get("pipeline", "default")
            problem = self._pipelines.problem(pipeline, stage)
            if problem:
                name = "pipeline" if "pipeline ID" in problem else "dealstage"
                yield BadValue(name, "INVALID_OPTION", problem, values.get(name, ""))
        product = values.get("hs_product_id") if object_ == "line_items" else None
        if product and self._store.find("products", product) is None:
            yield BadValue("hs_product_id", "INVALID_PRODUCT", f"No product has the id {product[:40]}", product)

    def _need_unique(
        self, object_: str, values: Mapping[str, str], record: Record | None, known: Iterable[Property]
    ) -> None:
        for each in known:
            value = values.get(each.name) if each.unique else None
            other = self._store.by_unique(object_, each.name, value) if value else None
            if other is None or other is record:
                continue
            if (object_, each.name) == ("contacts", "email"):
                raise Refused.of("conflict", f"Contact already exists. Existing ID: {other.id}")
            own_id = record.id if record is not None else "0"
            coordinates = (
                f"PropertyValueCoordinates{{portalId={PORTAL_ID}, objectTypeId=ObjectTypeId{{legacyObjectType="
                f"{OBJECTS[object_].singular.upper()}}}, propertyName={each.name}, value={value}}}"
            )
            message = f"Cannot set {coordinates} on {own_id}. {other.id} already has that value."
            raise bad_values([BadValue(each.name, "CONFLICTING_UNIQUE_VALUE", message, value or "")], PORTAL_ID)

    def _completed(self, object_: str, values: dict[str, str]) -> dict[str, str]:
        """The values with what follows from them."""
        if object_ == "deals":
            values.setdefault("pipeline", "default")
            values |= self._pipelines.follow(values.get("dealstage"))
        elif object_ == "line_items":
            product = self._store.find("products", values.get("hs_product_id", ""))
            if product is not None:
                taken = {name: product.properties.get(name, "") for name in _FROM_PRODUCT}
                currency = values.get("hs_line_item_currency_code", "").lower()
                taken["price"] = product.properties.get(f"hs_price_{currency}") or taken["price"]
                values = {**{name: value for name, value in taken.items() if value}, **values}
        return values


def _net(values: Mapping[str, str]) -> str:
    """The net price of a line: after its discount in percent, or after that of each unit."""
    quantity, price = number(values.get("quantity") or "1"), number(values.get("price"))
    percent, each = number(values.get("hs_discount_percentage")), number(values.get("discount"))
    unit = price * (1 - percent / _HUNDRED) if percent else price - each
    return f"{quantity * unit:f}"


def _missing(name: str) -> BadValue:
    return BadValue(name, "REQUIRED_FIELD", f"Property {name!r} is required.".replace("'", '"'))
