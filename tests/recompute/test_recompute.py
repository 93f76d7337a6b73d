"""An independent script, without any code of the harness, comes to the same figures as the report."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.model.history import HistoryWriter
from gameday.model.rates import Rate, Rates
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import create
from gameday_reports import render
from judge.stories import STORIES, FullStory, by_hand, late_and_repaired
from recompute.__main__ import main
from recompute.compare import differences, stated

pytestmark = pytest.mark.slow  # a table of cases that takes seconds

NOW = datetime(2026, 3, 9, tzinfo=UTC)
RATES = Rates(
    "USD",
    (Rate("EUR", Decimal("1.0869"), date(2026, 1, 2)), Rate("JPY", Decimal("0.00661"), date(2026, 1, 2))),
)


def recorded(folder: Path, story: FullStory, rates: Rates = RATES) -> Path:
    """A judged run folder with its report."""
    case = story.case()
    contract = msgspec.structs.replace(case.contract, revenue_per_day=Decimal(250000), revenue_currency="EUR")
    run = create(folder, stack="s", scenario=case.scenario, contract=contract, pace=1, now=NOW, rates=rates)
    for name, history in (("history.jsonl", case.history), ("control.jsonl", case.control)):
        with HistoryWriter(run.dir / name) as writer:
            for op in history or ():
                writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
    check_run(run)
    render(run.dir)
    return run.dir


def everything_wrong() -> FullStory:
    """Each end state at least once, reported and not, in three currencies; an orphan, a void deal, an exit."""
    story = late_and_repaired().crowd()
    story.sale("L1", 90).sale("L2", 91).hit("L1", 92)
    story.sale("M1", 93).booked("M1", 95, total=Decimal("1.00"))
    story.sale("U1", 94).booked("U1", 96).booked("U1", 99)
    story.sale("V1", 95, state="void", changed_s=150.0).booked("V1", 97)
    story.sale("F1", 97).booked("F1", 99, fields={"region": "Apac"})
    story.sale("P1", 96).write("P1", 98, "fail", status=400).letter("P1")
    story.order("nobody", 120)
    story.alert("L1", "U1", at_s=500, key="late alert", text="record lock: L1; a duplicate: U1")
    story.op("exit", 400, {"pid": 7, "code": 1}, "info", "harness")
    story.op("requests", 1000, {"system": "netsuite", "operations": {"order.write": 40, "login": 3}}, "info", "harness")
    return story


def half_ticketed() -> FullStory:
    """Half of the late deals are in a ticket to the wrong owner, and an alarm comes before the fault."""
    story = late_and_repaired()
    story.sale("T1", 85).hit("T1", 86).booked("T1", 320)
    story.alert("T1", at_s=210, kind="ticket", owner="somebody else", first_seen="", payload=False)
    return story.alert("D0", at_s=30, key="early")  # type: ignore[return-value]


def broken_and_repaired() -> FullStory:
    """Deals that were right before the fault and are not, or not all the time, and credit memos; a later fault."""
    story = late_and_repaired().crowd()
    story.inject(500, 700, "rate limit")
    for number, total in enumerate(("7.00", str(story.crm["E1"].total), str(story.crm["E2"].total))):
        order = next(each for each in story.erp if each.keys["externalId"] == f"E{number}")
        at = story.erp.index(order)
        if number == 0:
            story.erp[at] = msgspec.structs.replace(order, total=Decimal(total), changed_s=400.0)
        elif number == 1:
            story.erp[at] = msgspec.structs.replace(order, state="cancelled", changed_s=400.0)
        write = {"order": order.id, "total": total, "state": "cancelled" if number == 1 else "open"}
        story.write(f"E{number}", 400, "ok", **(write if number < 2 else write | {"order": "SO-gone"}))
    story.write("E2", 900, "ok", order="SO-gone", total=str(story.crm["E2"].total), state="deleted")
    for deal, credited, lines in (("E3", 20, story.crm["E3"].lines), ("E4", 20, story.crm["E4"].lines[1:])):
        at = next(place for place, each in enumerate(story.erp) if each.keys["externalId"] == deal)
        bill = msgspec.structs.replace(story.erp[at].invoices[0], credited=Decimal(credited), lines=lines)
        bill = msgspec.structs.replace(bill, total=bill.total + credited)
        story.erp[at] = msgspec.structs.replace(story.erp[at], invoices=(bill,))
    at = next(place for place, each in enumerate(story.erp) if each.keys["externalId"] == "E5")
    [bill] = story.erp[at].invoices
    twice = msgspec.structs.replace(bill, id="INV-twice", credited=2 * bill.total)
    story.erp[at] = msgspec.structs.replace(story.erp[at], invoices=(twice, bill))
    for deal, taken_back in (("Z1", 100), ("Z2", 99)):
        # It comes to nothing since, and its invoice was credited: in full, or not quite.
        story.sale(deal, 95)
        given = msgspec.structs.replace(story.crm[deal].lines[0], amount=-story.crm[deal].lines[1].amount)
        lines = (given, story.crm[deal].lines[1])
        story.crm[deal] = msgspec.structs.replace(story.crm[deal], total=Decimal(0), lines=lines)
        story.booked(deal, 97)
        order = story.erp[-1]
        bill = msgspec.structs.replace(order.invoices[0], total=Decimal(100), credited=Decimal(taken_back))
        story.erp[-1] = msgspec.structs.replace(order, invoices=(bill,))
        write = {"invoice": bill.id, "order": order.id, "total": "100", "currency": bill.currency}
        story.write(deal, 120, "ok", f="invoice_write", **write, state="credited" if taken_back == 100 else "open")
    story.sale("H1", 95).booked("H1", 97, lines=(), total=Decimal(0), currency="CHF", invoice=None)
    story.sale("W1", 703).booked("W1", 712).alert("W1", at_s=704, key="just after").alert("W1", at_s=711, key="later")
    story.alert("E1", "H1", at_s=600, key="flapping").alert(at_s=20, key="flapping")
    return story.alert(at_s=30, key="flapping", action="resolve")  # type: ignore[return-value]


MORE = {
    "everything wrong": everything_wrong, "half ticketed": half_ticketed, "broken and repaired": broken_and_repaired
}  # fmt: skip


@pytest.mark.parametrize("name", [*STORIES, *MORE])
def test_the_recomputed_figures_are_those_of_the_report(tmp_path: Path, name: str) -> None:
    make: Callable[[], FullStory] = (STORIES | MORE)[name]
    assert differences(recorded(tmp_path, make())) == []


def test_without_a_rate_both_miss_the_same_sums(tmp_path: Path) -> None:
    run = recorded(tmp_path, everything_wrong(), Rates("USD"))
    assert differences(run) == []
    assert stated(run)["not booked"] is None


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool | dict | list) or value is None:
        return value
    if isinstance(value, int | float):
        return value + 1
    try:
        return str(Decimal(value) + 1)
    except ArithmeticError:
        return "C" if value != "C" else "B"


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("scorecard.json", "orders"),
        ("scorecard.json", "states.late.orders"),
        ("scorecard.json", "states.lost.amount"),
        ("scorecard.json", "unreported.money_share"),
        ("scorecard.json", "detection.points"),
        ("scorecard.json", "recovery.points"),
        ("scorecard.json", "detection.factor.value"),
        ("scorecard.json", "grade"),
        ("scorecard.json", "interventions_per_1000"),
        ("scorecard.json", "false_alarms"),
        ("scorecard.json", "revenue.not_booked.amount"),
        ("scorecard.json", "revenue.booked_late.amount"),
        ("scorecard.json", "revenue.late_longest_s"),
        ("scorecard.json", "revenue.over_invoiced.amount"),
        ("results.json", "times.detect_s"),
        ("results.json", "times.catch_up_s"),
        ("results.json", "requests.order_writes"),
    ],
)
def test_a_report_with_another_figure_is_found(tmp_path: Path, file: str, path: str) -> None:
    run = recorded(tmp_path, by_hand() if "times" in path else everything_wrong())
    document = json.loads((run / file).read_text(encoding="utf-8"))
    *parents, last = path.split(".")
    inner = document
    for name in parents:
        inner = inner[name]
    inner[last] = changed(inner[last])
    (run / file).write_text(json.dumps(document), encoding="utf-8")
    assert differences(run)


def test_the_command_counts_the_runs_that_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(tmp_path, late_and_repaired())
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith(" figures, 0 runs that differ\n")
    run = recorded(tmp_path, everything_wrong())
    card = json.loads((run / "scorecard.json").read_text(encoding="utf-8"))
    (run / "scorecard.json").write_text(json.dumps({**card, "orphans": 7}), encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert f"{run.name}: orphans: 7 in the report, 1 recomputed" in capsys.readouterr().out


def test_without_a_judged_run_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "no judged run in" in capsys.readouterr().err


def test_the_script_imports_nothing_of_the_harness() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        if path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0].startswith("gameday")], path


def test_what_eight_hours_would_cost_is_among_the_compared_figures(tmp_path: Path) -> None:
    assert stated(recorded(tmp_path, everything_wrong()))["outage not booked"] > "0"
