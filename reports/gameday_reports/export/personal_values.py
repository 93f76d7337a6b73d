"""Which values of a run's records look personal: looked at field by field, as `gameday record` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gameday.model.checker import Case
from gameday.model.events import DealAmended, DealClosed, Exchange, SignalEvent
from gameday.model.history import History
from gameday.records.personal import Looks
from gameday_fakes.ledger import Entry, Ledger

#: What a stack, a system or a message says in a longer text is a sentence, of which no column is made.
LONGEST = 60
Named = tuple[str, str]
"""The name of a field, and a text in it."""


def personal_values(case: Case) -> set[str]:
    """The texts of every field of which some look personal, unless the contract gives the reason to keep it.

    Fields are those of the deals, further fields of both ledgers, and what is in parked records, in the messages to
    people, and in requests and replies. Ids by which records are matched are kept: without them nothing is judged.
    """
    kept = {field.physical_name.rpartition(".")[2].lower() for field in case.contract.crm_fields if field.kept_raw}
    values: dict[str, set[str]] = {}
    for name, text in _fields(case):
        if name.rpartition(".")[2].lower() not in kept:
            values.setdefault(name, set()).add(text)
    ids = set(_ids(case))
    found: set[str] = set()
    for name, texts in values.items():
        looks = Looks(name)
        for text in texts - ids:
            looks.add(text)
        if looks.found():
            found |= texts - ids
    return found


def _histories(case: Case) -> Iterator[History]:
    yield case.history
    if case.control is not None:
        yield case.control


def _ledgers(case: Case) -> tuple[Ledger, ...]:
    control = case.control_ledgers
    return (case.crm, case.erp, *((control.crm, control.erp) if control is not None else ()))


def _fields(case: Case) -> Iterator[Named]:
    """Every text, with the name of the field that has it."""
    for history in _histories(case):
        for op in history.of(DealClosed, DealAmended):
            yield from _texts(op.value)
        for raised in history.of(SignalEvent):
            yield from _short(_texts(raised.event.signal.context if raised.event.signal else None))
        for exchange in history.of(Exchange):
            yield from _short(_texts([exchange.event.request_fields, exchange.event.reply_fields]))
    for ledger in _ledgers(case):
        for entry in (*ledger.entries, *ledger.others):
            yield from _of_entry(entry)
        yield from _texts([*ledger.customers.values()])
    for letter in case.dead_letters:
        yield from _short(_texts(letter.payload))


def _of_entry(entry: Entry) -> Iterator[Named]:
    yield from entry.fields.items()
    for line in entry.lines:
        yield from line.fields
    for invoice in entry.invoices:
        yield from invoice.fields.items()
        for line in invoice.lines:
            yield from line.fields


def _ids(case: Case) -> Iterator[str]:
    for ledger in _ledgers(case):
        yield from ledger.customers
        for entry in (*ledger.entries, *ledger.others):
            yield from (entry.id, entry.customer, entry.currency, *entry.keys.values())
            yield from (line.sku for line in entry.lines)
            yield from (invoice.id for invoice in entry.invoices)


def _short(found: Iterable[Named]) -> Iterator[Named]:
    return (each for each in found if len(each[1]) <= LONGEST)


def _texts(value: object, name: str = "") -> Iterator[Named]:
    """Every text within a value, with the name of the field that has it."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
