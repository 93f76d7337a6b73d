"""Deals and orders are read from the tenants of two vendors, which are fakes called through their data plane only."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import ACCOUNTS, DEAL, ERP, PRODUCTS, DataPlane
from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.model.contract import Contract
from gameday.reconcile.kept import FILE, Period
from gameday.reconcile.reading import Reading, Source, read_tenants
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Request
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.reading import reader_of
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.tenant import Tenant
from support.credentials import NETSUITE, SALESFORCE
from support.exports import COMPARED, CONTRACT, Compared, compare

CRM = "acme.my.salesforce.com"
ENVIRONMENT = {
    "GAMEDAY_READ_SALESFORCE_CLIENT_ID": SALESFORCE["client_id"],
    "GAMEDAY_READ_SALESFORCE_CLIENT_SECRET": SALESFORCE["client_secret"],
    **{f"GAMEDAY_READ_NETSUITE_{name.upper()}": value for name, value in NETSUITE.items() if name != "account"},
}
JUNE = Period("2026-06-01", "2026-06-30")


class Tenants:
    """The tenants, and every call that reached one: host, method, target."""

    def __init__(self, folder: Path) -> None:
        kinds = fake_kinds()
        self.folder = folder
        self.calls: list[tuple[str, str, str]] = []
        self.deals: list[str] = []
        self.orders: list[str] = []
        fakes = FakeSet({name: kinds[name] for name in ("salesforce", "netsuite")}).fakes
        self.crm, self.erp = fakes["salesforce"], fakes["netsuite"]
        self.allow = {"salesforce": self.crm.seeded.organization_id, "netsuite": "1234567_SB1"}  # type: ignore[attr-defined]
        self.hosts = {CRM: self.crm, ERP: self.erp, ERP.replace("suitetalk", "restlets"): self.erp}
        accounts = self.crm.operate("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})["accounts"]
        self.account = accounts["A-1"]
        self.erp.operate("seed", "", {"accounts": [{**ACCOUNTS[0], "id": self.account}], "products": PRODUCTS})

    async def open_at(self, _: Tenant, host: str) -> DataPlane:
        return DataPlane(host, self.hosts[host], self.calls)

    def sell(self, key: str, **changed: Any) -> str:
        """A won deal of ten dollars; its id."""
        return str(self.crm.operate("close_deal", key, {**DEAL, "account": self.account, **changed})["id"])

    def book(self, deal: str, **changed: Any) -> str:
        """The order of a deal, with its invoice; its id."""
        store = self.erp.store  # type: ignore[attr-defined]
        known = {*store.orders}
        line = {"item": {"externalId": "SKU-1"}, "quantity": 2, "rate": 5, "amount": 10, "price": {"id": "-1"}}
        body = {
            "entity": {"externalId": self.account},
            "currency": {"id": "1"},
            "otherRefNum": deal,
            "tranDate": "2026-06-30",
            "item": {"items": [line]},
            **changed,
        }
        self.ask("POST", "/services/rest/record/v1/salesOrder", body)
        (id_,) = {*store.orders} - known
        return str(id_)

    def bill(self, order: str) -> None:
        self.ask("POST", f"/services/rest/record/v1/salesOrder/{order}/!transform/invoice", {"tranDate": "2026-06-30"})

    def ask(self, method: str, target: str, body: Any = None) -> None:
        """What the sync asks of the ERP."""
        signed = Signer(NETSUITE).header(method, f"https://{ERP}{target}").encode()
        headers = {b"host": ERP.encode(), b"authorization": signed, b"content-type": b"application/json"}
        content = b"" if body is None else msgspec.json.encode(body)
        request = Request(method, target, headers=headers, body=content, scheme="https")
        reply = asyncio.run(self.erp.respond(request))
        assert reply.status < 300, reply.body

    def read(self, period: Period = JUNE, contract: Contract = CONTRACT) -> Reading:
        """Read both tenants."""
        hosts = {"salesforce": CRM, "netsuite": ERP}
        crm, erp = (
            reader_of(fake_kinds()[name], TenantSettings(host, (self.allow[name],)), ENVIRONMENT, match)
            for (name, host), match in zip(hosts.items(), ("", contract.match), strict=True)
        )
        return read_tenants(Source(contract, COMPARED, {"crm": crm, "erp": erp}, period), self.folder)

    def compared(self, period: Period = JUNE) -> Compared:
        """Read both, and compare what was read."""
        files = self.read(period).files
        return compare(files["crm"], files["erp"])


@pytest.fixture
def tenants(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tenants:
    made = Tenants(tmp_path / "kept")
    monkeypatch.setattr(Tenant, "open_at", lambda *at: made.open_at(*at))  # noqa: PLW0108
    return made


def test_a_deal_with_its_order_and_invoice_agrees(tenants: Tenants) -> None:
    tenants.bill(tenants.book(tenants.sell("D-1")))
    found = tenants.compared()
    assert found.findings == []
    assert found.counts == {"won": 1, "void": 0, "open": 1, "cancelled": 0}
    assert [each for each in found.not_compared if "ignored" not in each[1]] == []


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (lambda t: t.sell("D-1"), "lost"),
        (lambda t: t.book(t.sell("D-1")), "mismatched"),
        (lambda t: (d := t.sell("D-1"), t.bill(t.book(d)), t.book(d, tranDate="2026-08-01")), "duplicated"),
        (lambda t: t.bill(t.book("006000000000001AAA")), "no deal"),
        (lambda t: (t.bill(t.book(t.sell("D-1"))), t.crm.operate("void_deal", "D-1", {})), "void not cancelled"),
        (lambda t: (t.bill(t.book(t.sell("D-1"))), t.crm.operate("delete_deal", "D-1", {})), "void not cancelled"),
        (lambda t: (o := t.book(t.sell("D-1")), t.bill(o), t.bill(t.book("x", tranDate="2026-07-01"))), ""),
        (lambda t: t.bill(t.book(t.sell("D-1", close_date="2026-05-31"), tranDate="2026-06-01")), "mismatched"),
        (lambda t: t.sell("D-1", close_date="2026-07-01"), ""),
    ],
)
def test_what_is_wrong_is_found(tenants: Tenants, act: Callable[[Tenants], Any], problem: str) -> None:
    act(tenants)
    assert [each for each, _ in tenants.compared().problems] == ([problem] if problem else [])


def three(tenants: Tenants) -> None:
    """Three deals that agree with their orders and invoices, read once."""
    tenants.deals = [tenants.sell(f"D-{n}") for n in range(3)]
    tenants.orders = [tenants.book(deal) for deal in tenants.deals]
    for order in tenants.orders:
        tenants.bill(order)
    assert dict(tenants.read().anew) == {"crm": 3, "erp": 3}


def change(tenants: Tenants, order: str, body: Any) -> None:
    tenants.ask("PATCH", f"/services/rest/record/v1/salesOrder/{order}", body)


@pytest.mark.parametrize(
    ("act", "problems"),
    [
        (lambda _: None, []),
        (lambda t: change(t, t.orders[1], {"tranDate": "2026-07-02"}), ["mismatched"]),
        (lambda t: change(t, t.orders[1], {"otherRefNum": "another"}), ["lost", "no deal"]),
        (lambda t: t.book(t.deals[0], tranDate="2026-09-01"), ["duplicated"]),
        (lambda t: t.crm.operate("void_deal", "D-0", {}), ["void not cancelled"]),
        (lambda t: t.crm.operate("delete_deal", "D-0", {}), ["void not cancelled"]),
        (lambda t: t.sell("D-3"), ["lost"]),
        (lambda t: t.sell("D-3", close_date="2026-07-01"), []),
        (lambda t: t.bill(t.book(t.sell("D-3"))), []),
    ],
)
@pytest.mark.slow
def test_the_next_night_finds_what_has_changed_since(
    tenants: Tenants, act: Callable[[Tenants], Any], problems: list[str]
) -> None:
    three(tenants)
    act(tenants)
    found = [problem for problem, _ in tenants.compared().problems]
    assert sorted(found) == problems
    # A folder that begins tonight says the same.
    tenants.folder = tenants.folder.with_name("fresh")
    assert sorted(problem for problem, _ in tenants.compared().problems) == problems


def test_what_has_not_changed_is_not_read_again(tenants: Tenants) -> None:
    three(tenants)
    with contextlib.closing(sqlite3.connect(tenants.folder / FILE)) as kept, kept:
        kept.execute("UPDATE state SET value = '2099-01-01T00:00:00.000+0000' WHERE name = 'crm since'")
        kept.execute("UPDATE state SET value = '2099-01-01 00:00:00' WHERE name = 'erp since'")
    read = tenants.read()
    assert dict(read.anew) == {"crm": 0, "erp": 0}
    assert dict(read.documents) == {"crm": 3, "erp": 3}


def test_an_order_that_was_deleted_is_missing(tenants: Tenants) -> None:
    deal = tenants.sell("D-1")
    order = tenants.book(deal)
    assert tenants.compared().problems == [("mismatched", deal)]
    tenants.ask("DELETE", f"/services/rest/record/v1/salesOrder/{order}")
    assert tenants.compared().problems == [("lost", deal)]


def test_an_invoice_that_comes_later_is_read_though_its_order_was_read_before(tenants: Tenants) -> None:
    order = tenants.book(tenants.sell("D-1"))
    assert tenants.compared().fields == ["invoice"]
    tenants.bill(order)
    assert tenants.compared().findings == []
    (bill,) = tenants.erp.store.invoices  # type: ignore[attr-defined]
    tenants.ask("POST", f"/services/rest/record/v1/invoice/{bill}/!transform/creditMemo", {})
    assert tenants.compared().fields == ["invoice"]


def test_a_longer_period_reads_the_days_that_it_adds(tenants: Tenants) -> None:
    three(tenants)
    later = tenants.sell("D-3", close_date="2026-07-01")
    assert tenants.compared(Period("2026-06-01", "2026-07-31")).problems == [("lost", later)]
    assert tenants.compared(JUNE).findings == []


def test_half_of_a_tenants_calls_are_kept_free_and_the_next_read_goes_on(tenants: Tenants) -> None:
    for number in range(3):
        tenants.bill(tenants.book(tenants.sell(f"D-{number}")))
    tenants.crm.configure({"daily_api_requests": 6})
    with pytest.raises(GamedayError, match="has used 4 of its 6 calls a day; gameday keeps half free"):
        tenants.read()
    tenants.crm.configure({"daily_api_requests": 100_000})
    assert tenants.compared().findings == []


def test_an_order_is_found_by_the_field_and_the_pattern_of_the_contract(tenants: Tenants) -> None:
    contract = msgspec.structs.replace(CONTRACT, match="externalId", match_pattern="D-{deal}", invoiced=False)
    deals = [tenants.sell(f"D-{n}") for n in range(3)]
    tenants.book("x", externalId=f"D-{deals[0]}")
    tenants.book("x", externalId=f"D-{deals[1]}", tranDate="2026-08-01")
    tenants.book(deals[2])
    files = tenants.read(contract=contract).files
    found = compare(files["crm"], files["erp"], contract)
    # The second one is there, of another date.
    assert sorted(found.problems) == [("lost", deals[2]), ("mismatched", deals[1]), ("no deal", "")]


def test_customers_are_compared_by_the_fields_that_the_contract_names(tenants: Tenants) -> None:
    match = {"customer_match": "companyName", "customer_pattern": "{Name}", "invoiced": False}
    contract = msgspec.structs.replace(CONTRACT, **match)
    deal = tenants.sell("D-1")
    tenants.book(deal)
    files = tenants.read(contract=contract).files
    assert compare(files["crm"], files["erp"], contract).findings == []
    other = msgspec.structs.replace(contract, customer_pattern="{Name} Ltd")
    assert compare(files["crm"], files["erp"], other).fields == ["customer"]


def test_a_folder_keeps_what_one_tenant_and_contract_say(tenants: Tenants) -> None:
    three(tenants)
    other = msgspec.structs.replace(CONTRACT, match="externalId")
    with pytest.raises(GamedayError, match="keeps what was read with fields 'match=otherRefNum', not 'match=ext"):
        tenants.read(contract=other)


def test_nothing_but_reading_reaches_a_tenant(tenants: Tenants) -> None:
    tenants.bill(tenants.book(tenants.sell("D-1")))
    tenants.read()
    assert tenants.calls
    allowed = ("/services/oauth2/token", "/services/rest/query/v1/suiteql")
    assert [call for call in tenants.calls if call[1] != "GET" and not call[2].startswith(allowed)] == []


def test_what_is_kept_is_only_its_users(tenants: Tenants) -> None:
    tenants.sell("D-1")
    tenants.read()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tenants.folder.iterdir()}
    assert stat.S_IMODE(tenants.folder.stat().st_mode) == 0o700
    assert {mode & 0o077 for mode in modes.values()} == {0}
    assert {"crm.jsonl", "erp.jsonl"} <= {*modes}


def test_another_tenant_than_the_allowed_one_is_not_read(tenants: Tenants) -> None:
    tenants.allow["salesforce"] = "00D7Q000000abcdUAA"
    with pytest.raises(GamedayError, match=r"acme.my.salesforce.com is not the tenant that may be read: it is 00D"):
        tenants.read()
    assert not (tenants.folder / "crm.jsonl").exists()


TABLE = """
[reconcile.tenants.salesforce]
host = "acme.my.salesforce.com"
allow = ["00D7Q000000abcdUAA"]
"""
BOTH = f"""{TABLE}
[reconcile.tenants.netsuite]
host = "1234567.suitetalk.api.netsuite.com"
allow = ["1234567"]
"""


@pytest.mark.parametrize(
    ("arguments", "table", "message"),
    [
        ((), "", "nothing to compare (give both files, or --since DATE to read the vendors)"),
        (("crm.csv",), "", "the file of the ERP is missing"),
        (("crm.csv", "erp.csv", "--since", "2026-01-01"), "", "--since is for reading the vendors"),
        (("--since", "2026-01-01"), "", "names no tenants to read"),
        (("--since", "2026-01-01"), TABLE, "[reconcile] names no tenant of the ERP"),
        (("--since", "2026-01-01"), BOTH, "the environment lacks GAMEDAY_READ_SALESFORCE_CLIENT_ID"),
        (("--since", "01.02.2026"), BOTH, "--since is '01.02.2026', not a date such as 2026-01-31"),
        (("--since", "2026-02-30"), BOTH, "--since is '2026-02-30', not a date"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), BOTH, "the period ends on 2026-01-01, before it begins"),
        (("--since", "2026-01-01", "--won", "Signed"), BOTH, "--won, --cancelled and --invoices are for files"),
    ],
)
def test_what_is_missing_to_read_the_vendors_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    table: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "gameday.toml").write_text(table)
    with pytest.raises(SystemExit) as ended:
        main(["reconcile", *arguments])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in said
    assert said.count("\n") == 1
