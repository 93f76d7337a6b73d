"""The hash of what has to agree of a document: by it a write is seen to have put something right, or wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday_fakes.ledger import Entry, Line, content_of, credited_of, less_credited

LINE = Line("SKU-1", Decimal(2), Decimal(50), Decimal(90), Decimal(10), Decimal(19))
ORDER = Entry("1", {}, "open", "C1", "EUR", Decimal(90), (LINE,), 5.0, 5.0, "2026-06-30", subsidiary="EU", terms="N30")


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": "C2"},
        {"currency": "USD"},
        {"date": "2026-07-01"},
        {"terms": "N60"},
        {"subsidiary": "US"},
        *({"lines": (msgspec.structs.replace(LINE, **{name: Decimal(1)}),)} for name in (
            "quantity", "unit_price", "amount", "discount", "tax",
        )),
    ],
)  # fmt: skip
def test_another_value_of_what_has_to_agree_is_another_content(changes: dict[str, Any]) -> None:
    assert content_of(msgspec.structs.replace(ORDER, **changes)) != content_of(ORDER)


def test_the_same_written_again_or_in_another_order_is_the_same_content() -> None:
    other = msgspec.structs.replace(LINE, sku="SKU-2", unit_price=Decimal("50.00"))
    both = msgspec.structs.replace(ORDER, lines=(LINE, other))
    again = msgspec.structs.replace(ORDER, id="2", changed_s=9.0, lines=(other, LINE))
    assert content_of(both) == content_of(again)
    exact = msgspec.structs.replace(LINE, unit_price=Decimal("50.000"), quantity=Decimal("2.0"))
    assert content_of(msgspec.structs.replace(ORDER, lines=(exact,))) == content_of(ORDER)


@pytest.mark.parametrize("credited", ["100.5", "1200", "-3.10"])
def test_what_was_credited_is_read_from_the_content_as_it_was_written(credited: str) -> None:
    assert credited_of(less_credited("3f2a", Decimal(credited))) == Decimal(credited)
    assert (less_credited("3f2a", Decimal(0)), credited_of("3f2a"), credited_of("3f2a less some")) == (
        "3f2a",
        None,
        None,
    )
