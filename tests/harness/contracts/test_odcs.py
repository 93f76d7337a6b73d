"""Contracts on disk: what the harness takes from them, and one line for whatever is wrong in them."""

from __future__ import annotations

import copy
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gameday.base.bounded_yaml import MAX_DEPTH
from gameday.base.errors import GamedayError
from gameday.contracts.odcs import list_contracts, load_contract
from gameday.model.contract import Contract, Sla
from support.rows import rows
from support.thorough import examples

FLOW = "closed-won-to-sales-order"
BUNDLED = Path(__file__).parents[3] / "scenarios" / "gameday_scenarios" / "contracts"

SMALL = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "a",
    "version": "1.0.0",
    "status": "active",
    "team": {"members": [{"username": "us", "role": "sync"}]},
    "schema": [{"name": "deal", "physicalName": "Deal", "properties": [{"name": "id", "logicalType": "string"}]}],
    "slaProperties": [{"property": "latency", "value": 2, "unit": "min"}],
    "customProperties": [{"property": "match", "value": "dealId"}],
}


def load(folder: Path, crm: object = SMALL, erp: object = SMALL) -> Contract:
    for side, content in (("crm", crm), ("erp", erp)):
        data = content if isinstance(content, bytes) else yaml.safe_dump(content).encode()
        (folder / f"mine.{side}.yaml").write_bytes(data)
    return load_contract("mine", [folder])


def problem(folder: Path, crm: object = SMALL, erp: object = SMALL) -> str:
    with pytest.raises(GamedayError) as caught:
        load(folder, crm, erp)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(**parts: object) -> dict[str, object]:
    return {**copy.deepcopy(SMALL), **parts}


def sla(**parts: object) -> dict[str, object]:
    return changed(slaProperties=[parts])


def test_a_contract_has_one_digest_however_it_is_laid_out(tmp_path: Path) -> None:
    digest = load(tmp_path).digest
    text = yaml.safe_dump(SMALL, sort_keys=False, default_flow_style=True)
    assert load(tmp_path, crm=f"# a comment\r\n{text}".encode()).digest == digest
    assert load(tmp_path, crm=changed(version="1.0.1")).digest != digest
    assert load(tmp_path, erp=changed(version="1.0.1")).digest != load(tmp_path, crm=changed(version="1.0.1")).digest


# -- the bundled contract ----------------------------------------------------------------------------


def test_the_bundled_contract_states_targets_and_limits() -> None:
    expected = Sla(
        detect_target_s=300,
        detect_limit_s=3600,
        repair_target_s=900,
        repair_limit_s=86400,
        latency_s=120,
        error_rate=0,
    )
    assert load_contract(FLOW).sla == expected


def test_the_bundled_contract_names_its_owners() -> None:
    contract = load_contract(FLOW)
    assert contract.owner == "revenue-operations"
    assert set(contract.owners) == {"sync", "source", "sink", "finance"}


def test_the_bundled_contract_says_how_orders_are_matched() -> None:
    contract = load_contract(FLOW)
    assert (contract.match, contract.idempotency_key) == ("otherRefNum", "externalId")
    assert (contract.correlation, contract.customer_tier) == ("custbody_correlation_id", "Customer_Tier__c")
    assert (contract.tolerance, contract.price_tolerance, contract.invoiced) == (Decimal(0), Decimal("0.05"), True)


def test_fields_have_the_names_that_the_vendors_use() -> None:
    contract = load_contract(FLOW)
    crm, erp = ({field.physical_name: field for field in side} for side in (contract.crm_fields, contract.erp_fields))
    assert crm["Opportunity.Amount"].required
    assert crm["Opportunity.StageName"].constraints == {"enum": ["Closed Won", "Closed Lost"]}
    assert erp["salesOrder.item.rate"].classification == "confidential"


