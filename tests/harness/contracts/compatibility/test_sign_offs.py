"""Sign-offs: who has to agree to a breaking change, and what does not count as agreement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from planted import base, document, edited, flow, planted, with_versions

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility import Comparison, SignOffs, check_sign_offs, compare, parse_sign_offs
from support.rows import rows

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SIGNERS = {"source": "sales-systems", "sink": "erp-platform", "finance": "finance-operations"}
ROWS = {row["name"]: row for row in planted("breaking") + planted("harmless")}


def change(name: str = "a field is renamed on the wire") -> Comparison:
    return compare(flow(base()), flow(with_versions(edited(base(), ROWS[name]), "major")))


def signed(comparison: Comparison, role: str, **parts: str) -> dict[str, str]:
    return {
        "change": comparison.digest,
        "role": role,
        "username": SIGNERS[role],
        "signed": "2026-03-02",
        "expires": "2026-04-01",
        **parts,
    }


def file_of(*entries: dict[str, str]) -> SignOffs:
    return parse_sign_offs(yaml.safe_dump({"signOffs": list(entries)}).encode(), path="sign-offs.yaml")


def rules(comparison: Comparison, *entries: dict[str, str], now: datetime = NOW) -> list[str]:
    return [violation.rule for violation in check_sign_offs(comparison, file_of(*entries), now=now)]


def by_everyone(comparison: Comparison, **of_finance: str) -> list[dict[str, str]]:
    both = [signed(comparison, role) for role in ("source", "sink")]
    return [*both, signed(comparison, "finance", **of_finance)]


def test_a_change_that_everyone_has_signed_is_in_order() -> None:
    comparison = change()
    assert rules(comparison, *by_everyone(comparison)) == []


def test_a_major_change_needs_the_owners_of_both_sides() -> None:
    assert change("an enum has a value more").signers == ("source", "sink")


def test_a_change_of_a_money_field_needs_finance_too() -> None:
    assert change("money has no cents").signers == ("source", "sink", "finance")


def test_a_tolerance_is_a_matter_of_finance() -> None:
    assert "finance" in change("books may differ by more").signers


def test_a_property_may_declare_that_it_is_not_money() -> None:
    texts = {
        side: text.replace(
            "- property: currency\n", "- {property: money, value: false}\n          - property: currency\n"
        )
        for side, text in base().items()
    }
    row = ROWS["a field is renamed on the wire"]
    assert compare(flow(texts), flow(edited(texts, row))).signers == ("source", "sink")


def test_a_minor_change_needs_no_sign_off() -> None:
    assert rules(change("an optional field is new")) == []


def test_each_role_that_has_not_signed_is_missing() -> None:
    comparison = change()
    found = check_sign_offs(comparison, file_of(signed(comparison, "sink")), now=NOW)
    assert [(violation.rule, violation.owners) for violation in found] == [
        ("sign-off.missing", ("source",)),
        ("sign-off.missing", ("finance",)),
    ]


def test_what_is_missing_names_the_person_and_the_hash() -> None:
    comparison = change()
    message = check_sign_offs(comparison, file_of(), now=NOW)[0].message
    assert "sales-systems" in message
    assert comparison.digest in message


@rows(
    ("parts", "rule"),
    [
        ({"expires": "2026-03-09"}, "sign-off.expired"),
        ({"expires": "2026-03-10T11:59:59Z"}, "sign-off.expired"),
        ({"signed": "2026-03-11"}, "sign-off.not-yet-valid"),
        ({"username": "sales-systems"}, "sign-off.wrong-person"),
        ({"change": "0" * 32}, "sign-off.wrong-change"),
    ],
)
def test_what_does_not_count_says_why(parts: dict[str, str], rule: str) -> None:
    comparison = change()
    assert rules(comparison, *by_everyone(comparison, **parts)) == [rule]


def test_a_sign_off_holds_to_the_end_of_its_last_day() -> None:
    comparison = change()
    assert rules(comparison, *by_everyone(comparison, expires="2026-03-10")) == []


def test_a_time_of_another_zone_is_the_moment_that_it_names() -> None:
    comparison = change()
    assert rules(comparison, *by_everyone(comparison, expires="2026-03-10T13:30:00+02:00")) == ["sign-off.expired"]


def test_one_valid_sign_off_is_enough() -> None:
    comparison = change()
    more = [signed(comparison, "finance", expires="2026-03-03"), signed(comparison, "finance", change="1" * 32)]
    assert rules(comparison, *more, *by_everyone(comparison)) == []


def test_a_violation_has_the_line_of_its_sign_off() -> None:
    comparison = change()
    entries = by_everyone(comparison, expires="2026-03-09")
    found = check_sign_offs(comparison, file_of(*entries), now=NOW)
    assert (found[0].path, found[0].line) == ("sign-offs.yaml", 12)


def test_nobody_can_sign_as_an_owner_introduced_by_the_change() -> None:
    texts = edited(edited(base(), ROWS["a field is renamed on the wire"]), ROWS["an owner is another"])
    comparison = compare(flow(base()), flow(texts))
    entries = [signed(comparison, "sink"), signed(comparison, "finance")]
    assert rules(comparison, *entries, signed(comparison, "source", username="crm-platform")) == [
        "sign-off.wrong-person"
    ]


def test_a_role_without_an_owner_cannot_sign() -> None:
    texts = {side: text.replace("role: source", "role: reader") for side, text in base().items()}
    comparison = compare(flow(texts), flow(edited(texts, ROWS["an enum has a value more"])))
    assert rules(comparison, signed(comparison, "sink")) == ["sign-off.no-owner"]


@rows(
    ("name", "wire", "money"),
    [
        ("amount", "Amount", True),
        ("unitPrice", "UnitPrice", True),
        ("currency", "CurrencyIsoCode", True),
        ("total", "total", True),
        ("rabatt", "Discount__c", True),
        ("sku", "PricebookEntry.ProductCode", False),
        ("priceBook", "Pricebook2Id", False),
        ("terms", "PaymentTerms__c", False),
        ("network", "NetworkId", False),
        ("quantity", "Quantity", False),
    ],
)
def test_a_money_field_is_known_by_its_name(name: str, wire: str, money: bool) -> None:
    field = {"name": name, "physicalName": wire, "logicalType": "string"}
    raw = {**yaml.safe_load(base()["crm"]), "schema": [{"name": "deal", "properties": [field]}]}
    assert document("crm", yaml.safe_dump(raw)).objects[0].children[0].money is money


def test_who_has_left_cannot_sign() -> None:
    texts = {
        side: text.replace(
            "role: source\n", 'role: source\n      dateOut: "2025-01-01"\n    - {username: new, role: source}\n'
        )
        for side, text in base().items()
    }
    comparison = compare(flow(texts), flow(edited(texts, ROWS["an enum has a value more"])))
    entries = [signed(comparison, "sink"), signed(comparison, "source")]
    assert rules(comparison, *entries) == ["sign-off.wrong-person"]


def test_a_role_that_is_misspelt_is_reported_with_its_line() -> None:
    comparison = change()
    entries = [
        signed(comparison, "sink"),
        signed(comparison, "finance"),
        {**signed(comparison, "source"), "role": "sorce"},
    ]
    [violation] = check_sign_offs(comparison, file_of(*entries), now=NOW)
    assert violation.rule == "sign-off.missing"
    assert violation.message.endswith("; is 'sorce' in line 12 meant to be source?")


def test_a_broken_file_is_reported_as_a_file_of_sign_offs() -> None:
    with pytest.raises(GamedayError, match=r"s\.yaml:\d+:\d+: not the YAML of sign-offs"):
        parse_sign_offs(b"signOffs: [", path="s.yaml")


# -- the hash ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_hash_is_another_for_another_change() -> None:
    digests = {change(row["name"]).digest for row in planted("breaking")}
    assert len(digests) == len(planted("breaking"))


def test_the_hash_stays_when_only_words_and_lines_change() -> None:
    row = ROWS["a field is renamed on the wire"]
    more = edited(edited(base(), row), ROWS["the contract is described otherwise"])
    moved = {side: f"# A line more.\n{text}" for side, text in more.items()}
    assert compare(flow(base()), flow(moved)).digest == compare(flow(base()), flow(edited(base(), row))).digest


def test_the_hash_stays_when_the_version_is_raised() -> None:
    row = ROWS["a field is renamed on the wire"]
    assert compare(flow(base()), flow(edited(base(), row))).digest == change().digest


def test_the_hash_is_the_same_for_a_file_alone_and_for_the_whole_flow() -> None:
    texts = edited(base(), ROWS["a field is renamed on the wire"])
    alone = compare(flow({"crm": base()["crm"]}), flow({"crm": texts["crm"]}))
    assert alone.digest == change().digest


def test_a_further_change_makes_the_signed_one_another() -> None:
    comparison = change()
    texts = edited(edited(base(), ROWS["a field is renamed on the wire"]), ROWS["a field is removed"])
    further = compare(flow(base()), flow(texts))
    assert rules(further, *by_everyone(comparison)) == ["sign-off.wrong-change"] * 3


# -- the file ----------------------------------------------------------------------------------------


def test_an_empty_file_holds_no_sign_offs() -> None:
    assert parse_sign_offs(b"", path="s.yaml").entries == ()
    assert parse_sign_offs(b"signOffs:\n", path="s.yaml").entries == ()


GOOD = {"change": "a" * 32, "role": "sink", "username": "us", "signed": "2026-03-02", "expires": "2026-04-01"}


@rows(
    ("document", "message"),
    [
        ([], r"not sign-offs"),
        ({"sign_offs": []}, r"not sign-offs"),
        ({"signOffs": {}}, r"not sign-offs"),
        ({"signOffs": ["me"]}, r"s.yaml:2 is 'me', which is not a table"),
        ({"signOffs": [{**GOOD, "rolle": "x"}]}, r"unknown key 'rolle' in s.yaml:2; .*did you mean 'role'"),
        ({"signOffs": [{key: value for key, value in GOOD.items() if key != "role"}]}, r"s.yaml:2 has no 'role'"),
        ({"signOffs": [{**GOOD, "change": "latest"}]}, r"'latest' is not the hash of a change"),
        ({"signOffs": [{**GOOD, "signed": "yesterday"}]}, r"'yesterday' is not a date"),
        ({"signOffs": [{**GOOD, "signed": "9999-13-01"}]}, r"'9999-13-01' is not a date"),
        ({"signOffs": [{**GOOD, "expires": "9999-12-31"}]}, r"'9999-12-31' is not a date"),
        ({"signOffs": [{**GOOD, "expires": "2026-04-01T12:00:00"}]}, r"names no time zone"),
        ({"signOffs": [{**GOOD, "expires": "2026-03-01"}]}, r"expires \(2026-03-01\) before it is signed"),
    ],
)
def test_a_file_that_is_not_sign_offs_is_one_line(document: Any, message: str) -> None:
    with pytest.raises(GamedayError, match=message):
        parse_sign_offs(yaml.safe_dump(document).encode(), path="s.yaml")


def test_an_alias_is_refused_for_its_lines_may_be_of_somebody_else() -> None:
    with pytest.raises(GamedayError, match=r"s\.yaml:2:\d+: .*an alias"):
        parse_sign_offs(b"signOffs:\n- {change: &c x, reason: *c}\n", path="s.yaml")
