"""Which orders an HTTP fault affects, how often and for how long: decided by a hash, never by the order of arrival."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.clock import Clock
from gameday_fakes.http import Reply, Route
from gameday_fakes.intercept import HttpFault, Selection, chosen, parse_rule
from support.rows import rows
from support.thorough import examples

keys = st.lists(st.text(max_size=20), unique=True, max_size=40)
seeds = st.integers(0, 2**32)
shares = st.floats(0, 1)


class Seeded:
    """As much of a fake as an HTTP fault uses for its delays."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = Clock()

    def error(self, kind: str, **context: Any) -> Reply:
        raise NotImplementedError


#: On a busy machine an example may take any time.
untimed = settings(deadline=None, max_examples=examples(50))


@untimed
@given(keys, seeds, shares, st.integers(1, 3), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_same_orders_are_affected_in_any_order_of_arrival(
    keys: list[str], seed: int, share: float, times: int, order: random.Random
) -> None:
    arrivals = keys * 4
    shuffled = order.sample(arrivals, len(arrivals))

    def hits_found(requests: list[str]) -> list[str]:
        selection = Selection(seed, "f1", share, times)
        return sorted(key for key in requests if selection.hits(key))

    assert hits_found(arrivals) == hits_found(shuffled)


@untimed
@given(keys, seeds, shares, shares)
def test_a_larger_share_affects_all_that_a_smaller_one_does(keys: list[str], seed: int, one: float, two: float) -> None:
    small, large = sorted((one, two))
    assert {k for k in keys if chosen(seed, "f", k, small)} <= {k for k in keys if chosen(seed, "f", k, large)}


@untimed
@given(st.text(), seeds)
def test_a_share_of_0_affects_nothing_and_of_1_everything(key: str, seed: int) -> None:
    assert (chosen(seed, "f", key, 0.0), chosen(seed, "f", key, 1.0)) == (False, True)


def test_a_share_is_met_over_many_orders_and_another_seed_chooses_others() -> None:
    names = [f"006{number:06}" for number in range(10_000)]
    first, second = ({name for name in names if chosen(seed, "f", name, 0.3)} for seed in (1, 2))
    assert 2_800 < len(first) < 3_200
    assert first != second


@untimed
@given(seeds, st.floats(0, 100), st.floats(0, 100))
def test_delays_are_within_the_jitter_and_the_same_for_the_same_seed(seed: int, base: float, jitter: float) -> None:
    rule = parse_rule({"kind": "http", "action": "delay", "delay_s": base, "jitter_s": jitter})
    first, again = (HttpFault(Seeded(seed), "f", rule) for _ in range(2))
    delays = [first.delay_s() for _ in range(5)]
    assert delays == [again.delay_s() for _ in range(5)]
    assert all(max(0.0, base - jitter) <= delay <= base + jitter for delay in delays)


def test_an_operation_is_not_meant_by_a_part_of_a_word() -> None:
    route = Route("GET", "/x", "order.write", "handler")
    assert not any(route.is_a(word) for word in ("ord", "order.", "rite", "order.read", ""))


@rows(
    ("name", "value"),
    [
        *(("share", value) for value in (-0.1, 1.1, "half", "nan", None)),
        *(("times", value) for value in (-1, 1.5, "often")),
        *(("delay_s", value) for value in (-1, "inf", "nan", [])),
        *(("jitter_s", value) for value in (-1, "inf")),
        *(("bytes", value) for value in (-1, 2.5)),
        *(("when", value) for value in ("during", 1)),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"\$\.{name}"):
        parse_rule({"kind": "http", "action": "delay", name: value})


def test_a_number_may_be_written_as_text() -> None:
    rule = parse_rule({"kind": "http", "action": "delay", "share": "0.5", "times": "2"})
    assert (rule.share, rule.times) == (0.5, 2)


def test_of_requests_without_a_key_the_declared_share_is_hit() -> None:
    selection = Selection(7, "f1", share=0.3)
    hits = [selection.hits(None) for _ in range(1000)]
    assert 250 < sum(hits) < 350
    again = Selection(7, "f1", share=0.3)
    assert [again.hits(None) for _ in range(1000)] == hits


def test_requests_without_a_key_are_hit_in_the_share_and_no_more_often_than_times_together() -> None:
    share = Selection(7, "f1", 0.3)
    assert 250 < sum(share.hits(None) for _ in range(1000)) < 350
    times = Selection(7, "f1", 1.0, 2)
    assert [times.hits(None) for _ in range(4)] == [True, True, False, False]
