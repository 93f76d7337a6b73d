"""The postmortem as a page of Notion.

Source: Notion, "Create a page", "Append block children", "Versioning", and "Request limits": 100 blocks and 500 kB in a
request, 2,000 characters in a text, 100 texts in a block. It counts characters in UTF-16 code units, as its messages of
refusal show. Texts are plain, in which Notion knows no markup, mentions or links.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday_reports.blocks import Block, Run, blocks
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.outlets.markdown import page
from gameday_reports.payload import as_json, title
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call, id_of, of_half_a_page

#: Of a title, of a text, of the blocks in a request, of the rows in a table.
TITLE, LONGEST, BLOCKS, ROWS = 255, 2000, 100, 100
#: Of the texts of a block, and of a cell: a block of the longest texts in any script is less than 400 kB.
TEXTS, CELL = 60, 4000
#: Of a request of several blocks.
BYTES = 200_000
#: Later versions know other parents of a page, and take the same blocks.
HEADERS = {"Notion-Version": "2022-06-28"}
_KINDS = {"paragraph": "paragraph", "bullet": "bulleted_list_item", "number": "numbered_list_item", "quote": "quote"}


def bodies(run: RecordedRun) -> str:
    """``create`` is the body for ``POST /v1/pages``, of which ``parent`` is for the sender to add; ``append`` are those
    for ``PATCH /v1/blocks/{id of the page}/children``, in this order.
    """
    # The first line is the title, which Notion shows above the page.
    first, *rest = parts(page(run).partition("\n")[2])
    name = {"title": {"title": [_text(Run(title(run, TITLE)))]}}
    return as_json({"create": {"properties": name, "children": first}, "append": [{"children": part} for part in rest]})


def parts(markdown: str) -> list[list[dict[str, Any]]]:
    """The blocks of a text, for as many requests as they need."""
    return _batches(_nodes(blocks(markdown)), BLOCKS)


def _batches(nodes: Iterable[dict[str, Any]], most: int) -> list[list[dict[str, Any]]]:
    """The nodes in parts of at most ``most`` blocks, of which those within a table count too, and of BYTES."""
    parts: list[list[dict[str, Any]]] = [[]]
    size = length = 0
    for node in nodes:
        own, own_length = 1 + len(node.get("table", {}).get("children", ())), len(msgspec.json.encode(node))
        if parts[-1] and (size + own > most or length + own_length > BYTES):
            parts.append([])
            size = length = 0
        parts[-1].append(node)
        size += own
        length += own_length
    return parts


def _nodes(found: Iterable[Block]) -> Iterator[dict[str, Any]]:
    for is_row, group in itertools.groupby(found, key=lambda block: block.kind == "row"):
        alike = list(group)
        yield from _tables(alike) if is_row else (node for block in alike for node in _block(block))


def _block(block: Block) -> Iterator[dict[str, Any]]:
    """A block; one with more texts than Notion takes is several."""
    texts = [_text(piece) for run in block.runs for piece in _pieces(run)]
    for start in range(0, max(1, len(texts)), TEXTS):
        yield _node(block, texts[start : start + TEXTS])


def _node(block: Block, texts: list[dict[str, Any]]) -> dict[str, Any]:
    if block.kind == "heading":
        # Notion has three levels, below that of the title.
        kind = f"heading_{min(3, max(1, block.level - 1))}"
        return {"type": kind, kind: {"rich_text": texts}}
    if block.kind == "code":
        return {"type": "code", "code": {"rich_text": texts, "language": "plain text"}}
    kind = _KINDS[block.kind]
    return {"type": kind, kind: {"rich_text": texts}}


def _tables(rows: Iterable[Block]) -> Iterator[dict[str, Any]]:
    """Tables with a head each; a long one is several, because a request takes no more rows."""
    tables: list[list[Block]] = []
    for row in rows:
        if row.head or not tables:
            tables.append([])
        tables[-1].append(row)
    for head, *others in tables:
        width = len(head.cells)
        for part in _batches((_row(row, width) for row in others), ROWS - 2):
            children = [_row(head, width), *part]
            table = {"table_width": width, "has_column_header": True, "has_row_header": False, "children": children}
            yield {"type": "table", "table": table}


def _row(row: Block, width: int) -> dict[str, Any]:
    texts = [*row.cells, *[""] * width][:width]
    cells = [[_text(Run(piece)) for piece in _cut(_shortened(text))] for text in texts]
    return {"type": "table_row", "table_row": {"cells": cells}}


def _shortened(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 1]}\N{HORIZONTAL ELLIPSIS}"


def _pieces(run: Run) -> Iterator[Run]:
    return (run._replace(text=piece) for piece in _cut(run.text))


def _cut(text: str) -> list[str]:
    """A text in pieces that Notion takes; none of an empty one.

    >>> [len(piece) for piece in _cut("\N{GRINNING FACE}" * 1500)]
    [1000, 500]
    """
    pieces, start, units = [], 0, 0
    for at, character in enumerate(text):
        own = 2 if ord(character) > 0xFFFF else 1
        if units + own > LONGEST:
            pieces.append(text[start:at])
            start, units = at, 0
        units += own
    return [*pieces, text[start:]] if text else []


def _text(run: Run) -> dict[str, Any]:
    bold = {"annotations": {"bold": True}} if run.bold else {}
    return {"type": "text", "text": {"content": run.text}, **bold}


def send(payload: Any, fields: Mapping[str, Any], call: Call) -> str:
    """Create the page, then append what one request does not take."""
    if "parent" not in fields:
        hint = 'write fields = {parent = {page_id = "..."}}, a page that the integration was given access to'
        raise GamedayError("no parent for the page in [publish.notion]", hint=hint)
    page_id = id_of(call("POST", "/v1/pages", {**payload["create"], **fields}), "id")
    for number, body in enumerate(payload["append"], 1):
        with of_half_a_page(f"part {number + 1} of {len(payload['append']) + 1}", page_id):
            call("PATCH", f"/v1/blocks/{page_id}/children", body)
    return f"1 page, {page_id}"


notion = outlets.register("notion")(Outlet(bodies, send=send, headers=HEADERS))
