"""The postmortem: its contents, that it is self-contained, and that it has no active content."""

from __future__ import annotations

import itertools
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gameday.model.checker import Result, Verdict
from gameday_reports import render
from gameday_reports.document import as_markdown
from gameday_reports.postmortem.context import context
from gameday_reports.postmortem.evidence import ROWS
from gameday_reports.postmortem.leader import NO_EVIDENCE, faults_in_words
from gameday_reports.recorded import RecordedRun
from gameday_reports.tabletop import kit

SECTIONS = (
    "Summary", "Message for leadership", "Impact", "Hypothesis and result", "Timeline", "Times", "Backlog and latency",
    "Detection gap", "Cause", "Analysis", "Actions", "Decisions", "Repair list", "Scores", "Evidence by deal",
    "Operations cited", "Glossary", "Method and versions",
)  # fmt: skip


class Html(SingleFileSnapshotExtension):
    """A snapshot that a browser opens."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"


class Markdown(SingleFileSnapshotExtension):
    """A snapshot that reads as what it is."""

    _write_mode = WriteMode.TEXT
    file_extension = "md"


class Page(HTMLParser):
    """The elements of a page with their attributes, in order, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            continue

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.texts.append((self._inside[-1], data.strip()))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, snapshot_dir: Path) -> Path:
    """The run of the snapshots with its postmortem, only to be read: forty tests look at it."""
    folder = Path(shutil.copytree(snapshot_dir, tmp_path_factory.mktemp("rendered") / snapshot_dir.name))
    render(folder)
    return folder


@pytest.fixture
def html(rendered: Path) -> str:
    return (rendered / "postmortem.html").read_text(encoding="utf-8")


@pytest.fixture
def markdown(rendered: Path) -> str:
    return (rendered / "postmortem.md").read_text(encoding="utf-8")


def test_the_page_matches_its_snapshot(html: str, snapshot: SnapshotAssertion) -> None:
    # The style sheet is a file by itself; here it only has to be there.
    page, styles = re.subn(r"<style>.*?</style>", "<style></style>", html, flags=re.DOTALL)
    assert styles == 1
    assert page == snapshot(extension_class=Html)


def test_the_markdown_matches_its_snapshot(markdown: str, snapshot: SnapshotAssertion) -> None:
    assert markdown == snapshot(extension_class=Markdown)


def test_rendering_again_gives_the_same_bytes(run_dir: Path) -> None:
    first = {path.name: path.read_bytes() for path in render(run_dir)}
    assert {path.name: path.read_bytes() for path in render(run_dir)} == first


# -- self-contained, without active content ----------------------------------------------------------


def test_the_page_loads_nothing_from_outside(html: str) -> None:
    page = Page(html)
    links = [a[name] for _, a in page.elements for name in ("href", "src", "action", "data", "srcset") if name in a]
    assert [link for link in links if not str(link).startswith(("#", "data:,"))] == []
    assert not re.search(r"@import|url\(", html)


