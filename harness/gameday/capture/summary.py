"""The summary of a recording, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gameday.capture.capture import Captured
from gameday.capture.recording import About
from gameday.records.kept import KeptField

if TYPE_CHECKING:
    from rich.table import Table

_LONGEST = 60


def summary_table(about: About) -> Table:
    """How many of each kind were seen and kept."""
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for title in ("kind", ""):
        table.add_column(title, overflow="fold")
    for title in ("seen", "kept"):
        table.add_column(title, justify="right")
    before = ""
    for stratum in about.strata:
        name = stratum.dimension if stratum.dimension != before else ""
        table.add_row(name, Text(_printable(stratum.value)), f"{stratum.seen:,}", f"{stratum.kept:,}")
        before = stratum.dimension
    table.add_section()
    table.add_row("all", "", f"{about.seen:,}", f"{about.kept:,}")
    return table


def audit_table(kept: Sequence[KeptField]) -> Table:
    """The fields that are kept in the clear, with the number of their values and the commonest forms."""
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for title in ("kept in the clear", "values", "forms", "looks like"):
        table.add_column(title, overflow="fold", justify="right" if title == "values" else "left")
    for field in kept:
        shapes = "\n".join(f"{_printable(shape)}  {count:,}" for shape, count in field.shapes.items())
        looks = "\n".join(f"{kind}  {count:,}" for kind, count in field.looks.items())
        table.add_row(field.field, f"{field.values:,}", Text(shapes), looks)
    return table


def audit_lines(kept: Sequence[KeptField]) -> Iterator[str]:
    """What is refused, and what the contract keeps with a reason."""
    if not kept:
        yield "Nothing is kept in the clear"
    for field in kept:
        if field.refused:
            yield f"Refused: {field.field}: {field.words}; classify it as confidential, or give a reason in keptRaw"
        elif field.looks:
            yield f"Kept with a reason: {field.field}: {field.words}: {_printable(field.reason)}"


def summary_lines(captured: Captured) -> Iterator[str]:
    """What was kept, rejected, redacted and dropped; no line quotes a record."""
    about, redaction = captured.recording.about, captured.recording.about.redaction
    yield (
        f"Sample: {about.random:,} at random, which show a change that breaks {about.effect:.2%} of the records (95% "
        f"confidence), and {about.kept - about.random:,} more of rare kinds"
    )
    for reason, count in about.rejected.items():
        lines = captured.refused_lines[reason]
        more = ", ..." if count > len(lines) else ""
        yield f"Rejected: {count:,}: {reason} (line {', '.join(map(str, lines))}{more})"
    for reason, count in about.passed_over.items():
        yield f"Passed over: {count:,} {reason}"
    pseudonyms = [
        f"{name} {what.removeprefix('pseudonym ')}" for name, what in redaction.fields.items() if what != "kept"
    ]
    yield f"Redacted: {', '.join(pseudonyms) or 'nothing: the contract calls every field public or internal'}"
    yield from _counted("Redacted because they do not match the contract", redaction.misfits)
    yield from _counted("Not hidden, because too few other values have their form", redaction.unhidden)
    yield from _counted("Dropped because the contract does not declare them: fields of", redaction.dropped)
    if redaction.dropped_names:
        yield f"  among them {', '.join(redaction.dropped_names)}"
    if not redaction.lasting_key:
        yield "Key: drawn for this recording and thrown away, so no other recording can be joined with it"
    yield f"Recording: {captured.recording.folder}"


def _counted(what: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield f"{what}: {', '.join(f'{name} ({count:,})' for name, count in sorted(counts.items()))}"


def _printable(text: str) -> str:
    plain = "".join(char if char.isprintable() else "?" for char in text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."
