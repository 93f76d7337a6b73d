"""Deals that are closed won: people, companies and prices are generated from the seed.

The data is valid but awkward: names with accents, apostrophes, ampersands and nearly eighty characters, currencies
with and without decimals, discounts after which a line's total is not quantity times unit price.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from gameday.base.errors import unknown
from gameday.base.money import to_currency
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Account, Catalog, DealLine, Product, Workload, workload
from gameday.workloads.arrivals import ArrivalParams, arrange, deal_value, random_of, read_params

#: About how much of each currency a US dollar buys, and a country that uses it.
PER_USD = {
    "USD": (Decimal(1), "US"),
    "EUR": (Decimal("0.92"), "FR"),
    "GBP": (Decimal("0.79"), "GB"),
    "JPY": (Decimal("151.3"), "JP"),
    "CAD": (Decimal("1.36"), "CA"),
    "AUD": (Decimal("1.52"), "AU"),
    "CHF": (Decimal("0.88"), "CH"),
    "KWD": (Decimal("0.307"), "KW"),
    "SEK": (Decimal("10.4"), "SE"),
    "INR": (Decimal("83.4"), "IN"),
}
DEALS_PER_ACCOUNT = 5
#: Accounts are added in batches of this size.
_BATCH = 4
LONGEST_NAME = 80

#: In percent, below the 30% from which ERPs often ask for an approval.
_DISCOUNTS = tuple(Decimal(text) for text in ("0", "0", "0", "2.5", "5", "7.5", "10", "12.5", "15", "17.5"))
_LIKELY = {"USD": 0.5, "EUR": 0.25, "GBP": 0.15, "JPY": 0.1}
_PRODUCTS = ("Licences", "Support", "Sensor", "Gateway", "Training", "Spare parts", "Controller", "Cable", "Storage")
_GRADES = ("Basic", "Standard", "Plus", "Professional", "Enterprise", "Été", "Größe XL", "Maker's")


class ClosedWonParams(ArrivalParams, frozen=True, kw_only=True):
    """``currencies``: a list of ISO codes of equal weight, or their weights. ``products``: how many there are."""

    currencies: dict[str, Annotated[float, Meta(gt=0, le=1e9)]] | list[str] = msgspec.field(
        default_factory=lambda: dict(_LIKELY)
    )
    products: Annotated[int, Meta(ge=1, le=10_000)] = 20

    def __post_init__(self) -> None:
        """Raise GamedayError for a currency that no deal can be generated in."""
        for code in self.currencies or [""]:
            if code not in PER_USD:
                raise unknown("currency", code, PER_USD, where="the parameters of the workload 'closed won'")


@workload("closed won", params=ClosedWonParams)
def closed_won(spec: WorkloadSpec, seed: int) -> Workload:
    """Generated deals of one to four lines, with awkward names, discounts and currencies.

    Parameters: ClosedWonParams. The deals of a shorter workload are the first ones of a longer. Raises GamedayError
    for a bad parameter.
    """
    params = read_params(ClosedWonParams, spec)
    weights = _weights(params)
    accounts = _accounts(_known_accounts(spec.count - 1), weights, seed)
    products = _products(params.products, weights, seed)
    deals = [_deal(index, accounts, products, weights, params.close_date, seed) for index in range(spec.count)]
    return Workload(Catalog(accounts, products), arrange(deals, spec, params, seed))


def _weights(params: ClosedWonParams) -> dict[str, float]:
    given = params.currencies
    return dict(given) if isinstance(given, dict) else dict.fromkeys(given, 1.0)


def _accounts(count: int, weights: dict[str, float], seed: int) -> tuple[Account, ...]:
    # Imported here because it takes a tenth of a second, which only generated deals need.
    from faker import Faker

    people = Faker("fr_FR", providers=[f"faker.providers.{part}" for part in ("company", "person", "address")])
    people.seed_instance(seed)
    made = []
    for index in range(count):
        chance = random_of(seed, "account", index)
        currency = chance.choices(list(weights), list(weights.values()))[0]
        name, phrase, city = people.company(), people.catch_phrase(), people.city()
        match index % 5:
            case 1:
                name = f"{name}, {phrase} & l'Été à Ångström-sur-Mer"
            case 3:
                name = f"O'{people.last_name()} & {people.last_name()}"
        # The number keeps two accounts of one name apart for ERPs that identify customers by name.
        name = f"{name[: LONGEST_NAME - 8].rstrip()} {index + 1}"
        made.append(Account(f"account-{index + 1:05}", name, currency, PER_USD[currency][1], city))
    return tuple(made)


def _known_accounts(index: int) -> int:
    """How many accounts exist at the time of a deal."""
    return _BATCH * (1 + index // (_BATCH * DEALS_PER_ACCOUNT))


def _products(count: int, weights: dict[str, float], seed: int) -> tuple[Product, ...]:
    made = []
    for index in range(count):
        chance = random_of(seed, "product", index)
        dollars = Decimal(f"{10 ** chance.uniform(1, 3.7):.2f}")
        prices = {code: to_currency(dollars * PER_USD[code][0], code) for code in weights}
        name = f"{_PRODUCTS[index % len(_PRODUCTS)]} {_GRADES[index % len(_GRADES)]} {chance.randint(100, 999)}"
        made.append(Product(f"SKU-{index + 1:04}", name, prices))
    return tuple(made)


def _deal(
    index: int,
    accounts: tuple[Account, ...],
    products: tuple[Product, ...],
    weights: dict[str, float],
    close_date: str,
    seed: int,
) -> tuple[str, dict[str, object]]:
    chance = random_of(seed, "deal", index)
    # Half of the deals have the newest accounts; none has one that a shorter workload would not have.
    known = _known_accounts(index)
    account = accounts[chance.randrange(known - _BATCH if chance.random() < 0.5 else 0, known)]
    currency = account.currency
    if chance.random() < 0.2:
        currency = chance.choices(list(weights), list(weights.values()))[0]
    chosen = chance.sample(products, min(len(products), chance.randint(1, 4)))
    lines = []
    for product in chosen:
        price, quantity = product.prices[currency], Decimal(chance.randint(1, 25))
        amount = to_currency(price * quantity * (100 - chance.choice(_DISCOUNTS)) / 100, currency)
        lines.append(DealLine(product.sku, quantity, price, amount))
    name = f"{account.name[:50].rstrip()} - {chosen[0].name}"[:LONGEST_NAME]
    return f"deal-{index + 1:06}", deal_value(name, account.key, currency, close_date, lines)
