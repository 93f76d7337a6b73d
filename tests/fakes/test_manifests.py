"""Manifests: what is known of each vendor without its fake."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from gameday_fakes import manifests as found
from gameday_fakes.fake import Fake
from gameday_fakes.manifest import FLOW_ROLES, Manifest, loaded
from gameday_fakes.manifests import every, id_form_of, manifests, named_by, of_role, spellings, unloadable
from gameday_fakes.registry import fake_kinds
from support.rows import rows

SHORT, LONG = "0065g00000ABcdE", "0065g00000ABcdEAAT"


class Sage(Fake):
    """An ERP of another package, with a manifest of its own."""

    manifest = Manifest(name="sage", role="erp", hosts=("*.sage.example",), ports=(443, 8443), credentials={"key": "k"})


def test_every_bundled_vendor_has_a_manifest() -> None:
    assert list(manifests()) == list(fake_kinds())


@rows("name", manifests())
def test_a_fake_is_what_its_manifest_says(name: str) -> None:
    manifest, kind = manifests()[name], fake_kinds()[name]
    assert kind.manifest is manifest
    assert (kind.name, kind.role, kind.hosts, kind.host) == (name, manifest.role, manifest.hosts, manifest.host)
    assert kind.credentials == manifest.credentials
    assert manifest.title


@rows("name", manifests())
def test_what_a_manifest_names_exists(name: str) -> None:
    manifest = manifests()[name]
    parts = ("fake", "drafting", "organisation_import", "record_source", "messages", "corrections")
    assert [part for part in parts if (reference := getattr(manifest, part)) and loaded(reference) is None] == []


def test_a_flow_has_a_crm_and_an_erp() -> None:
    crms, erps = (set(of_role(role)) for role in FLOW_ROLES)
    assert "salesforce" in crms and "netsuite" in erps and not crms & erps


@pytest.mark.slow
def test_a_manifest_loads_no_fake_and_nothing_of_the_harness() -> None:
    code = (
        "import sys; from gameday_fakes.manifests import manifests; manifests();"
        "print([m for m in sys.modules if m.endswith(('.handlers', '.base')) and 'gameday' in m or m == 'gameday'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_fake_that_states_itself_gets_a_manifest() -> None:
    class Small(Fake):
        name = "small-erp"
        role = "erp"
        hosts = ("erp.example",)

    assert Small.manifest == Manifest(name="small-erp", role="erp", hosts=("erp.example",))


def test_a_fake_takes_its_name_and_role_from_its_manifest() -> None:
    assert (Sage.name, Sage.role, Sage.hosts, Sage.ports) == ("sage", "erp", ("*.sage.example",), (443, 8443))
    assert Sage.catalogue().fake == "sage"


def test_the_manifest_of_another_package_is_known_like_the_bundled_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, Sage)
    assert manifests()["sage"] is Sage.manifest
    assert {"netsuite", "sage"} <= set(of_role("erp"))


def test_an_entry_point_without_a_fake_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, object())
    assert "sage" not in manifests()
    assert unloadable() == ("plug-in 'sage' (package:object) is not a subclass of Fake",)


def test_a_package_that_cannot_be_loaded_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: EntryPoint) -> None:
        raise ImportError("No module\nnamed 'acme'")

    _install(monkeypatch, None)
    monkeypatch.setattr(EntryPoint, "load", broken)
    assert list(manifests()) == list(found.bundled_folders())
    assert unloadable() == ("plug-in 'sage' (package:object) cannot be loaded: ImportError: No module named 'acme'",)


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    yield
    found._known.cache_clear()


def _install(monkeypatch: pytest.MonkeyPatch, provided: Any) -> None:
    monkeypatch.setattr(EntryPoint, "load", lambda _: provided)
    monkeypatch.setattr(found, "entry_points", lambda *, group: [EntryPoint("sage", "package:object", group)])
    found._known.cache_clear()


def test_an_id_is_known_in_each_way_that_a_vendor_writes_it() -> None:
    assert spellings(SHORT) == (SHORT, LONG)
    assert spellings(LONG) == (LONG, SHORT)
    assert spellings(LONG.lower()) == (LONG.lower(), LONG, SHORT)
    # A checksum that makes a capital of a digit is wrong.
    assert spellings(f"{SHORT}555") == (f"{SHORT}555",)
    assert spellings("SO-1001") == ("SO-1001",)


@rows("text", [SHORT, LONG, "a0X5g00000AbCdE"])
def test_an_id_is_known_by_its_form(text: str) -> None:
    form = id_form_of(text)
    assert form is not None and form.what == "an id of Salesforce"


@rows("text", ["", "0065g00000ABcdEAAA", "acknowledgement", "006000000000001", "SO-1001", "0065g00000ABcd\u0131"])
def test_a_word_a_number_and_a_wrong_checksum_are_no_ids(text: str) -> None:
    assert id_form_of(text) is None


def test_a_reference_is_named_by_its_readable_field() -> None:
    assert named_by({"id": "1", "refName": "EUR"}) == "EUR"
    assert named_by({"id": "1"}) is None
    assert every("references") == ("refName", "id", "externalId")


def test_a_package_has_nothing_but_its_fake_to_be_asked_for() -> None:
    import gameday_fakes.netsuite as package

    assert package.FAKE is fake_kinds()["netsuite"]
    with pytest.raises(AttributeError, match=r"module 'gameday_fakes\.netsuite' has no attribute 'FAK'"):
        package.FAK  # noqa: B018
