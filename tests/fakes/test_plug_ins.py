"""Fakes and fault kinds of other packages: they are found, served and checked like the bundled ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import httpx
import msgspec
import pytest

from gameday_fakes import fault_kinds, registry
from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.intercept import RequestFault
from gameday_fakes.registry import (
    FaultKind,
    catalogue_of,
    credentials_for,
    fake_kinds,
    register_fault_kind,
    unregister_fault_kind,
)
from gameday_fakes.serve import serving
from gameday_fakes.serve_options import ServeOptions
from support.control import ControlToken
from support.credentials import PAGERDUTY

BUNDLED_FAKES = (
    "alertmanager",
    "business-central",
    "dataverse",
    "email",
    "hubspot",
    "jira",
    "netsuite",
    "opsgenie",
    "oracle-fusion",
    "otlp",
    "pagerduty",
    "s4hana",
    "salesforce",
    "slack",
    "teams",
)
ERRORS = {"bad_body": 400, "not_found": 404, "method_not_allowed": 405, "server_error": 500, "rate_limited": 429}


class Sage(Fake):
    """An ERP that another package brings."""

    name = "sage"
    role = "erp"
    api_version = "v1"
    hosts = ("*.sage.example",)
    credentials: ClassVar = {"key": "sage-key"}
    routes = (Route("GET", "/orders/{id}", "order.read", "read_order"),)
    errors = tuple(ErrorKind(name, status) for name, status in ERRORS.items())

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        return Reply.json(ERRORS[kind], {"error": kind}, error=kind)

    def key_of(self, request: Request, route: Route) -> str | None:
        return request.params["id"]

    def reset(self) -> None:
        self.late: set[str] = set()

    def read_order(self, request: Request) -> Reply:
        """``GET /orders/{id}``."""
        return Reply.json(200, {"id": request.params["id"]})


def install(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, provided: Any) -> None:
    """Let a module find one entry point, which provides an object."""

    def found(*, group: str) -> list[EntryPoint]:
        return [EntryPoint(name, "package:object", group)]

    monkeypatch.setattr(EntryPoint, "load", lambda _: provided)
    monkeypatch.setattr(module, "entry_points", found)


@pytest.fixture
def sage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The ERP as an entry point."""

    install(monkeypatch, registry, "sage", Sage)
    fake_kinds.cache_clear()
    yield
    fake_kinds.cache_clear()


@pytest.mark.usefixtures("sage")
def test_a_fake_of_another_package_is_known_like_the_bundled_ones() -> None:
    assert list(fake_kinds()) == [*BUNDLED_FAKES, "sage"]
    assert catalogue_of("sage").operations == ("order.read",)
    assert credentials_for({"erp": "sage", "pager": "pagerduty"}) == {"erp": {"key": "sage-key"}, "pager": PAGERDUTY}
    with pytest.raises(ValueError, match=r"unknown operation 'order.write'; known: order.read"):
        catalogue_of("sage").check_rule({"kind": "http", "action": "drop", "operation": "order.write"})


@pytest.mark.slow
@pytest.mark.usefixtures("sage")
def test_a_fake_of_another_package_is_served_with_tls_and_a_control_plane() -> None:
    async def act() -> None:
        async with (
            serving(ServeOptions(tls=True)) as (fake_set, control),
            httpx.AsyncClient(auth=ControlToken(control, fake_set.token), trust_env=False) as client,
        ):
            assert (await client.get(f"{fake_set.urls['sage']}/orders/7")).json() == {"id": "7"}
            rule = {"kind": "http", "action": "reply", "error": "rate_limited", "operation": "order"}
            assert (await client.put(f"{control}/sage/faults/f", json=rule)).status_code == 204
            assert (await client.get(f"{fake_set.urls['sage']}/orders/7")).status_code == 429
            assert (await client.get(f"{control}/sage/catalogue")).json()["role"] == "erp"
            mounts = {"https://": httpx.AsyncHTTPTransport(proxy=fake_set.proxy_url, verify=_trusting(fake_set))}
            async with httpx.AsyncClient(mounts=mounts, trust_env=False) as tenant:
                assert (await tenant.get("https://acme.sage.example/orders/7")).status_code == 429

    asyncio.run(act())


def _trusting(fake_set: FakeSet) -> Any:
    import ssl

    return ssl.create_default_context(cafile=fake_set.authority_path)


