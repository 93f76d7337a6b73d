"""What plug-ins may import: nothing leaves gameday.api without a change here, and it loads no pytest by itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gameday.api
from support.rows import rows

EXPORTS = [
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
    "DURATION",
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


def test_it_exports_what_plug_ins_rely_on() -> None:
    assert sorted(gameday.api.__all__) == sorted(EXPORTS)


@rows("name", EXPORTS)
def test_every_export_is_there(name: str) -> None:
    assert getattr(gameday.api, name) is not None


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'gameday.api' has no attribute 'Nothing'"):
        gameday.api.Nothing  # noqa: B018


@pytest.mark.slow
def test_the_process_that_serves_a_fake_loads_no_pytest() -> None:
    code = "import sys, gameday.api; print('pytest' in sys.modules, 'pytest_bdd' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False False\n"


@pytest.mark.slow
def test_a_worker_that_carries_out_runs_loads_no_web_server_and_no_cryptography() -> None:
    names = ("uvicorn", "cryptography")
    code = f"import sys, gameday.steps.plugin, gameday.run.runner; print([n for n in {names} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