def test_the_page_has_no_script_and_forbids_any(html: str) -> None:
    page = Page(html)
    assert not page.named("script")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    policy = next(a["content"] for a in page.named("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none'")


def test_every_section_is_there_in_both_forms(html: str, markdown: str) -> None:
    assert tuple(text for tag, text in Page(html).texts if tag == "h2") == SECTIONS
    # Markdown cannot link to a line of the history, so it has only the index.
    expected = tuple(name for name in SECTIONS if name != "Operations cited")
    assert tuple(re.findall(r"^## (.*)$", markdown, re.MULTILINE)) == expected


def test_headings_skip_no_level(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(html: str) -> None:
    page = Page(html)
    assert len(page.named("caption")) == len(page.named("table")) > 5
    assert all(cell.get("scope") in ("col", "row") for cell in page.named("th"))


def test_every_chart_has_a_description_in_words(html: str) -> None:
    page = Page(html)
    ids = {a["id"] for _, a in page.elements if "id" in a}
    charts = [a for a in page.named("svg") if a.get("role") == "img"]
    assert len(charts) == 3
    assert all(set(str(chart["aria-labelledby"]).split()) <= ids for chart in charts)


def test_ids_are_unique_and_the_contents_link_to_them(html: str) -> None:
    page = Page(html)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for a in page.named("a")} <= set(ids)


def test_scrolling_boxes_are_reachable_by_keyboard_and_have_a_name(html: str) -> None:
    boxes = [a for a in Page(html).named("div") if a.get("class") == "scroll"]
    assert boxes
    assert all(box.get("tabindex") == "0" and box.get("role") == "region" and box.get("aria-label") for box in boxes)


# -- contents ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(snapshot_dir: Path) -> dict[str, Any]:
    """What its page is made of, only to be read."""
    return context(RecordedRun(snapshot_dir))


def test_each_end_state_has_its_deals_and_money(figures: dict[str, Any]) -> None:
    rows = {row["state"]: (row["deals"], str(row["money"]["EUR"])) for row in figures["impact"]["rows"]}
    assert rows == {
        "ok": (2, "112.00"),
        "late": (1, "2500.00"),
        "parked": (1, "0"),
        "duplicated": (1, "75.50"),
        "mismatched": (1, "310.00"),
        "lost": (1, "9.00"),
    }


def test_money_of_two_currencies_is_added_only_at_a_rate(figures: dict[str, Any]) -> None:
    late = next(line for line in figures["impact"]["revenue"] if line.name == "Booked late")
    assert late.text == "EUR\N{NO-BREAK SPACE}2,500"


def test_amounts_of_more_currencies_than_fit_beside_each_other_are_a_table_of_their_own(
    sketch: Any, tmp_path: Path
) -> None:
    for number, currency in enumerate(("EUR", "GBP", "JPY", "KWD", "USD")):
        sketch.order(sketch.deal(f"D{number}", 10.0, "100000", currency), f"O{number}", 12.0)
    run_dir = sketch.record(tmp_path / "runs")
    render(run_dir)
    page = (run_dir / "postmortem.html").read_text(encoding="utf-8")
    heads = re.findall(r"<caption>([^<]*end state)</caption>\n<thead>(.*?)</thead>", page, re.DOTALL)
    assert [caption for caption, _ in heads] == ["Deals and money by end state", "Money by currency and end state"]
    assert ["KWD" in head for _, head in heads] == [False, False]
    assert page.count('<tr><th scope="row">KWD</th>') == 2  # by end state, and in the totals of both ledgers


def test_the_difference_of_totals_is_erp_minus_crm(figures: dict[str, Any]) -> None:
    assert [(row["currency"], str(row["difference"])) for row in figures["totals"]] == [
        ("EUR", "57.50"),
        ("JPY", "-40000"),
    ]


def test_unreported_deals_are_counted_by_state(figures: dict[str, Any]) -> None:
    assert figures["unreported"]["states"] == {"duplicated": 1, "mismatched": 1, "lost": 1}


def test_both_times_to_detect_are_shown_and_a_missing_time_is_none(figures: dict[str, Any]) -> None:
    spans = {(span["short"], span["formula"]): span["seconds"] for span in figures["spans"]}
    assert spans[("TTD", "t2 - t1")] == 30.0
    assert spans[("TTD", "t2 - t0")] == 65.0
    assert spans[("TTR", "t5 - t1")] is None


def test_a_missing_moment_is_shown_as_not_seen(html: str, markdown: str) -> None:
    assert re.search(r'<td data-label="Scenario time" class="number"><span class="missing">not seen</span></td>', html)
    assert "| t5 reconciled: the last affected deal is correct in the ERP | not seen |" in markdown


def test_the_timeline_begins_before_the_incident(figures: dict[str, Any]) -> None:
    first = next(m["time_s"] for m in figures["moments"] if m["name"] == "t0")
    before = [entry["text"] for entry in figures["timeline"]["rows"] if entry["time_s"] < first]
    assert before == ["Steady state begins", "First deal closed: D-1"]


def test_what_people_did_is_shown_wherever_faults_are(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "100.00"), "SO-1", 12)
    act = {"operation": "bill", "system": "erp", "planned_s": 60.0}
    sketch.op(61, "workload", "act", "ok", key="key-D-1", record="D-1", **act)
    run = RecordedRun(sketch.record(tmp_path))
    words = 'People in the ERP carried out "bill" (D-1)'
    figures = context(run)
    [row] = [row for row in figures["timeline"]["rows"] if row["kind"] == "people"]
    assert (row["time_s"], row["index"], row["text"]) == (61, 1 + 2, words)
    assert f"no fault was injected. {words}." in faults_in_words(run)
    handbook = next(each for each in kit(run) if each.name == "facilitator-handbook")
    assert f"| 1:01 | {words} |  |" in as_markdown((handbook,))
    [factors] = [each for each in figures["people"]["analysis"] if each["key"] == "contributing_factors"]
    assert factors["known"] == ['At 1:01 people in the ERP carried out "bill" (D-1).']


