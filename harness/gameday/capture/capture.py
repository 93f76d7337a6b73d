"""Makes a recording of a source: samples, redacts, writes. Nothing is written before it is redacted."""

from __future__ import annotations

import contextlib
import datetime
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, RunError
from gameday.capture.recording import About, Recording, Redaction, StratumShown, write_recording
from gameday.capture.redacting import Redacted, redact_all, refuse
from gameday.capture.sampling import LARGEST, LEAST, SIZE, StratumCount, sample
from gameday.capture.source import Marker, RefusedLines, Source
from gameday.capture.traits import NONE, Traits, read_traits
from gameday.model.contract import Contract
from gameday.records.redaction import Redactor

#: What to check if a source was empty; ``_ASKED`` if it was a vendor.
_NOTHING = {
    "file": "is the file empty?",
    "proxy": "did the CRM send anything to the recorder before it was ended?",
}
_ASKED = "is --since too late, or may this user see none?"
#: What has passed cannot be recorded again, so a field of it that looks personal is redacted and not refused.
_PASSES_ONCE = ("proxy",)


class CaptureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much to keep, and under which key. ``key`` never leaves the process; ``lasting_key``: it is used again."""

    key: bytes
    lasting_key: bool = False
    size: int = SIZE
    least: int = LEAST
    largest: int = LARGEST
    seed: int = 1
    dead_letters: tuple[str, ...] = ()


class Captured(msgspec.Struct, frozen=True):
    """A finished recording, and by reason the first lines that were refused, for the person who records."""

    recording: Recording
    refused_lines: dict[str, list[int]]


def capture(source: Source, contract: Contract, folder: Path, settings: CaptureSettings) -> Captured:
    """Record a source's records by the CRM side of a contract. Raises GamedayError.

    The sample is drawn from the unredacted records, in memory; the records that are kept are redacted and then written.
    Fields that the contract keeps although their values look personal are refused, unless it gives a reason.
    """
    if not contract.crm_fields:
        raise GamedayError(f"the contract {contract.name!r} has no fields on its CRM side, so nothing can be recorded")
    traits = read_traits(contract.crm_fields, contract.ordering)
    refused = RefusedLines()
    marker = Marker(source, traits, settings.dead_letters)
    drawn = sample(
        marker.marked(refused.records(source.read())),
        traits,
        size=settings.size,
        seed=settings.seed,
        least=settings.least,
        largest=settings.largest,
    )
    if not drawn.kept:
        raise GamedayError(
            f"no record was seen{_reasons(refused)}{_passed(source.passed_over())}",
            hint="records have the physical names of the contract"
            if refused.counts
            else _NOTHING.get(source.name, _ASKED),
        )
    redacted = redact_all(drawn.kept, contract.crm_fields, settings.key, refused)
    if source.name not in _PASSES_ONCE:
        refuse(redacted.hidden)
    lines, redactor = [line for _, line in redacted.lines], redacted.redactor
    if not lines:
        raise GamedayError(f"no record could be redacted{_reasons(refused)}")
    about = About(
        flow=contract.name,
        contract_version=contract.version,
        contract_digest=contract.digest,
        source=source.name,
        recorded_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seed=settings.seed,
        seen=drawn.seen,
        kept=len(lines),
        random=drawn.random,
        effect=round(drawn.effect, 6),
        rejected=dict(refused.counts),
        passed_over=source.passed_over(),
        strata=tuple(_shown(drawn.strata, traits, redactor)),
        redaction=_redaction(redacted, lasting_key=settings.lasting_key),
    )
    return Captured(write_recording(folder, about, lines), refused.lines)


@contextlib.contextmanager
def nothing_quoted() -> Iterator[None]:
    """Turn any unexpected error into a RunError that says where it was raised and quotes no data."""
    try:
        yield
    except GamedayError:
        raise
    except Exception as problem:  # noqa: BLE001 - a traceback may quote a record
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        raise RunError(f"recording failed: {type(problem).__name__} at {where}", hint="please report it") from None


def _shown(strata: Iterable[StratumCount], traits: Traits, redactor: Redactor) -> Iterator[StratumShown]:
    for stratum in strata:
        value = stratum.value
        path = traits.path(stratum.dimension)
        if stratum.dimension == "size":
            currency = _label(redactor, path, stratum.currency) if path else NONE
            value = stratum.value if currency == NONE else f"{currency} {stratum.value}"
        elif path:
            value = _label(redactor, path, stratum.value)
        yield StratumShown(stratum.dimension, value, stratum.seen, stratum.kept)


def _label(redactor: Redactor, path: str, value: Any) -> str:
    return value if value == NONE else str(redactor.label(path, value))


def _redaction(redacted: Redacted, *, lasting_key: bool) -> Redaction:
    report = redacted.redactor.report
    personal = {field.field: f"pseudonym ({field.words})" for field in redacted.hidden}
    return Redaction(
        fields=report.fields | personal,
        misfits=dict(report.misfits),
        unhidden=dict(report.unhidden),
        dropped=dict(report.dropped),
        dropped_names=report.shown_names(),
        lasting_key=lasting_key,
    )


def _passed(over: Mapping[str, int]) -> str:
    counts = [f"{count} {reason}" for reason, count in over.items()]
    return f"; passed over: {', '.join(counts)}" if counts else ""


def _reasons(refused: RefusedLines) -> str:
    counts = [
        f"{count} {reason} (line {', '.join(map(str, refused.lines[reason][:3]))})"
        for reason, count in refused.counts.most_common(3)
    ]
    return f"; rejected: {'; '.join(counts)}" if counts else ""
