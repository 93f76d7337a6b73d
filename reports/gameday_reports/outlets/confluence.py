"""The postmortem as a page of Confluence, in its storage format.

Source: Atlassian, "The Confluence Cloud REST API v2", Create page; "Confluence Storage Format". The page is made from
the Markdown, whose every text is escaped, so no text can become an element or a macro.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markdown_it import MarkdownIt

from gameday_reports.outlet import Outlet, outlets
from gameday_reports.outlets.markdown import page
from gameday_reports.payload import as_json, title
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call

#: Of a page's title.
LONGEST = 255


def body(run: RecordedRun) -> str:
    """The body of the request; ``spaceId`` is for the sender to add."""
    # The first line is the title, which Confluence shows above the page.
    text = page(run).partition("\n")[2]
    value = {"title": title(run, LONGEST), "status": "current"}
    return as_json({**value, "body": {"representation": "storage", "value": as_storage(text)}})


def as_storage(markdown: str) -> str:
    """Markdown as XHTML; HTML in it is shown as text."""
    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table")
    return str(reader.render(markdown))


def send(payload: Any, fields: Mapping[str, Any], call: Call) -> str:
    """Create the page."""
    call("POST", "/wiki/api/v2/pages", {**payload, **fields})
    return "1 page"


confluence = outlets.register("confluence")(Outlet(body, send=send))