def test_every_entry_of_the_timeline_points_at_its_operation(run_dir: Path, figures: dict[str, Any]) -> None:
    history = list(RecordedRun(run_dir).history)
    recorded = [entry for entry in figures["timeline"]["rows"] if entry["kind"] != "moment"]
    assert recorded
    assert all(history[entry["index"]].time_s == entry["time_s"] for entry in recorded)


def test_equal_signals_are_one_row_with_their_number(figures: dict[str, Any]) -> None:
    assert [(s["kind"], s["times"], s["right_owner"]) for s in figures["detection"]["signals"]] == [
        ("alert", 2, True),
        ("ticket", 1, False),
    ]


def test_the_gap_counts_the_deals_affected_before_the_first_alert(figures: dict[str, Any]) -> None:
    assert figures["detection"]["gap_s"] == 30.0
    assert figures["detection"]["before_alert"] == 2


def test_a_false_alarm_has_its_reason(figures: dict[str, Any]) -> None:
    assert [alarm["why"] for alarm in figures["detection"]["false"]] == ["every deal it names was unaffected"]


def test_the_evidence_of_a_mismatched_deal_shows_both_systems(figures: dict[str, Any]) -> None:
    row = next(row for row in figures["evidence"]["rows"] if row["deal"] == "D-5")
    assert (row["state"], row["unreported"], str(row["amount"])) == ("mismatched", True, "310.00")
    assert [(order["id"], str(order["total"])) for order in row["orders"]] == [("SO-6", "301.00")]
    assert {"field": "total", "crm": "310.00", "erp": "301.00"} in row["differences"]


def test_unreported_deals_come_first(figures: dict[str, Any]) -> None:
    unreported = [row["unreported"] for row in figures["evidence"]["rows"]]
    assert unreported == sorted(unreported, reverse=True)


def test_drafted_actions_have_a_type_but_no_owner_and_no_date(figures: dict[str, Any]) -> None:
    assert {action["kind"] for action in figures["actions"]} == {"prevent", "detect", "mitigate"}
    assert {(action["owner"], action["due"]) for action in figures["actions"]} == {("", "")}


def test_the_arithmetic_of_a_score_is_written_out(html: str) -> None:
    assert "0.8 \N{MULTIPLICATION SIGN} (50 + 20 + 13) = 66.4" in html
    assert "<strong>Capped at 50</strong>, from 66.4" in html


def test_mttr_occurs_only_in_the_glossary(html: str, markdown: str) -> None:
    for text in (html, markdown):
        assert text.count("MTTR") == 1
        assert "Not used here: it stands for the mean time to repair, to recover" in text


def test_the_bound_is_shown_with_the_unreported_deals(html: str) -> None:
    assert "A loss rate of 1% needs 299 orders" in html


def test_the_bound_is_not_shown_with_unreported_deals_that_are_not_lost(sketch: Any, tmp_path: Path) -> None:
    sketch.phases()
    sketch.fault(0, 60, 300, "record lock", "erp")
    deal = sketch.deal("D-1", 70, "10")
    sketch.order(deal, "SO-1", 72)
    sketch.order(deal, "SO-2", 73)
    sketch.verdicts = (Verdict("steady state", Result.PASSED, "held"),)
    run_dir = sketch.record(tmp_path)
    render(run_dir)
    for name in ("postmortem.html", "postmortem.md"):
        text = (run_dir / name).read_text(encoding="utf-8")
        assert "1 deal</a></strong> ended duplicated" in text or "**1 deal** ended duplicated" in text
        assert "none lost rules out" not in text


def test_a_sentence_with_two_checkers_is_shown_once_with_both_findings(figures: dict[str, Any]) -> None:
    words = {sentence["name"]: [f["word"] for f in sentence["findings"]] for sentence in figures["verdicts"]}
    assert words["the alert names the affected deals and the reason"] == ["failed", "passed"]


