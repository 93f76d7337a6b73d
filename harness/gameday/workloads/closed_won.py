"""Deals that are closed won: customers, products and prices are generated from the seed.

Every deal is one that a CRM could hold: a line's total is quantity times unit price less its discount. And the deals
are awkward, as real ones are; each trait is a parameter, so that a scenario can turn it off:
``Given the workload "closed won"`` with a table such as ``| count | per minute | free lines |``.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday.base.errors import unknown
from gameday.base.money import net_total, to_currency
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import (
    Account,
    BusinessOperation,
    Catalog,
    DealLine,
    Product,
    Workload,
    operation_key,
    workload,
)
from gameday.workloads import sold_together
from gameday.workloads.arrivals import ArrivalParams, Later, Part, arrange, deal_value, read_params
from gameday.workloads.chance import random_of
from gameday.workloads.customers import LONGEST_NAME, make_accounts
from gameday.workloads.taxes import tax_codes, with_taxes

#: About how much of each currency a US dollar buys.
PER_USD = {
    "USD": Decimal(1),
    "EUR": Decimal("0.92"),
    "GBP": Decimal("0.79"),
    "JPY": Decimal("151.3"),
    "CAD": Decimal("1.36"),
    "AUD": Decimal("1.52"),
    "CHF": Decimal("0.88"),
    "KWD": Decimal("0.307"),
    "SEK": Decimal("10.4"),
    "INR": Decimal("83.4"),
}
DEALS_PER_ACCOUNT = 5
#: Accounts are added in batches of this size.
_BATCH = 4

#: In percent, below the 30% from which ERPs often ask for an approval.
_DISCOUNTS = tuple(Decimal(text) for text in ("2.5", "5", "7.5", "10", "12.5", "15", "17.5"))
_PARTS = tuple(Decimal(text) for text in ("0.25", "0.5", "0.75", "1.5", "2.25", "7.5"))
#: Days from the close date: with the default date, deals close on both sides of a month's end.
_OTHER_DAYS = (-1, 1, 2)
#: With two decimals, with none and with three.
_LIKELY = {"USD": 0.45, "EUR": 0.25, "GBP": 0.13, "JPY": 0.1, "KWD": 0.07}
_PRODUCTS = ("Licences", "Support", "Sensor", "Gateway", "Training", "Spare parts", "Controller", "Cable", "Storage")
_GRADES = ("Basic", "Standard", "Plus", "Professional", "Enterprise", "Été", "Größe XL", "Maker's")
FREE_SKU = "SKU-FREE"

#: Not deleted: the CRM announces no deletion, so where it cannot be read, no sync could name the deal in time.
_LATER = {"amended several times": Later(0.03)}

#: The parameters of deals that nothing is odd about, and to which nothing happens later.
PLAIN = {
    **dict.fromkeys(("same_names", "new_customers", "case_twins", "repeated_products", "free_lines", "other_days"), 0),
    **dict.fromkeys(("parts", "discounts", "taxed_products", "taxed", "not_won", "amended", "voided"), 0),
    **{operation_key(name): 0 for name in _LATER},
}

ChangeDeal = Callable[[int, dict[str, Any]], dict[str, Any]]
"""``change(number of the deal, its value) -> value``, pure."""

Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class ClosedWonParams(ArrivalParams, frozen=True, kw_only=True):
    """``currencies``: a list of ISO codes of equal weight, or their weights. ``products``: how many there are.

    The others are shares: of accounts with the name of another (``same_names``), of accounts that the ERP does not know
    yet (``new_customers``), of products whose SKU differs from
    another's by case only (``case_twins``), of deals that have a product twice (``repeated_products``) or a free line
    (``free_lines``), or that close a day or two before or after the close date (``other_days``), of lines with parts of
    a unit (``parts``) or a discount (``discounts``), of products that the ERP taxes by itself (``taxed_products``), and
    of lines with another tax code, which the sync has to hand on (``taxed``), of deals with a bundle and its parts
    (``bundles``), or with a large discount in a line of its own (``one_off_discounts``). For a share of the deals
    (``not_won``) there is one more that is not won, every other one of them is lost, and none of them must be ordered.
    ``tax_rate`` is the rate of every tax code (0.1 for 10%); without it there are several.
    """

    currencies: dict[str, Annotated[float, Meta(gt=0, le=1e9)]] | list[str] = msgspec.field(
        default_factory=lambda: dict(_LIKELY)
    )
    products: Annotated[int, Meta(ge=1, le=10_000, description="How many there are.")] = 20
    same_names: Annotated[Share, Meta(description="Accounts with the name of another one.")] = 0.15
    new_customers: Annotated[Share, Meta(description="Accounts that the ERP does not know yet.")] = 0.15
    case_twins: Annotated[Share, Meta(description="Products whose SKU differs from another's by case only.")] = 0.2
    repeated_products: Annotated[Share, Meta(description="Deals that have a product twice.")] = 0.15
    free_lines: Annotated[Share, Meta(description="Deals with a free line.")] = 0.1
    other_days: Annotated[Share, Meta(description="Deals that close a day or two before or after the close date.")] = (
        0.4
    )
    parts: Annotated[Share, Meta(description="Lines with parts of a unit.")] = 0.15
    discounts: Annotated[Share, Meta(description="Lines with a discount.")] = 0.65
    taxed_products: Annotated[Share, Meta(description="Products that the ERP taxes by itself.")] = 0.3
    taxed: Annotated[Share, Meta(description="Lines with another tax code, which the sync has to hand on.")] = 0.0
    bundles: Annotated[Share, Meta(description="Deals with a bundle and its parts.")] = 0.0
    one_off_discounts: Annotated[Share, Meta(description="Deals with a large discount in a line of its own.")] = 0.0
    tax_rate: Annotated[Share | None, Meta(description="The rate of every tax code; without it there are several.")] = (
        None
    )
    not_won: Annotated[
        Share, Meta(description="Further deals that are not won, for each that is; every other one is lost.")
    ] = 0.1
    amended: Part = 0.05
    voided: Part = 0.03
    later: dict[str, Later] = msgspec.field(default_factory=lambda: dict(_LATER))

    def __post_init__(self) -> None:
        """Raise GamedayError for a currency that no deal can be generated in, or a bad date."""
        ArrivalParams.__post_init__(self)
        for code in self.currencies or [""]:
            if code not in PER_USD:
                raise unknown("currency", code, PER_USD, where="the parameters of the workload 'closed won'")


@workload("closed won", params=ClosedWonParams)
def closed_won(spec: WorkloadSpec, seed: int) -> Workload:
    """Generated deals of one to six lines, with awkward names, quantities, discounts, dates and currencies.

    Parameters: ClosedWonParams. The deals of a shorter workload are the first ones of a longer. Raises GamedayError
    for a bad parameter.
    """
    return generated(read_params(ClosedWonParams, spec), spec, seed)


def generated(
    params: ClosedWonParams, spec: WorkloadSpec, seed: int, deal: ChangeDeal = lambda _, value: value
) -> Workload:
    """The deals of a spec with these parameters; ``deal`` changes the value of each before it is closed."""
    weights = _weights(params)
    accounts = make_accounts(
        _known_accounts(spec.count - 1), weights, seed, same_names=params.same_names, new=params.new_customers
    )
    products = _products(params, weights, seed)
    free = Product(FREE_SKU, "Welcome pack", dict.fromkeys(weights, Decimal(0)))
    deals = [_deal(index, accounts, products, params, weights, seed) for index in range(spec.count)]
    deals = [(key, deal(index, value)) for index, (key, value) in enumerate(deals)]
    sold = (*products, free) if params.free_lines else products
    per_usd = {code: PER_USD[code] for code in weights}
    further = sold_together.products(per_usd, bundles=params.bundles > 0, discounts=params.one_off_discounts > 0)
    known = [account.key for account in accounts]
    operations = (*arrange(deals, spec, params, seed, known), *_not_won(deals, spec, params, seed))
    codes = tax_codes(params.tax_rate) if params.taxed or params.taxed_products else {}
    return Workload(
        Catalog(accounts, (*sold, *further), codes), tuple(sorted(operations, key=lambda operation: operation.at_s))
    )


def _not_won(
    deals: Sequence[tuple[str, dict[str, Any]]], spec: WorkloadSpec, params: ClosedWonParams, seed: int
) -> Iterator[BusinessOperation]:
    """Deals like the won ones that are only negotiated; every other one is lost some time later."""
    gap_s = 60.0 / spec.per_minute
    chosen = 0
    for index, (key, value) in enumerate(deals):
        chance = random_of(seed, "not won", index)
        if chance.random() >= params.not_won:
            continue
        chosen += 1
        at_s = (index + chance.random()) * gap_s
        name = key.replace("deal", "open")
        yield BusinessOperation(round(at_s, 3), "open_deal", name, value)
        if chosen % 2:
            yield BusinessOperation(round(at_s + chance.uniform(5, 30), 3), "lose_deal", name, {})


def _weights(params: ClosedWonParams) -> dict[str, float]:
    given = params.currencies
    return dict(given) if isinstance(given, dict) else dict.fromkeys(given, 1.0)


def _known_accounts(index: int) -> int:
    """How many accounts exist at the time of a deal."""
    return _BATCH * (1 + index // (_BATCH * DEALS_PER_ACCOUNT))


def _products(params: ClosedWonParams, weights: dict[str, float], seed: int) -> tuple[Product, ...]:
    made: list[Product] = []
    codes = tax_codes(params.tax_rate)
    # A product without a code is exempt anyway.
    charged = [code for code, percent in codes.items() if percent] or list(codes)
    for index in range(params.products):
        chance = random_of(seed, "product", index)
        dollars = Decimal(f"{10 ** chance.uniform(1, 3.7):.2f}")
        prices = {code: to_currency(dollars * PER_USD[code], code) for code in weights}
        name = f"{_PRODUCTS[index % len(_PRODUCTS)]} {_GRADES[index % len(_GRADES)]} {chance.randint(100, 999)}"
        sku = f"SKU-{index + 1:04}"
        if made and made[-1].sku == f"SKU-{index:04}" and chance.random() < params.case_twins:
            sku = made[-1].sku.lower()
        # Its own chance, so that a product that is taxed is otherwise the same.
        tax = random_of(seed, "tax of product", index)
        code = tax.choice(charged) if tax.random() < params.taxed_products else ""
        made.append(Product(sku, name, prices, code))
    return tuple(made)


def _deal(
    index: int,
    accounts: tuple[Account, ...],
    products: tuple[Product, ...],
    params: ClosedWonParams,
    weights: dict[str, float],
    seed: int,
) -> tuple[str, dict[str, Any]]:
    chance = random_of(seed, "deal", index)
    # Half of the deals have the newest accounts; none has one that a shorter workload would not have.
    known = _known_accounts(index)
    account = accounts[chance.randrange(known - _BATCH if chance.random() < 0.5 else 0, known)]
    currency = account.currency
    if chance.random() < 0.2:
        currency = chance.choices(list(weights), list(weights.values()))[0]
    chosen = chance.sample(products, min(len(products), chance.randint(1, 4)))
    if chance.random() < params.repeated_products:
        chosen.append(chance.choice(chosen))
    lines = [_line(product, currency, params, chance) for product in chosen]
    if chance.random() < params.free_lines:
        lines.append(DealLine(FREE_SKU, Decimal(chance.randint(1, 5)), Decimal(0), to_currency(Decimal(0), currency)))
    lines += _sold_together(index, lines, currency, params, seed)
    # Its own chance, so that a deal with taxes is otherwise the same.
    of_products = {product.sku: product.tax_code for product in chosen}
    codes, tax = tax_codes(params.tax_rate), random_of(seed, "tax", index)
    lines = with_taxes(lines, currency, codes, of_products, params.taxed, tax)
    name = f"{account.name[:50].rstrip()} - {chosen[0].name}"[:LONGEST_NAME]
    close_date = _close_date(params, chance)
    return f"deal-{index + 1:06}", deal_value(name, account.key, currency, close_date, lines)


def _sold_together(
    index: int, lines: Sequence[DealLine], currency: str, params: ClosedWonParams, seed: int
) -> list[DealLine]:
    """The bundle and the one-off discount of a deal; by chances of their own, as the taxes are."""
    further: list[DealLine] = []
    chance = random_of(seed, "bundle", index)
    if chance.random() < params.bundles:
        [priced, *_] = sold_together.products({currency: PER_USD[currency]}, bundles=True, discounts=False)
        further += sold_together.bundle(priced.prices[currency], currency, chance)
    chance = random_of(seed, "one-off discount", index)
    if chance.random() < params.one_off_discounts:
        further += sold_together.one_off_discount([*lines, *further], currency, chance)
    return further


def _line(product: Product, currency: str, params: ClosedWonParams, chance: random.Random) -> DealLine:
    quantity = chance.choice(_PARTS) if chance.random() < params.parts else Decimal(chance.randint(1, 25))
    discount = chance.choice(_DISCOUNTS) if chance.random() < params.discounts else None
    price = product.prices[currency]
    return DealLine(product.sku, quantity, price, net_total(price, quantity, discount, currency), discount)


def _close_date(params: ClosedWonParams, chance: random.Random) -> str:
    if chance.random() >= params.other_days:
        return params.close_date
    date = datetime.date.fromisoformat(params.close_date)
    return (date + datetime.timedelta(days=chance.choice(_OTHER_DAYS))).isoformat()
