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
from gameday.contracts.drafting.draft import Draft, Side
from gameday.contracts.flows import NOBODY
from gameday.contracts.folders import SIDES
from gameday.contracts.odcs import load_contract
from gameday.contracts.pair import Pair, pair_of
from gameday_fakes.manifests import every, manifests, of_role

FLOW_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"

#: The roles to be named on each side, and what they do.
_PEOPLE = {
    "crm": (("sync", "who owns the flow and is paged for it"), ("source", "who owns the CRM's fields and permissions")),
    "erp": (
        ("sink", "who owns the ERP's fields, permissions and limits"),
        ("finance", "who owns accounting periods, prices and approvals"),
    ),
}


def contract_text(draft: Draft, flow: str) -> str:
    """One side of a contract as YAML. The same draft gives the same text."""
    names = {name for element in draft.elements for name in element.names()}
    matches = _usual(draft.system, "match_keys")
    return _template().render(
        draft=draft,
        flow=flow,
        names=names,
        nobody=NOBODY,
        people=_PEOPLE[draft.side],
        match=next((name for name in matches if name in names), matches[0]),
        ordering=next((name for name in _usual(draft.system, "orderings") if name in names), ""),
    )


def _usual(system: str, part: str) -> tuple[str, ...]:
    """The usual fields of a system, then those of all others: a schema may be of another one."""
    known = manifests()
    own: tuple[str, ...] = getattr(known[system], part) if system in known else ()
    return (*own, *every(part))


def write_draft(draft: Draft, flow: str, folder: Path, pair: Pair | None = None, *, force: bool = False) -> list[Path]:
    """Write the draft's side into ``folder``, and if the other side is missing, an empty draft of it.

    ``pair`` names the vendor of the other side, by default the bundled one. Without ``force``, only an empty draft that
    was not edited is overwritten. Returns the files written. Raises GamedayError before anything is written.
    """
    pair = pair or pair_of()
    if not re.fullmatch(FLOW_NAME, flow):
        raise GamedayError(
            f"{flow[:80]!r} is not the name of a flow", hint="letters, digits, dots, dashes, underscores"
        )
    texts: dict[str, str] = {draft.side: contract_text(draft, flow)}
    paths: dict[str, Path] = {side: folder / f"{flow}.{side}.yaml" for side in SIDES}
    other = next(side for side in SIDES if side != draft.side)
    if not paths[other].exists():
        texts[other] = _empty_draft(other, flow, pair)
    own = paths[draft.side]
    if own.exists() and not force and not _is_empty_draft(_read(own), draft.side, flow):
        raise GamedayError(f"{own} exists already", hint="use --force to overwrite it")
    _check(flow, {side: texts[side] if side in texts else _read(paths[side]) for side in SIDES}, draft)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for side, text in texts.items():
            paths[side].write_text(text, "utf-8")
    except OSError as problem:
        raise GamedayError(f"cannot write a contract into {folder}: {problem.strerror}") from None
    return [paths[side] for side in SIDES if side in texts]


def _empty_draft(side: Side, flow: str, pair: Pair) -> str:
    return contract_text(Draft(side, pair.of(side), "nothing yet"), flow)


def _is_empty_draft(text: str, side: Side, flow: str) -> bool:
    """Whether it is the empty draft of a side, for whichever vendor it was written."""
    return any(text == contract_text(Draft(side, system, "nothing yet"), flow) for system in of_role(side))


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
