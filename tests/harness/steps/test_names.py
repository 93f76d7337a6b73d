"""The names of scenarios, as a session has them."""

from __future__ import annotations

from gameday.config.features import library
from gameday.steps.bdd import scenario_names


def test_every_scenario_of_the_library_is_named_once() -> None:
    names = scenario_names(library())
    titles = [
        line.partition("Scenario:")[2].strip()
        for path in sorted(library().rglob("*.feature"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("Scenario:")
    ]
    assert sorted(names) == sorted(titles)
    assert len(names) == len(set(names))
