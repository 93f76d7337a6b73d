"""The formatting of figures."""

from __future__ import annotations

import doctest
from decimal import Decimal

from gameday.base import texts
from gameday_reports import formats, wire
from support.rows import rows


@rows("module", [formats, wire, texts])
def test_the_examples_of_the_docstrings_hold(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried >= 2
    assert failed == 0


def test_a_share_is_never_rounded_to_0_or_100_percent() -> None:
    assert formats.share(1, 100_000) == "<0.1%"
    assert formats.share(99_999, 100_000) == ">99.9%"


def test_more_decimals_than_the_currency_has_are_shown() -> None:
    assert formats.money(Decimal("0.005"), "JPY") == "JPY\N{NO-BREAK SPACE}0.005"


def test_a_missing_moment_is_not_seen() -> None:
    assert (formats.moment(None), formats.moment(float("inf")), formats.span(None)) == ("not seen",) * 3


def test_no_money_is_shown_as_none() -> None:
    assert formats.monies({}) == "none"
