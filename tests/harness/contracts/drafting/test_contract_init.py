"""`gameday contract init`: what it writes is a contract, and it writes over nothing that is somebody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract, Field
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

FLOW = "mine"
Init = Callable[..., Result]


@pytest.fixture
def draft(tmp_path: Path) -> Init:
    """The command, drafting into a folder ``contracts``."""

    def call(*arguments: str, token: str = "") -> Result:
        common = ["--flow", FLOW, "--out", str(tmp_path / "contracts")]
        environment = {"GAMEDAY_VENDOR_TOKEN": token}
        return CliRunner().invoke(
            init, [*arguments, *common], env=environment, catch_exceptions=True, **AS_BELOW_GAMEDAY
        )

    return call


@pytest.fixture
def problem(draft: Init) -> Callable[..., str]:
    """The line that a mistake comes to."""

    def call(*arguments: str, token: str = "") -> str:
        result = draft(*arguments, token=token)
        assert isinstance(result.exception, GamedayError), result.output
        assert "\n" not in str(result.exception)
        return str(result.exception)

    return call


def written(tmp_path: Path) -> Contract:
    return load_contract(FLOW, [tmp_path / "contracts"])


def by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.physical_name: field for field in fields}


def save(path: Path, vendor: Any, resource: str, accept: str = "application/json") -> Path:
    headers = {"authorization": f"Bearer {vendor.token}", "accept": accept}
    reply = httpx.get(f"{vendor.url}{resource}", headers=headers, trust_env=False, verify=False).raise_for_status()  # noqa: S501 - plain HTTP
    path.write_bytes(reply.content)
    return path


def describe(folder: Path, vendor: Any, name: str = "Opportunity") -> Path:
    return save(folder / f"{name}.json", vendor, f"/services/data/v62.0/sobjects/{name}/describe")


LINES, LINE = "#/components/schemas/lines", "#/components/schemas/line"
CATALOG = "/services/rest/record/v1/metadata-catalog"


# -- from a describe call ----------------------------------------------------------------------------


def test_a_saved_describe_becomes_the_crms_side(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    saved = [describe(tmp_path, salesforce), describe(tmp_path, salesforce, "OpportunityLineItem")]
    assert draft("--from", "salesforce", *map(str, saved)).exit_code == 0
    fields = by_name(written(tmp_path).crm_fields)
    assert fields["Opportunity.Id"].required
    assert fields["Opportunity.CloseDate"].logical_type == "date"
    assert not fields["Opportunity.Amount"].required
    assert fields["OpportunityLineItem.Quantity"].logical_type == "number"


def test_a_describe_is_asked_for_where_a_url_is_given(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    result = draft("--from", "salesforce", "--url", salesforce.url, token=salesforce.token)
    assert result.exit_code == 0, result.exception
    assert {"Opportunity.Amount", "OpportunityLineItem.UnitPrice"} <= set(by_name(written(tmp_path).crm_fields))


def test_a_restricted_picklist_is_an_enumeration(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    assert "EUR" in by_name(written(tmp_path).crm_fields)["Opportunity.CurrencyIsoCode"].constraints["enum"]


def test_the_values_of_an_unrestricted_picklist_are_only_a_comment(
    draft: Init, tmp_path: Path, salesforce: Any
) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    assert "enum" not in by_name(written(tmp_path).crm_fields)["Opportunity.StageName"].constraints
    text = (tmp_path / "contracts" / f"{FLOW}.crm.yaml").read_text()
    assert "# not restricted by the CRM, so no enum; today: Prospecting" in text


def test_the_field_that_tells_a_newer_message_is_recognised(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    assert written(tmp_path).ordering == "SystemModstamp"


def test_money_and_names_are_confidential_and_keys_are_not(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    fields = by_name(written(tmp_path).crm_fields)
    classes = {name: fields[f"Opportunity.{name}"].classification for name in ("Amount", "Name", "Id", "StageName")}
    assert classes == {"Amount": "confidential", "Name": "confidential", "Id": "internal", "StageName": "internal"}


# -- from a metadata catalogue -----------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["application/schema+json", "application/swagger+json"])
def test_a_saved_catalogue_becomes_the_erps_side(draft: Init, tmp_path: Path, netsuite: Any, accept: str) -> None:
    saved = save(tmp_path / "order.json", netsuite, f"{CATALOG}/salesOrder", accept)
    assert draft("--from", "netsuite", str(saved)).exit_code == 0
    fields = by_name(written(tmp_path).erp_fields)
    assert fields["salesOrder.tranDate"].logical_type == "date"
    assert fields["salesOrder.entity"].logical_type == "object"
    assert fields["salesOrder.item"].logical_type == "array"
    assert fields["salesOrder.item.rate"].classification == "confidential"


def test_a_catalogue_is_asked_for_where_a_url_is_given(draft: Init, tmp_path: Path, netsuite: Any) -> None:
    result = draft("--from", "netsuite", "--url", netsuite.url, token=netsuite.token)
    assert result.exit_code == 0, result.exception
    assert (written(tmp_path).match, written(tmp_path).idempotency_key) == ("otherRefNum", "externalId")


def test_a_record_type_is_chosen_from_a_whole_catalogue(draft: Init, tmp_path: Path, netsuite: Any) -> None:
    saved = save(tmp_path / "all.json", netsuite, CATALOG, "application/swagger+json")
    assert draft("--from", "netsuite", "--object", "invoice", str(saved)).exit_code == 0
    assert "invoice.createdFrom" in by_name(written(tmp_path).erp_fields)


def test_what_a_catalogue_says_by_reference_is_followed(draft: Init, tmp_path: Path) -> None:
    schemas = {
        "salesOrder": {"type": "object", "properties": {"item": {"$ref": "#/components/schemas/lines"}}},
        "lines": {"type": "object", "properties": {"items": {"type": "array", "items": {"allOf": [{"$ref": LINE}]}}}},
        "line": {"type": "object", "properties": {"quantity": {"type": "number"}, "more": {"$ref": LINES}}},
    }
    path = tmp_path / "order.json"
    path.write_text(json.dumps({"openapi": "3.0.1", "components": {"schemas": schemas}}))
    assert draft("--from", "netsuite", str(path)).exit_code == 0
    fields = by_name(written(tmp_path).erp_fields)
    assert (fields["salesOrder.item"].logical_type, fields["salesOrder.item.quantity"].logical_type) == (
        "array",
        "number",
    )
    assert "salesOrder.item.more.quantity" in fields


@pytest.mark.parametrize("reference", ["#/components/schemas/salesOrder", "#/nowhere", 3, None])
def test_a_reference_in_a_circle_or_to_nowhere_ends(draft: Init, tmp_path: Path, reference: Any) -> None:
    schemas = {"salesOrder": {"properties": {"a": {"$ref": reference}, "b": {"type": "string"}}}}
    path = tmp_path / "order.json"
    path.write_text(json.dumps({"openapi": "3.0.1", "components": {"schemas": schemas}}))
    assert draft("--from", "netsuite", str(path)).exit_code == 0
    assert "salesOrder.b" in by_name(written(tmp_path).erp_fields)


def test_an_unknown_record_type_is_reported_with_the_known(
    problem: Callable[..., str], tmp_path: Path, netsuite: Any
) -> None:
    saved = save(tmp_path / "all.json", netsuite, CATALOG, "application/swagger+json")
    message = problem("--from", "netsuite", "--object", "salesOrdr", str(saved))
    assert message.startswith("unknown record type 'salesOrdr'")
    assert "did you mean 'salesOrder'" in message


# -- both sides together -----------------------------------------------------------------------------


def test_both_sides_together_are_a_contract(draft: Init, tmp_path: Path, salesforce: Any, netsuite: Any) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    saved = save(tmp_path / "order.json", netsuite, f"{CATALOG}/salesOrder", "application/schema+json")
    assert draft("--from", "netsuite", str(saved)).exit_code == 0
    contract = written(tmp_path)
    assert contract.crm_fields
    assert contract.erp_fields
    assert set(contract.owners) == {"sync", "source", "sink", "finance"}


@pytest.mark.parametrize("side", ["crm", "erp"])
def test_a_draft_is_a_contract_to_the_standards_own_models(
    draft: Init, tmp_path: Path, salesforce: Any, side: str
) -> None:
    from open_data_contract_standard.model import OpenDataContractStandard

    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    path = tmp_path / "contracts" / f"{FLOW}.{side}.yaml"
    assert OpenDataContractStandard.from_file(str(path)).status == "draft"


def test_what_only_people_know_is_marked(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    text = (tmp_path / "contracts" / f"{FLOW}.crm.yaml").read_text()
    assert "username: nobody-yet   # TO DO: who owns the flow" in text


def test_the_same_source_gives_the_same_draft(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    saved = str(describe(tmp_path, salesforce))
    draft("--from", "salesforce", saved)
    path = tmp_path / "contracts" / f"{FLOW}.crm.yaml"
    first = path.read_text()
    draft("--from", "salesforce", saved, "--force")
    assert path.read_text() == first


# -- nothing is lost ---------------------------------------------------------------------------------


def test_a_file_is_not_written_over(problem: Callable[..., str], draft: Init, tmp_path: Path, salesforce: Any) -> None:
    saved = str(describe(tmp_path, salesforce))
    draft("--from", "salesforce", saved)
    assert "mine.crm.yaml exists already (use --force" in problem("--from", "salesforce", saved)


def test_an_empty_beginning_that_somebody_edited_is_not_written_over(
    problem: Callable[..., str], draft: Init, tmp_path: Path, salesforce: Any, netsuite: Any
) -> None:
    draft("--from", "salesforce", str(describe(tmp_path, salesforce)))
    beginning = tmp_path / "contracts" / f"{FLOW}.erp.yaml"
    beginning.write_text(beginning.read_text().replace("nobody-yet", "erp-platform", 1))
    saved = save(tmp_path / "order.json", netsuite, f"{CATALOG}/salesOrder", "application/schema+json")
    assert "mine.erp.yaml exists already" in problem("--from", "netsuite", str(saved))


def test_force_leaves_the_other_side_alone(draft: Init, tmp_path: Path, salesforce: Any) -> None:
    saved = str(describe(tmp_path, salesforce))
    draft("--from", "salesforce", saved)
    other = tmp_path / "contracts" / f"{FLOW}.erp.yaml"
    other.write_text(other.read_text() + "# mine\n")
    draft("--from", "salesforce", saved, "--force")
    assert other.read_text().endswith("# mine\n")


# -- mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "salesforce"), "give either SOURCE or --url"),
        (("--from", "salesforce", "nowhere.json"), "cannot read nowhere.json: No such file"),
        (("--from", "records", "--url", "https://example.com"), "records come from a file"),
        (("--from", "salesforce", "--url", "http://example.com"), "'http://example.com' is not encrypted"),
        (("--from", "salesforce", "--url", "ftp://127.0.0.1"), "'ftp://127.0.0.1' is not a base URL"),
        (("--from", "salesforce", "--url", "https://me:secret@example.com"), "is not a base URL"),
        (("--from", "netsuite", "--side", "crm", "x.json"), "--side is for records"),
        (("--from", "salesforce", "--url", "http://127.0.0.1:1", "--object", "../x"), "'../x' is neither an object"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(problem: Callable[..., str], arguments: tuple[str, ...], message: str) -> None:
    assert message in problem(*arguments)


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("salesforce", "[1", "is not JSON"),
        ("salesforce", '{"name": "X"}', "is not a describe of Salesforce: Object missing required field `fields`"),
        ("salesforce", "[]", "no describe to draft from"),
        ("netsuite", "[]", "not a metadata catalogue"),
        ("netsuite", '{"title": "x"}', "has no properties of 'x'"),
        ("netsuite", '{"openapi": "3.0.1"}', "has no components.schemas"),
        ("netsuite", '{"properties": {"a": {"type": "string", "maxLength": -1}}}', "cannot be written as a contract"),
        ("records", "", "no record in source: it is empty"),
        ("records", "[]\n", "no record in source: line 1: it is not an object"),
    ],
)  # fmt: skip
def test_a_foreign_source_is_reported(
    problem: Callable[..., str], tmp_path: Path, kind: str, content: str, message: str
) -> None:
    path = tmp_path / "source"
    path.write_text(content)
    assert message in problem("--from", kind, str(path))
    assert not (tmp_path / "contracts").exists()


@rows("flow", ["../mine", "a b", ""])
def test_a_flow_has_the_name_of_a_file(tmp_path: Path, flow: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"Deal": {"Id": "1"}}\n')
    result = CliRunner().invoke(
        init, ["--from", "records", str(path), "--flow", flow, "--out", str(tmp_path / "c")], **AS_BELOW_GAMEDAY
    )
    assert "is not the name of a flow" in str(result.exception)


def test_a_refused_token_is_reported_without_it(problem: Callable[..., str], salesforce: Any) -> None:
    message = problem("--from", "salesforce", "--url", salesforce.url, token="not-a-token")
    assert "answers 401 (is the token in GAMEDAY_VENDOR_TOKEN still good?)" in message
    assert "not-a-token" not in message


@pytest.mark.slow
def test_no_redirect_is_followed_with_the_token(problem: Callable[..., str], redirecting: str) -> None:
    assert "answers 302" in problem("--from", "salesforce", "--url", redirecting, token="t")


@pytest.fixture
def redirecting() -> Any:
    """A server that sends everybody elsewhere."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("location", "https://example.invalid/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(timeout=30)


@pytest.mark.parametrize("label", ['x"\n- evil: 1', "a: b # c", "\x00\x85\u2028", "'", "*alias", "💶 é", "yes"])
def test_no_vendor_text_escapes_its_place(draft: Init, tmp_path: Path, label: str) -> None:
    field = {"name": "Id", "type": "id", "label": label, "nillable": False}
    values = [{"value": label, "active": True}]
    listed = {"name": "Kind", "type": "picklist", "picklistValues": values}
    fields = [field, {**listed, "restrictedPicklist": True}, {**listed, "name": "Free"}]
    path = tmp_path / "d.json"
    path.write_text(json.dumps({"name": "Deal", "fields": fields}))
    result = draft("--from", "salesforce", str(path))
    assert result.exit_code == 0, result.exception
    found = by_name(written(tmp_path).crm_fields)
    assert set(found) == {"Deal.Id", "Deal.Kind", "Deal.Free"}
    assert found["Deal.Kind"].constraints == {"enum": [label]}
