"""A table that is one test fails with each row that fails, and gets its fixtures as any test does."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.rows import rows


def test_each_failing_row_names_itself() -> None:
    @rows("text, number", [("1", 1), ("2", 3), pytest.param("x", 4, id="no number"), ("5", 5)])
    def number_of(text: str, number: int) -> None:
        assert int(text) == number

    with pytest.raises(BaseExceptionGroup, match="2 of 4 rows failed") as raised:
        number_of()
    wrong, no_number = raised.value.exceptions
    assert (type(wrong), wrong.__notes__[-1]) == (AssertionError, "in the row text='2', number=3")
    assert (type(no_number), no_number.__notes__[-1]) == (ValueError, "in the row no number")


def test_a_row_in_which_nothing_is_raised_fails() -> None:
    @rows("number", [0, 1])
    def refused(number: int) -> None:
        with pytest.raises(ZeroDivisionError):
            1 / number

    with pytest.raises(BaseExceptionGroup, match="1 of 2 rows failed"):
        refused()


def test_a_table_without_rows_and_a_row_with_a_mark_are_refused() -> None:
    with pytest.raises(ValueError, match="a table of text, number has no rows"):
        rows(("text", "number"), [])
    with pytest.raises(ValueError, match="a mark belongs to a whole test"):
        rows("text", [pytest.param("x", marks=pytest.mark.slow)])


@rows("name", ["a", "b"])
def test_each_row_has_a_folder_of_its_own(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@rows("first", ["a", "b"])
@rows("second", ["c", "d"])
def test_a_table_has_the_fixtures_of_its_test(first: str, second: str, request: pytest.FixtureRequest) -> None:
    assert not {"first", "second"} & set(request.fixturenames)
    assert first + second in ("ac", "ad", "bc", "bd")
