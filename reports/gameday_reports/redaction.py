"""Masks names of customers and deals in reports, as the contract classifies them; ids and amounts are kept.

Leaders need the amounts and engineers the ids; nobody needs the names, and reports are shared more widely than runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gameday.model.checker import DeadLetter
from gameday.model.contract import Contract, Field
from gameday.model.events import DealEvent, SignalEvent
from gameday.model.history import Operation
from gameday.records.classification import hidden_fields
from gameday.records.people import name_parts

MASK = "\N{FULL BLOCK}" * 4
#: Shorter values would match by chance in other texts.
SHORTEST = 3
#: By how many characters names are looked up; none is shorter.
_BEGINNING = SHORTEST - 1


def confidential_fields(contract: Contract) -> list[Field]:
    """The text fields whose values are masked; never ids or amounts."""
    ids = {contract.match, contract.idempotency_key, "Id", "id"}
    hidden = {**hidden_fields(contract.crm_fields), **hidden_fields(contract.erp_fields)}
    return [
        field
        for field in (*contract.crm_fields, *contract.erp_fields)
        if hidden[field.physical_name or field.name]
        and field.logical_type == "string"
        and field.physical_name.rpartition(".")[2] not in ids
    ]


def confidential_names(
    contract: Contract,
    deals: Iterable[Operation[DealEvent]],
    signals: Iterable[Operation[SignalEvent]],
    letters: Iterable[DeadLetter],
) -> Iterator[str]:
    """The values of these fields in the run's deals and in the payloads of its signals and dead letters.

    Where a value is somebody's full name, its words too: a note names people by one of them, or the other way round.
    """
    for name in set(_whole_names(contract, deals, signals, letters)):
        yield name
        yield from name_parts(name)


def _whole_names(
    contract: Contract,
    deals: Iterable[Operation[DealEvent]],
    signals: Iterable[Operation[SignalEvent]],
    letters: Iterable[DeadLetter],
) -> Iterator[str]:
    wanted = {field.physical_name.rpartition(".")[2] for field in confidential_fields(contract)}
    if not wanted:
        return
    # The workload uses the CRM's field names in lower case.
    words = {name.lower() for name in wanted}
    for op in deals:
        yield from (value for word, value in op.value.items() if word in words and isinstance(value, str))
    for raised in signals:
        yield from values_under(raised.event.signal.context if raised.event.signal else None, wanted)
    for letter in letters:
        yield from values_under(letter.payload, wanted)


def values_under(payload: Any, wanted: set[str]) -> Iterator[str]:
    """The texts under the wanted keys, at any depth."""
    stack = [payload]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if isinstance(value, str):
                    if key in wanted:
                        yield value
                else:
                    stack.append(value)
        elif isinstance(node, list):
            stack.extend(node)


class Redactor:
    """Masks known names in any text. ``shown`` is what is put in the place of a name, in folded case."""

    def __init__(self, names: Iterable[str], *, shown: Callable[[str], str] = lambda _: MASK) -> None:
        self._shown = shown
        folded = {" ".join(each.split()).casefold() for each in names}
        self._names = {name for name in folded if len(name) >= _shortest(name)}
        # By how a name begins, for most places of a text begin none. Longest first: "Colas Salmon" is masked as a whole
        # even if "Colas" is a name too.
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[:_BEGINNING], set()).add(len(name))
        self._lengths = {beginning: sorted(each, reverse=True) for beginning, each in lengths.items()}

    def __len__(self) -> int:
        return len(self._names)

    def masked(self, text: str) -> str:
        """The text with every whole-word occurrence of a name masked, in any case."""
        if not self._names:
            return text
        folded = text.casefold()
        if len(folded) != len(text):
            # Case folding changed the length, so positions differ: mask and show the folded text instead.
            text = folded
        parts, start = [], 0
        for at in range(len(folded)):
            lengths = self._lengths.get(folded[at : at + _BEGINNING])
            if lengths is None or at < start or not _is_edge(folded, at):
                continue
            end = self._end_of_name(folded, at, lengths)
            if end is not None:
                parts += [text[start:at], self._shown(folded[at:end])]
                start = end
        return "".join([*parts, text[start:]]) if parts else text

    def _end_of_name(self, folded: str, at: int, lengths: list[int]) -> int | None:
        """Where the longest name of these lengths that begins at ``at`` ends; None if none does."""
        for length in lengths:
            if at + length <= len(folded) and _is_edge(folded, at + length) and folded[at : at + length] in self._names:
                return at + length
        return None


def _shortest(name: str) -> int:
    """How long a name must be: two letters of a script without cases, such as Han, are a family's and a given name."""
    return SHORTEST - 1 if name.isalpha() and name.upper() == name.lower() else SHORTEST


def _is_edge(text: str, at: int) -> bool:
    """Whether a word may begin or end at this place."""
    return at in (0, len(text)) or not (text[at - 1].isalnum() and text[at].isalnum())
