"""The organisation that a gameday.toml names: its own endpoints are compiled before a run, and not executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import load_config
from gameday.config.organisation import check_endpoints
from support.rows import rows


def named(folder: Path, text: str, fake: str = "salesforce") -> dict[str, Path]:
    """The files of endpoints of a configuration that names one."""
    (folder / "apex.py").write_text(text)
    config = folder / "gameday.toml"
    config.write_text(f'[organisation.endpoints]\n{fake} = "apex.py"\n')
    return load_config(config).endpoints


def test_a_file_of_endpoints_is_found_beside_the_configuration(tmp_path: Path) -> None:
    assert named(tmp_path, "") == {"salesforce": tmp_path / "apex.py"}


def test_a_check_does_not_run_the_file(tmp_path: Path) -> None:
    check_endpoints(named(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')"))
    assert not (tmp_path / "ran").exists()


@rows(
    ("text", "fake", "words"),
    [
        ("x = (\n", "salesforce", "apex.py, line 1: '(' was never closed"),
        ("", "salesfroce", "unknown fake 'salesfroce' in [organisation.endpoints]; known: netsuite, salesforce"),
    ],
)
def test_a_mistake_is_one_line_before_anything_starts(tmp_path: Path, text: str, fake: str, words: str) -> None:
    with pytest.raises(GamedayError) as refused:
        check_endpoints(named(tmp_path, text, fake))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
