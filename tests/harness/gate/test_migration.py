"""A signed change migrates old records by the difference of the contracts, and invents no value."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, StackTable
from gameday.contracts.compatibility.deployed import StillDeployed
from gameday.contracts.compatibility.diff import compare_all
from gameday.contracts.compatibility.sources import read_flow
from gameday.gate.contracts import base_name, read_base, read_candidate, schema_changes
from gameday.gate.migration import Migration, Unmovable
from gameday.gate.pipeline import Gate
from gameday.gate.records import check_sample
from gameday.gate.replay_stage import make_deals
from gameday.gate.request import Request
from gameday.model.gate_verdict import Stage

#: Each case reads, compares and migrates contracts: a table that takes seconds.
pytestmark = pytest.mark.slow

FLOW = "deals"
DEAL, LINE = 0, 1
NOW = datetime.datetime(2026, 11, 24, 23, 59, 59, tzinfo=datetime.UTC)
Fields = list[dict[str, Any]]
Change = Callable[[Fields, Fields], None]


def field(name: str, wire: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "physicalName": wire, "logicalType": kind, "classification": "internal", **more}


def renamed_from(*names: str) -> list[dict[str, Any]]:
    return [{"property": "renamedFrom", "value": [*names]}]


def record(number: int = 1, **fields: Any) -> dict[str, Any]:
    deal = {
        "Id": f"006{number:015}",
        "Name": "Deal",
        "AccountId": "001000000000000001",
        "StageName": "Closed Won",
        "IsWon": True,
        "Amount": 20,
        "CurrencyIsoCode": "EUR",
        "CloseDate": "2026-06-30",
        "SystemModstamp": "2026-06-30T10:00:00.000+0000",
        **fields,
    }
    line = {
        "Id": f"00k{number:015}",
        "OpportunityId": deal["Id"],
        "PricebookEntry": {"ProductCode": "SKU-1"},
        "Quantity": 2,
        "UnitPrice": 10,
        "TotalPrice": 20,
    }
    return {"Opportunity": deal, "OpportunityLineItem": [line]}


_BUNDLED = json.dumps(
    {
        side: yaml.load(
            resources.files("gameday_scenarios")
            .joinpath(f"contracts/closed-won-to-sales-order.{side}.yaml")
            .read_text(),
            Loader=yaml.CSafeLoader,
        )
        for side in ("crm", "erp")
    }
)


class Case:
    """A base and a candidate contract, and records of the base."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sides = json.loads(_BUNDLED)
        self.write("base")

    def more(self, *fields: dict[str, Any], of: int = DEAL) -> None:
        """Give the base contract further fields."""
        self.sides["crm"]["schema"][of]["properties"] += fields
        self.write("base")

    def change(self, change: Change) -> None:
        """Make the candidate: ``change`` edits the fields of the deal and of its lines."""
        deal, line = (each["properties"] for each in self.sides["crm"]["schema"])
        change(deal, line)
        for side in self.sides.values():
            side["version"] = "2.0.0"
        self.write("new")

    def write(self, name: str) -> None:
        (self.folder / name).mkdir(exist_ok=True)
        for side, document in self.sides.items():
            # JSON is YAML too, and is written faster.
            (self.folder / name / f"{FLOW}.{side}.yaml").write_text(json.dumps(document))

    def sign(self, **more: str) -> None:
        """The sign-off of everybody whom the change concerns."""
        [flow] = compare_all(str(self.folder / "base" / FLOW), str(self.folder / "new" / FLOW), now=NOW)
        signed = {"change": flow.comparison.digest, "signed": "2026-11-01", "expires": "2026-12-01", **more}
        entries = [
            {**signed, "role": role, "username": min(flow.comparison.owners[role])} for role in flow.comparison.signers
        ]
        (self.folder / "new" / "sign-offs.yaml").write_text(yaml.safe_dump({"signOffs": entries}))

    @property
    def request(self) -> Request:
        base, folders = str(self.folder / "base"), [self.folder / "new"]
        return Request(
            FLOW,
            read_candidate(FLOW, folders),
            StackTable("new", command=("x",), match="otherRefNum"),
            self.folder / "records.jsonl",
            self.folder,
            Config(contract_folders=tuple(folders)),
            NOW.date(),
            base=read_base(base, FLOW, read_candidate(FLOW, folders)),
            base_name=base_name(base, FLOW),
        )

    def migration(self) -> Migration:
        base = read_base(str(self.folder / "base"), FLOW)
        assert base is not None
        return Migration(base, read_candidate(FLOW, [self.folder / "new"]))

    def carried(self, *records: dict[str, Any]) -> list[dict[str, Any]]:
        migration = self.migration()
        return [json.loads(migration.carry(json.dumps(each).encode())) for each in records]

    def request_fields(self) -> set[str]:
        """The physical names of the base's fields."""
        base = read_base(str(self.folder / "base"), FLOW)
        assert base is not None
        return {each.physical_name for each in base.contract.crm_fields}

    def records(self, records: list[dict[str, Any]]) -> tuple[Stage, Any]:
        """The records stage, and the deals that it would replay."""
        (self.folder / "records.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in records))
        request = self.request
        stage, sampled = check_sample(request)
        deals = make_deals(request, sampled.records, sampled.moved) if sampled.records else None
        return stage, deals

    def diff(self) -> Stage:
        return next(Gate(self.request).run())


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def named(fields: Fields, wire: str) -> dict[str, Any]:
    return next(each for each in fields if each.get("physicalName") == wire)


def rules(stage: Stage) -> set[str]:
    return {violation.rule for violation in stage.violations}


OLD = [record(number) for number in range(1, 31)]


def test_a_signed_rename_migrates_every_record_and_says_so(case: Case) -> None:
    case.change(lambda deal, _: named(deal, "CloseDate").update(physicalName="Close_Day__c"))
    stage, deals = case.records(OLD)
    assert (stage.state, stage.figures["migrated"]) == ("passed", 30)
    assert "30 were migrated by the signed change" in stage.summary
    [note] = [each.message for each in stage.violations if each.rule == "records.migrated"]
    assert note == "Opportunity.CloseDate became Opportunity.Close_Day__c: 30 values moved in 30 records"
    assert {each.value["close_date"] for each in deals.workload.operations if each.f == "close_deal"} == {"2026-06-30"}


def test_a_rename_with_a_change_of_type_converts_only_what_is_exact(case: Case) -> None:
    case.more(field("seats", "Seats__c", "integer"), field("code", "Code__c"))

    def change(deal: Fields, _: Fields) -> None:
        named(deal, "Seats__c").update(physicalName="Places__c", logicalType="string")
        named(deal, "Code__c").update(physicalName="Number__c", logicalType="integer")

    case.change(change)
    [exact, not_exact] = case.carried(record(Seats__c=7, Code__c="12"), record(Seats__c=7, Code__c="012"))
    assert (exact["Opportunity"]["Places__c"], exact["Opportunity"]["Number__c"]) == ("7", 12)
    assert not_exact["Opportunity"]["Number__c"] == "012"


def test_records_that_only_a_guess_could_convert_are_left_out_and_counted(case: Case) -> None:
    case.more(field("due", "Due__c", "date"))
    case.change(lambda deal, _: named(deal, "Due__c").update(physicalName="Due_At__c", logicalType="timestamp"))
    stage, _ = case.records([record(1, Due__c="2026-06-30"), record(2)])
    assert stage.state == "passed"
    [left_out] = [each.message for each in stage.violations if each.rule == "records.left-out"]
    assert left_out.startswith("1 of 2 records is left out: the type of Opportunity.Due_At__c changed")
    stage, _ = case.records([record(1, Due__c="2026-06-30")])
    assert (stage.state, stage.summary) == (
        "inconclusive",
        "records.jsonl: the change leaves none of 1 record to check by",
    )


def test_two_fields_that_exchange_their_names_exchange_their_values_once(case: Case) -> None:
    case.more(field("first", "First__c"), field("second", "Second__c"))

    def swap(deal: Fields, _: Fields) -> None:
        first, second = named(deal, "First__c"), named(deal, "Second__c")
        first.update(physicalName="Second__c", customProperties=renamed_from("First__c"))
        second.update(physicalName="First__c", customProperties=renamed_from("Second__c"))

    case.change(swap)
    [found] = case.carried(record(First__c="1", Second__c="2"))
    assert (found["Opportunity"]["First__c"], found["Opportunity"]["Second__c"]) == ("2", "1")


def test_a_name_that_a_removed_field_had_takes_the_renamed_value(case: Case) -> None:
    case.more(field("new", "New__c"), field("old", "Old__c"))

    def change(deal: Fields, _: Fields) -> None:
        deal.remove(named(deal, "Old__c"))
        named(deal, "New__c").update(physicalName="Old__c", customProperties=renamed_from("New__c"))

    case.change(change)
    [both, one] = case.carried(record(New__c="n", Old__c="o"), record(Old__c="o"))
    assert both["Opportunity"]["Old__c"] == "n"
    assert "New__c" not in both["Opportunity"]
    # The old field's value is no value of the new one.
    assert "Old__c" not in one["Opportunity"]


def test_a_record_with_the_old_and_the_new_name_is_left_out(case: Case) -> None:
    case.change(lambda deal, _: named(deal, "CloseDate").update(physicalName="Close_Day__c"))
    with pytest.raises(Unmovable, match=r"both Opportunity\.CloseDate and another Opportunity\.Close_Day__c"):
        case.carried(record(Close_Day__c="2026-07-01"))
    [same] = case.carried(record(Close_Day__c="2026-06-30"))
    assert same["Opportunity"]["Close_Day__c"] == "2026-06-30"


def test_a_field_of_the_lines_is_renamed_in_each_of_them(case: Case) -> None:
    case.change(lambda _, line: named(line, "UnitPrice").update(physicalName="Net__c"))
    old = record()
    old["OpportunityLineItem"].append({**old["OpportunityLineItem"][0], "Id": "00k2", "UnitPrice": 30})
    [found] = case.carried(old)
    assert [each["Net__c"] for each in found["OpportunityLineItem"]] == [10, 30]
    stage, deals = case.records(OLD)
    assert stage.state == "passed"
    lines = [line for each in deals.workload.operations if each.f == "close_deal" for line in each.value["lines"]]
    assert len(lines) == 30


def test_a_name_with_a_path_is_moved_along_it(case: Case) -> None:
    wire = "PricebookEntry.ProductCode"
    case.change(lambda _, line: named(line, wire).update(physicalName="Product2.Sku__c"))
    [found] = case.carried(record())
    assert found["OpportunityLineItem"][0]["Product2"] == {"Sku__c": "SKU-1"}


def test_a_renamed_list_of_lines_is_moved_with_its_fields(case: Case) -> None:
    base = case.request_fields()
    case.sides["crm"]["schema"][LINE]["physicalName"] = "Line__c"
    case.change(lambda _, line: named(line, "UnitPrice").update(physicalName="Net__c"))
    [found] = case.carried(record())
    assert "OpportunityLineItem" not in found
    assert (found["Line__c"][0]["Net__c"], found["Line__c"][0]["Quantity"]) == (10, 2)
    moved = case.migration().new_paths
    lines = {name for name in base if name.startswith("OpportunityLineItem.")}
    assert {name: moved[name].partition(".")[0] for name in lines} == dict.fromkeys(lines, "Line__c")
    assert moved["OpportunityLineItem.UnitPrice"] == "Line__c.Net__c"


def test_a_removed_required_field_fails_no_record(case: Case) -> None:
    case.change(lambda deal, _: deal.remove(named(deal, "CurrencyIsoCode")))
    stage, deals = case.records(OLD)
    assert stage.state == "passed"
    assert any("Opportunity.CurrencyIsoCode was removed" in each.message for each in stage.violations)
    # The CRM still has it; the replay hides it from the stack.
    assert {each.value["currency"] for each in deals.workload.operations if each.f == "close_deal"} == {"EUR"}


@pytest.mark.parametrize("declared", [True, False])
def test_a_field_split_in_two_gives_neither_of_them_a_value(case: Case, declared: bool) -> None:
    case.more(field("buyer", "Buyer__c", required=True))

    def split(deal: Fields, _: Fields) -> None:
        deal.remove(named(deal, "Buyer__c"))
        for name in ("buyerFirst", "buyerLast"):
            custom = {"customProperties": renamed_from("Buyer__c")} if declared else {}
            deal.append(field(name, f"{name}__c", required=True, **custom))

    case.change(split)
    [found] = case.carried(record(Buyer__c="A B"))
    assert not {"buyerFirst__c", "buyerLast__c"} & found["Opportunity"].keys()
    stage, _ = case.records([record(number, Buyer__c="A B") for number in range(1, 31)])
    assert stage.state == "passed"
    untested = [each.message for each in stage.violations if each.rule == "records.not-recorded"]
    assert len(untested) == 2
    assert "is new and required: old records lack it, none is invented" in untested[0]


@pytest.mark.parametrize("declared", [True, False])
def test_two_fields_merged_give_the_new_one_no_value(case: Case, declared: bool) -> None:
    case.more(field("buyerFirst", "BuyerFirst__c"), field("buyerLast", "BuyerLast__c"))

    def merge(deal: Fields, _: Fields) -> None:
        for wire in ("BuyerFirst__c", "BuyerLast__c"):
            deal.remove(named(deal, wire))
        custom = {"customProperties": renamed_from("BuyerFirst__c", "BuyerLast__c")} if declared else {}
        deal.append(field("buyer", "Buyer__c", required=True, **custom))

    case.change(merge)
    [found] = case.carried(record(BuyerFirst__c="A", BuyerLast__c="B"))
    assert "Buyer__c" not in found["Opportunity"]
    stage, _ = case.records([record(1, BuyerFirst__c="A", BuyerLast__c="B")])
    assert stage.state == "passed"
    assert "records.not-recorded" in rules(stage)


def test_a_rename_that_may_be_another_moves_nothing_and_warns(case: Case) -> None:
    case.more(field("shipCity", "Ship_City__c"), field("billCity", "Bill_City__c"))

    def change(deal: Fields, _: Fields) -> None:
        for wire in ("Ship_City__c", "Bill_City__c"):
            deal.remove(named(deal, wire))
        deal.append(field("city", "City__c"))

    case.change(change)
    [found] = case.carried(record(Ship_City__c="Bonn", Bill_City__c="Ulm"))
    assert "City__c" not in found["Opportunity"]
    stage, _ = case.records([record(1, Ship_City__c="Bonn", Bill_City__c="Ulm")])
    assert "records.uncertain-rename" in rules(stage)
    # The fake CRM hides both: under the new name, their values could mean something else.
    [flow] = compare_all(str(case.folder / "base" / FLOW), str(case.folder / "new" / FLOW), now=NOW)
    changes = schema_changes(flow.comparison, case.migration().uncertain)
    assert sorted((each.field, each.new_name) for each in changes) == [
        ("Opportunity.Bill_City__c", ""),
        ("Opportunity.Ship_City__c", ""),
    ]


def test_a_renamed_value_is_replaced_where_the_contract_says_by_which(case: Case) -> None:
    def change(deal: Fields, _: Fields) -> None:
        custom = [{"property": "renamedValues", "value": {"Closed Won": "Won", "Closed Lost": "Nowhere"}}]
        named(deal, "StageName").update(enum=[{"value": "Won"}, {"value": "Closed Lost"}], customProperties=custom)

    case.change(change)
    won, lost = case.carried(record(), record(StageName="Closed Lost"))
    assert (won["Opportunity"]["StageName"], lost["Opportunity"]["StageName"]) == ("Won", "Closed Lost")
    assert case.records(OLD)[0].state == "passed"


def test_a_renamed_value_without_that_is_still_found(case: Case) -> None:
    case.change(lambda deal, _: named(deal, "StageName").update(enum=[{"value": "Won"}, {"value": "Closed Lost"}]))
    stage, _ = case.records(OLD)
    assert stage.state == "failed"
    assert "record.unknown-value" in rules(stage)


def test_a_record_that_was_wrong_before_is_still_found_after_a_rename(case: Case) -> None:
    case.change(lambda deal, _: named(deal, "CloseDate").update(physicalName="Close_Day__c"))
    stage, _ = case.records([*OLD, record(31, CloseDate="tomorrow"), record(32, IsWon=None)])
    assert stage.state == "failed"
    assert stage.figures["invalid"] == 2


def test_a_narrower_limit_that_everybody_signed_still_finds_what_breaks_it(case: Case) -> None:
    case.change(lambda deal, _: named(deal, "Name").update(logicalTypeOptions={"minLength": 1, "maxLength": 3}))
    assert case.records(OLD)[0].state == "failed"


def test_records_that_have_the_new_names_already_are_left_as_they_are(case: Case) -> None:
    case.change(lambda deal, _: named(deal, "CloseDate").update(physicalName="Close_Day__c"))
    new = record()
    new["Opportunity"]["Close_Day__c"] = new["Opportunity"].pop("CloseDate")
    assert case.carried(new) == [new]
    stage, _ = case.records([new])
    assert (stage.state, "migrated" in stage.figures) == ("passed", False)


def test_a_new_required_field_alone_is_named_as_not_tested(case: Case) -> None:
    case.change(lambda deal, _: deal.append(field("region", "Region__c", required=True)))
    stage, _ = case.records(OLD)
    assert (stage.state, "records.not-recorded" in rules(stage)) == ("passed", True)


# -- who signed --------------------------------------------------------------------------------------


def rename(deal: Fields, _: Fields) -> None:
    named(deal, "CloseDate").update(physicalName="Close_Day__c")


def test_a_rename_that_everybody_signed_passes_the_diff(case: Case) -> None:
    case.change(rename)
    case.sign()
    assert case.diff().state == "passed"


def test_a_rename_that_nobody_signed_stops_before_any_record(case: Case) -> None:
    case.change(rename)
    stage = case.diff()
    assert (stage.state, "sign-off.missing" in rules(stage)) == ("failed", True)


def test_a_rename_whose_sign_off_expired_stops_before_any_record(case: Case) -> None:
    case.change(rename)
    case.sign(expires="2026-11-10")
    stage = case.diff()
    assert (stage.state, "sign-off.expired" in rules(stage)) == ("failed", True)


# -- a contract that is new --------------------------------------------------------------------------


def test_a_contract_that_the_base_does_not_have_is_new(case: Case) -> None:
    case.write("new")
    for side in ("crm", "erp"):
        (case.folder / "base" / f"{FLOW}.{side}.yaml").rename(case.folder / "base" / f"other.{side}.yaml")
    stage = case.diff()
    assert (stage.state, stage.figures) == ("passed", {"new": True})
    assert "the contract 'deals' is new" in stage.summary
    assert case.records(OLD)[0].state == "passed"


def test_a_contract_that_is_new_in_the_base_is_compared_with_what_is_still_deployed(case: Case) -> None:
    before = read_flow(str(case.folder / "base" / FLOW))
    named(case.sides["crm"]["schema"][DEAL]["properties"], "CurrencyIsoCode")["physicalName"] = "Currency__c"
    case.write("new")
    for side in ("crm", "erp"):
        (case.folder / "base" / f"{FLOW}.{side}.yaml").rename(case.folder / "base" / f"other.{side}.yaml")
    request = msgspec.structs.replace(case.request, deployed=lambda _: (StillDeployed("the tag 1", before),))
    stage = next(Gate(request).run())
    assert (stage.state, stage.figures) == ("failed", {"new": True})
    assert "the tag 1 is still deployed" in next(each.message for each in stage.violations if each.level == "error")


def test_a_base_folder_without_any_contract_is_a_mistake(case: Case) -> None:
    (case.folder / "empty").mkdir()
    with pytest.raises(GamedayError, match="no contracts in"):
        read_base(str(case.folder / "empty"), FLOW)


def test_a_diff_of_a_new_contract_adds_it(case: Case) -> None:
    case.write("new")
    (case.folder / "before").mkdir()
    (case.folder / "before" / "other.crm.yaml").write_text("")
    [flow] = compare_all(str(case.folder / "before" / FLOW), str(case.folder / "new" / FLOW), now=NOW)
    assert {change.rule for change in flow.comparison.changes} == {"contract.contract-added"}
    assert [each for each in flow.violations if each.level == "error"] == []


def test_a_diff_from_a_misspelt_name_is_still_a_mistake(case: Case) -> None:
    case.write("new")
    with pytest.raises(GamedayError, match="unknown contract"):
        compare_all(str(case.folder / "base" / "dealz"), str(case.folder / "new" / FLOW), now=NOW)


# -- a file that is no recording ---------------------------------------------------------------------


def test_a_file_of_records_is_redacted_in_memory_before_anything_is_replayed(case: Case) -> None:
    case.write("new")
    people = [record(number, Name=f"Zobelpelz {number}", Amount=20) for number in range(1, 9)]
    stage, deals = case.records(people)
    assert "redacted in memory" in stage.summary
    assert "Zobelpelz" not in repr(deals)


def test_the_amounts_of_a_file_of_records_round_as_they_did(case: Case) -> None:
    case.write("new")
    _, deals = case.records([record()])
    assert [str(each.value["amount"]) for each in deals.workload.operations if each.f == "close_deal"] == ["20"]


def test_a_kept_field_that_looks_personal_is_redacted_too_and_named(case: Case) -> None:
    case.more(field("note", "Note__c"))
    case.write("new")
    stage, deals = case.records([record(1, Note__c="anna@example.com")])
    assert "records.looks-personal" in rules(stage)
    assert "anna@example.com" not in repr(deals) + repr(stage)


def test_a_field_that_the_candidate_no_longer_hides_is_still_redacted(case: Case) -> None:
    case.more(field("code", "Code__c", classification="confidential"))
    case.change(lambda deal, _: named(deal, "Code__c").update(classification="internal"))
    (case.folder / "records.jsonl").write_text(json.dumps(record(1, Code__c="Zobelpelz")) + "\n")
    _, sampled = check_sample(case.request)
    assert b"Zobelpelz" not in sampled.records[0][1]


@pytest.mark.parametrize("of_lines", [False, True])
def test_a_hidden_field_stays_redacted_under_its_new_name(case: Case, of_lines: bool) -> None:
    case.more(field("code", "Code__c", classification="confidential"), of=LINE if of_lines else DEAL)

    def change(deal: Fields, line: Fields) -> None:
        named(line if of_lines else deal, "Code__c").update(physicalName="Key__c", classification="internal")

    case.change(change)
    old = record(1)
    (old["OpportunityLineItem"][0] if of_lines else old["Opportunity"])["Code__c"] = "Zobelpelz"
    (case.folder / "records.jsonl").write_text(json.dumps(old) + "\n")
    _, sampled = check_sample(case.request)
    assert b"Key__c" in sampled.records[0][1]
    assert b"Zobelpelz" not in sampled.records[0][1]


def test_the_same_file_gives_the_same_pseudonyms(case: Case) -> None:
    case.write("new")
    (case.folder / "records.jsonl").write_text(json.dumps(record(1, Name="Zobelpelz")) + "\n")
    request = case.request
    once, again = (check_sample(request)[1].records for _ in range(2))
    assert once == again


def _mistyped(sides: dict[str, Any]) -> None:
    sides["crm"]["schema"][0]["properties"][4]["logicalType"] = "bool"


def _without_an_owner(sides: dict[str, Any]) -> None:
    for side in sides.values():
        side["team"] = {"members": []}


@pytest.mark.parametrize("spoil", [_mistyped, _without_an_owner, lambda sides: sides.pop("erp")])
def test_a_base_that_the_change_repairs_is_read_as_far_as_it_can(case: Case, spoil: Callable[[Any], Any]) -> None:
    case.write("new")
    spoil(case.sides)
    (case.folder / "base" / f"{FLOW}.erp.yaml").write_text("kind: [")
    case.write("base")
    candidate, base = case.request.candidate_contract, case.request.base
    assert base is not None
    assert [f.physical_name for f in base.contract.crm_fields] == [
        f.physical_name for f in candidate.contract.crm_fields
    ]
    assert case.records(OLD)[0].state == "passed"
