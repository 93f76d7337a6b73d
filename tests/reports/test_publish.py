"""Payloads for other tools: each shows texts literally, masks names, and can be found again."""

from __future__ import annotations

import csv
import io
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet
import pytest
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as prometheus_families
from slack_sdk.models.blocks import Block

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.model.checker import Result
from gameday.model.contract import Contract, Field
from gameday_reports.outlet import outlets
from gameday_reports.postmortem.actions import open_actions
from gameday_reports.recorded import RecordedRun

HOSTILE = (
    '<script>alert(1)</script> <!channel> & <ac:structured-macro ac:name="html"/> ]]> '
    '*b* [x](http://y) | "q" \\n =cmd\x1b[31m\u202e'
)
#: What a reader sees of it: controls written out.
SHOWN = HOSTILE.replace("\x1b", "⟨U+001B⟩").replace("\u202e", "⟨U+202E⟩")
NAME = "Colas Salmon SA"
TARGETS = [*outlets]


def published(run_dir: Path, target: str) -> str:
    return outlets[target].text(RecordedRun(run_dir))


def texts(node: Any) -> Iterator[str]:
    """The texts of the nodes of a document or of blocks."""
    if isinstance(node, dict):
        if node.get("type") == "text":
            yield node["text"]
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


@pytest.fixture
def hostile(full_sketch: Any, tmp_path: Path) -> Path:
    """A run whose scenario, stack, deals and alerts have such texts."""
    full_sketch.name = HOSTILE
    full_sketch.deal(f"={HOSTILE}", 116, "3.00")
    return full_sketch.record(tmp_path)  # type: ignore[no-any-return]


@pytest.fixture
def named(full_sketch: Any, tmp_path: Path) -> Path:
    """A run whose scenario, verdicts and people's actions name a customer that the contract calls confidential."""
    full_sketch.name = f"What {NAME} bought"
    for number, (at, process, f, outcome, value) in enumerate(full_sketch.operations):
        if f == "close_deal":
            full_sketch.operations[number] = (at, process, f, outcome, value | {"name": NAME})
    run_dir: Path = full_sketch.record(tmp_path)
    path = run_dir / "contract.json"
    contract = msgspec.json.decode(path.read_bytes(), type=Contract)
    field = Field("opportunity.name", "string", physical_name="Opportunity.Name", classification="confidential")
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(contract, crm_fields=(field,))))
    action = {"type": "prevent", "what": f"Call {NAME}", "why": NAME, "owner": "finance"}
    (run_dir / "postmortem.yaml").write_text(json.dumps({"actions": [action]}))
    return run_dir


@pytest.mark.parametrize("target", ["slack", "jira", "openmetrics", "csv"])
def test_no_payload_has_a_confidential_name(named: Path, target: str) -> None:
    assert NAME.casefold() not in published(named, target).casefold()


@pytest.mark.parametrize("target", TARGETS)
def test_no_payload_has_a_character_that_cannot_be_seen(hostile: Path, target: str) -> None:
    assert not {"\x1b", "\u202e", "\x00"} & set(published(hostile, target))


def test_markdown_shows_hostile_text_literally(hostile: Path) -> None:
    tokens = MarkdownIt("commonmark").parse(published(hostile, "markdown"))
    assert tokens[0].tag == "h1"
    children = tokens[1].children or []
    assert {child.type for child in children} == {"text"}
    assert SHOWN in "".join(child.content for child in children)


