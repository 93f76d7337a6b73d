"""The postmortem as a page of Notion.

Source: Notion, "Create a page", "Append block children", "Request limits": 100 blocks in a request, 2,000 characters in
a text, 100 texts in a block. Texts are plain, in which Notion knows no markup, mentions or links.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from gameday_reports.blocks import Block, Run, blocks
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.outlets.markdown import page
from gameday_reports.payload import as_json, title
from gameday_reports.recorded import RecordedRun

#: Of a title, of a text, of the texts of a block, of the blocks in a request, of the rows in a table.
TITLE, LONGEST, TEXTS, BLOCKS, ROWS = 255, 2000, 100, 100, 100
_KINDS = {"paragraph": "paragraph", "bullet": "bulleted_list_item", "number": "numbered_list_item", "quote": "quote"}


def bodies(run: RecordedRun) -> str:
    """``create`` is the body for ``POST /v1/pages``, of which ``parent`` is for the sender to add; ``append`` are those
    for ``PATCH /v1/blocks/{id of the page}/children``, in this order.
    """
    # The first line is the title, which Notion shows above the page.
    first, *rest = _split(list(_nodes(blocks(page(run).partition("\n")[2]))))
    name = {"title": {"title": [_text(Run(title(run, TITLE)))]}}
    return as_json({"create": {"properties": name, "children": first}, "append": [{"children": part} for part in rest]})


def _split(nodes: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The blocks of each request: those within a block count too."""
    parts: list[list[dict[str, Any]]] = [[]]
    size = 0
    for node in nodes:
        within = 1 + len(node.get("table", {}).get("children", ()))
        if size + within > BLOCKS and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(node)
        size += within
    return parts


def _nodes(found: Iterable[Block]) -> Iterator[dict[str, Any]]:
    for is_row, group in itertools.groupby(found, key=lambda block: block.kind == "row"):
        alike = list(group)
        yield from _tables(alike) if is_row else map(_node, alike)


def _node(block: Block) -> dict[str, Any]:
    texts = [_text(piece) for run in block.runs for piece in _pieces(run)][:TEXTS]
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
        for start in range(0, max(1, len(others)), ROWS - 2):
            part = [head, *others[start : start + ROWS - 2]]
            width = len(head.cells)
            children = [_row(row, width) for row in part]
            table = {"table_width": width, "has_column_header": True, "has_row_header": False, "children": children}
            yield {"type": "table", "table": table}


def _row(row: Block, width: int) -> dict[str, Any]:
    cells = [[_text(Run(piece)) for piece in _cut(cell)] for cell in (*row.cells, *[""] * width)[:width]]
    return {"type": "table_row", "table_row": {"cells": cells}}


def _pieces(run: Run) -> Iterator[Run]:
    return (run._replace(text=piece) for piece in _cut(run.text))


def _cut(text: str) -> list[str]:
    """A text in pieces that Notion takes; none of an empty one."""
    return [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]


def _text(run: Run) -> dict[str, Any]:
    bold = {"annotations": {"bold": True}} if run.bold else {}
    return {"type": "text", "text": {"content": run.text}, **bold}


notion = outlets.register("notion")(Outlet(bodies))
