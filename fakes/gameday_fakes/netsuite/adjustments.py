"""Lines that sell nothing: discounts and markups, subtotals, texts; and the discount of a whole document. No HTTP here.

Source: Oracle's NetSuite help, "Discount Items", "Markup Items", "Subtotal Items", "Description Items": a discount or
markup applies to the line above it, or to all lines of a subtotal that stands there; a subtotal is of the lines since
the last one. [R]: a second discount is of what the first leaves, a discount has the tax code of what it applies to
(it applies before tax), and the document's own discount leaves taxes as they are (it applies after tax).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from gameday_fakes import ledger
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.item_types import RATED, ROLES, Role
from gameday_fakes.netsuite.models import CUSTOM_PRICE, Document, Line
from gameday_fakes.netsuite.values import round_money, to_decimal

if TYPE_CHECKING:
    from gameday_fakes.netsuite.store import NetSuiteStore


class Rate(NamedTuple):
    """What a discount or a markup takes or adds: an amount, or so many percent; neither if nothing is said."""

    amount: Decimal | None = None
    percent: Decimal | None = None

    @property
    def text(self) -> Any:
        """As it is written: a number, or ``-10.0%``."""
        return self.amount if self.percent is None else f"{shortest(self.percent)}%"


def read_rate(value: Any, path: str) -> Rate:
    """A rate of a body: a number, or a text such as ``-10%``. Raises Refused."""
    if value is None or value == "":
        return Rate()
    if isinstance(value, str) and value.rstrip().endswith("%"):
        return Rate(percent=to_decimal(value.rstrip()[:-1].strip(), path))
    return Rate(amount=to_decimal(value, path))


def shortest(percent: Decimal) -> str:
    """A percentage as NetSuite writes it: with at least one decimal."""
    text = f"{percent.normalize():f}"
    return text if "." in text else f"{text}.0"


def role_of(store: NetSuiteStore, item: str) -> Role:
    """What a line of an item does."""
    return ROLES.get(store.records["inventoryItem"][item].type, "")


class _Groups:
    """Walks down the lines of a document and says what the next adjustment applies to."""

    def __init__(self) -> None:
        #: Places of the goods that the next adjustment applies to, and of those since the last subtotal.
        self.targets: tuple[int, ...] = ()
        self._section: tuple[int, ...] = ()

    def passed(self, place: int, role: Role) -> None:
        """A line has been passed."""
        if not role:
            self.targets = (place,)
            self._section = (*self._section, place)
        elif role == "subtotal":
            self.targets, self._section = self._section, ()


def settled(lines: Sequence[Line], decimals: int, tax: Callable[[str, Decimal], Decimal | None]) -> tuple[Line, ...]:
    """The lines with the amounts that follow from others: percentages and subtotals. ``tax`` is that on an amount.

    Raises Refused for a percentage of nothing.
    """
    if not any(line.role for line in lines):
        return tuple(lines)
    groups, done = _Groups(), list(lines)
    base = since = Decimal(0)
    for place, line in enumerate(lines):
        if line.role == "subtotal":
            base, since = since, Decimal(0)
            done[place] = msgspec.structs.replace(line, rate=base)
        elif line.role == "adjustment":
            done[place] = _adjusted(line, [done[each] for each in groups.targets], base, decimals, tax)
            base, since = base + done[place].amount, since + done[place].amount
        elif not line.role:
            base, since = line.amount, since + line.amount
        groups.passed(place, line.role)
    return tuple(done)


def _adjusted(
    line: Line,
    targets: Sequence[Line],
    base: Decimal,
    decimals: int,
    tax: Callable[[str, Decimal], Decimal | None],
) -> Line:
    if not targets:
        detail = "Error while accessing a resource. A discount or markup has to follow the line that it applies to."
        raise Refused("user_error", detail, path="item")
    amount = line.amount if line.percent is None else round_money(base * line.percent / 100, decimals)
    codes = {each.tax_code for each in targets}
    code = line.tax_code or (codes.pop() if len(codes) == 1 else "")
    closed = line.is_closed or all(each.is_closed for each in targets)
    return msgspec.structs.replace(line, amount=amount, tax_code=code, tax=tax(code, amount), is_closed=closed)


def parts(lines: Sequence[Line], taken: Mapping[int, Line], decimals: int) -> Iterator[Line]:
    """The lines ``taken`` of a document, by their numbers, with what applies to them: of an amount their share."""
    groups, kept, since = _Groups(), set[int](), Decimal(0)
    for place, line in enumerate(lines):
        here = [each for each in groups.targets if each in kept]
        if not line.role and line.number in taken:
            kept.add(place)
            since += taken[line.number].amount
            yield taken[line.number]
        elif line.role == "adjustment" and here:
            whole = sum((lines[each].amount for each in groups.targets), Decimal(0))
            share = (
                sum((taken[lines[each].number].amount for each in here), Decimal(0)) / whole if whole else Decimal(1)
            )
            tax = None if line.tax is None else round_money(line.tax * share, decimals)
            amount = round_money(line.amount * share, decimals)
            since += amount
            yield msgspec.structs.replace(line, amount=amount, tax=tax)
        elif line.role == "subtotal" and kept:
            yield msgspec.structs.replace(line, rate=since)
            since = Decimal(0)
        elif line.role == "text" and kept:
            yield line
        groups.passed(place, line.role)


def goods(lines: Iterable[tuple[Role, ledger.Line]], discount: Decimal, decimals: int) -> tuple[ledger.Line, ...]:
    """The lines that sell something, each with its share of what discounts and markups make of it."""
    groups, found = _Groups(), list[ledger.Line]()
    for role, line in lines:
        if role == "adjustment":
            _spread(found, groups.targets or range(len(found)), line.amount, line.tax, decimals)
        elif not role:
            found.append(line)
        groups.passed(len(found) - 1, role)
    _spread(found, range(len(found)), discount, None, decimals)
    return tuple(found)


def _spread(
    lines: list[ledger.Line], places: Sequence[int], amount: Decimal, tax: Decimal | None, decimals: int
) -> None:
    """Add an amount, and the tax on it, to lines by what they come to; the parts add up to the whole."""
    whole = sum((lines[place].amount for place in places), Decimal(0))
    if not amount or not places:
        return
    passed = amount_done = tax_done = Decimal(0)
    for number, place in enumerate(places, start=1):
        line = lines[place]
        passed += line.amount
        share = passed / whole if whole else Decimal(number) / len(places)
        part = round_money(amount * share, decimals) - amount_done
        amount_done += part
        of_tax = None if tax is None else round_money(tax * share, decimals) - tax_done
        tax_done += of_tax or 0
        taxed = line.tax if of_tax is None else (line.tax or Decimal(0)) + of_tax
        lines[place] = msgspec.structs.replace(line, amount=line.amount + part, tax=taxed)


def take_discount(store: NetSuiteStore, document: Document, body: Mapping[str, Any], currency: str) -> None:
    """Give a document the discount that a body names, and compute it again. Raises Refused."""
    if "discountItem" in body:
        document.discount_item = store.refer_optional("discountItem", body["discountItem"], "discountItem")
        known = store.records["inventoryItem"].get(document.discount_item)
        if known is not None and known.type not in RATED:
            detail = f"Invalid Field Value {document.discount_item} for the following field: discountItem."
            raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path="discountItem")
        own = read_rate(known.fields.get("rate"), "discountItem") if known else Rate()
        document.discount, document.discount_percent = own.amount or Decimal(0), own.percent
    if "discountRate" in body:
        rate = read_rate(body["discountRate"], "discountRate")
        if not document.discount_item and rate != Rate():
            detail = "Error while accessing a resource. Please enter value(s) for: Discount."
            raise Refused("missing_field", detail, path="discountRate")
        document.discount, document.discount_percent = rate.amount or Decimal(0), rate.percent
    decimals = store.decimals(currency)
    if document.discount_percent is not None:
        document.discount = round_money(document.subtotal * document.discount_percent / 100, decimals)
    else:
        document.discount = round_money(document.discount, decimals)


def discounted_like(source: Document, lines: Sequence[Line], decimals: int) -> dict[str, Any]:
    """The discount of a document that is made from another with these of its lines, as fields of it."""
    whole, part = source.subtotal, sum((line.amount for line in lines), Decimal(0))
    share = part / whole if whole else Decimal(1)
    return {
        "discount": round_money(source.discount * share, decimals),
        "discount_item": source.discount_item,
        "discount_percent": source.discount_percent,
    }


def with_discount(document: Document) -> tuple[Line, ...]:
    """The lines of a document, and one more with its own discount."""
    if not document.discount_item:
        return document.lines
    number = max((line.number for line in document.lines), default=0) + 1
    none, amount = Decimal(0), document.discount
    own = Line(number, document.discount_item, none, amount, amount, CUSTOM_PRICE, role="adjustment")
    return (*document.lines, msgspec.structs.replace(own, percent=document.discount_percent))


def numbers_of(line: Line) -> dict[str, Any]:
    """Quantity, rate and amount of a line as records show them, as far as it has them."""
    match line.role:
        case "adjustment":
            rate = line.rate if line.percent is None else Rate(percent=line.percent).text
            return {"rate": rate, "amount": line.amount}
        case "subtotal":
            return {"amount": line.rate}
        case "text":
            return {}
    return {"quantity": line.quantity, "rate": line.rate, "amount": line.amount}