def test_confluence_gets_a_well_formed_page_without_macros(hostile: Path) -> None:
    body = json.loads(published(hostile, "confluence"))["body"]
    root = ET.fromstring(f"<page>{body['value']}</page>")  # noqa: S314 - our own
    known = {"page", "p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "br"}
    assert {each.tag for each in root.iter()} <= known | {"table", "thead", "tbody", "tr", "th", "td"}
    assert SHOWN in " ".join("".join(root.itertext()).split("\n"))
    assert body["representation"] == "storage"


def test_the_title_of_a_page_fits_and_keeps_what_is_its_own(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.name = "x" * 500
    title = json.loads(published(full_sketch.record(tmp_path), "confluence"))["title"]
    assert len(title) <= 255
    assert title.endswith("(durable, seed 7, 9 March 2026, 08:00 UTC)")


def test_slack_gets_texts_without_markup(hostile: Path) -> None:
    payload = json.loads(published(hostile, "slack"))
    assert not {"<", ">"} & set(payload["text"])
    assert "&lt;!channel&gt; &amp; " in payload["text"]
    for block in Block.parse_all(payload["blocks"]):
        block.validate_json()
    assert len(payload["blocks"]) <= 50
    elements = [
        element for block in payload["blocks"] for section in block["elements"] for element in section["elements"]
    ]
    assert {element["type"] for element in elements} == {"text"}
    assert SHOWN[:60] in "".join(texts(payload["blocks"]))


def test_jira_gets_texts_without_markup(hostile: Path) -> None:
    updates = json.loads(published(hostile, "jira"))["issueUpdates"]
    nodes = [node for each in updates for node in each["fields"]["description"]["content"]]
    assert {node["type"] for node in nodes} == {"paragraph"}
    assert {inner["type"] for node in nodes for inner in node["content"]} == {"text", "hardBreak"}
    assert all(texts(nodes))
    assert SHOWN in " ".join(texts(nodes))


def test_jira_gets_an_issue_for_each_action_that_is_to_be_done(run_dir: Path) -> None:
    run = RecordedRun(run_dir)
    updates = json.loads(published(run_dir, "jira"))["issueUpdates"]
    assert [each["fields"]["summary"] for each in updates] == [row["what"] for row in open_actions(run)]
    assert len({each["fields"]["labels"][1] for each in updates}) == len(updates) > 3


def keys(run_dir: Path) -> dict[str, str]:
    updates = json.loads(published(run_dir, "jira"))["issueUpdates"]
    return {each["fields"]["summary"]: each["fields"]["labels"][1] for each in updates}


def test_the_key_of_an_action_stays_when_people_decide_and_the_folder_moves(run_dir: Path, tmp_path: Path) -> None:
    before = keys(run_dir)
    first = next(iter(open_actions(RecordedRun(run_dir))))
    entry = {"id": first["id"], "owner": "finance", "due": "2026-04-01"}
    moved = run_dir.rename(tmp_path / "moved")
    (moved / "postmortem.yaml").write_text(json.dumps({"actions": [entry]}))
    assert keys(moved) == before
    fields = json.loads(published(moved, "jira"))["issueUpdates"][0]["fields"]
    assert fields["duedate"] == "2026-04-01"


def test_another_run_has_other_keys(run_dir: Path) -> None:
    before = set(keys(run_dir).values())
    info = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps(info | {"started": "2026-03-09T08:00:01+00:00"}))
    assert not before & set(keys(run_dir).values())


def test_two_actions_of_people_in_the_same_words_have_two_keys(run_dir: Path) -> None:
    action = {"type": "detect", "what": "Look at it", "why": "so"}
    (run_dir / "postmortem.yaml").write_text(json.dumps({"actions": [action, action]}))
    labels = [each["fields"]["labels"][1] for each in json.loads(published(run_dir, "jira"))["issueUpdates"]]
    assert len(set(labels)) == len(labels)


def test_a_long_description_ends_where_jira_takes_no_more(run_dir: Path) -> None:
    action = {"type": "detect", "what": "Look at it", "why": "word " * 20_000}
    (run_dir / "postmortem.yaml").write_text(json.dumps({"actions": [action]}))
    last = json.loads(published(run_dir, "jira"))["issueUpdates"][-1]["fields"]
    assert 10_000 < sum(map(len, texts(last["description"]))) <= 32_767


@pytest.mark.parametrize("parse", [openmetrics_families, prometheus_families], ids=["openmetrics", "prometheus"])
def test_prometheus_reads_the_figures(hostile: Path, parse: Any) -> None:
    text = published(hostile, "openmetrics")
    assert text.endswith("\n# EOF\n")
    samples = [sample for family in parse(text) for sample in family.samples]
    assert {sample.labels["scenario"] for sample in samples} == {SHOWN}
    card = RecordedRun(hostile).scorecard
    values = {
        (s.name, s.labels.get("state") or s.labels.get("currency") or s.labels.get("result")): s.value for s in samples
    }
    assert values["gameday_deals", "lost"] == card.states["lost"].orders
    assert values["gameday_not_booked", "EUR"] == float(card.revenue.not_booked.amount or 0)
    assert values["gameday_run_result", "failed"] == 1
    assert all(sample.timestamp is None for sample in samples)


def test_money_without_a_rate_has_no_figure(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.rates = type(full_sketch.rates)("EUR")
    text = published(full_sketch.record(tmp_path), "openmetrics")
    assert "gameday_deals{" in text
    assert "gameday_not_booked" not in text


def test_an_inconclusive_run_has_no_figure_and_few_issues(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.result = Result.INCONCLUSIVE
    run_dir = full_sketch.record(tmp_path)
    names = {line.partition("{")[0] for line in published(run_dir, "openmetrics").splitlines() if line[0] != "#"}
    assert names == {"gameday_run_about", "gameday_run_result"}
    assert len(json.loads(published(run_dir, "jira"))["issueUpdates"]) == 1


def cells(text: str) -> dict[str, dict[str, str]]:
    return {row["deal"]: row for row in csv.DictReader(io.StringIO(text))}


def test_no_cell_is_a_formula(hostile: Path) -> None:
    assert f"'={SHOWN}" in cells(published(hostile, "csv"))


def test_the_table_has_every_deal(run_dir: Path) -> None:
    rows = cells(published(run_dir, "csv"))
    assert {deal: row["end_state"] for deal, row in rows.items()} == {
        **{"D-1": "ok", "D-2": "late", "D-3": "parked", "D-4": "duplicated"},
        **{"D-5": "mismatched", "D-6": "lost", "D-7": "ok"},
    }
    # Due 120 s after it was won at 70 s; its invoice came at 331 s.
    assert (rows["D-2"]["minutes_late"], rows["D-2"]["reported"], rows["D-2"]["amount"]) == ("2.35", "yes", "2500.00")
    assert (rows["D-6"]["minutes_late"], rows["D-6"]["reported"], rows["D-6"]["run_result"]) == ("", "no", "failed")
    assert rows["D-1"]["reported"] == ""


def test_parquet_has_the_same_rows_with_decimals(run_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "deals.PARQUET"
    path.write_bytes(outlets["csv"].file(RecordedRun(run_dir), path))
    rows = pyarrow.parquet.read_table(path).to_pylist()
    assert [row["deal"] for row in rows] == [*cells(published(run_dir, "csv"))]
    assert str(rows[1]["amount"]) == "2500.00"
    assert (rows[0]["reported"], rows[1]["reported"], rows[5]["reported"]) == (None, True, False)


def test_an_amount_of_more_digits_than_parquet_has_is_refused(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.deal("D-8", 116, f"1234567890.{'1' * 30}")
    path = tmp_path / "deals.parquet"
    with pytest.raises(GamedayError, match="an amount has more than 38 digits"):
        outlets["csv"].file(RecordedRun(full_sketch.record(tmp_path)), path)


def test_parquet_without_pyarrow_is_refused(
    run_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pyarrow is missing" in refused(capsys, str(run_dir), "--to", "csv", "--out", str(run_dir / "x.parquet"))
    assert not (run_dir / "x.parquet").exists()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["publish", *arguments])
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out, shown.err.count("\n")) == (2, "", 1)
    return shown.err


def test_an_unknown_target_is_refused_with_the_known_ones(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = refused(capsys, str(run_dir), "--to", "jria")
    assert f"unknown target 'jria'; known: {', '.join(sorted(TARGETS))}" in err


def test_altered_records_are_not_published(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run_dir / "ledger.erp.json"
    path.write_bytes(path.read_bytes().replace(b"301", b"310"))
    assert "altered" in refused(capsys, str(run_dir), "--to", "csv")


def test_the_command_writes_a_file_as_it_prints(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--out", str(tmp_path / "deals.csv"))):
        with pytest.raises(SystemExit) as ended:
            main(["publish", str(run_dir), "--to", "csv", *more])
        assert ended.value.code == 0
    assert capsys.readouterr().out == f"{(tmp_path / 'deals.csv').read_text()}{tmp_path / 'deals.csv'}\n"
