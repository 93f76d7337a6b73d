"""``gameday record``: a sample of recent traffic, redacted."""

from __future__ import annotations

import datetime
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.terminal import console, show, show_json, show_lines
from gameday.commands.options import COUNT, SEED, config_option, pair_options
from gameday_fakes.manifest import loaded
from gameday_fakes.manifests import manifests

if TYPE_CHECKING:
    import urllib.parse
    from collections.abc import Sequence

    from gameday.capture import Captured, Source
    from gameday.capture.source import RecordSource
    from gameday.model.contract import Contract
    from gameday.records.kept import KeptField

LIMIT = 10_000
TOKEN_VARIABLE = "GAMEDAY_RECORD_TOKEN"  # noqa: S105 - the name of a variable
#: The vendors that records can be fetched from.
ASKED = tuple(name for name, each in manifests().items() if each.record_source)


@click.command()
@click.option("--from", "origin", metavar="|".join(("FILE", *ASKED)), help="A file (CSV, JSONL, Parquet), or the CRM.")
@pair_options()
@click.option("--url", help="Ask the CRM at the organisation's own URL.")
@click.option("--since", type=click.DateTime(), help="With --url: only records changed since then, in UTC.")
@click.option("--listen", metavar="HOST:PORT", help="Record the requests to a stack that pass here, until Ctrl-C.")
@click.option("--to", metavar="URL", help="With --listen: the stack.")
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="Flow of the records.")
@click.option("--size", type=click.IntRange(1, 100_000), default=400, show_default=True, help="Records at random.")
@click.option(
    "--limit",
    type=COUNT,
    default=LIMIT,
    show_default=True,
    help="Records to fetch, or to keep of those that pass.",
)
@click.option("--seed", type=SEED, default=1, show_default=True, help="Decides the sample.")
@click.option("--dead-letters", type=click.Path(dir_okay=False, path_type=Path), help="A run's dead_letters.json.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write.  [default: recordings/FLOW-TIME]"
)
@click.option("--audit", "audited", is_flag=True, help="Write nothing; list what would be kept in the clear.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@config_option()
def record(
    origin: str | None,
    crm: str,
    erp: str,
    url: str | None,
    since: datetime.datetime | None,
    listen: str | None,
    to: str | None,
    contract: str,
    size: int,
    limit: int,
    seed: int,
    dead_letters: Path | None,
    out: Path | None,
    audited: bool,
    form: str,
    config: Path | None,
) -> int:
    """Record recent traffic, redacted, as a sample for the gate.

    What the contract classifies as confidential, or not at all, is replaced by pseudonyms before anything is written.
    They are the same in each recording that is made with the same GAMEDAY_REDACTION_KEY; without one, a random key is
    used once. A field that the contract keeps although its values look personal is refused, unless the contract gives
    the reason. With --audit, exits 1 if there is such a field.
    """
    from gameday.capture import CaptureSettings, capture, nothing_quoted
    from gameday.capture.files import FileSource
    from gameday.capture.recording import free_folder
    from gameday.capture.redacting import audit
    from gameday.capture.source import RefusedLines
    from gameday.commands.file_progress import FileProgress
    from gameday.config.gameday_toml import load_config
    from gameday.records.redaction import redaction_key

    _check_together(origin, crm, url, since, listen, to)
    _check_audit(audited, out)
    configured = load_config(config)
    flow = _flow(contract, configured.contract_folders, crm or (origin if origin in ASKED else ""), erp)
    key, lasting = redaction_key(os.environ)
    letters = _letters(dead_letters)
    folder = out or Path("recordings") / f"{flow.name}-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}"
    if not audited:
        _check_new(folder)
    source: Source
    with nothing_quoted(), FileProgress("reading") as progress:
        if listen and to:
            source, more = _traffic(listen, to, flow, limit)
            letters += more
            # What has passed cannot be recorded again, and the folder may have been taken in the meantime.
            folder = free_folder(folder)
        elif url:
            source = _asked(flow.crm, url, since, flow, limit)
        else:
            source = FileSource(Path(str(origin)), flow.crm_fields, progress, configured.deal_columns)
        if audited:
            return _show_audit(audit(RefusedLines().records(source.read()), flow.crm_fields, key), form)
        settings = CaptureSettings(key=key, lasting_key=lasting, size=size, seed=seed, dead_letters=letters)
        captured = capture(source, flow, folder, settings)
    (_print_json if form == "json" else _print_text)(captured)
    return 0


def _flow(contract: str, folders: Sequence[Path], crm: str, erp: str) -> Contract:
    """The contract of the flow that is asked for."""
    from gameday.contracts.odcs import load_contract
    from gameday.contracts.pair import asked_flow

    return load_contract(asked_flow(contract, folders, crm, erp).contract, folders)


def _check_together(
    origin: str | None,
    crm: str,
    url: str | None,
    since: datetime.datetime | None,
    listen: str | None,
    to: str | None,
) -> None:
    from gameday.base.errors import GamedayError

    asks = origin in ASKED or (origin is None and url is not None)
    if (origin is not None or asks) == (listen is not None):
        raise GamedayError(
            "no source to record from" if listen is None else "several sources to record from",
            hint="give one of --from FILE, --url URL of the CRM, or --listen HOST:PORT --to URL",
        )
    if (listen is None) != (to is None):
        raise GamedayError(
            "--listen and --to belong together", hint="--listen 127.0.0.1:8100 --to http://127.0.0.1:8000"
        )
    if origin in ASKED and not url:
        raise GamedayError(f"--from {origin} without --url", hint="such as --url https://crm.example.com")
    if not asks and (url or since):
        raise GamedayError("--url and --since are for a CRM", hint="leave --from out, or name a CRM there")
    if crm and origin in ASKED and origin != crm:
        raise GamedayError(f"--from {origin} is not --crm {crm}", hint="leave one of them out")


def _check_audit(audited: bool, out: Path | None) -> None:
    from gameday.base.errors import GamedayError

    if audited and out:
        raise GamedayError("--audit writes nothing, so it takes no --out")


def _check_new(folder: Path) -> None:
    """Raise GamedayError if the folder cannot be written, before an hour of recording."""
    from gameday.base.errors import GamedayError
    from gameday.capture.recording import holds_recording

    if holds_recording(folder):
        raise GamedayError(f"{str(folder)!r} holds a recording already", hint="name another folder with --out")
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as problem:
        raise GamedayError(
            f"cannot write the recording {str(folder)!r}: {there}: {problem.strerror}",
            hint="name another folder with --out",
        ) from None


def _letters(path: Path | None) -> tuple[str, ...]:
    from gameday.base import json_text
    from gameday.base.errors import GamedayError
    from gameday.capture.listen import read_letters

    if path is None:
        return ()
    try:
        return read_letters(path.read_bytes())
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    except json_text.Unreadable:
        raise GamedayError(f"{path} has no dead letters", hint='write a list of {"order": "the deal\'s id"}') from None


def _asked(vendor: str, url: str, since: datetime.datetime | None, flow: Contract, limit: int) -> Source:
    """The records of a CRM."""
    from gameday.base.errors import unknown

    if vendor not in ASKED:
        raise unknown("CRM to record from", vendor, ASKED, hint="give --from FILE, or --listen HOST:PORT --to URL")
    fetch: RecordSource = loaded(manifests()[vendor].record_source)
    moment = since.replace(tzinfo=datetime.UTC) if since else None
    return fetch(url, flow.crm_fields, os.environ, limit=limit, since=moment, ordering=flow.ordering)


def _traffic(listen: str, to: str, flow: Contract, limit: int) -> tuple[Source, tuple[str, ...]]:
    """The requests that passed until Ctrl-C, and the stack's dead letters at that time."""
    from gameday.capture.addresses import checked_url, listen_address
    from gameday.capture.listen import dead_lettered, record_traffic
    from gameday.capture.traffic import Traffic

    token = os.environ.get(TOKEN_VARIABLE, "")
    address = listen_address(listen, token)
    target: urllib.parse.SplitResult = checked_url(to, "--to")
    traffic = Traffic(flow.crm_fields, limit=limit)

    def ready(where: str) -> None:
        show(f"recording at {where}, on the way to {target.scheme}://{target.netloc}; end with Ctrl-C", err=True)

    record_traffic(address, target, traffic, token=token, ready=ready)
    return traffic, dead_lettered(target)


def _print_json(captured: Captured) -> None:
    result = {
        "folder": str(captured.recording.folder),
        "recording": captured.recording.about,
        "rejected_lines": captured.refused_lines,
    }
    show_json(result, indent=None)


def _show_audit(kept: Sequence[KeptField], form: str) -> int:
    """Show what would be kept in the clear; 1 if a field of it is refused."""
    from gameday.capture.summary import audit_lines, audit_table

    if form == "json":
        show_json({"kept": kept, "refused": [field.field for field in kept if field.refused]}, indent=None)
    else:
        console().print(audit_table(kept))
        show_lines(audit_lines(kept))
    return int(any(field.refused for field in kept))


def _print_text(captured: Captured) -> None:
    from gameday.capture.summary import summary_lines, summary_table

    console().print(summary_table(captured.recording.about))
    show_lines(summary_lines(captured))
