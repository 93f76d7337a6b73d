"""What a run did to the revenue, in lines and sentences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from gameday.analysis.outage import Outage
from gameday.analysis.revenue import Revenue
from gameday.model.rates import Rate, Rates
from gameday_reports.money import money_lines, money_sentence, outage_sentence
from support.rows import rows

RATES = Rates("USD", (Rate("EUR", Decimal(2), date(2026, 1, 2)),))
NOTHING = RATES.amount({})
CLEAN = Revenue(NOTHING, NOTHING, None, None, NOTHING)
OUTAGE = Outage(8, Decimal(3000), "USD", Decimal(750), Decimal(0), 0.75, 0.0, 40, 240.0)


def test_the_reporting_currency_comes_first_and_the_originals_beneath() -> None:
    revenue = msgspec.structs.replace(CLEAN, not_booked=RATES.amount({"EUR": Decimal(5), "USD": Decimal(1)}))
    line = money_lines(revenue)[0]
    assert (line.text, line.originals) == (
        "USD\N{NO-BREAK SPACE}11",
        "EUR\N{NO-BREAK SPACE}5 and USD\N{NO-BREAK SPACE}1",
    )


def test_money_of_the_reporting_currency_alone_is_not_repeated() -> None:
    revenue = msgspec.structs.replace(CLEAN, not_booked=RATES.amount({"USD": Decimal(1)}))
    assert money_lines(revenue)[0].originals == ""


def test_what_came_late_is_no_loss() -> None:
    revenue = msgspec.structs.replace(CLEAN, booked_late=RATES.amount({"USD": Decimal(9)}), late_longest_s=60.0)
    assert [line.name for line in money_lines(revenue) if line.bad] == []
    assert money_sentence(revenue) == "Booked late: USD\N{NO-BREAK SPACE}9, by up to 1 min."


def test_breaches_say_how_long_and_how_many_never_came() -> None:
    line = money_lines(msgspec.structs.replace(CLEAN, sla_breaches=3, never_booked=2, late_longest_s=90.0))[3]
    assert (line.text, line.note) == ("3 deals", "longest delay 1 min 30 s; 2 not right when the ledgers were read")


def test_without_a_loss_there_is_no_sentence_about_money() -> None:
    assert money_sentence(CLEAN) == ""


def test_an_outage_says_what_it_leaves_and_from_how_many_deals() -> None:
    sentence = outage_sentence(OUTAGE).replace("\N{NO-BREAK SPACE}", " ")
    assert sentence.startswith("Eight hours of this would leave about USD 750 unbooked and nothing over-invoiced")
    assert "of 40 deals" in sentence


def test_an_outage_without_a_loss_says_what_it_cannot_rule_out() -> None:
    harmless = msgspec.structs.replace(OUTAGE, not_booked=Decimal(0), not_booked_share=0.0)
    assert "a share above 7.2% can be ruled out" in outage_sentence(harmless)


@rows("active_s", [None, 240.0])
def test_an_outage_says_for_how_long_the_fault_was_active(active_s: float | None) -> None:
    expected = "for as long as the run" if active_s is None else "for 4 min"
    assert expected in outage_sentence(msgspec.structs.replace(OUTAGE, active_s=active_s))
