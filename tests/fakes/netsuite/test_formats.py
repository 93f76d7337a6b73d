"""The formats of TO_CHAR, TO_DATE and TO_NUMBER: examples such as those of Oracle's SQL Language Reference."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from gameday_fakes.netsuite.formats import read_date, read_number, show_date, show_number
from support.rows import rows

WHEN = datetime.datetime(2026, 1, 10, 15, 4, 5, 123456)  # noqa: DTZ001 - as the account's clocks show it
DATES = {
    "YYYY-MM-DD HH24:MI:SS": "2026-01-10 15:04:05",
    'YYYY-MM-DD"T"HH24:MI:SS"Z"': "2026-01-10T15:04:05Z",
    "Month": "January  ",
    "FMMonth DD": "January 10",
    "MONTH": "JANUARY  ",
    "mon": "jan",
    "DD-MON-RR": "10-JAN-26",
    "Day": "Saturday ",
    "DY": "SAT",
    "HH:MI AM": "03:04 PM",
    "hh12:mi pm": "03:04 pm",
    "FMDD/MM/YYYY": "10/1/2026",
    'IYYY"W"IW': "2026W02",
    "Q WW W D DDD CC": "1 02 2 7 010 21",
    "SSSSS": "54245",
    "FF3": "123",
    "J": "2461051",
}


def test_a_date_is_shown_as_its_format_says() -> None:
    assert {wanted: show_date(WHEN, wanted) for wanted in DATES} == DATES


def moment(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def test_a_date_is_read_as_its_format_says() -> None:
    given = {
        ("2026-01-10", "YYYY-MM-DD"): (2026, 1, 10),
        ("1/2/2026 3:04 PM", "MM/DD/YYYY HH:MI AM"): (2026, 1, 2, 15, 4),
        ("12 am", "HH am"): (1900, 1, 1, 0),
        ("10-JAN-26", "DD-MON-YY"): (2026, 1, 10),
        ("10-jan-99", "DD-MON-RR"): (1999, 1, 10),
        ("January 5, 2026", "Month DD, YYYY"): (2026, 1, 5),
        ("20260110T101112", 'YYYYMMDD"T"HH24MISS'): (2026, 1, 10, 10, 11, 12),
        ("2026-01-10 10:11:12.5", "YYYY-MM-DD HH24:MI:SS.FF"): (2026, 1, 10, 10, 11, 12, 500_000),
    }
    assert {key: read_date(*key) for key in given} == {key: moment(*of) for key, of in given.items()}


@rows(
    ("text", "wanted"),
    [("2026-13-01", "YYYY-MM-DD"), ("2026-01-01 10:00", "YYYY-MM-DD"), ("x", "DD"), ("1 1", "DD DD"), ("1", "WW")],
)
def test_what_does_not_fit_its_format_is_refused(text: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_date(text, wanted)


@rows("wanted", ["DS TS", "YYYY-MM-DDTHH24", "Janth", "M", "D" * 500])
def test_a_format_that_is_not_known_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="date format not recognized"):
        show_date(WHEN, wanted)


def test_a_number_is_shown_as_its_format_says() -> None:
    shown = {
        ("1234.5", "999,999.00"): "   1,234.50",
        ("1234.5", "FM999,999.00"): "1,234.50",
        ("-1234.567", "999G999D99"): "  -1,234.57",
        ("0.5", "FM990.00"): "0.50",
        ("0.5", "FM999.99"): ".5",
        ("0", "FM999"): "0",
        ("12345", "999"): "####",
        ("5", "00000"): " 00005",
        ("-5", "999MI"): "  5-",
        ("-5", "FM999PR"): "<5>",
        ("1234.567", "$9,999.99"): " $1,234.57",
        ("1234", "S9999"): "+1234",
    }
    assert {(number, wanted): show_number(Decimal(number), wanted) for number, wanted in shown} == shown
    with pytest.raises(ValueError, match="invalid number format model"):
        show_number(Decimal(1), "abc")
    assert read_number(" $1,234.50", "$9,999.99") == "1234.50"