@rows("side", ["crm", "erp"])
def test_the_bundled_files_are_contracts_to_the_standards_own_models(side: str) -> None:
    from open_data_contract_standard.model import OpenDataContractStandard

    contract = OpenDataContractStandard.from_file(str(BUNDLED / f"{FLOW}.{side}.yaml"))
    assert contract.kind == "DataContract"


def test_contracts_are_listed_with_version_and_owner() -> None:
    assert dict(list_contracts())[FLOW] == "version 1.0.0, owned by revenue-operations"


def test_loading_a_contract_imports_no_pydantic() -> None:
    load = f"from gameday.contracts.odcs import load_contract; load_contract({FLOW!r})"
    code = f"import sys; {load}; print('pydantic' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


# -- folders and names -------------------------------------------------------------------------------


def test_ones_own_folder_comes_before_the_bundled(tmp_path: Path) -> None:
    for side in ("crm", "erp"):
        (tmp_path / f"{FLOW}.{side}.yaml").write_text(yaml.safe_dump(SMALL))
    assert load_contract(FLOW, [tmp_path]).owner == "us"


@rows("name", ["closed-won", "../closed-won-to-sales-order", "", "\0", "x" * 5000])
def test_an_unknown_contract_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(GamedayError, match=f"known: {FLOW}"):
        load_contract(name)


def test_a_contract_of_one_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.crm.yaml").write_text(yaml.safe_dump(SMALL))
    with pytest.raises(GamedayError, match=r"mine\.erp\.yaml"):
        load_contract("mine", [tmp_path])


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="no such folder of contracts"):
        load_contract(FLOW, [tmp_path / "none"])


def test_the_digest_changes_with_either_file(tmp_path: Path) -> None:
    digests = {load(tmp_path, crm, erp).digest for crm in (SMALL, changed(id="b")) for erp in (SMALL, changed(id="b"))}
    assert len(digests) == 4


def test_both_versions_are_named_if_they_differ(tmp_path: Path) -> None:
    assert load(tmp_path, changed(version="2.0.0")).version == "2.0.0, 1.0.0"


# -- values ------------------------------------------------------------------------------------------


@rows(
    ("value", "unit", "seconds"),
    [(90, "s", 90), (1.5, "min", 90), (2, "hours", 7200), (1, "d", 86400), ("15 minutes", None, 900)],
)
def test_durations_come_in_units_or_words(tmp_path: Path, value: object, unit: str | None, seconds: float) -> None:
    item = {"property": "latency", "value": value} | ({"unit": unit} if unit else {})
    side = sla(**item)
    assert load(tmp_path, side, side).sla.latency_s == seconds


@rows(("value", "unit", "share"), [(0.01, None, 0.01), (1, "percent", 0.01), ("2%", None, 0.02)])
def test_error_rates_are_shares(tmp_path: Path, value: object, unit: str | None, share: float) -> None:
    side = sla(**{"property": "errorRate", "value": value} | ({"unit": unit} if unit else {}))
    assert load(tmp_path, side, side).sla.error_rate == pytest.approx(share)


def test_a_team_may_be_a_plain_list_as_in_older_versions(tmp_path: Path) -> None:
    old = changed(apiVersion="v3.0.2", team=[{"username": "they", "role": "sync"}])
    assert load(tmp_path, old, old).owner == "they"


def test_dates_in_a_contract_stay_texts(tmp_path: Path) -> None:
    dated = changed(team={"members": [{"username": "us", "role": "sync", "dateIn": "2024-01-01"}]})
    data = yaml.safe_dump(dated).replace("'2024-01-01'", "2024-01-01").encode()
    assert load(tmp_path, data).owner == "us"


# -- mistakes ----------------------------------------------------------------------------------------


