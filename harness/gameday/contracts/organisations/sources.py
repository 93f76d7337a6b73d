"""Finds out what a source is, and takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError
from gameday.contracts.drafting.sources import read_json
from gameday.contracts.organisations.from_contract import take_contract
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.vendor import imports

_YAML = (".yaml", ".yml")


def take_source(imported: Imported, path: Path) -> None:
    """Take a file or a folder. Raises GamedayError naming what is none of the known sources."""
    if path.is_dir():
        own = next((each for each in imports().values() if each.takes_folder(path)), None)
        if own is not None:
            own.take_folder(imported, path)
            return
        files = sorted(each for each in path.iterdir() if each.suffix.lower() in (".json", *_YAML))
        if not files:
            raise GamedayError(f"{path} holds nothing that can be imported", hint=_hint())
        for each in files:
            take_source(imported, each)
    elif path.suffix.lower() in _YAML:
        take_contract(imported, path)
    else:
        _take_document(imported, read_json(path), str(path))


def finish(imported: Imported) -> None:
    """Complete what was imported, once all sources are taken."""
    for own in imports().values():
        own.finish(imported)
    imported.note_lookups()


def known_sources() -> str:
    """The sources of all vendors in words."""
    return ", ".join(each.sources for each in imports().values())


def _hint() -> str:
    return f"{known_sources()} or a contract (.crm.yaml, .erp.yaml)"


def _take_document(imported: Imported, document: Any, origin: str) -> None:
    for own in imports().values():
        if said := own.refusal(document):
            raise GamedayError(
                f"{origin} is a refused request: {said[:200]!r}", hint="log in, and save the answer again"
            )
    if isinstance(document, list):
        for each in document:
            _take_document(imported, each, origin)
        return
    if not isinstance(document, dict):
        raise GamedayError(f"{origin} is nothing that can be imported", hint=_hint())
    for own in imports().values():
        try:
            is_own = own.takes(document)
        except GamedayError as problem:
            raise GamedayError(f"{origin}: {problem.problem}", hint=problem.hint) from None
        if is_own:
            own.take(imported, document, origin)
            return
    raise GamedayError(f"{origin} is nothing that can be imported", hint=_hint())
