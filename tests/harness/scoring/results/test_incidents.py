"""Real incidents, and changes of a system until their fix is deployed, as they are kept in a store of results."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.scoring.results import deployments, incidents
from gameday.scoring.results.deployments import ContractText, record_deployment
from gameday.scoring.results.incidents import Incident, fixes, moment, record_drift, record_incident
from gameday.scoring.results.store import Store, open_store

FLOW = "closed-won-to-sales-order"
BEGAN = "2026-12-01T08:00:00+00:00"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "results"))


def incident(**more: Any) -> Incident:
    known = Incident(FLOW, BEGAN, "", "", 2, 40, Decimal("100.50"), "EUR", "a lock", BEGAN, "somebody")
    return msgspec.structs.replace(known, **more)


def at(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    """What is recorded from here on is recorded at that time."""
    for module in (incidents, deployments):
        monkeypatch.setattr(module, "time_now", lambda: f"2026-12-{time}:00+00:00")


def test_a_later_report_of_an_incident_replaces_the_earlier_one(store: Store) -> None:
    record_incident(store, incident())
    record_incident(store, incident(repaired="2026-12-01T10:30:00+00:00"))
    record_incident(store, incident(began="2026-11-30T08:00:00+00:00"))
    found = incidents.incidents(store)
    assert [(each.began, each.repair_s) for each in found] == [("2026-11-30T08:00:00+00:00", None), (BEGAN, 9000.0)]


def test_an_incident_that_was_edited_does_not_count(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "results" / record_incident(store, incident()) / "incident.json"
    path.write_bytes(path.read_bytes().replace(b"100.50", b"000.50"))
    assert incidents.incidents(store) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"detected": "2026-12-01T07:00:00+00:00"}, "detected .* is before the incident began"),
        ({"failed": 41}, "41 failed of 40 records"),
    ],
)
def test_what_cannot_be_is_refused(store: Store, more: dict[str, Any], message: str) -> None:
    with pytest.raises(GamedayError, match=message):
        record_incident(store, incident(**more))


def test_a_time_without_a_zone_is_utc() -> None:
    assert moment("2026-12-01T08:00", "--began") == moment("2026-12-01T09:00+01:00", "--began") == BEGAN
    with pytest.raises(GamedayError, match=r"--began 'noon' is not a time \(such as"):
        moment("noon", "--began")


def deployed(store: Store, digest: str, *, kind: Any = "stack") -> None:
    record_deployment(store, "prod", kind, "mine", "2.0", (ContractText(FLOW, "2", digest, {}),))


def test_a_change_is_fixed_by_the_first_deploy_of_a_stack_under_another_contract(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "01T07:00")
    deployed(store, "new")
    at(monkeypatch, "01T08:00")
    assert record_drift(store, FLOW, "crm", "old", ["a field was renamed"])
    at(monkeypatch, "01T09:00")
    assert record_drift(store, FLOW, "crm", "old", ["a field was renamed"]) == ""
    deployed(store, "old")
    deployed(store, "new", kind="crm")
    (fix,) = fixes(store)
    assert (fix.deployed, fix.took_s) == ("", None)
    for time in ("02T08:00", "03T08:00"):
        at(monkeypatch, time)
        deployed(store, "new")
    (fix,) = fixes(store)
    assert (fix.stack, fix.environment) == ("mine 2.0", "prod")
    assert fix.took_s == datetime.timedelta(days=1).total_seconds()


def gameday(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["record-incident", "--flow", FLOW, "--failed", "2", "--of", "40", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_command_keeps_no_personal_data(tmp_path: Path) -> None:
    address = str(tmp_path / "results")
    more = ("--not-booked", "1200.50 EUR", "--cause", "asked jo@example.com, password=hunter22")
    assert gameday("--began", "2026-12-01T08:00", *more, "--results", address) == 0
    (found,) = incidents.incidents(open_store(address))
    assert (found.not_booked, found.currency) == (Decimal("1200.50"), "EUR")
    assert found.cause == "asked [e-mail address], password=[secret]"


@pytest.mark.parametrize("amount", ["1200", "much EUR", "NaN EUR", "-1 EUR", "1e999999 EUR", "5 euro"])
def test_an_amount_without_its_currency_is_refused(
    tmp_path: Path, amount: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gameday("--began", BEGAN, "--not-booked", amount, "--results", str(tmp_path / "results")) == 2
    assert "is not an amount with its currency" in capsys.readouterr().err
