"""Samples: the same in any order, with some records of every kind, and enough at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday.base.chance import effect_shown, size_for
from gameday.capture.lowest import Strata
from gameday.capture.raw_record import RawRecord
from gameday.capture.sampling import sample
from gameday.capture.traits import AMENDED, DEAD_LETTERED, Traits, read_traits
from gameday.model.contract import Contract, Field
from support.rows import rows
from support.thorough import examples

Record = dict[str, Any]
New = Callable[..., Record]


@pytest.fixture
def traits(contract: Contract) -> Traits:
    return read_traits(contract.crm_fields, contract.ordering)


def raw_records(records: list[Record], marks: frozenset[str] = frozenset()) -> list[RawRecord]:
    return [RawRecord(record, number, marks) for number, record in enumerate(records, start=1)]


def ids(kept: tuple[RawRecord, ...]) -> list[str]:
    return [raw.record["Opportunity"]["Id"] for raw in kept]


@rows(("effect", "size"), [(0.01, 299), (0.05, 59), (0.001, 2995)])
def test_a_random_sample_of_this_size_shows_the_effect(effect: float, size: int) -> None:
    assert size_for(effect) == size
    assert effect_shown(size) <= effect < effect_shown(size - 1)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_order_of_arrival_does_not_matter(order: random.Random, traits: Traits, new_record: New) -> None:
    records = [new_record(n, prices=(str(n % 37 + 1),), CurrencyIsoCode="EUR" if n % 9 else "JPY") for n in range(120)]
    wanted = sample(raw_records(records), traits, size=20, seed=3, least=2, largest=2)
    order.shuffle(records)
    found = sample(raw_records(records), traits, size=20, seed=3, least=2, largest=2)
    assert ids(found.kept) == ids(wanted.kept)
    assert found.strata == wanted.strata


def test_another_seed_gives_another_sample(traits: Traits, new_record: New) -> None:
    records = [new_record(n) for n in range(200)]
    one, other = (sample(raw_records(records), traits, size=20, seed=seed) for seed in (1, 2))
    assert ids(one.kept) != ids(other.kept)


def test_a_rare_currency_is_kept(traits: Traits, new_record: New) -> None:
    records = [new_record(n) for n in range(500)] + [new_record(900, CurrencyIsoCode="KWD")]
    assert records[-1]["Opportunity"]["Id"] in ids(sample(raw_records(records), traits, size=10).kept)


def test_a_least_number_of_every_kind_is_kept(traits: Traits, new_record: New) -> None:
    records = [new_record(n, StageName="Closed Won" if n % 40 else "Closed Lost") for n in range(800)]
    found = sample(raw_records(records), traits, size=10, least=4)
    assert all(stratum.kept >= 4 for stratum in found.strata)


@pytest.mark.parametrize("mark", [AMENDED, DEAD_LETTERED])
def test_a_marked_record_is_kept(mark: str, traits: Traits, new_record: New) -> None:
    marked = RawRecord(new_record(900), 1, frozenset({mark}))
    found = sample([marked, *raw_records([new_record(n) for n in range(500)])], traits, size=10)
    assert marked.record["Opportunity"]["Id"] in ids(found.kept)


def test_the_largest_of_each_currency_are_kept(traits: Traits, new_record: New) -> None:
    records = [new_record(n, prices=(str(100 + n),), CurrencyIsoCode=("EUR", "JPY")[n % 2]) for n in range(400)]
    found = sample(raw_records(records), traits, size=5, largest=2)
    assert {records[n]["Opportunity"]["Id"] for n in (396, 397, 398, 399)} <= set(ids(found.kept))


def test_amounts_fall_into_four_classes_of_their_currency(traits: Traits, new_record: New) -> None:
    records = [new_record(n, prices=(str(n + 1),)) for n in range(1000)]
    sizes = [stratum for stratum in sample(raw_records(records), traits).strata if stratum.dimension == "size"]
    assert [stratum.value.partition(" ")[0] for stratum in sizes] == ["smallest", "second", "third", "largest"]
    assert sum(stratum.seen for stratum in sizes) == 1000


@pytest.mark.parametrize(("amount", "word"), [(None, "none"), (Decimal(0), "zero"), (Decimal(-5), "negative")])
def test_records_without_a_size_are_their_own_kind(amount: Any, word: str, traits: Traits, new_record: New) -> None:
    found = sample(raw_records([new_record(1), new_record(2, Amount=amount)]), traits)
    assert word in [stratum.value for stratum in found.strata if stratum.dimension == "size"]


def test_a_repeated_record_is_seen_twice_and_kept_once(traits: Traits, new_record: New) -> None:
    found = sample(raw_records([new_record(1), new_record(2), new_record(1)]), traits)
    assert (found.seen, len(found.kept)) == (3, 2)


def test_few_records_are_all_kept(traits: Traits, new_record: New) -> None:
    found = sample(raw_records([new_record(n) for n in range(30)]), traits, size=400)
    assert (len(found.kept), found.random) == (30, 30)


def test_kept_records_are_sorted_by_version(traits: Traits, new_record: New) -> None:
    moments = [f"2024-03-{day:02}T10:00:00.000+0000" for day in (9, 3, 27, 14)]
    found = sample(raw_records([new_record(n, SystemModstamp=moment) for n, moment in enumerate(moments)]), traits)
    assert [kept.record["Opportunity"]["SystemModstamp"] for kept in found.kept] == sorted(moments)


def test_a_subsidiary_and_a_type_are_dimensions_where_the_contract_has_them(new_record: New) -> None:
    fields = [
        Field(f"deal.{name}", "string", False, f"Deal.{name}", "internal") for name in ("Id", "Subsidiary", "Type")
    ]
    found = sample([RawRecord({"Deal": {"Id": "1", "Subsidiary": "Bonn", "Type": "New"}}, 1)], read_traits(fields))
    assert {("subsidiary", "Bonn"), ("type", "New")} <= {(each.dimension, each.value) for each in found.strata}


def test_of_too_many_values_the_same_are_distinguished_in_any_order(new_record: New) -> None:
    values = [f"value {number}" for number in range(100)]
    held = RawRecord({}, 1)
    tables = [Strata[str](1, 10, seed=1), Strata[str](1, 10, seed=1)]
    for table, order in zip(tables, (values, values[::-1]), strict=True):
        for value in order:
            table.offer(value, (1,), held)
    assert tables[0].by_value.keys() == tables[1].by_value.keys()
    assert (len(tables[0].by_value), tables[0].others) == (10, 90)


def test_a_raw_record_shows_nothing_of_its_record(new_record: New) -> None:
    assert repr(RawRecord(new_record(1), 7)) == "RawRecord(line=7)"
