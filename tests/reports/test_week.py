"""The weekly review: a sentence that agrees with its figures, and four metrics with every run's own value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gameday.scoring.results.incidents import Fix, Incident, SeenDrift
from gameday_reports.dashboard import Production, build
from support import example_runs as examples

pytestmark = pytest.mark.usefixtures("judged_as_written")

record, times = examples.record, examples.times
BEFORE, NOW = "2026-02-27T08:00:00+00:00", "2026-03-09T08:00:00+00:00"
BAD: dict[str, Any] = {"word": "failed", "unreported": 4}


def week(runs: Path) -> dict[str, Any]:
    found: dict[str, Any] = examples.figures(runs)["week"]
    return found


def values(runs: Path) -> dict[str, str]:
    found = week(runs)
    return dict(zip((metric["name"] for metric in found["metrics"]), found["rows"][0]["this"], strict=True))


def test_the_sentence_says_that_orders_went_wrong_unreported(runs: Path) -> None:
    record(runs, started=NOW, **BAD)
    record(runs, started=NOW, seed=2)
    sentence = week(runs)["sentence"]
    assert sentence == "2 runs: 1 failed. In 1 of them orders ended wrong and no alert or ticket named them."


def test_an_inconclusive_run_claims_no_loss(runs: Path) -> None:
    record(runs, started=BEFORE)
    record(runs, started=NOW, **(BAD | {"word": "inconclusive", "not_booked": "400", "detection": 10.0}))
    found = week(runs)
    assert found["sentence"] == "1 run: 1 inconclusive. 1 run worse than before."
    assert [change["what"] for change in found["broke"]] == [["passed, now inconclusive"]]
    assert values(runs)["Failure rate"] == "inconclusive"


def test_the_sentence_says_what_became_worse(runs: Path) -> None:
    record(runs, started=BEFORE)
    record(runs, started=NOW, **BAD)
    assert week(runs)["sentence"].endswith("1 run worse than before.")


def test_that_nothing_is_worse_is_no_praise_for_what_failed_before(runs: Path) -> None:
    record(runs, started=BEFORE, **BAD)
    record(runs, started=NOW, **BAD)
    assert week(runs)["nothing_broke"].endswith("what failed had failed before.")


def test_of_a_run_without_an_earlier_one_it_is_not_said_that_it_had_failed_before(runs: Path) -> None:
    record(runs, started=BEFORE)
    record(runs, started=NOW)
    record(runs, started=NOW, stack="brittle", **BAD)
    said = "Nothing is worse than in the previous comparable run; 1 run has no earlier one."
    assert week(runs)["nothing_broke"] == said


def test_without_an_earlier_run_nothing_can_be_worse(runs: Path) -> None:
    record(runs, started=NOW, **BAD)
    assert week(runs)["nothing_broke"] == "No run of this week has an earlier one to be compared with."


def test_a_week_without_runs_says_so(runs: Path) -> None:
    record(runs, started="2026-01-20T08:00:00+00:00")
    assert week(runs)["sentence"] == "No runs this week."
    assert "no runs the week before" in examples.page(runs, "week.html")


def test_every_run_has_its_own_value(runs: Path) -> None:
    record(runs, started=NOW, seed=1, when=times(30.0, 60.0))
    record(runs, started=NOW, seed=2, when=times(30.0, 90.0), interventions=20.0)
    found = values(runs)
    assert found["Time to repair"] == "1 min; 1 min 30 s"
    assert found["Manual interventions per 1,000 orders"] == "0; 20"
    assert found["From a schema change to its fix"] == "1 min 50 s; 2 min 20 s"


def test_the_failure_rate_is_a_share_of_records_and_late_ones_are_none(runs: Path) -> None:
    record(runs, started=NOW, affected=10)
    assert values(runs)["Failure rate"] == "0 of 100 (0%)"


def test_what_was_not_repaired_has_no_time(runs: Path) -> None:
    record(runs, started=NOW, when=times(None, None))
    found = values(runs)
    assert (found["Time to repair"], found["From a schema change to its fix"]) == ("not repaired", "not fixed")


def test_a_scenario_without_a_schema_change_measures_no_fix(runs: Path) -> None:
    record(runs, started=NOW, faults=["record lock"])
    assert values(runs)["From a schema change to its fix"] == "not measured"


def test_a_week_in_which_a_scenario_did_not_run_says_no_runs(runs: Path) -> None:
    record(runs, started=NOW)
    assert week(runs)["rows"][0]["last"] == ["no runs"] * 4


def test_the_mail_says_what_became_worse_and_who_decides(runs: Path) -> None:
    record(runs, started=BEFORE)
    record(runs, started=NOW, not_booked="400", **BAD)
    mail = examples.page(runs, "week.md")
    assert "durable would lose money in 1 of 1 scenario." in mail
    assert f"- {examples.RENAMED} (durable, seed 1): passed, now failed" in mail
    assert f"- Fix or accept what durable loses: {examples.RENAMED}: rev-ops" in mail


def test_the_mail_of_a_week_without_runs_says_so(runs: Path) -> None:
    assert "No runs this week." in examples.page(runs, "week.md")


def test_text_from_outside_has_no_meaning_in_the_mail(runs: Path) -> None:
    record(runs, started=NOW, scenario="[x](http://y)", not_booked="400", **BAD)
    assert "[x](http" not in examples.page(runs, "week.md")


def shown_week(runs: Path, production: Production) -> str:
    now = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
    build(runs, runs / "site", now=now, production=production)
    return (runs / "site" / "week.html").read_text(encoding="utf-8") + (runs / "site" / "week.md").read_text()


def real_incident(began: str, repaired: str = "") -> Incident:
    return Incident("a flow", began, began, repaired, 3, 60, Decimal(90), "EUR", f"<b>of {began}", began, "")


def test_real_incidents_and_real_changes_are_apart_from_drills(runs: Path) -> None:
    record(runs, started=NOW)
    old, new = "2026-01-01T08:00:00+00:00", "2026-03-09T06:00:00+00:00"
    drift = SeenDrift("a flow", "crm", "digest", ("a field was renamed",), new, "")
    found = Production(
        [real_incident(old), real_incident("2026-01-02T08:00:00+00:00", NOW), real_incident(new, NOW)],
        [Fix(drift), Fix(drift, "mine 2.0", "prod", "2026-03-09T09:00:00+00:00")],
        known=True,
    )
    text = shown_week(runs, found)
    # Of two old ones, the one that is still open.
    assert "&lt;b&gt;of 2026-01-01" in text
    assert "&lt;b&gt;of 2026-01-02" not in text
    assert "3 of 60 (5%) failed; time to detect: 0 s; time to repair: 2 h" in text
    assert "a change seen on 2026-03-09 06:00 UTC; until the fix was deployed: 3 h" in text
    assert "until the fix was deployed: still open" in text


def test_without_a_store_of_results_nothing_is_known_of_production(runs: Path) -> None:
    record(runs, started=NOW)
    assert "Not known: no store of results is configured" in shown_week(runs, Production())


def test_an_open_action_of_an_earlier_week_is_carried_over(runs: Path) -> None:
    for started in (BEFORE, NOW):
        folder = record(runs, started=started)
        (folder / "postmortem.yaml").write_text(
            "actions:\n  - {type: detect, what: Count, owner: x, due: 2026-03-12}\n"
        )
    assert examples.page(runs, "week.html").count(", carried over") == 1


def test_the_slide_says_what_the_first_screen_and_the_week_say(runs: Path) -> None:
    record(runs, started=NOW, **BAD)
    slide, first = examples.page(runs, "slide.html"), examples.page(runs, "index.html")
    headline = first.partition("<h1>")[2].partition("</h1>")[0]
    assert headline in slide
    assert week(runs)["sentence"] in slide
    assert "size: 320mm 180mm" in slide
