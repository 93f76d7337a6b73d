"""The README shows what the command prints."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.planning import plan_scenarios

_SPEC = importlib.util.spec_from_file_location("readme", Path(__file__).with_name("readme.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
readme = importlib.util.module_from_spec(_SPEC)
sys.modules["readme"] = readme
_SPEC.loader.exec_module(readme)

SHOWN = readme.block(readme.README.read_text(encoding="utf-8"))


def test_the_table_is_printed_as_the_command_prints_it() -> None:
    assert readme.render(readme.parse(SHOWN)) == SHOWN


@pytest.mark.slow
def test_each_shown_run_is_of_the_library_and_has_the_result_that_its_feature_expects() -> None:
    planned = plan_scenarios([library()], Settings(targets=(Target("durable", 1),)))
    scenarios = {outcome.planned.name: outcome.planned for outcome in planned if outcome.planned}
    rows = readme.parse(SHOWN)
    assert {row.stack for row in rows} == {"brittle", "durable"}
    for row in rows:
        assert row.result == scenarios[row.scenario].expected(row.stack)
