"""What a plug-in may import. It is documented and stays as it is; every other module of gameday may move.

A plug-in is an installed package with entry points. Each entry point names a module or an object; loading it registers
what is defined there:

    gameday.fakes        a subclass of Fake: a vendor
    gameday.fault_kinds  a FaultKind: what can be injected into a fake
    gameday.faults       @fault("name") on a subclass of Fault
    gameday.layers       layer("name", LayerWords(...)): what runbooks say about a layer of faults
    gameday.checkers     @checker("name") on a function (Case, parameters) -> Verdict
    gameday.aborts       @abort_condition("name") on a frozen subclass of AbortCondition
    gameday.signals      @signal_source("fake's name") on a function (raw event, known deal ids) -> Signal
    gameday.workloads    @workload("name", params=...) on a function (WorkloadSpec, seed) -> Workload
    gameday.operations   @operation("name", act=...) on a function (deal, random numbers) -> change
    gameday.steps        a module with sentences: @given, @when and @then on functions

The names for steps (given, when, then, parsers, Draft, Judge, DURATION) load pytest when they are first used, so keep
steps in a separate module: the process that serves the fakes does not need pytest. The same holds for the parts of a
vendor that its manifest names (VendorDrafting and so on), which are loaded when somebody asks for them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, Reconciliation, reconcile
from gameday.analysis.signal_text import find_deals, line, mapping, snapshots, text_of
from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError, unknown
from gameday.base.money import to_currency
from gameday.model.abort import AbortCondition, Measure, Observed
from gameday.model.abort import register as register_condition
from gameday.model.checker import Case, Checker, DeadLetter, Result, Verdict, checkers, needs
from gameday.model.contract import Contract
from gameday.model.events import (
    AlertRaised,
    DealClosed,
    Delivery,
    Event,
    FaultHit,
    InvoiceWrite,
    OrderWrite,
    OtherEvent,
    TicketRaised,
)
from gameday.model.fault import (
    Action,
    FakeRule,
    Fault,
    LayerWords,
    RollOut,
    StackAct,
    Toxic,
    faults,
    layers,
    link_of,
)
from gameday.model.history import History, Operation
from gameday.model.scenario import Scenario, WorkloadSpec
from gameday.model.signal import Normalise, Signal, signals
from gameday.model.workload import (
    Account,
    BusinessOperation,
    Catalog,
    DealLine,
    Product,
    Workload,
    operation,
    workload,
)
from gameday.workloads.arrivals import ArrivalParams, arrange, deal_value, read_params
from gameday.workloads.chance import random_of
from gameday_fakes.business_operations import BusinessOperation as FakeOperation
from gameday_fakes.business_operations import Seed
from gameday_fakes.catalogue import ErrorKind, ObjectField, ObjectType
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.fault_kinds import FaultKind
from gameday_fakes.http import Absent, BadBody, Reply, Request, Route
from gameday_fakes.intercept import Dropped, RequestFault, Selection
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line
from gameday_fakes.manifest import IdForm, Manifest
from gameday_fakes.rules import HttpRule, Rule

if TYPE_CHECKING:
    from pytest_bdd import given, parsers, then, when

    from gameday.base.durations import PATTERN as DURATION
    from gameday.capture.raw_record import RawRecord, encode_record, read_raw_record
    from gameday.contracts.audit_trail import Entry as AuditEntry
    from gameday.contracts.drafting.draft import Draft as ContractDraft
    from gameday.contracts.drafting.draft import Element as ContractElement
    from gameday.contracts.drafting.draft import Property as ContractField
    from gameday.contracts.drafting.vendor import Ask, VendorDrafting
    from gameday.contracts.organisations.vendor import OrganisationImport
    from gameday.repair.corrections import Corrections, Refusal
    from gameday.steps.draft import Draft
    from gameday.steps.vocabulary import Judge

#: ``@fault("name")`` registers a subclass of Fault, a frozen dataclass.
fault = faults.register
#: ``@checker("name")`` registers a pure function from a Case and parameters to a Verdict.
checker = checkers.register
#: ``@abort_condition("name")`` registers a frozen subclass of AbortCondition: its settings are its fields.
abort_condition = register_condition
#: ``@signal_source("name of a fake")`` registers the function that reads the alerts or tickets of that fake.
signal_source = signals.register


def layer(name: str, words: LayerWords) -> None:
    """Register what runbooks say about the faults of a layer."""
    layers.register(name)(words)


#: Where the names come from that are loaded when they are first used: those for steps need pytest, and the process that
#: serves the fakes needs no parts of a vendor.
_LATER = {
    "Ask": ("gameday.contracts.drafting.vendor", "Ask"),
    "AuditEntry": ("gameday.contracts.audit_trail", "Entry"),
    "ContractDraft": ("gameday.contracts.drafting.draft", "Draft"),
    "ContractElement": ("gameday.contracts.drafting.draft", "Element"),
    "ContractField": ("gameday.contracts.drafting.draft", "Property"),
    "Corrections": ("gameday.repair.corrections", "Corrections"),
    "OrganisationImport": ("gameday.contracts.organisations.vendor", "OrganisationImport"),
    "RawRecord": ("gameday.capture.raw_record", "RawRecord"),
    "Refusal": ("gameday.repair.corrections", "Refusal"),
    "VendorDrafting": ("gameday.contracts.drafting.vendor", "VendorDrafting"),
    "encode_record": ("gameday.capture.raw_record", "encode_record"),
    "read_raw_record": ("gameday.capture.raw_record", "read_raw_record"),
    "DURATION": ("gameday.base.durations", "PATTERN"),
    "Draft": ("gameday.steps.draft", "Draft"),
    "Judge": ("gameday.steps.vocabulary", "Judge"),
    "given": ("pytest_bdd", "given"),
    "parsers": ("pytest_bdd", "parsers"),
    "then": ("pytest_bdd", "then"),
    "when": ("pytest_bdd", "when"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LATER[name]
    return getattr(importlib.import_module(module), attribute)


__all__ = [
    "DURATION",
    "AbortCondition",
    "Absent",
    "Account",
    "Action",
    "AlertRaised",
    "ArrivalParams",
    "Ask",
    "AuditEntry",
    "BadBody",
    "BusinessOperation",
    "Case",
    "Catalog",
    "Checker",
    "Clock",
    "Contract",
    "ContractDraft",
    "ContractElement",
    "ContractField",
    "ControlError",
    "Corrections",
    "DeadLetter",
    "DealClosed",
    "DealLine",
    "Delivery",
    "Draft",
    "Dropped",
    "Entry",
    "ErrorKind",
    "Event",
    "EventLog",
    "Fake",
    "FakeOperation",
    "FakeRule",
    "Fault",
    "FaultHit",
    "FaultKind",
    "GamedayError",
    "History",
    "HttpRule",
    "IdForm",
    "Invoice",
    "InvoiceWrite",
    "Judge",
    "LayerWords",
    "Ledger",
    "Line",
    "Manifest",
    "Measure",
    "Normalise",
    "ObjectField",
    "ObjectType",
    "Observed",
    "Operation",
    "OrderOutcome",
    "OrderWrite",
    "OrganisationImport",
    "OtherEvent",
    "Product",
    "RawRecord",
    "Reconciliation",
    "Refusal",
    "Reply",
    "Request",
    "RequestFault",
    "Result",
    "RollOut",
    "Route",
    "Rule",
    "Scenario",
    "Seed",
    "Selection",
    "Signal",
    "StackAct",
    "TicketRaised",
    "Toxic",
    "VendorDrafting",
    "Verdict",
    "Workload",
    "WorkloadSpec",
    "abort_condition",
    "arrange",
    "checker",
    "deal_value",
    "encode_record",
    "failed",
    "fault",
    "find_deals",
    "given",
    "inconclusive",
    "layer",
    "line",
    "link_of",
    "mapping",
    "needs",
    "observe",
    "operation",
    "parse_duration",
    "parsers",
    "passed",
    "random_of",
    "read_params",
    "read_raw_record",
    "reconcile",
    "signal_source",
    "snapshots",
    "text_of",
    "then",
    "to_currency",
    "unknown",
    "when",
    "workload",
]
