"""A contract: what the CRM emits and the ERP accepts, who owns it, and how fast problems are noticed and repaired.

Written as Open Data Contract Standard (ODCS 3) YAML, two files for each flow: ``<flow>.crm.yaml`` and
``<flow>.erp.yaml``. What ODCS has no field for is in its ``customProperties``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday.model.handling import ExceptionPath, Rung


class Sla(msgspec.Struct, frozen=True):
    """Targets and limits in scenario seconds: up to the target the score is full, from the limit on it is 0."""

    detect_target_s: float = 300.0
    detect_limit_s: float = 3600.0
    repair_target_s: float = 900.0
    repair_limit_s: float = 86400.0
    latency_s: float = 300.0
    error_rate: float = 0.0


class Field(msgspec.Struct, frozen=True):
    """One property of a contract, with the vendor's name for it.

    ``kept_raw``: why recordings keep its values although they look personal; empty without a reason.
    """

    name: str
    logical_type: str
    required: bool = False
    physical_name: str = ""
    classification: str = ""
    constraints: dict[str, Any] = {}
    kept_raw: str = ""


LINE_FIELDS = ("quantity", "unitPrice", "discount", "tax", "amount")
_LINES = tuple(f"line.{name}" for name in LINE_FIELDS)
_DOCUMENT = ("date", "customer", "currency", "subsidiary", "terms", "total")
#: What is compared of an order and of its invoice, besides which products the lines have.
COMPARED_FIELDS = (
    *(*_DOCUMENT, *_LINES),
    *(f"invoice.{name}" for name in (*_DOCUMENT, "period", "lines", *_LINES)),
)


class CompareRule(msgspec.Struct, frozen=True):
    """How one field of two documents is compared.

    ``exact``: the values are equal. ``tolerance``: they differ by at most ``amount`` (in the field's own unit), or by
    at most ``share`` of the CRM's value, or, for dates, by at most ``days``. ``ignored``: not at all, for ``reason``.
    """

    compare: Literal["exact", "tolerance", "ignored"] = "exact"
    amount: Decimal = Decimal(0)
    share: Decimal = Decimal(0)
    days: int = 0
    reason: str = ""


class FieldPair(msgspec.Struct, frozen=True):
    """A field beyond ``COMPARED_FIELDS`` that the contract maps from the CRM to the ERP, and how it is compared.

    ``crm`` and ``erp`` are its vendors' names, without the object: ``Region__c``, ``custbody_region``; a name with a
    point reaches the record that a reference names (``Plant__r.Name``). ``part`` says of what it is a field.
    ``kind`` says what its values are: ``1`` and ``1.0`` are one number, ``T`` and ``true`` one boolean. Texts are equal
    only to the letter, unless the contract lets both be trimmed, or be of another case.
    """

    part: Literal["order", "line", "invoice", "invoice.line", "customer"]
    crm: str
    erp: str
    kind: Literal["text", "number", "boolean", "date", "timestamp", "reference"] = "text"
    rule: CompareRule = CompareRule()
    trim: bool = False
    ignore_case: bool = False

    @property
    def words(self) -> str:
        """The field as a report names it: "field Region__c / custbody_region"."""
        return f"field {self.crm} / {self.erp}"


class Unmapped(msgspec.Struct, frozen=True):
    """A field of an organisation's own that only one of the two contracts has, or that has no counterpart, and why."""

    field: str
    reason: str


class RetryPolicy(msgspec.Struct, frozen=True):
    """How a sync may repeat a write that the ERP refused or did not answer.

    ``max_attempts``: how often the same state of a document may be written, the first time included; 0 without a limit.
    ``min_delay_s``: the shortest time between two of these attempts, in scenario seconds.
    """

    max_attempts: int = 0
    min_delay_s: float = 0.0


class Condition(msgspec.Struct, frozen=True):
    """What a record of the ERP must keep where other fields of it have certain values.

    So an approval gate (orders of 10,000 and more wait for an approval) or a tax jurisdiction (a German subsidiary has
    German tax codes). ``when`` and ``then`` have constraints by the path of a field in the ``record``
    (``item.taxCode``): a condition on lines is met by any line, and its consequence is for all lines. A field of
    ``then`` must be there. ``owner`` is the role that it concerns.
    """

    name: str
    record: str
    when: dict[str, dict[str, Any]]
    then: dict[str, dict[str, Any]]
    owner: str = ""


class Contract(msgspec.Struct, frozen=True):
    """The two contracts of a flow, as far as the harness needs them.

    ``owner`` is the flow's owner, ``owners`` all owners by role (``sync``, ``source``, ``sink``, ``finance``).
    ``match`` is the ERP field that holds the deal's id as ``match_pattern`` writes it, with ``{deal}`` for the id.
    ``customer_match`` is the field of an ERP customer that names the account as ``customer_pattern`` writes it, with
    ``{account}`` for the account's id or another field of it in braces; without one, both have the same business key.
    ``invoiced`` says whether an order needs an invoice to be
    complete. ``tolerance`` is the largest difference of totals, in the order's currency, that counts as equal;
    ``price_tolerance`` the share by which a line's unit price may differ from the CRM's. ``rules`` say how single
    fields are compared, by field (``COMPARED_FIELDS``); ``pairs`` are the further fields that are compared, and
    ``unmapped`` those of an organisation's own that are not. ``margin`` is the share of the latency by which a time
    limit may be missed. ``page_limit`` is the largest number of pages for one incident (0: it depends on the affected
    deals). ``idempotency_key`` is the ERP field that makes a repeated write safe, ``ordering`` the CRM field that
    shows which of two messages is newer. ``correlation`` is the field of the ERP's orders and invoices with the id by
    which a deal can be followed, ``customer_tier`` the field of the CRM's accounts that says how much a customer
    matters; empty where there is none. ``retry`` is what the ERP's side allows of retries; None if the contract says
    nothing of them. ``conditions`` are rules between the fields of a record of the ERP. ``revenue_per_day`` is the
    money in ``revenue_currency`` that the flow carries a day, by the registry of flows; None where it does not say.
    ``exceptions`` say what becomes of each kind of error, and ``ladder`` who is called while nobody acknowledges an
    incident, by the registry too. ``digest`` is the hash of what both files say; only scores with the same digest are
    compared. ``crm`` and ``erp`` are the vendors that its servers name; empty where they name none.
    """

    name: str
    version: str = "1.0.0"
    owner: str = ""
    owners: dict[str, str] = {}
    sla: Sla = Sla()
    match: str = "externalId"
    match_pattern: str = "{deal}"
    customer_match: str = ""
    customer_pattern: str = "{account}"
    invoiced: bool = True
    tolerance: Decimal = Decimal(0)
    price_tolerance: Decimal = Decimal(0)
    margin: Decimal = Decimal("0.1")
    page_limit: int = 0
    idempotency_key: str = ""
    ordering: str = ""
    correlation: str = ""
    customer_tier: str = ""
    retry: RetryPolicy | None = None
    crm_fields: tuple[Field, ...] = ()
    erp_fields: tuple[Field, ...] = ()
    conditions: tuple[Condition, ...] = ()
    rules: dict[str, CompareRule] = {}
    pairs: tuple[FieldPair, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    digest: str = ""
    revenue_per_day: Decimal | None = None
    revenue_currency: str = ""
    exceptions: tuple[ExceptionPath, ...] = ()
    ladder: tuple[Rung, ...] = ()
    crm: str = ""
    erp: str = ""

    def reference(self, deal: str) -> str:
        """How the ERP's ``match`` field writes a deal's id."""
        return self.match_pattern.replace("{deal}", deal)

    def referred(self, reference: str) -> str:
        """The deal's id in what the ERP's ``match`` field holds; empty if it is not written by the pattern.

        >>> Contract("f", match_pattern="SFDC_OPP_{deal}").referred("SFDC_OPP_0061")
        '0061'
        """
        if self.match_pattern == "{deal}":
            return reference
        before, _, after = self.match_pattern.partition("{deal}")
        inner = reference[len(before) : len(reference) - len(after)]
        return inner if inner and self.reference(inner) == reference else ""

    def customer(self, account: str, fields: Mapping[str, str]) -> str:
        """How the ERP's ``customer_match`` field writes an account, which has these ``fields``.

        Empty if the account lacks the field.
        """
        before, _, rest = self.customer_pattern.partition("{")
        name, _, after = rest.partition("}")
        value = account if name == "account" else fields.get(name, "")
        return f"{before}{value}{after}" if value else ""

    def rule(self, field: str) -> CompareRule:
        """How a field (one of ``COMPARED_FIELDS``) is compared: as the contract says, else by its tolerances."""
        if field in self.rules:
            return self.rules[field]
        match field.rpartition(".")[2]:
            case "total" | "amount" | "tax":
                return CompareRule("tolerance", amount=self.tolerance)
            case "unitPrice":
                return CompareRule("tolerance", share=self.price_tolerance)
        return CompareRule()
