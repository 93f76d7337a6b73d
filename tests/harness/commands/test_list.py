"""`gameday list` finds what people ask for, as they write it."""

from __future__ import annotations

import pytest

from gameday.cli import main
from gameday.steps.descriptions import descriptions


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(["list", *arguments])
    printed = capsys.readouterr()
    return printed.out + printed.err


def test_a_name_of_several_words_needs_no_quotation_marks_and_a_part_of_it_will_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = listed(capsys, "operations", "exempted by formula")
    assert whole.startswith("exempted by formula\n") and "CRMs: salesforce." in whole
    assert listed(capsys, "operations", "exempted", "by", "formula") == whole
    # A whole name is that one alone; a part names all that have it.
    assert "formula" not in listed(capsys, "operations", "exempted").partition("\n")[0]
    assert [line for line in listed(capsys, "operations", "exempt").splitlines() if line.startswith("exempted")] == [
        "exempted",
        "exempted by formula",
    ]


def test_an_unknown_kind_is_named_with_the_known_ones_each_once(capsys: pytest.CaptureFixture[str]) -> None:
    known = listed(capsys, "nonsense").partition("known: ")[2].strip().split(", ")
    assert len(known) == len(set(known)) > 10


def test_a_workload_of_other_defaults_says_what_its_parameters_are() -> None:
    for workload in descriptions("workloads"):
        described = {each.name: each for each in workload.parameters}
        if "parts" in described:
            assert described["parts"].description == "Lines with parts of a unit."
            assert described["spread"].description and described["close date"].description
