"""Formulas: what they give, and what is not evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation, RuleSpec
from gameday_fakes.salesforce.house_model import HouseModel
from gameday_fakes.salesforce.model import Model
from support.rows import rows
from support.served import DEAL, Served, write

PATH = "/services/data/v60.0/sobjects/Opportunity"
INPUTS = {
    "Text__c": {"type": "string", "length": 80},
    "Number__c": {"type": "double", "scale": 2},
    "Share__c": {"type": "percent", "scale": 1},
    "Flag__c": {"type": "boolean"},
    "Region__c": {"type": "picklist", "values": ["EMEA", "APAC"]},
    "Topics__c": {"type": "multipicklist", "values": ["a", "b", "c"]},
    "Start__c": {"type": "date"},
}
GIVEN = {
    "Text__c": "Ab cd",
    "Number__c": "12.5",
    "Share__c": "40",
    "Flag__c": True,
    "Region__c": "EMEA",
    "Topics__c": "a;c",
    "Start__c": "2026-01-31",
}


def computed(folder: Path, formula: str, type_: str, given: dict[str, Any] | None = None, **more: Any) -> Any:
    """What a formula field of a deal with these values is read as."""
    field = {"type": type_, "scale": 2, "calculated": True, "formula": formula, **more}
    fields = {**INPUTS, "Result__c": field}
    crm = Served("salesforce", write(folder, salesforce__Opportunity={"fields": fields}))
    id_ = crm.fake.operate("close_deal", "D-1", {**DEAL, "fields": GIVEN if given is None else given})["id"]
    _, record = crm.call("GET", f"{PATH}/{id_}", query={"fields": "Result__c"})
    return record["Result__c"]


@rows(
    ("formula", "type_", "value"),
    [
        ("Number__c * 2 + 1", "double", 26),
        ("2 + 3 * 4 ^ 2 / 8", "double", 8),
        ("-(Number__c - 20)", "double", 7.5),
        ("Number__c * Share__c", "double", 5),
        ("Share__c / 2", "percent", 20),
        ("ROUND(2.345, 2)", "double", 2.35),
        ("CEILING(-1.2) + FLOOR(-1.8)", "double", -3),
        ("MOD(7, 3) + MAX(1, 9, 4) - MIN(5, 2)", "double", 8),
        ("1 / 0", "double", None),
        ('VALUE("12.50") + LEN(Text__c)', "double", 17.5),
        ('VALUE("many")', "double", None),
        ('Text__c & "-" & TEXT(Number__c)', "string", "Ab cd-12.5"),
        ('"x" + Text__c', "string", "xAb cd"),
        ("UPPER(LEFT(Text__c, 2)) & MID(Text__c, 4, 1) & RIGHT(Text__c, 1)", "string", "ABcd"),
        ('SUBSTITUTE(TRIM("  a b  "), " ", "_")', "string", "a_b"),
        ('LPAD("7", 3, "0") & RPAD("7", 3, "x")', "string", "0077xx"),
        ('"say \\"yes\\"" /* a comment */', "string", 'say "yes"'),
        ('FIND("c", Text__c)', "double", 4),
        ('CONTAINS(Text__c, "cd") && BEGINS(Text__c, "Ab")', "boolean", True),
        ('REGEX(Text__c, "[A-Z][a-z] [a-z]{2}")', "boolean", True),
        ('ISPICKVAL(Region__c, "EMEA")', "boolean", True),
        ('INCLUDES(Topics__c, "c") && NOT(INCLUDES(Topics__c, "b"))', "boolean", True),
        ('CASE(Region__c, "APAC", 1, "EMEA", 2, 3)', "double", 2),
        ('CASE(Region__c, "LATAM", 1, 3)', "double", 3),
        ("TEXT(Region__c)", "string", "EMEA"),
        ('IF(Flag__c, "yes", "no")', "string", "yes"),
        ("IF(Number__c = 0, 0, 1 / Number__c)", "double", 0.08),
        ("NOT(Flag__c) || Number__c >= 12.5", "boolean", True),
        ("Number__c <> 12.5", "boolean", False),
        ("Start__c + 1", "date", "2026-02-01"),
        ("ADDMONTHS(Start__c, 1)", "date", "2026-02-28"),
        ("DATE(2026, 3, 1) - Start__c", "double", 29),
        ("YEAR(Start__c) * 100 + MONTH(Start__c)", "double", 202601),
        ("WEEKDAY(Start__c)", "double", 7),
        ("DATE(2026, 2, 30)", "date", None),
        ("Account.Name", "string", "A-1"),
        ("LEN(Id) + LEN(CASESAFEID(Id))", "double", 33),
    ],
)
def test_a_formula_field_has_its_value(tmp_path: Path, formula: str, type_: str, value: Any) -> None:
    assert computed(tmp_path, formula, type_) == value


@rows(
    ("formula", "type_", "value"),
    [
        ("Number__c + 1", "double", None),
        ("ISBLANK(Number__c) && ISBLANK(Text__c) && ISBLANK(Region__c) && ISBLANK(Start__c)", "boolean", True),
        ("ISNULL(Number__c) && NOT(ISNULL(Text__c))", "boolean", True),
        ("BLANKVALUE(Number__c, 7)", "double", 7),
        ('"[" & Text__c & "]"', "string", "[]"),
        ("Text__c", "string", None),
        ("Number__c < 5", "boolean", False),
        ("Number__c = NULL", "boolean", True),
        ('ISPICKVAL(Region__c, "")', "boolean", True),
        ("Flag__c", "boolean", False),
    ],
)
def test_empty_fields_are_blank_in_a_formula(tmp_path: Path, formula: str, type_: str, value: Any) -> None:
    assert computed(tmp_path, formula, type_, {}) == value


def test_empty_numbers_are_zero_where_the_field_says_so(tmp_path: Path) -> None:
    assert computed(tmp_path, "Number__c + 1", "double", {}, blank_as_zero=True) == 1


@rows(
    ("formula", "words"),
    [
        ("VLOOKUP(Text__c, Text__c, Text__c)", "the function VLOOKUP"),
        ("$Profile.Name", "$Profile.Name"),
        ("Nothing__c", "the unknown field Nothing__c of Opportunity"),
        ("Nothing__r.Name", "the unknown relationship Nothing__r of Opportunity"),
        ("TODAY() - Start__c", "TODAY, whose value changes without a write"),
        ("ISCHANGED(Number__c)", "ISCHANGED, which only rules have"),
        ("Text__c + 1", "+ between a text and a number"),
        ("ROUND(1)", "ROUND of 1 values"),
        ("LEN(Number__c)", "LEN of a number"),
        ("IF(Flag__c, 1, Text__c)", "IF of a number and a text"),
        ("Text__c", "it gives a text, which a field of the type double cannot hold"),
        ("(1", "it ends too early"),
        ("1 1", "'1' where it cannot be"),
        ("1 # 2", "the sign '#'"),
        ("(" * 70 + "1" + ")" * 70, "more than 60 nested parts"),
        ("Result__c + 1", "Result__c, which follows from itself"),
        ("", "what it is calculated from is not in the file"),
    ],
)
def test_a_formula_that_is_not_known_whole_is_not_computed(formula: str, words: str) -> None:
    fields = {name: FieldSpec(**each) for name, each in INPUTS.items()}
    result = FieldSpec("double", calculated=True, formula=formula)
    spec = ObjectSpec("Opportunity", fields={**fields, "Result__c": result})
    assert house(spec).problems() == [("Opportunity.Result__c", f"its formula is not computed: {words}")]


def house(spec: ObjectSpec) -> HouseModel:
    """The rules of an organisation with this object."""
    return Model(Organisation("", {"salesforce": {spec.name: spec}})).house


def test_a_rule_that_is_not_known_whole_is_not_evaluated() -> None:
    rule = RuleSpec("Amount", "no")
    assert house(ObjectSpec("Opportunity", validation_rules={"Rule": rule})).problems() == [
        (
            "Opportunity.Rule",
            "this validation rule is not evaluated, so it refuses nothing: it is neither true nor false",
        )
    ]


def test_a_formula_field_follows_its_parents_and_is_found_by_a_query(tmp_path: Path) -> None:
    account = {"fields": {"Tier__c": {"type": "string", "length": 9}}}
    deal = {"fields": {"Tier__c": {"type": "string", "calculated": True, "formula": "Account.Tier__c"}}}
    line = {"fields": {"Tier__c": {"type": "string", "calculated": True, "formula": '"T" & Opportunity.Tier__c'}}}
    folder = write(
        tmp_path, salesforce__Account=account, salesforce__Opportunity=deal, salesforce__OpportunityLineItem=line
    )
    crm = Served("salesforce", folder)
    crm.fake.operate("close_deal", "D-1", DEAL)
    _, found = crm.soql("SELECT AccountId, SystemModstamp FROM Opportunity WHERE Tier__c = null")
    (before,) = found["records"]
    assert crm.reply("PATCH", f"{PATH[:-11]}Account/{before['AccountId']}", {"Tier__c": "Gold"}).status == 204
    _, found = crm.soql("SELECT SystemModstamp FROM Opportunity WHERE Tier__c = 'Gold'")
    # Nobody has modified the deal.
    assert [record["SystemModstamp"] for record in found["records"]] == [before["SystemModstamp"]]
    _, found = crm.soql("SELECT Id FROM OpportunityLineItem WHERE Tier__c = 'TGold'")
    assert found["totalSize"] == 1


def test_a_read_of_what_is_not_computed_is_recorded_once(tmp_path: Path) -> None:
    fields = {"Old__c": {"type": "double", "calculated": True, "formula": "GEOLOCATION(1, 2)"}}
    crm = Served("salesforce", write(tmp_path, salesforce__Opportunity={"fields": fields}))
    for _ in range(2):
        _, found = crm.soql("SELECT Old__c FROM Opportunity")
    assert found["totalSize"] == 0
    crm.soql("SELECT Id FROM Opportunity")
    calls = [event.value["call"] for event in crm.fake.events.after(0) if event.f == "unsupported"]
    assert calls == ["a read of Opportunity.Old__c, whose formula is not computed: the function GEOLOCATION"]
