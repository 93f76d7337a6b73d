"""The table of clients is what their calls gave."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_table_of_clients_is_what_their_calls_gave() -> None:
    spec = importlib.util.spec_from_file_location("clients", Path(__file__).with_name("clients.py"))
    assert spec is not None
    assert spec.loader is not None
    clients = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(clients)
    assert clients.PAGE.read_text() == clients.render(), "run `make docs`"