@rows(
    ("crm", "said"),
    [
        (changed(version=1), ["mine.crm.yaml", "version", "1 is not of type"]),
        (changed(kind="Contract"), ["kind", '"DataContract"', "'Contract'"]),
        (changed(apiVersion="v2.2.2"), ["apiVersion", "'v2.2.2'", "version 3"]),
        (changed(shema=[]), ["'shema'"]),
        (changed(team={"members": [{"usename": "x"}]}), ["team.members.0"]),
        (
            changed(schema=[{"name": "x", "properties": [{"name": "y", "requried": True}]}]),
            ["properties.0", "requried"],
        ),
        (
            changed(schema=[{"name": "x", "properties": [{"name": "y", "logicalType": "text"}]}]),
            ["'text'", "logicalType"],
        ),
        (changed(schema=[{"name": "x", "properties": [{"name": 3}]}]), ["schema.0.properties.0.name", "3 is not"]),
        (sla(property="latency", value=5), ["slaProperties.0", "unknown unit ''"]),
        (sla(property="latency", value=5, unit="fortnight"), ["'fortnight'", "known:", "min"]),
        (sla(property="latency", value=-5, unit="s"), ["-5"]),
        (sla(property="latency", value=float("nan"), unit="s"), ["nan"]),
        (sla(property="latency", value="soon"), ["'soon'", "15 minutes"]),
        (sla(property="latency", value=True), ["True"]),
        (sla(property="errorRate", value=2), ["2 is more than 100%"]),
        (sla(property="errorRate", value="many"), ["'many'"]),
        (sla(property="timeToDetect", value=2, unit="h"), ["limit of timeToDetect", "above"]),
        (changed(customProperties=[{"property": "match", "value": 5}]), ["customProperties.0", "match", "5"]),
        (changed(customProperties=[{"property": "invoiced", "value": "yes"}]), ["invoiced", "'yes'"]),
        (changed(customProperties=[{"property": "tolerance", "value": -1}]), ["tolerance", "-1"]),
        (changed(customProperties=[{"property": "tolerance", "value": "1e99"}]), ["tolerance", "'1e99'"]),
        (changed(customProperties=[{"property": "priceTolerance", "value": "101%"}]), ["'101%'"]),
        (changed(customProperties=[{"property": "pageLimit", "value": 0}]), ["pageLimit", "0"]),
        (changed(customProperties=[{"property": "pageLimit", "value": True}]), ["pageLimit", "whole number"]),
        ([1], ["[1]", "not a contract"]),
        (None, ["is empty"]),
        (b"", ["is empty"]),
        (b"a: [", ["mine.crm.yaml:2:1", "YAML"]),
        (b"a: 1\nb: \x01", ["mine.crm.yaml"]),
        (b"a: \xff", ["not UTF-8"]),
        (b"a: 1\na: 2\n", ["mine.crm.yaml:2:1", "'a'", "twice"]),
        (b"? [1]\n: 2\n", ["a list or mapping as a key"]),
        (b"1: 2\n", ["mine.crm.yaml:1:1", "'1' is not text"]),
        (b"a: &x [*x]\n", ["mine.crm.yaml:1:4", "alias"]),
        (b"<<: 1\n", ["mine.crm.yaml:1:5", "'<<'"]),
        (b"a: !!python/object/apply:os.system ['true']\n", ["mine.crm.yaml:1:4", "tag"]),
        (b"a: !!binary aGk=\n", ["tag"]),
        (b"a: " + b"9" * 5000, ["digits"]),
        (b"a: " + b"[" * (MAX_DEPTH + 1), ["nested"]),
        (b"a: 1\n--- \nb: 1\n", ["mine.crm.yaml:2"]),
        (b"#" * (1024 * 1024 + 1), ["bytes"]),
    ],
)
def test_a_mistake_is_one_line_with_file_place_and_value(tmp_path: Path, crm: object, said: list[str]) -> None:
    found = problem(tmp_path, crm)
    assert [part for part in said if part not in found] == []


def test_a_flow_without_an_owner_is_refused(tmp_path: Path) -> None:
    nobody = changed(team={"members": []})
    assert "role: sync" in problem(tmp_path, nobody, nobody)


def test_two_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, erp=changed(customProperties=[{"property": "match", "value": "other"}]))
    assert [part for part in ("mine.erp.yaml", "match", "'other'", "'dealId'") if part not in found] == []


