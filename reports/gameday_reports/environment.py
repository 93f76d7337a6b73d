"""The template environments for HTML, XML and Markdown: they escape every value and refuse unknown names.

To compile the templates of a run's reports takes most of the time of writing them, so what was compiled is kept for the
user, in a folder that nobody else can write to.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.base.owner import state_folder
from gameday.scoring.headline import short_money
from gameday_reports import formats
from gameday_reports.wire import code_line, for_html, for_markdown, one_line

_FOLDER = Path(__file__).parent
#: Where compiled templates are, in the user's state folder.
COMPILED_FOLDER = "templates"
_FILTERS = {
    "capital": formats.capital,
    "code_line": code_line,
    "count": formats.count,
    "figure": formats.figure,
    "moment": formats.moment,
    "money": formats.money,
    "monies": formats.monies,
    "one_line": one_line,
    "plural": plural,
    "points": formats.points,
    "reported": formats.reported,
    "share": formats.share,
    "short_money": short_money,
    "span": formats.span,
    "whole": formats.whole,
    "whole_monies": formats.whole_monies,
}


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Compiled templates by the hash of their source; a disk that takes no more of them is no reason to fail."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    """What was compiled before; None where no folder is the user's alone."""
    try:
        folder = state_folder() / COMPILED_FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
    except (GamedayError, OSError):
        return None
    return _Compiled(str(folder))


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
        bytecode_cache=_compiled(),
    )
    environment.filters.update(_FILTERS)
    return environment


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template, named by its path in this package; ``x.md.jinja`` is Markdown, others are HTML or XML."""
    kind = template.removesuffix(".jinja").rpartition(".")[2]
    return _environment(kind).get_template(template).render(values)
