"""Contracts with planted changes: two base contracts, and tables of small edits to them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gameday.contracts.compatibility import Document, FlowContracts, parse_document

HERE = Path(__file__).parent
SIDES = ("crm", "erp")


def base() -> dict[str, str]:
    """The text of the base contracts by side."""
    return {side: (HERE / f"base.{side}.yaml").read_text() for side in SIDES}


def planted(table: str) -> list[dict[str, Any]]:
    """The rows of a table of edits."""
    text = (HERE / f"{table}.yaml").read_text()
    rows: list[dict[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return rows


def edited(texts: dict[str, str], row: dict[str, Any]) -> dict[str, str]:
    """The texts with a row's edit; what is to be edited has to be there exactly once."""
    done = dict(texts)
    for edit in (row, *([{"side": row["side"], **row["and"]}] if "and" in row else [])):
        assert done[edit["side"]].count(edit["find"]) == 1, f"{row['name']}: found other than once"
        done[edit["side"]] = done[edit["side"]].replace(edit["find"], edit["put"])
    return done


def with_versions(texts: dict[str, str], step: str) -> dict[str, str]:
    """The texts with versions that are a step on."""
    steps = {"patch": ("1.4.3", "2.0.1"), "minor": ("1.5.0", "2.1.0"), "major": ("2.0.0", "3.0.0")}
    if step not in steps:
        return texts
    crm, erp = steps[step]
    return {
        "crm": texts["crm"].replace("version: 1.4.2", f"version: {crm}"),
        "erp": texts["erp"].replace("version: 2.0.0", f"version: {erp}"),
    }


def flow(texts: dict[str, str]) -> FlowContracts:
    """The texts as a flow."""
    return FlowContracts("deals", tuple(document(side, text) for side, text in texts.items()))


@functools.lru_cache(maxsize=1000)
def document(side: str, text: str) -> Document:
    """One side's contract; the same text is read once."""
    return parse_document(text.encode(), path=f"deals.{side}.yaml")


def raw() -> dict[str, Any]:
    """The base contracts as data, to be changed at will."""
    documents: dict[str, Any] = msgspec.json.decode(_raw())
    return documents


@functools.cache
def _raw() -> bytes:
    return msgspec.json.encode({side: yaml.safe_load(text) for side, text in base().items()})


def of_raw(documents: dict[str, Any]) -> FlowContracts:
    """Contracts that are given as data, as a flow: JSON is YAML too."""
    return flow({side: msgspec.json.encode(content).decode() for side, content in documents.items()})
