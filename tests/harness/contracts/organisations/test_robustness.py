"""Whatever a source holds, an import ends with an organisation or with one line."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.sources import finish, take_source
from gameday_fakes.organisation import FieldSpec, ObjectSpec, OrganisationError, read_organisation
from gameday_fakes.registry import kinds_in
from support.large_describe import large_describe

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
NAMES = st.sampled_from(
    (
        *("name", "type", "fields", "label", "length", "picklistValues", "referenceTo", "value", "defaultValue"),
        *("properties", "enum", "items", "readOnly", "nullable", "title", "components", "schemas", "salesOrder"),
        *("$ref", "allOf", "id", "refName", "maxLength", "format", "childRelationships", "childSObject"),
        *("relationshipName", "required", "values"),
    )
)
TYPES = st.sampled_from(("string", "picklist", "reference", "object", "array", "currency", "boolean", "date", "select"))
VALUES = st.recursive(
    SCALARS | TYPES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)
PROPERTIES = ("memo", "custbody_x", "item", "links", "department", "a b")
XML = st.recursive(
    st.sampled_from(("", "true", "Text", "Picklist", "Lookup", "Number", "X__c", "Account", "12", '"a"', "TODAY()")),
    lambda inner: st.lists(
        st.tuples(
            st.sampled_from(
                (
                    *("fullName", "type", "label", "length", "referenceTo", "valueSet", "valueSetDefinition", "value"),
                    *("defaultValue", "precision", "scale", "required", "unique", "formula", "nameField", "fields"),
                )
            ),
            inner,
        ),
        max_size=6,
    ).map(lambda parts: "".join(f"<{name}>{text}</{name}>" for name, text in parts)),
    max_leaves=25,
)


def import_one(name: str, text: str) -> None:
    """Import a source; what is written can be served."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "objects" / "Account" / "fields" / name
        source.parent.mkdir(parents=True)
        source.write_text(text, encoding="utf-8")
        found = Imported()
        try:
            take_source(found, source if name.endswith(".json") else Path(folder))
            finish(found)
            found.write(Path(folder) / "to", force=False)
        except GamedayError as problem:
            assert "\n" not in str(problem)
            return
        assert [note for note in found.notes if "\n" in note] == []
        kinds_in(str(Path(folder) / "to"))


@pytest.mark.slow
@given(VALUES)
def test_any_json_is_imported_or_refused(document: Any) -> None:
    import_one("source.json", json.dumps(document))


@pytest.mark.slow
@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=8), max_size=4), VALUES)
def test_any_describe_is_imported_or_refused(fields: list[dict[str, Any]], more: Any) -> None:
    described = [{"name": f"F{number}__c", "type": "string", **field} for number, field in enumerate(fields)]
    import_one("source.json", json.dumps({"name": "Opportunity", "childRelationships": more, "fields": described}))
    import_one("source.json", json.dumps({"name": "Opportunity", "fields": described}))


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(PROPERTIES), VALUES, max_size=6))
def test_any_catalogue_is_imported_or_refused(properties: dict[str, Any]) -> None:
    import_one("source.json", json.dumps({"title": "salesOrder", "properties": properties}))
    import_one("source.json", json.dumps({"openapi": "3", "components": {"schemas": {"salesOrder": properties}}}))


@pytest.mark.slow
@given(XML)
def test_any_field_of_a_project_is_imported_or_refused(inner: str) -> None:
    import_one("X__c.field-meta.xml", f"<CustomField><fullName>X__c</fullName>{inner}</CustomField>")


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=8) | NAMES, VALUES, max_size=5), st.sampled_from(("salesforce", "netsuite")))
def test_any_file_of_an_organisation_is_read_or_refused(content: dict[str, Any], vendor: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / vendor / "salesOrder.json"
        path.parent.mkdir()
        path.write_text(json.dumps(content), encoding="utf-8")
        with contextlib.suppress(OrganisationError):
            read_organisation(Path(folder))
            kinds_in(folder)


def test_of_a_field_that_a_describe_has_twice_the_first_counts() -> None:
    described = large_describe()
    described["fields"].append({"name": "custom_010__c", "type": "string"})
    import_one("source.json", json.dumps(described))


def test_a_default_that_a_field_would_refuse_is_noted() -> None:
    imported = Imported()
    fields = {"A__c": FieldSpec("string", length=2, default="long"), "B__c": FieldSpec("double", default="7")}
    imported.add("salesforce", ObjectSpec("Account", fields=fields))
    finish(imported)
    assert [field.default for field in imported.objects["salesforce"]["Account"].fields.values()] == [None, "7"]
    assert imported.notes == ["Account.A__c: its default 'long' is none that it takes, so new records do not have it"]