def test_the_summary_has_the_sentence_of_each_fault(full_sketch: Any, tmp_path: Path) -> None:
    first = context(RecordedRun(full_sketch.record(tmp_path)))["summary"][0]
    assert first.startswith(
        "For 4 min Opportunity.Amount was named Total__c in the CRM. "
        "Until the end of the run the ERP answered requests about 20 s late."
    )


def test_a_run_that_skipped_ahead_says_how_often_and_over_how_much(sketch: Any, tmp_path: Path) -> None:
    sketch.phases()
    sketch.order(sketch.deal("D-1", 70, "10"), "SO-1", 72)
    for from_s, until_s in ((100.0, 3700.0), (3710.0, 7310.0)):
        sketch.op(until_s, "harness", "skip", "ok", until_s=until_s, due_s=until_s + 4, from_s=from_s)
    run_dir = sketch.record(tmp_path)
    assert context(RecordedRun(run_dir))["header"]["skipped"] == {"times": 2, "over_s": 7200.0}
    render(run_dir)
    for name in ("postmortem.html", "postmortem.md"):
        assert re.search(r"2 times, over 2(&nbsp;|\s)h in all", (run_dir / name).read_text(encoding="utf-8"))


# -- other kinds of runs -----------------------------------------------------------------------------


def test_a_fault_without_impact_leaves_nothing_to_repair(sketch: Any, tmp_path: Path) -> None:
    sketch.phases()
    sketch.fault(0, 60, 300, "record lock", "erp")
    for number in range(3):
        sketch.order(sketch.deal(f"D-{number}", 70, "10"), f"SO-{number}", 72)
    sketch.result = Result.PASSED
    sketch.verdicts = (Verdict("steady state", Result.PASSED, "held"),)
    run_dir = sketch.record(tmp_path)
    values = context(RecordedRun(run_dir))
    assert "All 3 deals became exactly one correct order on time: no impact." in values["summary"]
    assert (values["actions"], values["evidence"]["rows"]) == ([], [])
    render(run_dir)
    assert "nothing to repair" in (run_dir / "postmortem.html").read_text()


def test_a_run_in_which_nothing_happened_is_inconclusive(sketch: Any, tmp_path: Path) -> None:
    sketch.result = Result.INCONCLUSIVE
    sketch.verdicts = (Verdict("steady state", Result.INCONCLUSIVE, "no deal arrived"),)
    run_dir = sketch.record(tmp_path)
    values = context(RecordedRun(run_dir))
    assert values["summary"][0].startswith("0 deals were closed")
    assert any("The run is inconclusive because" in sentence for sentence in values["summary"])
    assert {path.name for path in render(run_dir)} >= {"postmortem.html", "postmortem.md"}


def test_the_first_screen_of_an_inconclusive_run_claims_no_loss(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.result = Result.INCONCLUSIVE
    run_dir = full_sketch.record(tmp_path)
    assert RecordedRun(run_dir).affected
    assert NO_EVIDENCE in context(RecordedRun(run_dir))["summary"]
    render(run_dir)
    first = (run_dir / "postmortem.html").read_text().partition('id="impact"')[0]
    assert 'class="figures"' not in first
    assert "unreported" not in first.partition('id="summary"')[2]
    assert "| Detection | Recovery |" not in (run_dir / "postmortem.md").read_text()


def test_without_a_control_run_precision_is_unknown(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.control = None
    full_sketch.operations = [op for op in full_sketch.operations if op[2] != "ticket"]
    run_dir = full_sketch.record(tmp_path)
    render(run_dir)
    assert "Precision is unknown" in (run_dir / "postmortem.html").read_text()


def test_the_page_says_how_many_deals_it_leaves_out(sketch: Any, tmp_path: Path) -> None:
    sketch.phases()
    sketch.fault(0, 60, 300, "record lock", "erp")
    for number in range(ROWS + 34):
        sketch.deal(f"D-{number}", 70, "10")
    run_dir = sketch.record(tmp_path)
    evidence = context(RecordedRun(run_dir))["evidence"]
    assert (len(evidence["rows"]), evidence["left_out"]) == (ROWS, 34)
    render(run_dir)
    assert "34 more affected deals, all of them in results.json" in (run_dir / "postmortem.html").read_text()
