"""Associations under types and labels, one by one and in batches, in both versions."""

from __future__ import annotations

from typing import Any

from fakes.hubspot.conftest import Crm, code_of

PLAIN = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341}]
PRIMARY = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]


def labels(crm: Crm, path: str) -> dict[str, list[Any]]:
    """By the other record's id, the labels of an association."""
    found = crm.call("GET", f"/crm/v4/objects/{path}").json()["results"]
    return {str(each["toObjectId"]): [of["label"] for of in each["associationTypes"]] for each in found}


def test_a_won_deal_is_associated_with_its_company_and_its_lines(crm: Crm) -> None:
    deal, company = crm.close_deal(), crm.seeded["accounts"]["A-1"]
    assert labels(crm, f"deals/{deal}/associations/companies") == {company: [None, "Primary"]}
    assert labels(crm, f"companies/{company}/associations/deals") == {deal: [None, "Primary"]}
    assert len(crm.lines_of(deal)) == 2
    read = crm.read("deals", deal, associations="line_items,companies")["associations"]
    assert {each["type"] for each in read["line items"]["results"]} == {"deal_to_line_item"}
    assert {each["id"] for each in read["companies"]["results"]} == {company}


def test_a_new_record_comes_with_its_associations(crm: Crm) -> None:
    company = crm.seeded["accounts"]["A-1"]
    deal = crm.create("deals", [{"to": {"id": company}, "types": PRIMARY}], dealname="x", dealstage="contractsent")
    assert labels(crm, f"deals/{deal}/associations/companies") == {company: ["Primary"]}
    body = {"properties": {"dealname": "x", "dealstage": "contractsent"}}
    for wanted in (
        [{"to": {"id": "5"}, "types": PRIMARY}],
        [{"to": {"id": company}, "types": [{"associationTypeId": 3}]}],
    ):
        reply = crm.call("POST", "/crm/v3/objects/deals", {**body, "associations": wanted})
        assert code_of(reply) == (400, "VALIDATION_ERROR")
    assert len(crm.call("GET", "/crm/v3/objects/deals").json()["results"]) == 1


def test_a_deal_has_one_primary_company(crm: Crm) -> None:
    deal, first, second = crm.deal(), *crm.seeded["accounts"].values()
    for company in (first, second):
        reply = crm.call("PUT", f"/crm/v4/objects/deals/{deal}/associations/companies/{company}", PRIMARY)
        assert (reply.status_code, reply.json()["labels"]) == (201, ["Primary"])
    assert labels(crm, f"deals/{deal}/associations/companies") == {first: [None], second: [None, "Primary"]}


def test_an_association_is_taken_away_with_all_its_types(crm: Crm) -> None:
    deal, company = crm.close_deal(), crm.seeded["accounts"]["A-1"]
    path = f"/crm/v4/objects/deals/{deal}/associations/companies/{company}"
    assert crm.call("DELETE", path).status_code == 204
    assert labels(crm, f"companies/{company}/associations/deals") == {}


def test_the_default_association_is_the_plain_one(crm: Crm) -> None:
    deal, company = crm.deal(), crm.seeded["accounts"]["A-1"]
    reply = crm.call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}")
    specs = [each["associationSpec"]["associationTypeId"] for each in reply.json()["results"]]
    assert (reply.status_code, specs) == (200, [341, 342])


def test_a_batch_reads_associations_and_says_where_there_are_none(crm: Crm) -> None:
    deal, lonely = crm.close_deal(), crm.deal()
    reply = crm.call(
        "POST", "/crm/v4/associations/deals/line_items/batch/read", {"inputs": [{"id": deal}, {"id": lonely}]}
    )
    body = reply.json()
    assert reply.status_code == 207
    assert [(each["from"]["id"], len(each["to"])) for each in body["results"]] == [(deal, 2)]
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_batches_create_and_archive_associations(crm: Crm) -> None:
    deal, company, root = crm.deal(), crm.seeded["accounts"]["A-1"], "/crm/v4/associations/deals/companies/batch"
    pair = {"from": {"id": deal}, "to": {"id": company}}
    made = crm.call("POST", f"{root}/create", {"inputs": [{**pair, "types": PRIMARY}]})
    assert (made.status_code, made.json()["results"][0]["labels"]) == (201, ["Primary"])
    assert crm.call("POST", f"{root}/labels/archive", {"inputs": [{**pair, "types": PRIMARY}]}).status_code == 204
    assert labels(crm, f"deals/{deal}/associations/companies") == {company: [None]}
    archived = crm.call("POST", f"{root}/archive", {"inputs": [{**pair, "to": [{"id": company}]}]})
    assert archived.status_code == 204
    assert labels(crm, f"deals/{deal}/associations/companies") == {}
    plain = crm.call("POST", f"{root}/associate/default", {"inputs": [pair]})
    assert (plain.status_code, len(plain.json()["results"])) == (200, 2)


