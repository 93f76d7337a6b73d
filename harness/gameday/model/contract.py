"""A contract: what the CRM emits and the ERP accepts, who owns it, and how fast trouble is noticed and mended.

Written as Open Data Contract Standard (ODCS 3) YAML, two files for each flow: ``<flow>.crm.yaml`` and
``<flow>.erp.yaml``. What ODCS has no word for stands in its ``customProperties``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


class Sla(msgspec.Struct, frozen=True):
    """Targets and limits, in scenario seconds: at the target the score is full, at the limit it is nought."""

    detect_target_s: float = 300.0
    detect_limit_s: float = 3600.0
    repair_target_s: float = 900.0
    repair_limit_s: float = 86400.0
    latency_s: float = 300.0
    error_rate: float = 0.0


class Field(msgspec.Struct, frozen=True):
    """One property of a contract, with the vendor's name for it."""

    name: str
    logical_type: str
    required: bool = False
    physical_name: str = ""
    classification: str = ""
    constraints: dict[str, Any] = {}


class Contract(msgspec.Struct, frozen=True):
    """The two contracts of a flow, as far as the harness needs them.

    ``owner`` is the flow's owner, ``owners`` all of them by role (``sync``, ``source``, ``sink``, ``finance``).
    ``match`` is the ERP field that holds the deal's id. ``invoiced`` says whether an order is complete only with its
    invoice. ``tolerance`` is the difference of an order's total, in its currency, that still counts as equal;
    ``price_tolerance`` the share by which a price may be off the ERP's list. ``idempotency_key`` is the ERP field under
    which a write may be repeated, ``ordering`` the CRM field that tells a newer message from an older.
    ``digest`` is the hash of both files, by which scores are compared.
    """

    name: str
    version: str = "1.0.0"
    owner: str = ""
    owners: dict[str, str] = {}
    sla: Sla = Sla()
    match: str = "externalId"
    invoiced: bool = True
    tolerance: Decimal = Decimal(0)
    price_tolerance: Decimal = Decimal(0)
    idempotency_key: str = ""
    ordering: str = ""
    crm_fields: tuple[Field, ...] = ()
    erp_fields: tuple[Field, ...] = ()
    digest: str = ""
