"""``gameday contract init``: draft one side of a contract."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import show

if TYPE_CHECKING:
    from gameday.contracts.drafting.draft import Draft, Property

#: Of no vendor, so that --side says what they describe.
SCHEMAS = ("json-schema", "openapi", "asyncapi", "avro", "dbt")
KINDS = ("salesforce", "netsuite", "records", *SCHEMAS)
_SALESFORCE_OBJECTS = ("Opportunity", "OpportunityLineItem")
_NETSUITE_RECORDS = ("salesOrder",)


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "kind", type=click.Choice(KINDS), required=True, help="What SOURCE is.")
@click.option("--flow", required=True, help="Name of the flow, and so of its contract.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of contracts.")
@click.option("--url", help="Ask the vendor at this base URL; its token comes from GAMEDAY_VENDOR_TOKEN.")
@click.option("--object", "objects", multiple=True, help="Object or record type, the main one first; repeatable.")
@click.option("--api-version", default="v62.0", show_default=True, help="Version of Salesforce's API, with --url.")
@click.option("--side", type=click.Choice(["crm", "erp"]), help="System of the records or the schema.")
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
    force: bool,
) -> None:
    """Draft one side of a contract, with a comment on everything that was guessed.

    SOURCE is, for salesforce, saved answers to a describe call, the main object first; for netsuite, a saved metadata
    catalogue (JSON schema or OpenAPI); for records, samples in JSON lines; else a JSON Schema, an OpenAPI or AsyncAPI
    document, an Avro schema or a dbt manifest, with --object for the objects that the flow uses and --side.
    """
    from gameday.base.errors import GamedayError
    from gameday.contracts.drafting.writing import write_draft

    if bool(sources) == bool(url):
        raise GamedayError("give either SOURCE or --url", hint="gameday contract init --help")
    draft = read_draft(kind, sources, url, objects, api_version, side)
    for path in write_draft(draft, flow, out, force=force):
        show(f"wrote {path}")
    number = sum(_count(element.properties) for element in draft.elements)
    fields = "1 field" if number == 1 else f"{number:,} fields"
    show(f"{fields}; resolve every TO DO and every guess, delete what the flow does not use")


def read_draft(
    kind: str, sources: tuple[Path, ...], url: str | None, objects: tuple[str, ...], api_version: str, side: str | None
) -> Draft:
    """What a system is like today, from saved files or from the vendor itself. Raises GamedayError."""
    from gameday.base.errors import GamedayError

    if side and kind in ("salesforce", "netsuite"):
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
        return draft_schemas(kind, sources, objects, chosen)
    if kind == "records":
        if url:
            raise GamedayError("records come from a file", hint="`gameday record` captures them")
        return _from_records(sources, side)
    documents = _ask(kind, url, objects, api_version) if url else _saved(sources)
    return _from_vendor(kind, documents, objects)


def _from_vendor(kind: str, documents: list[tuple[str, Any]], objects: tuple[str, ...]) -> Draft:
    from gameday.contracts.drafting.netsuite import draft_netsuite
    from gameday.contracts.drafting.salesforce import draft_salesforce

    if kind == "salesforce":
        return draft_salesforce(documents)
    return draft_netsuite(documents, record=objects[0] if objects else "")


def _from_records(sources: tuple[Path, ...], side: Any) -> Draft:
    from itertools import chain

    from gameday.contracts.drafting.records import MAX_LINE_BYTES, draft_records
    from gameday.contracts.drafting.sources import read_lines

    lines = chain.from_iterable(read_lines(path, longest=MAX_LINE_BYTES) for path in sources)
    draft, skipped = draft_records(lines, ", ".join(path.name for path in sources), side=side)
    if skipped.lines:
        skips = f"skipped {skipped.lines:,} lines; the first is line {skipped.first}: {skipped.why}"
        show(skips, err=True)
    return draft


def _saved(sources: tuple[Path, ...]) -> list[tuple[str, Any]]:
    from gameday.contracts.drafting.sources import read_json

    return [(path.name, read_json(path)) for path in sources]


def _ask(kind: str, url: str, objects: tuple[str, ...], api_version: str) -> list[tuple[str, Any]]:
    """The vendor's description of each object, by GET requests only."""
    import re

    from gameday.base.errors import GamedayError
    from gameday.contracts.drafting.sources import TOKEN_VARIABLE, check_vendor_url, fetch_json

    base, token = check_vendor_url(url), os.environ.get(TOKEN_VARIABLE, "")
    wanted = objects or (_SALESFORCE_OBJECTS if kind == "salesforce" else _NETSUITE_RECORDS)
    for name in (*wanted, api_version):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]{0,99}", name):
            raise GamedayError(f"{name[:80]!r} is neither an object nor a version of an API")
    if kind == "salesforce":
        paths = {name: f"/services/data/{api_version}/sobjects/{name}/describe" for name in wanted}
        return [(path, fetch_json(f"{base}{path}", token=token)) for path in paths.values()]
    paths = {name: f"/services/rest/record/v1/metadata-catalog/{name}" for name in wanted}
    accept = "application/schema+json"
    return [(path, fetch_json(f"{base}{path}", token=token, accept=accept)) for path in paths.values()]


def _count(properties: tuple[Property, ...]) -> int:
    return sum(1 + _count(each.properties) for each in properties)
