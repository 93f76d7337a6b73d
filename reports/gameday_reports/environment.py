"""The template environments for HTML, XML and Markdown: they escape every value and refuse unknown names."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from gameday.scoring.headline import short_money
from gameday_reports import formats
from gameday_reports.wire import code_line, for_html, for_markdown, one_line

_FOLDER = Path(__file__).parent
_FILTERS = {
    "capital": formats.capital,
    "code_line": code_line,
    "count": formats.count,
    "figure": formats.figure,
    "moment": formats.moment,
    "money": formats.money,
    "monies": formats.monies,
    "one_line": one_line,
    "plural": formats.plural,
    "points": formats.points,
    "reported": formats.reported,
    "share": formats.share,
    "short_money": short_money,
    "span": formats.span,
    "whole": formats.whole,
    "whole_monies": formats.whole_monies,
}


@functools.cache
def _environment(kind: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        # For Markdown the finalizer has already escaped everything.
        finalize=for_markdown if kind == "md" else for_html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(_FILTERS)
    return environment


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template, named by its path in this package; ``x.md.jinja`` is Markdown, others are HTML or XML."""
    kind = template.removesuffix(".jinja").rpartition(".")[2]
    return _environment(kind).get_template(template).render(values)
