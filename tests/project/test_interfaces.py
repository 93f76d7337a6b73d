"""The table of events in docs/interfaces.md is what the structs say."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_table_of_events_is_what_the_structs_say() -> None:
    spec = importlib.util.spec_from_file_location("interfaces", Path(__file__).with_name("interfaces.py"))
    assert spec is not None
    assert spec.loader is not None
    interfaces = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(interfaces)
    text = interfaces.INTERFACES.read_text()
    assert text == interfaces.with_table(text), "run `make docs`"
