"""Payloads for tools that take blocks, requests or spans: each shows texts literally and stays within its limits."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gameday.model.checker import Result
from gameday_fakes.otlp.spans import spans_of
from gameday_reports.blocks import blocks
from gameday_reports.outlet import outlets
from gameday_reports.outlets import google_docs, notion
from gameday_reports.outlets.google_docs import _units
from gameday_reports.outlets.grafana import COLUMNS, PANELS
from gameday_reports.outlets.openmetrics import gauges
from gameday_reports.recorded import RecordedRun

HOSTILE = "<b>*x*</b> [y](http://z) | ${q} {{r}} \N{GRINNING FACE}"


def published(run_dir: Path, target: str) -> Any:
    return json.loads(outlets[target].text(RecordedRun(run_dir)))


@pytest.fixture
def hostile(full_sketch: Any, tmp_path: Path) -> Path:
    """A run of many deals whose names hold markup, and a letter of two UTF-16 units."""
    full_sketch.name = HOSTILE
    for number in range(150):
        full_sketch.deal(f"{HOSTILE}{number}", 116 + number, "3.00")
    return full_sketch.record(tmp_path)  # type: ignore[no-any-return]


def contents(node: Any) -> Iterator[str]:
    """Every text of Notion's blocks."""
    if isinstance(node, dict):
        yield from (node["content"],) if isinstance(node.get("content"), str) else ()
        yield from (text for value in node.values() for text in contents(value))
    elif isinstance(node, list):
        yield from (text for value in node for text in contents(value))


def test_markdown_is_read_as_plain_blocks() -> None:
    found = list(blocks("# A\\*\n\n> said\n\n1. **one** two\n\n- x\n\n| h |\n|---|\n| c |\n\n    code\n"))
    assert [(block.kind, block.text or block.cells) for block in found] == [
        ("heading", "A*"), ("quote", "said"), ("number", "one two"), ("bullet", "x"),
        ("row", ("h",)), ("row", ("c",)), ("code", "code"),
    ]  # fmt: skip
    assert [run.bold for run in found[2].runs] == [True, False]
    assert [block.head for block in found if block.kind == "row"] == [True, False]


def test_notion_gets_texts_without_markup_within_its_limits(hostile: Path) -> None:
    payload = published(hostile, "notion")
    requests = [payload["create"]["children"], *(each["children"] for each in payload["append"])]
    assert len(requests) > 1
    for children in requests:
        tables = [node["table"]["children"] for node in children if node["type"] == "table"]
        assert len(children) + sum(map(len, tables)) <= 100
    texts = list(contents(payload))
    assert max(map(_units, texts)) <= 2000
    assert any(HOSTILE in text for text in texts)
    assert not any(key in json.dumps(payload) for key in ('"link"', '"mention"', '"equation"'))
    kinds = {node["type"] for children in requests for node in children}
    assert {"heading_1", "table", "paragraph", "bulleted_list_item"} <= kinds


def test_the_tables_of_notion_are_as_wide_as_their_head(hostile: Path) -> None:
    payload = published(hostile, "notion")
    for children in (payload["create"]["children"], *(each["children"] for each in payload["append"])):
        for node in children:
            if node["type"] == "table":
                rows = node["table"]["children"]
                assert {len(row["table_row"]["cells"]) for row in rows} == {node["table"]["table_width"]}


def rich_texts(node: Any) -> Iterator[list[Any]]:
    """Every array of texts of Notion's blocks."""
    if isinstance(node, dict):
        yield from (node["rich_text"],) if "rich_text" in node else ()
        yield from (texts for value in node.values() for texts in rich_texts(value))
    elif isinstance(node, list):
        if node and all(isinstance(each, dict) and "text" in each for each in node):
            yield node
        yield from (texts for value in node for texts in rich_texts(value))


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}", "\u4e2d", '"'])
@pytest.mark.slow
def test_text_of_any_length_and_script_is_within_the_limits_of_notion(letter: str) -> None:
    row = f"| {letter * 9000} | c |\n"
    requests = notion.parts(f"# H\n\np{letter * 300_000}\n\n| h | i |\n|---|---|\n{row * 90}")
    for children in requests:
        assert len(json.dumps(children, ensure_ascii=False, separators=(",", ":")).encode()) < 499_000
        assert len(children) <= 100
        assert all(len(texts) <= 100 for texts in rich_texts(children))
    texts = list(contents(requests))
    assert max(map(_units, texts)) <= 2000
    # Nothing of a paragraph is lost; a cell is shortened, and shows it.
    assert sum(text.count(letter) for text in texts) >= 300_000
    assert any(text.endswith("\N{HORIZONTAL ELLIPSIS}") for text in texts)


