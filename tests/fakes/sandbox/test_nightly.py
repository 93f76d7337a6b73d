"""Two nights of reconciliation: separate fakes play the tenants over TLS at the vendors' host names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from fakes.sandbox.conftest import ACCOUNTS, DEAL, ERP, PRODUCTS
from fakes.sandbox.test_reading import ENVIRONMENT
from gameday_fakes.protocols.oauth1 import Signer
from support.credentials import NETSUITE

pytestmark = pytest.mark.slow

CRM = "acme.my.salesforce.com"
ORDERS = "/services/rest/record/v1/salesOrder"


def configuration(organisation: str, proxy: str) -> str:
    return f"""
[reconcile]
proxy = "{proxy}"
[reconcile.tenants.salesforce]
host = "{CRM}"
allow = ["{organisation}"]
[reconcile.tenants.netsuite]
host = "{ERP}"
allow = ["1234567_SB1"]
"""


def write(fakes: Any, method: str, target: str, body: Any) -> None:
    """What the sync writes to the ERP."""
    signed = Signer(NETSUITE).header(method, f"https://{ERP}{target}")
    with httpx.Client(proxy=fakes.proxy, verify=fakes.ca) as client:
        reply = client.request(method, f"https://{ERP}{target}", json=body, headers={"authorization": signed})
    assert reply.status_code < 300, reply.text


def ids(fakes: Any, kind: str) -> set[str]:
    return {str(record["id"]) for record in fakes.snapshot("netsuite")[kind]}


def book(fakes: Any, deal: str, account: str, quantity: int) -> list[str]:
    """The invoice of a deal and its order, as their paths."""
    orders, bills = ids(fakes, "salesOrder"), ids(fakes, "invoice")
    line = {"item": {"externalId": "SKU-1"}, "quantity": quantity, "rate": 5, "amount": 5 * quantity}
    body = {
        "entity": {"externalId": account},
        "currency": {"id": "1"},
        "otherRefNum": deal,
        "tranDate": "2026-06-30",
        "item": {"items": [{**line, "price": {"id": "-1"}}]},
    }
    write(fakes, "POST", ORDERS, body)
    (order,) = ids(fakes, "salesOrder") - orders
    write(fakes, "POST", f"{ORDERS}/{order}/!transform/invoice", {"tranDate": "2026-06-30"})
    (bill,) = ids(fakes, "invoice") - bills
    return [f"/services/rest/record/v1/invoice/{bill}", f"{ORDERS}/{order}"]


def test_each_night_says_what_differs_and_writes_nothing(fakes: Any, tmp_path: Path) -> None:
    fakes.reset()
    account = fakes.operate("salesforce", "seed", accounts=ACCOUNTS, products=PRODUCTS)["accounts"]["A-1"]
    fakes.operate("netsuite", "seed", accounts=[{**ACCOUNTS[0], "id": account}], products=PRODUCTS)
    deals = [
        fakes.operate("salesforce", "close_deal", f"D-{n}", **{**DEAL, "account": account})["id"] for n in range(3)
    ]
    book(fakes, deals[0], account, 2)
    wrong = book(fakes, deals[1], account, 3)
    (organisation,) = fakes.snapshot("salesforce")["Organization"]
    (tmp_path / "gameday.toml").write_text(configuration(organisation["Id"], fakes.proxy))

    def reconcile(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gameday.cli", "reconcile", *arguments]
        variables = {**os.environ, **fakes.environment, **ENVIRONMENT}
        del variables["HTTPS_PROXY"]
        return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)

    period = ("--since", "2026-06-01", "--until", "2026-06-30", "--kept", "kept", "--out", "out")
    before = [fakes.snapshot(name) for name in ("salesforce", "netsuite")]
    first = reconcile(*period)
    assert first.returncode == 1, first.stderr
    assert f"deal {deals[1]}: mismatched" in first.stdout
    assert f"deal {deals[2]}: lost" in first.stdout
    assert "3 won deals and 2 open orders compared" in first.stdout
    assert "calls a day are used; gameday uses half of them at most" in first.stderr
    assert [fakes.snapshot(name) for name in ("salesforce", "netsuite")] == before
    tickets = [msgspec.json.decode(line) for line in (tmp_path / "out" / "tickets.jsonl").read_text().splitlines()]
    assert {ticket["deal"] for ticket in tickets} == {*deals[1:]}

    for record in wrong:
        write(fakes, "DELETE", record, None)
    book(fakes, deals[1], account, 2)
    book(fakes, deals[2], account, 2)
    second = reconcile(*period, "--format", "json")
    assert second.returncode == 0, second.stdout + second.stderr
    from_disk = reconcile("kept/crm.jsonl", "kept/erp.jsonl")
    assert from_disk.stdout.endswith("the exports agree on every deal\n")
    secrets = [secret.encode() for secret in ENVIRONMENT.values()]
    for path in (*(tmp_path / "kept").iterdir(), *(tmp_path / "out").iterdir()):
        assert not [secret for secret in secrets if secret in path.read_bytes()], path.name
