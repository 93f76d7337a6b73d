"""The postmortem as a document of Google Docs.

Source: Google, "Docs API", documents.create, documents.batchUpdate; "Structure of a document" (places are counted in
UTF-16 code units, the text begins at 1); "Insert, delete and move text"; "Format text"; "Structural edit rules and
behavior" (which characters an insertion drops); Google Drive Help, "Files you can store in Google Drive" (1.02 million
characters in a document). Texts are inserted as they are: Docs knows no markup.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gameday_reports.blocks import Block, Run, blocks
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.outlets.markdown import page
from gameday_reports.payload import as_json, title
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call, id_of, of_half_a_page

#: Of a document's name, and of its text in UTF-16 code units.
LONGEST, LONGEST_TEXT = 255, 1_000_000
END = "The document ends here: Google Docs takes no longer text."
#: What an insertion drops: then the places of all that follows would be wrong.
_DROPPED = re.compile("[\x00-\x08\x0c-\x1f\ue000-\uf8ff]")
_BULLETS = {"bullet": "BULLET_DISC_CIRCLE_SQUARE", "number": "NUMBERED_DECIMAL_ALPHA_ROMAN"}


class Line(NamedTuple):
    """A paragraph of the document: its texts, its named style, and the kind of list that it is in."""

    runs: tuple[Run, ...]
    style: str = "NORMAL_TEXT"
    bullet: str = ""


class Place(NamedTuple):
    """A paragraph with the place where it begins, and that after its line feed."""

    line: Line
    start: int
    end: int


def bodies(run: RecordedRun) -> str:
    """``create`` is the body for ``POST /v1/documents``, ``update`` for ``POST /v1/documents/{id}:batchUpdate``."""
    return as_json({"create": {"title": title(run, LONGEST)}, "update": {"requests": edits(page(run))}})


def edits(markdown: str) -> list[dict[str, Any]]:
    """What an update of an empty document has to do: insert the whole text, then style parts of it."""
    lines = list(_bounded(map(_kept, _lines(blocks(markdown)))))
    text = "".join(f"{_plain(line)}\n" for line in lines)
    requests: list[dict[str, Any]] = [{"insertText": {"location": {"index": 1}, "text": text}}]
    places = list(_places(lines))
    requests += [_style(place) for place in places if place.line.style != "NORMAL_TEXT"]
    requests += [each for place in places for each in _bold(place)]
    return [*requests, *_bullets(places)]


def _lines(found: Iterable[Block]) -> Iterator[Line]:
    head: tuple[str, ...] = ()
    for block in found:
        if block.kind == "heading":
            yield Line(block.runs, "TITLE" if block.level == 1 else f"HEADING_{block.level - 1}")
        elif block.kind == "row":
            # A table is a line for each row: the places in cells are known only once the table is there.
            if block.head:
                head = block.cells
            else:
                yield _row(head, block.cells)
        elif block.kind == "code":
            yield from (Line((Run(text),)) for text in block.text.split("\n"))
        else:
            yield Line(block.runs, bullet=_BULLETS.get(block.kind, ""))


def _kept(line: Line) -> Line:
    """The line with what Docs would drop written out as code points."""
    runs = (run._replace(text=_DROPPED.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", run.text)) for run in line.runs)
    return line._replace(runs=tuple(runs))


def _bounded(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that a document takes; the last one says that there are more."""
    length = 0
    for line in lines:
        length += _units(_plain(line)) + 1
        if length > LONGEST_TEXT - len(END) - 1:
            yield Line((Run(END),))
            return
        yield line


def _row(head: tuple[str, ...], cells: tuple[str, ...]) -> Line:
    pairs = [(name, cell) for name, cell in zip(head, cells, strict=False) if cell]
    runs = (run for name, cell in pairs for run in (Run(f"{name}: " if name else "", bold=True), Run(f"{cell}   ")))
    return Line(tuple(run for run in runs if run.text), bullet=_BULLETS["bullet"])


def _plain(line: Line) -> str:
    return "".join(run.text for run in line.runs)


def _units(text: str) -> int:
    """The length of a text in UTF-16 code units.

    >>> _units("a\N{GRINNING FACE}")
    3
    """
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _places(lines: Iterable[Line]) -> Iterator[Place]:
    start = 1
    for line in lines:
        end = start + _units(_plain(line)) + 1
        yield Place(line, start, end)
        start = end


def _range(start: int, end: int) -> dict[str, int]:
    return {"startIndex": start, "endIndex": end}


def _style(place: Place) -> dict[str, Any]:
    style = {"namedStyleType": place.line.style}
    what = {"range": _range(place.start, place.end), "paragraphStyle": style, "fields": "namedStyleType"}
    return {"updateParagraphStyle": what}


def _bold(place: Place) -> Iterator[dict[str, Any]]:
    at = place.start
    for run in place.line.runs:
        end = at + _units(run.text)
        if run.bold:
            what = {"range": _range(at, end), "textStyle": {"bold": True}, "fields": "bold"}
            yield {"updateTextStyle": what}
        at = end


def _bullets(places: Iterable[Place]) -> Iterator[dict[str, Any]]:
    """One request for the paragraphs of a list, so that its numbers go on."""
    for preset, group in itertools.groupby(places, key=lambda place: place.line.bullet):
        of_list = list(group)
        if preset:
            what = {"range": _range(of_list[0].start, of_list[-1].end), "bulletPreset": preset}
            yield {"createParagraphBullets": what}


def send(payload: Any, fields: Mapping[str, Any], call: Call) -> str:
    """Create a document, then write it in one update, which Docs makes whole or not at all."""
    document_id = id_of(call("POST", "/v1/documents", {**payload["create"], **fields}), "documentId")
    with of_half_a_page("its text", document_id):
        call("POST", f"/v1/documents/{document_id}:batchUpdate", payload["update"])
    return f"1 document, {document_id}"


google_docs = outlets.register("google-docs")(Outlet(bodies, send=send))