def test_an_account_has_labels_of_its_own(crm: Crm) -> None:
    root = "/crm/v4/associations/deals/companies/labels"
    made = crm.call("POST", root, {"name": "payer", "label": "Pays", "inverseLabel": "Paid by"}).json()["results"]
    assert [(each["category"], each["label"]) for each in made] == [
        ("USER_DEFINED", "Pays"),
        ("USER_DEFINED", "Paid by"),
    ]
    deal, company = crm.deal(), crm.seeded["accounts"]["A-1"]
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": made[0]["typeId"]}]
    crm.call("PUT", f"/crm/v4/objects/deals/{deal}/associations/companies/{company}", types)
    assert labels(crm, f"companies/{company}/associations/deals") == {deal: [None, "Paid by"]}
    changed = crm.call("PUT", root, {"associationTypeId": made[0]["typeId"], "label": "Payer"})
    assert changed.status_code == 204
    assert "Payer" in {each["label"] for each in crm.call("GET", root).json()["results"]}
    assert crm.call("DELETE", f"{root}/{made[0]['typeId']}").status_code == 204
    assert crm.call("DELETE", f"{root}/5").status_code == 404


def test_types_of_another_direction_or_pair_are_refused(crm: Crm) -> None:
    deal, company = crm.deal(), crm.seeded["accounts"]["A-1"]
    path = f"/crm/v4/objects/deals/{deal}/associations/companies/{company}"
    bodies: list[Any] = [[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 6}], [{}], {}, [], "x"]
    for body in bodies:
        assert code_of(crm.call("PUT", path, body)) == (400, "VALIDATION_ERROR")
    product = crm.seeded["products"]["SKU-1"]
    assert crm.call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/products/{product}").status_code == 400


def test_the_third_version_names_its_types(crm: Crm) -> None:
    deal, company = crm.deal(), crm.seeded["accounts"]["A-1"]
    path = f"/crm/v3/objects/deals/{deal}/associations/companies"
    assert crm.call("PUT", f"{path}/{company}/deal_to_company").status_code == 200
    assert crm.call("GET", path).json() == {"results": [{"id": company, "type": "deal_to_company"}]}
    root, pair = "/crm/v3/associations/deals/companies", {"from": {"id": deal}, "to": {"id": company}}
    assert {"id": "5", "name": "deal_to_company_primary"} in crm.call("GET", f"{root}/types").json()["results"]
    typed = {"inputs": [{**pair, "type": "deal_to_company"}]}
    assert crm.call("POST", f"{root}/batch/create", typed).status_code == 201
    read = crm.call("POST", f"{root}/batch/read", {"inputs": [{"id": deal}]}).json()
    assert read["results"][0]["to"] == [{"id": company, "type": "deal_to_company"}]
    assert crm.call("POST", f"{root}/batch/archive", typed).status_code == 204
    assert crm.call("DELETE", f"{path}/{company}/nonsense").status_code == 400


def test_under_an_id_that_a_merge_has_changed_there_are_no_associations(crm: Crm) -> None:
    deal, other = crm.close_deal(), crm.deal()
    body = {"primaryObjectId": deal, "objectIdToMerge": other}
    merged = crm.call("POST", "/crm/v3/objects/deals/merge", body).json()["id"]
    assert crm.lines_of(deal) == []
    assert len(crm.lines_of(merged)) == 2


def test_a_deals_lines_are_counted_and_change_when_it_was_modified(crm: Crm) -> None:
    deal = crm.deal()
    before = crm.read("deals", deal)["properties"]["hs_lastmodifieddate"]
    item = crm.create("line_items", name="x")
    crm.call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/line_items/{item}")
    own = crm.read("deals", deal, properties="hs_num_of_associated_line_items")["properties"]
    assert own["hs_num_of_associated_line_items"] == "1"
    assert own["hs_lastmodifieddate"] > before
