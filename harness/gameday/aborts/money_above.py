"""More money that is not booked than was agreed."""

from __future__ import annotations

import re
from decimal import Decimal

from gameday.base.errors import GamedayError
from gameday.base.money import to_currency
from gameday.model.abort import AbortCondition, Measure, Observed, register
from gameday.model.rates import Rates

_AMOUNT = re.compile(r"(?P<amount>\d{1,15}(?:\.\d{1,4})?)\s*(?P<currency>[A-Z]{3})")
_HINT = "write an amount and the reporting currency, as in '50000.00 EUR'"


@register("money above")
class MoneyAbove(AbortCondition, frozen=True):
    """Aborts once affected deals come to more than this ``budget`` beyond what is booked of them, as in "50000.00 EUR".

    The currency is the reporting currency of the registry of flows, to which its rates lead. Money of a currency
    without a rate aborts the run too: how much it is cannot be known.
    """

    budget: str | int | float

    def __post_init__(self) -> None:
        text = str(self.budget).strip()
        if re.fullmatch(r"[-+\d.,_ ]+", text):
            raise GamedayError(f"the budget {text[:40]!r} has no currency", hint=_HINT)
        if not _AMOUNT.fullmatch(text):
            raise GamedayError(f"not an amount of money: {text[:40]!r}", hint=_HINT)

    @property
    def amount(self) -> Decimal:
        """The budget."""
        return Decimal(self._parts["amount"])

    @property
    def currency(self) -> str:
        """The currency of the budget."""
        return self._parts["currency"]

    @property
    def _parts(self) -> re.Match[str]:
        found = _AMOUNT.fullmatch(str(self.budget).strip())
        assert found is not None  # noqa: S101 - checked when it was made
        return found

    @property
    def limit(self) -> str:
        """In words."""
        return f"above {_shown(self.amount, self.currency)} not booked"

    def check(self, rates: Rates) -> None:
        """The budget is in the reporting currency, if there is one."""
        if rates.reporting and rates.reporting != self.currency:
            raise GamedayError(
                f"the budget {str(self.budget).strip()!r} is not in the reporting currency {rates.reporting}",
                hint=f"write it in {rates.reporting}; the registry of flows says which it is",
            )

    def measure(self, seen: Observed) -> Measure:
        """Add it up in the reporting currency."""
        rates = seen.rates if seen.rates.reporting else Rates(self.currency, seen.rates.rates)
        found = rates.amount(seen.not_booked)
        if found.amount is None:
            without = " and ".join(_shown(found.by_currency[each], each) for each in found.missing)
            return Measure(f"{without} not booked, with no rate to {self.currency}", "not known", True, 1.0)
        left = max(Decimal(0), self.amount - found.amount)
        return Measure(
            f"{_shown(found.amount, self.currency)} not booked",
            _shown(left, self.currency),
            found.amount > self.amount,
            float(found.amount / self.amount) if self.amount else float(bool(found.amount)),
        )


def _shown(amount: Decimal, currency: str) -> str:
    return f"{to_currency(amount, currency):,} {currency}"
