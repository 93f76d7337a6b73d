"""A module is not imported if the marks that are asked for leave out each of its tests."""

from __future__ import annotations

from pathlib import Path

from support.left_out import is_left_out
from support.rows import rows

FAST = "not slow and not browser"
SLOW = "pytestmark = pytest.mark.slow  # a table"


@rows(
    ("line", "expression", "left_out"),
    [
        (SLOW, FAST, True),
        (SLOW, "not slow", True),
        ('pytestmark = [pytest.mark.needs("dask"), pytest.mark.browser]', FAST, True),
        # Of the others some test may be chosen.
        (SLOW, "", False),
        (SLOW, "slow", False),
        (SLOW, "slow and not browser", False),
        (SLOW, "not slow or browser", False),
        (SLOW, "not (slow and browser)", False),
        (SLOW, "not slowest", False),
        ('pytestmark = pytest.mark.some("slow")', FAST, False),
        ("@pytest.mark.slow", FAST, False),
        ("    pytestmark = pytest.mark.slow", FAST, False),
    ],
)
def test_only_a_module_of_which_no_test_is_chosen_is_left_out(
    tmp_path: Path, line: str, expression: str, left_out: bool
) -> None:
    module = tmp_path / "test_some.py"
    module.write_text(f'"""Some."""\n\n{line}\n')
    assert is_left_out(module, expression) is left_out


def test_only_modules_are_looked_at(tmp_path: Path) -> None:
    assert not is_left_out(tmp_path, FAST)
