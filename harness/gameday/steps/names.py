"""The names of the scenarios of some features, without planning them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_bdd.feature import get_features


def scenario_names(paths: Iterable[Path]) -> list[str]:
    """The name of every scenario of these files and folders, each once; an outline counts as one."""
    features = get_features([str(path) for path in paths])
    return list(dict.fromkeys(scenario.name for feature in features for scenario in feature.scenarios.values()))
