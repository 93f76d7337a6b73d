"""`gameday new` writes a feature that can be planned, from a mode, a fault, a change or answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.explore.authoring import Wish, new_feature
from gameday.model.fault import faults
from gameday.model.scenario import Flow
from gameday.model.settings import Settings
from gameday.model.workload import operations
from gameday.steps.feasible import planned_environment
from gameday_reports.dashboard.failure_modes import FAILURE_MODES
from support.rows import rows
from support.vendors_faults import of_other_vendors

FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
ENVIRONMENT = planned_environment(Settings(), "durable")


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["new", *arguments])
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


#: Faults that only other vendors have.
OTHERS = of_other_vendors(FLOW.crm, FLOW.erp)


@rows("fault", sorted(OTHERS))
def test_a_fault_of_another_vendor_is_refused_in_one_line(fault: str) -> None:
    with pytest.raises(GamedayError) as refused:
        new_feature(Wish(flow=FLOW, fault=fault), ENVIRONMENT)
    assert "\n" not in str(refused.value)


@rows("fault", sorted(set(faults) - OTHERS))
def test_every_fault_makes_a_feature_that_is_possible(fault: str) -> None:
    text = new_feature(Wish(flow=FLOW, fault=fault), ENVIRONMENT)
    assert f'suffers "{fault}" for 180 seconds' in text


@pytest.mark.parametrize("number", [1, 10])
def test_a_mode_makes_a_feature_with_its_fault_or_change_and_its_tag(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _ = called(capsys, "--mode", str(number))
    assert code == 0
    assert text.startswith(f"@mode:{number}\n")
    assert ('suffers "reply lost after commit"' in text, "of them are amended" in text) == (number == 1, number == 10)


def test_every_fault_and_change_of_a_mode_exists() -> None:
    assert {fault for mode in FAILURE_MODES for fault in mode.faults} <= set(faults)
    assert {change for mode in FAILURE_MODES for change in mode.changes} <= set(operations)


def test_a_mode_that_only_a_bundled_feature_plays_gives_that_feature(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = called(capsys, "--mode", "7")
    assert code == 0
    assert "@mode:7" in text.partition("Feature:")[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "what the feature is about is missing (say --mode, --fault, --changed or --ask)"),
        (("--mode", "99"), "unknown failure mode '99'"),
        (("--fault", "rate limits"), "unknown fault 'rate limits'"),
        (("--fault", "rate limit", "--target", "pager"), "unknown target of 'rate limit' 'pager'; known: crm, erp"),
        (("--fault", "rate limit", "--set", "share"), "bad --set 'share' (NAME=VALUE, as in --set share=0.5)"),
        (("--fault", "rate limit", "--set", "operation=nope"), "unknown operation 'nope'"),
        (("--changed", "amneded"), "unknown operation 'amneded'"),
        (("--fault", "rate limit", "--crm", "sap"), "unknown CRM 'sap'"),
        (("--fault", "rate limit", "--workload", "steedy"), "unknown workload 'steedy'"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_parameter_is_written_as_in_a_feature(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, err = called(capsys, "--fault", "slow replies", "--set", "share=20%", "--set", "delay s=2 min")
    assert code == 0, err
    assert "| 0.2 " in text and "| 120 " in text


def test_answers_make_a_feature(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("record lock\n\n2 minutes\n\n\n40\namended\n"))
    file = tmp_path / "mine.feature"
    code, _, err = called(capsys, "--ask", str(file))
    assert code == 0, err
    text = file.read_text()
    assert 'When after 120 seconds the ERP suffers "record lock" for 180 seconds' in text
    assert "30% of them are amended within 120 seconds" in text
    assert "| 40    | 20         |" in text


def test_a_file_is_not_overwritten_without_force(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.feature"
    file.write_text("mine")
    code, _, err = called(capsys, "--fault", "rate limit", str(file))
    assert (code, file.read_text()) == (2, "mine")
    assert "exists already (use --force to overwrite it)" in err
    assert called(capsys, "--fault", "rate limit", str(file), "--force")[0] == 0


def test_a_fault_that_does_harm_in_any_stack_is_judged_by_its_own_expectation() -> None:
    text = new_feature(Wish(flow=FLOW, fault="canary rollout"), ENVIRONMENT)
    assert "Then a rollout harms at most 20% of the deals and stops within 2 minutes of the first harm" in text
    assert "exactly once" not in text
