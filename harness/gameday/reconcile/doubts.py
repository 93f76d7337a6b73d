"""Says what speaks for a mistake in the exports rather than in the sync: one line each. Pure, but for ``of_files``.

Nothing here decides: findings stay findings, and a file that cannot be read whole is a mistake already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from gameday.base.counts import out_of, plural
from gameday.reconcile.judging import TWICE, Finding

#: So many ids of each side are looked at, and from so many findings on there is something to say.
_LOOKED_AT, _FEWEST = 2_000, 5
#: From this share of the deals on, it is more likely the exports' fault.
_MOST = 0.9
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
#: How a tool may have changed ids: words for it, and what makes both the same again.
_SPOILED: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("the ids are of another case", str.casefold),
    ("blanks are around the ids of one of them", str.strip),
    ("the ids of one of them have lost their leading zeros", lambda id_: id_.lstrip("0")),
    ("one of them has the ids of 15 characters, the other those of 18", lambda id_: id_[:15]),
)


class Doubts:
    """Collects from findings what may be wrong with the exports; of the first thousands, so memory is bounded."""

    def __init__(self) -> None:
        self._lost: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._problems = Counter[str]()
        self._fields = Counter[str]()

    def see(self, finding: Finding) -> None:
        """Look at a finding."""
        self._problems[finding.problem] += 1
        if finding.problem == "lost" and len(self._lost) < _LOOKED_AT:
            self._lost.update((deal.id, deal.date) for deal in finding.deals)
        elif finding.problem == "no deal" and len(self._named) < _LOOKED_AT:
            self._named.update((key, order.date) for order in finding.orders for key in order.keys.values() if key)
        elif finding.problem == "mismatched":
            self._fields.update({each.field for each in finding.repair.differences})

    def lines(self, counts: Mapping[str, int]) -> list[str]:
        """What there is to say, once all findings were seen; ``counts`` are those of the documents by state."""
        return [*self._empty(counts), *self._apart(counts), *self._differing(counts)]

    def _empty(self, counts: Mapping[str, int]) -> Iterator[str]:
        for side, live, rest, words in (
            ("CRM", "won", "void", "deals"),
            ("ERP", "open", "cancelled", "orders"),
        ):
            if counts[live] + counts[rest] == 0:
                yield f"the {side}'s export has no {words} at all; has it been cut off, or is it of another day?"
            elif counts[live] == 0:
                yield f"the {side}'s export has {counts[rest]:,} {words}, and none is {live}; see --won and --cancelled"

    def _apart(self, counts: Mapping[str, int]) -> Iterator[str]:
        """Whether hardly any order names a deal of the CRM's export."""
        lost, alone = self._problems["lost"], self._problems["no deal"]
        if min(lost, alone) < _FEWEST or lost < _MOST * counts["won"] or alone < _MOST * counts["open"]:
            return
        first, other = next(iter(self._lost), ""), next(iter(self._named), "")
        without = out_of(lost, counts["won"], "won deal", verb="has")
        problem = f"{without} no order, and {plural(alone, 'order', verb='names')} no deal of the export"
        yield f"{problem}: deals are such as {first[:40]!r}, orders name {other[:40]!r}{self._why()}"

    def _why(self) -> str:
        ours, theirs = set(self._lost), set(self._named)
        for words, alike in _SPOILED:
            if {*map(alike, ours)} & {*map(alike, theirs)}:
                return f"; {words}"
        for side, ids in (("the CRM's export", ours), ("the ERP's export", theirs)):
            if any(_SCIENTIFIC.fullmatch(id_) for id_ in ids):
                return f"; a spreadsheet has rounded the ids of {side}"
        days = [sorted(day for day in each.values() if day) for each in (self._lost, self._named)]
        if all(days) and (days[0][-1] < days[1][0] or days[1][-1] < days[0][0]):
            ranges = [each[0] if each[0] == each[-1] else f"{each[0]} to {each[-1]}" for each in days]
            return f"; deals are of {ranges[0]}, orders of {ranges[1]}: are the exports of the same days?"
        return ""

    def _differing(self, counts: Mapping[str, int]) -> Iterator[str]:
        """Nearly every order is there twice, or differs in one field."""
        pairs = min(counts["won"], counts["open"])
        for problem, side in (("duplicated", "ERP"), (TWICE, "CRM")):
            if self._problems[problem] >= max(_FEWEST, _MOST * counts["won"] / (1 if side == "ERP" else 2)):
                yield f"nearly everything in the {side}'s export is there twice: was it exported twice into one file?"
        for field, number in sorted(self._fields.items()):
            if number >= max(_FEWEST, _MOST * pairs):
                yield (
                    f"{field} differs in {out_of(number, pairs, 'order')}: it may be exported in another form, or be "
                    "another column than the contract means"
                )


def of_files(paths: Iterable[Path]) -> Iterator[str]:
    """What speaks for a file of rows that ends too early: its last row does not end with a line break."""
    for path in paths:
        if path.suffix.lower() in (".csv", ".tsv") and path.stat().st_size:
            with path.open("rb") as file:
                file.seek(-1, 2)
                if file.read() not in (b"\n", b"\r"):
                    yield f"{path} does not end with a line break: its last row may be cut short"
