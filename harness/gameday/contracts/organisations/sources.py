"""Finds out what a source is, and takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError
from gameday.contracts.drafting.sources import read_json
from gameday.contracts.organisations.from_catalogue import take_catalogue
from gameday.contracts.organisations.from_contract import take_contract
from gameday.contracts.organisations.from_describe import take_describe
from gameday.contracts.organisations.from_sfdx import is_project, take_project
from gameday.contracts.organisations.imported import Imported

_HINT = "a describe or a metadata catalogue (.json), an sfdx project (a folder) or a contract (.crm.yaml, .erp.yaml)"
_YAML = (".yaml", ".yml")


def take_source(imported: Imported, path: Path) -> None:
    """Take a file or a folder. Raises GamedayError naming what is none of the known sources."""
    if path.is_dir():
        if is_project(path):
            take_project(imported, path)
            return
        files = sorted(each for each in path.iterdir() if each.suffix.lower() in (".json", *_YAML))
        if not files:
            raise GamedayError(f"{path} holds nothing that can be imported", hint=_HINT)
        for each in files:
            take_source(imported, each)
    elif path.suffix.lower() in _YAML:
        take_contract(imported, path)
    else:
        _take_document(imported, read_json(path), str(path))


def _take_document(imported: Imported, document: Any, origin: str) -> None:
    if isinstance(document, list):
        for each in document:
            _take_document(imported, each, origin)
        return
    if not isinstance(document, dict):
        raise GamedayError(f"{origin} is nothing that can be imported", hint=_HINT)
    result = document.get("result")
    if isinstance(result, dict) and "fields" in result:
        # As the command line of Salesforce prints it with --json.
        take_describe(imported, result, origin)
    elif "fields" in document:
        take_describe(imported, document, origin)
    elif "openapi" in document or "properties" in document:
        take_catalogue(imported, document, origin)
    elif "sobjects" in document:
        raise GamedayError(f"{origin} lists objects without fields", hint="save .../sobjects/Opportunity/describe")
    else:
        raise GamedayError(f"{origin} is nothing that can be imported", hint=_HINT)
