"""The contract with the CRM: does a record have the fields that the flow needs, and if not, what changed?

A missing field is never read as 0 or empty. The CRM's description of the object shows whether one record is wrong or
the schema has changed for all records.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.definition import FieldRule, Source
from gameday_fakes.stacks.durable.trouble import Trouble

Describe = Callable[[str], Awaitable[set[str]]]


@dataclass(frozen=True)
class Line:
    """A line as sold; ``amount`` is the exact net total, which need not be quantity times unit price.

    ``tax`` is the tax on it by its ``tax_code``; a line without a code has none.
    """

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tax_code: str = ""
    tax: Decimal = Decimal(0)


@dataclass(frozen=True)
class Deal:
    """A deal that meets the contract. ``version`` is when the CRM's record last changed.

    ``copied`` are fields of the organisation's own; one that the record does not have is not there.
    """

    id: str
    name: str
    account: str
    currency: str
    amount: Decimal
    close_date: str
    version: str
    lines: tuple[Line, ...]
    won: bool = True
    copied: dict[str, Any] = field(default_factory=dict)

    @property
    def tax(self) -> Decimal:
        """The tax on all lines."""
        return sum((line.tax for line in self.lines), Decimal(0))


class Contract:
    """Checks records against the definition's fields."""

    def __init__(self, source: Source, describe: Describe) -> None:
        self.source = source
        self._describe = describe

    async def check(self, record: Record) -> Deal:
        """The deal in a record. Raises Trouble that names the fields."""
        if is_void(record):
            return _void(record)
        missing = _missing(record, self.source.fields, self.source.object)
        for line in record["lines"]:
            missing += _missing(line, self.source.line_fields, self.source.lines)
        if missing:
            raise await self._violation(sorted(set(missing)), record)
        try:
            deal = self.deal_of(record)
        except (InvalidOperation, TypeError, ValueError) as problem:
            raise Trouble("contract_violation", f"not a number: {problem}", system="crm", payload=record) from None
        total = sum((line.amount for line in deal.lines), Decimal(0))
        if not deal.lines or total != deal.amount:
            detail = f"lines add up to {total}, the amount is {deal.amount} {deal.currency}"
            raise Trouble("inconsistent", detail, system="crm", payload=record)
        return deal

    async def explain(self, trouble: Trouble) -> Trouble:
        """Name the fields that are gone, after the CRM refused a query because of a field."""
        return await self._violation([], trouble.payload or {}, detail=trouble.detail)

    async def _violation(self, missing: list[str], record: Record, *, detail: str = "") -> Trouble:
        gone: list[str] = []
        for object_name, rules in (
            (self.source.object, self.source.fields),
            (self.source.lines, self.source.line_fields),
        ):
            visible = await self._describe(object_name)
            required = (rule for rule in rules if rule.required and "." not in rule.path)
            gone += [f"{object_name}.{rule.path}" for rule in required if rule.path not in visible]
        if gone:
            text = f"field {', '.join(gone)} is missing from the object: renamed, deleted or hidden. {detail}"
            return Trouble("schema_changed", text.strip(), system="crm", payload=record)
        if not missing:
            return Trouble("schema_changed", detail, system="crm", payload=record)
        return Trouble("contract_violation", f"missing or null: {', '.join(missing)}", system="crm", payload=record)

    def deal_of(self, record: Record) -> Deal:
        """The deal in a complete record. Raises ValueError or InvalidOperation for a value that is not a number."""
        return Deal(
            id=record["id"],
            name=str(record.get("name") or ""),
            account=str(record["account"]),
            currency=record["currency"],
            amount=Decimal(str(record["amount"])),
            close_date=str(record["close_date"])[:10],
            version=record["version"],
            lines=tuple(self.line_of(line) for line in record["lines"]),
            copied={
                rule.name: record[rule.name]
                for rule in self.source.fields
                if rule.type == "copied" and rule.name in record
            },
        )

    def line_of(self, line: Record) -> Line:
        """The line in a complete record."""
        return Line(
            sku=line["sku"],
            quantity=Decimal(str(line["quantity"])),
            unit_price=Decimal(str(line["unit_price"])),
            amount=Decimal(str(line["amount"])),
            tax_code=str(line.get("tax_code") or ""),
            tax=Decimal(str(line.get("tax") or 0)),
        )


def is_void(record: Record) -> bool:
    """Whether the deal is deleted or no longer won. A record without ``won`` is not void: it breaks the contract."""
    return bool(record.get("deleted")) or record.get("won") is False


def _void(record: Record) -> Deal:
    version = str(record.get("version") or "")
    return Deal(record["id"], "", "", "", Decimal(0), "", version, (), won=False)


def _missing(record: Record, rules: Iterable[FieldRule], object_name: str) -> list[str]:
    return [f"{object_name}.{rule.path}" for rule in rules if rule.required and record.get(rule.name) is None]
