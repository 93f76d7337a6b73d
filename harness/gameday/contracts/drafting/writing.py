"""Writes a draft as ODCS YAML with comments, and checks that the harness can read it."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import yaml

from gameday.base.errors import GamedayError
from gameday.contracts.drafting.draft import Draft
from gameday.contracts.flows import NOBODY
from gameday.contracts.folders import SIDES
from gameday.contracts.odcs import load_contract

FLOW_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"

#: The roles to be named on each side, and what they do.
_PEOPLE = {
    "crm": (("sync", "who owns the flow and is paged for it"), ("source", "who owns the CRM's fields and permissions")),
    "erp": (
        ("sink", "who owns the ERP's fields, permissions and limits"),
        ("finance", "who owns accounting periods, prices and approvals"),
    ),
}
#: Fields that may match orders to deals, first choice first.
_MATCHES = ("otherRefNum", "externalId")
_ORDERINGS = ("SystemModstamp", "LastModifiedDate", "lastModifiedDate")


def contract_text(draft: Draft, flow: str) -> str:
    """One side of a contract as YAML. The same draft gives the same text."""
    names = {name for element in draft.elements for name in element.names()}
    return _template().render(
        draft=draft,
        flow=flow,
        names=names,
        nobody=NOBODY,
        people=_PEOPLE[draft.side],
        match=next((name for name in _MATCHES if name in names), _MATCHES[0]),
        ordering=next((name for name in _ORDERINGS if name in names), ""),
    )


def write_draft(draft: Draft, flow: str, folder: Path, *, force: bool = False) -> list[Path]:
    """Write the draft's side into ``folder``, and if the other side is missing, an empty draft of it.

    Without ``force``, only an empty draft that was not edited is overwritten. Returns the files written. Raises
    GamedayError before anything is written.
    """
    if not re.fullmatch(FLOW_NAME, flow):
        raise GamedayError(
            f"{flow[:80]!r} is not the name of a flow", hint="letters, digits, dots, dashes, underscores"
        )
    texts: dict[str, str] = {draft.side: contract_text(draft, flow)}
    paths = {side: folder / f"{flow}.{side}.yaml" for side in SIDES}
    other = next(side for side in SIDES if side != draft.side)
    if not paths[other].exists():
        texts[other] = _empty_draft(other, flow)
    own = paths[draft.side]
    if own.exists() and not force and _read(own) != _empty_draft(draft.side, flow):
        raise GamedayError(f"{own} exists already", hint="use --force to overwrite it")
    _check(flow, {side: texts[side] if side in texts else _read(paths[side]) for side in SIDES}, draft)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for side, text in texts.items():
            paths[side].write_text(text, "utf-8")
    except OSError as problem:
        raise GamedayError(f"cannot write a contract into {folder}: {problem.strerror}") from None
    return [paths[side] for side in SIDES if side in texts]


def _empty_draft(side: str, flow: str) -> str:
    system = {"crm": "salesforce", "erp": "netsuite"}[side]
    return contract_text(Draft(side, system, "nothing yet"), flow)  # type: ignore[arg-type]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise GamedayError(f"cannot read {path}: {problem}") from None


def _check(flow: str, texts: Mapping[str, str], draft: Draft) -> None:
    """Load the texts: metadata may have values that the standard does not allow, and a draft must be readable."""
    with tempfile.TemporaryDirectory(prefix="gameday-") as folder:
        for side, text in texts.items():
            (Path(folder) / f"{flow}.{side}.yaml").write_text(text, "utf-8")
        try:
            load_contract(flow, [Path(folder)])
        except GamedayError as problem:
            message = problem.problem.replace(f"{folder}/", "")
            raise GamedayError(
                f"{draft.origin} cannot be written as a contract: {message}", hint=problem.hint
            ) from None


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 - YAML; one of the filters escapes every value
        loader=jinja2.PackageLoader("gameday.contracts.drafting", ""),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"scalar": _scalar, "mapping": _mapping, "comment": _comment}
    return environment.get_template("contract.yaml.jinja")


def _scalar(value: Any) -> str:
    """A value as one line of YAML that is read back as exactly this value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_./()-]*( [A-Za-z0-9_./()-]+)*", value):
        plain = yaml.safe_load(value)
        if plain == value:
            return value
    written: str = yaml.safe_dump(value, default_style='"', width=10**6, allow_unicode=True)
    return written.strip()


def _mapping(options: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {_scalar(value)}" for name, value in options.items()) + "}"


def _comment(text: str) -> str:
    """A text of unknown origin as part of one comment, without line breaks."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]
