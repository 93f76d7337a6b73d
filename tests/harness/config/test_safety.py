"""[safety] of gameday.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, load_config
from support.rows import rows

EVERYTHING = """
[safety]
affected_above = 10
money_above = "50000 USD"
backlog_older_than = "15 minutes"
longest = "2 hours"

[[safety.alert]]
summary = "*database*"
[[safety.alert]]
rule = "sync-down"

[[safety.url]]
url = "http://127.0.0.1:8000/health"
contains = "ok"

[safety.renewal]
within = "30 seconds"
file = "alive"

[safety.quiet_hours]
hours = ["22:00-06:00"]
zone = "Europe/Berlin"
"""


def load(folder: Path, text: str) -> Config:
    path = folder / "gameday.toml"
    path.write_text(text)
    return load_config(path)


def test_each_kind_of_condition_is_read(tmp_path: Path) -> None:
    found = load(tmp_path, EVERYTHING).safety
    assert [condition.name for condition in found] == [
        "affected above", "money above", "backlog older than", "longest", "alert", "alert", "url", "renewal",
        "quiet hours",
    ]  # fmt: skip


def test_a_file_is_looked_for_beside_the_settings(tmp_path: Path) -> None:
    (renewal,) = load(tmp_path, '[safety.renewal]\nwithin = "1 min"\nfile = "alive"\n').safety
    assert str(tmp_path / "alive") in renewal.limit


def test_without_the_table_there_is_no_condition(tmp_path: Path) -> None:
    assert load(tmp_path, "").safety == ()


@rows(
    ("text", "problem"),
    [
        ("[safety]\nafected_above = 1", "unknown key 'afected_above' in [safety] of"),
        ("[safety]\nafected_above = 1", "known: affected_above, alert, backlog_older_than, longest, money_above"),
        ("[safety]\naffected_above = 'ten'", "bad value 'ten' for 'deals' in 'affected_above' of [safety]"),
        ("[safety]\nlongest = 'long'", "not a duration: 'long', in 'longest' of [safety] of"),
        ("[safety]\nmoney_above = 50000", "the budget '50000' has no currency, in 'money_above' of [safety] of"),
        ("[safety.quiet_hours]\nhours = ['22:00-06:00']\nzone = 'Berlin'", "unknown time zone 'Berlin'; known: UTC"),
        ("safety = 1", "[safety] of"),
        ("[[safety]]\nlongest = '1 h'", "which is not a table"),
    ],
)
def test_a_mistake_is_one_line_with_the_place_and_the_known_ones(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(GamedayError) as caught:
        load(tmp_path, text)
    assert problem in str(caught.value) and len(caught.value.lines) == 1
