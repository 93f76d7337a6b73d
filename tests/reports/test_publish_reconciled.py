"""What a reconciliation found goes through the same outlets as a postmortem: masked, escaped, each issue made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday_reports.outlet import outlets
from gameday_reports.outlets.jira import send
from gameday_reports.reconcile import folder as folder_module
from gameday_reports.reconcile.folder import ReconciledFolder
from support.exports import CRM, ERP, deal, order, write

HOSTILE = "*bold* <!channel> [x](http://x) \u202e|=1+1"


@pytest.fixture
def reconciled(tmp_path: Path) -> Path:
    """Two deals with the wrong total, one that is lost, and an order of no deal, whose customers are names."""
    rows = [[*deal(number, AccountId=HOSTILE), "Colas Salmon"] for number in (1, 2, 3)]
    crm = write(tmp_path / "crm.csv", [*CRM, "Name"], rows)
    orders = [order(1, total="99", entity="Colas Salmon"), order(2, total="1", entity=HOSTILE), order(9)]
    erp = write(tmp_path / "erp.csv", ERP, orders)
    with pytest.raises(SystemExit):
        main(["reconcile", str(crm), str(erp), "--out", str(tmp_path / "out")])
    return tmp_path / "out"


def payload(path: Path, target: str) -> str:
    outlet = outlets[target]
    assert outlet.reconciled is not None
    return outlet.reconciled(ReconciledFolder(path))


def test_each_finding_is_an_issue_that_is_made_once(reconciled: Path) -> None:
    updates = json.loads(payload(reconciled, "jira"))
    issues = [each["fields"] for each in updates["issueUpdates"]]
    assert sorted(issue["summary"].rpartition("deal ")[2] for issue in issues)[:2] == [
        "006000000000001: mismatched (customer, total)",
        "006000000000002: mismatched (total)",
    ]
    text = json.dumps(issues)
    for words in ("revenue-operations", "Record of the CRM", "100.00 in the CRM, 99 in the ERP", "What to do"):
        assert words in text
    assert "Salmon" not in text
    there: list[dict[str, Any]] = []

    def call(method: str, path: str, body: Any) -> Any:
        if method == "GET":
            return {"issues": [each for each in there if each["fields"]["labels"][-1] in path]}
        there.extend(body["issueUpdates"])
        return {}

    assert send(updates, {"project": {"key": "OPS"}}, call) == "4 issues, 0 there already"
    assert send(json.loads(payload(reconciled, "jira")), {}, call) == "0 issues, 4 there already"


def test_thousands_of_findings_are_one_issue_for_each_problem_and_owner(
    reconciled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gameday_reports.outlets.jira.MOST", 3)
    issues = [each["fields"] for each in json.loads(payload(reconciled, "jira"))["issueUpdates"]]
    assert [issue["summary"].partition(": ")[2] for issue in issues] == [
        "1 finding: lost, 100.00 USD",
        "2 findings: mismatched, 200.00 USD",
        "1 finding: no deal, 100.00 USD",
    ]
    assert len({issue["labels"][-1] for issue in issues}) == 3


@pytest.mark.parametrize("target", ["jira", "slack", "markdown", "csv"])
def test_names_are_masked_and_nothing_is_markup(reconciled: Path, target: str) -> None:
    text = payload(reconciled, target)
    assert "Salmon" not in text
    assert "\u202e" not in text
    if target == "slack":
        message = json.loads(text)
        assert message["mrkdwn"] is False
        assert {each["type"] for block in message["blocks"] for each in block["elements"]} == {"rich_text_section"}
    assert "006000000000001" in text


def test_what_is_no_reconciliation_or_takes_none_is_one_line(
    reconciled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for target, said in (("otlp", "otlp takes no reconciliation"), ("jira", "tickets.jsonl:2: no ticket")):
        if target == "jira":
            tickets = reconciled / "tickets.jsonl"
            tickets.write_text(tickets.read_text().splitlines()[0] + '\n{"key": 1}\n')
        with pytest.raises(SystemExit) as ended:
            main(["publish", str(reconciled), "--to", target])
        error = capsys.readouterr().err
        assert (ended.value.code, said in error, len(error.splitlines())) == (2, True, 1)


def test_only_the_largest_findings_are_held(reconciled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MOST", 1)
    found = ReconciledFolder(reconciled)
    assert [(group.number, len(group.tickets)) for group in found.groups] == [(1, 1), (2, 1), (1, 1)]
    with pytest.raises(GamedayError, match="no ticket"):
        (reconciled / "tickets.jsonl").write_bytes(b"[" * 2_000_000)
        ReconciledFolder(reconciled)


def test_a_key_of_a_file_cannot_be_part_of_a_search() -> None:
    from gameday_reports.outlets.jira import label_of

    assert " " not in label_of("x) OR project = A")
    assert label_of("gameday-0123456789abcdef01234567") == "gameday-0123456789abcdef01234567"