def test_a_second_fake_of_a_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(Sage):
        name = "jira"

    install(monkeypatch, registry, "other", Other)
    fake_kinds.cache_clear()
    with pytest.raises(ValueError, match="two fakes are named 'jira'"):
        fake_kinds()
    fake_kinds.cache_clear()


# -- fault kinds --------------------------------------------------------------------------------------------


class LateShipping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Orders are shipped late."""

    days: int = 1


class Stamped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Replies are stamped, or refused before the request is carried out."""

    refused: tuple[str, ...] = ()


class StampFault(RequestFault):
    """Refuses some orders and stamps the replies for the others."""

    async def before(self, request: Request, route: Route, key: str | None) -> Reply | None:
        return self.fake.error("rate_limited") if key in self.params.refused else None

    async def after(self, request: Request, route: Route, key: str | None, reply: Reply) -> Reply | None:
        reply.headers.append((b"x-stamp", self.id.encode()))
        return None


def _ship_late(fake: Sage, fault_id: str, params: LateShipping) -> Any:
    fake.late.add(fault_id)
    fake.hit(fault_id, "order.write", None)
    return lambda: fake.late.discard(fault_id)


KINDS = (
    FaultKind(fake="sage", name="late_shipping", params=LateShipping, apply=_ship_late),
    FaultKind(fake="sage", name="stamped", params=Stamped, apply=StampFault),
)


@pytest.fixture
def erp() -> Iterator[Sage]:
    """The ERP with two fault kinds more."""
    for kind in KINDS:
        register_fault_kind(kind)
    clock = Clock()
    fake = Sage(clock, EventLog(clock))
    fake.start_again(7)
    yield fake
    for kind in KINDS:
        unregister_fault_kind(kind)


def ask(fake: Fake, order: str) -> Reply:
    return asyncio.run(fake.respond(Request("GET", f"/orders/{order}")))


def hits(fake: Fake) -> list[tuple[str, str | None]]:
    return [(e.value["fault"], e.value["order"]) for e in fake.events.after(0) if e.f == "hit"]


def test_an_added_kind_changes_the_fakes_state_until_it_is_healed(erp: Sage) -> None:
    erp.inject("f1", {"kind": "late_shipping", "days": "2"})
    assert (erp.late, hits(erp)) == ({"f1"}, [("f1", None)])
    erp.heal("f1")
    assert erp.late == set()


def test_an_added_kind_acts_before_and_after_requests_and_its_hits_are_recorded(erp: Sage) -> None:
    erp.inject("f1", {"kind": "stamped", "refused": ["7"]})
    refused, stamped = ask(erp, "7"), ask(erp, "8")
    assert (refused.status, stamped.status) == (429, 200)
    assert (b"x-stamp", b"f1") in stamped.headers
    assert hits(erp) == [("f1", "7"), ("f1", "8")]
    erp.heal("f1")
    assert ask(erp, "7").status == 200


def test_an_added_kind_is_in_the_catalogue_and_its_parameters_are_checked(erp: Sage) -> None:
    entry = next(each for each in erp.catalogue().fault_kinds if each.name == "late_shipping")
    assert entry.description == "Orders are shipped late."
    with pytest.raises(ControlError, match="unknown parameter 'weeks'; known: days"):
        erp.inject("f1", {"kind": "late_shipping", "weeks": 1})
    assert erp.faults() == {}


def test_an_added_kind_is_unknown_elsewhere_and_when_its_package_is_gone(erp: Sage) -> None:
    with pytest.raises(ValueError, match="netsuite knows no fault 'late_shipping'"):
        catalogue_of("netsuite").check_rule({"kind": "late_shipping"})
    unregister_fault_kind(KINDS[0])
    with pytest.raises(ControlError, match="sage knows no fault 'late_shipping'"):
        erp.inject("f1", {"kind": "late_shipping"})
    register_fault_kind(KINDS[0])


def test_a_kind_of_the_vendors_own_name_is_refused(erp: Sage) -> None:
    twice = FaultKind(fake="sage", name="http", params=LateShipping, apply=_ship_late)
    register_fault_kind(twice)
    with pytest.raises(ValueError, match="sage has two fault kinds 'http'"):
        erp.catalogue()
    unregister_fault_kind(twice)


def test_an_entry_point_that_is_no_fault_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, fault_kinds, "odd", print)
    fault_kinds._from_entry_points.cache_clear()
    with pytest.raises(ValueError, match=r"entry point 'odd' of 'gameday.fault_kinds' is not a FaultKind"):
        catalogue_of("jira")
    fault_kinds._from_entry_points.cache_clear()
