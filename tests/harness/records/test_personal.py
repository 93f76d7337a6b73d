"""Values are looked at, whatever their field is called."""

from __future__ import annotations

from typing import Any

from gameday.records.personal import (
    ADDRESS,
    BIRTHDAY,
    CARD,
    EMAIL,
    HANDLE,
    IBAN,
    ID,
    NAME,
    PHONE,
    PLACE,
    Looks,
    look_of,
)
from support.rows import rows


def looks(values: list[Any], name: str = "Deal.Value") -> set[str]:
    found = Looks(name)
    for value in values:
        found.add(value)
    return set(found.found())


@rows(
    ("value", "kind"),
    [
        ("quirin.zobelpelz@zwoelfkammer.de", EMAIL),
        ("write to anna@example.com, please", EMAIL),
        ("иван@пример.рф", EMAIL),
        ("DE89370400440532013000", IBAN),
        ("pay GB82 WEST 1234 5698 7654 32 IN FULL", IBAN),
        ("4929 1234 5678 9014", CARD),
        ("+49 228 98765432", PHONE),
        ("call (555) 123-4567 today", PHONE),
        ("555-123-4567", PHONE),
        ("0171 1234567", PHONE),
        ("0049 171 1234567", PHONE),
        ("Hauptstraße 12, 53111 Bonn", ADDRESS),
        ("221 Baker Street", ADDRESS),
        ("12 rue Voltaire", ADDRESS),
        ("123-45-6789", ID),
        ("529.982.247-25", ID),
        ("RSSMRA85T10A562S", ID),
        ("1 85 05 78 006 084 36", ID),
        ("48.137154, 11.576124", PLACE),
        ("Anna Schmidt", NAME),
        ("MUELLER, BERT", NAME),
        ("Frau Çelik will call back on Monday", NAME),
        ("approved by Mr O'Quux", NAME),
        ("please ask Anna Schmidt about the terms", NAME),
        ("Schmidt, Anna", NAME),
        ("Dr. Anna Schmidt", NAME),
        ("Иван Петров", NAME),
        ("Γιώργος Παπαδόπουλος", NAME),
        ("राहुल शर्मा", NAME),
        ("山田 太郎", NAME),
    ],
)
def test_a_personal_value_is_recognised(value: str, kind: str) -> None:
    assert look_of(value) == kind


@rows(
    "value",
    [
        *("Closed Won", "Closed Lost", "New Business", "Needs Analysis", "Proposal/Price Quote", "North America"),
        *("2024-03-31T10:00:00.000+0000", "2024-03-31", "006Gd0000000001AAA", "SKU-123-4567", "SO-2024-000123"),
        *(
            "001000000000001",
            "006000000000001",
            "001000000000000001",
            "0015g00000AbCdE",
            "via DHL 12",
            "2 place settings",
        ),
        *("Net 30", "EUR", "100.00", "1.2.3", "true", "", "Best Case", "DHL Express", "In Progress", "T-1000-2000"),
        *("Sr. Manager approves", "Ask the Sales Desk", "Closed Won after Legal Review", "Ships from New York"),
        *("@", "@2x", "1.0000", "0.1250, 3", "2026-11-01", "PO-2026-0001", "10.20.30.40", "A12345678", "12345678"),
    ],
)
def test_a_value_of_business_is_not(value: str) -> None:
    assert look_of(value) == ""


@rows(
    ("values", "name", "kinds"),
    [
        (["Anna", "Bob", "Priya"], "Rep", {NAME}),
        (["王小明", "李娜"], "Rep", {NAME}),
        (["김철수", "이영희"], "Rep", {NAME}),
        (["Closed Won", "Closed Lost", "Prospecting"], "StageName", set()),
        (["EMEA", "APAC", "Virginia"], "Region", set()),
        (["1987-11-23"], "Person.Birthdate", {BIRTHDAY}),
        (["23.11.1987"], "Geburtstag__c", {BIRTHDAY}),
        (["1987-11-23", "1990-01-02", "1955-02-03", "2001-02-03"], "Date__c", {BIRTHDAY}),
        (["2026-01-01", "2026-03-01"], "CloseDate", set()),
        (["4111111111111111"], "Ref", {CARD}),
        ([4111111111111111], "Ref", {CARD}),
        (["4111111111111111", "4111111111111112", "4111111111111113"], "Ref", set()),
        (["X1234567L", "12345678Z"], "Ref", {ID}),
        (["AB 12 34 56 C", "CE123456A"], "Ref", {ID}),
        (["9876 5432 1098"], "Ref", {ID}),
        (["@anna_s", "@bert.k"], "Ref", {HANDLE}),
        # By their check digits: of Germany, the Netherlands, Poland, Brazil, Finland, France, Italy, China and Sweden.
        (["36574261809", "65929970489", 86095742719], "Ref", {ID}),
        (["111222333", "123456782", "231477806"], "Ref", {ID}),
        (["44051401359", "02070803628", "44051401458"], "Ref", {ID}),
        (["52998224725", "11144477735", "39053344705"], "Ref", {ID}),
        (["131052-308T"], "Ref", {ID}),
        (["295109912611193"], "Ref", {ID}),
        (["RCCMNL83S18D969H"], "Ref", {ID}),
        (["11010219840406970X"], "Ref", {ID}),
        (["880320-0016"], "Ref", {ID}),
        (["36574261809", "65929970488", "86095742718"], "Ref", set()),
        (["36574261809"], "Ref", set()),
        (["111222334", "111222335", "111222336", "111222333"], "Ref", set()),
        (["12345678A", "12345679B"], "Ref", set()),
        (["12345678Z", "KX-200", "KX-300"], "Sku", set()),
        ([None, True, ["Anna Schmidt"], 3], "Any", set()),
    ],
)
def test_what_one_value_does_not_say_many_do(values: list[Any], name: str, kinds: set[str]) -> None:
    assert looks(values, name) == kinds


def test_a_text_that_begins_with_a_date_is_looked_at_to_its_end() -> None:
    assert looks(["2026-03-31 called anna@example.com"]) == {EMAIL}


def test_one_address_among_many_values_is_counted() -> None:
    found = Looks("Deal.Channel__c")
    for value in ["Direct"] * 99 + ["anna@example.com"]:
        found.add(value)
    assert found.found() == {EMAIL: 1}


@rows(
    ("values", "people"),
    [
        (["YILDIZ", "WOJCIK", "NOVAK", "HORVATH"], True),
        (["B-AB 1234", "M-XY 99"], True),
        (["@2x", "Direct"], True),
        (["EMEA", "APAC", "ANZ"], False),
        (["Net 30", "Net 60", "Prepaid"], False),
        (["Hardware", "Software", "Consumables"], False),
    ],
)
def test_no_list_of_values_is_drafted_where_they_may_be_people(values: list[str], people: bool) -> None:
    found = Looks("Deal.Kind_Type__c")
    for value in values:
        found.add(value)
    assert found.may_be_people() is people
