"""A table of tiny facts as one test, of which every failing row names itself.

Each case of ``pytest.mark.parametrize`` costs two milliseconds of the runner, the worker and the process that hands out
the work, which is more than most rows take. So where nothing has to be made anew for a row, a table is one test::

    @rows(("text", "number"), [("1", 1), ("12", 12)])
    def test_a_number_is_read(text: str, number: int) -> None: ...

The rows share the fixtures of the test, and so must not change what these give them. Of ``tmp_path`` each row has a
folder of its own.
"""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

Test = Callable[..., None]


def rows(names: str | Sequence[str], values: Iterable[Any]) -> Callable[[Test], Test]:
    """As ``pytest.mark.parametrize``, but all rows in one test, which fails with each row that fails.

    A row may be a ``pytest.param`` with an id. Raises ValueError if there is none, or one with marks.
    """
    arguments = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [_row(arguments, value) for value in values]
    if not table:
        raise ValueError(f"a table of {', '.join(arguments)} has no rows")

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def every_row(**fixtures: Any) -> None:
            failed: list[BaseException] = []
            for number, (name, row) in enumerate(table):
                try:
                    test(**_own(fixtures, number), **row)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever it is, it is a failure
                    error.add_note(f"in the row {name or _shown(row)}")
                    failed.append(error)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(table)} rows failed", failed)

        signature = inspect.signature(test)
        left = [each for name, each in signature.parameters.items() if name not in arguments]
        every_row.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return every_row

    return decorate


def _own(fixtures: dict[str, Any], number: int) -> dict[str, Any]:
    """The fixtures, and a new folder if they have one: what an earlier row wrote shall prove nothing."""
    if "tmp_path" not in fixtures:
        return fixtures
    folder = fixtures["tmp_path"] / f"row-{number}"
    folder.mkdir()
    return {**fixtures, "tmp_path": folder}


def _row(arguments: Sequence[str], value: Any) -> tuple[str, dict[str, Any]]:
    """The id of a row, if it has one, and its values by their names."""
    name = ""
    if isinstance(value, type(pytest.param())):
        if value.marks:
            raise ValueError(f"a mark belongs to a whole test, not to the row {value}")
        name, value = value.id or "", value.values if len(arguments) > 1 else value.values[0]
    values = (value,) if len(arguments) == 1 else tuple(value)
    return name, dict(zip(arguments, values, strict=True))


def _shown(row: dict[str, Any]) -> str:
    return textwrap.shorten(", ".join(f"{name}={value!r}" for name, value in row.items()), 200)
