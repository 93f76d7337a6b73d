"""What each flow has prepared for a bad day: its runbook, the template of its postmortems, and its canary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from gameday.contracts.flows import FILE_COLUMNS, PREPARED_COLUMNS, FlowRegistry, RegisteredFlow
from gameday.contracts.prepared import named_file


class Prepared(NamedTuple):
    """What the registry says, a link to it (empty without one), and its state: stated, there, missing, an address."""

    text: str
    link: str
    state: str


def prepared(flow: RegisteredFlow, registry: FlowRegistry, site: Path) -> dict[str, Prepared]:
    """What a flow has prepared, by column of the registry; links lead from pages in ``site``."""
    return {
        column: _prepared(column, flow.prepared[column], registry, site)
        for column in PREPARED_COLUMNS
        if column in flow.prepared
    }


def _prepared(column: str, text: str, registry: FlowRegistry, site: Path) -> Prepared:
    if column not in FILE_COLUMNS:
        return Prepared(text, "", "stated")
    state, path = named_file(registry.path, text)
    if path is not None:
        return Prepared(text, quote(os.path.relpath(path, site)), state)
    return Prepared(text, text if state == "an address" else "", state)
