"""The dashboard is one by the types that Grafana publishes: its keys, its kinds of panels, its choices and values."""

from __future__ import annotations

import enum
import json
import sys
import typing
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import panelcfg_config
from grafana_foundation_sdk.models.dashboard import Dashboard

from gameday_reports.outlets.grafana import dashboard
from gameday_reports.recorded import RecordedRun


@pytest.fixture
def model(tmp_path: Path) -> dict[str, Any]:
    register_default_plugins()
    return dict(json.loads(dashboard(RecordedRun(tmp_path))))


def lost(written: Any, read: Any, path: str = "") -> list[str]:
    """Where what Grafana's types have read is other than what was written: they pass over what they do not know."""
    if isinstance(written, dict) and isinstance(read, dict):
        return [each for key, value in written.items() for each in lost(value, read.get(key), f"{path}.{key}")]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        return [each for at, pair in enumerate(zip(written, read, strict=True)) for each in lost(*pair, f"{path}.{at}")]
    return [] if written == read else [path]


def read_by_grafana(model: dict[str, Any]) -> Any:
    return json.loads(JSONEncoder().encode(Dashboard.from_json(model)))


def test_grafanas_own_types_read_the_whole_dashboard(model: dict[str, Any]) -> None:
    assert lost(model, read_by_grafana(model)) == []


def test_every_panel_is_of_a_kind_that_grafana_has(model: dict[str, Any]) -> None:
    assert [panel["type"] for panel in model["panels"] if panelcfg_config(panel["type"]) is None] == []


def test_a_key_that_grafana_does_not_know_would_be_found(model: dict[str, Any]) -> None:
    model["panels"][0]["targets"][0]["legend"] = "a"
    model["templating"]["list"][0]["lable"] = "a"
    assert lost(model, read_by_grafana(model)) == [".templating.list.0.lable", ".panels.0.targets.0.legend"]


def misfits(value: Any, hint: Any, path: str = "") -> list[str]:
    """Where a value that Grafana's types have read is none of its type: reading checks no value."""
    inner = typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return [] if value in {each.value for each in hint} else [path]
    if typing.get_origin(hint) is typing.Union:
        # Grafana may write null for what may be left out.
        fitting = [each for each in inner if not isinstance(each, type) or isinstance(value, each)] or inner
        return [] if value is None else min((misfits(value, each, path) for each in fitting), key=len)
    if typing.get_origin(hint) is typing.Literal:
        return [] if value in inner else [path]
    if typing.get_origin(hint) is list:
        if not isinstance(value, list):
            return [path]
        return [found for at, each in enumerate(value) for found in misfits(each, inner[0], f"{path}.{at}")]
    if not isinstance(hint, type) or typing.get_origin(hint) or hint is object:
        return []
    if not isinstance(value, hint) and not (hint is float and isinstance(value, int)):
        return [path]
    hints = typing.get_type_hints(hint, vars(sys.modules[hint.__module__])) if hasattr(hint, "from_json") else {}
    return [each for name, its in hints.items() for each in misfits(getattr(value, name), its, f"{path}.{name}")]


def test_every_value_is_of_the_type_that_grafana_gives_it(model: dict[str, Any]) -> None:
    assert misfits(Dashboard.from_json(model), Dashboard) == []


def test_a_value_of_another_type_would_be_found(model: dict[str, Any]) -> None:
    model["templating"]["list"][1]["refresh"] = 7
    model["panels"][0]["gridPos"]["w"] = "12"
    model["panels"][0]["title"] = ["Latest results"]
    found = misfits(Dashboard.from_json(model), Dashboard)
    assert found == [".panels.0.title", ".panels.0.grid_pos.w", ".templating.list_val.1.refresh"]
