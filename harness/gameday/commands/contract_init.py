"""``gameday contract init``: draft one side of a contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.counts import plural
from gameday.base.terminal import show
from gameday.commands.options import Decorator
from gameday_fakes.manifests import manifests

if TYPE_CHECKING:
    from gameday.contracts.drafting.draft import Draft, Property
    from gameday.contracts.pair import Pair

#: Of no vendor, so that --side says what they describe.
SCHEMAS = ("json-schema", "openapi", "asyncapi", "avro", "dbt")
#: The vendors that say of their own objects what a contract needs.
DRAFTED = tuple(name for name, each in manifests().items() if each.drafting)
KINDS = (*DRAFTED, "records", *SCHEMAS)


def api_version_option() -> Decorator:
    """The version of a vendor's API."""
    return click.option(
        "--api-version", default="", help="Version of the vendor's API, with --url.  [default: a recent one]"
    )


def _help() -> str:
    sources = "".join(f"for {name}, {manifests()[name].described_by}; " for name in DRAFTED)
    return f"""Draft one side of a contract, with a comment on everything that was guessed.

    SOURCE is, {sources}for records, samples in JSON lines; else a JSON Schema, an OpenAPI or AsyncAPI document, an
    Avro schema or a dbt manifest, with --object for the objects that the flow uses and --side.
    """


@click.command(help=_help())
@click.argument("sources", metavar="SOURCE...", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "kind", type=click.Choice(KINDS), required=True, help="What SOURCE is.")
@click.option("--flow", required=True, help="Name of the flow, and so of its contract.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of contracts.")
@click.option("--url", help="Ask the vendor at this base URL; its token comes from GAMEDAY_VENDOR_TOKEN.")
@click.option("--object", "objects", multiple=True, help="Object or record type, the main one first; repeatable.")
@api_version_option()
@click.option("--side", type=click.Choice(["crm", "erp"]), help="System of the records or the schema.")
@click.option("--crm", metavar="NAME", default="", help="The CRM.  [default: SOURCE's, else the bundled one]")
@click.option("--erp", metavar="NAME", default="", help="The ERP.  [default: SOURCE's, else the bundled one]")
@click.option("--force", is_flag=True, help="Overwrite the side's file if it exists.")
def init(
    sources: tuple[Path, ...],
    kind: str,
    flow: str,
    out: Path,
    url: str | None,
    objects: tuple[str, ...],
    api_version: str,
    side: str | None,
    crm: str,
    erp: str,
    force: bool,
) -> None:
    """Draft one side of a contract."""
    from gameday.base.errors import GamedayError
    from gameday.contracts.drafting.writing import write_draft
    from gameday.contracts.pair import check_pair, pair_of

    check_pair(crm, erp)
    if bool(sources) == bool(url):
        raise GamedayError("give either SOURCE or --url", hint="gameday contract init --help")
    draft = read_draft(kind, sources, url, objects, api_version, side, pair_of(crm=crm, erp=erp))
    asked = crm if draft.side == "crm" else erp
    if asked and asked != draft.system:
        raise GamedayError(f"SOURCE is of {draft.system}, not of {asked}", hint="leave the option of this side out")
    for path in write_draft(draft, flow, out, pair_of(crm=crm, erp=erp), force=force):
        show(f"wrote {path}")
    number = sum(_count(element.properties) for element in draft.elements)
    fields = "1 field" if number == 1 else f"{number:,} fields"
    show(f"{fields}; resolve every TO DO and every guess, delete what the flow does not use")


def read_draft(
    kind: str,
    sources: tuple[Path, ...],
    url: str | None,
    objects: tuple[str, ...],
    api_version: str,
    side: str | None,
    pair: Pair,
) -> Draft:
    """What a system is like today, from saved files or from the vendor itself. Raises GamedayError.

    ``pair`` says which vendors records and schemas are of, where they do not say it themselves.
    """
    from gameday.base.errors import GamedayError

    if side and kind in DRAFTED:
        raise GamedayError(f"--side is for records; {kind} is one side only")
    if kind in SCHEMAS:
        from gameday.contracts.drafting.schemas import draft_schemas

        if url:
            raise GamedayError(f"{kind} comes from a file", hint="save it first")
        if side is None:
            raise GamedayError(
                f"{kind} is of no vendor", hint="--side crm if the CRM emits it, --side erp if the ERP accepts it"
            )
        chosen: Any = side
        return draft_schemas(kind, sources, objects, chosen, pair.of(side))
    if kind == "records":
        if url:
            raise GamedayError("records come from a file", hint="`gameday record` captures them")
        return _from_records(sources, side, pair)
    from gameday.contracts.drafting.vendor import described, drafting_of

    return drafting_of(kind).draft(described(kind, sources, url, objects, api_version), objects)


def _from_records(sources: tuple[Path, ...], side: Any, pair: Pair) -> Draft:
    from itertools import chain

    from gameday.contracts.drafting.records import MAX_LINE_BYTES, draft_records
    from gameday.contracts.drafting.sources import read_lines

    lines = chain.from_iterable(read_lines(path, longest=MAX_LINE_BYTES) for path in sources)
    draft, skipped = draft_records(lines, ", ".join(path.name for path in sources), pair, side=side)
    if skipped.lines:
        skips = f"skipped {plural(skipped.lines, 'line')}; the first is line {skipped.first}: {skipped.why}"
        show(skips, err=True)
    return draft


def _count(properties: tuple[Property, ...]) -> int:
    return sum(1 + _count(each.properties) for each in properties)
