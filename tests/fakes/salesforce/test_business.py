"""What people do in the CRM, and the ledger that results: the truth, whatever faults make of it on the way out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.salesforce.currencies import converter
from gameday_fakes.salesforce.fields import OBJECTS
from gameday_fakes.salesforce.handlers import Salesforce
from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.query import QueryRunner
from gameday_fakes.salesforce.query_tables import database
from support.rows import rows
from support.thorough import examples


def test_a_deal_that_is_won_is_in_the_ledger_to_the_last_digit(crm: Any) -> None:
    deal = crm.close_deal("D-1")
    (entry,) = crm.entries()
    assert (entry["id"], entry["keys"]) == (deal, {"Id": deal, "key": "D-1"})
    assert (entry["state"], entry["customer"], entry["currency"]) == ("won", crm.accounts["A-1"], "EUR")
    assert (entry["total"], entry["date"]) == ("20.33", "2024-03-31")
    assert entry["lines"] == [
        {"sku": "SKU-1", "quantity": "2", "unit_price": "9.99", "amount": "19.98"},
        {"sku": "SKU-2", "quantity": "1", "unit_price": "0.35", "amount": "0.35"},
    ]
    assert entry["time_s"] == entry["changed_s"]


def test_a_lines_total_is_what_was_agreed_whatever_the_price_says(crm: Any, make_line: Any) -> None:
    crm.close_deal(lines=[make_line("SKU-1", "3", "3.33", "10.00")], amount="10.00")
    (entry,) = crm.entries()
    assert (entry["total"], entry["lines"][0]["amount"]) == ("10.00", "10.00")


def test_an_amended_deal_has_its_new_lines(crm: Any, make_line: Any) -> None:
    deal = crm.close_deal()
    crm.operate("amend_deal", "D-1", lines=[make_line("SKU-2", "4", "0.35", "1.40")], amount="1.40")
    (entry,) = crm.entries()
    assert (entry["total"], [line["sku"] for line in entry["lines"]]) == ("1.40", ["SKU-2"])
    assert entry["changed_s"] > entry["time_s"]
    assert crm.get(f"/sobjects/Opportunity/{deal}").json()["Amount"] == 1.4


def test_a_voided_deal_is_void(crm: Any) -> None:
    deal = crm.close_deal()
    crm.operate("void_deal", "D-1")
    (entry,) = crm.entries()
    assert entry["state"] == "void"
    body = crm.get(f"/sobjects/Opportunity/{deal}").json()
    assert (body["StageName"], body["IsWon"], body["IsClosed"]) == ("Closed Lost", False, True)


def test_a_deal_that_is_not_won_is_in_no_ledger(crm: Any) -> None:
    deal = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2024-01-01"}
    id_ = crm.call("POST", "/sobjects/Opportunity", json=deal).json()["id"]
    assert crm.entries() == []
    crm.call("PATCH", f"/sobjects/Opportunity/{id_}", json={"StageName": "Closed Won - Partner", "Amount": 5})
    (entry,) = crm.entries()
    assert (entry["id"], entry["state"], entry["total"]) == (id_, "won", "5")


def test_the_id_written_back_is_a_key_and_no_amendment(crm: Any) -> None:
    deal = crm.close_deal()
    before = crm.entries()[0]["changed_s"]
    crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"ERP_Order_Id__c": "SO1"})
    (entry,) = crm.entries()
    assert (entry["keys"]["ERP_Order_Id__c"], entry["changed_s"]) == ("SO1", before)


def test_a_deleted_deal_is_void(crm: Any) -> None:
    crm.call("DELETE", f"/sobjects/Opportunity/{crm.close_deal()}")
    assert [entry["state"] for entry in crm.entries()] == ["void"]


def test_a_deal_that_people_delete_is_void_and_gone_with_its_lines(crm: Any) -> None:
    deal = crm.close_deal()
    assert crm.operate("delete_deal", "D-1") == {"id": deal}
    assert [entry["state"] for entry in crm.entries()] == ["void"]
    assert crm.rows("SELECT Id FROM OpportunityLineItem") == []


def test_a_deal_that_is_opened_or_lost_is_in_no_ledger(crm: Any, make_line: Any) -> None:
    lines = [make_line("SKU-1", "2", "9.99", "19.98")]
    deal = {"account": "A-1", "currency": "EUR", "close_date": "2024-03-31", "amount": "19.98", "lines": lines}
    for key in ("D-1", "D-2"):
        crm.operate("open_deal", key, **deal)
    crm.operate("lose_deal", "D-2")
    assert crm.entries() == []
    rows = crm.rows("SELECT IsClosed, IsWon FROM Opportunity")
    assert sorted((row["IsClosed"], row["IsWon"]) for row in rows) == [(False, False), (True, False)]


def test_a_lines_discount_is_in_the_ledger(crm: Any, make_line: Any) -> None:
    crm.close_deal(lines=[{**make_line("SKU-1", "2", "10.00", "19.00"), "discount": "5"}], amount="19.00")
    (entry,) = crm.entries()
    assert entry["lines"][0]["discount"] == "5"
    assert [row["Discount"] for row in crm.rows("SELECT Discount FROM OpportunityLineItem")] == [5]


def test_merged_accounts_leave_the_loser_deleted_and_its_deals_with_the_winner(crm: Any) -> None:
    deal = crm.close_deal(account="A-2", currency="USD")
    winner, loser = crm.accounts["A-1"], crm.accounts["A-2"]
    assert crm.operate("merge_accounts", winner="A-1", loser="A-2") == {"id": winner}
    statement = "SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true"
    (row,) = crm.get("/queryAll", params={"q": statement}).json()["records"]
    assert (row["Id"], row["MasterRecordId"]) == (loser, winner)
    assert crm.get(f"/sobjects/Opportunity/{deal}").json()["AccountId"] == winner
    assert crm.entries()[0]["customer"] == winner
    assert crm.close_deal("D-2", account="A-2", currency="USD")


def test_customers_of_new_deals_are_merged_with_duplicates_of_their_own_name(crm: Any) -> None:
    first = crm.close_deal(account="A-2", currency="USD")
    crm.inject("merge_companies")
    second = crm.close_deal("D-2", account="A-2", currency="USD")
    (merged,) = {entry["customer"] for entry in crm.entries()}
    assert merged != crm.accounts["A-2"]
    assert crm.get(f"/sobjects/Account/{merged}").json()["Name"] == "Contoso"
    customers = crm.client.get(f"{crm.control}/salesforce/ledger").json()["customers"]
    assert {merged, crm.accounts["A-2"]} <= customers.keys()
    assert ("close_deal", second) in crm.hits()
    assert first != second


def test_the_customer_of_a_deal_is_merged_with_a_duplicate_again_and_again(crm: Any) -> None:
    crm.close_deal(account="A-2", currency="USD")
    crm.close_deal("D-2", account="A-2", currency="USD")
    first = crm.operate("merge_duplicate", "D-1")["id"]
    second = crm.operate("merge_duplicate", "D-2")["id"]
    assert len({crm.accounts["A-2"], first, second}) == 3
    # What is sold to the customer afterwards is its, too.
    crm.close_deal("D-3", account="A-2", currency="USD")
    assert {entry["customer"] for entry in crm.entries()} == {second}
    assert crm.get(f"/sobjects/Account/{second}").json()["Name"] == "Contoso"
    refused = {"f": "merge_duplicate", "key": "D-9", "value": {}}
    assert crm.client.post(f"{crm.control}/salesforce/operations", json=refused).status_code == 400


def test_a_new_price_holds_from_now_on(crm: Any) -> None:
    crm.close_deal()
    crm.operate("reprice", sku="SKU-1", currency="EUR", price="12.50")
    statement = "SELECT UnitPrice FROM PricebookEntry WHERE ProductCode = 'SKU-1' AND CurrencyIsoCode = 'EUR'"
    assert [row["UnitPrice"] for row in crm.rows(statement)] == [12.5]
    assert crm.entries()[0]["total"] == "20.33"


def test_seeding_again_changes_what_is_there(crm: Any) -> None:
    again = crm.operate("seed", accounts=[{"key": "A-1", "name": "Renamed", "currency": "EUR"}], products=[])
    assert again["accounts"]["A-1"] == crm.accounts["A-1"]
    assert crm.get(f"/sobjects/Account/{crm.accounts['A-1']}").json()["Name"] == "Renamed"


@pytest.mark.parametrize(
    ("f", "key", "value", "named"),
    [
        ("sell", "", {}, "close_deal"),
        ("amend_deal", "D-9", {"lines": []}, "D-9"),
        ("close_deal", "D-9", {}, "currency"),
        ("close_deal", "D-9", {"account": "A-9", "currency": "EUR", "amount": "1", "close_date": "2026-01-01"}, "A-9"),
        (
            "close_deal",
            "D-9",
            {"account": "A-1", "currency": "EUR", "amount": "NaN", "close_date": "2026-01-01"},
            "NaN",
        ),
        ("close_deal", "D-9", {"account": "A-1", "currency": "EUR", "amount": "x", "close_date": "x"}, "D-9"),
        (
            "close_deal",
            "D-9",
            {"account": "A-1", "currency": "EUR", "amount": "1", "close_date": "2026-02-30"},
            "bad value '2026-02-30' for 'close_date': it must be a date, YYYY-MM-DD",
        ),
        (
            "close_deal",
            "D-9",
            {"account": "A-1", "currency": "euro", "amount": "1", "close_date": "2026-02-03"},
            "bad value 'euro' for 'currency': it must be the ISO code of a currency, such as EUR",
        ),
        ("void_deal", "D-9", {"reason": "x"}, "unknown parameter 'reason'; known: none"),
        (
            "reprice",
            "",
            {"sku": "S", "currency": "EUR", "price": "1", "level": "2"},
            "unknown parameter 'level'; known: sku",
        ),
        ("reprice", "", {"sku": "SKU-9", "currency": "EUR", "price": "1"}, "SKU-9"),
        ("merge_accounts", "", {"winner": "A-1", "loser": "A-1"}, "A-1"),
    ],
)
def test_an_operation_that_cannot_be_is_refused_in_one_line(
    crm: Any, f: str, key: str, value: dict[str, Any], named: str
) -> None:
    reply = crm.client.post(f"{crm.control}/salesforce/operations", json={"f": f, "key": key, "value": value})
    assert reply.status_code == 400
    assert named in reply.json()["error"]
    assert "\n" not in reply.json()["error"]
    assert crm.entries() == []


def test_a_deal_is_closed_once(crm: Any) -> None:
    crm.close_deal("D-1")
    value = {"account": "A-1", "currency": "EUR", "amount": "1", "close_date": "2024-01-01", "lines": []}
    body = {"f": "close_deal", "key": "D-1", "value": value}
    assert crm.client.post(f"{crm.control}/salesforce/operations", json=body).status_code == 400
    assert len(crm.entries()) == 1


def test_a_snapshot_holds_all_records(crm: Any) -> None:
    deal = crm.close_deal()
    snapshot = crm.client.get(f"{crm.control}/salesforce/snapshot").json()
    assert [record["Id"] for record in snapshot["Opportunity"]] == [deal]
    assert len(snapshot["OpportunityLineItem"]) == 2


def test_a_reset_forgets_everything(crm: Any) -> None:
    crm.close_deal()
    crm.inject("hide_field", object="Opportunity", field="Amount")
    crm.reset()
    assert crm.entries() == []
    assert crm.get("/limits").status_code == 401
    assert crm.client.get(f"{crm.control}/salesforce/faults").json() == {}


# -- the ledger against the API --------------------------------------------------------------------------

CENTS = st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
LINES = st.lists(st.tuples(st.sampled_from(["S-1", "S-2"]), st.integers(1, 99), CENTS), min_size=1, max_size=4)
ACTS = st.lists(
    st.tuples(st.sampled_from(["close_deal", "amend_deal", "void_deal"]), st.integers(0, 4), LINES), max_size=15
)


def fake_with_deals(acts: list[tuple[str, int, Any]]) -> Salesforce:
    """A fake on which some deals were closed, amended and voided; what cannot be done is left out."""
    clock = Clock()
    fake = Salesforce(clock, EventLog(clock))
    products = [{"sku": sku, "prices": {"EUR": "1"}} for sku in ("S-1", "S-2")]
    fake.operate("seed", "", {"accounts": [{"key": "A"}], "products": products})
    carry_out(fake, acts)
    return fake


def carry_out(fake: Salesforce, acts: list[tuple[str, int, Any]]) -> None:
    """Close, amend and void deals; what cannot be done is left out."""
    for f, number, lines in acts:
        known = f"D-{number}" in fake.business.deals
        if known == (f == "close_deal"):
            continue
        sold = [
            {"sku": sku, "quantity": quantity, "unit_price": str(price), "amount": str(price * quantity)}
            for sku, quantity, price in lines
        ]
        amount = sum((price * quantity for _, quantity, price in lines), Decimal(0))
        deal = {"account": "A", "currency": "EUR", "close_date": "2024-01-01", "amount": str(amount), "lines": sold}
        given = {"close_deal": deal, "amend_deal": {"lines": sold, "amount": str(amount)}}
        fake.operate(f, f"D-{number}", given.get(f, {}))


@pytest.mark.slow
@given(ACTS)
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_ledger_agrees_with_what_queries_sum_up(acts: list[tuple[str, int, Any]]) -> None:
    fake = fake_with_deals(acts)
    entries = fake.ledger().entries
    run = QueryRunner(fake.store, fake.state.schema, database(fake.store, fake.state.schema), "v60.0").run
    rows = run("SELECT Id, Amount, IsWon, (SELECT TotalPrice FROM OpportunityLineItems) FROM Opportunity").rows
    assert {entry.id: entry.total for entry in entries} == {row["Id"]: row["Amount"] for row in rows}
    for entry in entries:
        assert entry.total == sum((line.amount for line in entry.lines), Decimal(0))
    for row in rows:
        assert row["Amount"] == sum(line["TotalPrice"] for line in row["OpportunityLineItems"]["records"])
    # A sum is in the organisation's own currency.
    own = converter(fake.store)
    (total,) = run("SELECT SUM(Amount) won FROM Opportunity WHERE IsWon = true").rows
    won = [Decimal(str(own(entry.total, entry.currency))) for entry in entries if entry.state == "won"]
    assert (total["won"] or 0) == sum(won)


@pytest.mark.slow
@given(ACTS, ACTS)
@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_queries_find_after_any_changes_what_a_first_query_would(before: Any, after: Any) -> None:
    fake = fake_with_deals(before)
    engines = [database(fake.store, fake.state.schema)]

    def found(engine: Any) -> list[Any]:
        run = QueryRunner(fake.store, fake.state.schema, engine, "v60.0").run
        return [run(f"SELECT FIELDS(ALL) FROM {name} ORDER BY Id LIMIT 200 ALL ROWS").rows for name in OBJECTS] + [
            run("SELECT StageName, SUM(Amount), COUNT(Id) FROM Opportunity GROUP BY StageName").rows,
            run("SELECT Opportunity.Name, MAX(UnitPrice) FROM OpportunityLineItem GROUP BY Opportunity.Name").rows,
        ]

    found(engines[0])
    carry_out(fake, after)
    engines.append(database(fake.store, fake.state.schema))
    assert found(engines[0]) == found(engines[1])


def test_two_changes_of_a_record_never_share_a_stamp() -> None:
    store = SalesforceStore(wall_s=lambda: 1_700_000_000.0)
    with store.change():
        account = store.insert("Account", {"Name": "a"})
    stamps = [account.fields["SystemModstamp"]]
    for name in ("b", "c"):
        with store.change():
            store.update(account, {"Name": name})
            store.update(account, {"Name": name * 2})
        stamps.append(account.fields["SystemModstamp"])
    assert stamps == [f"2023-11-14T22:13:20.00{n}+0000" for n in range(3)]


@rows(("pace", "seconds"), [(1.0, 1.0), (60.0, 1 / 60)])
def test_records_may_be_stamped_with_whole_seconds_of_the_scenario(pace: float, seconds: float) -> None:
    clock = Clock(pace)
    fake = Salesforce(clock, EventLog(clock))
    fake.configure({"stamp_every_s": 1})
    assert fake.store.stamp_every_s == pytest.approx(seconds)


def test_two_changes_within_one_second_share_a_stamp_of_whole_seconds() -> None:
    times = iter([100.2, 100.9, 101.1, 101.2, 101.3])
    store = SalesforceStore(wall_s=lambda: next(times))
    store.stamp_every_s = 1.0
    with store.change():
        deals = [store.insert("Account", {"Name": name}) for name in "abc"]
    stamps = [deal.fields["SystemModstamp"] for deal in deals]
    assert [stamp[17:] for stamp in stamps] == ["40.000+0000", "40.000+0000", "41.000+0000"]


def test_a_clock_that_is_set_back_takes_no_stamp_back() -> None:
    times = iter([1_700_000_000.0, 1_600_000_000.0])
    store = SalesforceStore(wall_s=lambda: next(times))
    assert store.now() == store.now()


def test_a_deal_keeps_subsidiary_terms_and_the_tax_of_its_lines(crm: Any, make_line: Any) -> None:
    taxed = {**make_line("SKU-1", "1", "10.00", "10.00"), "tax_code": "VAT20", "tax": "2.00"}
    deal = crm.close_deal(lines=[taxed], amount="10.00", subsidiary="Branch", terms="Net 30")
    (entry,) = crm.entries()
    assert (entry["subsidiary"], entry["terms"], entry["total"]) == ("Branch", "Net 30", "10.00")
    assert entry["lines"][0]["tax"] == "2.00"
    record = crm.call("GET", f"/sobjects/Opportunity/{deal}").json()
    assert (record["Subsidiary__c"], record["Payment_Terms__c"]) == ("Branch", "Net 30")


def changed_by_sync(crm: Any) -> list[str]:
    """The deals that the ledger says the sync changed or made."""
    ledger = crm.client.get(f"{crm.control}/salesforce/ledger").json()
    return list(ledger["changed_by_sync"])


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"StageName": "Closed Lost"}, True),
        ({"CloseDate": "2024-04-01"}, True),
        ({"CurrencyIsoCode": "USD"}, True),
        ({"CloseDate": "2024-03-31"}, False),
        ({"ERP_Order_Id__c": "SO-1"}, False),
    ],
)
def test_the_ledger_says_which_deals_the_sync_changed(crm: Any, change: dict[str, Any], counts: bool) -> None:
    deal, other = crm.close_deal("D-1"), crm.close_deal("D-2")
    crm.operate("void_deal", "D-2")
    assert crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json=change).status_code == 204
    assert changed_by_sync(crm) == ([deal] if counts else [])
    assert other in {entry["id"] for entry in crm.entries()}


def test_a_deal_that_the_sync_won_or_deleted_is_one_that_it_changed(crm: Any) -> None:
    gone = crm.close_deal("D-2")
    copy = {"Name": "copy", "StageName": "Closed Won", "CloseDate": "2024-03-31", "AccountId": crm.accounts["A-1"]}
    made = crm.call("POST", "/sobjects/Opportunity", json=copy).json()["id"]
    crm.call("DELETE", f"/sobjects/Opportunity/{gone}")
    assert set(changed_by_sync(crm)) == {made, gone}


def test_a_formula_changes_the_deals_of_a_customer_without_stamp_event_or_announcement() -> None:
    clock = Clock()
    crm = Salesforce(clock, EventLog(clock))
    crm.configure({"change_events": "Opportunity, OpportunityLineItem, Account"})
    account, sold = {"key": "A-1"}, {"sku": "S-1", "prices": {"EUR": "10"}}
    crm.operate("seed", "", {"accounts": [account], "products": [sold]})
    line = {"sku": "S-1", "quantity": "1", "unit_price": "10", "amount": "10", "tax_code": "VAT19", "tax": "1.90"}
    deal = {"account": "A-1", "currency": "EUR", "close_date": "2026-01-02", "amount": "10", "lines": [line]}
    for key in ("D-1", "D-2"):
        crm.operate("close_deal", key, deal)
    announced: list[list[str]] = []
    crm.deals._announce = announced.append
    written: list[set[str]] = []
    crm.store.on_change = lambda records, _: written.append({record.object for record in records.values()})
    before, stamps = crm.ledger(), [record.fields["SystemModstamp"] for record in deals_and_lines(crm)]

    crm.operate("exempt_account", "D-1", {})

    after = crm.ledger()
    assert [entry.lines[0].tax for entry in before.entries] == [Decimal("1.90"), Decimal("1.90")]
    assert [(entry.lines[0].tax, entry.lines[0].tax_code) for entry in after.entries] == [(None, "")] * 2
    assert stamps == [record.fields["SystemModstamp"] for record in deals_and_lines(crm)]
    assert (announced, written) == ([], [{"Account"}])
    # The judge counts from when people saw another deal.
    assert all(new.changed_s > old.changed_s for new, old in zip(after.entries, before.entries, strict=True))
    # A deal that the customer buys later is exempt, too.
    crm.operate("close_deal", "D-3", deal)
    assert crm.ledger().entries[-1].lines[0].tax is None


def deals_and_lines(crm: Salesforce) -> list[Any]:
    return [each for name in ("Opportunity", "OpportunityLineItem") for each in crm.store.tables[name].values()]


def test_a_seeded_customer_has_its_tier() -> None:
    clock = Clock()
    crm = Salesforce(clock, EventLog(clock))
    crm.operate("seed", "", {"accounts": [{"key": "A-1", "tier": "Strategic"}, {"key": "A-2"}]})
    crm.configure({"ledger_fields": "customer.Customer_Tier__c"})
    tiers = [each.get("Customer_Tier__c") for each in crm.ledger().customers.values()]
    assert tiers == ["Strategic", None]