def test_a_few_lines_of_aliases_do_not_become_gigabytes(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "alias" in problem(tmp_path, "\n".join(lines).encode())


def _survives(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            load(Path(folder), data)
        except GamedayError as found:
            assert "\n" not in str(found)
            assert len(str(found)) < 1500


@given(st.binary(max_size=300))
def test_any_bytes_give_at_most_one_line(data: bytes) -> None:
    _survives(data)


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"#%@,? \n\t0.~=<\x85\u2028é"), max_size=80))
@example("<<: {a: 1}\n")
@example("<<: 1\n")
@example("a: =\n")
@example("a: 0b\n")
@example("a: .inf\n")
@example("a: 1:2:3\n")
def test_any_yaml_gives_at_most_one_line(text: str) -> None:
    _survives(text.encode())


_KEYS = st.sampled_from(
    [
        *("property", "value", "unit", "name", "username", "role", "members", "properties", "items", "enum"),
        *("logicalType", "required", "physicalName", "customProperties", "logicalTypeOptions", "id"),
    ]
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["sync", "latency"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(st.dictionaries(st.sampled_from([*SMALL, "roles", "servers", "price"]), _VALUES, min_size=1, max_size=3))
def test_a_wrong_type_anywhere_gives_at_most_one_line(parts: dict[str, object]) -> None:
    _survives(yaml.safe_dump({**SMALL, **parts}).encode())


# -- matching rules ----------------------------------------------------------------------------------


def matched(**more: object) -> dict[str, object]:
    custom = {"match": "dealId", **more}
    return changed(customProperties=[{"property": name, "value": value} for name, value in custom.items()])


def test_a_pattern_reads_and_writes_the_reference_to_a_deal(tmp_path: Path) -> None:
    contract = load(tmp_path, erp=matched(matchPattern="SFDC_OPP_{deal}"))
    assert contract.reference("0061") == "SFDC_OPP_0061"
    assert contract.referred("SFDC_OPP_0061") == "0061"
    assert [contract.referred(other) for other in ("0061", "SFDC_OPP_", "SFDC_ACC_0061", "")] == ["", "", "", ""]


def test_without_a_pattern_the_reference_is_the_deals_id() -> None:
    assert (Contract("f").reference("0061"), Contract("f").referred("0061")) == ("0061", "0061")


def test_a_customer_is_named_by_any_field_of_its_account(tmp_path: Path) -> None:
    contract = load(tmp_path, erp=matched(customerMatch="entityId", customerPattern="C-{AccountNumber}"))
    assert contract.customer("001", {"AccountNumber": "77"}) == "C-77"
    assert contract.customer("001", {}) == ""
    other = load(tmp_path, erp=matched(customerMatch="custentity_account"))
    assert other.customer("001", {"AccountNumber": "77"}) == "001"


@rows(
    ("custom", "says"),
    [
        ({"matchPattern": "SFDC_OPP_"}, "'SFDC_OPP_' is not a pattern (such as SFDC_OPP_{deal})"),
        ({"matchPattern": "{deal}-{deal}"}, "'{deal}-{deal}' is not a pattern"),
        ({"matchPattern": "{opportunity}"}, "'{opportunity}' is not a pattern"),
        ({"matchPattern": "{deal.id}"}, "'{deal.id}' is not a pattern"),
        ({"matchPattern": 5}, "5 is not a pattern"),
        ({"customerMatch": "entityId", "customerPattern": "C"}, "'C' is not a pattern (such as C-{account})"),
        ({"customerMatch": ""}, "'' is not a name"),
        ({"customerPattern": "C-{account}"}, "customerPattern without customerMatch"),
    ],
)
def test_a_rule_for_matching_that_cannot_be_is_refused(tmp_path: Path, custom: dict[str, object], says: str) -> None:
    assert says in problem(tmp_path, erp=matched(**custom))
