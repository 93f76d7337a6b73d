"""Draws a stratified sample from a stream of records: at random, with some records of every kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from gameday.base.chance import effect_shown
from gameday.capture.lowest import Lowest, Strata, Stratum, hashed
from gameday.capture.raw_record import RawRecord
from gameday.capture.traits import SizeBucket, Traits

SIZE = 400
LEAST = 5
LARGEST = 3

#: How many values of one dimension are distinguished; size has about ten buckets for each power of ten and currency.
_MOST_VALUES = 200
_MOST_BUCKETS = 2_000
_QUARTERS = ("smallest quarter", "second quarter", "third quarter", "largest quarter")

Value = str | SizeBucket


class StratumCount(msgspec.Struct, frozen=True):
    """How many records of one kind were seen and kept; kept counts different records, seen also repeated ones.

    ``currency`` is that of a size class, and empty in other dimensions. Values are not redacted.
    """

    dimension: str
    value: str
    seen: int
    kept: int
    currency: str = ""


class Sample(msgspec.Struct, frozen=True):
    """The records kept of a stream. ``random``: how many of them are a simple random sample of the distinct records.

    ``kept`` is sorted by the contract's ordering field, then by a hash of the content. ``others``: by dimension, how
    many records had a value that is not distinguished because there are too many.
    """

    kept: tuple[RawRecord, ...]
    seen: int
    random: int
    strata: tuple[StratumCount, ...]
    others: dict[str, int]

    @property
    def effect(self) -> float:
        """The smallest share of broken records that this sample shows with a probability of 95%."""
        return effect_shown(self.random)


def sample(
    raw_records: Iterable[RawRecord],
    traits: Traits,
    *,
    size: int = SIZE,
    seed: int = 1,
    least: int = LEAST,
    largest: int = LARGEST,
) -> Sample:
    """Draw a stratified sample: ``size`` records at random, and then what is missing of each kind.

    Of every value of every dimension (currency, subsidiary, type, stage, size class by quarters of the amount in its
    currency, count of lines, amended, once dead-lettered) at least ``least`` records are kept, if there are as many,
    and of every currency the ``largest``, so there may be more than ``size``. 299 at random show a change that breaks
    one record in a hundred with a probability of 95% (``size_for``); the records beyond them cover the rare kinds.

    The same records and the same seed give the same sample in whatever order they come, because records are ranked by
    a hash of their content. A repeated record is kept once. Memory is bounded by what is kept, not by what is seen.
    """
    sampler = _Sampler(traits, size, seed, least, largest)
    for raw in raw_records:
        sampler.offer(raw)
    return sampler.finish()


class _Sampler:
    def __init__(self, traits: Traits, size: int, seed: int, least: int, largest: int) -> None:
        self._traits = traits
        self._seed = seed
        self._least = least
        self._seen = 0
        self._random = Lowest(size)
        self._largest = Strata[str](largest, _MOST_VALUES, seed)
        self._strata: dict[str, Strata[Value]] = {}

    def offer(self, raw: RawRecord) -> None:
        self._seen += 1
        rank = (hashed(self._seed, raw.content),)
        self._random.offer(rank, raw)
        for dimension, value in self._traits.of(raw).items():
            if dimension not in self._strata:
                most = _MOST_BUCKETS if dimension == "size" else _MOST_VALUES
                self._strata[dimension] = Strata(self._least, most, self._seed)
            self._strata[dimension].offer(value, rank, raw)
        amount = self._traits.amount(raw.record)
        if amount is not None:
            self._largest.offer(self._traits.currency(raw.record), (-amount, *rank), raw)

    def finish(self) -> Sample:
        random = {raw.content: raw for raw in self._random}
        kept = dict(random)
        classes = [found for dimension in self._strata for found in self._classes(dimension)]
        for stratum in (*(found for _, _, found in classes), *self._largest.by_value.values()):
            kept.update((raw.content, raw) for raw in stratum.lowest)
        return Sample(
            kept=tuple(sorted(kept.values(), key=self._place)),
            seen=self._seen,
            random=len(random),
            strata=tuple(self._count(kept.values(), classes)),
            others={name: strata.others for name, strata in self._strata.items() if strata.others},
        )

    def _place(self, raw: RawRecord) -> tuple[str, int]:
        return self._traits.newness(raw.record), hashed(self._seed, raw.content)

    def _classes(self, dimension: str) -> Iterator[tuple[str, tuple[Value, ...], Stratum]]:
        """The strata of a dimension: its name, the values of each stratum, and the stratum."""
        by_value = self._strata[dimension].by_value
        if dimension != "size":
            for value in sorted(by_value, key=str):
                yield dimension, (value,), by_value[value]
            return
        buckets = sorted(value for value in by_value if isinstance(value, SizeBucket))
        for currency in sorted({bucket.currency for bucket in buckets}):
            for group in _quarters([b for b in buckets if b.currency == currency], by_value):
                yield dimension, tuple(group), self._merged(by_value[bucket] for bucket in group)

    def _merged(self, strata: Iterable[Stratum]) -> Stratum:
        merged = Stratum(self._least)
        for stratum in strata:
            merged.seen += stratum.seen
            for raw in stratum.lowest:
                merged.lowest.offer((hashed(self._seed, raw.content),), raw)
        return merged

    def _count(
        self, kept: Iterable[RawRecord], classes: list[tuple[str, tuple[Value, ...], Stratum]]
    ) -> Iterator[StratumCount]:
        traits = [self._traits.of(raw) for raw in kept]
        quarter: dict[str, int] = {}
        for dimension, values, stratum in classes:
            count = sum(1 for found in traits if found[dimension] in values)
            first = values[0]
            if not isinstance(first, SizeBucket):
                yield StratumCount(dimension, first, stratum.seen, count)
                continue
            word = first.form
            if word == "positive":
                word = _QUARTERS[quarter.setdefault(first.currency, 0)]
                quarter[first.currency] += 1
            yield StratumCount(dimension, word, stratum.seen, count, first.currency)


def _quarters(buckets: list[SizeBucket], by_value: dict[Value, Stratum]) -> Iterator[list[SizeBucket]]:
    """The buckets of one currency in classes: those without a size, and four classes with equal counts of records."""
    for bucket in buckets:
        if bucket.form != "positive":
            yield [bucket]
    positive = [bucket for bucket in buckets if bucket.form == "positive"]
    total = sum(by_value[bucket].seen for bucket in positive)
    groups: dict[int, list[SizeBucket]] = {}
    before = 0
    for bucket in positive:
        middle = Decimal(before) + Decimal(by_value[bucket].seen) / 2
        groups.setdefault(int(4 * middle / total), []).append(bucket)
        before += by_value[bucket].seen
    yield from groups.values()