def test_what_google_docs_drops_from_a_text_is_written_out_so_that_places_stay() -> None:
    insert, *styles = google_docs.edits("# A\ue000b\n\n\uf8ff**bold**\n\n- x\n")
    text = insert["insertText"]["text"]
    assert text == "A⟨U+E000⟩b\n⟨U+F8FF⟩bold\nx\n"
    at = next(each["updateTextStyle"]["range"] for each in styles if "updateTextStyle" in each)
    assert text[at["startIndex"] - 1 : at["endIndex"] - 1] == "bold"


def test_a_document_is_not_longer_than_google_docs_takes() -> None:
    paragraph = "\N{GRINNING FACE}" * 500
    insert, *styles = google_docs.edits("# A\n\n" + f"- {paragraph}\n\n" * 1500)
    text = insert["insertText"]["text"]
    assert 900_000 < _units(text) <= 1_000_000
    assert text.endswith("\nThe document ends here: Google Docs takes no longer text.\n")
    assert all(next(iter(each.values()))["range"]["endIndex"] <= _units(text) + 1 for each in styles)


def test_google_docs_styles_what_it_means(hostile: Path) -> None:
    """Places are counted in UTF-16 units: each range, cut out of the text, is a whole heading or a whole bold text."""
    requests = published(hostile, "google-docs")["update"]["requests"]
    text = requests[0]["insertText"]["text"]
    raw = text.encode("utf-16-le")
    headings = []
    for each in requests[1:]:
        ((name, what),) = each.items()
        at = what["range"]
        cut = raw[2 * (at["startIndex"] - 1) : 2 * (at["endIndex"] - 1)].decode("utf-16-le")
        if name == "updateParagraphStyle":
            assert cut.endswith("\n")
            assert "\n" not in cut[:-1]
            headings.append((what["paragraphStyle"]["namedStyleType"], cut.strip()))
        elif name == "createParagraphBullets":
            assert cut.endswith("\n")
    assert at["endIndex"] <= _units(text) + 1
    assert headings[0] == ("TITLE", f"{HOSTILE}: failed")
    assert ("HEADING_1", "Timeline") in headings


def test_a_collector_reads_the_spans(run_dir: Path) -> None:
    payload = published(run_dir, "otlp")
    spans = payload["resourceSpans"][0]["scopeSpans"][0]["spans"]
    # Protobuf's own JSON has ids in base64, where OTLP has them in hexadecimal.
    text = re.sub(
        r'("(?:traceId|spanId|parentSpanId)": )"([0-9a-f]+)"',
        lambda found: f'{found[1]}"{base64.b64encode(bytes.fromhex(found[2])).decode()}"',
        json.dumps(payload),
    )
    request = json_format.Parse(text, ExportTraceServiceRequest())
    read = request.resource_spans[0].scope_spans[0].spans
    assert [span.name for span in read] == [span["name"] for span in spans]
    assert {len(span.trace_id) for span in read} == {16}
    assert len({span.span_id for span in read}) == len(read)
    assert all(span.parent_span_id == read[0].span_id for span in read[1:])
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in read)


def test_the_spans_say_what_the_run_showed(run_dir: Path) -> None:
    run = RecordedRun(run_dir)
    spans = {span["name"]: span for span in spans_of(published(run_dir, "otlp"))}
    assert spans[f"game day: {run.scenario.name}"]["failed"]
    assert spans["fault: renamed field"]["attributes"]["gameday.target"] == "the CRM"
    # Deals were lost, so the ledgers never agreed.
    assert spans["not reconciled"]["failed"]
    events = {event["name"] for event in spans[f"game day: {run.scenario.name}"]["events"]}
    assert any(name.startswith("Alert from pagerduty") for name in events)


def test_an_inconclusive_run_has_no_span_of_harm(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.result = Result.INCONCLUSIVE
    names = {span["name"] for span in spans_of(published(full_sketch.record(tmp_path), "otlp"))}
    assert not names & {"not detected", "not reconciled"}


def test_the_dashboard_shows_every_figure_that_is_published_and_no_other(run_dir: Path) -> None:
    assert {panel.figure for panel in PANELS} == {gauge.name for gauge in gauges(RecordedRun(run_dir))}


def test_the_panels_of_the_dashboard_are_side_by_side(run_dir: Path) -> None:
    panels = published(run_dir, "grafana")["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < COLUMNS
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_a_query_of_the_dashboard_names_labels_that_its_figure_has(run_dir: Path) -> None:
    known = {
        gauge.name: {name for labels, _ in gauge.values for name in labels} for gauge in gauges(RecordedRun(run_dir))
    }
    for panel in PANELS:
        own = known[panel.figure] | {"scenario", "stack", "seed"}
        assert set(re.findall(r"{{(\w+)}}", panel.legend)) | set(re.findall(r"(\w+)(?:=~|!=)", panel.query)) <= own
