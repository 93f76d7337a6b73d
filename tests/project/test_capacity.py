"""docs/scale.md has the tables that the model writes, and every coefficient counts in them."""

from __future__ import annotations

import pytest

from bench import capacity


def test_the_page_is_what_the_model_writes() -> None:
    page = capacity.PAGE.read_text(encoding="utf-8")
    assert capacity.BEGIN in page
    assert capacity.written(page, capacity.render(capacity.load())) == page, "run python tests/bench/capacity.py"


def test_every_coefficient_counts_and_has_a_source() -> None:
    model = capacity.load()
    tables = capacity.render(model).partition("The coefficients")[0]
    for name, coefficient in model.coefficients.items():
        assert coefficient.command
        assert coefficient.value > 0
        doubled = capacity.Model({**model.coefficients, name: coefficient._replace(value=coefficient.value * 2)})
        assert capacity.render(doubled).partition("The coefficients")[0] != tables, f"{name} changes no figure"


def test_a_pace_that_needs_more_processor_than_there_is_takes_as_long_as_the_processor() -> None:
    model = capacity.load()
    busy = capacity.Model(
        {**model.coefficients, "run_processor_s": model.coefficients["run_processor_s"]._replace(value=3600.0)}
    )
    assert busy.machine_h(10, 60) == pytest.approx(10 / capacity.CORES)


def test_what_is_reached_first_stands_first() -> None:
    model = capacity.load()
    for limits in (model.run_limits(), model.order_limits()):
        numbers = [number for number, *_ in limits]
        assert numbers == sorted(numbers)
        assert all(remedy for *_, remedy in limits)
